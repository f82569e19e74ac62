package dunning

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dunlin/invoice"
)

var (
	policyID   = regexp.MustCompile(nameText.pattern)
	openHours  = regexp.MustCompile(`^([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])$`)
	capPattern = regexp.MustCompile(`^([1-9][0-9]?) per ([1-9][0-9]?)d$`)
)

// houseWindows are the house's windows: a policy that names none has these.
var houseWindows = Windows{
	Service:  Window{From: 8 * 60, To: 21 * 60, Gap: Span{1, Hours}},
	Reminder: Window{From: 9 * 60, To: 18 * 60, Business: true, Gap: Span{5, Days}},
	Formal:   Window{From: 9 * 60, To: 18 * 60, Business: true, Gap: Span{5, Days}},
}

// compile turns the file into a policy, noting everything that is wrong.
func (r *reader) compile(doc *value) *Policy {
	p := &Policy{
		Name: r.named(doc.get("policy")), Version: doc.get("version").n, Kind: invoice.Kind(doc.get("kind").text),
		Description: strings.TrimSpace(doc.get("description").text),
		MergeWindow: Span{30, Minutes}, BankGrace: Span{3, BusinessDays}, AcknowledgeWithin: Span{5, BusinessDays},
		Windows: houseWindows, Caps: Caps{Contacts: 3, Days: 7},
	}
	window := doc.get("merge_window")
	r.span(window, &p.MergeWindow)
	if u := p.MergeWindow.Unit; (u != Minutes && u != Hours) || (u == Hours && p.MergeWindow.N > 24) || p.MergeWindow.N > 24*60 {
		r.wrong(window, "minutes or hours, at most 24h", "%s is too long to gather a debtor's messages", p.MergeWindow)
	}
	r.span(doc.get("acknowledge_within"), &p.AcknowledgeWithin)
	windows := doc.get("windows")
	r.window(windows.get("service"), &p.Windows.Service)
	r.window(windows.get("reminder"), &p.Windows.Reminder)
	r.window(windows.get("formal"), &p.Windows.Formal)
	r.caps(doc.get("caps"), &p.Caps)
	r.steps(doc.get("steps"), p)
	r.conversations(doc, p)
	r.holdout(doc.get("holdout"), p)
	r.rules(doc, p)
	return p
}

// named reads the name of something.
func (r *reader) named(v *value) string {
	if !policyID.MatchString(v.text) {
		r.misfit(v, "lower-case letters, digits and hyphens, at most 40", "%q is not a name", v.text)
	}
	return v.text
}

// span reads a length of time where one is written, in one of the units; in any when none is named.
func (r *reader) span(v *value, into *Span, units ...Unit) {
	if !v.written || v.bad {
		return
	}
	s, err := ParseSpan(v.text)
	if err != nil {
		r.refused(v, err)
		v.bad = true
		return
	}
	if len(units) > 0 && !slices.Contains(units, s.Unit) {
		r.misfit(v, "write "+choice(unitWords(units)), "%s is counted in the wrong unit", s)
		return
	}
	*into = s
}

// longer is span for what cannot be of no length.
func (r *reader) longer(v *value, into *Span, units ...Unit) {
	r.span(v, into, units...)
	if v.written && !v.bad && into.IsZero() {
		r.misfit(v, "write a longer time, or drop the key for the default", "%s is no time at all", v.text)
	}
}

func unitWords(units []Unit) []string {
	names := map[Unit]string{Minutes: "minutes (30m)", Hours: "hours (2h)", Days: "days (5d)", BusinessDays: "business days (3bd)"}
	var all []string
	for _, u := range units {
		all = append(all, names[u])
	}
	return all
}

func (r *reader) window(v *value, into *Window) {
	if open := v.get("open"); open.written {
		m := openHours.FindStringSubmatch(open.text)
		var n [4]int
		for i := 1; i < len(m); i++ {
			n[i-1], _ = strconv.Atoi(m[i]) // the pattern holds digits only
		}
		from, to := n[0]*60+n[1], n[2]*60+n[3]
		if m == nil || to > 24*60 || to-from < 30 {
			r.wrong(open, `write from and to, at least half an hour apart: "09:00-18:00"`, "%q is not a contact window", open.text)
		} else {
			into.From, into.To = from, to
		}
	}
	if days := v.get("days"); days.written && !days.bad {
		into.Business = days.text == "business"
	}
	r.span(v.get("gap"), &into.Gap)
}

func (r *reader) caps(v *value, into *Caps) {
	total := Cap{N: into.Contacts, Days: into.Days}
	r.limit(v.get("contacts"), &total)
	into.Contacts, into.Days = total.N, total.Days
	r.limit(v.get("per_channel"), &into.Channel)
	r.limit(v.get("per_address"), &into.Address)
	r.limit(v.get("calls"), &into.Calls)
}

// limit reads a cap such as "3 per 7d".
func (r *reader) limit(v *value, into *Cap) {
	if !v.written || v.bad {
		return
	}
	m := capPattern.FindStringSubmatch(v.text)
	if m == nil {
		r.wrong(v, `write a number of contacts and of days, e.g. "3 per 7d"`, "%q is not a cap", v.text)
		return
	}
	into.N, _ = strconv.Atoi(m[1]) // the pattern holds digits only
	into.Days, _ = strconv.Atoi(m[2])
}

// rules reads the thresholds of the decision. A policy that decides needs them.
func (r *reader) rules(doc *value, p *Policy) {
	decide, decides := doc.get("decide"), p.find(Decide, 0) >= 0
	if !decide.written {
		if decides {
			r.wrong(doc.get("steps"), "add decide: {small_balance: …, lawyer_from: …, approval_above: …} with an amount per currency", "a step decides, but the policy has no decide section")
		}
		return
	}
	if !decides {
		r.wrong(decide, "add a step with acts: [decide], or drop the section", "no step decides")
	}
	from := decide.get("lawyer_from")
	p.Rules.SmallBalance = r.thresholds(decide.get("small_balance"))
	p.Rules.LawyerFrom = r.thresholds(from)
	p.Rules.ApprovalAbove = r.thresholds(decide.get("approval_above"))
	for _, c := range from.keys {
		small, both := p.Rules.SmallBalance[invoice.Currency(c)]
		if at, ok := p.Rules.LawyerFrom[invoice.Currency(c)]; ok && both && at <= small {
			r.wrong(from.get(c), "above the small balance, so that each balance has one route", "is not above small_balance")
		}
	}
}

// thresholds reads an amount per currency.
func (r *reader) thresholds(v *value) Thresholds {
	t := Thresholds{}
	for _, code := range v.keys {
		one := v.get(code)
		m, err := invoice.ParseMoney(one.text, code)
		switch {
		case one.bad:
		case err != nil:
			r.refused(one, err)
		case m.Minor < 0:
			r.wrong(one, "write an amount from 0 up", "%s is below zero", m)
		default:
			t[m.Currency] = m.Minor
		}
	}
	return t
}

// amounts is thresholds where none are needed: nil when nothing is written.
func (r *reader) amounts(v *value) Thresholds {
	if !v.written || v.bad {
		return nil
	}
	if len(v.keys) == 0 {
		r.misfit(v, `write an amount per currency, e.g. {EUR: "10.00"}, or drop the key`, "names no currency")
		return nil
	}
	return r.thresholds(v)
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
