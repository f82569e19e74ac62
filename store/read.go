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
func contactWindow(files []*file) time.Duration {
	days := 7
	for _, f := range files {
		if f.policy == nil {
			days = 99 // the widest that a policy can have
			break
		}
		days = max(days, f.policy.Caps.Longest())
	}
	return time.Duration(days+1) * 24 * time.Hour
}

// read fills the file with everything its plan depends on, in one round trip.
func (f *file) read(ctx context.Context) error {
	b := &pgx.Batch{}
	queueRead(b, f)
	return f.tx.SendBatch(ctx, b).Close()
}

// queueRead queues the questions that fill files, one question each however many files there are.
func queueRead(b *pgx.Batch, files ...*file) {
	for _, f := range files {
		c := &f.state
		*c = dunning.Case{
			Kind: f.inv.Kind, DebtorID: f.inv.Creditor + "/" + f.inv.DebtorID, Amount: f.inv.Amount,
			IssuedAt: c.IssuedAt.UTC(), IssuedOn: f.inv.IssuedOn, DueOn: f.inv.DueOn, ExpiresAt: f.inv.ExpiresAt,
			Zone: c.Zone, Country: c.Country, Region: c.Region, Type: c.Type,
			Reach: map[dunning.Act]dunning.Reach{}, Creditor: f.inv.Creditor, Group: c.Group, History: c.History, Assigned: c.Assigned,
		}
		f.stops, f.tasks = nil, nil
	}
	readCase(b, files...)
	readReach(b, files...)
	readTaken(b, files...)
	readContacts(b, files...)
	readStops(b, files...)
	readDeferred(b, files...)
	readInFlight(b, files...)
	readDecision(b, files...)
	readHandoff(b, files...)
	readTasks(b, files...)
	readPlan(b, files...)
	readLooks(b, files...)
	readFeeds(b, files...)
	readCrossed(b, files...)
}

// each asks one question about several files and hands every row to its file. The row's first column is
// the invoice, which scan passes on to into; $1 are the invoices.
func each(b *pgx.Batch, files []*file, sql string, scan func(row pgx.CollectableRow, pk *int64) (put func(*file), err error), args ...any) {
	pks, byPK := make([]int64, len(files)), make(map[int64]*file, len(files))
	for i, f := range files {
		pks[i], byPK[f.pk] = f.pk, f
	}
	b.Queue(sql, append([]any{pks}, args...)...).Query(func(rows pgx.Rows) error {
		_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
			var pk int64
			put, err := scan(row, &pk)
			if err == nil {
				put(byPK[pk])
			}
			return struct{}{}, err
		})
		return err
	})
}

func readCase(b *pgx.Batch, files ...*file) {
	// The time is read after the lock was given: waiting for it must not make a transaction look earlier than it is.
	each(b, files, `SELECT i.pk, c.closed_at, (SELECT business_now()) FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle WHERE i.pk = ANY($1)`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var closed *time.Time
			var now time.Time
			err := row.Scan(pk, &closed, &now)
			return func(f *file) { f.closedAt, f.now = orZero(closed), now.UTC() }, err
		})
}

// debtorsOf lists the debtors of files, and the files of each.
func debtorsOf(files []*file) ([]int64, map[int64][]*file) {
	var pks []int64
	of := make(map[int64][]*file, len(files))
	for _, f := range files {
		if of[f.debtor] == nil {
			pks = append(pks, f.debtor)
		}
		of[f.debtor] = append(of[f.debtor], f)
	}
	return pks, of
}

// readReach finds out by which channels the debtors can be reached.
func readReach(b *pgx.Batch, files ...*file) {
	pks, of := debtorsOf(files)
	for _, f := range files {
		reach := f.state.Reach
		reach[dunning.Email] = dunning.Reach{Reason: "no e-mail address"}
		reach[dunning.SMS] = dunning.Reach{Reason: "no mobile number"}
		reach[dunning.PhoneTask] = dunning.Reach{Reason: "no phone number"}
	}
	b.Queue(`SELECT c.debtor_pk, c.channel, c.health, c.health_reason, md5(lower(c.address)), s.address IS NOT NULL,
			EXISTS (SELECT 1 FROM suppressions p WHERE p.creditor = d.creditor AND p.channel = 'phone' AND p.address = c.address)
		FROM contacts c JOIN debtors d ON d.pk = c.debtor_pk LEFT JOIN suppressions s ON s.creditor = d.creditor AND s.channel = c.channel AND s.address = lower(c.address)
		WHERE c.debtor_pk = ANY($1) ORDER BY c.debtor_pk, c.channel, c.n`, pks).Query(func(rows pgx.Rows) error {
		var debtor int64
		var channel invoice.Channel
		var health, why, address string
		var optedOut, notByPhone bool
		_, err := pgx.ForEachRow(rows, []any{&debtor, &channel, &health, &why, &address, &optedOut, &notByPhone}, func() error {
			for _, f := range of[debtor] {
				for _, act := range actsOf[channel] {
					if !f.state.Reach[act].OK {
						f.state.Reach[act] = reachOf(health, why, address, optedOut || act == dunning.PhoneTask && notByPhone)
					}
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
func readTaken(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT a.invoice_pk, a.step, a.act, CASE WHEN m.delivery IN ('bounced', 'dropped', 'undelivered') AND a.outcome IN ('accepted', 'covered') THEN 'rejected' ELSE a.outcome END, a.at
		FROM acts a LEFT JOIN messages m ON m.id = a.message_id WHERE a.invoice_pk = ANY($1) ORDER BY a.at, a.seq, a.step, a.act`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var t dunning.Taken
			err := row.Scan(pk, &t.Step, &t.Act, &t.Outcome, &t.At)
			t.At = t.At.UTC()
			return func(f *file) { f.state.Taken = append(f.state.Taken, t) }, err
		})
}

// readContacts reads every contact that counts for a cap: of each debtor, whatever the invoice and the
// channel, and of others at the addresses that are this debtor's, too.
func readContacts(b *pgx.Batch, files ...*file) {
	pks, of := debtorsOf(files)
	b.Queue(`SELECT debtor_pk, claimed_at, act, md5(lower(recipient)), false FROM messages WHERE debtor_pk = ANY($1) AND kind = 'collecting' AND class <> 'service'
			AND state IN ('in_flight', 'unknown', 'accepted', 'unconfirmed') AND claimed_at > (SELECT business_now()) - $2::interval
		UNION ALL SELECT own.debtor_pk, m.claimed_at, m.act, md5(lower(m.recipient)), true
			FROM (SELECT DISTINCT c.debtor_pk, d.creditor, lower(c.address) AS address FROM contacts c JOIN debtors d ON d.pk = c.debtor_pk WHERE c.debtor_pk = ANY($1)) AS own
			JOIN messages m ON lower(m.recipient) = own.address AND m.creditor = own.creditor AND m.debtor_pk <> own.debtor_pk
			WHERE m.kind = 'collecting' AND m.class <> 'service' AND m.state IN ('in_flight', 'unknown', 'accepted', 'unconfirmed') AND m.claimed_at > (SELECT business_now()) - $2::interval
		UNION ALL SELECT debtor_pk, opened_at, 'phone_task', '', false FROM tasks WHERE debtor_pk = ANY($1) AND kind = 'phone' AND opened_at > (SELECT business_now()) - $2::interval
		ORDER BY 2`, pks, contactWindow(files)).Query(func(rows pgx.Rows) error {
		var debtor int64
		var c dunning.Contact
		_, err := pgx.ForEachRow(rows, []any{&debtor, &c.At, &c.Act, &c.Address, &c.Other}, func() error {
			c.At = c.At.UTC()
			for _, f := range of[debtor] {
				f.state.Contacts = append(f.state.Contacts, c)
			}
			return nil
		})
		return err
	})
}

func readStops(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT invoice_pk, pk, kind, from_at, until_at, ended_at, seq, amount, paid_then, reason, coalesce(bank_detail_pk, 0) FROM stops WHERE invoice_pk = ANY($1) ORDER BY from_at, pk`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var s stopRow
			var until, ended *time.Time
			err := row.Scan(pk, &s.pk, &s.kind, &s.from, &until, &ended, &s.seq, &s.amount, &s.paidThen, &s.reason, &s.payment)
			s.from, s.until, s.ended = s.from.UTC(), orZero(until), orZero(ended)
			return func(f *file) { f.stops = append(f.stops, s) }, err
		})
}

func readDeferred(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT invoice_pk, step, act, not_before, reason FROM deferrals WHERE invoice_pk = ANY($1) ORDER BY step, act`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var d dunning.Deferred
			var at *time.Time
			err := row.Scan(pk, &d.Step, &d.Act, &at, &d.Reason)
			d.NotBefore = orZero(at)
			return func(f *file) { f.state.Deferred = append(f.state.Deferred, d) }, err
		})
}

// readInFlight reads messages whose end is not known. Only the case that sends one looks it up; the
// others it covers just wait.
func readInFlight(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT c.invoice_pk, c.step, m.act, a.id, a.look_at, a.claimed_at, m.state = 'unknown', m.invoice_pk = c.invoice_pk, p.number
		FROM message_covers c JOIN messages m ON m.id = c.message_id JOIN invoices p ON p.pk = m.invoice_pk
		JOIN attempts a ON a.message_id = m.id AND a.state IN ('in_flight', 'unknown')
		WHERE c.invoice_pk = ANY($1) AND NOT c.void AND m.state IN ('in_flight', 'unknown') ORDER BY a.claimed_at, a.id`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var m dunning.InFlight
			var lookAt *time.Time
			var claimed time.Time
			var own bool
			var number string
			err := row.Scan(pk, &m.Step, &m.Act, &m.Ref, &lookAt, &claimed, &m.Unknown, &own, &number)
			switch {
			case !own:
				m.SiblingN = number
			case lookAt != nil:
				m.LookAt = lookAt.UTC()
			default:
				m.LookAt = claimed.UTC().Add(collection.LookUpAfter[0])
			}
			return func(f *file) { f.state.InFlight = append(f.state.InFlight, m) }, err
		})
}

func readDecision(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT DISTINCT ON (invoice_pk) invoice_pk, route, approved FROM decisions WHERE invoice_pk = ANY($1) ORDER BY invoice_pk, pk DESC`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			d := &dunning.Decision{}
			err := row.Scan(pk, &d.Route, &d.Approved)
			return func(f *file) { f.state.DecisionOn = d }, err
		})
}

func readHandoff(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT DISTINCT ON (invoice_pk) invoice_pk, state, deadline FROM handoffs WHERE invoice_pk = ANY($1) AND state NOT IN ('prepared', 'void') ORDER BY invoice_pk, pk DESC`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			h := &dunning.Handoff{}
			var deadline *time.Time
			err := row.Scan(pk, &h.State, &deadline)
			h.Review = orZero(deadline)
			return func(f *file) { f.state.Handoff = h }, err
		})
}

// readTasks reads the invoices' open tasks; a deadline that has not been missed yet is a date to look again.
func readTasks(b *pgx.Batch, files ...*file) {
	for _, f := range files {
		f.tasks = nil
	}
	each(b, files, `SELECT invoice_pk, pk, kind, step, due_at, escalated FROM tasks WHERE invoice_pk = ANY($1) AND state IN ('open', 'claimed') ORDER BY pk`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var t taskRow
			var due *time.Time
			err := row.Scan(pk, &t.pk, &t.kind, &t.step, &due, &t.escalated)
			t.dueAt = orZero(due)
			return func(f *file) { f.tasks = append(f.tasks, t) }, err
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
