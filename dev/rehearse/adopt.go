package rehearse

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// goOn lets the cases that were copied go on under the policy that is rehearsed. Those that follow another
// one adopt it the way they would in earnest, by the product's own adoption: what was taken is not
// repeated. The rest just looks at itself; either way the plan is computed anew and the workflow starts.
func (r *rehearsal) goOn(ctx context.Context) error {
	if err := r.adopt(ctx); err != nil {
		return fmt.Errorf("adopting %s: %w", r.policy.Name, err)
	}
	rows, err := r.pool.Query(ctx, `SELECT creditor, number, cycle FROM invoices i
		WHERE NOT EXISTS (SELECT 1 FROM adoption_cases a WHERE a.invoice_pk = i.pk AND a.state = 'moved') ORDER BY pk`)
	if err != nil {
		return err
	}
	cases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c collection.Case, err error) {
		return c, row.Scan(&c.Creditor, &c.Number, &c.Cycle)
	})
	if err != nil {
		return err
	}
	return r.wake(ctx, cases)
}

func (r *rehearsal) adopt(ctx context.Context) error {
	choice := collection.Choice{Condition: dunning.Condition{Kinds: []invoice.Kind{r.policy.Kind}}, Text: "all of its kind, for a rehearsal"}
	a, err := r.books.BeginAdoption(ctx, "", r.policy.Policy, r.policy.yaml, choice, "rehearsal")
	if err != nil || a.Cases == 0 {
		return err
	}
	refused := map[string]int{}
	for {
		c, more, err := r.books.AdoptNext(ctx, a.ID, "rehearsal")
		switch {
		case err != nil:
			return err
		case !more:
			for _, why := range ranked(refused, "") {
				r.report.note("%d cases keep the policy they have: %s", why.N, why.What)
			}
			return nil
		case c.State == collection.AdoptionMoved:
			r.report.Joined++
		default:
			refused[c.Reason]++
		}
	}
}

// wake lets cases look at themselves, some at once.
func (r *rehearsal) wake(ctx context.Context, cases []collection.Case) error {
	var all sync.WaitGroup
	errs, slots := make(chan error, len(cases)), make(chan struct{}, 6)
	for _, c := range cases {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := r.books.Rewake(ctx, c); err != nil {
				errs <- fmt.Errorf("%s: %w", c.Key, err)
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}
