package dunning

import (
	"time"
)

// expire ends an order at its time and the bank's lag after it, or at the end of the hold, dispute or
// promise that was in force then. The debtor is told the time without the lag, so that money sent in
// time is not refused.
func (pl *planner) expire(s *Step, i int, untaken []Act) {
	if len(untaken) == 0 || pl.c.ExpiresAt.IsZero() {
		return
	}
	told := pl.expiry.Add(pl.moments[i].nominal.Sub(pl.c.ExpiresAt))
	lagged := pl.lag(told)
	at := pl.clear(lagged)
	reason := "the order's time is up"
	if lagged.After(told) {
		reason = "the debtor was told " + pl.clock(told) + ", and the bank's lag of " + pl.p.Expiry.BankLag.Words() + " is over at " + pl.clock(lagged)
	}
	if told.After(pl.c.ExpiresAt) || at.After(lagged) {
		reason += "; a stop was in force at " + pl.clock(pl.c.ExpiresAt)
	}
	if d, ok := pl.deferred(s.ID, Expire); ok {
		if d.NotBefore.IsZero() {
			pl.hold(Held{Step: s.ID, Act: Expire, Gate: "deferred", Reason: clean(d.Reason)})
			return
		}
		at = later(at, d.NotBefore)
	}
	pl.item(Item{Step: s.ID, Act: Expire, At: at.UTC(), Reason: reason}, i)
}

// lag adds the bank's lag. Where business days cannot be told they are counted as days.
func (pl *planner) lag(t time.Time) time.Time {
	lag := pl.p.Expiry.BankLag
	if lag.IsZero() {
		return t
	}
	at, err := lag.atLeast(t, lenient(pl.c))
	if err != nil {
		return t.Add(time.Duration(lag.N) * 24 * time.Hour)
	}
	return at
}

// ReallyExpires returns when an unpaid order ends that no stop delays: at the time the debtor was told
// and the bank's lag after it. Zero for invoices.
func (p *Policy) ReallyExpires(c Case) time.Time {
	if c.ExpiresAt.IsZero() {
		return time.Time{}
	}
	pl := &planner{p: p, c: &c}
	return pl.lag(c.ExpiresAt).UTC()
}
