package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const segmentsHelp = `Keep the rules that choose the dunning policy when an invoice or order is issued. The first rule that
holds counts; a policy named on the invoice beats all rules; where no rule holds, the default of the kind
is taken (standard-b2b, order-24h). The case file says which rule chose, and why.

  segments:
    - {name: key accounts, when: {group: key, kind: invoice}, policy: key-account}
    - {name: consumers, when: {type: consumer, amount_from: {EUR: "50.00"}}, policy: consumer}
`

// segmentsCmd keeps the rules that choose a policy.
func (a *app) segmentsCmd() *cobra.Command {
	c := family("segments", "Keep the rules that choose an invoice's policy", a.segmentsCheck(), a.segmentsPut(), a.segmentsShow(), a.segmentsTry(), a.segmentsSchema())
	c.Long = segmentsHelp
	c.Example = "  dunlin segments try rules.yaml --invoice acme/INV-1\n  dunlin segments put rules.yaml"
	return c
}

// loadSegments reads a file of rules, checked against the policies on file.
func (a *app) loadSegments(ctx context.Context, b library, file string) (*dunning.Segments, []byte, error) {
	known := map[string]invoice.Kind{}
	names, err := b.Policies(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		p, err := b.Policy(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		known[name] = p.Kind
	}
	text, err := a.readFile(file)
	if err != nil {
		return nil, nil, err
	}
	rules, err := dunning.ParseSegments(file, text, known)
	return rules, text, err
}

func (a *app) segmentsPut() *cobra.Command {
	return &cobra.Command{
		Use:     "put FILE",
		Short:   "Check rules and let them choose for new invoices",
		Long:    "Check a file of segment rules and put it in force for invoices issued from now on. Running cases keep\ntheir policy: dunlin policy adopt moves them.",
		Example: "  dunlin segments put rules.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			rules, text, err := a.loadSegments(ctx, b, args[0])
			if err != nil {
				return err
			}
			if err := b.PutSegments(ctx, rules, text, a.actor); err != nil {
				return err
			}
			if a.json {
				return a.show(rules)
			}
			a.say("%s in force for new invoices.", many(int64(len(rules.Rules)), "rule"))
			a.rules(rules)
			return nil
		}),
	}
}

func (a *app) segmentsShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Show the rules in force",
		Example: "  dunlin segments show --json",
		Args:    cobra.NoArgs,
		RunE: a.withBooks(func(ctx context.Context, b books, _ []string) error {
			rules, _, err := b.Segments(ctx)
			if err != nil {
				return err
			}
			if a.json {
				return a.show(rules)
			}
			a.rules(rules)
			return nil
		}),
	}
}

// rules prints segment rules in their order.
func (a *app) rules(rules *dunning.Segments) {
	t := newTable(">", "SEGMENT", "WHEN", "POLICY")
	for i, r := range rules.Rules {
		t.add(strconv.Itoa(i+1), r.Name, r.When.Words(), r.Policy)
	}
	t.print(a.out, "  ")
}

// triedRule is one rule as it answers for one invoice.
type triedRule struct {
	Segment string `json:"segment"`
	Policy  string `json:"policy"`
	Holds   bool   `json:"holds"`
	Why     string `json:"why,omitempty"` // what does not hold
	Chosen  bool   `json:"chosen"`
}

func (a *app) segmentsTry() *cobra.Command {
	var number, is string
	cmd := &cobra.Command{
		Use:   "try [FILE]",
		Short: "Show which rule would choose, and why the others do not hold",
		Long: "Try the rules in force, or those of a file, on an invoice on file or on one that is made up, e.g.\n" +
			"--is \"creditor=acme,kind=invoice,country=DE,type=business,group=key,history=first,amount=500.00 EUR\".\nNothing is changed.",
		Example: "  dunlin segments try rules.yaml --invoice acme/INV-1\n  dunlin segments try --is \"kind=invoice,group=key,amount=500.00 EUR\"",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringVar(&number, "invoice", "", "an invoice on file, CREDITOR/NUMBER")
	cmd.Flags().StringVar(&is, "is", "", "what a made-up invoice is: words as in the rules, commas between")
	cmd.MarkFlagsOneRequired("invoice", "is")
	cmd.MarkFlagsMutuallyExclusive("invoice", "is")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		f, err := features(ctx, b, number, is)
		if err != nil {
			return err
		}
		var rules *dunning.Segments
		if len(args) == 1 {
			rules, _, err = a.loadSegments(ctx, b, args[0])
		} else {
			rules, _, err = b.Segments(ctx)
		}
		if err != nil {
			return err
		}
		return a.tried(rules, f)
	})
	return cmd
}

func features(ctx context.Context, b sorter, number, is string) (dunning.Features, error) {
	if number == "" {
		return collection.ParseFeatures(is)
	}
	k, err := parseKey(number)
	if err != nil {
		return dunning.Features{}, err
	}
	return b.Features(ctx, k)
}

// tried says for every rule whether it holds.
func (a *app) tried(rules *dunning.Segments, f dunning.Features) error {
	var all []triedRule
	chosen := false
	t := newTable("SEGMENT", "POLICY", "")
	for _, r := range rules.Rules {
		x := triedRule{Segment: r.Name, Policy: r.Policy}
		x.Holds, x.Why = r.When.Holds(f)
		x.Chosen = x.Holds && !chosen
		chosen = chosen || x.Holds
		all = append(all, x)
		about := x.Why
		switch {
		case x.Chosen:
			about = "chosen: " + r.When.Words()
		case x.Holds:
			about = "holds, too: the first one counts"
		}
		t.add(x.Segment, x.Policy, about)
	}
	if a.json {
		return a.show(struct {
			Rules []triedRule `json:"rules"`
		}{all})
	}
	t.print(a.out, "")
	if !chosen {
		a.say("No rule holds: the default policy of the kind is taken.")
	}
	a.say("A policy that is named on the invoice itself beats the rules.")
	return nil
}
