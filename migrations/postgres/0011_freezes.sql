-- Freezes: what must not leave while somebody looks into it.

CREATE TABLE freezes (
    id TEXT COLLATE "C" PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('everything', 'client', 'wallet', 'payee', 'rail', 'credential')),
    -- Empty for everything.
    subject TEXT COLLATE "C" NOT NULL,
    subject_name TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" REFERENCES clients (id),
    reason TEXT COLLATE "C" NOT NULL,
    drill BIGINT NOT NULL CHECK (drill IN (0, 1)),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'lifted')),
    maker_staff_id TEXT COLLATE "C" NOT NULL,
    maker_name TEXT COLLATE "C" NOT NULL,
    maker_credential_id TEXT COLLATE "C",
    -- What stood in it when it was frozen, as JSON.
    stood TEXT COLLATE "C" NOT NULL,
    -- The same when it was lifted.
    lifted_stood TEXT COLLATE "C",
    asked_at BIGINT,
    asker_staff_id TEXT COLLATE "C",
    asker_name TEXT COLLATE "C",
    asker_credential_id TEXT COLLATE "C",
    asker_creator_id TEXT COLLATE "C",
    asked_reason TEXT COLLATE "C",
    lifted_at BIGINT,
    lifter_name TEXT COLLATE "C",
    -- When all that it held back was due again.
    resumed_at BIGINT,
    version BIGINT NOT NULL,
    CHECK ((scope = 'everything') = (subject = '')),
    CHECK ((asked_at IS NULL) = (asker_staff_id IS NULL)),
    CHECK ((state = 'lifted') = (lifted_at IS NOT NULL)),
    CHECK ((state = 'lifted') = (lifted_stood IS NOT NULL)),
    -- Nobody lifts one alone.
    CHECK (state = 'active' OR asked_at IS NOT NULL)
);
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
