-- What stands on file next to a number that nobody has: numbers of as many letters and digits, in their order.
-- +goose Up
CREATE INDEX invoice_keys_order ON invoice_keys (creditor, length(key), key) WHERE kind = 'number';

-- +goose Down
DROP INDEX invoice_keys_order;
