package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// patience is how long after its calendar day a step of an invoice may rightly come: weekends and holidays,
// minimum gaps, the cap over all invoices of a debtor, and an outage add up. An earlier silence shows all
// the same, as soon as a later step was taken.
const patience = 14 * 24 * time.Hour

// MissedSteps finds steps that were due and have none of the ends: taken in one of the ways of I3, held with
// a reason, or a person's task. When a step was due is worked out here, from the policy's offsets, the
// dates and the stops alone.
func MissedSteps(b *Books) []Finding {
	var f findings
	ledger := b.settlements()
	for _, i := range b.Invoices {
		p, ok := b.Policies[i.Policy]
		if !ok {
			f.add("I3", "%s: its policy %s is not on file", i.Key(), i.Policy)
			continue
		}
		l := b.ladder(i, p, ledger[i.PK])
		for n, s := range p.Steps {
			if why := l.missed(n, s); why != "" {
				f.add("I3", "%s: %s %s", i.Key(), s.ID, why)
			}
		}
	}
	return f
}

// ladder is what the books say about one invoice's steps.
type ladder struct {
	invoice Invoice
	zone    *time.Location
	end     time.Time       // until when steps could be due
	stopped []Stop          // the invoice's
	ends    map[string]bool // "step act" with an end on file
	told    map[string]bool // steps that spoke to the debtor, or may have
	waits   bool            // something other than time holds the case: data, a decision, the partner
	last    int             // index of the last step that spoke
}

func (b *Books) ladder(i Invoice, p Policy, settled []settlement) ladder {
	l := ladder{invoice: i, end: b.Now, ends: map[string]bool{}, told: map[string]bool{}, last: -1, zone: time.UTC}
	if z, err := time.LoadLocation(i.Zone); err == nil && i.Zone != "" {
		l.zone = z
	}
	if n := len(settled); n > 0 && settled[n-1].reopened == 0 {
		l.end = settled[n-1].at
	}
	for _, s := range b.Stops {
		if s.Invoice == i.PK && (s.Kind != "settled" || s.EndedSeq != 0) {
			l.stopped = append(l.stopped, s)
		}
	}
	for _, a := range b.Acts {
		if a.Invoice != i.PK {
			continue
		}
		l.ends[a.Step+" "+a.Act] = true
		if a.Outcome != "skipped" && (a.Act == "email" || a.Act == "sms" || a.Act == "phone_task") {
			l.told[a.Step] = true
		}
	}
	for n, s := range p.Steps {
		if l.told[s.ID] {
			l.last = n
		}
	}
	for _, h := range i.Held {
		l.ends[h.Step+" "+h.Act] = true
	}
	for _, t := range b.Tasks {
		about := t.Invoice == i.PK || t.Invoice == 0 && t.Debtor == i.DebtorPK
		if about && t.Kind != "phone" && t.Kind != "unconfirmed" && t.OpenedAt.Before(l.end) {
			l.waits = true
		}
	}
	for _, m := range b.Messages { // in flight or being looked up: not silent
		if m.Invoice == i.PK && (m.State == "in_flight" || m.State == "unknown") {
			l.ends[m.Step+" "+m.Channel] = true
		}
	}
	return l
}

// missed says why a step counts as missed, "" when it does not.
func (l ladder) missed(n int, s Step) string {
	var open []string
	for _, a := range s.Acts {
		if !l.ends[s.ID+" "+a] {
			open = append(open, a)
		}
	}
	if len(open) == 0 || s.Fallback != "" && l.ends[s.ID+" "+s.Fallback] {
		return ""
	}
	what := "(" + strings.Join(open, ", ") + ")"
	if n < l.last && slices.ContainsFunc(open, contacts) {
		return what + " has no end, though a later step was taken"
	}
	due, ok := l.due(s)
	if !ok || !due.Before(l.end) || l.waits {
		return ""
	}
	return what + " was due by " + due.Format(time.DateOnly) + " at the latest and has no end"
}

func contacts(act string) bool { return act == "email" || act == "sms" || act == "phone_task" }

// due is the moment by which the step must have an end; false when it never had to.
func (l ladder) due(s Step) (time.Time, bool) {
	at, ok := l.nominal(s.At)
	if !ok {
		return at, false
	}
	if l.invoice.Kind == "order" {
		return l.invoice.ExpiresAt.Add(time.Hour), true // every step of an order ends with its time
	}
	if at.Before(l.invoice.CreatedAt) {
		at = l.invoice.CreatedAt
	}
	for _, stop := range l.stopped {
		if stop.EndedAt.IsZero() {
			return at, at.Add(patience).Before(stop.From)
		}
		at = at.Add(stop.EndedAt.Sub(stop.From))
	}
	return at.Add(patience), true
}

// nominal reads an offset such as due+7d, issue+50% or expiry-2h.
func (l ladder) nominal(offset string) (time.Time, bool) {
	split := strings.IndexAny(offset, "+-")
	if split < 0 {
		return time.Time{}, false
	}
	midnight := func(d time.Time) time.Time {
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, l.zone)
	}
	i := l.invoice
	base := map[string]time.Time{"due": midnight(i.DueOn), "issue": i.CreatedAt, "expiry": i.ExpiresAt}[offset[:split]]
	digits := strings.TrimRight(offset[split+1:], "abcdefghijklmnopqrstuvwxyz%")
	n, err := strconv.Atoi(digits)
	if err != nil || base.IsZero() {
		return time.Time{}, false
	}
	if offset[split] == '-' {
		n = -n
	}
	switch offset[split+1+len(digits):] {
	case "d":
		return base.AddDate(0, 0, n), true
	case "bd":
		return base.AddDate(0, 0, 2*n), true
	case "h":
		return base.Add(time.Duration(n) * time.Hour), true
	case "m":
		return base.Add(time.Duration(n) * time.Minute), true
	case "%":
		return base.Add(i.ExpiresAt.Sub(base) * time.Duration(n) / 100), true
	}
	return time.Time{}, false
}
