package dunning_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// sim drives one case to its end the way the engine does: it walks the plan, takes what is due through
// a guard that plans afresh, and books facts at their times, whether or not anybody walks just then.
type sim struct {
	t       require.TestingT
	p       *dunning.Policy
	c       dunning.Case
	now     time.Time
	facts   []fact      // in order of time
	wakes   []time.Time // looks at no special time
	outages []outage
	reject  map[string]bool // step/act whose message the provider refuses
	route   dunning.Route
	says    dunning.LookSaid      // what people say when they look first; "": send
	feed    func(dunning.Contact) // tells siblings of a contact
	log     []end
	plan    dunning.Plan
}

type fact struct {
	at time.Time
	do func(c *dunning.Case)
}

type outage struct{ from, to time.Time }

type end struct {
	dunning.Taken
	Reason string
}

func (e end) key() string { return e.Step + "/" + string(e.Act) }

// run walks until nothing is left to do or a year and a half has passed.
func (s *sim) run() {
	limit := s.now.AddDate(1, 6, 0)
	s.replan()
	for range 5000 {
		if at, what := s.next(); what == "" || at.After(limit) {
			return
		}
		s.once()
	}
	require.FailNow(s.t, "the case does not come to rest", s.plan.Waiting)
}

// once lets the next thing happen.
func (s *sim) once() {
	at, what := s.next()
	s.now = at
	switch what {
	case "fact":
		s.facts[0].do(&s.c)
		s.facts = s.facts[1:]
	case "wake":
		s.wakes = s.wakes[1:]
	case "act":
		it, _ := s.plan.Earliest()
		s.act(it)
	}
	s.replan()
}

// next returns what happens next: a fact, a wake, or an act when somebody is there to take it.
func (s *sim) next() (time.Time, string) {
	var at time.Time
	what := ""
	if it, ok := s.plan.Earliest(); ok {
		at, what = it.At, "act"
		if at.Before(s.now) {
			at = s.now
		}
		for _, o := range s.outages {
			if !at.Before(o.from) && at.Before(o.to) {
				at = o.to
			}
		}
	}
	if len(s.wakes) > 0 && (what == "" || s.wakes[0].Before(at)) {
		at, what = s.wakes[0], "wake"
	}
	if len(s.facts) > 0 && (what == "" || !s.facts[0].at.After(at)) {
		at, what = s.facts[0].at, "fact"
	}
	if at.Before(s.now) {
		at = s.now
	}
	return at, what
}

// replan computes the plan and puts its skips on file, as every transaction does.
func (s *sim) replan() {
	for i := range s.c.Stops { // what ends by itself
		if st := &s.c.Stops[i]; st.Ended.IsZero() && !st.Until.IsZero() && !st.Until.After(s.now) {
			st.Ended = st.Until
		}
	}
	s.judgePlan()
	s.plan = s.p.Plan(s.c, s.now)
	require.Equal(s.t, s.plan, s.p.Plan(s.c, s.now), "the same case gives the same plan")
	before, rounds := s.plan, 0
	for ; len(s.plan.Skips) > 0; rounds++ {
		for _, k := range s.plan.Skips {
			require.NotEmpty(s.t, k.Reason)
			s.end(k.Step, k.Act, dunning.Skipped, k.Reason)
		}
		s.plan = s.p.Plan(s.c, s.now)
		require.Less(s.t, rounds, 10, "skips on file are not asked for again: %v", s.plan.Skips)
	}
	if rounds == 1 {
		require.Equal(s.t, before.Items, s.plan.Items, "skips on file that make no others change nothing else")
	}
}

// judgePlan ends the payment plan that is broken or kept, as the ledger says. While something else holds
// the case nobody is blamed for an instalment; that is judged when it ends.
func (s *sim) judgePlan() {
	_, broken, kept := s.p.JudgePlan(s.c, s.now)
	excused := slices.ContainsFunc(s.c.Stops, func(st dunning.Stop) bool { return st.Kind != dunning.StopPlan && st.Ended.IsZero() })
	if s.c.PayPlan == nil || !(broken && !excused) && !kept {
		return
	}
	s.c.PayPlan = nil
	for i := range s.c.Stops {
		if st := &s.c.Stops[i]; st.Kind == dunning.StopPlan && st.Ended.IsZero() {
			st.Ended = s.now
		}
	}
}

// look asks somebody to look at a step, who answers two hours later.
func (s *sim) look(step string) {
	s.c.Looks = append(s.c.Looks, dunning.Look{Step: step, Task: "t"})
	said, when := s.says, s.now.Add(2*time.Hour)
	if said == "" {
		said = dunning.LookSend
	}
	s.fact(when, func(c *dunning.Case) {
		for i := range c.Looks {
			if l := &c.Looks[i]; l.Step == step && l.Said == "" {
				l.Said, l.At = said, when
			}
		}
	})
}

func (s *sim) act(it dunning.Item) {
	_, due := s.p.Plan(s.c, s.now).Due(it.Step, it.Act, s.now)
	if !due {
		return // the guard: the plan has moved
	}
	switch it.Act {
	case dunning.Email, dunning.SMS, dunning.PhoneTask:
		s.contact(it)
	case dunning.Review:
		if it.Ref == dunning.LookRef {
			s.look(it.Step)
		}
	case dunning.Decide:
		s.c.DecisionOn = &dunning.Decision{Route: s.route, Approved: true}
		s.end(it.Step, it.Act, dunning.Done, it.Reason)
	case dunning.Place:
		s.c.Handoff = &dunning.Handoff{State: dunning.HandoffSent}
		s.c.Status = invoice.Placed
		s.end(it.Step, it.Act, dunning.Accepted, it.Reason)
	case dunning.Expire:
		s.c.Status = invoice.Expired
		s.c.Balance.Minor = 0
		s.end(it.Step, it.Act, dunning.Done, it.Reason)
	case dunning.Recall:
		s.c.Handoff.State = dunning.HandoffRecalled
		s.end(it.Step, it.Act, dunning.Accepted, it.Reason)
	case dunning.Close: // the workflow would complete: wait for a fact that reopens the case
		s.outages = append(s.outages, outage{s.now, s.now.AddDate(2, 0, 0)})
		if len(s.facts) > 0 {
			s.outages[len(s.outages)-1].to = s.facts[0].at
		}
	}
}

func (s *sim) contact(it dunning.Item) {
	step, ok := s.p.Step(it.Step)
	require.True(s.t, ok)
	ofPlan := strings.HasPrefix(it.Step, "plan-")
	require.True(s.t, !ofPlan || s.c.PayPlan != nil, "%s without a plan", it.Step)
	for _, st := range s.c.Stops {
		stopped := !s.now.Before(st.From) && (st.Ended.IsZero() || s.now.Before(st.Ended)) && !(ofPlan && st.Kind == dunning.StopPlan)
		require.False(s.t, stopped, "%s during a %s", it.Step, st.Kind)
	}
	s.stillOwed(it.Step)
	s.inWindow(step)
	if day := nominalDay(s.c, step); !day.IsZero() {
		require.False(s.t, invoice.DateOf(s.local()).Before(day), "%s on %s is before its day %s", it.Step, s.local(), day)
	}
	s.keepsDistance(step)
	s.keepsGap(step)
	s.keepsCap(step, it.Act)
	o := dunning.Accepted
	switch {
	case it.Act == dunning.PhoneTask:
		o = dunning.Done
	case s.reject[it.Step+"/"+string(it.Act)]:
		o = dunning.Rejected
	}
	s.end(it.Step, it.Act, o, it.Reason)
	if step.Class != dunning.Service && o != dunning.Rejected {
		contact := dunning.Contact{At: s.now, Act: it.Act, Address: s.c.Reach[it.Act].Address}
		s.c.Contacts = append(s.c.Contacts, contact)
		if s.feed != nil {
			s.feed(contact)
		}
	}
}

func (s *sim) local() time.Time {
	loc, err := time.LoadLocation(s.c.Zone)
	require.NoError(s.t, err)
	return s.now.In(loc)
}

func (s *sim) end(step string, a dunning.Act, o dunning.Outcome, reason string) {
	for _, e := range s.log {
		require.False(s.t, e.Step == step && e.Act == a, "%s/%s ends twice", step, a)
	}
	e := end{dunning.Taken{Step: step, Act: a, Outcome: o, At: s.now}, reason}
	s.c.Taken = append(s.c.Taken, e.Taken)
	s.log = append(s.log, e)
}

// ends are the outcomes by step and act.
func (s *sim) ends() map[string]dunning.Outcome {
	m := map[string]dunning.Outcome{}
	for _, e := range s.log {
		m[e.key()] = e.Outcome
	}
	return m
}

// at returns when an act ended.
func (s *sim) at(key string) time.Time {
	for _, e := range s.log {
		if e.key() == key {
			return e.At.In(s.local().Location())
		}
	}
	return time.Time{}
}

// nominalDay is the day of a step by due date and offset alone.
func nominalDay(c dunning.Case, s dunning.Step) invoice.Date {
	if s.At.Anchor == dunning.AtDue && s.At.Unit == dunning.Days {
		return c.DueOn.AddDays(s.At.N)
	}
	return invoice.Date{}
}

// everything is a reach by which the debtor can always be told.
func everything() map[dunning.Act]dunning.Reach {
	ok := dunning.Reach{OK: true}
	return map[dunning.Act]dunning.Reach{dunning.Email: ok, dunning.SMS: ok, dunning.PhoneTask: ok}
}

// berlin is an invoice of 1,000.00 EUR issued on 10 April 2026 and due on Wednesday, 6 May 2026.
func berlin() dunning.Case {
	return dunning.Case{
		Kind: invoice.KindInvoice, DebtorID: "acme/d-1", Status: invoice.Open,
		Amount: invoice.NewMoney(100000, "EUR"), Balance: invoice.NewMoney(100000, "EUR"),
		IssuedAt: utc("2026-04-10 08:00"), IssuedOn: invoice.NewDate(2026, time.April, 10), DueOn: invoice.NewDate(2026, time.May, 6),
		Zone: "Europe/Berlin", Country: "DE", Region: "BE", Type: invoice.Business, Reach: everything(),
	}
}

// order is an unpaid order of New York, placed at 14:00 on 10 April 2026 and open for a day.
func order() dunning.Case {
	c := berlin()
	c.Kind, c.DueOn = invoice.KindOrder, invoice.Date{}
	c.Zone, c.Country, c.Region = "America/New_York", "US", ""
	c.IssuedAt = utc("2026-04-10 18:00")
	c.ExpiresAt = c.IssuedAt.Add(24 * time.Hour)
	return c
}

func contacts(at ...string) []dunning.Contact {
	all := make([]dunning.Contact, len(at))
	for i := range at {
		all[i] = dunning.Contact{At: utc(at[i]), Act: dunning.Email}
	}
	return all
}

func utc(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func shipped(t testing.TB, name string) *dunning.Policy {
	t.Helper()
	p, ok := dunning.ShippedPolicy(name)
	require.True(t, ok)
	return p
}

func newSim(t require.TestingT, p *dunning.Policy, c dunning.Case) *sim {
	return &sim{t: t, p: p, c: c, now: c.IssuedAt, reject: map[string]bool{}, route: dunning.RouteAgency}
}

func (e end) String() string {
	return fmt.Sprintf("%s %s %s: %s", e.At.Format("2006-01-02 15:04"), e.key(), e.Outcome, e.Reason)
}
