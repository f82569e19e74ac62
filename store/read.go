package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// contactWindow is how far back contacts matter to any cap, with a day to spare. Who reads for policies
// yet to be chosen reads for all.
func (f *file) contactWindow() time.Duration {
	days := 99 // the widest that a policy can have
	if f.policy != nil {
		days = f.policy.Caps.Longest()
	}
	return time.Duration(max(days, 7)+1) * 24 * time.Hour
}

// read fills the file with everything its plan depends on, in one round trip.
func (f *file) read(ctx context.Context) error {
	b := &pgx.Batch{}
	f.queueRead(b)
	return f.tx.SendBatch(ctx, b).Close()
}

// queueRead queues the questions, for several files in one round trip.
func (f *file) queueRead(b *pgx.Batch) {
	c := &f.state
	*c = dunning.Case{
		Kind: f.inv.Kind, DebtorID: f.inv.Creditor + "/" + f.inv.DebtorID, Amount: f.inv.Amount,
		IssuedAt: c.IssuedAt.UTC(), IssuedOn: f.inv.IssuedOn, DueOn: f.inv.DueOn, ExpiresAt: f.inv.ExpiresAt,
		Zone: c.Zone, Country: c.Country, Region: c.Region, Type: c.Type,
		Reach: map[dunning.Act]dunning.Reach{}, Creditor: f.inv.Creditor, Group: c.Group, History: c.History, Assigned: c.Assigned,
	}
	f.stops, f.tasks = nil, nil
	f.readCase(b)
	f.readReach(b)
	f.readTaken(b)
	f.readContacts(b)
	f.readStops(b)
	f.readDeferred(b)
	f.readInFlight(b)
	f.readDecision(b)
	f.readHandoff(b)
	f.readTasks(b)
	f.readPlan(b)
	f.readLooks(b)
}

func (f *file) readCase(b *pgx.Batch) {
	// The time is read after the lock was given: waiting for it must not make a transaction look earlier than it is.
	b.Queue(`SELECT closed_at, business_now() FROM cases WHERE invoice_pk = $1 AND cycle = $2`, f.pk, f.cycle).QueryRow(func(row pgx.Row) error {
		var closed *time.Time
		err := row.Scan(&closed, &f.now)
		f.closedAt, f.now = orZero(closed), f.now.UTC()
		return err
	})
}

// readReach finds out by which channels the debtor can be reached.
func (f *file) readReach(b *pgx.Batch) {
	b.Queue(`SELECT c.channel, c.health, c.health_reason, md5(lower(c.address)), s.address IS NOT NULL,
			EXISTS (SELECT 1 FROM suppressions p WHERE p.creditor = $2 AND p.channel = 'phone' AND p.address = c.address)
		FROM contacts c LEFT JOIN suppressions s ON s.creditor = $2 AND s.channel = c.channel AND s.address = lower(c.address)
		WHERE c.debtor_pk = $1 ORDER BY c.channel, c.n`, f.debtor, f.inv.Creditor).Query(func(rows pgx.Rows) error {
		reach := f.state.Reach
		reach[dunning.Email] = dunning.Reach{Reason: "no e-mail address"}
		reach[dunning.SMS] = dunning.Reach{Reason: "no mobile number"}
		reach[dunning.PhoneTask] = dunning.Reach{Reason: "no phone number"}
		var channel invoice.Channel
		var health, why, address string
		var optedOut, notByPhone bool
		_, err := pgx.ForEachRow(rows, []any{&channel, &health, &why, &address, &optedOut, &notByPhone}, func() error {
			for _, act := range actsOf[channel] {
				if !reach[act].OK {
					reach[act] = reachOf(health, why, address, optedOut || act == dunning.PhoneTask && notByPhone)
				}
			}
			return nil
		})
		return err
	})
}

// actsOf says which acts a contact's channel serves: a mobile number can be called, too.
var actsOf = map[invoice.Channel][]dunning.Act{
	invoice.Email: {dunning.Email},
	invoice.SMS:   {dunning.SMS, dunning.PhoneTask},
	invoice.Phone: {dunning.PhoneTask},
}

func reachOf(health, why, address string, optedOut bool) dunning.Reach {
	switch {
	case optedOut:
		return dunning.Reach{Reason: "opted out"}
	case health != string(invoice.HealthOK):
		return dunning.Reach{Reason: "address does not work: " + why}
	}
	return dunning.Reach{OK: true, Address: address}
}

// readTaken reads the ends on file. A message that the provider took and then failed to deliver counts
// as rejected here, so that the step's fallback takes its place.
func (f *file) readTaken(b *pgx.Batch) {
	b.Queue(`SELECT a.step, a.act, CASE WHEN m.delivery IN ('bounced', 'dropped', 'undelivered') AND a.outcome IN ('accepted', 'covered') THEN 'rejected' ELSE a.outcome END, a.at
		FROM acts a LEFT JOIN messages m ON m.id = a.message_id WHERE a.invoice_pk = $1 ORDER BY a.at, a.seq, a.step, a.act`, f.pk).Query(func(rows pgx.Rows) error {
		var err error
		f.state.Taken, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t dunning.Taken, err error) {
			err = row.Scan(&t.Step, &t.Act, &t.Outcome, &t.At)
			t.At = t.At.UTC()
			return t, err
		})
		return err
	})
}

// readContacts reads every contact that counts for a cap: of this debtor, whatever the invoice and the
// channel, and of others at the addresses that are this debtor's, too.
func (f *file) readContacts(b *pgx.Batch) {
	b.Queue(`SELECT claimed_at, act, md5(lower(recipient)), debtor_pk <> $1 FROM messages WHERE kind = 'collecting' AND class <> 'service'
			AND (debtor_pk = $1 OR creditor = $3 AND lower(recipient) IN (SELECT lower(address) FROM contacts WHERE debtor_pk = $1))
			AND state IN ('in_flight', 'unknown', 'accepted', 'unconfirmed') AND claimed_at > (SELECT business_now()) - $2::interval
		UNION ALL SELECT opened_at, 'phone_task', '', false FROM tasks WHERE debtor_pk = $1 AND kind = 'phone' AND opened_at > (SELECT business_now()) - $2::interval
		ORDER BY 1`, f.debtor, f.contactWindow(), f.inv.Creditor).Query(func(rows pgx.Rows) error {
		var err error
		f.state.Contacts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c dunning.Contact, err error) {
			err = row.Scan(&c.At, &c.Act, &c.Address, &c.Other)
			c.At = c.At.UTC()
			return c, err
		})
		return err
	})
}

func (f *file) readStops(b *pgx.Batch) {
	b.Queue(`SELECT pk, kind, from_at, until_at, ended_at, seq, amount, paid_then, reason FROM stops WHERE invoice_pk = $1 ORDER BY from_at, pk`, f.pk).Query(func(rows pgx.Rows) error {
		var err error
		f.stops, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s stopRow, err error) {
			var until, ended *time.Time
			err = row.Scan(&s.pk, &s.kind, &s.from, &until, &ended, &s.seq, &s.amount, &s.paidThen, &s.reason)
			s.from, s.until, s.ended = s.from.UTC(), orZero(until), orZero(ended)
			return s, err
		})
		return err
	})
}

func (f *file) readDeferred(b *pgx.Batch) {
	b.Queue(`SELECT step, act, not_before, reason FROM deferrals WHERE invoice_pk = $1 ORDER BY step, act`, f.pk).Query(func(rows pgx.Rows) error {
		var err error
		f.state.Deferred, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d dunning.Deferred, err error) {
			var at *time.Time
			err = row.Scan(&d.Step, &d.Act, &at, &d.Reason)
			d.NotBefore = orZero(at)
			return d, err
		})
		return err
	})
}

// readInFlight reads messages whose end is not known. Only the case that sends one looks it up; the
// others it covers just wait.
func (f *file) readInFlight(b *pgx.Batch) {
	b.Queue(`SELECT c.step, m.act, a.id, a.look_at, a.claimed_at, m.state = 'unknown', m.invoice_pk = $1, p.number
		FROM message_covers c JOIN messages m ON m.id = c.message_id JOIN invoices p ON p.pk = m.invoice_pk
		JOIN attempts a ON a.message_id = m.id AND a.state IN ('in_flight', 'unknown')
		WHERE c.invoice_pk = $1 AND NOT c.void AND m.state IN ('in_flight', 'unknown') ORDER BY a.claimed_at, a.id`, f.pk).Query(func(rows pgx.Rows) error {
		var err error
		f.state.InFlight, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m dunning.InFlight, err error) {
			var lookAt *time.Time
			var claimed time.Time
			var own bool
			var number string
			err = row.Scan(&m.Step, &m.Act, &m.Ref, &lookAt, &claimed, &m.Unknown, &own, &number)
			switch {
			case !own:
				m.SiblingN = number
			case lookAt != nil:
				m.LookAt = lookAt.UTC()
			default:
				m.LookAt = claimed.UTC().Add(collection.LookUpAfter[0])
			}
			return m, err
		})
		return err
	})
}

func (f *file) readDecision(b *pgx.Batch) {
	b.Queue(`SELECT route, approved FROM decisions WHERE invoice_pk = $1 ORDER BY pk DESC LIMIT 1`, f.pk).Query(func(rows pgx.Rows) error {
		var d dunning.Decision
		_, err := pgx.ForEachRow(rows, []any{&d.Route, &d.Approved}, func() error {
			f.state.DecisionOn = &dunning.Decision{Route: d.Route, Approved: d.Approved}
			return nil
		})
		return err
	})
}

func (f *file) readHandoff(b *pgx.Batch) {
	b.Queue(`SELECT state, deadline FROM handoffs WHERE invoice_pk = $1 AND state NOT IN ('prepared', 'void') ORDER BY pk DESC LIMIT 1`, f.pk).Query(func(rows pgx.Rows) error {
		var state dunning.HandoffState
		var deadline *time.Time
		_, err := pgx.ForEachRow(rows, []any{&state, &deadline}, func() error {
			f.state.Handoff = &dunning.Handoff{State: state, Review: orZero(deadline)}
			return nil
		})
		return err
	})
}

// readTasks reads the invoice's open tasks; a deadline that has not been missed yet is a date to look again.
func (f *file) readTasks(b *pgx.Batch) {
	b.Queue(`SELECT pk, kind, step, due_at, escalated FROM tasks WHERE invoice_pk = $1 AND state IN ('open', 'claimed') ORDER BY pk`, f.pk).Query(func(rows pgx.Rows) error {
		var err error
		f.tasks, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t taskRow, err error) {
			var due *time.Time
			err = row.Scan(&t.pk, &t.kind, &t.step, &due, &t.escalated)
			t.dueAt = orZero(due)
			return t, err
		})
		return err
	})
}

// reviews are the deadlines of open tasks.
func (f *file) reviews() []dunning.ReviewAt {
	var at []dunning.ReviewAt
	for _, t := range f.tasks {
		if !t.dueAt.IsZero() && !t.escalated {
			at = append(at, dunning.ReviewAt{Step: t.step, Ref: fmt.Sprint(t.pk), At: t.dueAt, Reason: "deadline of the " + string(t.kind) + " task"})
		}
	}
	return at
}
