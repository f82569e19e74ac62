package dunning_test

import (
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/dunning"
	"dunlin/invoice"
)

// places are debtors with clocks, weekends and holidays of different kinds.
var places = []struct{ zone, country, region string }{
	{"Europe/Berlin", "DE", "BE"},
	{"Europe/Berlin", "DE", ""},
	{"America/New_York", "US", ""},
	{"Asia/Shanghai", "CN", ""},
	{"Europe/London", "GB", "SCT"},
	{"Asia/Kolkata", "IN", ""},
	{"Pacific/Auckland", "NZ", ""},
	{"America/St_Johns", "CA", ""},
}

func drawCase(t *rapid.T) dunning.Case {
	c := berlin()
	place := rapid.SampledFrom(places).Draw(t, "place")
	c.Zone, c.Country, c.Region = place.zone, place.country, place.region
	c.DebtorID = rapid.StringMatching(`acme/d-[0-9]{1,4}`).Draw(t, "debtor")
	c.IssuedAt = utc("2026-01-02 00:00").Add(time.Duration(rapid.IntRange(0, 500*24*60).Draw(t, "issued")) * time.Minute)
	c.IssuedOn = invoice.DateOf(c.IssuedAt).AddDays(-rapid.IntRange(0, 3).Draw(t, "recorded late"))
	c.DueOn = c.IssuedOn.AddDays(rapid.IntRange(0, 60).Draw(t, "terms"))
	return c
}

func drawStops(t *rapid.T, s *sim) {
	kinds := []dunning.StopKind{dunning.StopHold, dunning.StopDispute, dunning.StopPromise, dunning.StopSettled}
	for range rapid.IntRange(0, 4).Draw(t, "stops") {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		from := s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 120*24*60).Draw(t, "from")) * time.Minute)
		length := time.Duration(rapid.IntRange(0, 30*24*60).Draw(t, "length")) * time.Minute
		known := kind == dunning.StopPromise || (kind == dunning.StopHold && rapid.Bool().Draw(t, "known"))
		s.stop(kind, from, length, known)
	}
}

// stop tells the case of a stop when it begins, and of its end when it ends.
func (s *sim) stop(kind dunning.StopKind, from time.Time, length time.Duration, known bool) {
	s.fact(from, func(c *dunning.Case) {
		st := dunning.Stop{Kind: kind, From: from}
		if known {
			st.Until = from.Add(length)
		}
		if c.Status == invoice.Placed || c.Status == invoice.Expired {
			return
		}
		c.Stops = append(c.Stops, st)
	})
	s.fact(from.Add(length), func(c *dunning.Case) {
		for i := range c.Stops {
			if st := &c.Stops[i]; st.Kind == kind && st.From.Equal(from) && st.Ended.IsZero() {
				st.Ended = from.Add(length)
			}
		}
	})
}

func (s *sim) fact(at time.Time, do func(c *dunning.Case)) {
	s.facts = append(s.facts, fact{at, do})
	slices.SortStableFunc(s.facts, func(a, b fact) int { return a.at.Compare(b.at) })
}

// complete checks that each act of each step before the end has exactly one end, and that what has
// none is held by a gate that is named.
func (s *sim) complete() {
	held := map[string]bool{}
	for _, h := range s.plan.Held {
		require.NotEmpty(s.t, h.Gate)
		held[h.Step+"/"+string(h.Act)] = true
	}
	ends := s.ends()
	for i := range s.p.Steps {
		for _, a := range s.p.Steps[i].Acts {
			key := s.p.Steps[i].ID + "/" + string(a)
			_, ended := ends[key]
			require.True(s.t, ended || held[key], "%s has no end and nothing holds it; %v; plan %+v", key, s.log, s.plan)
			require.False(s.t, ended && held[key], "%s has ended and is held", key)
		}
	}
}

func TestEveryCaseEnds(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		s := newSim(t, p, drawCase(t))
		drawStops(t, s)
		for _, a := range []dunning.Act{dunning.Email, dunning.SMS, dunning.PhoneTask} {
			if rapid.IntRange(0, 5).Draw(t, "unreachable "+string(a)) == 0 {
				at := s.c.IssuedAt.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "breaks"))
				s.fact(at, func(c *dunning.Case) { c.Reach[a] = dunning.Reach{Reason: "bounced"} })
			}
		}
		for range rapid.IntRange(0, 15).Draw(t, "sibling contacts") {
			at := s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 90*24*60).Draw(t, "contact")) * time.Minute)
			s.fact(at, func(c *dunning.Case) { c.Contacts = append(c.Contacts, dunning.Contact{At: at, Act: dunning.Email}) })
		}
		for _, key := range []string{"reminder-1/email", "reminder-2/email", "reminder-2/sms", "final-notice/email"} {
			s.reject[key] = rapid.IntRange(0, 7).Draw(t, "reject "+key) == 0
		}
		for range rapid.IntRange(0, 2).Draw(t, "outages") {
			from := s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 120*24).Draw(t, "outage")) * time.Hour)
			s.outages = append(s.outages, outage{from, from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))})
		}
		s.run()
		s.complete()
	})
}

func TestOutageMakesNeitherGapNorBurst(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		s := newSim(t, p, drawCase(t))
		from := s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 90*24).Draw(t, "outage")) * time.Hour)
		s.outages = []outage{{from, from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))}}
		s.run() // checks gaps, windows and caps at each contact
		s.complete()
		ends := s.ends()
		require.Equal(t, dunning.Accepted, ends["reminder-2/email"])
		require.Equal(t, dunning.Done, ends["call/phone_task"])
		require.Equal(t, dunning.Accepted, ends["final-notice/email"])
		require.Equal(t, dunning.Accepted, ends["place/place"])
	})
}

func TestWakesChangeNothing(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		quiet, woken := newSim(t, p, c), newSim(t, p, c)
		drawStops(t, quiet)
		woken.facts = slices.Clone(quiet.facts)
		for range rapid.IntRange(1, 40).Draw(t, "wakes") {
			at := c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 150*24*60).Draw(t, "wake")) * time.Minute)
			woken.wakes = append(woken.wakes, at)
		}
		sameEnds(t, quiet, woken)
	})
}

// sameEnds runs both and checks that the wakes of one made no difference.
func sameEnds(t *rapid.T, quiet, woken *sim) {
	slices.SortFunc(woken.wakes, time.Time.Compare)
	quiet.run()
	woken.run()
	last := func(s *sim) map[string]dunning.Outcome {
		ends := s.ends()
		maps.DeleteFunc(ends, func(key string, o dunning.Outcome) bool {
			return o == dunning.Skipped && strings.HasPrefix(key, "plan-") // not on file when the plan ends first
		})
		return ends
	}
	require.Equal(t, last(quiet), last(woken))
	for _, e := range quiet.log {
		if e.Outcome != dunning.Skipped { // a skip is put on file by whoever looks first
			require.Equal(t, e.At, woken.at(e.key()).UTC(), "%s: %v %v", e.key(), quiet.log, woken.log)
		}
	}
}

// cloned is a case that shares nothing that a run changes.
func cloned(c dunning.Case) dunning.Case {
	c.Reach = maps.Clone(c.Reach)
	c.Taken, c.Contacts, c.Stops, c.Looks = slices.Clone(c.Taken), slices.Clone(c.Contacts), slices.Clone(c.Stops), slices.Clone(c.Looks)
	return c
}

func TestOrdersEnd(t *testing.T) {
	t.Parallel()
	p := shipped(t, "order-24h")
	rapid.Check(t, func(t *rapid.T) {
		c := order()
		place := rapid.SampledFrom(places).Draw(t, "place")
		c.Zone, c.Country, c.Region = place.zone, place.country, place.region
		c.IssuedAt = utc("2026-03-20 00:00").Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "issued")) * time.Minute)
		c.IssuedOn = invoice.DateOf(c.IssuedAt)
		c.ExpiresAt = c.IssuedAt.Add(time.Duration(rapid.SampledFrom([]int{1, 6, 24, 48}).Draw(t, "hours")) * time.Hour)
		s := newSim(t, p, c)
		if rapid.Bool().Draw(t, "stopped") {
			from := c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 50*60).Draw(t, "from")) * time.Minute)
			s.stop(dunning.StopHold, from, time.Duration(rapid.IntRange(0, 72).Draw(t, "length"))*time.Hour, rapid.Bool().Draw(t, "known"))
		}
		if rapid.Bool().Draw(t, "outage") {
			from := c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 48).Draw(t, "outage at")) * time.Hour)
			s.outages = []outage{{from, from.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "outage for")) * time.Hour)}}
		}
		s.run()
		require.Equal(t, dunning.Done, s.ends()["expire/expire"])
		expired := s.at("expire/expire")
		require.False(t, expired.Before(c.ExpiresAt), "expired early")
		for _, e := range s.log {
			if e.Outcome == dunning.Accepted && len(s.outages) == 0 {
				require.True(t, e.At.Before(expired), "%s after the expiry", e.key())
			}
		}
		for i := range p.Steps {
			for _, a := range p.Steps[i].Acts {
				require.Contains(t, s.ends(), p.Steps[i].ID+"/"+string(a))
			}
		}
	})
}

// TestMoneyInAnyOrder: payments, returns and credit notes in another order leave the same standing, and
// with it the same plan.
func TestMoneyInAnyOrder(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		type change func(s *invoice.Standing)
		var changes []change
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			n := rapid.Int64Range(1, 60000).Draw(t, "minor")
			changes = append(changes, rapid.SampledFrom([]change{
				func(s *invoice.Standing) { s.Paid += n },
				func(s *invoice.Standing) { s.Credited = min(s.Principal, s.Credited+n) },
				func(s *invoice.Standing) { s.Paid += n; s.Paid -= n }, // paid and returned
			}).Draw(t, "kind"))
		}
		total := func(order []change) dunning.Plan {
			s := invoice.Standing{Principal: 100000}
			for _, do := range order {
				do(&s)
			}
			c := berlin()
			c.Balance.Minor = s.Balance()
			if s.Balance() == 0 {
				c.Status = invoice.Paid
			}
			return p.Plan(c, utc("2026-05-20 10:00"))
		}
		shuffled := slices.Clone(changes)
		rand.New(rand.NewSource(int64(rapid.IntRange(0, 1000).Draw(t, "seed")))).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		require.Equal(t, total(changes), total(shuffled))
	})
}
