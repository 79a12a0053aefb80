-- Quotes: what a payout would cost, promised for two minutes. The payout that one is committed as takes its id.

CREATE TABLE quotes (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    wallet_id TEXT COLLATE "C" NOT NULL REFERENCES wallets (id),
    payee_id TEXT COLLATE "C" NOT NULL REFERENCES payees (id),
    account_id TEXT COLLATE "C",
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    fees_minor BIGINT NOT NULL CHECK (fees_minor >= 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    destination_minor BIGINT NOT NULL CHECK (destination_minor > 0),
    destination_currency TEXT COLLATE "C" NOT NULL CHECK (length(destination_currency) = 3),
    rate TEXT COLLATE "C",
    client_transfer_id TEXT COLLATE "C",
    metadata TEXT COLLATE "C",
    -- Members that only its dialect knows, a JSON object.
    extra TEXT COLLATE "C",
    -- Whether the payee is told once it is paid.
    notify BIGINT NOT NULL CHECK (notify IN (0, 1)),
    expires_at BIGINT NOT NULL,
    committed_at BIGINT,
    CHECK ((rate IS NULL) = (currency = destination_currency)),
    CHECK (committed_at < expires_at)
);
CREATE INDEX quotes_of_payee ON quotes (payee_id, id);
CREATE INDEX quotes_by_transfer_id ON quotes (client_transfer_id, client_id, id) WHERE client_transfer_id IS NOT NULL;
CREATE INDEX quotes_by_end ON quotes (expires_at);
-- Two desk processes may commit the same transfer id at once: one of them plans again, and finds it taken.
CREATE UNIQUE INDEX payouts_by_transfer_id ON payouts (request_id, client_id)
    WHERE origin = 'masspay' AND request_id IS NOT NULL;
