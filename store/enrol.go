package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// Enrol puts up to a few thousand invoices on file that were open already, and perhaps dunned elsewhere,
// in one transaction. Rows are refused one by one as in IssueMany; a number that is on file stays as it is.
func (s *Store) Enrol(ctx context.Context, rows []collection.Enrolment, allOrNothing bool) ([]collection.IssueResult, error) {
	issues, earlier := make([]collection.Issue, len(rows)), make([]collection.Earlier, len(rows))
	for i, r := range rows {
		issues[i], earlier[i] = r.Issue, r.Earlier
	}
	return s.takeIn(ctx, issues, earlier, allOrNothing)
}

// checkEarlier refuses what cannot have been done before.
func (in *intake) checkEarlier(row int, i invoice.Invoice) error {
	if in.earlier == nil {
		return nil
	}
	e := in.earlier[row]
	if tomorrow := invoice.DateOf(in.now.UTC()).AddDays(1); tomorrow.Before(e.LastContactOn) {
		return invoice.Invalid("last_contact_on", "%s has not come yet", e.LastContactOn)
	}
	return e.Validate(i)
}

// beforeEnrolment is the step under which a contact stands on file that no step of the policy stands for.
const beforeEnrolment = "before-enrolment"

// bringEarlier puts into a new file what was done before: steps that an earlier system took, its last
// contact, and that the case stood still until now. So the ladder goes on with the first step that is
// missing, notes of before the due date are void, and later steps keep their distances.
func (in *intake) bringEarlier(a *arrival, f *file) error {
	if in.earlier == nil {
		return nil
	}
	e, c := in.earlier[a.row], &f.state
	zone := zoneOf(*c)
	at := f.now.Add(-time.Second) // nobody says when: gaps count from today
	if noon := e.LastContactOn.At(12, 0, zone); !e.LastContactOn.IsZero() && noon.Before(at) {
		at = noon.UTC()
	}
	steps, err := takenUntil(f.policy, e.LastStep)
	if err != nil {
		return err
	}
	for _, s := range steps {
		for _, act := range s.Acts {
			f.elsewhere = append(f.elsewhere, dunning.Taken{Step: s.ID, Act: act, Outcome: dunning.Done, At: at})
		}
	}
	if len(steps) == 0 && !e.LastContactOn.IsZero() {
		f.elsewhere = append(f.elsewhere, dunning.Taken{Step: beforeEnrolment, Act: dunning.Email, Outcome: dunning.Done, At: at})
	}
	c.Taken = append(c.Taken, f.elsewhere...)
	if from := c.IssuedOn.At(0, 0, zone).UTC(); from.Before(f.now) {
		f.stops = append(f.stops, stopRow{kind: dunning.StopAdopted, from: from, ended: f.now, reason: "enrolled"})
	}
	f.event("enrolled", a.actor, "was open already; "+e.Words(), nil)
	return nil
}

// takenUntil returns the steps that an earlier system took when it took the last one. Decisions and what
// follows them must be proved, so they are never taken on trust.
func takenUntil(p *dunning.Policy, last string) ([]dunning.Step, error) {
	if last == "" {
		return nil, nil
	}
	var ids []string
	for i, s := range p.Steps {
		if s.Has(dunning.Decide) || s.Has(dunning.Place) || s.Has(dunning.Expire) {
			break
		}
		ids = append(ids, s.ID)
		if s.ID == last {
			return p.Steps[:i+1], nil
		}
	}
	if _, ok := p.Step(last); ok {
		return nil, invoice.Invalid("last_step", "%s comes after the decision, which is not taken on trust", last).WithHint("enrol the invoice at %s: the decision and the final notice follow", ids[len(ids)-1])
	}
	return nil, invoice.Invalid("last_step", "%q is no step of %s", last, p.Name).WithHint("its steps are %s", strings.Join(ids, ", "))
}

// queueEarlier writes what earlier systems did, and until when the cases stood still.
func (in *intake) queueEarlier(b *pgx.Batch) {
	for _, a := range in.fresh {
		f := a.file
		for _, t := range f.elsewhere {
			b.Queue(`INSERT INTO acts (invoice_pk, step, act, outcome, reason, cycle, seq, at) VALUES ($1, $2, $3, $4, 'by an earlier system', 1, 1, $5)`, f.pk, t.Step, t.Act, t.Outcome, t.At)
		}
		for i := range f.stops {
			st := &f.stops[i]
			b.Queue(`INSERT INTO stops (invoice_pk, kind, from_at, ended_at, seq, ended_seq, how_ended, reason) VALUES ($1, $2, $3, $4, 1, 1, 'adopted', $5)`, f.pk, st.kind, st.from, st.ended, st.reason)
		}
	}
}

// bookEarlier books the money that came in before the enrolment, once.
func (in *intake) bookEarlier(ctx context.Context, a *arrival) error {
	if in.earlier == nil || in.earlier[a.row].AlreadyPaid.Minor == 0 {
		return nil
	}
	f, paid, key := a.file, in.earlier[a.row].AlreadyPaid, collection.EnrolmentKey(a.inv.Number)
	if err := f.once(ctx, "payment", key, []any{paid, invoice.Date{}}); err != nil {
		return err
	}
	if err := f.noteAmount(ctx, "payment", key, paid.Minor, ""); err != nil {
		return err
	}
	f.event("payment", a.actor, fmt.Sprintf("payment of %s received before the enrolment", paid), map[string]any{"key": key, "amount": paid})
	return f.told(ctx, "payment", key, paid.Minor, invoice.Date{}, a.actor, 0)
}
