-- Invoices, their cases, the facts told about them, and their chained history.
-- +goose Up
CREATE TABLE invoices (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    creditor     text        NOT NULL REFERENCES creditors (id),
    number       text        NOT NULL,
    debtor_pk    bigint      NOT NULL REFERENCES debtors (pk),
    kind         text        NOT NULL CHECK (kind IN ('invoice', 'order')),
    currency     char(3)     NOT NULL,
    amount       bigint      NOT NULL CHECK (amount > 0), -- minor units, as issued
    credited     bigint      NOT NULL DEFAULT 0 CHECK (credited >= 0 AND credited <= amount),
    written_off  bigint      NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    paid         bigint      NOT NULL DEFAULT 0 CHECK (paid >= 0), -- received and not returned
    balance      bigint      NOT NULL CHECK (balance >= 0),        -- cache of the receivable postings
    issued_on    date        NOT NULL,
    due_on       date,
    expires_at   timestamptz,
    goods        text        NOT NULL DEFAULT '',
    reference    text        NOT NULL DEFAULT '',
    pay_url      text        NOT NULL DEFAULT '',
    content_hash bytea       NOT NULL, -- of the invoice as handed over: a repeated number must say the same
    policy_hash  text        NOT NULL REFERENCES policies (hash),
    status       text        NOT NULL,
    stage        text        NOT NULL,
    cycle        int         NOT NULL DEFAULT 1,
    seq          bigint      NOT NULL DEFAULT 0, -- +1 with every change, under the row's lock
    plan         jsonb       NOT NULL,           -- dunning.Plan as last computed
    waiting      text        NOT NULL DEFAULT '',
    next_at      timestamptz,                    -- the plan's earliest instant
    event_n      bigint      NOT NULL DEFAULT 0,
    event_head   bytea,                          -- hash of the newest event
    created_at   timestamptz NOT NULL DEFAULT business_now(),
    UNIQUE (creditor, number),
    CHECK ((kind = 'invoice' AND due_on IS NOT NULL) OR (kind = 'order' AND expires_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX invoices_debtor_open ON invoices (debtor_pk) WHERE status IN ('open', 'placed');
CREATE INDEX invoices_next ON invoices (next_at) WHERE status IN ('open', 'placed');

-- One row per cycle of collection; a case is open until its workflow was told to end.
CREATE TABLE cases (
    invoice_pk bigint      NOT NULL REFERENCES invoices (pk),
    cycle      int         NOT NULL,
    opened_at  timestamptz NOT NULL DEFAULT business_now(),
    started_at timestamptz, -- wall clock: Temporal has it
    run_id     text        NOT NULL DEFAULT '',
    closed_at  timestamptz,
    PRIMARY KEY (invoice_pk, cycle)
);
CREATE INDEX cases_open ON cases (invoice_pk) WHERE closed_at IS NULL;
CREATE INDEX cases_closed ON cases (closed_at);

-- What was told, by the sender's own key: the same again changes nothing, other content is refused.
CREATE TABLE facts (
    creditor     text   NOT NULL,
    kind         text   NOT NULL,
    key          text   NOT NULL,
    invoice_pk   bigint REFERENCES invoices (pk),
    content_hash bytea  NOT NULL,
    amount       bigint NOT NULL DEFAULT 0, -- payments and returns, minor units
    refers_to    text   NOT NULL DEFAULT '', -- returns: key of the payment
    seq          bigint NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (creditor, kind, key)
);
CREATE INDEX facts_invoice ON facts (invoice_pk);

-- Intervals during which nothing is sent.
CREATE TABLE stops (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_pk bigint      NOT NULL REFERENCES invoices (pk),
    kind       text        NOT NULL,
    from_at    timestamptz NOT NULL,
    until_at   timestamptz,
    ended_at   timestamptz,
    seq        bigint      NOT NULL,
    ended_seq  bigint,
    amount     bigint      NOT NULL DEFAULT 0, -- promises: minor units promised
    paid_then  bigint      NOT NULL DEFAULT 0, -- promises: what was paid when it was made
    how_ended  text        NOT NULL DEFAULT '', -- released, kept, broken, resolved, expired, reopened
    reason     text        NOT NULL DEFAULT ''
);
CREATE INDEX stops_invoice ON stops (invoice_pk);

-- The ends of acts: each due act has exactly one, over all cycles.
CREATE TABLE acts (
    invoice_pk bigint      NOT NULL REFERENCES invoices (pk),
    step       text        NOT NULL,
    act        text        NOT NULL,
    outcome    text        NOT NULL,
    reason     text        NOT NULL DEFAULT '',
    cycle      int         NOT NULL,
    seq        bigint      NOT NULL,
    at         timestamptz NOT NULL,
    message_id uuid,
    PRIMARY KEY (invoice_pk, step, act)
);

-- Acts that a provider, a switch or a fault told us to try later.
CREATE TABLE deferrals (
    invoice_pk bigint NOT NULL REFERENCES invoices (pk),
    step       text   NOT NULL,
    act        text   NOT NULL,
    not_before timestamptz, -- null: until somebody lifts the reason
    reason     text   NOT NULL,
    scope      text   NOT NULL DEFAULT '', -- the switch that holds it
    PRIMARY KEY (invoice_pk, step, act)
);
CREATE INDEX deferrals_scope ON deferrals (scope) WHERE scope <> '';

CREATE TABLE events (
    invoice_pk bigint      NOT NULL REFERENCES invoices (pk),
    n          bigint      NOT NULL,
    seq        bigint      NOT NULL,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    actor      text        NOT NULL,
    text       text        NOT NULL,
    data       text        NOT NULL DEFAULT '', -- JSON, kept as text: the chain hashes its bytes
    hash       bytea       NOT NULL,
    xid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (invoice_pk, n)
);
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Every ten minutes the heads of all chains are chained themselves, so that a removed case shows.
CREATE TABLE checkpoints (
    n        bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    invoices bigint      NOT NULL, -- rows up to max_pk
    max_pk   bigint      NOT NULL,
    events   bigint      NOT NULL,
    heads    bytea       NOT NULL, -- sha256 over (pk, n, hash) of the newest events then
    hash     bytea       NOT NULL
);
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION append_only();

-- +goose Down
DROP TABLE checkpoints, events, deferrals, acts, stops, facts, cases, invoices;
