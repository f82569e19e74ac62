package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// insert writes all arrivals with one statement a table, so that the cost of a row is its data and not
// its round trips.
func (in *intake) insert(ctx context.Context, results []collection.IssueResult) error {
	if len(in.fresh) == 0 {
		return nil
	}
	if err := in.insertInvoices(ctx); err != nil {
		return err
	}
	if err := in.insertEntries(ctx); err != nil {
		return err
	}
	if err := in.insertRest(ctx); err != nil {
		return err
	}
	for _, a := range in.fresh {
		if err := in.bookEarlier(ctx, a); err != nil {
			return err
		}
		if err := a.file.askForData(ctx); err != nil {
			return err
		}
		if len(a.file.events) > 0 { // a payment or a request for data came after the events were written
			if err := a.file.save(ctx, collection.SignalIssued); err != nil {
				return err
			}
		}
		results[a.row].Receipt = a.file.receipt()
	}
	return in.matchWaiting(ctx, results)
}

// skipAtBirth records steps that cannot happen any more when the invoice arrives, such as a courtesy
// note for one that is overdue already.
func (in *intake) skipAtBirth(f *file) {
	for range maxSkipRounds {
		if len(f.plan.Skips) == 0 {
			return
		}
		for _, s := range f.plan.Skips {
			f.state.Taken = append(f.state.Taken, dunning.Taken{Step: s.Step, Act: s.Act, Outcome: dunning.Skipped, At: f.now})
			f.skipped = append(f.skipped, s)
			f.event("skipped", "", fmt.Sprintf("%s skipped: %s", f.named(s.Step, s.Act), s.Reason), nil)
		}
		f.refresh()
		f.plan = f.policy.Plan(f.state, f.now)
	}
}

// maxSkipRounds bounds how often a plan may add skips to its own skips.
const maxSkipRounds = 50

func (in *intake) insertInvoices(ctx context.Context) error {
	n := len(in.fresh)
	var (
		creditor, number, kind, currency, goods, reference, payURL, policy, stage, plan, waiting, segment, history, assigned = texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n)
		debtor, amount, seq, eventN                                                                                          = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
		issued                                                                                                               = make([]time.Time, n)
		due, expires, next                                                                                                   = make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
		hash, head                                                                                                           = make([][]byte, n), make([][]byte, n)
		discount, discountUntil                                                                                              = make([]int64, n), make([]*time.Time, n)
	)
	byKey := make(map[invoice.Key]*arrival, n)
	for i, a := range in.fresh {
		f := a.file
		text, err := json.Marshal(f.plan)
		if err != nil {
			return err
		}
		if it, ok := f.plan.Earliest(); ok {
			next[i] = &it.At
		}
		f.stage = f.plan.Stage
		creditor[i], number[i], kind[i], currency[i] = f.inv.Creditor, f.inv.Number, string(f.inv.Kind), string(f.inv.Amount.Currency)
		goods[i], reference[i], payURL[i], policy[i], stage[i], plan[i], waiting[i] = f.inv.Goods, f.inv.Reference, f.inv.PayURL, f.hash, string(f.stage), string(text), f.plan.Waiting
		debtor[i], amount[i], seq[i], eventN[i] = f.debtor, f.inv.Amount.Minor, f.seq, f.eventN
		issued[i], due[i], expires[i] = f.inv.IssuedOn.At(0, 0, time.UTC), dateArg(f.inv.DueOn), nullTime(f.inv.ExpiresAt)
		hash[i], head[i] = a.hash, f.head
		discount[i], discountUntil[i] = f.inv.Discount.Minor, dateArg(f.inv.DiscountUntil)
		segment[i], history[i] = a.segment, string(a.history)
		if assigned[i], err = assignedArg(f.state.Assigned); err != nil {
			return err
		}
		byKey[f.inv.Key] = a
	}
	rows, err := in.tx.Query(ctx, `INSERT INTO invoices (creditor, number, debtor_pk, kind, currency, amount, balance, issued_on, due_on, expires_at, goods, reference, pay_url,
			content_hash, policy_hash, status, stage, seq, plan, waiting, next_at, event_n, event_head, created_at, segment, history, assigned, discount, discount_until)
		SELECT c, n, d, k, cur, am, am, iss, due, exp, g, ref, url, h, pol, 'open', st, sq, pl::jsonb, w, nx, en, hd, $21, sg, hi, asg::jsonb, dsc, dun
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::date[], $8::date[], $9::timestamptz[], $10::text[], $11::text[], $12::text[],
			$13::bytea[], $14::text[], $15::text[], $16::bigint[], $17::text[], $18::text[], $19::timestamptz[], $20::bigint[], $22::bytea[], $23::text[], $24::text[], $25::text[], $26::bigint[], $27::date[])
			AS u (c, n, d, k, cur, am, iss, due, exp, g, ref, url, h, pol, st, sq, pl, w, nx, en, hd, sg, hi, asg, dsc, dun)
		RETURNING creditor, number, pk`,
		creditor, number, debtor, kind, currency, amount, issued, due, expires, goods, reference, payURL, hash, policy, stage, seq, plan, waiting, next, eventN, in.now, head, segment, history, assigned, discount, discountUntil)
	if err != nil {
		return err
	}
	var k invoice.Key
	var pk int64
	_, err = pgx.ForEachRow(rows, []any{&k.Creditor, &k.Number, &pk}, func() error {
		byKey[k].file.pk = pk
		return nil
	})
	return err
}

func texts(n int) []string { return make([]string, n) }

// assignedArg writes what a case was assigned to as JSON; nothing assigned is an empty object.
func assignedArg(assigned map[string]string) (string, error) {
	if len(assigned) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(assigned)
	return string(text), err
}

// insertEntries books what was issued: the debtor owes it, and it is revenue.
func (in *intake) insertEntries(ctx context.Context) error {
	n := len(in.fresh)
	pks, debtors, amounts, currencies, issued := make([]int64, n), make([]int64, n), make([]int64, n), texts(n), make([]time.Time, n)
	for i, a := range in.fresh {
		pks[i], debtors[i], amounts[i], currencies[i], issued[i] = a.file.pk, a.file.debtor, a.inv.Amount.Minor, string(a.inv.Amount.Currency), a.inv.IssuedOn.At(0, 0, time.UTC)
	}
	_, err := in.tx.Exec(ctx, `WITH u AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::date[]) AS u (inv, deb, am, cur, iss)),
		e AS (INSERT INTO entries (invoice_pk, kind, seq, booked_on, at) SELECT inv, 'issue', 1, iss, $6 FROM u RETURNING pk, invoice_pk)
		INSERT INTO postings (entry_pk, account, component, invoice_pk, debtor_pk, amount, currency)
		SELECT e.pk, p.account, p.component, u.inv, u.deb, p.sign * u.am, u.cur
		FROM e JOIN u ON u.inv = e.invoice_pk CROSS JOIN (VALUES ('receivable', 'principal', 1), ('revenue', '', -1)) AS p (account, component, sign)`,
		pks, debtors, amounts, currencies, issued, in.now)
	return err
}

// insertRest writes cases, skips, events and wakes.
func (in *intake) insertRest(ctx context.Context) error {
	pks := make([]int64, 0, len(in.fresh))
	for _, a := range in.fresh {
		pks = append(pks, a.file.pk)
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO cases (invoice_pk, cycle, opened_at) SELECT pk, 1, $2 FROM unnest($1::bigint[]) AS pk`, pks, in.now)
	in.queueSkips(b)
	in.queueEarlier(b)
	in.queueEvents(b)
	if err := in.queueKeys(ctx, b); err != nil {
		return err
	}
	b.Queue(`INSERT INTO wakes (invoice_pk, signal, seq, rank) SELECT pk, $2, 1, $3 FROM unnest($1::bigint[]) AS pk`, pks, collection.SignalIssued, rank(collection.SignalIssued))
	b.Queue(`SELECT pg_notify('dunlin_wakes', '')`)
	return in.tx.SendBatch(ctx, b).Close()
}

func (in *intake) queueSkips(b *pgx.Batch) {
	var pks []int64
	var steps, acts, reasons []string
	for _, a := range in.fresh {
		for _, s := range a.file.skipped {
			pks, steps, acts, reasons = append(pks, a.file.pk), append(steps, s.Step), append(acts, string(s.Act)), append(reasons, s.Reason)
		}
	}
	if len(pks) > 0 {
		b.Queue(`INSERT INTO acts (invoice_pk, step, act, outcome, reason, cycle, seq, at) SELECT pk, step, act, 'skipped', reason, 1, 1, $5
			FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS u (pk, step, act, reason)`, pks, steps, acts, reasons, in.now)
	}
}

// queueEvents writes what has happened to the arrivals so far.
func (in *intake) queueEvents(b *pgx.Batch) {
	files := make([]fileOut, len(in.fresh))
	for i, a := range in.fresh {
		files[i] = fileOut{file: a.file, events: a.file.events}
		a.file.events, a.file.bumped = nil, false
	}
	queueEvents(b, files)
}
