package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// policy puts a changed copy of the default policy on file and returns its name.
func (d *desk) policy(name string, change func(*dunning.Policy)) string {
	d.t.Helper()
	for _, shipped := range dunning.Shipped() {
		if shipped.Policy.Name != "standard-b2b" {
			continue
		}
		p, err := dunning.Compiled(shipped.Policy.Canonical())
		require.NoError(d.t, err)
		p.Name = name
		change(p)
		require.NoError(d.t, d.PutPolicy(d.t.Context(), p, shipped.YAML))
	}
	return name
}

// issueBy is issue with a policy of its own.
func (d *desk) issueBy(policy, number string, minor int64) invoice.Key {
	d.t.Helper()
	row := d.row(number)
	row.Invoice.Amount, row.Invoice.Policy, row.Invoice.DueOn = eur(minor), policy, invoice.DateOf(d.now()).AddDays(30)
	_, err := d.Issue(d.t.Context(), row)
	require.NoError(d.t, err)
	return row.Invoice.Key
}

// overdue walks a case until its first reminder has gone out.
func (d *desk) overdue(k invoice.Key) {
	d.t.Helper()
	for range 20 {
		if act, _ := d.step(k); act.Step == "reminder-1" {
			return
		}
	}
	d.t.Fatal("no reminder went out")
}

// agree agrees on equal instalments, a month apart, the first in ten days.
func (d *desk) agree(k invoice.Key, n int) []invoice.Instalment {
	d.t.Helper()
	var parts []invoice.Instalment
	balance := d.view(k).Balance.Minor
	for i := range n {
		parts = append(parts, invoice.Instalment{DueOn: invoice.DateOf(d.now()).AddDays(10 + 30*i), Amount: eur(balance / int64(n))})
	}
	_, err := d.AgreePlan(d.t.Context(), invoice.PaymentPlan{Fact: fact(k, "plan"), Instalments: parts})
	require.NoError(d.t, err)
	return parts
}

// walk does what is planned until a condition holds, and returns the steps of the messages that went out.
func (d *desk) walk(k invoice.Key, until func() bool) (sent []string) {
	d.t.Helper()
	for range 60 {
		if until() {
			return sent
		}
		act, _ := d.step(k)
		if act.Item.Act == dunning.Email || act.Item.Act == dunning.SMS {
			sent = append(sent, act.Step)
		}
	}
	d.t.Fatalf("it never came; sent: %v", sent)
	return nil
}

func (d *desk) planState(k invoice.Key) string {
	d.t.Helper()
	return d.view(k).PaymentPlan.State
}

func TestPaymentPlanIsKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	parts := d.agree(k, 4)
	n := 0
	sent := d.walk(k, func() bool { // the first and the last two are paid early, the second on the day it is announced
		v := d.view(k)
		switch {
		case n == 0 && len(d.messages(k, "plan-1-due-1")) > 0:
			d.pay(k, "b1", 30000)
			n++
		case n == 1 && len(d.messages(k, "plan-1-due-2")) > 0:
			d.pay(k, "b2", 60000)
			n++
		case n == 2 && len(d.messages(k, "plan-1-due-4")) > 0:
			d.pay(k, "b4", 30000)
			n++
		}
		return v.Status == invoice.Paid
	})
	for _, step := range sent {
		require.True(t, strings.HasPrefix(step, "plan-1-"), "only the plan's messages go: %v", sent)
	}
	require.Empty(t, d.messages(k, "plan-1-due-3"), "what is paid already is not asked for")
	v := d.view(k)
	require.Equal(t, "kept", v.PaymentPlan.State)
	require.Equal(t, parts[3].DueOn, v.PaymentPlan.Instalments[3].DueOn)
	require.Equal(t, eur(0), v.PaymentPlan.Instalments[3].Open)
	require.Equal(t, "kept", query[string](d, `SELECT how_ended FROM stops WHERE kind = 'payment_plan'`))
	d.sound()
}

// messages are the messages of a step.
func (d *desk) messages(k invoice.Key, step string) (of []collection.MessageView) {
	d.t.Helper()
	c, err := d.Case(d.t.Context(), k)
	require.NoError(d.t, err)
	for _, m := range c.Messages {
		if m.Step == step {
			of = append(of, m)
		}
	}
	return of
}

func TestInstalmentAsksForWhatIsOpenOfIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.agree(k, 3)
	d.pay(k, "b", 10000)
	d.walk(k, func() bool { return len(d.messages(k, "plan-1-due-1")) > 0 })
	m := d.messages(k, "plan-1-due-1")[0]
	require.Equal(t, "instalment-due", m.Template)
	require.Contains(t, m.Text, "300.00")
	d.sound()
}

func TestBrokenPlanAcceleratesOrAsks(t *testing.T) {
	t.Parallel()
	t.Run("accelerate", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		k := d.issue("INV-1", 120000)
		d.overdue(k)
		parts := d.agree(k, 3)
		d.walk(k, func() bool { return d.planState(k) != "active" })
		require.Equal(t, "broken", d.planState(k))
		require.True(t, parts[0].DueOn.Before(invoice.DateOf(d.now())), "the bank has had its grace")
		act, ok := d.next(k)
		require.True(t, ok)
		require.Equal(t, "reminder-2", act.Step)
		require.Greater(t, act.At.Sub(d.now()), 4*24*time.Hour, "the ladder goes on with its gap from the end of the plan")
		d.step(k)
		d.sound()
	})
	t.Run("a person resumes", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		k := d.issueBy(d.policy("asking", func(p *dunning.Policy) { p.Plans.Broken = dunning.AskPerson }), "INV-1", 120000)
		d.overdue(k)
		d.agree(k, 3)
		d.walk(k, func() bool { return d.planState(k) == "broken" })
		asked := d.open(collection.TaskPlan)
		require.Len(t, asked, 1)
		v, err := d.Plan(t.Context(), k)
		require.NoError(t, err)
		require.NotEmpty(t, v.Plan.Held)
		require.Equal(t, dunning.StageHeld, v.Stage)
		_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: asked[0].ID, Outcome: "resume", Actor: "kim"})
		require.NoError(t, err)
		act, ok := d.next(k)
		require.True(t, ok)
		require.Equal(t, "reminder-2", act.Step)
		d.sound()
	})
	t.Run("a new plan answers it", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		k := d.issueBy(d.policy("asking", func(p *dunning.Policy) { p.Plans.Broken = dunning.AskPerson }), "INV-1", 120000)
		d.agree(k, 3)
		d.walk(k, func() bool { return d.planState(k) == "broken" })
		parts := []invoice.Instalment{{DueOn: invoice.DateOf(d.now()).AddDays(9), Amount: eur(120000)}}
		_, err := d.AgreePlan(t.Context(), invoice.PaymentPlan{Fact: fact(k, "again"), Instalments: parts})
		require.NoError(t, err)
		require.Empty(t, d.open(collection.TaskPlan))
		require.Equal(t, 2, d.view(k).PaymentPlan.N)
		d.walk(k, func() bool { return len(d.messages(k, "plan-2-due-1")) > 0 })
		d.sound()
	})
}

// A payment that is taken back uncovers its instalment: the plan is broken, however long ago that was due.
func TestReturnedPaymentUncovers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	parts := d.agree(k, 3)
	d.pay(k, "b1", 40000)
	d.walk(k, func() bool { return len(d.messages(k, "plan-1-due-2")) > 0 })
	require.True(t, parts[0].DueOn.Before(invoice.DateOf(d.now())))
	require.Equal(t, "active", d.planState(k))
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r1"), Payment: "b1"})
	require.NoError(t, err)
	require.Equal(t, "broken", d.planState(k))
	act, ok := d.next(k)
	require.True(t, ok)
	require.True(t, act.At.After(d.now()), "nobody is written to at once")
	d.sound()
}

// Everything paid early ends the plan as kept; when that money is taken back the plan is in force again.
func TestKeptPlanRevives(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.agree(k, 3)
	d.pay(k, "b1", 120000)
	require.Equal(t, "kept", d.planState(k))
	d.end(k)
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r1"), Payment: "b1"})
	require.NoError(t, err)
	require.Equal(t, "active", d.planState(k))
	d.walk(k, func() bool { return d.planState(k) == "broken" })
	d.sound()
}

func TestPlanRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	k := d.issue("INV-1", 120000)
	day := func(n int) invoice.Date { return invoice.DateOf(d.now()).AddDays(n) }
	for name, parts := range map[string][]invoice.Instalment{
		"none":             nil,
		"not the balance":  {{DueOn: day(5), Amount: eur(100)}},
		"another currency": {{DueOn: day(5), Amount: invoice.NewMoney(120000, "USD")}},
		"in the past":      {{DueOn: day(-5), Amount: eur(120000)}},
		"too far":          {{DueOn: day(800), Amount: eur(120000)}},
		"out of order":     {{DueOn: day(15), Amount: eur(60000)}, {DueOn: day(5), Amount: eur(60000)}},
	} {
		_, err := d.AgreePlan(ctx, invoice.PaymentPlan{Fact: fact(k, ""), Instalments: parts})
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), "%s: %v", name, err)
	}
	_, err := d.WithdrawPlan(ctx, invoice.PlanEnd{Fact: fact(k, "")})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	_, err = d.Dispute(ctx, invoice.Dispute{Fact: fact(k, "")})
	require.NoError(t, err)
	_, err = d.AgreePlan(ctx, invoice.PaymentPlan{Fact: fact(k, ""), Instalments: []invoice.Instalment{{DueOn: day(5), Amount: eur(120000)}}})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err), "nobody knows what is owed")
	require.Zero(t, query[int](d, `SELECT count(*) FROM payment_plans`))
	d.sound()
}

func TestWhatEndsAPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end   func(d *desk, k invoice.Key) error
		state string
	}{
		"withdrawn": {func(d *desk, k invoice.Key) error {
			_, err := d.WithdrawPlan(d.t.Context(), invoice.PlanEnd{Fact: fact(k, "")})
			return err
		}, "withdrawn"},
		"cancelled": {func(d *desk, k invoice.Key) error {
			_, err := d.Cancel(d.t.Context(), invoice.Cancellation{Fact: fact(k, "")})
			return err
		}, "withdrawn"},
		"stopped for good": {func(d *desk, k invoice.Key) error {
			f := fact(k, "")
			f.Reason = "insolvency"
			_, err := d.HardStop(d.t.Context(), invoice.HardStop{Fact: f})
			return err
		}, "withdrawn"},
		"paid": {func(d *desk, k invoice.Key) error { d.pay(k, "all", 120000); return nil }, "kept"},
		"credited and paid": {func(d *desk, k invoice.Key) error {
			d.pay(k, "some", 20000)
			_, err := d.Credit(d.t.Context(), invoice.CreditNote{Fact: fact(k, "cn"), Amount: eur(100000)})
			return err
		}, "kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			k := d.issue("INV-1", 120000)
			d.agree(k, 3)
			require.NoError(t, c.end(d, k))
			require.Equal(t, c.state, d.planState(k))
			require.Zero(t, query[int](d, `SELECT count(*) FROM stops WHERE kind = 'payment_plan' AND ended_at IS NULL`))
			d.sound()
		})
	}
}

func TestThePlanToldTwiceIsOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	parts := d.agree(k, 3)
	r, err := d.AgreePlan(t.Context(), invoice.PaymentPlan{Fact: fact(k, "plan"), Instalments: parts})
	require.NoError(t, err)
	require.True(t, r.Repeated)
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM payment_plans`))
	d.sound()
}
