package dunning

import (
	"cmp"
	"slices"
	"time"

	"dunlin/invoice"
)

// Row is one act of a policy as it would come for one case.
type Row struct {
	Step     string    `json:"step"`
	Title    string    `json:"title"`
	Channel  Act       `json:"channel"`
	Template string    `json:"template,omitempty"`
	At       time.Time `json:"at,omitzero"` // zero: no moment can be told
	Date     string    `json:"date,omitempty"`
	Time     string    `json:"time,omitempty"`
	Zone     string    `json:"zone,omitempty"`
	State    string    `json:"state"` // "planned", "held", "skipped", or the outcome on file
	Reason   string    `json:"reason"`
}

// Explain returns every act of the ladder in the policy's order: what was done, what comes when nobody
// pays, and why. It supposes that decisions are approved and that messages arrive, and says nothing about
// money; Plan is what really happens.
func (p *Policy) Explain(c Case, now time.Time) []Row {
	pl := newPlanner(p, &c, now)
	pl.assume = true
	pl.prepare()
	pl.ladder()
	pl.payPlan()
	var rows []Row
	step := func(id string) *Step {
		if s, ok := p.Step(id); ok {
			return &s
		}
		return &Step{ID: id, Title: title(id)}
	}
	for _, t := range c.Taken {
		if _, ok := p.Step(t.Step); ok {
			rows = append(rows, pl.row(step(t.Step), t.Act, t.At, string(t.Outcome), "on file"))
		}
	}
	for _, it := range pl.out.Items {
		if it.Step != "" && it.Act != Review {
			rows = append(rows, pl.row(step(it.Step), it.Act, it.At, "planned", it.Reason))
		}
	}
	for _, h := range pl.out.Held {
		rows = append(rows, pl.row(step(h.Step), h.Act, time.Time{}, "held", h.Reason))
	}
	for _, k := range pl.out.Skips {
		rows = append(rows, pl.row(step(k.Step), k.Act, time.Time{}, "skipped", k.Reason))
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(p.rankOf(a.Step), p.rankOf(b.Step)), cmp.Compare(a.Channel.rank(), b.Channel.rank()))
	})
	return rows
}

// rankOf orders steps: the ladder first, then what a payment plan adds, in the order in which it comes.
func (p *Policy) rankOf(step string) int {
	if i := p.index(step); i >= 0 {
		return i
	}
	return len(p.Steps)
}

func (pl *planner) row(s *Step, a Act, at time.Time, state, reason string) Row {
	r := Row{Step: s.ID, Title: s.Title, Channel: a, State: state, Reason: reason, At: at}
	if a == Email || a == SMS {
		r.Template = s.TemplateFor(pl.c.Assigned)
	}
	if !at.IsZero() {
		local := at.In(pl.z.in())
		r.Date, r.Time, r.Zone = invoice.DateOf(local).String(), local.Format("15:04"), pl.z.in().String()
	}
	return r
}
