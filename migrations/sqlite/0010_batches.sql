-- Batches: many payouts acted on together, or made from one file. Each item has one result, written with its effect.

CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    -- None for staff, who see all clients.
    client_id TEXT REFERENCES clients (id),
    verb TEXT NOT NULL CHECK (verb IN ('cancel', 'approve', 'reverse', 'create_payouts', 'create_links')),
    state TEXT NOT NULL CHECK (state IN ('sorting', 'ready', 'running', 'paused', 'stopped', 'done')),
    -- What it was made from, in words.
    made_from TEXT NOT NULL,
    -- How far the input is sorted: each chunk moves it on from where it was, so none is taken twice.
    position TEXT NOT NULL,
    -- SHA-256 of the file that payouts or links are made from, in hex.
    file_hash TEXT,
    reason TEXT,
    -- Who made it and starts it, as JSON: its items are done by them.
    actor TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    -- The freeze from whose page it was made.
    freeze_id TEXT,
    -- 1 when that is a drill: nothing is done to any payout.
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    items INTEGER NOT NULL CHECK (items >= 0),
    -- Items that something is to be done to: the number that is typed to start it.
    acting INTEGER NOT NULL CHECK (acting BETWEEN 0 AND items),
    pending INTEGER NOT NULL CHECK (pending >= 0),
    done INTEGER NOT NULL CHECK (done >= 0),
    asked INTEGER NOT NULL CHECK (asked >= 0),
    refused INTEGER NOT NULL CHECK (refused >= 0),
    failed INTEGER NOT NULL CHECK (failed >= 0),
    -- Groups with their reasons and sums, and what wallets get or give, as JSON.
    summary TEXT NOT NULL,
    -- Why it stands still, when nobody asked for that.
    note TEXT,
    -- How many people of which role have approved its start, when a rule asked for that.
    approved_people INTEGER CHECK (approved_people BETWEEN 1 AND 5),
    approved_role TEXT CHECK (approved_role IN ('approver', 'admin')),
    sorted_at INTEGER,
    started_at INTEGER,
    finished_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((approved_people IS NULL) = (approved_role IS NULL)),
    CHECK (items = pending + done + asked + refused + failed),
    CHECK (state <> 'done' OR pending = 0),
    CHECK (drill = 0 OR freeze_id IS NOT NULL)
) STRICT;
CREATE INDEX batches_of_client ON batches (client_id, id);
CREATE INDEX batches_of_freeze ON batches (freeze_id, id) WHERE freeze_id IS NOT NULL;
CREATE INDEX batches_by_end ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_at_work ON batches (id) WHERE state IN ('sorting', 'running');
CREATE INDEX batches_ready ON batches (id) WHERE state = 'ready';
CREATE UNIQUE INDEX batches_by_file ON batches (file_hash, verb, COALESCE(client_id, ''))
    WHERE file_hash IS NOT NULL AND (state <> 'stopped' OR started_at IS NOT NULL);

CREATE TABLE batch_items (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    seq INTEGER NOT NULL,
    -- The payout; none when there is no such payout, and for what is to be made.
    subject TEXT,
    -- The id or reference as it was given, and the reference of what is to be made.
    named TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'asked', 'refused', 'failed')),
    -- 1 when the provider is asked.
    ask INTEGER NOT NULL CHECK (ask IN (0, 1)),
    amount_minor INTEGER,
    currency TEXT,
    -- The payout's version when it was sorted, where the act is bound to what was shown.
    version INTEGER,
    -- The number of what else was shown then: who is paid, and on which account.
    shown INTEGER,
    rule TEXT,
    reason TEXT,
    -- What was made: a payout, link, reversal or cancellation.
    result_id TEXT,
    at INTEGER,
    PRIMARY KEY (batch_id, seq),
    CHECK ((state = 'pending') = (at IS NULL))
) STRICT;
CREATE UNIQUE INDEX batch_items_once ON batch_items (batch_id, subject) WHERE subject IS NOT NULL;
CREATE INDEX batch_items_told ON batch_items (batch_id, state, seq) WHERE state IN ('asked', 'refused', 'failed');

-- What is to be sorted, as JSON, until it is: long, so it does not stand in a row that every chunk writes.
CREATE TABLE batch_inputs (
    batch_id TEXT PRIMARY KEY REFERENCES batches (id),
    input TEXT NOT NULL
) STRICT;

-- What is to be made, a row of the file each.
CREATE TABLE batch_rows (
    -- The batch's id, a colon, and the item's number.
    id TEXT PRIMARY KEY,
    -- Sealed: there are bank details in it.
    content TEXT NOT NULL
) STRICT;
