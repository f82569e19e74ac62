-- Double entry: entries of two or more postings that sum to zero per currency, never changed.
-- +goose Up
CREATE TABLE entries (
    pk         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_pk bigint      NOT NULL REFERENCES invoices (pk),
    kind       text        NOT NULL,
    key        text        NOT NULL DEFAULT '', -- of the fact that it books
    seq        bigint      NOT NULL,
    booked_on  date        NOT NULL, -- value date
    at         timestamptz NOT NULL
);
CREATE INDEX entries_invoice ON entries (invoice_pk);

CREATE TABLE postings (
    entry_pk   bigint  NOT NULL REFERENCES entries (pk),
    account    text    NOT NULL,
    component  text    NOT NULL DEFAULT '',
    invoice_pk bigint  NOT NULL REFERENCES invoices (pk),
    debtor_pk  bigint  NOT NULL REFERENCES debtors (pk),
    amount     bigint  NOT NULL CHECK (amount <> 0), -- minor units, debit positive
    currency   char(3) NOT NULL,
    PRIMARY KEY (entry_pk, account, component)
);
CREATE INDEX postings_invoice ON postings (invoice_pk, account);

CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE ON postings FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER postings_no_truncate BEFORE TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The rule of double entry, checked at commit and once per entry: the entry's row asks for the check.
-- +goose StatementBegin
CREATE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM postings WHERE entry_pk = NEW.pk) < 2
       OR EXISTS (SELECT 1 FROM postings WHERE entry_pk = NEW.pk GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'entry % (%) does not balance', NEW.pk, NEW.kind;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_balances();

-- +goose Down
DROP TABLE postings, entries;
DROP FUNCTION entry_balances();
