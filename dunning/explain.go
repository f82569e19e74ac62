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
	pl.ladder()
	var rows []Row
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, t := range c.Taken {
			if t.Step == s.ID {
				rows = append(rows, pl.row(s, t.Act, t.At, string(t.Outcome), "on file"))
			}
		}
	}
	step := func(id string) *Step { return &p.Steps[max(0, p.index(id))] }
	for _, it := range pl.out.Items {
		if it.Step != "" {
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
		return cmp.Or(cmp.Compare(p.index(a.Step), p.index(b.Step)), cmp.Compare(a.Channel.rank(), b.Channel.rank()))
	})
	return rows
}

func (pl *planner) row(s *Step, a Act, at time.Time, state, reason string) Row {
	r := Row{Step: s.ID, Title: s.Title, Channel: a, State: state, Reason: reason, At: at}
	if a == Email || a == SMS {
		r.Template = s.Template
	}
	if !at.IsZero() {
		local := at.In(pl.z.in())
		r.Date, r.Time, r.Zone = invoice.DateOf(local).String(), local.Format("15:04"), pl.z.in().String()
	}
	return r
}
