package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/dev/audit"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

// BankReport is what came of the statements.
type BankReport struct {
	Files       int `json:"files"`         // taken in
	FilesTwice  int `json:"files_twice"`   // handed over although they were on file
	Refused     int `json:"files_refused"` // whole
	Lines       int `json:"lines"`         // booked
	Repeats     int `json:"repeats"`       // lines told again, and not booked again
	Payments    int `json:"payments"`      // of debtors
	ByRule      int `json:"by_rule"`       // of those, applied by themselves
	ByPerson    int `json:"by_person"`     // of those, from the queue
	Suggested   int `json:"suggested"`     // of those, as Dunlin had suggested
	NotOurs     int `json:"not_ours"`      // money in that belongs to no invoice
	MoneyOut    int `json:"money_out"`     // lines that paid somebody, or took a payment back
	Returned    int `json:"returned"`      // of those, payments taken back or sent back
	Undone      int `json:"undone"`        // decisions that a person took back
	Discounts   int `json:"discounts"`     // granted for early payment
	CrossedPost int `json:"crossed_post"`  // messages that went out when the money was on its way
	Gated       int `json:"gated"`         // formal steps seen waiting for statements

	rungs    map[string]int // payments by the rung that applied them
	formats  map[string]int // files taken in
	accounts []accountReport
	findings []audit.Finding
}

// accountReport compares an account with what the books hold of it.
type accountReport struct {
	creditor, number               string
	currency                       invoice.Currency
	lines                          int
	opening, in, out, closing, own int64 // own: the opening balance and what the books booked
}

// judgeBank compares the bank's own books with Dunlin's.
func (p *player) judgeBank(ctx context.Context) (BankReport, error) {
	conn, err := pgx.Connect(ctx, p.lab.DatabaseURL())
	if err != nil {
		return BankReport{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	p.bank.mu.Lock()
	defer p.bank.mu.Unlock()
	r := BankReport{Files: p.bank.files[fileTaken], FilesTwice: p.bank.files[fileHad], Refused: p.bank.files[fileRefused], Gated: p.gated, Suggested: p.suggested, rungs: map[string]int{}, formats: map[string]int{}}
	err = conn.QueryRow(ctx, `SELECT (SELECT coalesce(sum(repeated), 0) FROM bank_files), (SELECT count(*) FROM bank_allocations WHERE undoes IS NOT NULL),
		(SELECT count(*) FROM bank_allocations WHERE discount > 0 AND undoes IS NULL), (SELECT count(*) FROM message_covers WHERE crossed)`).Scan(&r.Repeats, &r.Undone, &r.Discounts, &r.CrossedPost)
	if err != nil {
		return r, err
	}
	if err := r.doubts(ctx, conn); err != nil {
		return r, err
	}
	if err := r.lines(ctx, conn, p.bank); err != nil {
		return r, err
	}
	return r, r.balances(ctx, conn, p.bank)
}

func (r *BankReport) finding(format string, args ...any) {
	r.findings = append(r.findings, audit.Finding{Invariant: "B", Text: fmt.Sprintf(format, args...)})
}

// doubts are what Dunlin still finds odd about statements that are all in order (files that waited for a worker may
// have come in another order, and a gap was told until it was filled), and counts the files by their formats.
func (r *BankReport) doubts(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT account, text FROM bank_alerts WHERE kind <> 'stale' AND ended_at IS NULL ORDER BY pk`)
	if err != nil {
		return err
	}
	var account, text string
	if _, err := pgx.ForEachRow(rows, []any{&account, &text}, func() error {
		r.finding("%s: %s", account, text)
		return nil
	}); err != nil {
		return err
	}
	if rows, err = conn.Query(ctx, `SELECT format, count(*) FROM bank_files WHERE state = 'done' GROUP BY 1`); err != nil {
		return err
	}
	var n int
	_, err = pgx.ForEachRow(rows, []any{&text, &n}, func() error {
		r.formats[text] = n
		return nil
	})
	return err
}

// lines compares line by line where the money went with what it was meant for.
func (r *BankReport) lines(ctx context.Context, conn *pgx.Conn, b *bank) error {
	rows, err := conn.Query(ctx, `SELECT e.account, trim(e.currency), e.booked_on::text, e.amount, d.rung, d.decided_by, d.how, coalesce(w.places, '')
		FROM bank_entries e JOIN bank_details d ON d.entry_pk = e.pk AND d.state <> 'replaced'
		LEFT JOIN LATERAL (SELECT string_agg(place || ' ' || sum, ', ' ORDER BY place) AS places FROM (
			SELECT CASE WHEN a.invoice_pk IS NOT NULL THEN i.number ELSE a.target END AS place, sum(a.amount) FROM bank_allocations a LEFT JOIN invoices i ON i.pk = a.invoice_pk
			WHERE a.detail_pk = d.pk GROUP BY 1 HAVING sum(a.amount) <> 0) AS g) AS w ON true
		WHERE e.state = 'booked' AND e.statement_pk IS NOT NULL ORDER BY e.pk`)
	if err != nil {
		return err
	}
	booked := map[string]int{}
	var account, currency, on, rung, by, how, places string
	var minor int64
	_, err = pgx.ForEachRow(rows, []any{&account, &currency, &on, &minor, &rung, &by, &how, &places}, func() error {
		r.Lines++
		booked[fmt.Sprintf("%s %s %s %d -> %s", account, currency, on, minor, places)]++
		switch {
		case minor < 0:
			r.MoneyOut++
			if how == "returned" && by == "auto" {
				r.Returned++
			}
		case how == "not_ours":
			r.NotOurs++
		case by == "auto":
			r.ByRule++
			r.rungs[rung]++
		default:
			r.ByPerson++
		}
		return nil
	})
	r.Payments = r.ByRule + r.ByPerson
	for _, m := range b.meant {
		if slices.ContainsFunc(m.account.waiting, func(l sample.StatementLine) bool { return l.Ref == m.line.Ref }) {
			continue // the bank has not told it yet
		}
		key := fmt.Sprintf("%s %s %s %d -> %s", m.account.number, m.account.currency, m.line.Booked, m.line.Minor, m.places())
		if booked[key]--; booked[key] < 0 {
			r.finding("the bank's line %s is not in the books as it was meant: %s", m.line.Ref, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(booked)) {
		if booked[key] > 0 {
			r.finding("the books have a line that the bank meant otherwise: %s", key)
		}
	}
	return err
}

// places are where a movement's money should have gone, as the books write it.
func (m *movement) places() string {
	var all []string
	rest := m.line.Minor
	for _, s := range m.meant {
		all = append(all, fmt.Sprintf("%s %d", s.number, s.minor))
		rest -= s.minor
	}
	switch {
	case rest != 0 && m.debtor != "":
		all = append(all, fmt.Sprintf("on_account %d", rest))
	case rest != 0:
		all = append(all, fmt.Sprintf("not_ours %d", rest))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// balances compares the accounts with what the books hold of them.
func (r *BankReport) balances(ctx context.Context, conn *pgx.Conn, b *bank) error {
	for _, f := range b.feeds {
		for _, a := range f.accounts {
			x := accountReport{creditor: a.creditor, number: a.number, currency: a.currency, opening: a.opening, closing: a.closing, own: a.opening}
			for _, l := range a.told {
				x.in, x.out = x.in+max(0, l.Minor), x.out+min(0, l.Minor)
			}
			var sum int64
			err := conn.QueryRow(ctx, `SELECT count(*), coalesce(sum(p.amount), 0) FROM bank_entries e JOIN entries x ON x.bank_entry_pk = e.pk JOIN postings p ON p.entry_pk = x.pk AND p.account = 'bank'
				WHERE e.account = $1 AND e.currency = $2`, a.number, a.currency).Scan(&x.lines, &sum)
			if err != nil {
				return err
			}
			x.own += sum
			if x.lines != len(a.told) || x.own != x.closing {
				r.finding("%s %s: the bank says %d lines and %s, the books have %d and %s", a.number, a.currency, len(a.told), money(a.closing, a.currency), x.lines, money(x.own, a.currency))
			}
			r.accounts = append(r.accounts, x)
		}
	}
	return nil
}

// missing names what the story should have had of the bank and did not.
func (r *BankReport) missing() error {
	for what, n := range map[string]int{
		"a file that was handed over twice": r.FilesTwice, "a file that is refused": r.Refused, "lines told twice": r.Repeats, "a decision by a person": r.ByPerson, "a suggestion that was taken": r.Suggested,
		"money that is not ours": r.NotOurs, "a returned payment": r.Returned, "a discount": r.Discounts,
		"a message that crossed a payment in the post": r.CrossedPost, "a step that waits for statements": r.Gated,
	} {
		if n == 0 {
			return fmt.Errorf("the story had no %s", strings.TrimPrefix(what, "a "))
		}
	}
	return nil
}
