-- Webhooks: what clients are told of, written with the change it tells of and delivered afterwards by a job.

CREATE TABLE webhooks (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    dialect TEXT COLLATE "C" NOT NULL CHECK (dialect IN ('wallet', 'revolut', 'razorpay', 'masspay')),
    url TEXT COLLATE "C" NOT NULL,
    -- Names in the dialect's words, separated by blanks, and what they are in ours: the plan of a change reads these.
    events TEXT COLLATE "C" NOT NULL,
    kinds TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'off')),
    off_reason TEXT COLLATE "C",
    -- Who made it, or owns the program that did: is told when it is switched off.
    staff_id TEXT COLLATE "C" REFERENCES staff (id),
    -- What it was sent goes little by little after this.
    deleted_at BIGINT,
    version BIGINT NOT NULL,
    CHECK ((state = 'off') = (off_reason IS NOT NULL)),
    CHECK (deleted_at IS NULL OR state = 'off')
);
CREATE INDEX webhooks_of_client ON webhooks (client_id, id) WHERE deleted_at IS NULL;
CREATE INDEX webhooks_active ON webhooks (client_id) WHERE state = 'active';
CREATE INDEX webhooks_deleted ON webhooks (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE webhook_secrets (
    id TEXT COLLATE "C" PRIMARY KEY,
    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id),
    -- Sealed.
    secret TEXT COLLATE "C" NOT NULL,
    -- None for the newest, which signs until it is followed.
    expires_at BIGINT
);
CREATE INDEX webhook_secrets_of_webhook ON webhook_secrets (webhook_id, id);

-- The outbox: one row for each change that a webhook wants to know.
CREATE TABLE webhook_events (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    kind TEXT COLLATE "C" NOT NULL,
    about_id TEXT COLLATE "C" NOT NULL,
    from_state TEXT COLLATE "C",
    to_state TEXT COLLATE "C" NOT NULL,
    -- The record as it stood: a JSON object of one member, without names inside; nothing secret.
    snapshot TEXT COLLATE "C" NOT NULL
);

-- Events whose deliveries are to be made out, and when, 0 for at once; apart, because the rows of events are wide and never change.
CREATE TABLE webhook_due (
    event_id TEXT COLLATE "C" PRIMARY KEY REFERENCES webhook_events (id),
    due_at BIGINT NOT NULL
);
CREATE INDEX webhook_due_by_time ON webhook_due (due_at, event_id);

CREATE TABLE webhook_deliveries (
    id TEXT COLLATE "C" PRIMARY KEY,
    webhook_id TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id),
    -- What the receiver knows the event by.
    event_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    about_id TEXT COLLATE "C",
    -- The body of the request, sealed.
    body TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    -- Tries before this round, and when it began: a replay begins another one.
    round_from BIGINT NOT NULL CHECK (round_from BETWEEN 0 AND attempts),
    round_at BIGINT NOT NULL,
    next_at BIGINT,
    sent_at BIGINT,
    -- The last answer: its HTTP status, and its beginning or why there was none.
    status BIGINT,
    answer TEXT COLLATE "C",
    CHECK ((state = 'waiting') = (next_at IS NOT NULL)),
    UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at, id) WHERE next_at IS NOT NULL;
