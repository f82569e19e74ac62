package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/collection"
	"dunlin/invoice"
)

// Whatever comes, in whatever order: the bank account is what the booked lines add up to, and every check holds.
func TestMoneyHasOneHome(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	issued, statements := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, most int) int { return rapid.IntRange(0, most).Draw(rt, name) }
		if issued == 0 || draw("issue", 3) == 0 {
			issued++
			d.issue(fmt.Sprintf("NL-3%04d", issued), int64(1000+100*draw("total", 50)))
		}
		number := func() string { return fmt.Sprintf("NL-3%04d", 1+draw("number", issued+1)) }
		switch draw("what", 5) {
		case 0, 1, 2:
			statements++
			var all []transfer
			for range 1 + draw("lines", 4) {
				x := transfer{amount: int64(1000 + 100*draw("amount", 60)), name: "P", text: number(), e2e: fmt.Sprintf("E2E-%d-%d", statements, len(all))}
				switch draw("kind", 5) {
				case 0, 1:
					x.from = blumIBAN
				case 2:
					x.from, x.text = otherIBAN, "thanks"
				case 3:
					x.text += " " + number()
				case 4:
					back := draw("back", statements)
					x = transfer{amount: -x.amount, back: fmt.Sprintf("E2E-%d-%d", back, draw("line", 4)), text: "back"}
					if minor := query[int64](d.desk, `SELECT coalesce(max(amount), 0) FROM bank_details WHERE end_to_end = $1 AND amount > 0`, x.back); minor > 0 {
						x.amount = -minor - int64(draw("fee", 1))*300
						if draw("part", 2) == 0 {
							x.amount = -minor / 2
						}
					}
					if draw("twice", 3) == 0 {
						all = append(all, x)
					}
				case 5:
					x.amount = -x.amount
					if minor := d.onAccount(); minor > 0 && draw("refund", 1) == 0 { // to who has paid too much
						x.from, x.amount = blumIBAN, -query[int64](d.desk, `SELECT coalesce(min(amount), 100) FROM bank_allocations WHERE target = 'on_account' AND amount > 0`)
					}
				}
				all = append(all, x)
			}
			d.receive(statements, all...)
		case 3:
			d.decideAny(draw, number())
		case 4:
			_, err := d.UndoPayment(t.Context(), int64(1+draw("payment", int(d.count("bank_details")))), "ada", "no")
			refusedAtMost(t, err)
		case 5:
			k := invoice.Key{Creditor: "acme", Number: number()}
			payment := fmt.Sprintf("cash-%d", draw("key", 9))
			if draw("return", 2) == 0 {
				_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "back-"+payment+k.Number), Payment: payment + k.Number})
				refusedAtMost(t, err)
				break
			}
			_, err := d.Pay(t.Context(), invoice.Payment{Fact: fact(k, payment+k.Number), Amount: eur(int64(500 + 100*draw("cash", 30)))})
			refusedAtMost(t, err)
		}
		d.sound()
		require.Equal(t, query[int64](d.desk, `SELECT coalesce(sum(amount), 0)::bigint FROM bank_entries WHERE state = 'booked'`), d.balance())
	})
	require.Positive(t, d.count("bank_allocations WHERE undoes IS NOT NULL OR returns IS NOT NULL"))
}

// decideAny does something about some payment, as a person would who doesn't know what state it is in.
func (d *till) decideAny(draw func(string, int) int, number string) {
	m := collection.PaymentMatch{ID: int64(1 + draw("payment", int(d.count("bank_details")))), Actor: "ada"}
	switch draw("choice", 4) {
	case 0:
		m.Suggestion = 1
	case 1:
		m.OnAccount = "blum"
	case 2:
		m.NotOurs = true
	default:
		m.Invoices = []collection.PaymentShare{{Number: number}}
		if draw("part", 1) == 0 {
			m.Invoices[0].Amount = eur(int64(100 + 100*draw("share", 20)))
		}
		if draw("rest", 1) == 0 {
			m.OnAccount = "blum"
		}
	}
	_, err := d.MatchPayment(d.t.Context(), m)
	refusedAtMost(d.t, err)
}

// refusedAtMost lets refusals pass, and nothing else.
func refusedAtMost(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		require.NotEmpty(t, invoice.CodeOf(err), "%v", err)
	}
}
