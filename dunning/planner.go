package dunning

import (
	"cmp"
	"slices"
	"time"

	"dunlin/invoice"
)

// Plan returns what comes, in order of time, as seen at now. It is called in every transaction that
// changes a case, and again right before a message is sent: a message may only leave when the fresh
// plan holds it with an instant that is not after now. The same case at the same moment gives the same
// plan; putting the plan's own skips on file gives the same plan without them, and now and then a further
// skip: whoever keeps the file asks again until there is none.
func (p *Policy) Plan(c Case, now time.Time) Plan {
	pl := newPlanner(p, &c, now)
	pl.plan()
	return pl.out
}

// planner is one computation of a plan.
type planner struct {
	p   *Policy
	c   *Case
	now time.Time
	z   zone

	moments  []moment    // one per step of the policy
	planned  []time.Time // by step: when its last act is planned in this plan; zero when none is
	contacts []Contact   // on file and planned, in order of time
	scratch  []time.Time // of the caps
	blocks   []block     // stops, overlapping ones joined
	expiry   time.Time

	fates       []fate
	lastContact time.Time  // the latest contact planned so far
	lastPlanned time.Time  // no later step comes before it
	ends        []Item     // looks at which acts are skipped that cannot be sent
	lates       []lateness // steps that may end as late before they come
	noticeSent  time.Time
	newDue      time.Time // the day after the new due date that a planned step gives
	gate        *Held     // what holds this and every later step of the ladder

	assume bool // suppose that decisions are approved and messages arrive, to show what would come
	order  []int
	out    Plan
}

func newPlanner(p *Policy, c *Case, now time.Time) *planner {
	return &planner{p: p, c: c, now: now.UTC(), z: zoneOf(c), expiry: c.ExpiresAt}
}

func (pl *planner) plan() {
	switch {
	case pl.c.Status.Settled() || !pl.c.Balance.Positive():
		pl.settled()
	case pl.hardStop() != nil:
		pl.lookUps()
		pl.holdAll(*pl.hardStop())
		pl.holdPlan(*pl.hardStop())
	default:
		pl.lookUps()
		pl.reviews()
		pl.open()
	}
	pl.sort()
	pl.out.Stage = pl.stage()
	pl.out.Waiting = pl.waiting()
}

// settled plans the end: what is with the lawyer or the agency is taken back first, and a placement or
// a recall whose answer was lost is looked up before; collecting messages are not waited for. A debtor who
// had paid already when a message went out may be thanked before.
func (pl *planner) settled() {
	pl.lookUps()
	for _, f := range pl.c.InFlight {
		if f.Act == Place || f.Act == Recall {
			pl.hold(Held{Step: f.Step, Act: Close, Gate: "in_flight", Reason: "waits until it is known whether the " + f.Act.words() + " arrived"})
			return
		}
	}
	at := pl.now
	free, mayClose := pl.thanks()
	if h := pl.c.Handoff; h != nil && (h.State == HandoffSent || h.State == HandoffAcknowledged) {
		step := pl.placeStep()
		if _, taken := pl.taken(step, Recall); !taken {
			d, deferred := pl.deferred(step, Recall)
			if deferred && d.NotBefore.IsZero() {
				pl.hold(Held{Step: step, Act: Recall, Gate: "deferred", Reason: clean(d.Reason)})
				return
			}
			at = later(at, d.NotBefore)
			pl.item(Item{Step: step, Act: Recall, At: at, Reason: "nothing is owed any more: the placement is recalled"}, len(pl.p.Steps))
		}
	}
	if mayClose {
		pl.item(Item{Act: Close, At: later(at, free), Reason: "nothing is owed any more"}, len(pl.p.Steps)+len(pl.c.Crossed)+1)
	}
}

func (pl *planner) placeStep() string {
	if i := pl.p.find(Place, 0); i >= 0 {
		return pl.p.Steps[i].ID
	}
	return string(Place)
}

// open plans an open case: the placement if there is one, otherwise the ladder.
func (pl *planner) open() {
	h := pl.c.Handoff
	switch {
	case h != nil && h.State == HandoffReturned:
		pl.hold(Held{Step: pl.placeStep(), Act: Place, Gate: "handoff_returned", Reason: "the lawyer or agency has returned the case: a person decides what comes next"})
	case pl.c.Status == invoice.Placed || h != nil && (h.State == HandoffSent || h.State == HandoffAcknowledged):
		if h != nil && !h.Review.IsZero() {
			pl.item(Item{Step: pl.placeStep(), Act: Review, At: h.Review.UTC(), Reason: "the placement should be acknowledged by then"}, -1)
		}
	default:
		pl.prepare()
		pl.ladder()
		pl.payPlan()
		pl.reviewSkips()
		if len(pl.out.Items) == 0 && len(pl.out.Held) == 0 {
			last := pl.p.Steps[len(pl.p.Steps)-1].ID
			pl.hold(Held{Step: last, Act: Review, Gate: "exhausted", Reason: "every step has been taken: a person decides what comes next"})
		}
	}
}

// lookUps plans questions about messages whose answer was lost.
func (pl *planner) lookUps() {
	for _, f := range pl.c.InFlight {
		if !f.LookAt.IsZero() {
			pl.item(Item{Step: f.Step, Act: LookUp, At: f.LookAt.UTC(), Ref: f.Ref, Reason: "asks the provider what became of the " + f.Act.words()}, -2)
		}
	}
}

// reviews plans looks at dates: deadlines of tasks, and the known ends of stops in force.
func (pl *planner) reviews() {
	for _, r := range pl.c.Reviews {
		pl.item(Item{Step: r.Step, Act: Review, At: r.At.UTC(), Ref: r.Ref, Reason: clean(r.Reason)}, -1)
	}
	for _, s := range pl.c.Stops {
		if s.inForce(pl.now) && !s.end().IsZero() {
			pl.item(Item{Act: Review, At: s.end().UTC(), Reason: "the " + s.Kind.words() + " ends"}, -1)
		}
	}
}

// prepare reads what the ladder and a payment plan share.
func (pl *planner) prepare() {
	pl.join()
	pl.planned = make([]time.Time, len(pl.p.Steps))
	pl.contacts = append(make([]Contact, 0, len(pl.c.Contacts)+len(pl.p.Steps)+4), pl.c.Contacts...)
}

func (pl *planner) item(it Item, rank int) {
	pl.out.Items = append(pl.out.Items, it)
	pl.order = append(pl.order, rank)
}

func (pl *planner) hold(h Held) { pl.out.Held = append(pl.out.Held, h) }

func (pl *planner) skip(step string, act Act, reason string) {
	pl.out.Skips = append(pl.out.Skips, Skip{Step: step, Act: act, Reason: reason})
}

// holdAll holds every act that has no end yet, for one reason.
func (pl *planner) holdAll(h Held) {
	for i := range pl.p.Steps {
		s := &pl.p.Steps[i]
		for _, a := range pl.untaken(s) {
			pl.hold(Held{Step: s.ID, Act: a, Gate: h.Gate, Reason: h.Reason})
		}
	}
	if len(pl.out.Held) == 0 {
		pl.hold(Held{Step: h.Step, Act: Review, Gate: h.Gate, Reason: h.Reason})
	}
}

// untaken returns the acts of a step without an end that are not under way either.
func (pl *planner) untaken(s *Step) []Act {
	acts := make([]Act, 0, len(s.Acts))
	for _, a := range s.Acts {
		if _, ok := pl.taken(s.ID, a); !ok && !pl.inFlight(s.ID, a) && !(a == Decide && pl.c.DecisionOn != nil) {
			acts = append(acts, a)
		}
	}
	return acts
}

func (pl *planner) taken(step string, a Act) (Taken, bool) {
	for _, t := range pl.c.Taken {
		if t.Act == a && t.Step == step {
			return t, true
		}
	}
	return Taken{}, false
}

func (pl *planner) inFlight(step string, a Act) bool {
	for i := range pl.c.InFlight {
		if f := &pl.c.InFlight[i]; f.Act == a && f.Step == step {
			return true
		}
	}
	return false
}

func (pl *planner) deferred(step string, a Act) (Deferred, bool) {
	for _, d := range pl.c.Deferred {
		if d.Act == a && d.Step == step {
			return d, true
		}
	}
	return Deferred{}, false
}

// sort orders items by time, then look-ups and reviews, then by the policy, then e-mail before SMS.
func (pl *planner) sort() {
	type ranked struct {
		Item
		rank int
	}
	all := make([]ranked, len(pl.out.Items))
	for i, it := range pl.out.Items {
		all[i] = ranked{it, pl.order[i]}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.rank, b.rank), cmp.Compare(a.Act.rank(), b.Act.rank()), cmp.Compare(a.Ref, b.Ref))
	})
	for i := range all {
		pl.out.Items[i] = all[i].Item
	}
}

// rank puts e-mail before SMS where both come at one instant.
func (a Act) rank() int {
	switch a {
	case Email:
		return 0
	case SMS:
		return 1
	}
	return 2
}

// delivered says whether the end means that the debtor may have been told.
func (o Outcome) delivered() bool {
	return o == Accepted || o == Covered || o == Unconfirmed || o == Done
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
