package dunning

import (
	"fmt"
	"slices"
	"time"

	"dunlin/invoice"
)

// Inputs is what an act was judged by at one moment: kept with the claim of a message, so that it can be
// explained later by what was known then. It holds no name and no address.
type Inputs struct {
	Policy      string        `json:"policy"`         // name and version
	Hash        string        `json:"hash,omitempty"` // of the policy; whoever keeps the policies fills it in, like the sequence
	At          time.Time     `json:"at"`             // when it was judged
	Planned     time.Time     `json:"planned,omitzero"`
	Reason      string        `json:"reason,omitempty"` // of the plan, when it holds the act
	Seq         int64         `json:"seq,omitempty"`    // the invoice's
	Balance     invoice.Money `json:"balance"`
	Disputed    invoice.Money `json:"disputed,omitzero"`
	DueOn       invoice.Date  `json:"due_on,omitzero"`
	ExpiresAt   time.Time     `json:"expires_at,omitzero"`
	Zone        string        `json:"zone,omitempty"`
	Type        string        `json:"type,omitempty"` // business or consumer
	Creditor    string        `json:"creditor,omitempty"`
	Group       string        `json:"group,omitempty"`
	History     History       `json:"history,omitempty"`
	Country     string        `json:"country,omitempty"`
	Channel     string        `json:"channel,omitempty"`     // why the channel cannot be used; empty: it can
	LastContact time.Time     `json:"last_contact,omitzero"` // about this invoice, by another step
	Contacts    []time.Time   `json:"contacts,omitempty"`    // of the debtor within the cap's days, whatever the invoice
	Stops       []InForce     `json:"stops,omitempty"`
	Variant     string        `json:"variant,omitempty"`
	Holdout     bool          `json:"holdout,omitempty"`
	Route       Route         `json:"route,omitempty"` // what was decided about the claim
	Approved    bool          `json:"approved,omitempty"`
	Look        LookSaid      `json:"look,omitempty"` // what a person said who looks first
}

// InForce is a stop that was in force, without what a person wrote about it.
type InForce struct {
	Kind  StopKind  `json:"kind"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"` // zero: nobody knew
}

// InputsOf writes down what an act is judged by now.
func (p *Policy) InputsOf(c Case, step string, act Act, now time.Time) Inputs {
	in := Inputs{
		Policy: fmt.Sprintf("%s v%d", p.Name, p.Version), At: now.UTC(), Balance: c.Balance, DueOn: c.DueOn, ExpiresAt: c.ExpiresAt,
		Zone: c.Zone, Type: string(c.Type), Creditor: c.Creditor, Group: c.Group, History: c.History, Country: c.Country,
		Variant: c.Assigned[step], Holdout: c.Assigned[HoldoutKey] != "" && slices.Contains(p.Holdout.Steps, step),
	}
	if d := c.DecisionOn; d != nil {
		in.Route, in.Approved = d.Route, d.Approved
	}
	if c.Disputed.Positive() {
		in.Disputed = c.Disputed
	}
	pl := newPlanner(p, &c, now)
	if act.Contacts() {
		in.Channel = pl.unreachable(act)
	}
	if s, ok := p.Step(step); ok {
		in.LastContact = pl.lastContactBut(&s)
	}
	for _, s := range c.Stops {
		if s.inForce(now) {
			in.Stops = append(in.Stops, InForce{Kind: s.Kind, From: s.From, Until: s.Until})
		}
	}
	for _, l := range c.Looks {
		if l.Step == step {
			in.Look = l.Said
		}
	}
	in.Contacts = counted(c.Contacts, now.AddDate(0, 0, -p.Caps.Days))
	return in
}

// counted returns the beginnings of the debtor's contacts since a moment; what lies within an hour of
// one is part of it.
func counted(contacts []Contact, since time.Time) []time.Time {
	var begun []time.Time
	var last time.Time
	for _, c := range contacts {
		if c.Other || (!last.IsZero() && c.At.Sub(last) < sameContact) {
			continue
		}
		last = c.At
		if c.At.After(since) {
			begun = append(begun, c.At)
		}
	}
	return begun
}

// Longest returns the days that the widest of the caps looks back.
func (c Caps) Longest() int {
	return max(c.Days, c.Channel.Days, c.Address.Days, c.Calls.Days)
}
