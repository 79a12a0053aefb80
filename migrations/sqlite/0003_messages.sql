-- Mail and text messages: written with the change they tell of, delivered afterwards by a job.

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    about_kind TEXT NOT NULL CHECK (about_kind IN ('link', 'payout', 'reversal', 'webhook')),
    about_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id),
    kind TEXT NOT NULL CHECK (kind IN ('link_issued', 'link_reminder', 'link_paid', 'link_attempt_failed',
        'link_cancelled', 'link_code', 'payout_notice', 'reversal_notice', 'webhook_off')),
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    recipient TEXT NOT NULL,
    -- The facts it tells, a JSON object; nothing secret.
    data TEXT NOT NULL,
    -- Sealed, and gone once the message has ended.
    link_token TEXT,
    code TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'not_sent')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_at INTEGER,
    last_error TEXT,
    sent_at INTEGER,
    provider_answer TEXT,
    CHECK ((state = 'waiting') = (next_at IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state = 'waiting' OR (link_token IS NULL AND code IS NULL))
) STRICT;
CREATE INDEX messages_about ON messages (about_id, id);
CREATE INDEX messages_due ON messages (next_at, id) WHERE next_at IS NOT NULL;
