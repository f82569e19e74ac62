package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func price(t *testing.T, text string) collection.Price {
	t.Helper()
	p, err := collection.ParsePrice("price", text)
	require.NoError(t, err)
	return p
}

// What a forecast says of the days to come is what then happens, message by message.
func TestForecastComesTrue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	keys := []invoice.Key{d.issue("INV-1", 120000), d.issue("INV-2", 80000)}
	q := collection.ForecastQuery{Days: 60, Email: price(t, "0.001 EUR"), SMS: price(t, "0.09 EUR"), Call: price(t, "4 EUR")}
	f, err := d.Forecast(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, 2, f.Cases)
	require.Equal(t, 1, f.Debtors)
	require.Zero(t, query[int](d, `SELECT count(*) FROM messages`), "a forecast writes nothing")

	var foreseen, happened []string
	for _, a := range f.Acts {
		require.Empty(t, a.Unknown)
		if a.Act == dunning.Email || a.Act == dunning.SMS {
			foreseen = append(foreseen, fmt.Sprint(a.At.Truncate(time.Minute), a.Step, a.Act, a.Invoices))
		}
		if a.Act == dunning.SMS {
			require.Positive(t, a.Segments)
			require.Equal(t, q.SMS.Times(a.Segments), a.Cost)
		}
	}
	for {
		var at time.Time
		var k invoice.Key
		for _, key := range keys {
			if act, ok := d.next(key); ok && (at.IsZero() || act.At.Before(at)) {
				at, k = act.At, key
			}
		}
		if at.IsZero() || at.After(f.Until) {
			break
		}
		before := query[int](d, `SELECT count(*) FROM messages`)
		require.NoError(t, d.travelTo(at))
		act, _ := d.next(k)
		require.NoError(t, d.try(act))
		if query[int](d, `SELECT count(*) FROM messages`) > before {
			covers := query[[]string](d, `SELECT array_agg(i.number ORDER BY i.number <> $1, i.number) FROM message_covers c JOIN invoices i ON i.pk = c.invoice_pk
				WHERE c.message_id = (SELECT id FROM messages ORDER BY claimed_at DESC, id DESC LIMIT 1)`, k.Number)
			happened = append(happened, fmt.Sprint(act.At.Truncate(time.Minute), act.Step, act.Item.Act, covers))
		}
	}
	require.Equal(t, foreseen, happened)
	require.NotEmpty(t, foreseen)
}

func (d *desk) travelTo(to time.Time) error {
	if !to.After(d.now()) {
		return nil
	}
	return d.SetLabClock(d.t.Context(), to)
}

func TestForecastSumsUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.issue("INV-1", 120000)
	d.issue("INV-2", 80000)
	held := d.issue("INV-3", 70000)
	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(held, "h-1")})
	require.NoError(t, err)
	d.pay(a, "p-1", 120000)
	f, err := d.Forecast(t.Context(), collection.ForecastQuery{Days: 366, Creditor: "acme", Policy: "standard-b2b", Email: price(t, "0.001 EUR"), Call: price(t, "4.00 EUR")})
	require.NoError(t, err)
	require.Equal(t, 2, f.Cases, "what is paid is no case any more")
	require.Equal(t, []collection.ForecastGate{{Gate: "hold", Cases: 1}}, f.Waiting)
	emails, calls, cost := 0, 0, int64(0)
	for _, day := range f.Days {
		emails, calls = emails+day.Emails, calls+day.Calls
		for _, c := range day.Cost {
			cost += c.Micro
		}
	}
	require.Equal(t, int64(emails)*1000+int64(calls)*4_000_000, cost)
	require.Equal(t, collection.Costs{{Micro: cost, Currency: "EUR"}}, f.Cost)
	for _, act := range f.Acts {
		require.Equal(t, []string{"INV-2"}, act.Invoices)
	}
	none, err := d.Forecast(t.Context(), collection.ForecastQuery{Days: 10, Policy: "gentle"})
	require.NoError(t, err)
	require.Empty(t, none.Acts)
	_, err = d.Forecast(t.Context(), collection.ForecastQuery{Days: 0})
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
	_, err = d.Forecast(t.Context(), collection.ForecastQuery{Days: 1, Creditor: "nobody"})
	require.Equal(t, invoice.CodeUnknown, invoice.CodeOf(err))
}

func TestEffectsOnRunningCases(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.step(k)
	old, err := d.Policy(t.Context(), "standard-b2b")
	require.NoError(t, err)
	slower, err := dunning.Compiled(old.Canonical())
	require.NoError(t, err)
	step(d, slower, "reminder-1").At.N += 3
	effects, err := d.Effects(t.Context(), old, slower)
	require.NoError(t, err)
	require.Len(t, effects, 1)
	e := effects[0]
	require.Equal(t, k, e.Invoice)
	require.Equal(t, "reminder-1", e.Before[e.First].Step)
	require.True(t, e.After[e.First].At.After(e.Before[e.First].At))
	same, err := d.Effects(t.Context(), old, old)
	require.NoError(t, err)
	require.Equal(t, -1, same[0].First)
}

func BenchmarkForecast(b *testing.B) {
	d := newDesk(b)
	const n = 10000
	for chunk := range n / 1000 {
		var rows []collection.Issue
		for i := range 1000 {
			row := d.row(fmt.Sprintf("INV-%d-%d", chunk, i))
			who := debtor(fmt.Sprintf("d%04d", (chunk*1000+i)/4))
			row.Debtor, row.Invoice.DebtorID = &who, who.ID
			row.Invoice.DueOn = row.Invoice.IssuedOn.AddDays(i % 40)
			rows = append(rows, row)
		}
		_, err := d.IssueMany(b.Context(), rows, true)
		require.NoError(b, err)
	}
	for b.Loop() {
		f, err := d.Forecast(b.Context(), collection.ForecastQuery{Days: 30})
		require.NoError(b, err)
		require.Equal(b, n, f.Cases)
	}
}
