package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/invoice"
)

// payer is what the books know about the account that money came from.
type payer struct {
	debtor int64 // 0 where it is not one debtor's alone
	sure   bool
	users  []int64 // those who use it, where it is not one's alone and they are few
}

// house is what a creditor decides about matching, and how it numbers its invoices.
type house struct {
	rules   match.Rules
	grammar *match.Grammar
}

// cashier decides about payments, many at a time: what they need to know is asked by one question each.
type cashier struct {
	s     *Store
	tx    pgx.Tx
	now   time.Time
	out   *outtray
	lines []*cashLine
	files map[int64]*file // locked and open

	houses   map[string]*house
	payers   map[[2]string]payer        // by creditor and account
	invoices map[int64]*match.Invoice   // as they stand after the decisions so far
	seen     map[int64]int64            // their balances as read
	byKey    map[[2]string][]int64      // by creditor and key
	owed     map[int64][]int64          // by debtor, oldest due first
	more     map[int64]bool             // debtors with more than that
	names    map[int64]string           // of debtors
	numbers  map[int64]string           // under which their creditors have them
	just     map[[2]string][]justPaid   // by creditor and account
	doubtful map[int64][]string         // numbers that are nearly those of invoices, by payment
	around   map[[2]string]match.Around // what stands on file next to them, by creditor and key
	taught   []lesson
	earlier  map[int64]*returned // payments that come back, by the return
	unclear  map[int64]bool      // debits to accounts of whom money is on account
	back     map[int64]allotted  // what this transaction has taken back, by allocation
	origins  map[int64]*cashLine // payments that come back, by their keys
	held     map[int64][]int64   // invoices that wait for a payment, by payment
	holding  map[int64][]int64   // debtors whose reminders wait, by payment
}

// justPaid is something an account has paid lately.
type justPaid struct {
	on    invoice.Date
	minor int64
}

func newCashier(s *Store, tx pgx.Tx, now time.Time) *cashier {
	return &cashier{s: s, tx: tx, now: now, out: newOuttray(tx), files: map[int64]*file{}, houses: map[string]*house{}, back: map[int64]allotted{}}
}

// learn reads the rules and the ways to number of the creditors.
func (c *cashier) learn(ctx context.Context) error {
	for _, l := range c.lines {
		if c.houses[l.creditor] != nil {
			continue
		}
		h := &house{}
		profile, err := creditor(ctx, c.tx, l.creditor)
		if err != nil {
			return err
		}
		h.rules = rulesOf(profile, l.currency)
		rows, err := c.tx.Query(ctx, `SELECT shape FROM number_shapes WHERE creditor = $1 ORDER BY n DESC, shape LIMIT 40`, l.creditor)
		if err != nil {
			return err
		}
		shapes, err := pgx.CollectRows(rows, pgx.RowTo[match.Shape])
		if err != nil {
			return err
		}
		h.grammar = c.s.grammar(l.creditor, shapes)
		c.houses[l.creditor] = h
	}
	return nil
}

// learned is a grammar with the shapes that it was made of.
type learned struct {
	shapes  []match.Shape
	grammar *match.Grammar
}

// grammar keeps the grammars of creditors: shapes change seldom, and searching for them is made ready once.
func (s *Store) grammar(creditor string, shapes []match.Shape) *match.Grammar {
	if g, ok := s.grammars.Load(creditor); ok && slices.Equal(g.(learned).shapes, shapes) {
		return g.(learned).grammar
	}
	g := learned{shapes, match.Learn(shapes)}
	s.grammars.Store(creditor, g)
	return g.grammar
}

// rulesOf are a creditor's rules of matching.
func rulesOf(c invoice.Creditor, currency invoice.Currency) match.Rules {
	r := match.Rules{GraceDays: c.Matching.GraceDays, ChargeCap: c.Matching.ChargeCap[currency], Largest: c.Matching.Largest[currency], QueueRungs: map[string]bool{}}
	for _, rung := range c.Matching.Queue {
		r.QueueRungs[rung] = true
	}
	return r
}

// gather asks for everything that the open credits need, one question each.
func (c *cashier) gather(ctx context.Context) error {
	c.payers, c.invoices, c.seen, c.byKey = map[[2]string]payer{}, map[int64]*match.Invoice{}, map[int64]int64{}, map[[2]string][]int64{}
	c.owed, c.more, c.names, c.just = map[int64][]int64{}, map[int64]bool{}, map[int64]string{}, map[[2]string][]justPaid{}
	c.taught, c.holding, c.numbers = nil, map[int64][]int64{}, map[int64]string{}
	c.doubtful, c.around = map[int64][]string{}, map[[2]string]match.Around{}
	for _, l := range c.credits() {
		l.keys = c.houses[l.creditor].grammar.Keys(&l.line)
	}
	if err := c.askPayers(ctx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	near := newNeighbours(c)
	c.askNamed(b)
	near.askAlike(b)
	c.askOwed(b)
	c.askJust(b)
	if b.Len() == 0 {
		return nil
	}
	if err := c.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if err := near.askRest(ctx); err != nil {
		return err
	}
	if err := c.askAround(ctx); err != nil {
		return err
	}
	return c.askNames(ctx)
}

// credits are the payments that the ladder decides about.
func (c *cashier) credits() []*cashLine {
	var all []*cashLine
	for _, l := range c.lines {
		if l.amount > 0 && l.rest() > 0 && l.kind != "charge" {
			all = append(all, l)
		}
	}
	return all
}

func (c *cashier) askPayers(ctx context.Context) error {
	var creditors, accounts []string
	for _, l := range c.lines {
		if l.payer != "" && l.amount > 0 {
			creditors, accounts = append(creditors, l.creditor), append(accounts, l.payer)
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	// Sure is only an account that one debtor alone has: what several use belongs to a bank, a factor or a lawyer.
	rows, err := c.tx.Query(ctx, `SELECT creditor, account, (array_agg(debtor_pk ORDER BY master DESC, confirmations DESC, debtor_pk))[1], count(*) = 1,
			bool_or(rejections = 0 AND (master OR confirmations >= 2)), coalesce((array_agg(debtor_pk ORDER BY debtor_pk) FILTER (WHERE rejections = 0))[1:$3], '{}')
		FROM payer_accounts WHERE (creditor, account) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND (master OR confirmations > 0) GROUP BY creditor, account`, creditors, accounts, match.MostHeld+1)
	if err != nil {
		return err
	}
	var key [2]string
	var p payer
	var alone, proven bool
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &p.debtor, &alone, &proven, &p.users}, func() error {
		switch {
		case alone:
			c.payers[key] = payer{debtor: p.debtor, sure: proven}
		case len(p.users) <= match.MostHeld:
			c.payers[key] = payer{users: slices.Clone(p.users)}
		}
		return nil
	})
	for _, l := range c.lines {
		l.payerOf = c.payers[[2]string{l.creditor, l.payer}]
	}
	return err
}

const matchColumns = `i.pk, i.debtor_pk, i.number, trim(i.currency), i.amount, i.balance, i.issued_on, i.due_on, i.discount, i.discount_until`

// take reads one invoice's row behind the caller's own columns; one that was read before stays as it is.
func (c *cashier) take(row pgx.CollectableRow, own ...any) (int64, error) {
	i, err := scanMatch(row, own...)
	if err != nil {
		return 0, err
	}
	return c.remember(&i), nil
}

// remember keeps an invoice that was read.
func (c *cashier) remember(i *match.Invoice) int64 {
	if c.invoices[i.ID] == nil {
		c.invoices[i.ID], c.seen[i.ID], c.names[i.Debtor] = i, i.Balance, ""
	}
	return i.ID
}

// scanMatch reads matchColumns behind the caller's own.
func scanMatch(row pgx.CollectableRow, own ...any) (i match.Invoice, err error) {
	var issued time.Time
	var due, until *time.Time
	var discount int64
	err = row.Scan(append(own, &i.ID, &i.Debtor, &i.Number, &i.Currency, &i.Total, &i.Balance, &issued, &due, &discount, &until)...)
	if err != nil {
		return i, err
	}
	i.IssuedOn = invoice.DateOf(issued)
	if due != nil {
		i.DueOn = invoice.DateOf(*due)
	}
	if until != nil && discount > 0 {
		i.Discount = &match.Discount{Minor: discount, Until: invoice.DateOf(*until)}
	}
	return i, nil
}

// askNamed finds every invoice that a key of the payments names.
func (c *cashier) askNamed(b *pgx.Batch) {
	keys := map[string]map[string]bool{} // by creditor
	for _, l := range c.credits() {
		if keys[l.creditor] == nil {
			keys[l.creditor] = map[string]bool{}
		}
		for _, key := range slices.Concat(l.keys.Numbers, l.keys.Digits, l.keys.References) {
			keys[l.creditor][key] = true
		}
	}
	for creditor, set := range keys {
		b.Queue(`SELECT k.creditor, k.key, k.kind = 'reference', `+matchColumns+` FROM invoice_keys k JOIN invoices i ON i.pk = k.invoice_pk WHERE k.creditor = $1 AND k.key = ANY($2) ORDER BY i.pk`,
			creditor, slices.Collect(maps.Keys(set))).Query(c.found)
	}
}

// found takes the invoices that keys have found.
func (c *cashier) found(rows pgx.Rows) error {
	_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var key [2]string
		var reference bool
		pk, err := c.take(row, &key[0], &key[1], &reference)
		if err != nil {
			return struct{}{}, err
		}
		if reference {
			c.invoices[pk].Reference = key[1]
		}
		c.name(key, pk)
		return struct{}{}, nil
	})
	return err
}

// name notes that a key names an invoice.
func (c *cashier) name(key [2]string, pk int64) {
	if !slices.Contains(c.byKey[key], pk) {
		c.byKey[key] = append(c.byKey[key], pk)
	}
}

// mostOwed bounds how many open invoices of one payer are looked at.
const mostOwed = 200

// askOwed finds the open invoices of the payers who are known.
func (c *cashier) askOwed(b *pgx.Batch) {
	var debtors []int64
	for _, l := range c.credits() {
		if l.payerOf.debtor != 0 && !slices.Contains(debtors, l.payerOf.debtor) {
			debtors = append(debtors, l.payerOf.debtor)
		}
	}
	if len(debtors) == 0 {
		return
	}
	b.Queue(`SELECT `+matchColumns+` FROM unnest($1::bigint[]) AS u (debtor) CROSS JOIN LATERAL (SELECT * FROM invoices x WHERE x.debtor_pk = u.debtor AND x.status IN ('open', 'placed')
			ORDER BY coalesce(x.due_on, x.issued_on), x.pk LIMIT $2) AS i`, debtors, mostOwed+1).Query(func(rows pgx.Rows) error {
		_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
			pk, err := c.take(row)
			if err != nil {
				return struct{}{}, err
			}
			debtor := c.invoices[pk].Debtor
			if len(c.owed[debtor]) == mostOwed {
				c.more[debtor] = true
				return struct{}{}, nil
			}
			c.owed[debtor] = append(c.owed[debtor], pk)
			return struct{}{}, nil
		})
		return err
	})
}

// askJust finds what sure payers have paid lately.
func (c *cashier) askJust(b *pgx.Batch) {
	var creditors, accounts []string
	for _, l := range c.credits() {
		if l.payerOf.sure {
			creditors, accounts = append(creditors, l.creditor), append(accounts, l.payer)
		}
	}
	if len(accounts) == 0 {
		return
	}
	b.Queue(`SELECT k.creditor, k.account, coalesce(e.value_on, e.booked_on, e.at::date), d.amount FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS u (creditor, account)) AS k
		CROSS JOIN LATERAL (SELECT * FROM bank_details x WHERE x.creditor = k.creditor AND x.payer_account = k.account AND x.payer_account <> '' AND x.state = 'decided' AND x.amount > 0 ORDER BY x.pk DESC LIMIT 50) AS d
		JOIN bank_entries e ON e.pk = d.entry_pk`, creditors, accounts).Query(func(rows pgx.Rows) error {
		var key [2]string
		var on time.Time
		var minor int64
		_, err := pgx.ForEachRow(rows, []any{&key[0], &key[1], &on, &minor}, func() error {
			c.just[key] = append(c.just[key], justPaid{invoice.DateOf(on), minor})
			return nil
		})
		return err
	})
}

func (c *cashier) askNames(ctx context.Context) error {
	debtors := make([]int64, 0, len(c.names))
	for pk := range c.names {
		debtors = append(debtors, pk)
	}
	rows, err := c.tx.Query(ctx, `SELECT pk, id, name FROM debtors WHERE pk = ANY($1)`, debtors)
	if err != nil {
		return err
	}
	var pk int64
	var id, name string
	_, err = pgx.ForEachRow(rows, []any{&pk, &id, &name}, func() error {
		c.names[pk], c.numbers[pk] = name, id
		return nil
	})
	return err
}

// words are evidence as it is stored.
func words(all []match.Evidence) []string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = e.Text
	}
	return texts
}

// jsonText writes a value of ours as JSON.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data: cannot happen
	}
	return string(b)
}
