-- Batches: many payouts acted on together, or made from one file. Each item has one result, written with its effect.

CREATE TABLE batches (
    id TEXT COLLATE "C" PRIMARY KEY,
    -- None for staff, who see all clients.
    client_id TEXT COLLATE "C" REFERENCES clients (id),
    verb TEXT COLLATE "C" NOT NULL CHECK (verb IN ('cancel', 'approve', 'reverse', 'create_payouts', 'create_links')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('sorting', 'ready', 'running', 'paused', 'stopped', 'done')),
    -- What it was made from, in words.
    made_from TEXT COLLATE "C" NOT NULL,
    -- How far the input is sorted: each chunk moves it on from where it was, so none is taken twice.
    position TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the file that payouts or links are made from, in hex.
    file_hash TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    -- Who made it and starts it, as JSON: its items are done by them.
    actor TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    -- The freeze from whose page it was made.
    freeze_id TEXT COLLATE "C",
    -- 1 when that is a drill: nothing is done to any payout.
    drill BIGINT NOT NULL CHECK (drill IN (0, 1)),
    items BIGINT NOT NULL CHECK (items >= 0),
    -- Items that something is to be done to: the number that is typed to start it.
    acting BIGINT NOT NULL CHECK (acting BETWEEN 0 AND items),
    pending BIGINT NOT NULL CHECK (pending >= 0),
    done BIGINT NOT NULL CHECK (done >= 0),
    asked BIGINT NOT NULL CHECK (asked >= 0),
    refused BIGINT NOT NULL CHECK (refused >= 0),
    failed BIGINT NOT NULL CHECK (failed >= 0),
    -- Groups with their reasons and sums, and what wallets get or give, as JSON.
    summary TEXT COLLATE "C" NOT NULL,
    -- Why it stands still, when nobody asked for that.
    note TEXT COLLATE "C",
    -- How many people of which role have approved its start, when a rule asked for that.
    approved_people BIGINT CHECK (approved_people BETWEEN 1 AND 5),
    approved_role TEXT COLLATE "C" CHECK (approved_role IN ('approver', 'admin')),
    sorted_at BIGINT,
    started_at BIGINT,
    finished_at BIGINT,
    version BIGINT NOT NULL,
    CHECK ((approved_people IS NULL) = (approved_role IS NULL)),
    CHECK (items = pending + done + asked + refused + failed),
    CHECK (state <> 'done' OR pending = 0),
    CHECK (drill = 0 OR freeze_id IS NOT NULL)
);
CREATE INDEX batches_of_client ON batches (client_id, id);
CREATE INDEX batches_of_freeze ON batches (freeze_id, id) WHERE freeze_id IS NOT NULL;
CREATE INDEX batches_by_end ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_at_work ON batches (id) WHERE state IN ('sorting', 'running');
CREATE INDEX batches_ready ON batches (id) WHERE state = 'ready';
CREATE UNIQUE INDEX batches_by_file ON batches (file_hash, verb, COALESCE(client_id, ''))
    WHERE file_hash IS NOT NULL AND (state <> 'stopped' OR started_at IS NOT NULL);

CREATE TABLE batch_items (
    batch_id TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    seq BIGINT NOT NULL,
    -- The payout; none when there is no such payout, and for what is to be made.
    subject TEXT COLLATE "C",
    -- The id or reference as it was given, and the reference of what is to be made.
    named TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'done', 'asked', 'refused', 'failed')),
    -- 1 when the provider is asked.
    ask BIGINT NOT NULL CHECK (ask IN (0, 1)),
    amount_minor BIGINT,
    currency TEXT COLLATE "C",
    -- The payout's version when it was sorted, where the act is bound to what was shown.
    version BIGINT,
    -- The number of what else was shown then: who is paid, and on which account.
    shown BIGINT,
    rule TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    -- What was made: a payout, link, reversal or cancellation.
    result_id TEXT COLLATE "C",
    at BIGINT,
    PRIMARY KEY (batch_id, seq),
    CHECK ((state = 'pending') = (at IS NULL))
);
CREATE UNIQUE INDEX batch_items_once ON batch_items (batch_id, subject) WHERE subject IS NOT NULL;
CREATE INDEX batch_items_told ON batch_items (batch_id, state, seq) WHERE state IN ('asked', 'refused', 'failed');

-- What is to be sorted, as JSON, until it is: long, so it does not stand in a row that every chunk writes.
CREATE TABLE batch_inputs (
    batch_id TEXT COLLATE "C" PRIMARY KEY REFERENCES batches (id),
    input TEXT COLLATE "C" NOT NULL
);

-- What is to be made, a row of the file each.
CREATE TABLE batch_rows (
    -- The batch's id, a colon, and the item's number.
    id TEXT COLLATE "C" PRIMARY KEY,
    -- Sealed: there are bank details in it.
    content TEXT COLLATE "C" NOT NULL
);
