package invoice_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/invoice"
)

func standing(t *rapid.T, name string) invoice.Standing {
	s := invoice.Standing{Principal: rapid.Int64Range(1, 1e12).Draw(t, name+" principal")}
	s.Credited = rapid.Int64Range(0, s.Principal).Draw(t, name+" credited")
	s.WrittenOff = rapid.Int64Range(0, s.Principal).Draw(t, name+" written off")
	s.Paid = rapid.Int64Range(0, 2*s.Principal).Draw(t, name+" paid")
	s.Discounted = rapid.Int64Range(0, s.Principal).Draw(t, name+" discounted")
	s.Charged = rapid.Int64Range(0, s.Principal).Draw(t, name+" charged")
	return s
}

// From any standing to any other the booking balances, and the accounts end where the standing says.
func TestBookBalances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sums := map[invoice.Account]int64{}
		var at invoice.Standing
		for _, to := range []invoice.Standing{standing(t, "a"), standing(t, "b"), standing(t, "c")} {
			e := invoice.Book("any", at, to, "EUR")
			if len(e.Postings) > 0 {
				require.NoError(t, e.Validate())
			}
			for _, p := range e.Postings {
				sums[p.Account] += p.Amount.Minor
			}
			at = to
		}
		require.Equal(t, at.Balance(), sums[invoice.Receivable])
		require.Equal(t, at.Paid, sums[invoice.Unidentified], "what was paid came from there")
		require.Zero(t, sums[invoice.BankAccount], "only bank lines move the bank account")
		require.Equal(t, at.Discount()+at.Charge(), sums[invoice.Discount]+sums[invoice.BankCharge])
		require.Equal(t, -at.OnAccount(), sums[invoice.Unapplied])
		require.GreaterOrEqual(t, at.Balance(), int64(0))
		require.GreaterOrEqual(t, at.OnAccount(), int64(0))
		require.Equal(t, at.Principal-at.Credited-at.GivenUp()-at.Allowed()-at.Applied(), at.Balance(), "balance = principal − credits − write-offs − allowances − applied")
	})
}

func TestEntryOutOfBalanceIsRefused(t *testing.T) {
	t.Parallel()
	one := invoice.Posting{Account: invoice.BankAccount, Amount: invoice.NewMoney(1, "EUR")}
	require.Error(t, invoice.Entry{Postings: []invoice.Posting{one}}.Validate())
	require.Error(t, invoice.Entry{Postings: []invoice.Posting{one, one}}.Validate())
	other := invoice.Posting{Account: invoice.Unapplied, Amount: invoice.NewMoney(-1, "USD")}
	require.Error(t, invoice.Entry{Postings: []invoice.Posting{one, other}}.Validate(), "currencies balance by themselves")
}

func TestStatusMoves(t *testing.T) {
	t.Parallel()
	require.True(t, invoice.Paid.May(invoice.Open), "a payment may be returned")
	require.False(t, invoice.Cancelled.May(invoice.Open))
	require.True(t, invoice.Expired.May(invoice.Paid), "late money may be accepted")
	require.False(t, invoice.Expired.May(invoice.Open))
	for _, s := range []invoice.Status{invoice.Open, invoice.Placed} {
		require.False(t, s.Settled())
	}
}

// Every field of an event is under the hash, and so is its predecessor.
func TestChainHash(t *testing.T) {
	t.Parallel()
	e := invoice.Event{N: 1, Seq: 2, At: time.Unix(3, 4000), Kind: "k", Actor: "a", Text: "t", Data: []byte(`{}`)}
	base := string(e.ChainHash(nil))
	require.Equal(t, base, string(e.ChainHash(nil)))
	require.NotEqual(t, base, string(e.ChainHash([]byte{1})))
	for name, change := range map[string]func(*invoice.Event){
		"n": func(e *invoice.Event) { e.N++ }, "seq": func(e *invoice.Event) { e.Seq++ }, "at": func(e *invoice.Event) { e.At = e.At.Add(time.Microsecond) },
		"kind": func(e *invoice.Event) { e.Kind = "x" }, "actor": func(e *invoice.Event) { e.Actor = "x" }, "text": func(e *invoice.Event) { e.Text = "x" },
		"data": func(e *invoice.Event) { e.Data = []byte(`[]`) }, "moved": func(e *invoice.Event) { e.Kind, e.Actor = "ka", "" },
	} {
		changed := e
		change(&changed)
		require.NotEqual(t, base, string(changed.ChainHash(nil)), name)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	d, err := invoice.ParseDate("2028-02-29")
	require.NoError(t, err)
	require.Equal(t, "2028-03-01", d.AddDays(1).String())
	require.Equal(t, 366, d.DaysUntil(invoice.NewDate(2029, 3, 1)))
	for _, bad := range []string{"2026-02-31", "31.12.2026", "2026-1-1", ""} {
		_, err := invoice.ParseDate(bad)
		require.Error(t, err, bad)
	}
}

func TestRefusalsNameTheField(t *testing.T) {
	t.Parallel()
	good := invoice.Invoice{
		Key: invoice.Key{Creditor: "acme", Number: "INV-1"}, Kind: invoice.KindInvoice, DebtorID: "d", Amount: invoice.NewMoney(1, "EUR"),
		IssuedOn: invoice.NewDate(2026, 1, 1), DueOn: invoice.NewDate(2026, 1, 31),
	}
	require.NoError(t, good.Validate())
	for field, change := range map[string]func(*invoice.Invoice){
		"number":     func(i *invoice.Invoice) { i.Number = "a b" },
		"total":      func(i *invoice.Invoice) { i.Amount.Minor = -1 },
		"due_on":     func(i *invoice.Invoice) { i.DueOn = invoice.NewDate(2025, 12, 31) },
		"kind":       func(i *invoice.Invoice) { i.Kind = "quote" },
		"pay_url":    func(i *invoice.Invoice) { i.PayURL = "javascript:alert(1)" },
		"goods":      func(i *invoice.Invoice) { i.Goods = "a\r\nBcc: x" },
		"reference":  func(i *invoice.Invoice) { i.Reference = "\xff" },
		"expires_at": func(i *invoice.Invoice) { i.ExpiresAt = time.Unix(1, 0) },
	} {
		bad := good
		change(&bad)
		err := bad.Validate()
		require.Error(t, err, field)
		require.Contains(t, err.Error(), field+":")
	}
}
