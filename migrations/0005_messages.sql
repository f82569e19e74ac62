-- What was sent, whom and what it covered, and what the providers said.
-- +goose Up
CREATE TABLE messages (
    id          uuid PRIMARY KEY,
    creditor    text        NOT NULL REFERENCES creditors (id),
    debtor_pk   bigint      NOT NULL REFERENCES debtors (pk),
    invoice_pk  bigint      NOT NULL REFERENCES invoices (pk), -- the case that leads it: it sent it, or took it over
    kind        text        NOT NULL CHECK (kind IN ('collecting', 'placement', 'recall')),
    channel     text        NOT NULL CHECK (channel IN ('email', 'sms')),
    step        text        NOT NULL,
    act         text        NOT NULL,
    class       text        NOT NULL,
    template    text        NOT NULL,
    language    text        NOT NULL,
    recipient   text        NOT NULL,
    subject     text        NOT NULL,
    body        text        NOT NULL, -- the exact text
    html        text        NOT NULL,
    hash        text        NOT NULL, -- sha256 over subject, text and HTML
    state       text        NOT NULL CHECK (state IN ('in_flight', 'unknown', 'accepted', 'rejected', 'unsent', 'unconfirmed')),
    reason      text        NOT NULL DEFAULT '',
    provider_id text        NOT NULL DEFAULT '',
    delivery    text        NOT NULL DEFAULT '', -- processed, deferred, delivered, undelivered, dropped, bounced, spam_report
    claimed_at  timestamptz NOT NULL,            -- business time
    ended_at    timestamptz
);
CREATE INDEX messages_invoice ON messages (invoice_pk);
CREATE INDEX messages_debtor ON messages (debtor_pk, claimed_at);
CREATE INDEX messages_recipient ON messages (lower(recipient));
CREATE INDEX messages_provider ON messages (provider_id) WHERE provider_id <> '';
CREATE INDEX messages_pending ON messages (invoice_pk) WHERE state IN ('in_flight', 'unknown');

-- The once-only key lies here: one message per invoice, step and act, across cycles. The act of a
-- collecting message is its channel.
CREATE TABLE message_covers (
    message_id uuid   NOT NULL REFERENCES messages (id),
    invoice_pk bigint NOT NULL REFERENCES invoices (pk),
    step       text   NOT NULL,
    act        text   NOT NULL CHECK (act IN ('email', 'sms', 'place', 'recall')),
    reference  text   NOT NULL, -- as printed in the message, e.g. INV-1/C
    void       boolean NOT NULL DEFAULT false, -- certainly not sent: the step is due again
    PRIMARY KEY (message_id, invoice_pk)
);
CREATE UNIQUE INDEX message_covers_once ON message_covers (invoice_pk, step, act) WHERE NOT void;

CREATE TABLE attempts (
    id            text PRIMARY KEY,
    message_id    uuid        NOT NULL REFERENCES messages (id),
    n             int         NOT NULL,
    state         text        NOT NULL CHECK (state IN ('in_flight', 'unknown', 'accepted', 'rejected', 'unsent', 'unconfirmed', 'absent')),
    claimed_at    timestamptz NOT NULL, -- business time
    claimed_wall  timestamptz NOT NULL DEFAULT clock_timestamp(),
    http_deadline timestamptz NOT NULL, -- wall clock: after it an attempt without an end is lost
    look_ups      int         NOT NULL DEFAULT 0,
    look_at       timestamptz, -- business time of the next look-up
    ended_at      timestamptz,
    reason        text        NOT NULL DEFAULT '',
    UNIQUE (message_id, n)
);
-- The sequence each covered invoice gave the claim: what "before" and "after" a stop mean.
CREATE TABLE attempt_claims (
    attempt_id text    NOT NULL REFERENCES attempts (id),
    invoice_pk bigint  NOT NULL REFERENCES invoices (pk),
    seq        bigint  NOT NULL,
    crossed    boolean NOT NULL DEFAULT false, -- accepted after a stop that it was claimed before
    PRIMARY KEY (attempt_id, invoice_pk)
);
CREATE INDEX attempt_claims_invoice ON attempt_claims (invoice_pk);

-- Every report of a provider once, however often it comes.
CREATE TABLE deliveries (
    provider    text        NOT NULL,
    dedupe_key  text        NOT NULL,
    attempt_id  text        NOT NULL DEFAULT '',
    provider_id text        NOT NULL DEFAULT '',
    kind        text        NOT NULL,
    address     text        NOT NULL DEFAULT '',
    reason      text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT business_now(),
    raw         text        NOT NULL DEFAULT '',
    PRIMARY KEY (provider, dedupe_key)
);
CREATE INDEX deliveries_words ON deliveries (lower(address)) WHERE kind IN ('opt_out', 'opt_in', 'spam_report');
CREATE INDEX deliveries_attempt ON deliveries (attempt_id) WHERE attempt_id <> '';

-- Stop switches: all sending, one creditor's, or one channel's.
CREATE TABLE switches (
    scope  text PRIMARY KEY,
    reason text        NOT NULL,
    actor  text        NOT NULL,
    at     timestamptz NOT NULL
);

-- +goose Down
DROP TABLE switches, deliveries, attempt_claims, attempts, message_covers, messages;
