-- Cases: what nobody knows the outcome of, or what went wrong with a rail, until it is settled.

CREATE TABLE cases (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('unknown_payout', 'unknown_reversal', 'unanswered_cancellation',
        'paid_after_refund', 'failed_after_paid')),
    -- The payout, reversal or cancellation it is about.
    subject_id TEXT COLLATE "C" NOT NULL,
    payout_id TEXT COLLATE "C" NOT NULL REFERENCES payouts (id),
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    since BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'settling', 'closed')),
    owner_staff_id TEXT COLLATE "C" REFERENCES staff (id),
    -- What somebody proposed; it holds for that version of the subject alone.
    verdict TEXT COLLATE "C" CHECK (verdict IN ('done', 'not_done')),
    verdict_reason TEXT COLLATE "C",
    proposed_by TEXT COLLATE "C" REFERENCES staff (id),
    proposed_at BIGINT,
    subject_version BIGINT,
    ending TEXT COLLATE "C" CHECK (ending IN ('answered', 'settled')),
    confirmed_by TEXT COLLATE "C" REFERENCES staff (id),
    closed_at BIGINT,
    -- How often its rail was asked about it, and when last.
    questions BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL AND ending IS NOT NULL)),
    CHECK (state <> 'settling' OR verdict IS NOT NULL),
    CHECK ((verdict IS NULL) = (proposed_by IS NULL)),
    -- Two people settle a case.
    CHECK (ending IS NULL OR (ending = 'settled') = (confirmed_by IS NOT NULL)),
    CHECK (confirmed_by IS NULL OR (verdict IS NOT NULL AND confirmed_by <> proposed_by))
);
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
    id TEXT COLLATE "C" PRIMARY KEY,
    case_id TEXT COLLATE "C" NOT NULL REFERENCES cases (id),
    staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    note TEXT COLLATE "C" NOT NULL
);
CREATE INDEX case_notes_of_case ON case_notes (case_id, id);
