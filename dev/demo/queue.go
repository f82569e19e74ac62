package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dunlin/collection"
	"dunlin/invoice"
)

// queue is what somebody does once a day about payments that no rule decides: she reads what may be meant, asks
// the debtor where she has to, and decides with dunlin bank match.
func (p *player) queue(ctx context.Context) error {
	var waiting struct {
		Items []collection.PaymentView `json:"items"`
	}
	if err := p.api.do(ctx, "mara", http.MethodGet, "/v1/bank/payments?limit=500&state=undecided", nil, &waiting); err != nil {
		return err
	}
	for _, v := range waiting.Items {
		m := p.bank.movementOf(v)
		if m == nil {
			return fmt.Errorf("payment %d of %s over %s waits, and the bank knows nothing of it", v.ID, v.BookedOn, v.Amount)
		}
		if err := p.match(ctx, v, m); err != nil {
			return err
		}
	}
	return nil
}

// movementOf finds what the bank booked for a payment on file: the day, the amount and the words are the same.
func (b *bank) movementOf(v collection.PaymentView) *movement {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.meant, func(m *movement) bool {
		return m.account.number == v.Account && m.account.currency == v.Amount.Currency && m.line.Booked == v.BookedOn && m.line.Minor == v.Amount.Minor &&
			(m.line.Text == "" || strings.Contains(strings.Join(v.Remittance, " "), m.line.Text))
	})
	if i < 0 {
		return nil
	}
	return b.meant[i]
}

// match decides about one payment, with a suggestion where one says what is meant.
func (p *player) match(ctx context.Context, v collection.PaymentView, m *movement) error {
	args := []string{"bank", "match", strconv.FormatInt(v.ID, 10), "--actor", "mara"}
	switch n := slices.IndexFunc(v.Suggestions, m.fits); {
	case !m.ours:
		p.note("%s (%s) is not ours", v.Amount, m.line.Text)
		args = append(args, "--not-ours", "--reason", "belongs to no invoice")
	case len(m.meant) == 0:
		p.note("%s of %s stay on account: paid twice", v.Amount, m.debtor)
		args = append(args, "--on-account", m.debtor, "--reason", "paid twice; they want it kept")
	case n >= 0:
		p.note("mara takes suggestion %d for the %s of %s", n+1, v.Amount, names(m.meant))
		args = append(args, "--suggestion", strconv.Itoa(n+1))
		p.suggested++
	default:
		p.note("mara finds out that %s are for %s", v.Amount, names(m.meant))
		for _, s := range m.meant {
			args = append(args, "--invoice", s.number+"="+invoice.NewMoney(s.minor, v.Amount.Currency).Decimal()+" "+string(v.Amount.Currency))
		}
		args = append(args, "--reason", "asked them")
	}
	_, err := p.lab.CLI(ctx, args...)
	return err
}

// fits says whether a suggestion is what was meant.
func (m *movement) fits(s collection.SuggestionView) bool {
	if len(s.Invoices) != len(m.meant) {
		return false
	}
	for _, x := range s.Invoices {
		if !slices.Contains(m.meant, share{x.Number, x.Amount.Minor}) {
			return false
		}
	}
	return true
}

func names(all []share) string {
	var list []string
	for _, s := range all {
		list = append(list, s.number)
	}
	return strings.Join(list, " and ")
}

func money(minor int64, c invoice.Currency) string { return invoice.NewMoney(minor, c).String() }

// gate checks that a formal step of an invoice waits for statements, and says so.
func (p *player) gate(ctx context.Context, l line) error {
	var plan struct {
		Plan struct {
			Held []struct{ Step, Gate, Reason string } `json:"held"`
		} `json:"plan"`
	}
	if err := p.api.do(ctx, "mara", http.MethodGet, invoicePath(l.number)+"/plan", nil, &plan); err != nil {
		return err
	}
	for _, h := range plan.Plan.Held {
		if h.Gate == "stale_feed" {
			p.note("%s waits with its %s: %s", l.number, h.Step, h.Reason)
			p.gated++
			return nil
		}
	}
	return fmt.Errorf("nothing of %s waits for statements: %v", l.number, plan.Plan.Held)
}

// terms issues an invoice that may be paid early for less: NUMBER DEBTOR TOTAL CURRENCY DISCOUNT UNTIL DUE.
func (p *player) terms(ctx context.Context, l line) error {
	if len(l.args) != 6 {
		return fmt.Errorf("write NUMBER DEBTOR TOTAL CURRENCY DISCOUNT UNTIL DUE")
	}
	until, err := p.day(l.args[4])
	if err != nil {
		return err
	}
	due, err := p.day(l.args[5])
	if err != nil {
		return err
	}
	amount := func(s string) map[string]string { return map[string]string{"amount": s, "currency": l.args[2]} }
	p.note("%s may be paid early with %s less", l.number, l.args[3])
	return p.api.do(ctx, "erp", http.MethodPost, "/v1/invoices", map[string]any{"invoice": map[string]any{
		"creditor": creditorOf(l.number), "number": l.number, "debtor": l.args[0], "total": amount(l.args[1]),
		"issued_on": invoice.DateOf(p.lab.Clock.Reading()).String(), "due_on": invoice.DateOf(due).String(),
		"discount": amount(l.args[3]), "discount_until": invoice.DateOf(until).String(),
	}}, nil)
}
