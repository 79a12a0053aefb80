-- One-time codes that prove who opened a payout link: at most one for each link, the newest.

CREATE TABLE link_codes (
    link_id TEXT COLLATE "C" PRIMARY KEY REFERENCES payout_links (id),
    -- Keyed: six digits are quickly tried out.
    code_hash TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('email', 'sms')),
    tries BIGINT NOT NULL CHECK (tries >= 0),
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_codes_ended ON link_codes (expires_at);
