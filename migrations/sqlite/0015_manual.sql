-- The rail that people are: who took which payout to the bank, and what they say became of it.

CREATE TABLE manual_takings (
    payout_id TEXT PRIMARY KEY REFERENCES payouts (id),
    staff_id TEXT NOT NULL REFERENCES staff (id),
    taken_at INTEGER NOT NULL
) STRICT;
CREATE INDEX manual_takings_of_staff ON manual_takings (staff_id, payout_id);

CREATE TABLE manual_answers (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('payout', 'cancellation', 'reversal', 'aftermath')),
    -- The payout, cancellation or reversal it is about.
    subject_id TEXT NOT NULL,
    payout_id TEXT NOT NULL REFERENCES payouts (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('done', 'not_done')),
    -- The bank's reference and day, as 2026-01-15.
    reference TEXT,
    paid_on TEXT,
    reason TEXT,
    -- One that waits for a second person holds for this version of the payout alone.
    payout_version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'withdrawn')),
    recorded_by TEXT NOT NULL REFERENCES staff (id),
    recorded_name TEXT NOT NULL,
    confirmed_by TEXT REFERENCES staff (id),
    confirmed_name TEXT,
    closed_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((state = 'waiting') = (closed_at IS NULL)),
    CHECK (kind NOT IN ('payout', 'aftermath') OR verdict <> 'done' OR (reference IS NOT NULL AND paid_on IS NOT NULL)),
    CHECK (verdict = 'done' OR reason IS NOT NULL),
    CHECK ((confirmed_by IS NULL) = (confirmed_name IS NULL)),
    CHECK (confirmed_by IS NULL OR (state = 'booked' AND confirmed_by <> recorded_by))
) STRICT;
CREATE INDEX manual_answers_of_payout ON manual_answers (payout_id, id);
-- One answer about a subject is booked, and one about what the bank did after it; one at most waits.
CREATE UNIQUE INDEX manual_answers_once ON manual_answers (subject_id, kind) WHERE state = 'booked';
CREATE UNIQUE INDEX manual_answers_waiting ON manual_answers (subject_id) WHERE state = 'waiting';
-- A reference of the bank stands for one payout of a wallet.
CREATE UNIQUE INDEX manual_answers_reference ON manual_answers (wallet_id, reference)
    WHERE kind IN ('payout', 'aftermath') AND verdict = 'done' AND state <> 'withdrawn';

-- What staff have to do: few among many, so nobody looks for it among the others.
CREATE INDEX payouts_by_hand ON payouts (state, id) WHERE rail = 'manual';
CREATE INDEX cancellations_by_hand ON cancellations (id) WHERE due_at IS NULL AND state = 'requested';
CREATE INDEX manual_answers_aftermaths ON manual_answers (id) WHERE kind = 'aftermath' AND state = 'waiting';
