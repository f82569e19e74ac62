-- What kind of database this is, what time it is here, and the history nobody can rewrite.
-- +goose Up
CREATE TABLE system (
    only_one     boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    kind         text        NOT NULL CHECK (kind IN ('live', 'lab')),
    clock_offset interval    NOT NULL DEFAULT '0',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (kind = 'lab' OR clock_offset = '0')
);

-- +goose StatementBegin
CREATE FUNCTION system_is_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'a database is live or lab for good';
    END IF;
    IF NEW.clock_offset < OLD.clock_offset THEN
        RAISE EXCEPTION 'the lab clock only moves forward';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER system_is_for_good BEFORE UPDATE OR DELETE ON system
    FOR EACH ROW EXECUTE FUNCTION system_is_for_good();

-- The time all rules go by: the wall clock in live, the lab's clock in a lab.
-- +goose StatementBegin
CREATE FUNCTION business_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + clock_offset FROM system
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct it by a new row', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION append_only();
DROP FUNCTION business_now();
DROP TABLE system;
DROP FUNCTION system_is_for_good();
