-- Cases: what nobody knows the outcome of, or what went wrong with a rail, until it is settled.

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('unknown_payout', 'unknown_reversal', 'unanswered_cancellation',
        'paid_after_refund', 'failed_after_paid')),
    -- The payout, reversal or cancellation it is about.
    subject_id TEXT NOT NULL,
    payout_id TEXT NOT NULL REFERENCES payouts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    since INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settling', 'closed')),
    owner_staff_id TEXT REFERENCES staff (id),
    -- What somebody proposed; it holds for that version of the subject alone.
    verdict TEXT CHECK (verdict IN ('done', 'not_done')),
    verdict_reason TEXT,
    proposed_by TEXT REFERENCES staff (id),
    proposed_at INTEGER,
    subject_version INTEGER,
    ending TEXT CHECK (ending IN ('answered', 'settled')),
    confirmed_by TEXT REFERENCES staff (id),
    closed_at INTEGER,
    -- How often its rail was asked about it, and when last.
    questions INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL AND ending IS NOT NULL)),
    CHECK (state <> 'settling' OR verdict IS NOT NULL),
    CHECK ((verdict IS NULL) = (proposed_by IS NULL)),
    -- Two people settle a case.
    CHECK (ending IS NULL OR (ending = 'settled') = (confirmed_by IS NOT NULL)),
    CHECK (confirmed_by IS NULL OR (verdict IS NOT NULL AND confirmed_by <> proposed_by))
) STRICT;
CREATE UNIQUE INDEX cases_open ON cases (subject_id, kind) WHERE state <> 'closed';
CREATE INDEX cases_unsettled ON cases (id) WHERE state <> 'closed';
CREATE INDEX cases_by_state ON cases (state, id);
-- One for each filter that the desk offers, over the open ones and over the closed.
CREATE INDEX cases_unowned ON cases (id) WHERE state <> 'closed' AND owner_staff_id IS NULL;
CREATE INDEX cases_open_by_owner ON cases (owner_staff_id, id) WHERE state <> 'closed';
CREATE INDEX cases_open_by_kind ON cases (kind, id) WHERE state <> 'closed';
CREATE INDEX cases_open_by_client ON cases (client_id, id) WHERE state <> 'closed';
CREATE INDEX cases_open_by_currency ON cases (currency, id) WHERE state <> 'closed';
CREATE INDEX cases_closed_by_owner ON cases (owner_staff_id, id) WHERE state = 'closed';
CREATE INDEX cases_closed_by_kind ON cases (kind, id) WHERE state = 'closed';
CREATE INDEX cases_closed_by_client ON cases (client_id, id) WHERE state = 'closed';
CREATE INDEX cases_closed_by_currency ON cases (currency, id) WHERE state = 'closed';
CREATE INDEX cases_of_payout ON cases (payout_id, id);

CREATE TABLE case_notes (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    staff_id TEXT NOT NULL REFERENCES staff (id),
    note TEXT NOT NULL
) STRICT;
CREATE INDEX case_notes_of_case ON case_notes (case_id, id);
