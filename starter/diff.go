package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const diffHelp = `Show in words what NEW does otherwise than OLD, and what that would mean for the cases that run under OLD.
Each of the two is a policy file, or the name of a policy: the one on file when the database can be
reached, else the one that comes with Dunlin.

Running cases keep the version they started with. What stands under "running cases" would come if they were
moved (dunlin policy adopt); until then nothing changes for them.`

func (a *app) policyDiff() *cobra.Command {
	return &cobra.Command{
		Use:     "diff OLD NEW",
		Short:   "Show what a policy does otherwise than another, and for which running cases",
		Long:    diffHelp,
		Example: "  dunlin policy diff standard-b2b mine.yaml\n  dunlin policy diff old.yaml new.yaml --json",
		Args:    cobra.ExactArgs(2),
		RunE: a.do(func(ctx context.Context, args []string) error {
			b, away := a.reach(ctx)
			if b != nil {
				defer b.Close()
			}
			old, err := a.policyOf(ctx, b, args[0])
			if err != nil {
				return err
			}
			next, err := a.policyOf(ctx, b, args[1])
			if err != nil {
				return err
			}
			d := policyDifference{Old: checkedOf(old), New: checkedOf(next), Changes: dunning.Diff(old, next)}
			if d.Changes == nil {
				d.Changes = []dunning.Change{}
			}
			if err := d.runningUnder(ctx, b, away, old, next); err != nil {
				return err
			}
			if a.json {
				return a.show(d)
			}
			a.difference(d)
			return nil
		}),
	}
}

// policyDifference is the JSON answer of policy diff.
type policyDifference struct {
	Old     checkedPolicy             `json:"old"`
	New     checkedPolicy             `json:"new"`
	Changes []dunning.Change          `json:"changes"`
	Running *int                      `json:"running,omitempty"` // cases that follow OLD; missing: nobody looked
	Changed int                       `json:"changed"`           // of them, those for which something would change
	Cases   []collection.PolicyEffect `json:"cases,omitempty"`
	Unseen  string                    `json:"unseen,omitempty"` // why the running cases were not looked at
}

// reach opens the database when it answers; away says why it does not.
func (a *app) reach(ctx context.Context) (books, error) {
	b, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := b.Now(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// policyOf reads a policy from a file, from the database, or from those that come with Dunlin.
func (a *app) policyOf(ctx context.Context, b books, name string) (*dunning.Policy, error) {
	if b != nil && filepath.Ext(name) == "" && name != "-" {
		p, err := b.Policy(ctx, name)
		if err == nil || invoice.CodeOf(err) != invoice.CodeUnknown {
			return p, err
		}
	}
	p, _, _, err := a.loadPolicy(name)
	return p, err
}

// runningUnder looks at the cases that follow the old policy.
func (d *policyDifference) runningUnder(ctx context.Context, b books, away error, old, next *dunning.Policy) error {
	switch {
	case b == nil:
		d.Unseen = "the database cannot be reached"
		if e, ok := errors.AsType[*invoice.Error](away); ok {
			d.Unseen = e.Message
		}
		return nil
	case old.Kind != next.Kind:
		d.Unseen = "a policy for an " + string(next.Kind) + " cannot take cases of an " + string(old.Kind)
		return nil
	}
	effects, err := b.Effects(ctx, old, next)
	if err != nil {
		return err
	}
	n := len(effects)
	d.Running, d.Cases = &n, slices.DeleteFunc(effects, func(e collection.PolicyEffect) bool { return e.First < 0 })
	d.Changed = len(d.Cases)
	return nil
}

// mostCases is how many cases a table shows; JSON has all.
const mostCases = 50

func (a *app) difference(d policyDifference) {
	name := func(p checkedPolicy) string {
		return p.Name + " v" + count(int64(p.Version)) + " (" + p.Hash[:12] + ")"
	}
	a.say("%s instead of %s:", name(d.New), name(d.Old))
	if len(d.Changes) == 0 {
		a.say("  nothing is different")
	}
	for _, c := range d.Changes {
		a.say("  %s", c.Text)
	}
	a.say("")
	switch {
	case d.Running == nil:
		a.say("Running cases were not looked at: %s.", d.Unseen)
		return
	case d.Changed == 0:
		a.say("%s under %s v%d: nothing would change for them.", many(int64(*d.Running), "running case"), d.Old.Name, d.Old.Version)
		return
	}
	a.say("%s under %s v%d; for %s something would change. The first difference of each:", many(int64(*d.Running), "running case"), d.Old.Name, d.Old.Version, count(int64(d.Changed)))
	t := newTable("INVOICE", "NOW", "THEN")
	for _, e := range d.Cases[:min(len(d.Cases), mostCases)] {
		t.add(e.Invoice.String(), nth(e.Before, e.First, e.Zone), nth(e.After, e.First, e.Zone))
	}
	t.print(a.out, "  ")
	if n := len(d.Cases) - mostCases; n > 0 {
		a.say("  … and %s; --json has all", many(int64(n), "case"))
	}
}

// nth is one act that comes, in a few words.
func nth(rows []dunning.Row, i int, zone string) string {
	if i >= len(rows) {
		return "nothing"
	}
	r := rows[i]
	return cmp.Or(moment(r.At, zone), r.State) + " " + r.Title + " by " + plain(r.Channel)
}
