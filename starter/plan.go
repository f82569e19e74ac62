package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
)

// planCmd shows what comes.
func (a *app) planCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "plan INVOICE",
		Short:   "Show what comes, when and why, and what is held",
		Long:    "Show what comes, when in the debtor's zone and why; what is held and by which gate; and what was done.",
		Example: "  dunlin plan acme/INV-1",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			k, err := parseKey(args[0])
			if err != nil {
				return err
			}
			p, err := b.Plan(ctx, k)
			if err != nil {
				return err
			}
			stopped, err := stoppedFor(ctx, b, k.Creditor)
			if err != nil {
				return err
			}
			if a.json {
				return a.show(plan{p, stopped})
			}
			a.planned(p)
			a.stopped(stopped, p.Zone)
			return nil
		}),
	}
}

// plan is what comes, with the stop switches that would hold it when its time comes.
type plan struct {
	collection.PlanView
	SendingStopped []collection.Switch `json:"sending_stopped,omitempty"`
}

// stoppedFor lists the stop switches in force that concern a creditor's messages.
func stoppedFor(ctx context.Context, b switchboard, creditor string) (mine []collection.Switch, err error) {
	all, err := b.Switches(ctx)
	for _, s := range all {
		if id, one := strings.CutPrefix(s.Scope, "creditor:"); !one || id == creditor {
			mine = append(mine, s)
		}
	}
	return mine, err
}

func (a *app) stopped(switches []collection.Switch, zone string) {
	if len(switches) == 0 {
		return
	}
	a.say("")
	a.say("Sending is stopped; what falls due waits until dunlin sending resume:")
	t := newTable()
	for _, s := range switches {
		t.add(s.Scope, "since "+moment(s.StoppedAt, zone), s.Actor, s.Reason)
	}
	t.print(a.out, "  ")
}

func (a *app) planned(p collection.PlanView) {
	a.standing(p.View)
	if len(p.Plan.Items) > 0 {
		a.say("")
		a.say("What comes (%s):", zoneNote(p.Zone))
		t := newTable()
		for _, i := range p.Plan.Items {
			t.add(moment(i.At, p.Zone), plain(i.Act), i.Step, i.Reason)
		}
		t.print(a.out, "  ")
	}
	if len(p.Plan.Held) > 0 {
		a.say("")
		a.say("What is held:")
		t := newTable()
		for _, h := range p.Plan.Held {
			t.add(plain(h.Act), h.Step, plain(h.Gate), h.Reason)
		}
		t.print(a.out, "  ")
	}
	if len(p.Taken) > 0 {
		a.say("")
		a.say("What was done (%s):", zoneNote(p.Zone))
		t := newTable()
		for _, d := range p.Taken {
			t.add(moment(d.At, p.Zone), plain(d.Act), d.Step, plain(d.Outcome), d.Reason)
		}
		t.print(a.out, "  ")
	}
}
