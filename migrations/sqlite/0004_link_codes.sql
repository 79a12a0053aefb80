-- One-time codes that prove who opened a payout link: at most one for each link, the newest.

CREATE TABLE link_codes (
    link_id TEXT PRIMARY KEY REFERENCES payout_links (id),
    -- Keyed: six digits are quickly tried out.
    code_hash TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    tries INTEGER NOT NULL CHECK (tries >= 0),
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX link_codes_ended ON link_codes (expires_at);
