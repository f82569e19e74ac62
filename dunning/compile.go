package dunning

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dunlin/invoice"
)

var (
	policyID   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
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
func (r *reader) compile(raw *rawPolicy) *Policy {
	p := &Policy{
		Name: raw.Policy, Version: raw.Version, Kind: invoice.Kind(raw.Kind), Description: strings.TrimSpace(raw.Description),
		MergeWindow: Span{30, Minutes}, BankGrace: Span{3, BusinessDays}, AcknowledgeWithin: Span{5, BusinessDays},
		Windows: houseWindows, Caps: Caps{Contacts: 3, Days: 7},
	}
	if !policyID.MatchString(raw.Policy) {
		r.wrong("policy", "lower-case letters, digits and hyphens, at most 40", "%q is not a name for a policy", raw.Policy)
	}
	if raw.Version < 1 {
		r.wrong("version", "count from 1; running cases keep the version they started with", "%d is not a version", raw.Version)
	}
	if p.Kind != invoice.KindInvoice && p.Kind != invoice.KindOrder {
		r.wrong("kind", "write invoice or order", "%q is not a kind", raw.Kind)
	}
	r.span("merge_window", raw.MergeWindow, &p.MergeWindow)
	if u := p.MergeWindow.Unit; (u != Minutes && u != Hours) || (u == Hours && p.MergeWindow.N > 24) {
		r.wrong("merge_window", "minutes or hours, at most 24h", "%s is too long to gather a debtor's messages", p.MergeWindow)
	}
	r.span("promise.bank_grace", raw.Promise.BankGrace, &p.BankGrace)
	r.span("acknowledge_within", raw.AcknowledgeWithin, &p.AcknowledgeWithin)
	r.windows(raw.Windows, &p.Windows)
	r.caps(raw.Caps.Contacts, &p.Caps)
	r.steps(raw.Steps, p)
	r.rules(raw.Decide, p)
	return p
}

// span reads a length of time where one is written.
func (r *reader) span(path, text string, into *Span) {
	if text == "" {
		return
	}
	s, err := ParseSpan(text)
	if err != nil {
		r.refused(path, err)
		return
	}
	*into = s
}

func (r *reader) windows(raw map[string]rawWindow, into *Windows) {
	classes := map[string]*Window{"service": &into.Service, "reminder": &into.Reminder, "formal": &into.Formal}
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, ok := classes[name]
		path := "windows." + name
		if !ok {
			r.wrong(path, "the classes are service, reminder and formal", "%q is not a class", name)
			continue
		}
		r.window(path, raw[name], w)
	}
}

func (r *reader) window(path string, raw rawWindow, into *Window) {
	if raw.Open != "" {
		m := openHours.FindStringSubmatch(raw.Open)
		var n [4]int
		for i := 1; i < len(m); i++ {
			n[i-1], _ = strconv.Atoi(m[i]) // the pattern holds digits only
		}
		from, to := n[0]*60+n[1], n[2]*60+n[3]
		if m == nil || to > 24*60 || to-from < 30 {
			r.wrong(path+".open", `write from and to, at least half an hour apart: "09:00-18:00"`, "%q is not a contact window", raw.Open)
		} else {
			into.From, into.To = from, to
		}
	}
	switch raw.Days {
	case "":
	case "every":
		into.Business = false
	case "business":
		into.Business = true
	default:
		r.wrong(path+".days", "write every or business", "%q is not a choice of days", raw.Days)
	}
	r.span(path+".gap", raw.Gap, &into.Gap)
}

func (r *reader) caps(text string, into *Caps) {
	if text == "" {
		return
	}
	m := capPattern.FindStringSubmatch(text)
	if m == nil {
		r.wrong("caps.contacts", `write a number of contacts and of days, e.g. "3 per 7d"`, "%q is not a cap", text)
		return
	}
	into.Contacts, _ = strconv.Atoi(m[1]) // the pattern holds digits only
	into.Days, _ = strconv.Atoi(m[2])
}

// rules reads the thresholds of the decision. A policy that decides needs them.
func (r *reader) rules(raw *rawRules, p *Policy) {
	decides := p.find(Decide, 0) >= 0
	switch {
	case raw == nil && decides:
		r.wrong("steps", "add decide: {small_balance: …, lawyer_from: …, approval_above: …} with an amount per currency", "a step decides, but the policy has no decide section")
		return
	case raw == nil:
		return
	case !decides:
		r.wrong("decide", "add a step with acts: [decide], or drop the section", "no step decides")
	}
	p.Rules.SmallBalance = r.thresholds("decide.small_balance", raw.SmallBalance)
	p.Rules.LawyerFrom = r.thresholds("decide.lawyer_from", raw.LawyerFrom)
	p.Rules.ApprovalAbove = r.thresholds("decide.approval_above", raw.ApprovalAbove)
	for _, c := range sortedKeys(p.Rules.SmallBalance) {
		if from, ok := p.Rules.LawyerFrom[c]; ok && from <= p.Rules.SmallBalance[c] {
			r.wrong("decide.lawyer_from."+string(c), "above the small balance, so that each balance has one route", "is not above small_balance")
		}
	}
}

func (r *reader) thresholds(path string, raw map[string]string) Thresholds {
	t := Thresholds{}
	for _, code := range sortedKeys(raw) {
		m, err := invoice.ParseMoney(raw[code], code)
		switch {
		case err != nil:
			r.refused(path+"."+code, err)
		case m.Minor < 0:
			r.wrong(path+"."+code, "write an amount from 0 up", "%s is below zero", m)
		default:
			t[m.Currency] = m.Minor
		}
	}
	return t
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
