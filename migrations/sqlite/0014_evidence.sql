-- Files that staff put on cases. They are never deleted; what was put there by mistake is marked withdrawn.

CREATE TABLE evidence (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    name TEXT NOT NULL,
    -- What it is, by its content.
    kind TEXT NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'text', 'csv')),
    size INTEGER NOT NULL CHECK (size > 0 AND size <= 2097152),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    staff_id TEXT NOT NULL REFERENCES staff (id),
    withdrawn_at INTEGER,
    withdrawn_by TEXT REFERENCES staff (id),
    withdrawn_reason TEXT,
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
) STRICT;
CREATE INDEX evidence_of_case ON evidence (case_id, id);
-- The same file stands once on a case.
CREATE UNIQUE INDEX evidence_once ON evidence (case_id, sha256) WHERE withdrawn_at IS NULL;

-- The files themselves, apart, so that no list reads them. In Base64.
CREATE TABLE evidence_files (
    id TEXT PRIMARY KEY REFERENCES evidence (id),
    content TEXT NOT NULL
) STRICT;

CREATE TRIGGER evidence_remains BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
CREATE TRIGGER evidence_stays BEFORE UPDATE OF id, case_id, name, kind, size, sha256, staff_id ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER evidence_files_remain BEFORE DELETE ON evidence_files
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
CREATE TRIGGER evidence_files_stay BEFORE UPDATE ON evidence_files
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
