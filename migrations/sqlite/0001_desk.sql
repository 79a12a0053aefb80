-- The desk: clients, wallets, payees, payouts, the ledger, people, programs and the audit log.
-- Ids are TypeIDs, money is minor units, times are Unix microseconds. Other engines: the folder beside this one.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE clients (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE staff (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'approver', 'admin')),
    password_hash TEXT NOT NULL,
    zone TEXT NOT NULL,
    theme TEXT NOT NULL CHECK (theme IN ('system', 'light', 'dark')),
    shortcuts INTEGER NOT NULL CHECK (shortcuts IN (0, 1)),
    comfortable INTEGER NOT NULL CHECK (comfortable IN (0, 1)),
    disabled_at INTEGER,
    -- When they were last disabled as an admin, or given another role than admin.
    admin_until INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    -- What the list of sessions names it by; the id itself is never kept.
    handle TEXT NOT NULL UNIQUE,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    state TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_staff ON sessions (staff_id, last_seen_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE sign_in_failures (
    -- account:EMAIL or ip:ADDRESS
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    locked_until INTEGER
) STRICT;

CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    staff_id TEXT NOT NULL REFERENCES staff (id),
    name TEXT NOT NULL,
    dialect TEXT NOT NULL CHECK (dialect IN ('wallet', 'revolut', 'razorpay', 'masspay')),
    -- What the program is known by: username, client id, key id, or the open part of its key.
    username TEXT NOT NULL UNIQUE,
    -- What proves it: argon2id of a password, SHA-256 of a random secret, or a certificate (PEM), which comes later.
    secret TEXT CHECK (secret IS NOT NULL OR dialect = 'revolut'),
    -- The one before, which still works for a while.
    old_secret TEXT,
    old_secret_until INTEGER CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    -- Who made each of the two, and so has seen it; none when a command of the host did.
    secret_by TEXT REFERENCES staff (id),
    old_secret_by TEXT REFERENCES staff (id),
    -- Another one that a rule wants approved before it works, and who made it.
    next_secret TEXT,
    next_secret_by TEXT REFERENCES staff (id) CHECK ((next_secret IS NULL) = (next_secret_by IS NULL)),
    -- Who signs, in Revolut's words: the host of the redirect address.
    issuer TEXT CHECK ((issuer IS NOT NULL) = (dialect = 'revolut')),
    -- Separated by blanks.
    scopes TEXT NOT NULL,
    -- Networks in CIDR notation, separated by blanks; empty allows every address.
    ip_list TEXT NOT NULL,
    cap_currency TEXT CHECK (length(cap_currency) = 3),
    cap_call_minor INTEGER CHECK (cap_call_minor > 0),
    cap_day_minor INTEGER CHECK (cap_day_minor > 0),
    created_by TEXT REFERENCES staff (id),
    expires_at INTEGER,
    last_used_at INTEGER,
    -- Since when a rule wants it approved: until then nothing of it works.
    waiting_since INTEGER,
    revoked_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((cap_currency IS NULL) = (cap_call_minor IS NULL AND cap_day_minor IS NULL))
) STRICT;
CREATE INDEX credentials_of_client ON credentials (client_id, id);

-- What a program with caps has sent out on one day of UTC, as a number of days since 1970.
CREATE TABLE credential_spending (
    credential_id TEXT PRIMARY KEY REFERENCES credentials (id),
    day INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL CHECK (spent_minor >= 0),
    version INTEGER NOT NULL
) STRICT;

-- What was handed out to programs and is asked for again: one-time codes, access and refresh tokens.
CREATE TABLE credential_tokens (
    token_hash TEXT PRIMARY KEY,
    credential_id TEXT NOT NULL REFERENCES credentials (id),
    kind TEXT NOT NULL CHECK (kind IN ('code', 'access', 'refresh')),
    -- The sign-in it descends from; what works once and is used twice ends them all.
    family TEXT NOT NULL,
    -- Who made the secret that it was handed out for.
    known_by TEXT REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX credential_tokens_of_credential ON credential_tokens (credential_id);
CREATE INDEX credential_tokens_of_family ON credential_tokens (family);
CREATE INDEX credential_tokens_by_end ON credential_tokens (expires_at);

CREATE TABLE wallets (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (id),
    name TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    available_minor INTEGER NOT NULL CHECK (available_minor >= 0),
    held_minor INTEGER NOT NULL CHECK (held_minor >= 0),
    approval_limit_minor INTEGER CHECK (approval_limit_minor >= 0),
    fee_basis_points INTEGER NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 10000),
    fee_fixed_minor INTEGER NOT NULL CHECK (fee_fixed_minor >= 0),
    fee_minimum_minor INTEGER NOT NULL CHECK (fee_minimum_minor >= 0),
    threshold_minor INTEGER CHECK (threshold_minor >= 0),
    rail TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX wallets_of_client ON wallets (client_id, number);

CREATE TABLE payees (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    kind TEXT CHECK (kind IN ('personal', 'business')),
    email TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    country TEXT,
    phone TEXT,
    contact_type TEXT,
    reference TEXT,
    metadata TEXT,
    fingerprint TEXT NOT NULL,
    saved_at INTEGER,
    -- Switched off: it gets no new payouts and no new accounts.
    disabled_at INTEGER,
    deleted_at INTEGER,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX payees_of_client ON payees (client_id, id);
CREATE INDEX payees_saved ON payees (id) WHERE saved_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX payees_saved_of_client ON payees (client_id, id) WHERE saved_at IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX payees_once ON payees (client_id, fingerprint) WHERE deleted_at IS NULL;

-- Email, reference, and the name from each of its words on, in lower case: what a search for a payee compares with.
CREATE TABLE payee_words (
    word TEXT NOT NULL,
    payee_id TEXT NOT NULL REFERENCES payees (id),
    PRIMARY KEY (word, payee_id)
) STRICT;
CREATE INDEX payee_words_of_payee ON payee_words (payee_id);

CREATE TABLE payee_totals (
    payee_id TEXT NOT NULL REFERENCES payees (id),
    currency TEXT NOT NULL,
    payouts INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    last_payout_at INTEGER NOT NULL,
    PRIMARY KEY (payee_id, currency)
) STRICT;

-- Accounts that payees are paid on. Their details are never changed: other details are another account.
CREATE TABLE payee_accounts (
    id TEXT PRIMARY KEY,
    payee_id TEXT NOT NULL REFERENCES payees (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    kind TEXT NOT NULL CHECK (kind IN ('bank_account', 'upi', 'revolut')),
    currency TEXT CHECK (length(currency) = 3),
    country TEXT,
    holder_name TEXT,
    -- Sealed.
    identifiers TEXT NOT NULL,
    label TEXT,
    -- Keyed hashes: of all details, and of the number alone.
    fingerprint TEXT NOT NULL,
    number_hash TEXT,
    -- Switched off: no new payout goes to it.
    disabled_at INTEGER,
    deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX payee_accounts_once ON payee_accounts (payee_id, fingerprint) WHERE deleted_at IS NULL;
CREATE INDEX payee_accounts_on ON payee_accounts (payee_id, id) WHERE deleted_at IS NULL AND disabled_at IS NULL;
CREATE INDEX payee_accounts_off ON payee_accounts (payee_id, id) WHERE deleted_at IS NULL AND disabled_at IS NOT NULL;
CREATE INDEX payee_accounts_there ON payee_accounts (payee_id, id) WHERE deleted_at IS NULL;
CREATE INDEX payee_accounts_of_client ON payee_accounts (client_id, id) WHERE deleted_at IS NULL;
CREATE INDEX payee_accounts_by_number ON payee_accounts (number_hash) WHERE deleted_at IS NULL;

CREATE TABLE payouts (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    payee_id TEXT NOT NULL REFERENCES payees (id),
    account_id TEXT REFERENCES payee_accounts (id),
    -- The payout link that was claimed with it (0002).
    link_id TEXT REFERENCES payout_links (id),
    -- Empty where a dialect has none.
    reference_id TEXT NOT NULL,
    -- Which face made it.
    origin TEXT NOT NULL CHECK (origin IN ('desk', 'revolut', 'razorpay', 'masspay')),
    request_id TEXT,
    -- Members that only its dialect knows, a JSON object.
    extra TEXT,
    -- Whether the payee is told once it is paid.
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('created', 'queued', 'processing', 'settling', 'action_required',
        'completed', 'failed', 'cancelled', 'expired')),
    action TEXT CHECK (action IN ('approval', 'verification')),
    closed_by TEXT CHECK (closed_by IN ('client', 'staff', 'checker', 'rail', 'time')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    fees_minor INTEGER NOT NULL CHECK (fees_minor >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    destination_minor INTEGER NOT NULL CHECK (destination_minor > 0),
    destination_currency TEXT NOT NULL CHECK (length(destination_currency) = 3),
    rate TEXT,
    reversed_minor INTEGER NOT NULL CHECK (reversed_minor BETWEEN 0 AND destination_minor),
    reversed_source_minor INTEGER NOT NULL CHECK (reversed_source_minor BETWEEN 0 AND amount_minor),
    reversed_done_minor INTEGER NOT NULL CHECK (reversed_done_minor BETWEEN 0 AND reversed_minor),
    hold_id TEXT UNIQUE,
    rail TEXT NOT NULL,
    maker_staff_id TEXT NOT NULL,
    maker_credential_id TEXT,
    -- Who created that credential: as little a checker as its owner.
    credential_creator_id TEXT,
    checker_staff_id TEXT,
    description TEXT,
    metadata TEXT,
    failure_code TEXT,
    failure_reason TEXT,
    rail_reference TEXT,
    queued_at INTEGER,
    submitted_at INTEGER,
    settling_at INTEGER,
    completed_at INTEGER,
    failed_at INTEGER,
    cancelled_at INTEGER,
    expired_at INTEGER,
    returned_at INTEGER,
    outcome_unknown_since INTEGER,
    due_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((state = 'action_required') = (action IS NOT NULL)),
    CHECK (hold_id IS NOT NULL OR state NOT IN ('created', 'processing', 'settling', 'completed')),
    CHECK (checker_staff_id IS NULL OR (checker_staff_id <> maker_staff_id AND checker_staff_id <>
        COALESCE(credential_creator_id, '')))
) STRICT;
-- SQLite takes the last of the indexes that suit a query equally well, so the finest stand last.
CREATE INDEX payouts_by_state ON payouts (state, id);
CREATE INDEX payouts_by_currency ON payouts (currency, id);
CREATE INDEX payouts_by_client ON payouts (client_id, id);
CREATE INDEX payouts_by_wallet ON payouts (wallet_id, id);
CREATE INDEX payouts_by_currency_state ON payouts (currency, state, id);
CREATE INDEX payouts_by_client_state ON payouts (client_id, state, id);
CREATE INDEX payouts_by_wallet_state ON payouts (wallet_id, state, id);
-- Unique for what the desk itself made; the dialects take any reference again.
CREATE UNIQUE INDEX payouts_by_reference ON payouts (reference_id, client_id,
    (CASE WHEN origin = 'desk' THEN '' ELSE id END));
CREATE INDEX payouts_by_request ON payouts (request_id, client_id) WHERE request_id IS NOT NULL;
-- What waits for somebody, what nobody knows and what was reversed are few among many.
CREATE INDEX payouts_by_action ON payouts (action, id) WHERE action IS NOT NULL;
CREATE INDEX payouts_by_currency_action ON payouts (currency, action, id) WHERE action IS NOT NULL;
CREATE INDEX payouts_by_client_action ON payouts (client_id, action, id) WHERE action IS NOT NULL;
CREATE INDEX payouts_by_wallet_action ON payouts (wallet_id, action, id) WHERE action IS NOT NULL;
CREATE INDEX payouts_by_payee ON payouts (payee_id, id);
CREATE INDEX payouts_unknown ON payouts (id) WHERE outcome_unknown_since IS NOT NULL;
CREATE INDEX payouts_unknown_by_currency ON payouts (currency, id) WHERE outcome_unknown_since IS NOT NULL;
CREATE INDEX payouts_unknown_by_client ON payouts (client_id, id) WHERE outcome_unknown_since IS NOT NULL;
CREATE INDEX payouts_unknown_by_wallet ON payouts (wallet_id, id) WHERE outcome_unknown_since IS NOT NULL;
CREATE INDEX payouts_reversed ON payouts (id) WHERE reversed_minor > 0;
CREATE INDEX payouts_reversed_by_currency ON payouts (currency, id) WHERE reversed_minor > 0;
CREATE INDEX payouts_reversed_by_client ON payouts (client_id, id) WHERE reversed_minor > 0;
CREATE INDEX payouts_reversed_by_wallet ON payouts (wallet_id, id) WHERE reversed_minor > 0;
CREATE INDEX payouts_due ON payouts (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payouts_by_link ON payouts (link_id, id) WHERE link_id IS NOT NULL;

CREATE TABLE payout_events (
    number INTEGER PRIMARY KEY,
    payout_id TEXT NOT NULL REFERENCES payouts (id),
    seq INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor_type TEXT NOT NULL CHECK (actor_type IN ('system', 'client', 'admin')),
    actor_name TEXT NOT NULL,
    message TEXT NOT NULL,
    note TEXT,
    via TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (payout_id, seq)
) STRICT;

-- Tabs and totals: how many payouts, and how much, stand in each bucket of each wallet.
CREATE TABLE payout_counters (
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    bucket TEXT NOT NULL,
    client_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    payouts INTEGER NOT NULL CHECK (payouts >= 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    fees_minor INTEGER NOT NULL CHECK (fees_minor >= 0),
    PRIMARY KEY (wallet_id, bucket)
) STRICT;
CREATE INDEX payout_counters_by_bucket ON payout_counters (bucket);
CREATE INDEX payout_counters_by_client ON payout_counters (client_id);

-- Money that reached payees, by quarter of an hour: every zone's days are made of these.
CREATE TABLE money_out (
    currency TEXT NOT NULL,
    slot INTEGER NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id),
    payouts INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (slot, currency, client_id)
) STRICT;

CREATE TABLE ledger_transactions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('FUNDING', 'PAYOUT', 'PAYOUT_SETTLED', 'PAYOUT_REFUND', 'PAYOUT_REVERSAL',
        'PAYOUT_RETURN', 'LOSS', 'LINK_HOLD', 'LINK_RELEASE', 'TRANSFER', 'ADJUSTMENT')),
    client_id TEXT NOT NULL REFERENCES clients (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    payout_id TEXT REFERENCES payouts (id),
    reversal_id TEXT UNIQUE,
    -- What is held or released for a payout link (0002).
    link_id TEXT REFERENCES payout_links (id),
    -- Between own wallets, or played by the sandbox (0008).
    transfer_id TEXT REFERENCES transfers (id),
    hold_id TEXT,
    hold_phase TEXT CHECK (hold_phase IN ('open', 'close')),
    currency TEXT NOT NULL,
    available_delta_minor INTEGER NOT NULL,
    held_delta_minor INTEGER NOT NULL,
    available_after_minor INTEGER NOT NULL CHECK (available_after_minor >= 0),
    held_after_minor INTEGER NOT NULL CHECK (held_after_minor >= 0),
    remarks TEXT NOT NULL,
    -- Who booked it, when it is about no payout.
    booked_by TEXT REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    CHECK ((hold_id IS NULL) = (hold_phase IS NULL)),
    CHECK ((link_id IS NOT NULL) = (kind IN ('LINK_HOLD', 'LINK_RELEASE'))),
    CHECK (kind <> 'TRANSFER' OR transfer_id IS NOT NULL),
    -- A hold opens once and closes once: a settle and a refund of the same money cannot both exist.
    UNIQUE (hold_id, hold_phase)
) STRICT;
CREATE INDEX ledger_by_wallet ON ledger_transactions (wallet_id, number);
CREATE INDEX ledger_by_client ON ledger_transactions (client_id, number);
CREATE INDEX ledger_by_wallet_kind ON ledger_transactions (wallet_id, kind, number);
CREATE INDEX ledger_by_client_kind ON ledger_transactions (client_id, kind, number);
-- What was paid after its refund is lost once, however often the rail says so.
CREATE UNIQUE INDEX ledger_losses ON ledger_transactions (payout_id) WHERE kind = 'LOSS';
CREATE INDEX ledger_by_payout ON ledger_transactions (payout_id, number);
CREATE INDEX ledger_by_link ON ledger_transactions (link_id, number) WHERE link_id IS NOT NULL;
CREATE INDEX ledger_by_transfer ON ledger_transactions (transfer_id, number) WHERE transfer_id IS NOT NULL;

CREATE TABLE postings (
    transaction_id TEXT NOT NULL REFERENCES ledger_transactions (id),
    position INTEGER NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    PRIMARY KEY (transaction_id, position),
    CHECK (from_account <> to_account)
) STRICT;

CREATE TABLE reversals (
    id TEXT PRIMARY KEY,
    payout_id TEXT NOT NULL REFERENCES payouts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'completed', 'failed')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    source_minor INTEGER CHECK (source_minor >= 0),
    remaining_minor INTEGER NOT NULL CHECK (remaining_minor >= 0),
    reason TEXT NOT NULL,
    client_transfer_id TEXT,
    statement_description TEXT,
    metadata TEXT,
    -- Whether the payee is told once the money is back.
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    maker_staff_id TEXT NOT NULL,
    maker_credential_id TEXT,
    failure_reason TEXT,
    completed_at INTEGER,
    failed_at INTEGER,
    outcome_unknown_since INTEGER,
    due_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((state = 'completed') = (completed_at IS NOT NULL AND source_minor IS NOT NULL))
) STRICT;
CREATE INDEX reversals_of_payout ON reversals (payout_id, id);
CREATE INDEX reversals_by_client ON reversals (client_id, id);
CREATE INDEX reversals_by_state ON reversals (state, id);
CREATE UNIQUE INDEX reversals_by_transfer_id ON reversals (client_id, client_transfer_id)
    WHERE client_transfer_id IS NOT NULL;
CREATE INDEX reversals_due ON reversals (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE cancellations (
    id TEXT PRIMARY KEY,
    payout_id TEXT NOT NULL REFERENCES payouts (id),
    client_id TEXT NOT NULL REFERENCES clients (id),
    state TEXT NOT NULL CHECK (state IN ('requested', 'confirmed', 'refused', 'unanswered')),
    reason TEXT,
    answer TEXT,
    actor_name TEXT NOT NULL,
    answered_at INTEGER,
    due_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX cancellations_of_payout ON cancellations (payout_id, id);
CREATE INDEX cancellations_due ON cancellations (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX cancellations_open ON cancellations (payout_id) WHERE state IN ('requested', 'unanswered');

CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller, operation, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE audit_log (
    number INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    via TEXT NOT NULL,
    ip TEXT,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id TEXT,
    client_id TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'repeated')),
    rule TEXT,
    reason TEXT,
    hash TEXT NOT NULL,
    UNIQUE (chain, seq)
) STRICT;
CREATE INDEX audit_by_subject ON audit_log (subject_id, number);
CREATE INDEX audit_by_actor ON audit_log (actor_id, number);
CREATE INDEX audit_by_request ON audit_log (request_id, number);
CREATE INDEX audit_refused ON audit_log (number) WHERE outcome = 'refused';
-- Who let whom in.
CREATE INDEX audit_of_access ON audit_log (at) WHERE action IN ('staff.add', 'staff.change_role', 'staff.enable',
    'staff.reset_password');

CREATE TRIGGER ledger_transactions_stay BEFORE UPDATE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'ledger transactions are never changed'); END;
CREATE TRIGGER ledger_transactions_remain BEFORE DELETE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'ledger transactions are never deleted'); END;
CREATE TRIGGER postings_stay BEFORE UPDATE ON postings
BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END;
CREATE TRIGGER postings_remain BEFORE DELETE ON postings
BEGIN SELECT RAISE(ABORT, 'postings are never deleted'); END;
CREATE TRIGGER payout_events_stay BEFORE UPDATE ON payout_events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER payout_events_remain BEFORE DELETE ON payout_events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER audit_log_stay BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_log_remain BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is never deleted'); END;

CREATE TRIGGER reversals_fit BEFORE INSERT ON reversals
WHEN NEW.amount_minor + COALESCE((SELECT SUM(amount_minor) FROM reversals
        WHERE payout_id = NEW.payout_id AND state <> 'failed'), 0)
    > (SELECT destination_minor FROM payouts WHERE id = NEW.payout_id)
BEGIN SELECT RAISE(ABORT, 'reversals never pass what was paid'); END;
