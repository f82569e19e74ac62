package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/dunning"
	"dunlin/invoice"
)

func hold(from, until, ended string) dunning.Stop {
	s := dunning.Stop{Kind: dunning.StopHold, From: utc(from)}
	if until != "" {
		s.Until = utc(until)
	}
	if ended != "" {
		s.Ended = utc(ended)
	}
	return s
}

func TestOpenStopsHoldEverything(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	for _, tc := range []struct {
		kind    dunning.StopKind
		stage   dunning.Stage
		waiting string
	}{
		{dunning.StopHold, dunning.StageHeld, "held: hold since 8 May 2026 — ends when released"},
		{dunning.StopDispute, dunning.StageDisputed, "held: dispute since 8 May 2026 — ends when resolved"},
		{dunning.StopHard, dunning.StageHeld, "held: hard stop since 8 May 2026 — it does not end"},
	} {
		c := berlin()
		c.Taken = upTo(3)
		c.Stops = []dunning.Stop{{Kind: tc.kind, From: utc("2026-05-08 10:00"), Text: "Max Mustermann called"}}
		c.Reviews = []dunning.ReviewAt{{Step: "call", Ref: "7", At: utc("2026-06-01 10:00"), Reason: "deadline"}}
		plan := p.Plan(c, utc("2026-05-25 10:00"))
		require.Equal(t, tc.stage, plan.Stage)
		require.Equal(t, tc.waiting, plan.Waiting)
		require.Equal(t, string(tc.kind), gateOf(plan, "reminder-1"))
		require.Equal(t, string(tc.kind), gateOf(plan, "place"))
		require.Empty(t, plan.Skips)
		if tc.kind == dunning.StopHard {
			require.Empty(t, plan.Items)
		} else {
			require.Len(t, plan.Items, 1, "the review of the task stays")
		}
	}
}

// TestTheLongestStopIsNamed: a promise in force says nothing about when contact goes on after a hard stop.
func TestTheLongestStopIsNamed(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	promise := dunning.Stop{Kind: dunning.StopPromise, From: utc("2026-05-08 10:00"), Until: utc("2026-05-15 08:00")}
	dispute := dunning.Stop{Kind: dunning.StopDispute, From: utc("2026-05-09 10:00")}
	hard := dunning.Stop{Kind: dunning.StopHard, From: utc("2026-05-10 10:00")}
	for _, tc := range []struct {
		stops   []dunning.Stop
		waiting string
	}{
		{[]dunning.Stop{promise, dispute}, "held: dispute since 9 May 2026 — ends when resolved"},
		{[]dunning.Stop{promise, dispute, hard}, "held: hard stop since 10 May 2026 — it does not end"},
		{[]dunning.Stop{hard, promise}, "held: hard stop since 10 May 2026 — it does not end"},
	} {
		c.Stops = tc.stops
		require.Equal(t, tc.waiting, p.Plan(c, utc("2026-05-12 10:00")).Waiting)
	}
}

func TestStopWithKnownEnd(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	c.Stops = []dunning.Stop{hold("2026-05-08 10:00", "2026-05-15 08:00", "")}
	plan := p.Plan(c, utc("2026-05-12 10:00"))
	first, _ := plan.Earliest()
	require.Equal(t, dunning.Item{Act: dunning.Review, At: utc("2026-05-15 08:00"), Reason: "the hold ends"}, first)
	require.Equal(t, "Wed 2026-05-20 10:00", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"), "the end plus five days")
	require.Equal(t, "Wed 2026-05-27 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"), "its distance of seven days")
	require.Equal(t, "Wed 2026-06-03 09:42", when(t, plan, "call", dunning.PhoneTask, "Europe/Berlin"))
	require.Contains(t, plan.Waiting, "held: hold since 8 May 2026 — until 15 May 2026; then first reminder by e-mail on 20 May 2026")

	released := c
	released.Stops = []dunning.Stop{hold("2026-05-08 10:00", "2026-05-15 08:00", "2026-05-14 08:00")}
	plan = p.Plan(released, utc("2026-05-14 08:00"))
	require.Equal(t, "Tue 2026-05-19 10:00", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"))
	it, _ := find(plan, "reminder-1", dunning.Email)
	require.Equal(t, "7 days after the due date 2026-05-06; moved behind the hold that ended on 14 May 2026", it.Reason)
}

func TestStopThatCoversNothing(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	free := p.Plan(c, utc("2026-05-12 10:00"))
	for _, s := range []dunning.Stop{
		hold("2026-05-08 10:00", "", "2026-05-12 09:00"),
		hold("2026-05-08 10:00", "", "2026-05-08 10:00"),
		{Kind: dunning.StopSettled, From: utc("2026-05-08 10:00"), Ended: utc("2026-05-11 10:00")},
		{Kind: dunning.StopPromise, From: utc("2026-05-08 10:00"), Until: utc("2026-05-20 10:00"), Ended: utc("2026-05-11 10:00")},
	} {
		c.Stops = []dunning.Stop{s}
		require.Equal(t, free, p.Plan(c, utc("2026-05-12 10:00")), "%+v", s)
	}
}

func TestReleaseSkipsPassedPreDueSteps(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(1)
	c.Stops = []dunning.Stop{hold("2026-04-28 10:00", "2026-05-08 06:00", "")}
	plan := p.Plan(c, utc("2026-05-07 10:00"))
	require.Equal(t, "hold", gateOf(plan, "courtesy"), "still in force: held")
	plan = p.Plan(c, utc("2026-05-08 06:00"))
	require.Equal(t, "its day, 2026-04-29, passed during the hold", skipOf(plan, "courtesy", dunning.Email))
	require.Equal(t, "its day, 2026-05-06, passed during the hold", skipOf(plan, "due", dunning.Email))
	require.Equal(t, "Wed 2026-05-13 09:42", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"), "not covered: not moved")

	c.Stops = []dunning.Stop{hold("2026-04-29 06:00", "", "2026-04-29 11:00")}
	plan = p.Plan(c, utc("2026-04-29 11:00"))
	require.Equal(t, "Wed 2026-04-29 13:00", when(t, plan, "courtesy", dunning.Email, "Europe/Berlin"), "released on its day")
}

func TestPromiseResumesWithoutGap(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	until, err := p.PromiseUntil(c, invoice.NewDate(2026, time.May, 12))
	require.NoError(t, err)
	require.Equal(t, utc("2026-05-18 07:00"), until, "three business days after, Ascension Day between")
	c.Stops = []dunning.Stop{{Kind: dunning.StopPromise, From: utc("2026-05-11 09:00"), Until: until}}
	plan := p.Plan(c, utc("2026-05-14 10:00"))
	require.Equal(t, dunning.StagePromised, plan.Stage)
	require.Equal(t, "Mon 2026-05-18 09:42", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Tue 2026-05-26 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"), "seven days later is Whit Monday")
}

func TestOverlappingStopsAreOne(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	c.Stops = []dunning.Stop{
		{Kind: dunning.StopPromise, From: utc("2026-05-11 09:00"), Until: utc("2026-05-18 07:00"), Ended: utc("2026-05-18 07:00")},
		{Kind: dunning.StopDispute, From: utc("2026-05-12 09:00"), Ended: utc("2026-05-21 09:00")},
	}
	plan := p.Plan(c, utc("2026-05-21 09:00"))
	require.Equal(t, "Tue 2026-05-26 11:00", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"))
}

func TestReturnedPaymentResumesAtTheRightPlace(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(6) // second reminder on 20 May; paid on the 22nd, returned on 10 June
	c.Stops = []dunning.Stop{{Kind: dunning.StopSettled, From: utc("2026-05-22 09:00"), Ended: utc("2026-06-10 09:00")}}
	plan := p.Plan(c, utc("2026-06-10 09:00"))
	require.Equal(t, "Mon 2026-06-15 11:00", when(t, plan, "call", dunning.PhoneTask, "Europe/Berlin"))
	require.Equal(t, "Mon 2026-06-22 09:42", when(t, plan, "decide", dunning.Decide, "Europe/Berlin"))
	_, again := find(plan, "reminder-2", dunning.Email)
	require.False(t, again, "what was taken is never taken again")
}

func TestOrderStops(t *testing.T) {
	t.Parallel()
	p := shipped(t, "order-24h")
	c := order()
	c.Taken = taken("order-receipt/email 2026-04-10 18:00")
	plan := p.Plan(c, utc("2026-04-10 18:01"))
	require.Equal(t, "Sat 2026-04-11 08:00", when(t, plan, "order-reminder", dunning.SMS, "America/New_York"))
	require.Equal(t, "Sat 2026-04-11 12:00", when(t, plan, "order-last", dunning.Email, "America/New_York"))
	require.Equal(t, "Sat 2026-04-11 16:00", when(t, plan, "expire", dunning.Expire, "America/New_York"), "told 14:00, with the bank's lag")
	require.Equal(t, dunning.StageOrder, plan.Stage)

	c.Stops = []dunning.Stop{hold("2026-04-11 17:00", "2026-04-12 17:00", "")} // over the expiry
	plan = p.Plan(c, utc("2026-04-11 17:00"))
	require.Equal(t, "Sun 2026-04-12 15:00", when(t, plan, "expire", dunning.Expire, "America/New_York"), "expiry waits for the hold's end")

	c.Stops = []dunning.Stop{{Kind: dunning.StopHard, From: utc("2026-04-11 17:00")}}
	plan = p.Plan(c, utc("2026-04-12 17:00"))
	require.Equal(t, "hard_stop", gateOf(plan, "expire"))
}

func TestOrderWithoutAWindow(t *testing.T) {
	t.Parallel()
	p := shipped(t, "order-24h")
	c := order()
	c.IssuedAt = utc("2026-04-11 00:30") // 20:30 in New York
	c.ExpiresAt = c.IssuedAt.Add(6 * time.Hour)
	plan := p.Plan(c, c.IssuedAt)
	require.Equal(t, "Fri 2026-04-10 20:30", when(t, plan, "order-receipt", dunning.Email, "America/New_York"))
	require.Contains(t, skipOf(plan, "order-reminder", dunning.Email), "it goes with the receipt")
	require.Contains(t, skipOf(plan, "order-last", dunning.SMS), "it goes with the receipt")
	require.Equal(t, "Sat 2026-04-11 04:30", when(t, plan, "expire", dunning.Expire, "America/New_York"), "told 02:30, with the bank's lag")

	c.IssuedAt = utc("2026-04-11 02:30") // at night not even the receipt
	c.ExpiresAt = c.IssuedAt.Add(6 * time.Hour)
	plan = p.Plan(c, c.IssuedAt)
	require.Equal(t, "no contact window opens before the order expires", skipOf(plan, "order-receipt", dunning.Email))
}

// Two stops on one morning: the first ended before the debtor's place in the window, the second is in
// force. What is late since yesterday must wait for the second, whatever the first allows.
func TestAnEarlierStopOfTheMorningHidesNoLaterOne(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = append(upTo(4), dunning.Taken{Step: "reminder-2", Act: dunning.Email, Outcome: dunning.Accepted, At: utc("2026-05-20 09:00")})
	promise := func(from, until, ended string) dunning.Stop {
		s := hold(from, until, ended)
		s.Kind = dunning.StopPromise
		return s
	}
	c.Stops = []dunning.Stop{
		promise("2026-05-20 10:00", "2026-05-27 07:00", "2026-05-21 07:05"), // 09:05 in Berlin
		promise("2026-05-21 07:10", "2026-05-28 07:00", ""),
	}
	for now := utc("2026-05-21 07:10"); now.Before(utc("2026-05-21 10:00")); now = now.Add(time.Minute) {
		_, due := p.Plan(c, now).Due("reminder-2", dunning.SMS, now)
		require.False(t, due, "at %s", now)
	}
}

// TestNothingIsDueUnderAStop: whatever the stops and whatever is taken, no contact is due while one is in force.
func TestNothingIsDueUnderAStop(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.Taken = upTo(rapid.IntRange(0, 6).Draw(t, "taken"))
		if rapid.Bool().Draw(t, "half taken") {
			c.Taken = append(c.Taken, dunning.Taken{Step: "reminder-2", Act: dunning.Email, Outcome: dunning.Accepted, At: c.IssuedAt.AddDate(0, 0, 1)})
		}
		now := c.IssuedAt.Add(time.Duration(rapid.IntRange(1, 150*24*60).Draw(t, "now")) * time.Minute)
		from := now.AddDate(0, 0, -rapid.IntRange(0, 5).Draw(t, "days before"))
		for range rapid.IntRange(0, 5).Draw(t, "earlier stops") {
			from = from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "from")) * time.Minute)
			end := from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "length")) * time.Minute)
			c.Stops = append(c.Stops, dunning.Stop{Kind: dunning.StopPromise, From: from, Until: from.AddDate(0, 0, 5), Ended: end})
			from = end
		}
		if from.After(now) {
			now = from
		}
		begun := now.Add(-time.Duration(rapid.IntRange(0, int(now.Sub(from)/time.Minute)).Draw(t, "begun before")) * time.Minute)
		c.Stops = append(c.Stops, dunning.Stop{Kind: dunning.StopPromise, From: begun, Until: now.Add(time.Minute)})
		for _, it := range p.Plan(c, now).Items {
			require.False(t, it.Act.Contacts() && !it.At.After(now), "%+v at %s", it, now)
		}
	})
}
