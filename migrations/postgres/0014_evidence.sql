-- Files that staff put on cases. They are never deleted; what was put there by mistake is marked withdrawn.

CREATE TABLE evidence (
    id TEXT COLLATE "C" PRIMARY KEY,
    case_id TEXT COLLATE "C" NOT NULL REFERENCES cases (id),
    name TEXT COLLATE "C" NOT NULL,
    -- What it is, by its content.
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'text', 'csv')),
    size BIGINT NOT NULL CHECK (size > 0 AND size <= 2097152),
    sha256 TEXT COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
    withdrawn_at BIGINT,
    withdrawn_by TEXT COLLATE "C" REFERENCES staff (id),
    withdrawn_reason TEXT COLLATE "C",
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
CREATE INDEX evidence_of_case ON evidence (case_id, id);
-- The same file stands once on a case.
CREATE UNIQUE INDEX evidence_once ON evidence (case_id, sha256) WHERE withdrawn_at IS NULL;

-- The files themselves, apart, so that no list reads them. In Base64.
CREATE TABLE evidence_files (
    id TEXT COLLATE "C" PRIMARY KEY REFERENCES evidence (id),
    content TEXT COLLATE "C" NOT NULL
);

CREATE TRIGGER evidence_remains BEFORE DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_stays BEFORE UPDATE OF id, case_id, name, kind, size, sha256, staff_id ON evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_files_stay BEFORE UPDATE OR DELETE ON evidence_files
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
