package dunning

import (
	"slices"
	"strconv"
	"time"

	"dunlin/invoice"
)

// planAct is one message that a payment plan may need.
type planAct struct {
	step Step
	m    moment
	in   *Instalment // nil for the agreement
	what string
	held *Held  // it does not come now
	skip string // it does not come at all
}

// payPlan plans the messages of the payment plan in force, and a look at each instalment that should
// have come by then. None of them waits for another, and no other stop lets them through.
func (pl *planner) payPlan() {
	if pl.c.PayPlan == nil {
		return
	}
	if stop := pl.openStop(false); stop != nil {
		pl.holdPlan(*stop)
		return
	}
	acts := pl.planActs()
	slices.SortStableFunc(acts, func(a, b planAct) int { return a.m.at.Compare(b.m.at) })
	for i := range acts {
		pl.planAct(&acts[i], len(pl.p.Steps)+i)
	}
	pl.gate, pl.lastPlanned = nil, time.Time{}
	for i := range pl.c.PayPlan.Instalments {
		pl.reviewOf(&pl.c.PayPlan.Instalments[i])
	}
}

// reviewOf plans the look at which an instalment counts as missed when it has not come.
func (pl *planner) reviewOf(in *Instalment) {
	if !in.Open.Positive() || pl.z.loc == nil {
		return
	}
	if at, err := pl.judgedAt(in); err == nil && at.After(pl.now) {
		pl.item(Item{Step: planStepID(pl.c.PayPlan.N, planDue, in.N), Act: Review, At: at.UTC(), Ref: "plan", Reason: pl.instalmentWords(in) + " should have come by then"}, -1)
	}
}

// holdPlan holds every message of the plan that has no end yet.
func (pl *planner) holdPlan(h Held) {
	if pl.c.PayPlan == nil {
		return
	}
	for _, a := range pl.planActs() {
		for _, act := range pl.untaken(&a.step) {
			pl.hold(Held{Step: a.step.ID, Act: act, Gate: h.Gate, Reason: h.Reason})
		}
	}
}

// planActs returns the messages of the plan with their moments.
func (pl *planner) planActs() []planAct {
	plan := pl.c.PayPlan
	all := make([]planAct, 0, 1+2*len(plan.Instalments))
	add := func(what string, in *Instalment, k int, fix func(a *planAct)) {
		step, _ := pl.p.planStep(planStepID(plan.N, what, k))
		a := planAct{step: step, in: in, what: what}
		if pl.z.loc == nil {
			a.held = &Held{Gate: "zone_missing", Reason: "nobody knows the debtor's time zone"}
		} else {
			fix(&a)
		}
		all = append(all, a)
	}
	add(planAgreed, nil, 0, pl.fixAgreed)
	for i := range plan.Instalments {
		in := &plan.Instalments[i]
		add(planDue, in, in.N, pl.fixDue)
		add(planMissed, in, in.N, pl.fixMissed)
	}
	return all
}

// fixAgreed: the agreement is confirmed at once.
func (pl *planner) fixAgreed(a *planAct) {
	a.m.words = "the payment plan was agreed on " + pl.day(pl.c.PayPlan.From)
	pl.fixPlanAct(a, pl.c.PayPlan.From, nil)
	if late, err := (Span{3, Days}).atLeast(a.m.at, pl.z); err == nil && pl.now.After(late) {
		a.skip = "too late: its moment was " + pl.clock(a.m.at)
	}
}

// fixDue: an instalment is announced some days before, unless the agreement has just named it.
func (pl *planner) fixDue(a *planAct) {
	remind := pl.p.Plans.remind()
	day, err := a.in.DueOn.AddDays(-remind.N), error(nil)
	if remind.Unit == BusinessDays {
		day, err = pl.businessDay(a.in.DueOn, -remind.N)
	}
	a.m.words = remind.Words() + " before " + pl.instalmentWords(a.in)
	pl.fixPlanAct(a, day.At(0, 0, pl.z.loc), err)
	switch {
	case a.m.gate != "":
	case !a.in.Open.Positive():
		pl.paid(a)
	case a.in.DueOn.Before(invoice.DateOf(pl.now.In(pl.z.loc))):
		a.skip = "too late: the instalment was due on " + a.in.DueOn.String()
	case !a.m.at.After(pl.c.PayPlan.From):
		a.skip = "the agreement named it already"
	}
}

// fixMissed: the business day after an instalment was missed it is asked for, unless that broke the plan.
func (pl *planner) fixMissed(a *planAct) {
	at, err := pl.judgedAt(a.in)
	if err == nil {
		var day invoice.Date
		if day, err = pl.z.days.add(invoice.DateOf(at.In(pl.z.loc)), 1); err == nil {
			at = day.At(0, 0, pl.z.loc)
		}
	}
	a.m.words = pl.instalmentWords(a.in) + ", did not come"
	pl.fixPlanAct(a, at, err)
	judged, _ := pl.judgedAt(a.in)
	switch {
	case a.m.gate != "":
	case !a.in.Open.Positive():
		pl.paid(a)
	case judged.After(pl.now):
		a.held = &Held{Gate: "instalment", Reason: "only if " + pl.instalmentWords(a.in) + " does not come"}
	default:
		if _, broken, _ := pl.p.JudgePlan(*pl.c, pl.now); broken {
			a.held = &Held{Gate: "instalment", Reason: "the payment plan is broken"}
		}
	}
}

func (pl *planner) fixPlanAct(a *planAct, nominal time.Time, err error) {
	a.m.nominal = nominal
	if err == nil {
		a.m.at, err = pl.within(&a.step, nominal)
	}
	if err != nil {
		pl.noCalendar(&a.m, err)
		a.held = &Held{Gate: a.m.gate, Reason: a.m.why}
	}
}

// paid ends what asks for an instalment that is covered. Before its time that may still change, when
// the money is taken back.
func (pl *planner) paid(a *planAct) {
	if a.m.at.After(pl.now) {
		a.held = &Held{Gate: "covered", Reason: "instalment " + strconv.Itoa(a.in.N) + " is paid"}
		return
	}
	a.skip = "instalment " + strconv.Itoa(a.in.N) + " is paid"
}

// planAct plans one message of the plan.
func (pl *planner) planAct(a *planAct, rank int) {
	pl.gate, pl.lastPlanned = nil, time.Time{}
	untaken := pl.untaken(&a.step)
	switch {
	case a.skip != "":
		pl.skipAll(&a.step, untaken, a.skip)
		return
	case a.held == nil && pl.c.Type == "":
		a.held = &Held{Gate: "type_missing", Reason: "nobody knows whether the debtor is a business or a consumer"}
	}
	if a.held == nil {
		w := pl.ways(&a.step, untaken)
		if w.held == nil {
			pl.take(&a.step, &a.m, rank, w)
			return
		}
		a.held = w.held
	}
	for _, act := range untaken {
		pl.hold(Held{Step: a.step.ID, Act: act, Gate: a.held.Gate, Reason: a.held.Reason})
	}
}

// instalmentWords names an instalment: "instalment 2 of 3, 400.00 EUR, due 14 May".
func (pl *planner) instalmentWords(in *Instalment) string {
	layout := "2 January"
	if in.DueOn.Year != pl.now.In(pl.z.in()).Year() {
		layout += " 2006"
	}
	amount := in.Open
	if !amount.Positive() {
		amount = in.Amount
	}
	return "instalment " + strconv.Itoa(in.N) + " of " + strconv.Itoa(len(pl.c.PayPlan.Instalments)) + ", " + amount.String() +
		", due " + in.DueOn.At(0, 0, time.UTC).Format(layout)
}

// planWords says what a payment plan waits for: its earliest instalment that is not covered.
func (pl *planner) planWords() string {
	for i := range pl.c.PayPlan.Instalments {
		if in := &pl.c.PayPlan.Instalments[i]; in.Open.Positive() {
			return "payment plan: " + pl.instalmentWords(in)
		}
	}
	return "payment plan: all instalments are paid"
}
