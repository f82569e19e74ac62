package dunning_test

import (
	"fmt"
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
		at, what := s.next()
		if what == "" || at.After(limit) {
			return
		}
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
	require.FailNow(s.t, "the case does not come to rest", s.plan.Waiting)
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
	s.plan = s.p.Plan(s.c, s.now)
	require.Equal(s.t, s.plan, s.p.Plan(s.c, s.now), "the same case gives the same plan")
	if len(s.plan.Skips) == 0 {
		return
	}
	for _, k := range s.plan.Skips {
		require.NotEmpty(s.t, k.Reason)
		s.end(k.Step, k.Act, dunning.Skipped, k.Reason)
	}
	before := s.plan
	s.plan = s.p.Plan(s.c, s.now)
	require.Empty(s.t, s.plan.Skips, "skips on file are not asked for again")
	require.Equal(s.t, before.Items, s.plan.Items, "skips on file change nothing else")
}

func (s *sim) act(it dunning.Item) {
	_, due := s.p.Plan(s.c, s.now).Due(it.Step, it.Act, s.now)
	if !due {
		return // the guard: the plan has moved
	}
	switch it.Act {
	case dunning.Email, dunning.SMS, dunning.PhoneTask:
		s.contact(it)
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
	for _, st := range s.c.Stops {
		stopped := !s.now.Before(st.From) && (st.Ended.IsZero() || s.now.Before(st.Ended))
		require.False(s.t, stopped, "%s during a %s", it.Step, st.Kind)
	}
	step, ok := s.p.Step(it.Step)
	require.True(s.t, ok)
	s.inWindow(step)
	if day := nominalDay(s.c, step); !day.IsZero() {
		require.False(s.t, invoice.DateOf(s.local()).Before(day), "%s on %s is before its day %s", it.Step, s.local(), day)
	}
	s.keepsGap(step)
	s.keepsCap(step)
	o := dunning.Accepted
	switch {
	case it.Act == dunning.PhoneTask:
		o = dunning.Done
	case s.reject[it.Step+"/"+string(it.Act)]:
		o = dunning.Rejected
	}
	s.end(it.Step, it.Act, o, it.Reason)
	if step.Class != dunning.Service && o != dunning.Rejected {
		s.c.Contacts = append(s.c.Contacts, dunning.Contact{At: s.now, Act: it.Act})
	}
}

func (s *sim) local() time.Time {
	loc, err := time.LoadLocation(s.c.Zone)
	require.NoError(s.t, err)
	return s.now.In(loc)
}

// inWindow checks the hours by the wall clock alone, and weekends; holidays have tests of their own.
func (s *sim) inWindow(step dunning.Step) {
	at := s.local()
	minute := at.Hour()*60 + at.Minute()
	from, to := 9*60, 18*60
	if step.Class == dunning.Service {
		from, to = 8*60, 21*60
	} else if s.c.Country != "CN" {
		require.False(s.t, at.Weekday() == time.Saturday || at.Weekday() == time.Sunday, "%s on a weekend: %s", step.ID, at)
	}
	require.True(s.t, minute >= from && minute < to, "%s outside its window: %s", step.ID, at)
}

func (s *sim) keepsGap(step dunning.Step) {
	for _, e := range s.log {
		told := e.Outcome == dunning.Accepted || e.Outcome == dunning.Done
		if e.Step == step.ID || !e.Act.Contacts() || !told || s.c.Kind == invoice.KindOrder {
			continue
		}
		earliest := e.At.In(s.local().Location()).AddDate(0, 0, step.MinGap.N)
		if step.MinGap.Unit == dunning.Hours {
			earliest = e.At.Add(time.Duration(step.MinGap.N) * time.Hour)
		}
		require.False(s.t, s.now.Before(earliest), "%s at %s comes too soon after %s at %s", step.ID, s.now, e.Step, e.At)
	}
}

func (s *sim) keepsCap(step dunning.Step) {
	if step.Class == dunning.Service {
		return
	}
	var started time.Time
	n := 1
	for _, contact := range s.c.Contacts {
		c := contact.At
		if started.IsZero() || c.Sub(started) >= time.Hour {
			started = c
			if c.After(s.now.Add(-7 * 24 * time.Hour)) {
				n++
			}
		}
	}
	if s.now.Sub(started) < time.Hour {
		return // part of a contact that had begun
	}
	require.LessOrEqual(s.t, n, 3, "%s is one contact too many in 7 days", step.ID)
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
