-- Returns that nobody has decided about: does one of them take back a payment that comes only now?
-- +goose Up
CREATE INDEX bank_details_back ON bank_details (creditor, end_to_end) WHERE state = 'undecided' AND amount < 0;

-- +goose Down
DROP INDEX bank_details_back;
