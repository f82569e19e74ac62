-- Who is owed, who owes, how to reach them, and by which rules.
-- +goose Up
CREATE TABLE creditors (
    id         text PRIMARY KEY,
    profile    jsonb       NOT NULL, -- invoice.Creditor
    updated_at timestamptz NOT NULL DEFAULT business_now()
);

CREATE TABLE debtors (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    creditor   text        NOT NULL REFERENCES creditors (id),
    id         text        NOT NULL,
    name       text        NOT NULL,
    type       text        NOT NULL DEFAULT '',
    country    text        NOT NULL DEFAULT '',
    region     text        NOT NULL DEFAULT '',
    zone       text        NOT NULL DEFAULT '',
    language   text        NOT NULL DEFAULT '',
    defaulted  text[]      NOT NULL DEFAULT '{}', -- fields taken from the creditor's defaults
    updated_at timestamptz NOT NULL DEFAULT business_now(),
    UNIQUE (creditor, id)
);

CREATE TABLE contacts (
    debtor_pk     bigint      NOT NULL REFERENCES debtors (pk),
    n             int         NOT NULL, -- order of preference within the channel
    channel       text        NOT NULL CHECK (channel IN ('email', 'sms', 'phone')),
    address       text        NOT NULL,
    name          text        NOT NULL DEFAULT '',
    role          text        NOT NULL DEFAULT '',
    health        text        NOT NULL DEFAULT 'ok' CHECK (health IN ('ok', 'bounced')),
    health_reason text        NOT NULL DEFAULT '',
    PRIMARY KEY (debtor_pk, channel, address)
);

-- Addresses that do not want a channel, for the whole creditor.
CREATE TABLE suppressions (
    creditor text        NOT NULL REFERENCES creditors (id),
    channel  text        NOT NULL,
    address  text        NOT NULL, -- in lower case
    at       timestamptz NOT NULL DEFAULT business_now(),
    actor    text        NOT NULL DEFAULT '',
    PRIMARY KEY (creditor, channel, address)
);
CREATE INDEX contacts_address ON contacts (lower(address));

-- Compiled policies by hash; a case keeps the hash it started with.
CREATE TABLE policies (
    hash     text PRIMARY KEY,
    name     text        NOT NULL,
    version  int         NOT NULL,
    source   text        NOT NULL,
    compiled jsonb       NOT NULL,
    at       timestamptz NOT NULL DEFAULT business_now()
);
CREATE TABLE policy_names (
    name text PRIMARY KEY,
    hash text NOT NULL REFERENCES policies (hash)
);

-- +goose Down
DROP TABLE policy_names, policies, suppressions, contacts, debtors, creditors;
