package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"dunlin/dunning"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// errRepeated ends a transaction whose fact is on file already: nothing changes.
var errRepeated = errors.New("repeated")

// record is the way of every fact about one invoice: lock its file, refuse or change, save, wake.
// A fact with a key that is on file already answers where the invoice stands now.
func (s *Store) record(ctx context.Context, fact invoice.Fact, kind, signal string, content any, change func(ctx context.Context, f *file, key string) error) (invoice.Receipt, error) {
	var receipt invoice.Receipt
	if err := fact.Validate(); err != nil {
		return receipt, err
	}
	err := s.tx(ctx, func(tx pgx.Tx) error {
		f, err := s.openFile(ctx, tx, fact.Invoice)
		if err != nil {
			return err
		}
		key := fact.Key
		if key == "" {
			key = uuid.NewString()
		}
		err = f.once(ctx, kind, key, content)
		if errors.Is(err, errRepeated) {
			receipt = f.receipt()
			receipt.Repeated = true
			return nil
		}
		if err != nil {
			return err
		}
		// What the calendar has ended by now is judged by what was on file then.
		if err := f.judgeDates(ctx); err != nil {
			return err
		}
		if err := change(ctx, f, key); err != nil {
			return err
		}
		if err := f.save(ctx, signal); err != nil {
			return err
		}
		receipt = f.receipt()
		return nil
	})
	if err == nil {
		err = failpoint.Hit("F6/" + kind)
	}
	return receipt, err
}

// once puts the fact's key on file, or says that it is there already. The same key with other content is refused.
func (f *file) once(ctx context.Context, kind, key string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(append(text, f.inv.Number...))
	tag, err := f.tx.Exec(ctx, `INSERT INTO facts (creditor, kind, key, invoice_pk, content_hash, seq, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		f.inv.Creditor, kind, key, f.pk, sum[:], f.seq+1, f.now)
	if err != nil || tag.RowsAffected() == 1 {
		return err
	}
	var was []byte
	if err := f.tx.QueryRow(ctx, `SELECT content_hash FROM facts WHERE creditor = $1 AND kind = $2 AND key = $3`, f.inv.Creditor, kind, key).Scan(&was); err != nil {
		return err
	}
	if string(was) != string(sum[:]) {
		return invoice.Conflict("key", "%q was used for another %s", key, kind).WithHint("a new fact needs a new key; the one on file stays as it is")
	}
	return errRepeated
}

// book moves the invoice's standing, books the difference, and lets the status follow.
func (f *file) book(ctx context.Context, kind, key string, to invoice.Standing, on invoice.Date) error {
	return f.bookMoney(ctx, kind, key, to, on, nil)
}

// bookMoney is book for money that a bank line brought: a is where it goes.
func (f *file) bookMoney(ctx context.Context, kind, key string, to invoice.Standing, on invoice.Date, a *allocation) error {
	entry := invoice.Book(kind, f.standing, to, f.inv.Amount.Currency)
	f.standing = to
	if len(entry.Postings) > 0 {
		if err := entry.Validate(); err != nil {
			return err
		}
		if err := f.insertEntry(ctx, entry, key, on, a); err != nil {
			return err
		}
	}
	if err := f.follow(ctx); err != nil {
		return err
	}
	return f.tellPartner(ctx)
}

func (f *file) insertEntry(ctx context.Context, e invoice.Entry, key string, on invoice.Date, a *allocation) error {
	if on.IsZero() {
		on = f.today()
	}
	row := entryRow{Entry: e, invoice: f.pk, debtor: f.debtor, key: key, seq: f.bump(), on: on, at: f.now, alloc: a}
	if f.out != nil {
		return f.out.entry(ctx, row)
	}
	out := newOuttray(f.tx)
	if err := out.entry(ctx, row); err != nil {
		return err
	}
	return out.flush(ctx)
}

// zone is where the debtor is, UTC when nobody knows.
func (f *file) zone() *time.Location { return zoneOf(f.state) }

func zoneOf(c dunning.Case) *time.Location {
	if loc := dunning.Location(c.Zone); loc != nil {
		return loc
	}
	return time.UTC
}

// local is a moment as the debtor's clock shows it, for people.
func (f *file) local(t time.Time) string {
	return t.In(f.zone()).Format("2 January 2006 15:04 MST")
}

// today is the day where the debtor is, or UTC's when nobody knows where that is.
func (f *file) today() invoice.Date {
	return invoice.DateOf(f.now.In(f.zone()))
}

// follow lets the status follow the money. It is a function of the standing, so the order in which
// facts arrived leaves no trace in it.
func (f *file) follow(ctx context.Context) error {
	var next invoice.Status
	switch {
	case f.status == invoice.Cancelled || f.status == invoice.Expired || f.status == invoice.Closed:
		return nil // for good: the money is booked, and nothing is collected again; see paidLate for orders
	case f.standing.Balance() > 0 && f.status.Settled():
		next = invoice.Open
	case f.standing.Balance() > 0:
		return nil
	case f.standing.GivenUp() > 0:
		next = invoice.WrittenOff
	case f.standing.Applied() > 0:
		next = invoice.Paid
	default:
		next = invoice.Cancelled
	}
	if f.status.Settled() && next.Settled() && !f.status.May(next) {
		return nil // the money is booked; what the end is called stays
	}
	return f.move(ctx, next)
}

// move changes the status by the one table of moves, and opens or closes what hangs on it.
func (f *file) move(ctx context.Context, next invoice.Status) error {
	if next == f.status {
		return nil
	}
	if !f.status.May(next) {
		return invoice.WrongState("%s is %s and cannot become %s", f.inv.Number, f.status, next)
	}
	was := f.status
	f.status = next
	switch {
	case next.Settled() && !was.Settled():
		return f.settle(ctx)
	case was.Settled() && !next.Settled():
		return f.reopen(ctx)
	}
	return nil
}

// settle notes from when on nothing was owed, and takes the open tasks off the desk.
func (f *file) settle(ctx context.Context) error {
	f.event("settled", "", "nothing is owed any more: "+string(f.status), nil)
	if err := f.settlePlan(ctx); err != nil {
		return err
	}
	if err := f.addStop(ctx, stopRow{kind: dunning.StopSettled, from: f.now, reason: string(f.status)}); err != nil {
		return err
	}
	if len(f.tasks) == 0 {
		return nil
	}
	// All but an alert about a line, which is not about this invoice.
	_, err := f.tx.Exec(ctx, `UPDATE tasks SET state = 'closed', outcome = 'settled', ended_at = $2 WHERE invoice_pk = $1 AND state IN ('open', 'claimed') AND NOT (kind = 'alert' AND step LIKE 'channel:%')`, f.pk, f.now)
	f.tasks = nil
	return err
}

// askAgain puts the questions back on the desk that a settlement had answered. A call is not asked for again.
func (f *file) askAgain(ctx context.Context) error {
	_, err := f.tx.Exec(ctx, `UPDATE tasks SET state = 'open', outcome = '', claimed_by = '', ended_at = NULL WHERE pk IN (
		SELECT max(pk) FROM tasks WHERE invoice_pk = $1 AND kind <> 'phone' AND state = 'closed' AND outcome = 'settled' GROUP BY step, kind)`, f.pk)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	readTasks(b, f)
	return f.tx.SendBatch(ctx, b).Close()
}

// reopen resumes collection: in the running case when there is one, else in a new cycle.
func (f *file) reopen(ctx context.Context) error {
	for i := range f.stops {
		if st := &f.stops[i]; st.kind == dunning.StopSettled && st.ended.IsZero() {
			if err := f.endStop(ctx, st, f.now, "reopened"); err != nil {
				return err
			}
			if err := f.revivePlan(ctx, f.stops[i].from); err != nil {
				return err
			}
		}
	}
	if err := f.askAgain(ctx); err != nil {
		return err
	}
	f.event("reopened", "", "collection goes on: "+f.balance().String()+" is open again", nil)
	if f.closedAt.IsZero() {
		return nil
	}
	f.cycle++
	f.closedAt = time.Time{}
	_, err := f.tx.Exec(ctx, `INSERT INTO cases (invoice_pk, cycle, opened_at) VALUES ($1, $2, $3)`, f.pk, f.cycle, f.now)
	return err
}

// addStop begins a stop.
func (f *file) addStop(ctx context.Context, st stopRow) error {
	st.seq = f.bump()
	if f.out != nil {
		return f.out.addStop(ctx, f, st)
	}
	err := f.tx.QueryRow(ctx, `INSERT INTO stops (invoice_pk, kind, from_at, until_at, seq, amount, paid_then, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING pk`,
		f.pk, st.kind, st.from, nullTime(st.until), st.seq, st.amount, st.paidThen, st.reason).Scan(&st.pk)
	f.stops = append(f.stops, st)
	return err
}

// activeStop returns the stop of a kind that is in force. One that waits for a payment to be matched is
// nobody's to release: it ends with that.
func (f *file) activeStop(kind dunning.StopKind) *stopRow {
	for i := range f.stops {
		if st := &f.stops[i]; st.kind == kind && st.ended.IsZero() && st.payment == 0 {
			return st
		}
	}
	return nil
}

// mustBeOpen refuses what makes no sense once nothing is owed.
func (f *file) mustBeOpen(what string) error {
	if f.status.Settled() {
		return invoice.WrongState("%s is %s: there is nothing left to %s", f.inv.Number, f.status, what)
	}
	return nil
}

// because appends a reason to a sentence.
func because(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + ": " + reason
}
