package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/invoice"
)

// outtray holds what a transaction over many files writes until its end, so that each table is written by
// one statement however many files there are. Rows that others name get their keys beforehand.
type outtray struct {
	tx       pgx.Tx
	entryPKs []int64 // drawn and not used yet
	stopPKs  []int64
	payments int // that the transaction is about, as far as is known

	entries []entryRow
	stops   []stopOut
	ends    []stopEnd
	files   []fileOut
}

// entryRow is a ledger entry on its way to the database.
type entryRow struct {
	invoice.Entry
	pk      int64
	invoice int64 // 0: none
	debtor  int64 // 0: none
	bank    int64 // the bank line that it books; 0: none
	key     string
	seq     int64
	on      invoice.Date
	at      time.Time
	alloc   *allocation // nil: no bank line's money
}

// allocation is where money of a bank line goes, or where it is taken back from.
type allocation struct {
	detail   int64
	target   target
	amount   int64 // signed as the line
	discount int64
	charge   int64
	undoes   int64 // the allocation that it takes back; 0: none
	returns  int64 // the allocation that a returned payment takes back; 0: none
	basis
}

// target says what kind of place money went to.
type target string

// The places.
const (
	toInvoice target = "invoice"
	toAccount target = "on_account" // of a debtor, for no invoice
	toOthers  target = "not_ours"
	toCharge  target = "charge" // taken by our own bank
	toRefund  target = "refund" // sent back to a debtor
)

// basis is on what an allocation was decided, and by whom.
type basis struct {
	rung     string
	evidence []string
	version  string
	by       string // auto, or who
	reason   string
}

// byRule marks what no person decided.
const byRule = "auto"

type stopOut struct {
	invoice int64
	stopRow
}

type stopEnd struct {
	pk  int64
	at  time.Time
	how string
	seq int64
}

type fileOut struct {
	*file
	planText string
	next     *time.Time
	signal   string
	events   []invoice.Event
}

func newOuttray(tx pgx.Tx) *outtray { return &outtray{tx: tx} }

// draw takes a key of a table, as many at a time as there are payments: there is about an entry and a stop to each.
func (o *outtray) draw(ctx context.Context, from *[]int64, table string) (int64, error) {
	if len(*from) == 0 {
		rows, err := o.tx.Query(ctx, `SELECT nextval(s) FROM (SELECT pg_get_serial_sequence($1, 'pk')::regclass AS s OFFSET 0) AS of, generate_series(1, $2)`, table, max(1, o.payments))
		if err != nil {
			return 0, err
		}
		if *from, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return 0, err
		}
	}
	pk := (*from)[0]
	*from = (*from)[1:]
	return pk, nil
}

func (o *outtray) entry(ctx context.Context, row entryRow) (err error) {
	if row.pk, err = o.draw(ctx, &o.entryPKs, "entries"); err == nil {
		o.entries = append(o.entries, row)
	}
	return err
}

func (o *outtray) addStop(ctx context.Context, f *file, st stopRow) (err error) {
	if st.pk, err = o.draw(ctx, &o.stopPKs, "stops"); err == nil {
		f.stops = append(f.stops, st)
		o.stops = append(o.stops, stopOut{f.pk, st})
	}
	return err
}

func (o *outtray) endStop(pk int64, at time.Time, how string, seq int64) {
	o.ends = append(o.ends, stopEnd{pk, at, how, seq})
}

func (o *outtray) file(f *file, plan []byte, next *time.Time, signal string) {
	o.files = append(o.files, fileOut{file: f, planText: string(plan), next: next, signal: signal, events: f.events})
}

// flush writes everything, one statement a table.
func (o *outtray) flush(ctx context.Context) error {
	b := &pgx.Batch{}
	if err := o.queueEntries(b); err != nil {
		return err
	}
	o.queueStops(b)
	o.queueFiles(b)
	o.entries, o.stops, o.ends, o.files = nil, nil, nil, nil
	if b.Len() == 0 {
		return nil
	}
	return o.tx.SendBatch(ctx, b).Close()
}

func (o *outtray) queueEntries(b *pgx.Batch) error {
	n := len(o.entries)
	if n == 0 {
		return nil
	}
	var (
		pks, seqs, posted, amounts  = make([]int64, n), make([]int64, n), make([]int64, 0, 3*n), make([]int64, 0, 3*n)
		invoices, lines, details    = make([]*int64, n), make([]*int64, n), make([]*int64, n)
		kinds, keys                 = texts(n), texts(n)
		ons, ats                    = make([]time.Time, n), make([]time.Time, n)
		accounts, parts, currencies = make([]string, 0, 3*n), make([]string, 0, 3*n), make([]string, 0, 3*n)
		ofInvoice, ofDebtor         = make([]*int64, 0, 3*n), make([]*int64, 0, 3*n)
	)
	for i, e := range o.entries {
		pks[i], seqs[i], kinds[i], keys[i], ons[i], ats[i] = e.pk, e.seq, e.Kind, e.key, e.on.At(0, 0, time.UTC), e.at
		invoices[i], lines[i] = nullPK(e.invoice), nullPK(e.bank)
		if e.alloc != nil {
			details[i] = &e.alloc.detail
		}
		for _, p := range e.Postings {
			posted, accounts, parts, amounts = append(posted, e.pk), append(accounts, string(p.Account)), append(parts, string(p.Component)), append(amounts, p.Amount.Minor)
			currencies, ofInvoice, ofDebtor = append(currencies, string(p.Amount.Currency)), append(ofInvoice, invoices[i]), append(ofDebtor, nullPK(e.debtor))
		}
	}
	b.Queue(`INSERT INTO entries (pk, invoice_pk, kind, key, seq, booked_on, at, bank_entry_pk, bank_detail_pk) OVERRIDING SYSTEM VALUE
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::timestamptz[], $8::bigint[], $9::bigint[])`,
		pks, invoices, kinds, keys, seqs, ons, ats, lines, details)
	b.Queue(`INSERT INTO postings (entry_pk, account, component, amount, currency, invoice_pk, debtor_pk)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[])`,
		posted, accounts, parts, amounts, currencies, ofInvoice, ofDebtor)
	return o.queueAllocations(b)
}

func (o *outtray) queueAllocations(b *pgx.Batch) error {
	var details, amounts, discounts, charges, ledgers []int64
	var invoices, debtors, undoes, returns []*int64
	var targets, rungs, evidence, versions, bys, reasons []string
	var ats []time.Time
	for _, e := range o.entries {
		a := e.alloc
		if a == nil {
			continue
		}
		text, err := json.Marshal(append([]string{}, a.evidence...))
		if err != nil {
			return err
		}
		details, amounts, discounts, charges, ledgers = append(details, a.detail), append(amounts, a.amount), append(discounts, a.discount), append(charges, a.charge), append(ledgers, e.pk)
		invoices, debtors, undoes, returns = append(invoices, nullPK(e.invoice)), append(debtors, nullPK(e.debtor)), append(undoes, nullPK(a.undoes)), append(returns, nullPK(a.returns))
		targets, rungs, evidence, versions = append(targets, string(a.target)), append(rungs, a.rung), append(evidence, string(text)), append(versions, a.version)
		bys, reasons, ats = append(bys, a.by), append(reasons, a.reason), append(ats, e.at)
	}
	if len(details) == 0 {
		return nil
	}
	b.Queue(`INSERT INTO bank_allocations (detail_pk, target, invoice_pk, debtor_pk, amount, discount, charge, ledger_pk, undoes, returns, rung, evidence, rule_version, decided_by, reason, at)
		SELECT d, t, i, db, a, dc, c, l, u, r, g, e::jsonb, v, b, s, at FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
			$9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[]) AS x (d, t, i, db, a, dc, c, l, u, r, g, e, v, b, s, at)`,
		details, targets, invoices, debtors, amounts, discounts, charges, ledgers, undoes, returns, rungs, evidence, versions, bys, reasons, ats)
	return nil
}

func (o *outtray) queueStops(b *pgx.Batch) {
	if n := len(o.stops); n > 0 {
		pks, invoices, seqs, amounts, paid := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
		kinds, reasons, froms, untils, payments := texts(n), texts(n), make([]time.Time, n), make([]*time.Time, n), make([]*int64, n)
		for i, s := range o.stops {
			pks[i], invoices[i], seqs[i], amounts[i], paid[i] = s.pk, s.invoice, s.seq, s.amount, s.paidThen
			kinds[i], reasons[i], froms[i], untils[i] = string(s.kind), s.reason, s.from, nullTime(s.until)
			payments[i] = nullPK(s.payment)
		}
		b.Queue(`INSERT INTO stops (pk, invoice_pk, kind, from_at, until_at, seq, amount, paid_then, reason, bank_detail_pk) OVERRIDING SYSTEM VALUE
			SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[])`,
			pks, invoices, kinds, froms, untils, seqs, amounts, paid, reasons, payments)
	}
	if n := len(o.ends); n > 0 {
		pks, seqs, ats, hows := make([]int64, n), make([]int64, n), make([]time.Time, n), texts(n)
		for i, e := range o.ends {
			pks[i], seqs[i], ats[i], hows[i] = e.pk, e.seq, e.at, e.how
		}
		b.Queue(`UPDATE stops SET ended_at = u.at, how_ended = u.how, ended_seq = u.seq FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) AS u (pk, at, how, seq) WHERE stops.pk = u.pk`,
			pks, ats, hows, seqs)
	}
}

func (o *outtray) queueFiles(b *pgx.Batch) {
	n := len(o.files)
	if n == 0 {
		return
	}
	var (
		pks, credited, written, paid, discounted, charged = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
		balances, cycles, seqs, eventNs                   = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
		statuses, stages, plans, waiting                  = texts(n), texts(n), texts(n), texts(n)
		nexts, dues, expiries                             = make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
		heads                                             = make([][]byte, n)
	)
	for i, f := range o.files {
		s := f.standing
		pks[i], credited[i], written[i], paid[i], discounted[i], charged[i] = f.pk, s.Credited, s.WrittenOff, s.Paid, s.Discounted, s.Charged
		balances[i], cycles[i], seqs[i], eventNs[i] = s.Balance(), int64(f.cycle), f.seq, f.eventN
		statuses[i], stages[i], plans[i], waiting[i] = string(f.status), string(f.stage), f.planText, f.plan.Waiting
		nexts[i], dues[i], expiries[i], heads[i] = f.next, dateArg(f.inv.DueOn), nullTime(f.inv.ExpiresAt), f.head
	}
	b.Queue(`UPDATE invoices SET credited = u.cr, written_off = u.wr, paid = u.pd, balance = u.bal, status = u.st, stage = u.sg, cycle = u.cy, seq = u.sq, plan = u.pl::jsonb, waiting = u.wt,
			next_at = u.nx, event_n = u.en, event_head = u.eh, due_on = u.due, expires_at = u.exp, discounted = u.dc, charged = u.ch
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
			$12::timestamptz[], $13::bigint[], $14::bytea[], $15::date[], $16::timestamptz[], $17::bigint[], $18::bigint[])
			AS u (pk, cr, wr, pd, bal, st, sg, cy, sq, pl, wt, nx, en, eh, due, exp, dc, ch) WHERE invoices.pk = u.pk`,
		pks, credited, written, paid, balances, statuses, stages, cycles, seqs, plans, waiting, nexts, eventNs, heads, dues, expiries, discounted, charged)
	queueEvents(b, o.files)
	o.queueWakes(b)
}

// queueEvents writes the events of many files.
func queueEvents(b *pgx.Batch, files []fileOut) {
	var pks, ns, seqs []int64
	var ats []time.Time
	var kinds, actors, sentences, data []string
	var hashes [][]byte
	for _, f := range files {
		for _, e := range f.events {
			pks, ns, seqs, ats = append(pks, f.pk), append(ns, e.N), append(seqs, e.Seq), append(ats, e.At)
			kinds, actors, sentences, data, hashes = append(kinds, e.Kind), append(actors, e.Actor), append(sentences, e.Text), append(data, string(e.Data)), append(hashes, e.Hash)
		}
	}
	b.Queue(`INSERT INTO events (invoice_pk, n, seq, at, kind, actor, text, data, hash)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])`,
		pks, ns, seqs, ats, kinds, actors, sentences, data, hashes)
}

func (o *outtray) queueWakes(b *pgx.Batch) {
	var pks, seqs, ranks []int64
	var signals []string
	for _, f := range o.files {
		if f.signal != "" {
			pks, seqs, ranks, signals = append(pks, f.pk), append(seqs, f.seq), append(ranks, int64(rank(f.signal))), append(signals, f.signal)
		}
	}
	if len(pks) == 0 {
		return
	}
	b.Queue(`INSERT INTO wakes (invoice_pk, signal, seq, rank) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::smallint[])
		ON CONFLICT (invoice_pk) DO UPDATE SET signal = excluded.signal, seq = excluded.seq, rank = least(wakes.rank, excluded.rank),
			available_at = clock_timestamp(), parked_at = NULL, failures = 0`, pks, signals, seqs, ranks)
	b.Queue(`SELECT pg_notify('dunlin_wakes', '')`)
}

// nullPK turns no key into SQL's null.
func nullPK(pk int64) *int64 {
	if pk == 0 {
		return nil
	}
	return &pk
}
