package dunning

import (
	"cmp"
	"slices"
	"time"

	"dunlin/invoice"
)

// Running is one open case with the policy it follows.
type Running struct {
	Policy *Policy
	Case   Case
}

// Foreseen is one act that a forecast expects.
type Foreseen struct {
	At     time.Time  `json:"at"`   // UTC
	Case   int        `json:"case"` // index of the case that acts
	Step   string     `json:"step"`
	Act    Act        `json:"act"`
	Reason string     `json:"reason"`
	Covers []Covering `json:"covers,omitempty"` // the other cases that the same message tells
}

// Covering is a case that is told in the message of another.
type Covering struct {
	Case int    `json:"case"`
	Step string `json:"step"`
}

// Forecast walks the open cases of one debtor together from now until a moment: each plan in its turn,
// its earliest item taken at its time, the plans computed anew. So caps, minimum gaps and merged messages
// come out as they would. It supposes that nobody pays, that everything arrives, that people look at once
// and approve what is decided, and that what waits for a person without a date goes on waiting.
func Forecast(cases []Running, now, until time.Time) []Foreseen {
	w := &forecaster{now: now.UTC(), until: until.UTC()}
	for i := range cases {
		w.add(cases[i])
	}
	for {
		i, it, ok := w.next()
		if !ok {
			return w.seen
		}
		w.now = later(w.now, it.At)
		w.turn(i, it)
	}
}

// forecaster is one walk.
type forecaster struct {
	now      time.Time
	until    time.Time
	walkers  []*walker
	contacts []Contact // of the debtor, whatever the case
	seen     []Foreseen
}

// walker is one case on its way.
type walker struct {
	Running
	plan   Plan
	looked map[Item]bool // reviews that were done: they are not done twice
	closed bool
}

// add starts a case: what is under way has arrived, and what waits for approval is approved.
func (w *forecaster) add(r Running) {
	c := &r.Case
	c.Taken, c.Stops = slices.Clone(c.Taken), slices.Clone(c.Stops)
	c.Looks, c.Reviews = slices.Clone(c.Looks), slices.Clone(c.Reviews)
	for _, f := range c.InFlight {
		o := Accepted
		if f.SiblingN != "" {
			o = Covered
		}
		c.Taken = append(c.Taken, Taken{Step: f.Step, Act: f.Act, Outcome: o, At: w.now})
		if f.Act == Place {
			c.place()
		}
	}
	c.InFlight = nil
	if len(c.Contacts) > len(w.contacts) { // the same list for all, as far back as each policy looks
		w.contacts = slices.Clone(c.Contacts)
	}
	if c.DecisionOn != nil && !c.DecisionOn.Approved {
		c.decided(c.DecisionOn.Route)
	}
	for i := range c.Looks {
		if l := &c.Looks[i]; l.Said == "" {
			l.Said, l.At = LookSend, w.now
		}
	}
	wk := &walker{Running: r, looked: map[Item]bool{}}
	w.walkers = append(w.walkers, wk)
	w.replan(wk)
}

// next returns the earliest item of all plans; of two at one moment that of the first case.
func (w *forecaster) next() (int, Item, bool) {
	at, found := Item{}, -1
	for i, wk := range w.walkers {
		if it, ok := wk.earliest(); ok && (found < 0 || it.At.Before(at.At)) {
			at, found = it, i
		}
	}
	return found, at, found >= 0 && !at.At.After(w.until)
}

// earliest is the case's next item that has not been looked at.
func (wk *walker) earliest() (Item, bool) {
	if wk.closed {
		return Item{}, false
	}
	for _, it := range wk.plan.Items {
		if !wk.looked[it] {
			return it, true
		}
	}
	return Item{}, false
}

// turn takes an item when a fresh plan still holds it; otherwise the plan has moved.
func (w *forecaster) turn(i int, it Item) {
	wk := w.walkers[i]
	w.replan(wk)
	if _, due := wk.plan.Due(it.Step, it.Act, w.now); !due {
		return
	}
	w.take(i, it)
	w.replan(wk)
}

// replan judges the dates that have come, computes the plan, and puts on file what it skips.
func (w *forecaster) replan(wk *walker) {
	c := &wk.Case
	c.Contacts = w.contacts
	for i := range c.Stops {
		if s := &c.Stops[i]; s.Ended.IsZero() && !s.Until.IsZero() && !s.Until.After(w.now) {
			s.Ended = s.Until
		}
	}
	wk.judgePlan(w.now)
	c.Reviews = slices.DeleteFunc(c.Reviews, func(r ReviewAt) bool { return !r.At.After(w.now) })
	for range maxForecastRounds {
		if wk.plan = wk.Policy.Plan(*c, w.now); len(wk.plan.Skips) == 0 {
			return
		}
		for _, s := range wk.plan.Skips {
			c.Taken = append(c.Taken, Taken{Step: s.Step, Act: s.Act, Outcome: Skipped, At: w.now})
		}
	}
}

// judgePlan breaks a payment plan whose instalments did not come: nobody pays in a forecast. While something
// else holds the case nobody is blamed for an instalment; that is judged when it ends.
func (wk *walker) judgePlan(now time.Time) {
	c := &wk.Case
	excused := slices.ContainsFunc(c.Stops, func(s Stop) bool { return s.Kind != StopPlan && s.Ended.IsZero() })
	if c.PayPlan == nil || excused {
		return
	}
	if _, broken, _ := wk.Policy.JudgePlan(*c, now); !broken {
		return
	}
	c.PayPlan = nil
	for i := range c.Stops {
		if s := &c.Stops[i]; s.Kind == StopPlan && s.Ended.IsZero() {
			s.Ended = now
		}
	}
	if wk.Policy.Plans.Broken == AskPerson {
		c.Stops = append(c.Stops, Stop{Kind: StopHold, From: now})
	}
}

// maxForecastRounds is how often skips on file may lead to other skips.
const maxForecastRounds = 8

// take does an act and writes down what a person would notice.
func (w *forecaster) take(i int, it Item) {
	wk := w.walkers[i]
	c := &wk.Case
	seen := Foreseen{At: w.now, Case: i, Step: it.Step, Act: it.Act, Reason: it.Reason}
	end := func(o Outcome) {
		c.Taken = append(c.Taken, Taken{Step: it.Step, Act: it.Act, Outcome: o, At: w.now})
	}
	switch it.Act {
	case Email, SMS:
		seen.Covers = w.cover(i, it)
		end(Accepted)
		w.contacted(wk, it)
	case PhoneTask:
		end(Person)
		w.contacted(wk, it)
	case Decide:
		c.decided(wk.Policy.Decide(*c).Route)
		end(Done)
	case Place:
		c.place()
		end(Accepted)
	case Recall:
		c.Handoff = &Handoff{State: HandoffRecalled}
		end(Accepted)
	case Expire:
		c.settle(invoice.Expired)
		end(Done)
	case Close:
		wk.closed = true
		return
	default:
		wk.look(it, w.now)
		return
	}
	w.seen = append(w.seen, seen)
}

// look does a review: dates have been judged by the plan itself, and who is to look says "send".
func (wk *walker) look(it Item, now time.Time) {
	wk.looked[it] = true
	if it.Ref == "look" {
		wk.Case.Looks = append(wk.Case.Looks, Look{Step: it.Step, Said: LookSend, At: now})
	}
	if h := wk.Case.Handoff; h != nil && !h.Review.IsZero() && !h.Review.After(now) {
		wk.Case.Handoff = &Handoff{State: h.State}
	}
}

// contacted counts a contact for all cases of the debtor.
func (w *forecaster) contacted(wk *walker, it Item) {
	s, _ := wk.Policy.Step(it.Step)
	contact := Contact{At: w.now, Act: it.Act}
	if it.Act != PhoneTask {
		if s.Class == Service {
			return
		}
		contact.Address = wk.Case.Reach[it.Act].Address
	}
	w.contacts = append(w.contacts, contact)
}

// cover tells the siblings' steps that fit into the message, the latest planned first where there are
// too many, as the claim of a message does.
func (w *forecaster) cover(own int, it Item) []Covering {
	p := w.walkers[own].Policy
	s, _ := p.Step(it.Step)
	if !p.Mergeable(it.Step) || w.walkers[own].Case.Stopped() { // what goes in spite of a stop travels alone
		return nil
	}
	by := w.now.Add(p.MergeFor())
	var covers []Covering
	for _, i := range w.near(own, by) {
		wk := w.walkers[i]
		if wk.Case.Kind != w.walkers[own].Case.Kind || wk.Case.Stopped() {
			continue
		}
		wk.Case.Contacts = w.contacts
		step, ok := wk.Policy.Joins(wk.Policy.Plan(wk.Case, w.now), it.Act, s.Class, by)
		if !ok {
			continue
		}
		wk.Case.Taken = append(wk.Case.Taken, Taken{Step: step.ID, Act: it.Act, Outcome: Covered, At: w.now})
		covers = append(covers, Covering{Case: i, Step: step.ID})
	}
	return covers
}

// near returns the siblings that are planned by a moment, in order, at most as many as fit.
func (w *forecaster) near(own int, by time.Time) []int {
	var near []int
	at := map[int]time.Time{}
	for i, wk := range w.walkers {
		if it, ok := wk.earliest(); ok && i != own && wk.Case.Status == invoice.Open && !it.At.After(by) {
			near, at[i] = append(near, i), it.At
		}
	}
	if len(near) > MergeMost {
		slices.SortStableFunc(near, func(a, b int) int { return cmp.Or(at[b].Compare(at[a]), cmp.Compare(a, b)) })
		near = near[:MergeMost]
		slices.Sort(near)
	}
	return near
}

// decided puts an approved decision on file; one that only a person can take stays open.
func (c *Case) decided(route Route) {
	c.DecisionOn = &Decision{Route: route, Approved: route != RoutePerson}
	if route == RouteWriteOff {
		c.settle(invoice.WrittenOff)
	}
}

// place hands the claim over; the lawyer or agency acknowledges.
func (c *Case) place() {
	c.Handoff, c.Status = &Handoff{State: HandoffAcknowledged}, invoice.Placed
}

func (c *Case) settle(s invoice.Status) { c.Status, c.Balance.Minor = s, 0 }
