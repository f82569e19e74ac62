-- Thanks to debtors who had paid already when a message went out.
-- +goose Up
-- Messages of kind "thanks" collect nothing: they go out after the settlement.
ALTER TABLE messages DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN ('collecting', 'placement', 'recall', 'thanks'));

ALTER TABLE message_covers DROP CONSTRAINT message_covers_act_check,
    ADD CONSTRAINT message_covers_act_check CHECK (act IN ('email', 'sms', 'place', 'recall', 'thank_you'));

-- The payment that settled the invoice when the message was crossed by it; null when a later one did.
ALTER TABLE message_covers ADD COLUMN crossed_by bigint REFERENCES bank_details (pk);
CREATE INDEX message_covers_crossed ON message_covers (invoice_pk) WHERE crossed_by IS NOT NULL;
CREATE INDEX message_covers_crossed_by ON message_covers (crossed_by) WHERE crossed_by IS NOT NULL;

-- +goose Down
DROP INDEX message_covers_crossed_by, message_covers_crossed;
ALTER TABLE message_covers DROP COLUMN crossed_by;
ALTER TABLE message_covers DROP CONSTRAINT message_covers_act_check,
    ADD CONSTRAINT message_covers_act_check CHECK (act IN ('email', 'sms', 'place', 'recall'));
ALTER TABLE messages DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN ('collecting', 'placement', 'recall'));
