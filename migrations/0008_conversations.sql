-- What a policy's whole language needs: segments, assignments, payment plans, adoptions.
-- +goose Up
ALTER TABLE debtors ADD COLUMN customer_group text NOT NULL DEFAULT '';

-- Which rule chose the policy, how the debtor had paid until then, and to what the case was assigned.
ALTER TABLE invoices
    ADD COLUMN segment  text  NOT NULL DEFAULT '',
    ADD COLUMN history  text  NOT NULL DEFAULT '',
    ADD COLUMN assigned jsonb NOT NULL DEFAULT '{}';
CREATE INDEX invoices_debtor ON invoices (debtor_pk); -- has this debtor been late before?
CREATE INDEX invoices_policy ON invoices (policy_hash) WHERE status IN ('open', 'placed');

-- Segment rules by hash; one set is in force for new invoices.
CREATE TABLE segment_sets (
    hash     text PRIMARY KEY,
    source   text        NOT NULL,
    compiled jsonb       NOT NULL,
    actor    text        NOT NULL DEFAULT '',
    at       timestamptz NOT NULL DEFAULT business_now()
);
CREATE TABLE segment_set_in_force (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    hash     text NOT NULL REFERENCES segment_sets (hash)
);

-- Payment plans: while one is in force a stop of kind payment_plan holds the ladder.
CREATE TABLE payment_plans (
    pk            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_pk    bigint      NOT NULL REFERENCES invoices (pk),
    n             int         NOT NULL, -- the invoice's plans are counted from 1
    agreed_at     timestamptz NOT NULL,
    seq           bigint      NOT NULL,
    received_then bigint      NOT NULL, -- minor units paid and credited when it was agreed
    state         text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'kept', 'broken', 'withdrawn')),
    ended_at      timestamptz,
    ended_seq     bigint,
    reason        text        NOT NULL DEFAULT '',
    UNIQUE (invoice_pk, n)
);
CREATE UNIQUE INDEX payment_plans_one ON payment_plans (invoice_pk) WHERE state = 'active';
CREATE TABLE instalments (
    plan_pk bigint NOT NULL REFERENCES payment_plans (pk),
    n       int    NOT NULL,
    due_on  date   NOT NULL,
    amount  bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (plan_pk, n)
);

-- Running cases that were moved to another policy: by whom, from what, and what it takes to undo that.
CREATE TABLE adoptions (
    id        text PRIMARY KEY,
    name      text        NOT NULL, -- of the policy
    to_hash   text        NOT NULL REFERENCES policies (hash),
    chosen    text        NOT NULL, -- the condition, as it was written
    actor     text        NOT NULL,
    at        timestamptz NOT NULL,
    undone_at timestamptz
);
CREATE TABLE adoption_cases (
    adoption   text    NOT NULL REFERENCES adoptions (id),
    invoice_pk bigint  NOT NULL REFERENCES invoices (pk),
    from_hash  text    NOT NULL REFERENCES policies (hash),
    state      text    NOT NULL DEFAULT 'chosen' CHECK (state IN ('chosen', 'moved', 'refused', 'undone')),
    reason     text    NOT NULL DEFAULT '',
    skipped    text[]  NOT NULL DEFAULT '{}', -- steps that ended because the case joined behind them
    PRIMARY KEY (adoption, invoice_pk)
);

-- Which wording of a step's message went out, where the step has several.
ALTER TABLE messages ADD COLUMN variant text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE messages DROP COLUMN variant;
DROP TABLE adoption_cases, adoptions, instalments, payment_plans, segment_set_in_force, segment_sets;
DROP INDEX invoices_debtor;
DROP INDEX invoices_policy;
ALTER TABLE invoices DROP COLUMN assigned, DROP COLUMN history, DROP COLUMN segment;
ALTER TABLE debtors DROP COLUMN customer_group;
