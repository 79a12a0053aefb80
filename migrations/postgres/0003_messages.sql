-- Mail and text messages: written with the change they tell of, delivered afterwards by a job.

CREATE TABLE messages (
    id TEXT COLLATE "C" PRIMARY KEY,
    about_kind TEXT COLLATE "C" NOT NULL CHECK (about_kind IN ('link', 'payout', 'reversal', 'webhook')),
    about_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('link_issued', 'link_reminder', 'link_paid', 'link_attempt_failed',
        'link_cancelled', 'link_code', 'payout_notice', 'reversal_notice', 'webhook_off')),
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('email', 'sms')),
    recipient TEXT COLLATE "C" NOT NULL,
    -- The facts it tells, a JSON object; nothing secret.
    data TEXT COLLATE "C" NOT NULL,
    -- Sealed, and gone once the message has ended.
    link_token TEXT COLLATE "C",
    code TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'not_sent')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_at BIGINT,
    last_error TEXT COLLATE "C",
    sent_at BIGINT,
    provider_answer TEXT COLLATE "C",
    CHECK ((state = 'waiting') = (next_at IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state = 'waiting' OR (link_token IS NULL AND code IS NULL))
);
CREATE INDEX messages_about ON messages (about_id, id);
CREATE INDEX messages_due ON messages (next_at, id) WHERE next_at IS NOT NULL;
