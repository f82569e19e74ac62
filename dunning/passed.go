package dunning

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"dunlin/invoice"
)

// Gate is one thing that must hold before an act is done.
type Gate struct {
	Name string `json:"name"`
	Open bool   `json:"open"`
	Text string `json:"text"`
}

// Gates says in words what the inputs mean for an act of the policy they name: each thing that must hold,
// and whether it did.
func (p *Policy) Gates(in Inputs, step string, act Act) []Gate {
	s, ok := p.Step(step)
	if !ok {
		return nil
	}
	g := gates{in: in, z: zone{loc: Location(in.Zone)}}
	g.owed()
	g.time(&s)
	g.stops()
	if act.Contacts() {
		g.reach(act)
		g.window(p, &s)
		if !s.MinGap.IsZero() {
			g.gap(&s)
		}
		if s.Class != Service {
			g.cap(p)
		}
	}
	g.rules(p, &s)
	return g.all
}

// gates gathers sentences.
type gates struct {
	in  Inputs
	z   zone
	all []Gate
}

func (g *gates) add(name string, open bool, format string, args ...any) {
	g.all = append(g.all, Gate{name, open, fmt.Sprintf(format, args...)})
}

func (g *gates) clock(t time.Time) string {
	return t.In(g.z.in()).Format("2 January 2006 15:04 ") + g.z.words()
}

func (g *gates) owed() {
	text := g.in.Balance.String() + " open"
	if g.in.Disputed.Positive() {
		text += ", " + g.in.Disputed.String() + " of it disputed"
	}
	g.add("money", g.in.Balance.Positive(), "%s", text)
}

func (g *gates) time(s *Step) {
	rule := s.At.words()
	switch {
	case s.At.Anchor == AtDue && !g.in.DueOn.IsZero():
		rule += " " + g.in.DueOn.String()
	case s.At.Anchor == AtExpiry && !g.in.ExpiresAt.IsZero():
		rule += " " + g.clock(g.in.ExpiresAt)
	}
	switch {
	case g.in.Planned.IsZero():
		g.add("time", false, "%s: no moment was planned", rule)
	case g.in.Reason != "":
		g.add("time", !g.in.Planned.After(g.in.At), "%s: planned for %s (%s)", rule, g.clock(g.in.Planned), g.in.Reason)
	default:
		g.add("time", !g.in.Planned.After(g.in.At), "%s: planned for %s", rule, g.clock(g.in.Planned))
	}
}

func (g *gates) stops() {
	if len(g.in.Stops) == 0 {
		g.add("stops", true, "no hold, dispute, promise or other stop in force")
		return
	}
	for _, s := range g.in.Stops {
		text := s.Kind.words() + " since " + g.clock(s.From)
		if !s.Until.IsZero() {
			text += " until " + g.clock(s.Until)
		}
		g.add("stops", false, "%s", text)
	}
}

func (g *gates) reach(act Act) {
	switch {
	case g.in.Channel != "":
		g.add("channel", false, "%s: %s", act.words(), g.in.Channel)
	default:
		g.add("channel", true, "the debtor can be reached by %s", act.words())
	}
	if g.in.Type == "" || g.in.Zone == "" {
		g.add("data", false, "nobody knows the debtor's %s", cmp.Or(missing(g.in.Type, "type"), "time zone"))
	}
}

func missing(value, name string) string {
	if value == "" {
		return name
	}
	return ""
}

func (g *gates) window(p *Policy, s *Step) {
	if g.z.loc == nil {
		return
	}
	w := p.Windows.Of(s.Class)
	local := g.in.At.In(g.z.loc)
	minute := local.Hour()*60 + local.Minute()
	g.add("window", minute >= w.From && minute < w.To, "%s messages: %s; judged on %s", s.Class, w.hours(), local.Format("Monday 15:04"))
}

// hours returns the window without its gap.
func (w Window) hours() string {
	text, _, _ := strings.Cut(w.words(), ",")
	return text
}

func (g *gates) gap(s *Step) {
	if g.in.LastContact.IsZero() {
		g.add("gap", true, "no contact about this invoice before; at least %s apart", s.MinGap.Words())
		return
	}
	end, err := s.MinGap.atLeast(g.in.LastContact, zone{loc: g.z.in(), days: &calendar{country: g.in.Country}})
	g.add("gap", err == nil && !end.After(g.in.At), "last contact about this invoice on %s; at least %s apart", g.clock(g.in.LastContact), s.MinGap.Words())
}

func (g *gates) cap(p *Policy) {
	if p.Caps.Contacts == 0 {
		return
	}
	part := len(g.in.Contacts) > 0 && g.in.At.Sub(g.in.Contacts[len(g.in.Contacts)-1]) < sameContact
	g.add("cap", len(g.in.Contacts) < p.Caps.Contacts || part, "%s in the %s before, over all invoices; at most %d", countOf(len(g.in.Contacts), "contact"), Span{p.Caps.Days, Days}.Words(), p.Caps.Contacts)
}

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// rules are what the policy asks of this step beside its time.
func (g *gates) rules(p *Policy, s *Step) {
	if !s.When.IsZero() {
		asked := g.in.Balance
		asked.Minor -= g.in.Disputed.Minor
		ok, why := s.When.Holds(Features{Creditor: g.in.Creditor, Group: g.in.Group, Kind: p.Kind, Country: g.in.Country, Type: invoice.DebtorType(g.in.Type), History: g.in.History, Amount: asked})
		g.add("condition", ok, "only when %s%s", s.When.Words(), after("; ", why))
	}
	if limit, ok := p.Minimum.Amount[g.in.Balance.Currency]; ok && s.Class == Reminder {
		least := invoice.NewMoney(limit, g.in.Balance.Currency)
		g.add("minimum", g.in.Balance.Minor-g.in.Disputed.Minor >= limit, "no reminder below %s", least)
	}
	if slices.Contains(p.Holdout.Steps, s.ID) {
		g.add("holdout", !g.in.Holdout, "%s; this debtor %s", p.Holdout.words(), map[bool]string{true: "belongs to them", false: "does not"}[g.in.Holdout])
	}
	if s.Look {
		g.add("look", g.in.Look == LookSend, "a person looks first; said: %s", cmp.Or(string(g.in.Look), "nothing yet"))
	}
	if n := p.find(Decide, 0); n >= 0 && p.index(s.ID) > n {
		if g.in.Route == "" {
			g.add("decision", false, "no decision is on file")
		} else {
			g.add("decision", g.in.Approved, "decided: %s, %s", g.in.Route.words(), map[bool]string{true: "approved", false: "waits for a person's approval"}[g.in.Approved])
		}
	}
	if g.in.Variant != "" {
		g.add("variant", true, "the debtor was drawn for the variant %q", g.in.Variant)
	}
}

func after(sep, text string) string {
	if text == "" {
		return ""
	}
	return sep + text
}

// Rule returns what the policy says about the step, in one line.
func (s Step) Rule() string {
	if s.At.Anchor == "" {
		return ""
	}
	parts := []string{s.gist(), string(s.Class)}
	add := func(label, text string) {
		if text != "" {
			parts = append(parts, label+text)
		}
	}
	add("only when ", whenWords(s.When))
	if !s.MinGap.IsZero() {
		parts = append(parts, "at least "+s.MinGap.Words()+" after the last contact")
	}
	add("when late ", s.Late.words())
	add("otherwise ", fallbackWords(s.Fallback))
	return strings.Join(parts, "; ")
}
