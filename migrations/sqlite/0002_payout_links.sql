-- Payout links: money held for somebody whose bank details are not known yet.

CREATE TABLE payout_links (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'issued', 'processing', 'processed', 'cancelled', 'rejected',
        'expired', 'failed')),
    closed_by TEXT CHECK (closed_by IN ('client', 'staff', 'checker', 'recipient', 'rail', 'time')),
    close_reason TEXT CHECK (close_reason IN ('declined', 'replaced', 'too_many_attempts', 'insufficient_funds')),
    contact_id TEXT REFERENCES payees (id),
    contact_name TEXT NOT NULL,
    contact_type TEXT,
    contact_phone TEXT,
    contact_email TEXT,
    purpose TEXT,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    fees_minor INTEGER NOT NULL CHECK (fees_minor >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    description TEXT,
    receipt TEXT,
    reference TEXT,
    notes TEXT,
    -- What was asked for; what was really sent stands with the messages.
    send_sms INTEGER NOT NULL CHECK (send_sms IN (0, 1)),
    send_email INTEGER NOT NULL CHECK (send_email IN (0, 1)),
    expire_by INTEGER,
    -- Names separated by blanks.
    payout_methods TEXT NOT NULL,
    transfer_reason TEXT,
    save_payee INTEGER NOT NULL CHECK (save_payee IN (0, 1)),
    request_id TEXT,
    attempt_count INTEGER NOT NULL CHECK (attempt_count >= 0),
    failure_count INTEGER NOT NULL CHECK (failure_count BETWEEN 0 AND attempt_count),
    payee_id TEXT REFERENCES payees (id),
    account_id TEXT REFERENCES payee_accounts (id),
    payout_id TEXT UNIQUE,
    hold_id TEXT UNIQUE,
    maker_staff_id TEXT NOT NULL,
    maker_credential_id TEXT,
    -- Who created that credential: as little a checker as its owner.
    credential_creator_id TEXT,
    checker_staff_id TEXT,
    cancel_reason TEXT,
    replaces_id TEXT UNIQUE,
    replaced_by_id TEXT UNIQUE,
    issued_at INTEGER,
    claimed_at INTEGER,
    -- Since when it is open again after an attempt.
    reopened_at INTEGER,
    closed_at INTEGER,
    due_at INTEGER,
    remind_at INTEGER,
    reminded_at INTEGER,
    token_hash TEXT NOT NULL UNIQUE,
    token_sealed TEXT NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((state IN ('processing', 'processed')) = (payout_id IS NOT NULL)),
    CHECK ((payout_id IS NULL) = (payee_id IS NULL)),
    CHECK ((state IN ('pending', 'issued', 'processing')) = (closed_at IS NULL)),
    CHECK ((state IN ('cancelled', 'rejected', 'expired', 'failed')) = (closed_by IS NOT NULL)),
    CHECK (state <> 'issued' OR hold_id IS NOT NULL),
    CHECK (remind_at IS NULL OR (state = 'issued' AND reminded_at IS NULL)),
    CHECK ((reopened_at IS NOT NULL) = (state = 'issued' AND attempt_count > 0)),
    CHECK (checker_staff_id IS NULL OR (checker_staff_id <> maker_staff_id AND checker_staff_id <>
        COALESCE(credential_creator_id, '')))
) STRICT;
-- SQLite takes the last of the indexes that suit a query equally well, so the finest stand last.
CREATE INDEX payout_links_by_state ON payout_links (state, id);
CREATE INDEX payout_links_by_currency ON payout_links (currency, id);
CREATE INDEX payout_links_by_client ON payout_links (client_id, id);
CREATE INDEX payout_links_by_wallet ON payout_links (wallet_id, id);
CREATE INDEX payout_links_by_currency_state ON payout_links (currency, state, id);
CREATE INDEX payout_links_by_client_state ON payout_links (client_id, state, id);
CREATE INDEX payout_links_by_wallet_state ON payout_links (wallet_id, state, id);
CREATE INDEX payout_links_by_amount ON payout_links (currency, amount_minor, id);
-- What is open again after an attempt is little among much.
CREATE INDEX payout_links_reopened ON payout_links (id) WHERE reopened_at IS NOT NULL;
CREATE INDEX payout_links_reopened_by_currency ON payout_links (currency, id)
    WHERE reopened_at IS NOT NULL;
CREATE INDEX payout_links_reopened_by_client ON payout_links (client_id, id)
    WHERE reopened_at IS NOT NULL;
CREATE INDEX payout_links_reopened_by_wallet ON payout_links (wallet_id, id)
    WHERE reopened_at IS NOT NULL;
CREATE UNIQUE INDEX payout_links_by_request ON payout_links (request_id, client_id) WHERE request_id IS NOT NULL;
CREATE INDEX payout_links_by_reference ON payout_links (reference, client_id) WHERE reference IS NOT NULL;
CREATE INDEX payout_links_by_receipt ON payout_links (receipt, client_id) WHERE receipt IS NOT NULL;
CREATE INDEX payout_links_due ON payout_links (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payout_links_to_remind ON payout_links (remind_at) WHERE remind_at IS NOT NULL;

-- Email, full name, last name and phone digits: what a search for a contact, and one for duplicates, compares with.
CREATE TABLE payout_link_words (
    word TEXT NOT NULL,
    client_id TEXT NOT NULL,
    link_id TEXT NOT NULL REFERENCES payout_links (id),
    PRIMARY KEY (word, link_id)
) STRICT;

CREATE TABLE payout_link_events (
    number INTEGER PRIMARY KEY,
    link_id TEXT NOT NULL REFERENCES payout_links (id),
    seq INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor_type TEXT NOT NULL CHECK (actor_type IN ('system', 'client', 'admin', 'recipient')),
    actor_name TEXT NOT NULL,
    message TEXT NOT NULL,
    note TEXT,
    via TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (link_id, seq)
) STRICT;

-- Tabs and totals: how many links, and how much, stand in each bucket of each wallet.
CREATE TABLE payout_link_counters (
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    bucket TEXT NOT NULL,
    client_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    payouts INTEGER NOT NULL CHECK (payouts >= 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    fees_minor INTEGER NOT NULL CHECK (fees_minor >= 0),
    PRIMARY KEY (wallet_id, bucket)
) STRICT;
CREATE INDEX payout_link_counters_by_bucket ON payout_link_counters (bucket);
CREATE INDEX payout_link_counters_by_client ON payout_link_counters (client_id);

CREATE TRIGGER payout_link_events_stay BEFORE UPDATE ON payout_link_events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER payout_link_events_remain BEFORE DELETE ON payout_link_events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
