-- Payout links: money held for somebody whose bank details are not known yet.

CREATE TABLE payout_links (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    wallet_id TEXT COLLATE "C" NOT NULL REFERENCES wallets (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'issued', 'processing', 'processed', 'cancelled', 'rejected',
        'expired', 'failed')),
    closed_by TEXT COLLATE "C" CHECK (closed_by IN ('client', 'staff', 'checker', 'recipient', 'rail', 'time')),
    close_reason TEXT COLLATE "C" CHECK (close_reason IN ('declined', 'replaced', 'too_many_attempts', 'insufficient_funds')),
    contact_id TEXT COLLATE "C" REFERENCES payees (id),
    contact_name TEXT COLLATE "C" NOT NULL,
    contact_type TEXT COLLATE "C",
    contact_phone TEXT COLLATE "C",
    contact_email TEXT COLLATE "C",
    purpose TEXT COLLATE "C",
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    fees_minor BIGINT NOT NULL CHECK (fees_minor >= 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    description TEXT COLLATE "C",
    receipt TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    notes TEXT COLLATE "C",
    -- What was asked for; what was really sent stands with the messages.
    send_sms BIGINT NOT NULL CHECK (send_sms IN (0, 1)),
    send_email BIGINT NOT NULL CHECK (send_email IN (0, 1)),
    expire_by BIGINT,
    -- Names separated by blanks.
    payout_methods TEXT COLLATE "C" NOT NULL,
    transfer_reason TEXT COLLATE "C",
    save_payee BIGINT NOT NULL CHECK (save_payee IN (0, 1)),
    request_id TEXT COLLATE "C",
    attempt_count BIGINT NOT NULL CHECK (attempt_count >= 0),
    failure_count BIGINT NOT NULL CHECK (failure_count BETWEEN 0 AND attempt_count),
    payee_id TEXT COLLATE "C" REFERENCES payees (id),
    account_id TEXT COLLATE "C" REFERENCES payee_accounts (id),
    payout_id TEXT COLLATE "C" UNIQUE,
    hold_id TEXT COLLATE "C" UNIQUE,
    maker_staff_id TEXT COLLATE "C" NOT NULL,
    maker_credential_id TEXT COLLATE "C",
    -- Who created that credential: as little a checker as its owner.
    credential_creator_id TEXT COLLATE "C",
    checker_staff_id TEXT COLLATE "C",
    cancel_reason TEXT COLLATE "C",
    replaces_id TEXT COLLATE "C" UNIQUE,
    replaced_by_id TEXT COLLATE "C" UNIQUE,
    issued_at BIGINT,
    claimed_at BIGINT,
    -- Since when it is open again after an attempt.
    reopened_at BIGINT,
    closed_at BIGINT,
    due_at BIGINT,
    remind_at BIGINT,
    reminded_at BIGINT,
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    token_sealed TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    CHECK ((state IN ('processing', 'processed')) = (payout_id IS NOT NULL)),
    CHECK ((payout_id IS NULL) = (payee_id IS NULL)),
    CHECK ((state IN ('pending', 'issued', 'processing')) = (closed_at IS NULL)),
    CHECK ((state IN ('cancelled', 'rejected', 'expired', 'failed')) = (closed_by IS NOT NULL)),
    CHECK (state <> 'issued' OR hold_id IS NOT NULL),
    CHECK (remind_at IS NULL OR (state = 'issued' AND reminded_at IS NULL)),
    CHECK ((reopened_at IS NOT NULL) = (state = 'issued' AND attempt_count > 0)),
    CHECK (checker_staff_id IS NULL OR (checker_staff_id <> maker_staff_id AND checker_staff_id <>
        COALESCE(credential_creator_id, '')))
);
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
    word TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    link_id TEXT COLLATE "C" NOT NULL REFERENCES payout_links (id),
    PRIMARY KEY (word, link_id)
);

CREATE TABLE payout_link_events (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    link_id TEXT COLLATE "C" NOT NULL REFERENCES payout_links (id),
    seq BIGINT NOT NULL,
    event_type TEXT COLLATE "C" NOT NULL,
    from_state TEXT COLLATE "C",
    to_state TEXT COLLATE "C" NOT NULL,
    actor_type TEXT COLLATE "C" NOT NULL CHECK (actor_type IN ('system', 'client', 'admin', 'recipient')),
    actor_name TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    via TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (link_id, seq)
);

-- Tabs and totals: how many links, and how much, stand in each bucket of each wallet.
CREATE TABLE payout_link_counters (
    wallet_id TEXT COLLATE "C" NOT NULL REFERENCES wallets (id),
    bucket TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    payouts BIGINT NOT NULL CHECK (payouts >= 0),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    fees_minor BIGINT NOT NULL CHECK (fees_minor >= 0),
    PRIMARY KEY (wallet_id, bucket)
);
CREATE INDEX payout_link_counters_by_bucket ON payout_link_counters (bucket);
CREATE INDEX payout_link_counters_by_client ON payout_link_counters (client_id);

ALTER TABLE payouts ADD CONSTRAINT payouts_link FOREIGN KEY (link_id) REFERENCES payout_links (id);
ALTER TABLE ledger_transactions ADD CONSTRAINT ledger_link FOREIGN KEY (link_id) REFERENCES payout_links (id);

CREATE TRIGGER payout_link_events_stay BEFORE UPDATE OR DELETE ON payout_link_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
