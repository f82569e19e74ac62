package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// file is one invoice's file, open on the desk: read whole under the lock of its row, changed in
// memory, and saved with its events and its wake in the same transaction.
type file struct {
	tx     pgx.Tx
	s      *Store
	now    time.Time // business time of the transaction
	pk     int64
	debtor int64
	inv    invoice.Invoice
	policy *dunning.Policy
	hash   string // of the policy

	status   invoice.Status
	standing invoice.Standing
	cycle    int
	seq      int64
	closedAt time.Time // of the current cycle's case
	eventN   int64
	head     []byte
	plan     dunning.Plan
	stage    dunning.Stage

	state  dunning.Case // what the plan is computed from
	stops  []stopRow
	tasks  []taskRow
	agreed *planRow // the payment plan in force, or nil
	events []invoice.Event
	bumped bool     // seq was raised in this transaction
	judged bool     // what the calendar has ended was judged in this transaction
	out    *outtray // what is written at the end, with other files; nil: at once

	skipped   []dunning.Skip  // at issue: steps that cannot happen any more
	elsewhere []dunning.Taken // at enrolment: what an earlier system did
}

// stopRow is a stop with what its end is judged by.
type stopRow struct {
	pk       int64
	kind     dunning.StopKind
	from     time.Time
	until    time.Time
	ended    time.Time
	seq      int64
	amount   int64 // promised; or in dispute, 0 being everything
	paidThen int64
	reason   string
	payment  int64 // the bank payment that it waits for; 0: somebody's own stop
}

// taskRow is an open task of the invoice.
type taskRow struct {
	pk        int64
	kind      collection.TaskKind
	step      string
	dueAt     time.Time
	escalated bool
}

const selectInvoice = `SELECT i.pk, i.debtor_pk, i.creditor, i.number, d.id, i.kind, i.currency, i.amount, i.credited, i.written_off, i.paid, i.discounted, i.charged,
	i.issued_on, i.due_on, i.expires_at, i.goods, i.reference, i.pay_url, i.discount, i.discount_until, i.policy_hash, i.status, i.stage, i.cycle, i.seq, i.event_n, i.event_head, i.plan, i.created_at,
	d.type, d.country, d.region, d.zone, d.customer_group, i.history, i.assigned
	FROM invoices i JOIN debtors d ON d.pk = i.debtor_pk`

// openFile locks an invoice by its key and reads its file.
func (s *Store) openFile(ctx context.Context, tx pgx.Tx, k invoice.Key) (*file, error) {
	f, err := s.scanFile(ctx, tx, tx.QueryRow(ctx, selectInvoice+` WHERE i.creditor = $1 AND i.number = $2 FOR NO KEY UPDATE OF i`, k.Creditor, k.Number))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, invoice.Unknown("invoice", "%s is not on file", k).WithHint("see dunlin list --creditor %s", k.Creditor)
	}
	if err != nil {
		return nil, err
	}
	return f, f.read(ctx)
}

// openByPK reads the file of an invoice whose row the transaction has locked already, or locks it.
func (s *Store) openByPK(ctx context.Context, tx pgx.Tx, pk int64) (*file, error) {
	f, err := s.scanFile(ctx, tx, tx.QueryRow(ctx, selectInvoice+` WHERE i.pk = $1 FOR NO KEY UPDATE OF i`, pk))
	if err != nil {
		return nil, err
	}
	return f, f.read(ctx)
}

func (s *Store) scanFile(ctx context.Context, tx pgx.Tx, row pgx.Row) (*file, error) {
	f := &file{tx: tx, s: s}
	var (
		currency, kind    string
		due               *time.Time
		issued            time.Time
		expires           *time.Time
		plan              []byte
		c                 = &f.state
		credited, written int64
		amount, paid      int64
		discounted        int64
		discount          int64
		until             *time.Time
		charged           int64
	)
	err := row.Scan(&f.pk, &f.debtor, &f.inv.Creditor, &f.inv.Number, &f.inv.DebtorID, &kind, &currency, &amount, &credited, &written, &paid, &discounted, &charged,
		&issued, &due, &expires, &f.inv.Goods, &f.inv.Reference, &f.inv.PayURL, &discount, &until, &f.hash, &f.status, &f.stage, &f.cycle, &f.seq, &f.eventN, &f.head, &plan, &c.IssuedAt,
		&c.Type, &c.Country, &c.Region, &c.Zone, &c.Group, &c.History, &c.Assigned)
	if err != nil {
		return nil, err
	}
	f.inv.Kind, f.inv.Amount = invoice.Kind(kind), invoice.NewMoney(amount, invoice.Currency(currency))
	f.inv.IssuedOn = invoice.DateOf(issued)
	if due != nil {
		f.inv.DueOn = invoice.DateOf(*due)
	}
	f.inv.ExpiresAt = orZero(expires)
	if until != nil {
		f.inv.Discount, f.inv.DiscountUntil = f.money(discount), invoice.DateOf(*until)
	}
	f.standing = invoice.Standing{Principal: amount, Credited: credited, WrittenOff: written, Paid: paid, Discounted: discounted, Charged: charged}
	if err := json.Unmarshal(plan, &f.plan); err != nil {
		return nil, err
	}
	if f.policy, err = s.policy(ctx, tx, f.hash); err != nil {
		return nil, err
	}
	f.inv.Policy = f.policy.Name
	return f, nil
}

// money is an amount in the invoice's currency.
func (f *file) money(minor int64) invoice.Money {
	return invoice.NewMoney(minor, f.inv.Amount.Currency)
}

// balance is what is still to be paid.
func (f *file) balance() invoice.Money { return f.money(f.standing.Balance()) }

// snapshot is the newest whole truth about the present cycle.
func (f *file) snapshot() collection.Snapshot {
	return collection.Snapshot{Seq: f.seq, Balance: f.balance(), Status: f.status, Plan: f.plan, Closed: !f.closedAt.IsZero()}
}

// receipt is the answer to a fact.
func (f *file) receipt() invoice.Receipt {
	return invoice.Receipt{Invoice: f.inv.Key, Seq: f.seq, Cycle: f.cycle, Status: f.status, Balance: f.balance(), OnAccount: f.money(f.standing.OnAccount())}
}

// bump takes a sequence number for this transaction's change, once.
func (f *file) bump() int64 {
	if !f.bumped {
		f.seq++
		f.bumped = true
	}
	return f.seq
}

// event puts a line into the case file. Text is for people; data is for programs and may be nil.
func (f *file) event(kind, actor, text string, data any) {
	e := invoice.Event{Seq: f.bump(), At: f.now.Truncate(time.Microsecond), Kind: kind, Actor: actor, Text: text}
	if e.Actor == "" {
		e.Actor = "dunlin"
	}
	if data != nil {
		e.Data, _ = json.Marshal(data) // only our own plain structs and maps come here
	}
	f.eventN++
	e.N = f.eventN
	e.Hash = e.ChainHash(f.head)
	f.head = e.Hash
	f.events = append(f.events, e)
}

// named is an act of a step in the words of the policy, e.g. "second reminder by e-mail".
func (f *file) named(step string, act dunning.Act) string {
	words := step
	if st, ok := f.policy.Step(step); ok {
		words = st.Title
	}
	switch act {
	case dunning.Email:
		return words + " by e-mail"
	case dunning.SMS:
		return words + " by SMS"
	case dunning.PhoneTask:
		return words + " by telephone"
	case dunning.Recall:
		return "recall"
	}
	return words
}
