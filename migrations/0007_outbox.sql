-- What must still be told to others, and who may talk to us.
-- +goose Up
-- One row per case that must look again; the newest fact replaces the older ones.
CREATE TABLE wakes (
    invoice_pk   bigint PRIMARY KEY REFERENCES invoices (pk),
    signal       text        NOT NULL,
    seq          bigint      NOT NULL,
    rank         smallint    NOT NULL, -- payments and stops 0, the rest 1, starts 2
    available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz,
    failures     int         NOT NULL DEFAULT 0,
    last_error   text        NOT NULL DEFAULT '',
    parked_at    timestamptz
) WITH (fillfactor = 70);
CREATE INDEX wakes_due ON wakes (rank, available_at) WHERE parked_at IS NULL;

-- Calls to a creditor's own systems.
CREATE TABLE hooks (
    id           text PRIMARY KEY,
    invoice_pk   bigint      NOT NULL REFERENCES invoices (pk),
    url          text        NOT NULL,
    kind         text        NOT NULL,
    body         text        NOT NULL,
    retries      int         NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error   text        NOT NULL DEFAULT '',
    done_at      timestamptz
);
CREATE INDEX hooks_due ON hooks (available_at) WHERE done_at IS NULL;

CREATE TABLE api_keys (
    name       text PRIMARY KEY,
    hash       bytea       NOT NULL UNIQUE, -- sha256 of the secret
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);

CREATE TABLE idempotency (
    key        text PRIMARY KEY,
    hash       text        NOT NULL,
    status     int         NOT NULL DEFAULT 0, -- 0: in flight
    body       bytea       NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE idempotency, api_keys, hooks, wakes;
