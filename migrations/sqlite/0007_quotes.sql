-- Quotes: what a payout would cost, promised for two minutes. The payout that one is committed as takes its id.

CREATE TABLE quotes (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id),
    wallet_id TEXT NOT NULL REFERENCES wallets (id),
    payee_id TEXT NOT NULL REFERENCES payees (id),
    account_id TEXT,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    fees_minor INTEGER NOT NULL CHECK (fees_minor >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    destination_minor INTEGER NOT NULL CHECK (destination_minor > 0),
    destination_currency TEXT NOT NULL CHECK (length(destination_currency) = 3),
    rate TEXT,
    client_transfer_id TEXT,
    metadata TEXT,
    -- Members that only its dialect knows, a JSON object.
    extra TEXT,
    -- Whether the payee is told once it is paid.
    notify INTEGER NOT NULL CHECK (notify IN (0, 1)),
    expires_at INTEGER NOT NULL,
    committed_at INTEGER,
    CHECK ((rate IS NULL) = (currency = destination_currency)),
    CHECK (committed_at < expires_at)
) STRICT;
CREATE INDEX quotes_of_payee ON quotes (payee_id, id);
CREATE INDEX quotes_by_transfer_id ON quotes (client_transfer_id, client_id, id) WHERE client_transfer_id IS NOT NULL;
CREATE INDEX quotes_by_end ON quotes (expires_at);
-- Two desk processes may commit the same transfer id at once: one of them plans again, and finds it taken.
CREATE UNIQUE INDEX payouts_by_transfer_id ON payouts (request_id, client_id)
    WHERE origin = 'masspay' AND request_id IS NOT NULL;
