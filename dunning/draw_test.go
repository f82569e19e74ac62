package dunning_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/dunning"
	"dunlin/invoice"
)

// drawPolicy makes a ladder of two to six steps with whatever the language offers, and sometimes a
// decision, a notice and a placement behind it. It is one that the compiler takes: the steps stand in the
// order in which they come, none within its own minimum gap.
func drawPolicy(t *rapid.T) *dunning.Policy {
	p := ladder()
	stands := 24 * rapid.IntRange(-7, 10).Draw(t, "first day") // the step, in hours after the due date
	for i := range rapid.IntRange(2, 6).Draw(t, "steps") {
		apart := 5 * 24
		offset := fmt.Sprintf("due%+dd", stands/24)
		switch {
		case i == 0:
		case rapid.Bool().Draw(t, "previous"):
			after := rapid.SampledFrom([]struct {
				text  string
				hours int
			}{{"3d", 72}, {"7d", 168}, {"2bd", 48}, {"6h", 6}}).Draw(t, "after")
			offset, apart = "previous+"+after.text, after.hours
			stands += apart
		default:
			day := (stands+23)/24 + rapid.IntRange(1, 12).Draw(t, "apart")
			offset, apart = fmt.Sprintf("due%+dd", day), day*24-stands
			stands = day * 24
		}
		s := rung(fmt.Sprintf("step-%d", i+1), offset, drawActs(t)...)
		s.MinGap, s.Letter = drawGap(t, apart), string(rune('A'+i))
		if !sends(s) {
			s.Letter, s.Template = "", ""
		}
		p.Steps = append(p.Steps, drawFeatures(t, s))
	}
	if rapid.Bool().Draw(t, "placed") {
		p.Steps = append(p.Steps, drawEnd(t, stands/24+30)...)
	}
	drawLate(t, p)
	p.Caps = drawCaps(t)
	if rapid.Bool().Draw(t, "minimum") {
		p.Minimum = dunning.Minimum{Age: span("3d"), Amount: dunning.Thresholds{"EUR": 20000}}
	}
	p.Plans = dunning.PlanRules{BreakAfter: rapid.IntRange(1, 2).Draw(t, "break after")}
	if s := p.Steps[1]; sends(s) && s.Class == dunning.Reminder && rapid.Bool().Draw(t, "holdout") {
		p.Holdout = dunning.Holdout{Share: 50, Steps: []string{s.ID}}
	}
	return p
}

// drawEnd is a decision, a notice and a placement.
func drawEnd(t *rapid.T, day int) []dunning.Step {
	notice := rung("notice", fmt.Sprintf("due+%dd", day+2), dunning.Email, dunning.SMS)
	notice.Class, notice.Letter = dunning.Formal, "Z"
	notice.NewDue = span(rapid.SampledFrom([]string{"0d", "14d"}).Draw(t, "law"))
	send := dunning.Late{Rule: dunning.LateSend}
	return []dunning.Step{
		{ID: "decide", Title: "decision", Class: dunning.Formal, At: at(fmt.Sprintf("due+%dd", day)), Acts: []dunning.Act{dunning.Decide}, Late: send},
		notice,
		{ID: "place", Title: "handoff", Class: dunning.Formal, At: at("previous+14d"), Acts: []dunning.Act{dunning.Place}, Late: send},
	}
}

// drawGap draws a minimum gap for a step that stands so many hours behind the one before.
func drawGap(t *rapid.T, apart int) dunning.Span {
	gaps := []string{"6h"}
	for _, days := range []int{1, 3, 5} {
		if days*24 <= apart {
			gaps = append(gaps, fmt.Sprintf("%dd", days))
		}
	}
	return span(rapid.SampledFrom(gaps).Draw(t, "gap"))
}

// drawLate draws what becomes of steps that are late; only a message merges, and only into a later one.
func drawLate(t *rapid.T, p *dunning.Policy) {
	message := false
	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := &p.Steps[i]
		rules := []dunning.Late{{Rule: dunning.LateSend}, {Rule: dunning.LateSkip, After: span("2d")}}
		if sends(*s) && message {
			rules = append(rules, dunning.Late{Rule: dunning.LateMerge, After: span("1d")})
		}
		if message = message || sends(*s); strings.HasPrefix(s.ID, "step-") {
			s.Late = rapid.SampledFrom(rules).Draw(t, "late")
		}
	}
}

func sends(s dunning.Step) bool { return s.Has(dunning.Email) || s.Has(dunning.SMS) }

// TestDrawnPoliciesAreTaken: what the properties are tested with could stand in a file.
func TestDrawnPoliciesAreTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		steps, err := json.Marshal(p.Steps)
		require.NoError(t, err)
		text := "policy: drawn\nversion: 1\nkind: invoice\n"
		if p.Steps[len(p.Steps)-1].Has(dunning.Place) {
			text += `decide: {small_balance: {EUR: "25.00"}, lawyer_from: {EUR: "5000.00"}, approval_above: {EUR: "10000.00"}}` + "\n"
		}
		text += "steps: " + strings.NewReplacer(`,"after":""`, "", `,"min_gap":""`, "").Replace(string(steps)) + "\n"
		_, err = dunning.Parse("drawn.yaml", []byte(text), nil)
		require.NoError(t, err, text)
	})
}

func drawActs(t *rapid.T) []dunning.Act {
	return rapid.SampledFrom([][]dunning.Act{
		{dunning.Email}, {dunning.SMS}, {dunning.PhoneTask}, {dunning.Email, dunning.SMS}, {dunning.Email, dunning.PhoneTask}, {dunning.Email, dunning.SMS, dunning.PhoneTask},
	}).Draw(t, "acts")
}

func drawFeatures(t *rapid.T, s dunning.Step) dunning.Step {
	if len(s.Acts) > 1 && rapid.Bool().Draw(t, "any") {
		s.Done = dunning.DoneAny
	}
	if fallback := rapid.SampledFrom([]dunning.Act{"", dunning.SMS, dunning.PhoneTask}).Draw(t, "fallback"); fallback != "" && !s.Has(fallback) && s.Has(dunning.Email) {
		s.Fallback = fallback
	}
	switch rapid.IntRange(0, 5).Draw(t, "when") {
	case 0:
		s.When = dunning.Condition{From: dunning.Thresholds{"EUR": 50000}}
	case 1:
		s.When = dunning.Condition{Groups: []string{"key"}}
	}
	if sends(s) {
		s.Look = rapid.IntRange(0, 4).Draw(t, "look") == 0
		if rapid.IntRange(0, 5).Draw(t, "new due") == 0 {
			s.Class, s.NewDue = dunning.Formal, span("10d")
		}
	}
	return s
}

func drawCaps(t *rapid.T) (caps dunning.Caps) {
	if rapid.Bool().Draw(t, "cap") {
		caps.Contacts, caps.Days = rapid.IntRange(1, 4).Draw(t, "contacts"), 7
	}
	limit := func(name string) dunning.Cap {
		if rapid.Bool().Draw(t, name) {
			return dunning.Cap{}
		}
		return dunning.Cap{N: rapid.IntRange(1, 3).Draw(t, name+" n"), Days: rapid.SampledFrom([]int{1, 7, 14}).Draw(t, name+" days")}
	}
	caps.Channel, caps.Address, caps.Calls = limit("per channel"), limit("per address"), limit("calls")
	return caps
}

// drawFeaturedCase is a case with what the features ask about.
func drawFeaturedCase(t *rapid.T) dunning.Case {
	c := drawCase(t)
	c.Group = rapid.SampledFrom([]string{"", "key", "other"}).Draw(t, "group")
	c.Balance.Minor = rapid.Int64Range(1, 100000).Draw(t, "balance")
	if rapid.Bool().Draw(t, "left alone") {
		c.Assigned = map[string]string{dunning.HoldoutKey: "yes"}
	}
	for _, a := range []dunning.Act{dunning.Email, dunning.SMS, dunning.PhoneTask} {
		c.Reach[a] = dunning.Reach{OK: true, Address: map[dunning.Act]string{dunning.Email: "a", dunning.SMS: "m", dunning.PhoneTask: "m"}[a]}
	}
	return c
}

// drawLife draws what happens to a case: stops, payments, a dispute about a part, a payment plan.
func drawLife(t *rapid.T, s *sim, disputes bool) {
	drawStops(t, s)
	s.says = rapid.SampledFrom([]dunning.LookSaid{dunning.LookSend, dunning.LookSkip}).Draw(t, "says")
	moment := func(name string) time.Time {
		return s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 100*24*60).Draw(t, name)) * time.Minute)
	}
	if disputes && rapid.Bool().Draw(t, "part dispute") {
		from, part := moment("disputed"), rapid.Int64Range(1, 60000).Draw(t, "part")
		s.fact(from, func(c *dunning.Case) { c.Disputed = invoice.NewMoney(min(part, c.Balance.Minor), "EUR") })
		s.fact(from.AddDate(0, 0, rapid.IntRange(1, 30).Draw(t, "disputed for")), func(c *dunning.Case) { c.Disputed = invoice.Money{} })
	}
	if rapid.Bool().Draw(t, "plan") {
		s.agree(t, moment("agreed"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "payments") {
		n := rapid.Int64Range(1, 40000).Draw(t, "paid")
		s.fact(moment("payment"), func(c *dunning.Case) { pay(c, n) })
	}
}

// agree makes a payment plan of a few instalments at a moment, some of which are paid.
func (s *sim) agree(t *rapid.T, from time.Time) {
	k := rapid.IntRange(1, 4).Draw(t, "instalments")
	every := rapid.IntRange(4, 30).Draw(t, "every")
	s.fact(from, func(c *dunning.Case) {
		if !c.Balance.Positive() || c.Status != invoice.Open {
			return
		}
		plan := &dunning.PayPlan{N: 1, From: from}
		left := c.Balance.Minor
		for n := 1; n <= k && left > 0; n++ {
			part := (left + int64(k-n)) / int64(k-n+1)
			left -= part
			m := invoice.NewMoney(part, "EUR")
			plan.Instalments = append(plan.Instalments, dunning.Instalment{N: n, DueOn: invoice.DateOf(from).AddDays(n * every), Amount: m, Open: m})
		}
		c.PayPlan = plan
		c.Stops = append(c.Stops, dunning.Stop{Kind: dunning.StopPlan, From: from})
	})
	for n := 1; n <= k; n++ {
		if rapid.Bool().Draw(t, "instalment paid") {
			at := from.AddDate(0, 0, n*every-rapid.IntRange(0, 5).Draw(t, "early"))
			s.fact(at, func(c *dunning.Case) {
				if c.PayPlan != nil {
					pay(c, c.PayPlan.Instalments[min(n, len(c.PayPlan.Instalments))-1].Amount.Minor)
				}
			})
		}
	}
}

// pay books money, never the last cent: a settled case has tests of its own.
func pay(c *dunning.Case, minor int64) {
	if c.Status.Settled() {
		return
	}
	minor = min(minor, c.Balance.Minor-1)
	c.Balance.Minor -= minor
	c.Disputed.Minor = min(c.Disputed.Minor, c.Balance.Minor)
	if c.PayPlan == nil {
		return
	}
	for i := range c.PayPlan.Instalments {
		in := &c.PayPlan.Instalments[i]
		part := min(in.Open.Minor, minor)
		in.Open.Minor -= part
		minor -= part
	}
}

func TestEveryPolicyEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newSim(t, drawPolicy(t), drawFeaturedCase(t))
		drawLife(t, s, true)
		for _, a := range []dunning.Act{dunning.Email, dunning.SMS, dunning.PhoneTask} {
			if rapid.IntRange(0, 4).Draw(t, "unreachable "+string(a)) == 0 {
				at := s.c.IssuedAt.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "breaks"))
				s.fact(at, func(c *dunning.Case) { c.Reach[a] = dunning.Reach{Reason: "bounced"} })
			}
		}
		for i := range s.p.Steps {
			for _, a := range s.p.Steps[i].Acts {
				s.reject[s.p.Steps[i].ID+"/"+string(a)] = rapid.IntRange(0, 7).Draw(t, "reject") == 0
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "outages") {
			from := s.c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 120*24).Draw(t, "outage")) * time.Hour)
			s.outages = append(s.outages, outage{from, from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))})
		}
		s.run()
		s.complete()
	})
}

func TestWakesChangeNoPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawPolicy(t), drawFeaturedCase(t)
		quiet := newSim(t, p, c)
		drawLife(t, quiet, false) // what waits behind a dispute is late when somebody looks
		woken := newSim(t, p, cloned(c))
		woken.says = quiet.says
		woken.facts = append(woken.facts, quiet.facts...)
		for range rapid.IntRange(1, 40).Draw(t, "wakes") {
			woken.wakes = append(woken.wakes, c.IssuedAt.Add(time.Duration(rapid.IntRange(0, 150*24*60).Draw(t, "wake"))*time.Minute))
		}
		sameEnds(t, quiet, woken)
	})
}
