package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// Files of one creditor are booked at once, while people pay, match and undo: every cent is booked once, nobody
// fails for good, and the same invoices are not paid twice by rule.
func TestFilesOfOneCreditorAtOnce(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	const invoices, files = 12, 6
	for i := range invoices {
		d.issue(fmt.Sprintf("NL-3%04d", i), int64(10000+100*i))
	}
	imports := make([]collection.Import, files)
	var total int64
	for n := range files {
		var all []transfer
		for i := range invoices {
			j := (i*5 + n*7) % invoices // another order in each file
			x := transfer{amount: int64(10000 + 100*j), from: blumIBAN, name: "Blum", text: fmt.Sprintf("NL-3%04d", j), e2e: fmt.Sprintf("E2E-%04d-%d", j, n)}
			if n%2 == 1 && i%3 == 0 {
				x = transfer{amount: -x.amount, back: fmt.Sprintf("E2E-%04d-%d", j, n-1), text: "back"}
			}
			if i%4 == 3 {
				x.text = "thanks"
			}
			total += x.amount
			all = append(all, x)
		}
		imports[n] = d.put(camt053(n+1, d.today().String(), all...))
	}
	var all sync.WaitGroup
	failed := make(chan error, 1000)
	for n := range files {
		all.Go(func() {
			if err := d.through(t.Context(), imports[n]); err != nil {
				failed <- fmt.Errorf("file %d: %w", n, err)
			}
		})
	}
	for i := range invoices {
		all.Go(func() {
			k := invoice.Key{Creditor: "acme", Number: fmt.Sprintf("NL-3%04d", i)}
			_, err := d.Pay(t.Context(), invoice.Payment{Fact: fact(k, "cash"+k.Number), Amount: eur(500)})
			if err == nil {
				_, err = d.UndoPayment(t.Context(), int64(1+i*3), "ada", "no")
			}
			if err == nil || invoice.CodeOf(err) != "" {
				_, err = d.MatchPayment(t.Context(), collection.PaymentMatch{ID: int64(2 + i*3), Actor: "ada", Invoices: []collection.PaymentShare{{Number: k.Number}}, OnAccount: "blum"})
			}
			if err != nil && invoice.CodeOf(err) == "" {
				failed <- fmt.Errorf("by hand %d: %w", i, err)
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.Equal(t, total+500*invoices, d.balance())
	require.Zero(t, d.count("bank_details WHERE state = 'accepted'"))
	require.Zero(t, d.count("bank_details WHERE evidence::text LIKE '%could not be decided%'"), "who loses a race tries again")
	d.sound()
}
