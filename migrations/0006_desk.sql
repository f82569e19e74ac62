-- What people do: tasks, decisions, placements.
-- +goose Up
CREATE TABLE tasks (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL,
    creditor   text        NOT NULL REFERENCES creditors (id),
    debtor_pk  bigint      NOT NULL REFERENCES debtors (pk),
    invoice_pk bigint      REFERENCES invoices (pk), -- null: about the debtor
    step       text        NOT NULL DEFAULT '',
    text       text        NOT NULL,
    state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'claimed', 'done', 'closed')),
    claimed_by text        NOT NULL DEFAULT '',
    outcome    text        NOT NULL DEFAULT '',
    note       text        NOT NULL DEFAULT '',
    escalated  boolean     NOT NULL DEFAULT false,
    seq        bigint      NOT NULL DEFAULT 0, -- the invoice's, when it was opened
    opened_at  timestamptz NOT NULL,
    due_at     timestamptz,
    ended_at   timestamptz
);
CREATE UNIQUE INDEX tasks_once_per_step ON tasks (invoice_pk, step, kind) WHERE state IN ('open', 'claimed');
CREATE UNIQUE INDEX tasks_once_per_debtor ON tasks (debtor_pk, kind) WHERE invoice_pk IS NULL AND state IN ('open', 'claimed');
CREATE INDEX tasks_open ON tasks (creditor, pk) WHERE state IN ('open', 'claimed');
CREATE INDEX tasks_invoice ON tasks (invoice_pk);

CREATE TABLE decisions (
    pk          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_pk  bigint      NOT NULL REFERENCES invoices (pk),
    cycle       int         NOT NULL,
    route       text        NOT NULL,
    reason      text        NOT NULL,
    inputs      jsonb       NOT NULL,
    approved    boolean     NOT NULL,
    approved_by text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL
);
CREATE INDEX decisions_invoice ON decisions (invoice_pk);

CREATE TABLE handoffs (
    pk          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_pk  bigint      NOT NULL REFERENCES invoices (pk),
    route       text        NOT NULL,
    partner     text        NOT NULL, -- name
    address     text        NOT NULL,
    state       text        NOT NULL,
    bundle_html text        NOT NULL,
    bundle_json text        NOT NULL,
    bundle_sum  text        NOT NULL, -- sha256 over both
    message_id  uuid        NOT NULL REFERENCES messages (id),
    deadline    timestamptz, -- acknowledgement expected by
    at          timestamptz NOT NULL
);
CREATE INDEX handoffs_invoice ON handoffs (invoice_pk);

-- +goose Down
DROP TABLE handoffs, decisions, tasks;
