package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/collection"
	"dunlin/invoice"
)

// What became of a payment.
const (
	howApplied   = "applied"
	howAccount   = "on_account"
	howNotOurs   = "not_ours"
	howCharge    = "charge"
	howReturned  = "returned"
	howUndecided = ""
)

// The states of a payment that is booked.
const (
	lineUndecided = "undecided"
	lineWaiting   = "waiting"
	lineDecided   = "decided"
)

// bookLines puts the entries of these payments, whose rows are locked, into the ledger and decides about
// the payments: what they pay is applied, what nobody can tell goes to the queue.
func (s *Store) bookLines(ctx context.Context, tx pgx.Tx, pks []int64) error {
	if len(pks) == 0 {
		return nil
	}
	if err := bookBank(ctx, tx, pks); err != nil {
		return err
	}
	// Money that comes back may be that of this very page, so it is decided about last.
	rows, err := tx.Query(ctx, `SELECT pk FROM bank_details WHERE pk = ANY($1) AND amount < 0`, pks)
	if err != nil {
		return err
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	in := slices.DeleteFunc(slices.Clone(pks), func(pk int64) bool { return slices.Contains(out, pk) })
	if len(in) > 0 {
		if _, err := s.decideLines(ctx, tx, in); err != nil {
			return err
		}
		early, err := cameBefore(ctx, tx, in)
		if err != nil {
			return err
		}
		out = append(out, early...)
	}
	if len(out) > 0 {
		_, err = s.decideLines(ctx, tx, out)
	}
	return err
}

// cameBefore finds, and locks, returns that were booked before the payments that they take back, as when files
// come in another order than the days. Nobody has decided about them. The index of such returns is small, and asked
// once for each id. Nothing else of the question fits another index: while PostgreSQL knows the table as
// empty it would read all of that instead.
func cameBefore(ctx context.Context, tx pgx.Tx, pks []int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT o.pk FROM (SELECT DISTINCT d.creditor, d.end_to_end FROM unnest($1::bigint[]) AS u (pk)
			CROSS JOIN LATERAL (SELECT creditor, end_to_end, amount FROM bank_details WHERE pk = u.pk OFFSET 0) AS d WHERE d.amount > 0 AND d.end_to_end <> '' AND d.end_to_end <> ALL($2)) AS i
		CROSS JOIN LATERAL (SELECT pk FROM bank_details WHERE creditor = i.creditor AND end_to_end = i.end_to_end AND state = 'undecided' AND amount < 0 OFFSET 0) AS o`,
		pks, slices.Collect(maps.Keys(nothings)))
	if err != nil {
		return nil, err
	}
	early, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(early) == 0 {
		return nil, err
	}
	if rows, err = tx.Query(ctx, `SELECT pk FROM bank_details d WHERE pk = ANY($1) AND state = 'undecided' AND NOT EXISTS (SELECT FROM bank_allocations a WHERE a.detail_pk = d.pk) ORDER BY pk FOR NO KEY UPDATE`, early); err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// bookBank puts accepted bank lines into the ledger, as money that nobody has decided about.
func bookBank(ctx context.Context, tx pgx.Tx, pks []int64) error {
	_, err := tx.Exec(ctx, `WITH now AS (SELECT business_now() AS at), due AS (
			UPDATE bank_entries SET state = 'booked', booked_at = now.at FROM now WHERE state = 'accepted' AND pk IN (SELECT entry_pk FROM bank_details WHERE pk = ANY ($1))
			RETURNING pk, amount, currency, coalesce(booked_on, now.at::date) AS booked_on, now.at),
		ledger AS (
			INSERT INTO entries (kind, key, seq, booked_on, at, bank_entry_pk) SELECT 'bank', 'bank/' || pk, 0, booked_on, at, pk FROM due WHERE amount <> 0
			RETURNING pk, bank_entry_pk)
		INSERT INTO postings (entry_pk, account, amount, currency)
		SELECT l.pk, p.account, p.sign * d.amount, d.currency FROM ledger l JOIN due d ON d.pk = l.bank_entry_pk CROSS JOIN (VALUES ('bank', 1), ('unidentified', -1)) AS p (account, sign)`, pks)
	return err
}

// decideLines decides about payments that are booked.
func (s *Store) decideLines(ctx context.Context, tx pgx.Tx, pks []int64) (*cashier, error) {
	now, err := businessNow(ctx, tx)
	if err != nil {
		return nil, err
	}
	c := newCashier(s, tx, now)
	if c.lines, err = loadLines(ctx, tx, pks); err != nil {
		return nil, err
	}
	if err := c.decideAll(ctx); err != nil {
		return nil, err
	}
	return c, c.finish(ctx)
}

// maxRounds bounds how often decisions are taken anew because the books moved meanwhile.
const maxRounds = 5

// decideAll climbs the ladder for every payment, locks what the decisions touch, and begins again when it
// finds that something has changed since it was read.
func (c *cashier) decideAll(ctx context.Context) error {
	c.out.payments = len(c.lines)
	if err := c.learn(ctx); err != nil {
		return err
	}
	for range maxRounds {
		if err := c.gather(ctx); err != nil {
			return err
		}
		if err := c.findReturned(ctx); err != nil {
			return err
		}
		if err := c.askHeld(ctx); err != nil {
			return err
		}
		for _, l := range c.lines {
			c.decide(l)
		}
		pks, debtors := c.touched()
		same, err := c.open(ctx, pks, debtors)
		if err != nil {
			return err
		}
		if same {
			if same, err = c.settledKeys(ctx); err != nil {
				return err
			}
		}
		if same {
			return c.applyAll(ctx)
		}
	}
	return &invoice.Error{Code: invoice.CodeUnavailable, Message: "the invoices of these payments change all the time", Hint: "it is tried again"}
}

// decide says what becomes of one payment. What it gives an invoice counts for the payments behind it.
func (c *cashier) decide(l *cashLine) {
	if l.by != byRule || l.rest() == 0 {
		return // a person has decided, or there is nothing left to decide
	}
	if l.how = howUndecided; c.earlier[l.pk] == nil && !(l.amount < 0 && l.isReturn()) {
		l.decision, l.why = match.Decision{}, nil
	}
	switch {
	case l.kind == "charge":
		l.how, l.why = howCharge, []string{"the bank took it for itself"}
	case l.amount < 0 && (l.isReturn() || c.earlier[l.pk] != nil):
		l.how = howReturned
	case l.amount < 0 && c.unclear[l.pk]:
		l.why = []string{"it went to an account that has paid us and has money on account here: a person says whether it is a refund"}
	case l.amount < 0:
		l.how, l.why = howNotOurs, []string{"money that went out pays nobody's invoice"}
	default:
		c.climb(l)
	}
}

func (c *cashier) climb(l *cashLine) {
	h := c.houses[l.creditor]
	d := match.Decide(h.grammar, &l.line, c.known(l), h.rules)
	why := words(d.Evidence)
	if d.Auto && l.isReturn() { // our own money, or a return that is taken back
		d.Auto, d.Hold = false, c.concerned(d)
		d.Suggestions = slices.Insert(d.Suggestions, 0, match.Suggestion{Applied: d.Applied, Evidence: d.Evidence, Score: d.Confidence})
		d.Applied = nil
		why = append(why, "the bank says that it came back to us: a person looks")
	}
	l.decision, l.why = d, why
	if !d.Auto {
		c.holding[l.pk] = append(c.holding[l.pk], d.Hold...)
		return
	}
	l.how = howApplied
	for _, a := range d.Applied {
		i := c.invoices[a.Invoice]
		i.Balance = max(0, i.Balance-a.Amount-a.Discount-a.Charge)
	}
	if d.Payer != 0 {
		key := [2]string{l.creditor, l.payer}
		c.just[key] = append(c.just[key], justPaid{l.valueOn, l.amount})
	}
}

// concerned are the debtors whom a decision is about.
func (c *cashier) concerned(d match.Decision) []int64 {
	var all []int64
	if d.Payer != 0 {
		all = append(all, d.Payer)
	}
	for _, a := range d.Applied {
		all = append(all, c.invoices[a.Invoice].Debtor)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// finish saves every file that was opened and changed, and what became of the payments.
func (c *cashier) finish(ctx context.Context) error {
	pks := make([]int64, 0, len(c.files))
	for pk := range c.files {
		pks = append(pks, pk)
	}
	slices.Sort(pks)
	for _, pk := range pks {
		if f := c.files[pk]; len(f.events) > 0 {
			if err := f.save(ctx, f.signal()); err != nil {
				return err
			}
		}
	}
	if err := c.out.flush(ctx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	c.queueLines(b)
	c.queueKeys(b)
	c.queueLessons(b)
	return c.tx.SendBatch(ctx, b).Close()
}

// signal is the name of the latest fact that cash application has put on file.
func (f *file) signal() string {
	signal := collection.SignalPayment
	for _, e := range f.events {
		switch e.Kind {
		case "payment":
			return collection.SignalPayment
		case "payment_returned", "payment_undone":
			signal = collection.SignalReturn
		case eventHeld:
			signal = collection.SignalHold
		case eventFreed:
			signal = collection.SignalRelease
		}
	}
	return signal
}

// queueLines writes what became of the payments.
func (c *cashier) queueLines(b *pgx.Batch) {
	n := len(c.lines)
	pks, given, debtors := make([]int64, n), make([]int64, n), make([]*int64, n)
	states, hows, rungs, evidence, suggestions, versions, bys := texts(n), texts(n), texts(n), texts(n), texts(n), texts(n), texts(n)
	confidences, ats := make([]float32, n), make([]*time.Time, n)
	for i, l := range c.lines {
		pks[i], given[i], states[i], hows[i], rungs[i] = l.pk, l.given, l.state, l.how, string(l.decision.Rung)
		switch {
		case l.rest() == 0:
			states[i], bys[i], ats[i] = lineDecided, l.by, &c.now
		case c.namesNone(l):
			states[i], hows[i] = lineWaiting, howUndecided
		default:
			states[i], hows[i] = lineUndecided, howUndecided
		}
		if suggestions[i] = "[]"; len(l.decision.Suggestions) > 0 && l.rest() != 0 {
			suggestions[i] = jsonText(l.decision.Suggestions)
		}
		evidence[i], versions[i] = jsonText(append([]string{}, l.why...)), l.decision.Version
		confidences[i] = float32(l.decision.Confidence) / 1000
		if l.decision.Payer != 0 {
			l.debtor = l.decision.Payer
		}
		debtors[i] = nullPK(l.debtor)
	}
	b.Queue(`UPDATE bank_details d SET allocated = u.given, state = u.state, how = u.how, rung = u.rung, evidence = u.evidence::jsonb, suggestions = u.suggestions::jsonb,
			confidence = u.confidence, rule_version = u.version, decided_by = u.by, decided_at = u.at, debtor_pk = u.debtor
		FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::real[], $9::text[], $10::text[], $11::timestamptz[], $12::bigint[])
			AS u (pk, given, state, how, rung, evidence, suggestions, confidence, version, by, at, debtor) WHERE d.pk = u.pk`,
		pks, given, states, hows, rungs, evidence, suggestions, confidences, versions, bys, ats, debtors)
}

// namesNone says whether the payment names an invoice that isn't on file: it waits for it.
func (c *cashier) namesNone(l *cashLine) bool {
	e2e := match.Key(l.line.EndToEnd)
	missing := func(key string) bool { return key != e2e && len(c.byKey[[2]string{l.creditor, key}]) == 0 }
	return l.amount > 0 && l.by == byRule && (slices.ContainsFunc(l.keys.Numbers, missing) || slices.ContainsFunc(l.keys.References, missing))
}

// queueKeys notes by which keys an invoice to come would find the payments that are not decided, and
// forgets those of payments that are.
func (c *cashier) queueKeys(b *pgx.Batch) {
	var pks, of []int64
	var creditors, keys []string
	for _, l := range c.lines {
		if l.state != "accepted" {
			of = append(of, l.pk)
		}
		if l.amount < 0 || l.rest() == 0 || l.by != byRule { // what a person has undone is not decided again by itself
			continue
		}
		for _, key := range l.waitsFor() {
			pks, creditors, keys = append(pks, l.pk), append(creditors, l.creditor), append(keys, key)
		}
	}
	if len(of) > 0 {
		b.Queue(`DELETE FROM detail_keys WHERE detail_pk = ANY($1)`, of)
	}
	if len(pks) > 0 {
		b.Queue(`INSERT INTO detail_keys (creditor, key, detail_pk) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING`, creditors, keys, pks)
	}
}
