package dunning

import (
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// CrossedRules say what debtors hear who had paid already when a message went out to them.
type CrossedRules struct {
	Thank Act `json:"thank,omitempty"` // the channel of a short "thank you, please disregard"; empty: none is sent
}

// Crossed is a payment that settled the invoice and that a reminder or formal message crossed with: its
// value date lies before the day on which the message went out.
type Crossed struct {
	Payment   int64        // its id; names the step of the thank-you
	At        time.Time    // when it was booked
	PaidOn    invoice.Date // its value date
	MessageOn invoice.Date // the day on which the latest of the messages went out, where the debtor is
}

// thankWithin is how long after the booking a thank-you still makes sense.
const thankWithin = 3 * 24 * time.Hour

// thanksTemplate holds the words of a thank-you.
const thanksTemplate = "thank-you"

// thanksPrefix begins the ids of the steps that thank; they stand in no file. Behind it is the payment.
const thanksPrefix = "thanks-"

// ThanksStep returns the id of the step that thanks for a payment.
func ThanksStep(payment int64) string { return thanksPrefix + strconv.FormatInt(payment, 10) }

// ThankedPayment returns the payment that a step thanks for; 0 when it is no such step.
func ThankedPayment(step string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(step, thanksPrefix), 10, 64)
	if err != nil || n <= 0 || ThanksStep(n) != step {
		return 0
	}
	return n
}

// IsThanks says whether a step thanks for a payment.
func IsThanks(step string) bool { return ThankedPayment(step) != 0 }

// thanksStep is a step that thanks.
func thanksStep(id string) Step {
	return Step{ID: id, Title: "thank-you", Letter: "T0", Class: Service, Acts: []Act{Thank}, Template: thanksTemplate, Late: Late{Rule: LateSend}}
}

// thanks plans a thank-you for each payment that a message crossed with. It returns from when on the case
// may close; false while it must not.
func (pl *planner) thanks() (time.Time, bool) {
	free := pl.now
	if pl.p.Crossed.Thank == "" || pl.c.Status != invoice.Paid {
		return free, true
	}
	for i := range pl.c.Crossed {
		at, ok := pl.thankFor(&pl.c.Crossed[i], len(pl.p.Steps)+i)
		if !ok {
			return free, false
		}
		free = later(free, at)
	}
	return free, true
}

func (pl *planner) thankFor(x *Crossed, rank int) (free time.Time, ok bool) {
	s := ThanksStep(x.Payment)
	if _, taken := pl.taken(s, Thank); taken {
		return free, true
	}
	if pl.inFlight(s, Thank) {
		pl.hold(Held{Step: s, Act: Close, Gate: "in_flight", Reason: "waits until it is known whether the thank-you arrived"})
		return free, false
	}
	if why := pl.thankless(); why != "" {
		pl.skip(s, Thank, why)
		return free, true
	}
	deadline := x.At.Add(thankWithin)
	d, deferred := pl.deferred(s, Thank)
	if deferred && d.NotBefore.IsZero() && pl.now.Before(deadline) {
		pl.hold(Held{Step: s, Act: Thank, Gate: "deferred", Reason: clean(d.Reason)})
		return deadline.UTC(), true
	}
	h, _ := pl.p.hoursOf(Service, pl.p.Crossed.Thank)
	at, err := pl.settle(later(x.At, d.NotBefore), h, act{})
	switch {
	case err != nil:
		pl.skip(s, Thank, calendarWords(err))
	case !later(at, pl.now).Before(deadline):
		pl.skip(s, Thank, "too late: the payment was booked on "+pl.clock(x.At))
	default:
		pl.item(Item{Step: s, Act: Thank, At: at.UTC(), Reason: "the payment of " + x.PaidOn.String() + " and our message of " + x.MessageOn.String() + " crossed in the post"}, rank)
		return at.UTC(), true
	}
	return free, true
}

// thankless says why no thank-you is sent, "" when one may be.
func (pl *planner) thankless() string {
	if pl.z.loc == nil {
		return "nobody knows the debtor's time zone"
	}
	for i := range pl.c.Stops {
		if s := &pl.c.Stops[i]; s.inForce(pl.now) && (s.Kind == StopHold || s.Kind == StopHard) {
			return pl.stopWords(s)
		}
	}
	return pl.unreachable(pl.p.Crossed.Thank)
}
