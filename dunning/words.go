package dunning

import (
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// words returns the act as people say it.
func (a Act) words() string {
	switch a {
	case Email:
		return "e-mail"
	case PhoneTask:
		return "phone task"
	case Decide:
		return "decision"
	case Place:
		return "placement"
	case LookUp:
		return "look-up"
	case Thank:
		return "thank-you"
	}
	if a == SMS {
		return "SMS"
	}
	return string(a)
}

func (k StopKind) words() string {
	switch k {
	case StopHard:
		return "hard stop"
	case StopPromise:
		return "promise to pay"
	case StopSettled:
		return "payment that was returned"
	case StopPlan:
		return "payment plan"
	case StopAdopted:
		return "change of policy"
	}
	return string(k)
}

// during says when a day passed that a stop covered.
func (k StopKind) during() string {
	if k == StopAdopted {
		return "before the case took this policy"
	}
	return "during the " + k.words()
}

func (pl *planner) movedBehind(s *Stop) string {
	if s.Kind == StopAdopted {
		return "counted on from where the case stood when it took this policy on " + pl.day(s.end())
	}
	return "moved behind the " + s.Kind.words() + " that ended on " + pl.day(s.end())
}

func (r Route) words() string { return title(strings.ReplaceAll(string(r), "_", "-")) }

// stopWords says what stops a case, since when and until when, without anything a person wrote.
func (pl *planner) stopWords(s *Stop) string {
	text := s.Kind.words()
	if s.Why != "" {
		text += " (" + s.Why + ")"
	}
	text += " since " + pl.day(s.From) + " — "
	switch {
	case s.Kind == StopHard:
		return text + "it does not end"
	case !s.end().IsZero():
		return text + "until " + pl.day(s.end())
	case s.Kind == StopDispute:
		return text + "ends when resolved"
	case s.Kind == StopPlan:
		return text + "ends when it is kept or broken"
	}
	return text + "ends when released"
}

func flightWords(f *InFlight) string {
	switch {
	case f.SiblingN != "":
		return "its " + f.Act.words() + " is on its way with the message of " + f.SiblingN
	case f.Unknown:
		return "the provider's answer to its " + f.Act.words() + " was lost and is looked up"
	}
	return "its " + f.Act.words() + " is on its way"
}

// day writes the debtor's day, "3 May 2026".
func (pl *planner) day(t time.Time) string { return t.In(pl.z.in()).Format("2 January 2006") }

// clock writes day and time in the debtor's zone, "14 May 2026 09:20 Berlin time".
func (pl *planner) clock(t time.Time) string {
	return t.In(pl.z.in()).Format("2 January 2006 15:04 ") + pl.z.words()
}

// clean drops a text that may name a person: an address or a number does not belong into a plan, which
// Temporal keeps.
func clean(s string) string {
	digits := 0
	for _, r := range s {
		switch {
		case r == '@':
			s, _, _ = strings.Cut(s, ":")
			if strings.Contains(s, "@") {
				return "its address does not work"
			}
			return s
		case r >= '0' && r <= '9':
			digits++
		case r != ' ' && r != '.' && r != '(' && r != ')' && r != '/':
			digits = 0
		}
		if digits > 6 {
			s, _, _ = strings.Cut(s, ":")
			if strings.ContainsAny(s, "0123456789") {
				return "its address does not work"
			}
			return s
		}
	}
	return s
}

// reason says in words why an act comes when it does.
func (pl *planner) reason(s *Step, m *moment, w way, x instant) string {
	var b strings.Builder
	b.WriteString(pl.anchorWords(s, m))
	add := func(note string) {
		if note != "" {
			b.WriteString("; ")
			b.WriteString(note)
		}
	}
	if add(m.note); m.note == "" {
		add(pl.movedWords(m))
	}
	for _, n := range x.notes {
		add(n)
	}
	if x.at.After(pl.now) && !m.at.After(pl.now) && len(x.notes) == 0 {
		add("at the next open window, because its moment passed on " + pl.clock(m.at))
	}
	if s.Look && pl.assume && pl.looked(s.ID) == nil {
		add("after somebody has looked at it")
	}
	if w.instead != "" {
		add("by " + w.act.words() + ", because: " + w.instead)
	}
	if h, ok := pl.p.hoursOf(s.Class, w.act); ok && h.business {
		add(pl.z.days.note(invoice.DateOf(x.at.In(pl.z.loc))))
	}
	return b.String()
}

func (pl *planner) anchorWords(s *Step, m *moment) string {
	if m.words != "" {
		return m.words
	}
	o := s.At
	n := o.N
	if n < 0 {
		n = -n
	}
	span := Span{n, o.Unit}
	var anchor string
	switch o.Anchor {
	case AtPrevious:
		anchor = "the step before, on " + pl.day(m.since)
		if i := pl.p.index(s.ID); i > 0 {
			anchor = "the " + pl.p.Steps[i-1].Title + " on " + pl.day(m.since)
		}
	case AtDue:
		anchor = "the due date " + pl.c.DueOn.String()
	case AtExpiry:
		anchor = "the order expires"
	default:
		anchor = "the issue on " + pl.c.IssuedOn.String()
	}
	switch {
	case o.Unit == Percent:
		return "after " + strconv.Itoa(n) + " % of the time until the order expires"
	case o.N < 0:
		return span.Words() + " before " + anchor
	case o.N > 0:
		return span.Words() + " after " + anchor
	case o.Anchor == AtDue:
		return "on " + anchor
	}
	return "at " + anchor
}

// movedWords says how weekend, holiday or window moved a step from its day.
func (pl *planner) movedWords(m *moment) string {
	from, to := invoice.DateOf(m.nominal.In(pl.z.loc)), invoice.DateOf(m.at.In(pl.z.loc))
	if from == to {
		return ""
	}
	why, err := pl.z.days.closed(from)
	switch weekday := from.Weekday().String(); {
	case err != nil || why == "":
		return "moved to the next open window on " + to.String()
	case why == weekday:
		return "moved from " + weekday + " to " + to.Weekday().String() + " " + to.String()
	}
	return "moved from " + from.String() + " (" + why + ") to " + to.Weekday().String() + " " + to.String()
}
