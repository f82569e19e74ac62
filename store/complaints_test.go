package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
	"dunlin/store"
)

// These tests bear the names of what people complain about in dunning systems, as far as the books answer
// it; docs/complaints.md lists all of them.

// Twenty-two claims of one step, one after the other and at once, before and after a worker has died, bring
// one message.
func TestSameReminderTwentyTwoTimesIsOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	act := d.due(k)
	var mu sync.Mutex
	var claimed []string
	claims := func(n int) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				claim, err := d.Claim(t.Context(), act)
				if _, later := errors.AsType[*store.RetryLater](err); !later && err != nil {
					t.Errorf("claim: %v", err)
				}
				if err == nil && claim.Answer == nil {
					mu.Lock()
					claimed = append(claimed, claim.Attempt)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
	claims(10)
	require.Len(t, claimed, 1, "ten workers at once")
	// The worker that had it dies; its call cannot answer any more.
	query[int](d, `WITH u AS (UPDATE attempts SET http_deadline = clock_timestamp() - interval '1 minute' RETURNING 1) SELECT 1`)
	claims(10)
	require.NoError(t, d.RecordDeliveries(t.Context(), []collection.Delivery{
		{Provider: "sendgrid", DedupeKey: "1", Attempt: claimed[0], ProviderID: "sg-1", Kind: collection.Delivered, At: d.now()},
	}))
	for range 2 {
		claims(1)
	}
	require.Len(t, claimed, 1, "nothing is sent again, neither after a crash nor once it has arrived")
	require.Equal(t, dunning.Accepted, d.ended(k, act.Step))
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM messages`))
	d.sound()
}

// A payment and the claim of a reminder race: whoever commits second sees the first. Claimed first, the
// message is on file as crossed; paid first, it is not claimed at all.
func TestReminderAlthoughPaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	reminded, spared := 0, 0
	for i := range 12 {
		k := d.stranger(fmt.Sprintf("INV-%02d", i))
		d.overdueBefore(k)
		act := d.due(k)
		var claim collection.Claim
		var wg sync.WaitGroup
		wg.Go(func() {
			var err error
			claim, err = d.Claim(t.Context(), act)
			if err != nil {
				t.Errorf("claim: %v", err)
			}
		})
		wg.Go(func() {
			if _, err := d.Pay(t.Context(), invoice.Payment{Fact: fact(k, k.Number), Amount: eur(120000)}); err != nil {
				t.Errorf("pay: %v", err)
			}
		})
		wg.Wait()
		require.Equal(t, invoice.Paid, d.view(k).Status)
		if claim.Answer != nil {
			spared++
			require.Empty(t, d.messages(k, act.Step))
			continue
		}
		reminded++
		d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: claim.Attempt})
		require.True(t, d.messages(k, act.Step)[0].Crossed, "it says that a payment crossed it")
	}
	t.Logf("claimed first: %d, paid first: %d", reminded, spared)
	d.sound()
}

// overdueBefore walks a case until its first reminder is what comes next.
func (d *desk) overdueBefore(k invoice.Key) {
	d.t.Helper()
	d.walk(k, func() bool { act, ok := d.next(k); return ok && act.Step == "reminder-1" })
}

// A changed policy reaches the running cases that somebody chooses, once he has seen what it does; who is
// not chosen keeps the version he began with.
func TestPolicyChangeReachesRunningCases(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	moved, other := d.stranger("INV-1"), d.stranger("INV-2")
	d.overdue(moved)
	to := variants(t)[1]
	was, ends := d.plan(moved), d.ends(moved)

	shown, err := d.RehearseAdoption(t.Context(), moved, to)
	require.NoError(t, err)
	require.Equal(t, was.Plan, d.plan(moved).Plan, "looking changes nothing")
	_, cases := d.adopt(to, "number=INV-1")
	require.Len(t, cases, 1)
	require.Equal(t, shown.Then, cases[0].Then, "what was shown is what happens")
	require.Equal(t, to.Hash(), d.view(moved).PolicyHash)
	require.Subset(t, d.ends(moved), ends)
	d.joined(moved, to, ends, cases[0].Skipped)
	act, ok := d.next(moved)
	require.True(t, ok)
	require.Equal(t, "reminder-2", act.Step)
	require.NotEqual(t, to.Hash(), d.view(other).PolicyHash)
	d.runs(moved)
	d.sound()
}

// Bringing in what was open before silences nobody: each open invoice has one case, told twice or not, and
// its first message is the one that is its turn.
func TestEnablingSilencesNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var rows []collection.Enrolment
	want := map[string]string{}
	for i, c := range []struct {
		overdue    int
		last, then string
	}{{-20, "", "courtesy"}, {-3, "", "due"}, {1, "", "reminder-1"}, {40, "", "reminder-1"}, {12, "reminder-1", "reminder-2"}, {30, "reminder-2", "call"}} {
		e := d.enrolment(fmt.Sprintf("INV-%d", i), c.overdue)
		if c.last != "" {
			e.LastStep, e.LastContactOn = c.last, invoice.DateOf(d.now()).AddDays(-3)
		}
		rows, want[e.Invoice.Number] = append(rows, e), c.then
	}
	for range 2 { // the file is read again
		results, err := d.Enrol(t.Context(), rows, true)
		require.NoError(t, err)
		for _, r := range results {
			require.NoError(t, r.Err)
		}
	}
	require.Equal(t, len(rows), query[int](d, `SELECT count(*) FROM invoices i JOIN cases c ON c.invoice_pk = i.pk WHERE i.status = 'open' AND c.closed_at IS NULL`))
	wakes, err := d.ClaimWakes(t.Context(), 100)
	require.NoError(t, err)
	require.Len(t, wakes, len(rows), "each workflow is started")
	for _, e := range rows {
		coming := slices.DeleteFunc(slices.Clone(d.plan(e.Invoice.Key).Plan.Items), func(it dunning.Item) bool { return !it.Act.Contacts() })
		require.NotEmpty(t, coming, e.Invoice.Number)
		first := slices.MinFunc(coming, func(a, b dunning.Item) int { return a.At.Compare(b.At) })
		require.Equal(t, want[e.Invoice.Number], first.Step, e.Invoice.Number)
	}
	d.sound()
}

// A pause with a date ends by itself, without anybody who has to remember it.
func TestPauseEndsByItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdueBefore(k)
	until := d.due(k).At.AddDate(0, 0, 9)
	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(k, "h"), Until: until})
	require.NoError(t, err)
	require.Equal(t, dunning.StageHeld, d.plan(k).Stage)
	sent := d.walk(k, func() bool { return d.ended(k, "reminder-1") != "" })
	require.Equal(t, []string{"reminder-1"}, sent)
	require.False(t, d.messages(k, "reminder-1")[0].CreatedAt.Before(until))
	d.sound()
}

// Who pays by direct debit is asked for nothing before the due date: his group has a policy of its own.
func TestAutoPayGetsNoPreDueSteps(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy("direct-debit", func(p *dunning.Policy) {
		p.Steps = slices.DeleteFunc(p.Steps, func(s dunning.Step) bool { return s.ID == "courtesy" || s.ID == "due" })
	})
	d.rules("segments:\n  - {name: direct debit, when: {group: direct-debit, kind: invoice}, policy: direct-debit}\n")
	b := debtor("blum")
	b.Group = "direct-debit"
	require.NoError(t, d.PutDebtor(t.Context(), b, "test"))
	k := d.issue("INV-1", 120000)
	require.Contains(t, d.view(k).Policy, "direct-debit")
	due := d.view(k).Invoice.DueOn
	d.step(k) // the receipt
	act := d.due(k)
	require.Equal(t, "reminder-1", act.Step)
	require.True(t, due.Before(invoice.DateOf(act.At)))
	d.sound()
}

// A message that bounced is known: the next channel takes its place, and a task asks for an address.
func TestBounceIsHeard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "sg-1"})
	d.told(collection.Delivery{Provider: "sendgrid", DedupeKey: "b", Attempt: claim.Attempt, Kind: collection.Bounced, Address: "ap@blum.example", Channel: invoice.Email, Reason: "550 no such user", At: d.now()})
	require.Len(t, d.open(collection.TaskFixContact), 1)
	require.False(t, d.planned(k, dunning.Email))
	acts := map[dunning.Act]bool{}
	for _, it := range d.plan(k).Plan.Items {
		if it.Step == "reminder-1" || it.Step == "reminder-2" {
			acts[it.Act] = true
		}
	}
	require.Equal(t, map[dunning.Act]bool{dunning.PhoneTask: true, dunning.SMS: true}, acts, "a call for the first, SMS for the second")
	d.sound()
}

// The formal notice moves the due date by law: its message names the day, and nothing comes before it.
func TestNewDueDateByLaw(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issueBy("consumer", "INV-1", 120000)
	d.walk(k, func() bool { return d.ended(k, "formal-notice") == dunning.Accepted })
	m := d.messages(k, "formal-notice")[0]
	day := invoice.DateOf(m.CreatedAt).AddDays(14)
	require.Contains(t, m.Text, message.FormatDate(day, "en-DE"))
	act, ok := d.next(k)
	require.True(t, ok)
	require.True(t, day.Before(invoice.DateOf(act.At)), "%s on %s, the notice gave until %s", act.Step, act.At, day)
	d.sound()
}

// A case is over when nothing is owed: not by a part payment, a promise, or a dispute about the rest.
func TestResolvedOnlyWhenNothingIsOwed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	open := func() {
		t.Helper()
		require.Equal(t, invoice.Open, d.view(k).Status)
		require.Equal(t, 1, query[int](d, `SELECT count(*) FROM cases WHERE closed_at IS NULL`))
	}
	d.pay(k, "p-1", 119999)
	open()
	d.disputePart(k, 1)
	open()
	d.resolve(k, invoice.Upheld, invoice.Money{})
	open()
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r-1"), Payment: "p-1"})
	require.NoError(t, err)
	open()
	require.Equal(t, eur(120000), d.view(k).Balance)
	d.pay(k, "p-2", 120000)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	d.end(k)
	require.Zero(t, query[int](d, `SELECT count(*) FROM cases WHERE closed_at IS NULL`))
	d.sound()
}
