-- Transfers between own wallets, and what the sandbox plays as money from outside.

CREATE TABLE transfers (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    -- None when it comes from outside, which only the sandbox plays.
    source_wallet_id TEXT REFERENCES wallets (id),
    target_wallet_id TEXT NOT NULL REFERENCES wallets (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'completed', 'declined', 'reverted', 'failed')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    reference TEXT,
    request_id TEXT,
    failure_code TEXT,
    maker_staff_id TEXT NOT NULL,
    maker_credential_id TEXT,
    completed_at INTEGER,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((state = 'completed') = (completed_at IS NOT NULL)),
    CHECK (source_wallet_id IS NULL OR source_wallet_id <> target_wallet_id),
    CHECK (source_wallet_id IS NULL OR state IN ('completed', 'declined'))
) STRICT;
CREATE INDEX transfers_by_client ON transfers (client_id, id);
CREATE INDEX transfers_by_source ON transfers (source_wallet_id, id) WHERE source_wallet_id IS NOT NULL;
CREATE INDEX transfers_by_target ON transfers (target_wallet_id, id);
CREATE INDEX transfers_by_request ON transfers (request_id, client_id) WHERE request_id IS NOT NULL;

-- For lists of transactions: what was returned is little among much, and reversals are asked for by wallet too.
CREATE INDEX payouts_returned_by_client ON payouts (client_id, id) WHERE returned_at IS NOT NULL;
CREATE INDEX payouts_returned_by_wallet ON payouts (wallet_id, id) WHERE returned_at IS NOT NULL;
CREATE INDEX ledger_top_ups_by_client ON ledger_transactions (client_id, id)
    WHERE kind = 'FUNDING' AND transfer_id IS NULL;
CREATE INDEX ledger_top_ups_by_wallet ON ledger_transactions (wallet_id, id)
    WHERE kind = 'FUNDING' AND transfer_id IS NULL;
CREATE INDEX reversals_by_wallet ON reversals (wallet_id, id);
