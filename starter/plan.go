package main

import (
	"context"

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
			if a.json {
				return a.show(p)
			}
			a.planned(p)
			return nil
		}),
	}
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
