package rehearse

import (
	"context"
	"regexp"
	"strings"
)

// noteMoments lets the throw-away database keep, for every act that comes due, the reason with which the
// plan had set its moment: afterwards the plan shows only what is still to come.
func (r *rehearsal) noteMoments(ctx context.Context) error {
	_, err := r.pool.Exec(ctx, `
CREATE SCHEMA rehearsal;
CREATE TABLE rehearsal.moments (
	invoice_pk bigint NOT NULL, step text NOT NULL, act text NOT NULL, reason text NOT NULL,
	PRIMARY KEY (invoice_pk, step, act, reason)
);
CREATE FUNCTION rehearsal.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO rehearsal.moments SELECT OLD.pk, x->>'step', x->>'act', coalesce(x->>'reason', '')
	FROM jsonb_array_elements(CASE jsonb_typeof(OLD.plan->'items') WHEN 'array' THEN OLD.plan->'items' ELSE '[]' END) x
	WHERE x->>'step' <> '' AND (x->>'at')::timestamptz <= business_now() ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER rehearsal_moments AFTER UPDATE ON invoices FOR EACH ROW WHEN (OLD.next_at IS NOT NULL AND OLD.plan IS DISTINCT FROM NEW.plan)
	EXECUTE FUNCTION rehearsal.note();`)
	return err
}

var (
	weekdays = `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day`
	weekend  = regexp.MustCompile(`^moved from ` + weekdays + ` to`)
	holiday  = regexp.MustCompile(`^moved from \S+ \((.*)\) to`)
	dates    = regexp.MustCompile(`\d{4}-\d\d-\d\d|\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}(?: \d\d:\d\d)?(?: \S+ time)?`)
)

// movedBy says, in the words of the report, what moved an act: the kind, and a detail worth counting by
// itself.
func movedBy(note string) (kind, detail string) {
	switch {
	case weekend.MatchString(note):
		return "weekend", "a weekend"
	case holiday.MatchString(note):
		return "holiday", holiday.FindStringSubmatch(note)[1]
	case strings.HasPrefix(note, "moved to the next open window"), strings.HasPrefix(note, "at the next open window"):
		return "window", "outside the contact window"
	case strings.Contains(note, "after the last contact"):
		return "gap", "minimum gap: " + note
	case strings.Contains(note, "at most"):
		return "cap", note
	case strings.HasPrefix(note, "not before a stop"):
		return "stop", "a stop was in force"
	case strings.HasPrefix(note, "not before the day named"):
		return "notice", note
	case strings.HasPrefix(note, "deferred"):
		return "deferred", "put off by a provider or a switch"
	case strings.Contains(note, ", because: "):
		return "fallback", note
	}
	return "", ""
}

// notes are the parts of a reason after its anchor.
func notes(reason string) []string {
	parts := strings.Split(reason, "; ")
	return parts[1:]
}

// undated makes reasons that differ in their dates alone the same.
func undated(reason string) string { return dates.ReplaceAllString(reason, "…") }
