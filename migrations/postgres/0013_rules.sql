-- Approval rules: what needs how many people, what was approved, and what waits for that.

CREATE TABLE approval_rules (
    id TEXT COLLATE "C" PRIMARY KEY,
    verb TEXT COLLATE "C" NOT NULL CHECK (verb IN ('create', 'cancel', 'reverse', 'batch', 'unfreeze', 'adjustment',
        'bank_details', 'new_credential')),
    -- None: any.
    client_id TEXT COLLATE "C" REFERENCES clients (id),
    currency TEXT COLLATE "C" CHECK (length(currency) = 3),
    -- From this amount on; none: any amount.
    from_minor BIGINT CHECK (from_minor > 0),
    people BIGINT NOT NULL CHECK (people BETWEEN 1 AND 5),
    -- At least this role.
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('approver', 'admin')),
    made_by TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    -- Who wants it to end, until another admin agrees.
    end_asked_by TEXT COLLATE "C" REFERENCES staff (id),
    end_asked_at BIGINT,
    ended_by TEXT COLLATE "C" REFERENCES staff (id),
    ended_at BIGINT,
    version BIGINT NOT NULL,
    -- Amounts are compared in one currency only.
    CHECK (from_minor IS NULL OR currency IS NOT NULL),
    CHECK ((end_asked_by IS NULL) = (end_asked_at IS NULL)),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX approval_rules_by_verb ON approval_rules (verb, id) WHERE ended_at IS NULL;

-- What a payout or payout link needs by the rules that stood when it was made; without a row one approver is enough.
CREATE TABLE approval_needs (
    subject_id TEXT COLLATE "C" PRIMARY KEY,
    people BIGINT NOT NULL CHECK (people BETWEEN 1 AND 5),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('approver', 'admin')),
    -- The ids of the rules, as a JSON array.
    rules TEXT COLLATE "C" NOT NULL
);

-- Each yes, for what was shown: a number that changes with it.
CREATE TABLE approvals (
    subject_id TEXT COLLATE "C" NOT NULL,
    shown BIGINT NOT NULL,
    staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    -- Who created the credential that said it.
    creator_staff_id TEXT COLLATE "C" REFERENCES staff (id),
    name TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    given_at BIGINT NOT NULL,
    -- Nobody says yes twice.
    PRIMARY KEY (subject_id, shown, staff_id)
);

CREATE TABLE approval_requests (
    id TEXT COLLATE "C" PRIMARY KEY,
    verb TEXT COLLATE "C" NOT NULL CHECK (verb IN ('cancel', 'reverse', 'batch', 'adjustment', 'bank_details',
        'new_credential')),
    -- The payout, payout link, wallet, batch, account or credential it is about.
    subject_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" REFERENCES clients (id),
    currency TEXT COLLATE "C" CHECK (length(currency) = 3),
    amount_minor BIGINT CHECK (amount_minor > 0),
    title TEXT COLLATE "C" NOT NULL,
    -- What was shown, as a JSON array of pairs of label and text.
    facts TEXT COLLATE "C" NOT NULL,
    -- What is done once it is approved, as JSON; never a secret.
    act TEXT COLLATE "C" NOT NULL,
    people BIGINT NOT NULL CHECK (people BETWEEN 1 AND 5),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('approver', 'admin')),
    rules TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    maker_staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    maker_name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'approved', 'sent_back', 'stale', 'expired')),
    -- Why it ended as it did.
    answer TEXT COLLATE "C",
    ended_at BIGINT,
    expires_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((currency IS NULL) = (amount_minor IS NULL))
);
CREATE INDEX approval_requests_open ON approval_requests (id) WHERE state = 'open';
CREATE INDEX approval_requests_by_state ON approval_requests (state, id);
CREATE INDEX approval_requests_of_client ON approval_requests (client_id, id);
CREATE INDEX approval_requests_due ON approval_requests (expires_at) WHERE state = 'open';
CREATE INDEX approval_requests_of_subject ON approval_requests (subject_id, id);

-- A looser approval limit of a wallet, until another admin agrees. None: no limit.
CREATE TABLE limit_changes (
    wallet_id TEXT COLLATE "C" PRIMARY KEY REFERENCES wallets (id),
    before_minor BIGINT,
    after_minor BIGINT CHECK (after_minor >= 0),
    asked_by TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    asked_at BIGINT NOT NULL
);
