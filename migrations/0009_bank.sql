-- Cash application: bank files, what stands in them, and what was decided about each payment.
-- Amounts are minor units, signed as the bank booked them: credit positive.
-- +goose Up

-- One row per file, under the hash of its bytes. The row is the outbox of its import: the relay starts
-- workflow import/<sha256>/<attempt> for every row in state stored.
CREATE TABLE bank_files (
    pk           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    sha256       text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name         text        NOT NULL, -- as it was handed over, without folders
    size         bigint      NOT NULL, -- bytes
    actor        text        NOT NULL DEFAULT '',
    -- receiving: its bytes still come, and sha256 holds a place; stored: acknowledged; parsing, accepted, booking: at
    -- work; refused: whole, nothing of it is left; done: all of it is booked.
    state        text        NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'stored', 'parsing', 'refused', 'accepted', 'booking', 'done')),
    attempt      int         NOT NULL DEFAULT 1, -- +1 when a refused file is tried again
    -- How it is read: given by the caller, replaced when a refused file comes again.
    profile      text        NOT NULL DEFAULT '', -- CSV profile by name; '': found out
    profile_yaml text        NOT NULL DEFAULT '', -- a profile of the caller's own
    account      text        NOT NULL DEFAULT '', -- where the file names none
    currency     text        NOT NULL DEFAULT '', -- where the file names none
    allow_off    boolean     NOT NULL DEFAULT false, -- take booked statements in that don't add up
    -- What came of it.
    format       text        NOT NULL DEFAULT '',
    statements   int         NOT NULL DEFAULT 0,
    entries      int         NOT NULL DEFAULT 0,
    details      int         NOT NULL DEFAULT 0,
    bookable     int         NOT NULL DEFAULT 0, -- details that phase two books: the total of the progress
    booked       int         NOT NULL DEFAULT 0, -- details that it has booked: the progress
    read_bytes   bigint      NOT NULL DEFAULT 0, -- progress of phase one, of size
    repeated     int         NOT NULL DEFAULT 0, -- entries that were on file before
    refused_for  text        NOT NULL DEFAULT '', -- why it was refused, in words
    hint         text        NOT NULL DEFAULT '', -- and what to do about it
    report       jsonb       NOT NULL DEFAULT '{}', -- collection.BankReport: what was left out, and alerts
    stored_at    timestamptz NOT NULL DEFAULT business_now(),
    decided_at   timestamptz, -- accepted or refused
    done_at      timestamptz,
    -- The outbox's own columns, on the wall clock. Progress moves available_at on; a file that stands still for
    -- long is started once more, which changes nothing when its workflow runs.
    available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz,
    failures     int         NOT NULL DEFAULT 0,
    last_error   text        NOT NULL DEFAULT '',
    parked_at    timestamptz,
    started_at   timestamptz -- Temporal has this attempt
);
CREATE INDEX bank_files_due ON bank_files (available_at) WHERE state IN ('stored', 'parsing', 'accepted', 'booking') AND parked_at IS NULL;

-- The bytes, in pieces that are read one after the other.
CREATE TABLE bank_file_parts (
    file_pk bigint NOT NULL REFERENCES bank_files (pk) ON DELETE CASCADE,
    n       int    NOT NULL, -- from 1
    bytes   bytea  NOT NULL CHECK (length(bytes) <= 1048576),
    PRIMARY KEY (file_pk, n)
);
ALTER TABLE bank_file_parts ALTER COLUMN bytes SET STORAGE EXTERNAL; -- not compressed: a part is read once or twice

-- Staging: what the parser found, before anybody has said that it may count. Emptied when the file is
-- accepted or refused, and by the parser before it begins again.
CREATE TABLE staged_statements (
    file_pk    bigint NOT NULL REFERENCES bank_files (pk) ON DELETE CASCADE,
    n          int    NOT NULL, -- position in the file, from 1, over all members of an archive
    account    text   NOT NULL, -- bank.Account.Key()
    currency   text   NOT NULL, -- of the account, else of its entries
    kind       text   NOT NULL, -- bank.Kind
    sum        text   NOT NULL, -- bank.Arithmetic, with signs as booked
    flipped    text   NOT NULL, -- the same with the signs of reversals turned round
    hash       bytea  NOT NULL, -- over the keys of all entries in their order
    entries    int    NOT NULL,
    statement  jsonb  NOT NULL, -- bank.Statement
    PRIMARY KEY (file_pk, n)
);
CREATE TABLE staged_entries (
    file_pk     bigint  NOT NULL, -- no foreign keys on what comes by the million: who writes it holds the file
    statement_n int     NOT NULL,
    n           int     NOT NULL, -- position in the statement, from 1
    amount      bigint  NOT NULL,
    currency    text    NOT NULL,
    status      text    NOT NULL, -- bank.Status
    reversal    boolean NOT NULL,
    booked_on   date,
    value_on    date,
    bank_ref    text    NOT NULL,
    entry_ref   text    NOT NULL,
    code        text    NOT NULL,
    info        text    NOT NULL,
    batch       int     NOT NULL,
    line        int     NOT NULL,
    repaired    boolean NOT NULL,
    doubts      text[]  NOT NULL,
    key         bytea   NOT NULL, -- as bank_entries.key
    party       text    NOT NULL, -- who stands at the other end, normalised; '' where there are several
    details     int     NOT NULL,
    occurrence  int     NOT NULL DEFAULT 1, -- these two are set when the file is judged
    repeats     bigint, -- entry on file that this one is
    PRIMARY KEY (file_pk, statement_n, n)
);
CREATE TABLE staged_details (
    file_pk       bigint NOT NULL,
    statement_n   int    NOT NULL,
    entry_n       int    NOT NULL,
    n             int    NOT NULL,
    amount        bigint NOT NULL,
    kind          text   NOT NULL,
    payer_name    text   NOT NULL,
    payer_account text   NOT NULL,
    end_to_end    text   NOT NULL,
    tx            jsonb  NOT NULL,
    PRIMARY KEY (file_pk, statement_n, entry_n, n)
);

-- The accounts that statements have come for, one row per currency: how they are read, how often a
-- statement is due, and how far the statements reach.
CREATE TABLE feeds (
    account      text NOT NULL, -- IBAN or the bank's own number, upper case, without spaces; manual/<creditor>: payments told by hand
    currency     text NOT NULL,
    creditor     text NOT NULL REFERENCES creditors (id),
    sign_rule    text NOT NULL DEFAULT 'as_booked' CHECK (sign_rule IN ('as_booked', 'turn_reversals')),
    source       text NOT NULL DEFAULT '', -- family of the format that books: camt, mt, bai, ofx, csv
    rhythm       text NOT NULL DEFAULT '', -- how old the newest statement may be, as a policy writes it, e.g. 1bd; '': nobody waits for it
    closing_on   date,                     -- day of the newest closing balance of a booked statement
    closing      bigint,                   -- that balance
    newest_on    date,                     -- newest day that any booked statement covers, balance or not
    heard_at     timestamptz,              -- when the newest statement came (business time)
    PRIMARY KEY (account, currency)
);
CREATE INDEX feeds_creditor ON feeds (creditor);

CREATE TABLE bank_statements (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_pk    bigint      NOT NULL REFERENCES bank_files (pk),
    n          int         NOT NULL, -- position in the file
    creditor   text        NOT NULL REFERENCES creditors (id),
    account    text        NOT NULL,
    currency   text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('booked', 'intraday', 'notification')),
    format     text        NOT NULL,
    ref        text        NOT NULL DEFAULT '',
    number     text        NOT NULL DEFAULT '',
    from_on    date, -- first day it covers: as said, else of its first entry
    to_on      date, -- last day
    opening    bigint,
    closing    bigint,
    closing_on date,
    sum        text        NOT NULL CHECK (sum IN ('ok', 'off', 'unknown')), -- opening + booked = closing?
    sign_rule  text        NOT NULL DEFAULT 'as_booked',
    hash       bytea       NOT NULL, -- over the keys of all entries in their order
    state      text        NOT NULL CHECK (state IN ('accepted', 'repeated')),
    repeats    bigint REFERENCES bank_statements (pk), -- repeated: the first of its kind
    entries    int         NOT NULL, -- in the statement
    fresh      int         NOT NULL DEFAULT 0, -- of those, taken in
    repeated   int         NOT NULL DEFAULT 0, -- of those, on file before
    -- How it joins the statement before it in time: first (nothing before it), ok, gap (entries are missing
    -- between them), overlap (they share days), unknown (balances are missing). Computed anew for its neighbours, too.
    continuity text        NOT NULL DEFAULT 'unknown' CHECK (continuity IN ('first', 'ok', 'gap', 'overlap', 'unknown')),
    gap        bigint      NOT NULL DEFAULT 0, -- this opening balance less the closing balance before it
    statement  jsonb       NOT NULL, -- bank.Statement: all that it says
    at         timestamptz NOT NULL,
    UNIQUE (file_pk, n)
);
CREATE INDEX bank_statements_account ON bank_statements (account, currency, to_on);
CREATE INDEX bank_statements_hash ON bank_statements (account, hash);

-- One line of an account. Only entries in state booked are in the ledger.
CREATE TABLE bank_entries (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    statement_pk bigint REFERENCES bank_statements (pk), -- null: told by hand or by a payment provider
    file_pk      bigint, -- its statement's
    n            int     NOT NULL DEFAULT 0, -- position in the statement
    creditor     text    NOT NULL, -- its feed's
    account      text    NOT NULL,
    currency     text    NOT NULL,
    amount       bigint  NOT NULL, -- as booked; turned round only where the feed's sign rule says so
    -- accepted: waits for phase two; booked: in the ledger (entries.bank_entry_pk). The others are told only and
    -- never book. pending: the bank may still take it back; announced: booked according to an intraday statement
    -- or a notification; info: for information; superseded: superseded_by is the entry that books; expired: pending
    -- for so long that it won't come.
    state        text    NOT NULL CHECK (state IN ('accepted', 'booked', 'pending', 'announced', 'info', 'superseded', 'expired')),
    told_as      text    NOT NULL DEFAULT '', -- entries that never book: pending, info, intraday, notification, other_format
    -- No index looks at state itself, so that booking an entry touches none of them.
    told         boolean NOT NULL GENERATED ALWAYS AS (state NOT IN ('accepted', 'booked')) STORED,
    awaited      boolean NOT NULL GENERATED ALWAYS AS (state IN ('pending', 'announced')) STORED, -- its booking still comes
    reversal     boolean NOT NULL DEFAULT false,
    booked_on    date, -- null: pending without a day
    value_on     date,
    bank_ref     text    NOT NULL DEFAULT '',
    entry_ref    text    NOT NULL DEFAULT '',
    code         text    NOT NULL DEFAULT '',
    info         text    NOT NULL DEFAULT '',
    batch        int     NOT NULL DEFAULT 0, -- transactions that the bank says are inside; 0: not said
    line         int     NOT NULL DEFAULT 0, -- in the file
    repaired     boolean NOT NULL DEFAULT false, -- text was mended: never applied without a person
    doubts       text[]  NOT NULL DEFAULT '{}', -- what is odd without being wrong
    doubtful     boolean NOT NULL DEFAULT false, -- it may be a repetition all the same: never applied without a person
    -- What makes it the same entry: the bank's reference with amount and day, or a fingerprint where there is
    -- none; and which of the entries with that key it is, so that true twins are both kept.
    key          bytea   NOT NULL,
    occurrence   int     NOT NULL DEFAULT 1,
    party        text    NOT NULL DEFAULT '',
    superseded_by bigint REFERENCES bank_entries (pk),
    details_from  bigint REFERENCES bank_entries (pk), -- the announcement whose details replaced its own
    at           timestamptz NOT NULL,
    booked_at    timestamptz
) WITH (fillfactor = 60);
-- The guard itself: whatever two importers believe, an entry exists once per account.
CREATE UNIQUE INDEX bank_entries_once ON bank_entries (account, currency, key, occurrence) WHERE NOT told;
-- And once among what was told.
CREATE UNIQUE INDEX bank_entries_told_once ON bank_entries (account, currency, key, occurrence, told_as) WHERE told;
CREATE INDEX bank_entries_superseded ON bank_entries (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX bank_entries_day ON bank_entries (account, currency, booked_on, amount);
CREATE INDEX bank_entries_statement ON bank_entries (statement_pk, n);
CREATE INDEX bank_entries_told ON bank_entries (account, currency, booked_on) WHERE awaited;
CREATE INDEX bank_entries_ref ON bank_entries (account, bank_ref) WHERE bank_ref <> '';

-- What was paid within an entry: matching works on these. The details of an entry add up to its amount.
CREATE TABLE bank_details (
    pk            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_pk      bigint NOT NULL REFERENCES bank_entries (pk),
    file_pk       bigint, -- whose phase two decides about it
    n             int    NOT NULL, -- position in the entry, from 1
    creditor      text   NOT NULL, -- its entry's
    amount        bigint NOT NULL, -- as its entry's
    currency      text   NOT NULL,
    kind          text   NOT NULL CHECK (kind IN ('transfer', 'charge', 'unexplained')),
    payer_name    text   NOT NULL DEFAULT '',
    payer_account text   NOT NULL DEFAULT '', -- IBAN or number, upper case, without spaces; of a debit: the payee's
    end_to_end    text   NOT NULL DEFAULT '',
    tx            jsonb  NOT NULL, -- bank.TxDetail, all of it
    -- What was decided. told: its entry isn't booked; accepted: waits for phase two; undecided: booked, in the
    -- queue; waiting: booked, its keys wait for an invoice that isn't there yet; decided: all of it has a
    -- home; replaced: other details of its entry took its place.
    state         text   NOT NULL CHECK (state IN ('told', 'accepted', 'undecided', 'waiting', 'decided', 'replaced')),
    queued        boolean NOT NULL GENERATED ALWAYS AS (state IN ('undecided', 'waiting')) STORED, -- for the index: what is decided at once touches none
    how           text   NOT NULL DEFAULT '', -- decided: applied, on_account, not_ours, returned, charge, …
    rung          text   NOT NULL DEFAULT '', -- of the ladder that decided or suggests; '': none
    evidence      jsonb  NOT NULL DEFAULT '[]', -- in words, for people
    suggestions   jsonb  NOT NULL DEFAULT '[]', -- ranked, while undecided
    confidence    real   NOT NULL DEFAULT 0, -- 0…1
    rule_version  text   NOT NULL DEFAULT '',
    decided_by    text   NOT NULL DEFAULT '', -- auto, or who
    decided_at    timestamptz,
    debtor_pk     bigint REFERENCES debtors (pk), -- who paid, as far as it is known
    allocated     bigint NOT NULL DEFAULT 0, -- cache: what its allocations in force add up to, signed as amount
    CHECK (allocated = 0 OR (sign(allocated) = sign(amount) AND abs(allocated) <= abs(amount)))
) WITH (fillfactor = 60);
CREATE INDEX bank_details_entry ON bank_details (entry_pk, n);
CREATE INDEX bank_details_file ON bank_details (file_pk, pk); -- the next page of phase two
CREATE INDEX bank_details_queue ON bank_details (creditor, pk) WHERE queued;
CREATE INDEX bank_details_payer ON bank_details (creditor, payer_account, pk) WHERE payer_account <> '';
CREATE INDEX bank_details_end_to_end ON bank_details (creditor, end_to_end) WHERE end_to_end <> ''; -- returns name the original's

-- Where the money of a detail went, append-only. Undoing is another row, of the opposite sign.
CREATE TABLE bank_allocations (
    pk          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    detail_pk   bigint      NOT NULL REFERENCES bank_details (pk),
    target      text        NOT NULL, -- invoice, on_account, not_ours, charge, …
    invoice_pk  bigint REFERENCES invoices (pk),
    debtor_pk   bigint REFERENCES debtors (pk),
    amount      bigint      NOT NULL CHECK (amount <> 0), -- of the detail, signed as the detail
    discount    bigint      NOT NULL DEFAULT 0, -- granted beside it: closes the invoice, isn't money
    charge      bigint      NOT NULL DEFAULT 0, -- bank charges borne beside it, likewise
    ledger_pk   bigint      NOT NULL REFERENCES entries (pk), -- the ledger entry that books it
    undoes      bigint UNIQUE REFERENCES bank_allocations (pk),
    returns     bigint REFERENCES bank_allocations (pk), -- the allocation that a returned payment takes back, wholly or in part
    rung        text        NOT NULL DEFAULT '',
    evidence    jsonb       NOT NULL DEFAULT '[]',
    rule_version text       NOT NULL DEFAULT '',
    decided_by  text        NOT NULL, -- auto, or who
    reason      text        NOT NULL DEFAULT '',
    at          timestamptz NOT NULL
);
CREATE INDEX bank_allocations_detail ON bank_allocations (detail_pk);
CREATE INDEX bank_allocations_invoice ON bank_allocations (invoice_pk) WHERE invoice_pk IS NOT NULL;
CREATE INDEX bank_allocations_returns ON bank_allocations (returns) WHERE returns IS NOT NULL;
CREATE TRIGGER bank_allocations_append_only BEFORE UPDATE OR DELETE ON bank_allocations FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER bank_allocations_no_truncate BEFORE TRUNCATE ON bank_allocations FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Accounts that payments came from, and for whom: sure after two confirmations and no rejection, or
-- from the debtor's master data.
CREATE TABLE payer_accounts (
    creditor      text   NOT NULL REFERENCES creditors (id),
    account       text   NOT NULL, -- as bank_details.payer_account
    debtor_pk     bigint NOT NULL REFERENCES debtors (pk),
    confirmations int    NOT NULL DEFAULT 0,
    rejections    int    NOT NULL DEFAULT 0,
    master        boolean NOT NULL DEFAULT false, -- the creditor's own data says so
    last_at       timestamptz NOT NULL,
    PRIMARY KEY (creditor, account, debtor_pk)
);
CREATE INDEX payer_accounts_debtor ON payer_accounts (debtor_pk);

-- By what a payment may name an invoice; written with the invoice.
CREATE TABLE invoice_keys (
    creditor   text   NOT NULL REFERENCES creditors (id),
    key        text COLLATE "C" NOT NULL, -- normalised: see bank/match; compared byte by byte
    kind       text   NOT NULL, -- number, digits, reference
    invoice_pk bigint NOT NULL REFERENCES invoices (pk),
    PRIMARY KEY (creditor, key, kind, invoice_pk)
);
CREATE INDEX invoice_keys_invoice ON invoice_keys (invoice_pk);

-- The creditor's own way to number invoices, learnt from those issued.
CREATE TABLE number_shapes (
    creditor text   NOT NULL REFERENCES creditors (id),
    shape    text   NOT NULL, -- match.Shape
    n        bigint NOT NULL, -- invoices of this shape
    PRIMARY KEY (creditor, shape)
);

-- What waiting details name: an invoice that comes with one of these keys requeues them.
CREATE TABLE detail_keys (
    creditor  text   NOT NULL REFERENCES creditors (id),
    key       text COLLATE "C" NOT NULL,
    detail_pk bigint NOT NULL REFERENCES bank_details (pk),
    PRIMARY KEY (creditor, key, detail_pk)
);
CREATE INDEX detail_keys_detail ON detail_keys (detail_pk);

-- What a person should know about an account: signs that had to be turned, gaps, days that are in doubt.
CREATE TABLE bank_alerts (
    pk           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    creditor     text        NOT NULL REFERENCES creditors (id),
    account      text        NOT NULL,
    currency     text        NOT NULL,
    statement_pk bigint REFERENCES bank_statements (pk),
    kind         text        NOT NULL, -- sign_rule, arithmetic, gap, overlap, doubt, late_details, stale
    text         text        NOT NULL,
    at           timestamptz NOT NULL,
    ended_at     timestamptz -- it holds no more, or somebody has seen to it
);
CREATE INDEX bank_alerts_open ON bank_alerts (creditor, pk) WHERE ended_at IS NULL;

-- The ledger learns of money that belongs to no invoice: kind "bank" is bank ± / unidentified ∓, one per
-- bank entry; kinds "allocation" and "allocation_undone" name the detail.
ALTER TABLE entries ALTER COLUMN invoice_pk DROP NOT NULL,
    ADD COLUMN bank_entry_pk  bigint REFERENCES bank_entries (pk),
    ADD COLUMN bank_detail_pk bigint REFERENCES bank_details (pk);
ALTER TABLE postings ALTER COLUMN invoice_pk DROP NOT NULL, ALTER COLUMN debtor_pk DROP NOT NULL;
CREATE UNIQUE INDEX entries_bank_once ON entries (bank_entry_pk) WHERE kind = 'bank'; -- booked exactly once
CREATE INDEX entries_bank_detail ON entries (bank_detail_pk) WHERE bank_detail_pk IS NOT NULL;
DROP INDEX entries_invoice, postings_invoice;
CREATE INDEX entries_invoice ON entries (invoice_pk) WHERE invoice_pk IS NOT NULL;
CREATE INDEX postings_invoice ON postings (invoice_pk, account) WHERE invoice_pk IS NOT NULL;

-- The rule of double entry, asked in one question.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(n), 0) < 2 OR bool_or(off) FROM (SELECT count(*) AS n, sum(amount) <> 0 AS off FROM postings WHERE entry_pk = NEW.pk GROUP BY currency) AS sums) THEN
        RAISE EXCEPTION 'entry % (%) does not balance', NEW.pk, NEW.kind;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE INDEX tasks_refunds ON tasks (creditor) WHERE kind = 'refund' AND state <> 'closed'; -- money to send back

-- Holds while a payment of the debtor is undecided name it; people's own holds name none.
ALTER TABLE stops ADD COLUMN bank_detail_pk bigint REFERENCES bank_details (pk);
CREATE INDEX stops_bank_detail ON stops (bank_detail_pk) WHERE bank_detail_pk IS NOT NULL;

-- The money was on its way when the message went out: it did not bring it.
ALTER TABLE message_covers ADD COLUMN crossed boolean NOT NULL DEFAULT false;

-- Discounts and bank charges granted: they settle an invoice without being money.
ALTER TABLE invoices ADD COLUMN discounted bigint NOT NULL DEFAULT 0 CHECK (discounted >= 0),
    ADD COLUMN charged bigint NOT NULL DEFAULT 0 CHECK (charged >= 0),
    ADD COLUMN discount bigint NOT NULL DEFAULT 0, -- early-payment terms: what may be taken off
    ADD COLUMN discount_until date;                -- and until when
CREATE INDEX invoices_amount_open ON invoices (creditor, balance) WHERE balance > 0; -- which others a payment may be meant for

-- +goose Down
DROP INDEX tasks_refunds;
ALTER TABLE message_covers DROP COLUMN crossed;
ALTER TABLE stops DROP COLUMN bank_detail_pk;
DROP INDEX invoices_amount_open;
ALTER TABLE invoices DROP COLUMN discount_until, DROP COLUMN discount, DROP COLUMN charged, DROP COLUMN discounted;
ALTER TABLE entries DROP COLUMN bank_detail_pk, DROP COLUMN bank_entry_pk, ALTER COLUMN invoice_pk SET NOT NULL;
ALTER TABLE postings ALTER COLUMN debtor_pk SET NOT NULL, ALTER COLUMN invoice_pk SET NOT NULL;
DROP TABLE bank_alerts, detail_keys, number_shapes, invoice_keys, payer_accounts, bank_allocations, bank_details, bank_entries,
    bank_statements, feeds, staged_details, staged_entries, staged_statements, bank_file_parts, bank_files;
