package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// However many invoices a debtor has due at once, a message takes no more than can be read and written
// while its claim is good; the others go into the next ones, and each step is told once.
func TestOneMessageTakesABoundedNumberOfSiblings(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const n, most = 50, 41
	rows := make([]collection.Issue, n)
	for i := range rows {
		rows[i] = d.row(fmt.Sprintf("INV-%03d", i))
		rows[i].Invoice.DueOn = rows[i].Invoice.DueOn.AddDays(30)
	}
	_, err := d.IssueMany(t.Context(), rows, true)
	require.NoError(t, err)
	var keys []invoice.Key
	for _, r := range rows {
		keys = append(keys, r.Invoice.Key)
		d.step(r.Invoice.Key)
	}
	act, claim := d.claim(keys[n/2])
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	covered := `SELECT count(*) FROM message_covers WHERE step = '` + act.Step + `'`
	require.Equal(t, most, query[int](d, covered))
	for _, k := range keys {
		if next, _ := d.next(k); next.Step == act.Step {
			require.NoError(t, d.try(next))
		}
	}
	require.Equal(t, n, query[int](d, covered))
	d.sound()
}
