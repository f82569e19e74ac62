package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/store"
)

// try does an act the way a workflow would, whatever the answer. A message's fate is drawn by its attempt.
func (d *desk) try(act collection.Act) error {
	ctx := d.t.Context()
	var err error
	switch act.Item.Act {
	case dunning.Email, dunning.SMS, dunning.Place, dunning.Recall:
		var claim collection.Claim
		if claim, err = d.Claim(ctx, act); err != nil || claim.Answer != nil {
			break
		}
		_, err = d.Finish(ctx, claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "p-" + claim.Attempt})
	case dunning.PhoneTask:
		_, err = d.OpenPhoneTask(ctx, act)
	case dunning.Decide:
		_, err = d.Decide(ctx, act)
	case dunning.LookUp:
		var l collection.LookUp
		if l, err = d.BeginLookUp(ctx, act); err == nil && l.Answer == nil {
			_, err = d.FinishLookUp(ctx, act, l.Attempt, collection.Finding{Evidence: collection.Nothing})
		}
	case dunning.Close:
		_, err = d.CloseCase(ctx, act)
	default:
		_, err = d.Review(ctx, act)
	}
	if _, later := errors.AsType[*store.RetryLater](err); later {
		return nil
	}
	return err
}

// chaos is one goroutine's dealings with the cases.
type chaos struct {
	*desk
	*rand.Rand
	keys []invoice.Key
	who  int
	n    int
}

// fact tells one random fact. What the rules refuse is refused; nothing else may fail.
func (c *chaos) fact() error {
	ctx := c.t.Context()
	c.n++
	k := c.keys[c.IntN(len(c.keys))]
	f := fact(k, fmt.Sprintf("%d-%d", c.who, c.n))
	f.Reason = "why not"
	var err error
	switch c.IntN(16) {
	case 0, 1:
		_, err = c.Pay(ctx, invoice.Payment{Fact: f, Amount: eur(c.Int64N(60000) + 1)})
	case 2:
		_, err = c.ReturnPayment(ctx, invoice.Return{Fact: f, Payment: fmt.Sprintf("%d-%d", c.who, c.IntN(c.n)+1)})
	case 3:
		_, err = c.Credit(ctx, invoice.CreditNote{Fact: f, Amount: eur(c.Int64N(3000) + 1)})
	case 4:
		_, err = c.Hold(ctx, invoice.Hold{Fact: f})
	case 5:
		_, err = c.Release(ctx, invoice.Release{Fact: f})
	case 6:
		_, err = c.Dispute(ctx, invoice.Dispute{Fact: f, Amount: c.part(30000)})
	case 7:
		how := []invoice.ResolvedHow{"", invoice.Upheld, invoice.Withdrawn, invoice.Credited}
		_, err = c.Resolve(ctx, invoice.Resolution{Fact: f, How: how[c.IntN(len(how))]})
	case 12, 13:
		_, err = c.AgreePlan(ctx, invoice.PaymentPlan{Fact: f, Instalments: c.divided(k)})
	case 14:
		_, err = c.WithdrawPlan(ctx, invoice.PlanEnd{Fact: f})
	case 8:
		_, err = c.Promise(ctx, invoice.Promise{Fact: f, By: invoice.DateOf(c.now()).AddDays(2)})
	case 9:
		err = c.OptOut(ctx, invoice.OptOut{Creditor: "acme", Channel: invoice.Email, Address: "ap@blum.example", Lift: c.IntN(3) > 0})
	case 10:
		b := debtor("blum")
		b.Name = fmt.Sprint("Blum ", c.n)
		err = c.PutDebtor(ctx, b, "chaos")
	default:
		err = c.desk.try(collection.Act{Case: collection.Case{Key: k, Cycle: 1}, Item: dunning.Item{Act: dunning.Review}})
	}
	return refusal(err)
}

// part is an amount, or none.
func (c *chaos) part(below int64) invoice.Money {
	if c.IntN(2) == 0 {
		return invoice.Money{}
	}
	return eur(c.Int64N(below) + 1)
}

// divided is a plan over what is open now; by the time it is told that may be wrong.
func (c *chaos) divided(k invoice.Key) []invoice.Instalment {
	left, parts := c.view(k).Balance.Minor, []invoice.Instalment(nil)
	for day := invoice.DateOf(c.now()).AddDays(1 + c.IntN(3)); left > 0; day = day.AddDays(1 + c.IntN(9)) {
		part := min(left, c.Int64N(60000)+20000)
		parts, left = append(parts, invoice.Instalment{DueOn: day, Amount: eur(part)}), left-part
	}
	return parts
}

func refusal(err error) error {
	if invoice.CodeOf(err) != "" {
		return nil
	}
	return err
}

// act plays the workflow of one case for a moment; some answers are lost, some reports come from outside.
func (c *chaos) act() error {
	ctx := c.t.Context()
	act, ok := c.next(c.keys[c.IntN(len(c.keys))])
	if !ok {
		return nil
	}
	if act.At.After(c.now()) {
		c.travel(act.At)
	}
	switch act.Item.Act {
	case dunning.Email, dunning.SMS, dunning.Place, dunning.Recall:
	default:
		return c.try(act)
	}
	claim, err := c.Claim(ctx, act)
	if err != nil || claim.Answer != nil {
		if _, later := errors.AsType[*store.RetryLater](err); later {
			return nil
		}
		return err
	}
	results := []collection.ResultKind{collection.SendAccepted, collection.SendAccepted, collection.SendUnknown, collection.SendUnsent, collection.SendRejected}
	if c.IntN(4) == 0 {
		bounce := collection.Delivery{Provider: "sendgrid", DedupeKey: claim.Attempt, Attempt: claim.Attempt, Kind: collection.Processed, At: c.now()}
		if err := c.RecordDeliveries(ctx, []collection.Delivery{bounce, bounce}); err != nil {
			return err
		}
	}
	_, err = c.Finish(ctx, claim.Attempt, collection.Result{Kind: results[c.IntN(len(results))], Reason: "by chance", ProviderID: claim.Attempt})
	return err
}

// Facts, workflows, reports and look-ups at once, on invoices of one debtor that share their messages:
// whatever the order, the books balance, no message leaves after a stop, and no history has a hole.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var keys []invoice.Key
	for i := range 6 {
		keys = append(keys, d.issue(fmt.Sprint("INV-", i), 120000))
	}
	var wg sync.WaitGroup
	end := time.Now().Add(4 * time.Second)
	for who := range 10 {
		c := &chaos{desk: d, Rand: rand.New(rand.NewPCG(7, uint64(who))), keys: keys, who: who}
		wg.Go(func() {
			for time.Now().Before(end) {
				do := c.act
				if who%2 == 0 {
					do = c.fact
				}
				if err := do(); err != nil {
					t.Errorf("%d: %v", who, err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.Positive(t, query[int64](d, `SELECT count(*) FROM attempts`))
	require.Positive(t, query[int64](d, `SELECT count(*) FROM payment_plans`))
	require.Positive(t, query[int64](d, `SELECT count(*) FROM stops WHERE kind = 'dispute' AND amount > 0`))
	require.Zero(t, query[int64](d, `SELECT count(*) FROM (SELECT 1 FROM message_covers WHERE NOT void GROUP BY invoice_pk, step, act HAVING count(*) > 1) AS twice`))
	require.Zero(t, query[int64](d, `SELECT count(*) FROM invoices i LEFT JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle WHERE c.cycle IS NULL`))
	require.Zero(t, query[int64](d, `SELECT count(*) FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle WHERE i.status IN ('open', 'placed') AND c.closed_at IS NOT NULL`))
	require.Zero(t, query[int64](d, `SELECT count(*) FROM entries e WHERE e.invoice_pk IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events v WHERE v.invoice_pk = e.invoice_pk AND v.xid::text = e.xmin::text)`), "every booking has its event in the same transaction")

	require.Zero(t, query[int64](d, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`), "locks are taken in one order")

	// Left alone, everything that is under way finds its end.
	for range 400 {
		busy := false
		for _, k := range keys {
			if act, ok := d.next(k); ok && query[bool](d, `SELECT EXISTS (SELECT 1 FROM attempts WHERE state IN ('in_flight', 'unknown'))`) {
				d.travel(act.At)
				require.NoError(t, d.try(act))
				busy = true
			}
		}
		if !busy {
			break
		}
	}
	require.Zero(t, query[int64](d, `SELECT count(*) FROM attempts WHERE state IN ('in_flight', 'unknown')`))
	d.sound()
}

// No act is deferred behind the back of the one who lifts the switch: he waits for claims under way.
func TestResumeForgetsNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	act := d.due(k)
	require.NoError(t, d.StopSending(t.Context(), collection.Switch{Scope: "all", Reason: "drill"}))
	conn, err := pgx.Connect(t.Context(), d.url)
	require.NoError(t, err)
	slow, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = slow.Exec(t.Context(), `LOCK TABLE events IN SHARE MODE`) // the claim has seen the switch and cannot commit
	require.NoError(t, err)
	waiters := func(n int) bool { return query[int](d, `SELECT count(*) FROM pg_locks WHERE NOT granted`) >= n }
	claimed, resumed := make(chan error, 1), make(chan error, 1)
	go func() { claimed <- d.try(act) }()
	require.Eventually(t, func() bool { return waiters(1) }, 10*time.Second, 5*time.Millisecond)
	go func() { resumed <- d.ResumeSending(t.Context(), "all", "boss") }()
	require.Eventually(t, func() bool { return len(resumed) == 1 || waiters(2) }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, slow.Rollback(t.Context()))
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, <-claimed)
	require.NoError(t, <-resumed)
	_, planned := d.next(k)
	require.True(t, planned, "the act is not held any more")
}
