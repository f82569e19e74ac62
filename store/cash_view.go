package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/bank/match"
	"dunlin/collection"
	"dunlin/invoice"
)

const selectPayments = `SELECT d.pk, d.creditor, e.account, d.amount, d.allocated, d.currency, e.booked_on, e.value_on, d.payer_name, d.payer_account, coalesce(b.id, ''), d.tx,
		d.state, d.how, d.rung, d.confidence, d.rule_version, d.evidence, d.suggestions, d.decided_by, d.decided_at, coalesce(f.name, ''), coalesce(s.ref, ''), e.n, d.n
	FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk LEFT JOIN debtors b ON b.pk = d.debtor_pk LEFT JOIN bank_files f ON f.pk = e.file_pk LEFT JOIN bank_statements s ON s.pk = e.statement_pk`

// paymentRow is a payment with suggestions that still name invoices by their keys.
type paymentRow struct {
	collection.PaymentView
	suggestions []match.Suggestion
}

func scanPayment(row pgx.CollectableRow) (p paymentRow, err error) {
	var amount, allocated int64
	var currency invoice.Currency
	var booked, value, decided *time.Time
	var tx bank.TxDetail
	var file, statement string
	var confidence float32
	var n, part int
	err = row.Scan(&p.ID, &p.Creditor, &p.Account, &amount, &allocated, &currency, &booked, &value, &p.Payer, &p.PayerAccount, &p.DebtorID, &tx,
		&p.State, &p.How, &p.Rung, &confidence, &p.RuleVersion, &p.Evidence, &p.suggestions, &p.DecidedBy, &decided, &file, &statement, &n, &part)
	p.Amount, p.Open = invoice.NewMoney(amount, currency), invoice.NewMoney(amount-allocated, currency)
	if booked != nil {
		p.BookedOn = invoice.DateOf(*booked)
	}
	if p.ValueOn = p.BookedOn; value != nil {
		p.ValueOn = invoice.DateOf(*value)
	}
	p.DecidedAt, p.Remittance, p.Confidence = orZero(decided), tx.Remittance, float64(int(confidence*1000+0.5))/1000
	for _, r := range tx.Structured {
		p.References = append(p.References, r.Ref)
	}
	if e := given(tx.Refs.EndToEnd); e != "" {
		p.References = append(p.References, e)
	}
	if p.Line = "told by hand"; file != "" {
		p.Line = fmt.Sprintf("%s, statement %s, line %d.%d", file, statement, n, part)
	}
	return p, err
}

// Payments lists payments, by default those that wait for a decision.
func (s *Store) Payments(ctx context.Context, f collection.PaymentFilter) ([]collection.PaymentView, error) {
	states := []string{f.State}
	which := `d.state = ANY($2)`
	switch f.State {
	case "":
		states, which = []string{lineUndecided, lineWaiting}, `d.queued AND d.state = ANY($2)`
	case "all":
		states = []string{lineUndecided, lineWaiting, lineDecided}
	}
	rows, err := s.pool.Query(ctx, selectPayments+` WHERE ($1 = '' OR d.creditor = $1) AND d.pk > $3 AND `+which+` ORDER BY d.pk LIMIT $4`,
		f.Creditor, states, f.After, pageSize(f.Limit))
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanPayment)
	if err != nil {
		return nil, err
	}
	views := make([]collection.PaymentView, len(found))
	for i := range found {
		if err := s.nameSuggestions(ctx, &found[i]); err != nil {
			return nil, err
		}
		views[i] = found[i].PaymentView
	}
	return views, nil
}

// Payment shows one payment whole: why it was applied or wasn't, and every place that its money ever went to.
func (s *Store) Payment(ctx context.Context, id int64) (collection.PaymentView, error) {
	rows, err := s.pool.Query(ctx, selectPayments+` WHERE d.pk = $1`, id)
	if err != nil {
		return collection.PaymentView{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPayment)
	if err != nil {
		return p.PaymentView, hinted(notFound(err, "payment", "%d is not on file", id), "see dunlin bank unmatched")
	}
	if err := s.nameSuggestions(ctx, &p); err != nil {
		return p.PaymentView, err
	}
	money := func(minor int64) invoice.Money {
		if minor == 0 {
			return invoice.Money{}
		}
		return invoice.NewMoney(minor, p.Amount.Currency)
	}
	if rows, err = s.pool.Query(ctx, `SELECT a.target, coalesce(i.number, ''), coalesce(b.id, ''), a.amount, a.discount, a.charge, a.rung, a.decided_by, a.reason, a.at,
			a.undoes IS NOT NULL OR EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = a.pk)
		FROM bank_allocations a LEFT JOIN invoices i ON i.pk = a.invoice_pk LEFT JOIN debtors b ON b.pk = a.debtor_pk WHERE a.detail_pk = $1 ORDER BY a.pk`, id); err != nil {
		return p.PaymentView, err
	}
	p.Allocations, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a collection.AllocationView, err error) {
		var amount, discount, charge int64
		err = row.Scan(&a.Target, &a.Number, &a.DebtorID, &amount, &discount, &charge, &a.Rung, &a.By, &a.Reason, &a.At, &a.Undone)
		a.Amount, a.Discount, a.Charge, a.At = money(amount), money(discount), money(charge), a.At.UTC()
		return a, err
	})
	if err != nil {
		return p.PaymentView, err
	}
	if rows, err = s.pool.Query(ctx, `SELECT i.number FROM stops x JOIN invoices i ON i.pk = x.invoice_pk WHERE x.bank_detail_pk = $1 AND x.ended_at IS NULL ORDER BY i.pk`, id); err != nil {
		return p.PaymentView, err
	}
	p.Holds, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return p.PaymentView, err
}

// nameSuggestions turns the invoices of suggestions into their numbers.
func (s *Store) nameSuggestions(ctx context.Context, p *paymentRow) error {
	if len(p.suggestions) == 0 {
		return nil
	}
	var pks []int64
	for _, g := range p.suggestions {
		for _, a := range g.Applied {
			pks = append(pks, a.Invoice)
		}
	}
	rows, err := s.pool.Query(ctx, `SELECT pk, number FROM invoices WHERE pk = ANY($1)`, pks)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	var pk int64
	var number string
	if _, err := pgx.ForEachRow(rows, []any{&pk, &number}, func() error {
		names[pk] = number
		return nil
	}); err != nil {
		return err
	}
	money := func(minor int64) (m invoice.Money) {
		if minor != 0 {
			m = invoice.NewMoney(minor, p.Amount.Currency)
		}
		return m
	}
	for _, g := range p.suggestions {
		v := collection.SuggestionView{Score: g.Score, Evidence: words(g.Evidence)}
		for _, a := range g.Applied {
			v.Invoices = append(v.Invoices, collection.ShareView{Number: names[a.Invoice], Amount: money(a.Amount), Discount: money(a.Discount), Charge: money(a.Charge)})
		}
		p.Suggestions = append(p.Suggestions, v)
	}
	return nil
}
