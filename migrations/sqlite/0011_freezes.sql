-- Freezes: what must not leave while somebody looks into it.

CREATE TABLE freezes (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL CHECK (scope IN ('everything', 'client', 'wallet', 'payee', 'rail', 'credential')),
    -- Empty for everything.
    subject TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    client_id TEXT REFERENCES clients (id),
    reason TEXT NOT NULL,
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('active', 'lifted')),
    maker_staff_id TEXT NOT NULL,
    maker_name TEXT NOT NULL,
    maker_credential_id TEXT,
    -- What stood in it when it was frozen, as JSON.
    stood TEXT NOT NULL,
    -- The same when it was lifted.
    lifted_stood TEXT,
    asked_at INTEGER,
    asker_staff_id TEXT,
    asker_name TEXT,
    asker_credential_id TEXT,
    asker_creator_id TEXT,
    asked_reason TEXT,
    lifted_at INTEGER,
    lifter_name TEXT,
    -- When all that it held back was due again.
    resumed_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((scope = 'everything') = (subject = '')),
    CHECK ((asked_at IS NULL) = (asker_staff_id IS NULL)),
    CHECK ((state = 'lifted') = (lifted_at IS NOT NULL)),
    CHECK ((state = 'lifted') = (lifted_stood IS NOT NULL)),
    -- Nobody lifts one alone.
    CHECK (state = 'active' OR asked_at IS NOT NULL)
) STRICT;
-- The same is frozen once; a drill beside it is another matter.
CREATE UNIQUE INDEX freezes_active ON freezes (scope, subject, drill) WHERE state = 'active';
CREATE INDEX freezes_by_state ON freezes (state, id);
CREATE INDEX freezes_by_client ON freezes (client_id, id);
CREATE INDEX freezes_to_resume ON freezes (id) WHERE state = 'lifted' AND resumed_at IS NULL;

-- What a rail carries, what a credential has made, and what was refused because of a freeze.
CREATE INDEX payouts_by_rail ON payouts (rail, id);
CREATE INDEX payouts_by_credential ON payouts (maker_credential_id, id) WHERE maker_credential_id IS NOT NULL;
CREATE INDEX payout_links_by_credential ON payout_links (maker_credential_id, id)
    WHERE maker_credential_id IS NOT NULL;
CREATE INDEX audit_frozen ON audit_log (number) WHERE rule = 'frozen';
