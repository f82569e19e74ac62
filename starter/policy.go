package main

import (
	"context"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"dunlin/dunning"
	"dunlin/message"
)

// policyCmd checks, rehearses and keeps dunning policies.
func (a *app) policyCmd() *cobra.Command {
	c := family("policy", "Check, preview and keep dunning policies", a.policyCheck(), a.policyPreview(), a.policyForecast(), a.policyDiff(), a.policyPut(), a.policyList(), a.policyShow(), a.policySchema(),
		a.policyAdopt(), a.policyAdoptions())
	c.Example = "  dunlin policy check mine.yaml\n  dunlin policy preview mine.yaml --amount \"1190.00 EUR\""
	return c
}

// loadPolicy reads a policy from a YAML file, checked against all templates; a name without an ending
// is a policy that comes with Dunlin.
func (a *app) loadPolicy(file string) (*dunning.Policy, []byte, *message.Catalog, error) {
	catalog, err := message.NewCatalog()
	if err != nil {
		return nil, nil, nil, err
	}
	if filepath.Ext(file) == "" && file != "-" {
		for _, s := range dunning.Shipped() {
			if s.Policy.Name == file {
				return s.Policy, s.YAML, catalog, nil
			}
		}
	}
	text, err := a.readFile(file)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := dunning.Parse(file, text, templates{catalog})
	return p, text, catalog, err
}

// templates tells a policy which messages can be written.
type templates struct{ *message.Catalog }

// Has says whether there is such a message.
func (t templates) Has(template string, act dunning.Act) bool {
	if act == dunning.SMS {
		return t.HasSMS(template)
	}
	return t.HasEmail(template)
}

// checkedPolicy is the JSON answer of policy check and policy put.
type checkedPolicy struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Hash    string `json:"hash"`
	Steps   int    `json:"steps"`

	Warnings []message.Finding `json:"warnings,omitempty"` // policy check: words to weigh
}

func checkedOf(p *dunning.Policy) checkedPolicy {
	return checkedPolicy{Name: p.Name, Version: p.Version, Hash: p.Hash(), Steps: len(p.Steps)}
}

func (a *app) policyCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE",
		Short:   "Check a policy: keys, offsets, order of steps, templates",
		Long:    "Check a policy file strictly. What is wrong is shown with file, line, column, the place, and a hint.",
		Example: "  dunlin policy check mine.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: a.do(func(_ context.Context, args []string) error {
			p, _, catalog, err := a.loadPolicy(args[0])
			if err != nil {
				return err
			}
			warnings, err := wording(p, catalog)
			if err != nil {
				return err
			}
			if a.json {
				checked := checkedOf(p)
				checked.Warnings = warnings
				return a.show(checked)
			}
			a.say("%s v%d is right.", p.Name, p.Version)
			a.ladder(p)
			for _, w := range warnings {
				a.say("warning: %s: %s", w.Text, w.Why)
			}
			return nil
		}),
	}
}

func (a *app) policyPut() *cobra.Command {
	return &cobra.Command{
		Use:   "put FILE",
		Short: "Check a policy and put it on file under its name",
		Long: "Check a policy and put it on file under its name. Invoices issued from now on follow it; running cases\n" +
			"keep the version they started with.",
		Example: "  dunlin policy put mine.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			p, text, catalog, err := a.loadPolicy(args[0])
			if err != nil {
				return err
			}
			if _, err := wording(p, catalog); err != nil {
				return err
			}
			if err := b.PutPolicy(ctx, p, text); err != nil {
				return err
			}
			if a.json {
				return a.show(checkedOf(p))
			}
			a.say("%s v%d is on file.", p.Name, p.Version)
			return nil
		}),
	}
}

func (a *app) policyList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the policies on file",
		Long:    "List the policies on file, each in the version that new invoices follow. With --json: one JSON document per line.",
		Example: "  dunlin policy list",
		Args:    cobra.NoArgs,
		RunE: a.withBooks(func(ctx context.Context, b books, _ []string) error {
			names, err := b.Policies(ctx)
			if err != nil {
				return err
			}
			t := newTable("NAME", ">VERSION", "KIND", "HASH")
			for _, name := range names {
				p, err := b.Policy(ctx, name)
				if err != nil {
					return err
				}
				if a.json {
					if err := a.stream(checkedOf(p)); err != nil {
						return err
					}
				}
				t.add(p.Name, strconv.Itoa(p.Version), string(p.Kind), p.Hash()[:12])
			}
			if !a.json {
				t.print(a.out, "")
			}
			return nil
		}),
	}
}

func (a *app) policyShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Show a policy on file",
		Example: "  dunlin policy show standard-b2b",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			p, err := b.Policy(ctx, args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.show(p)
			}
			a.say("%s v%d, %s", p.Name, p.Version, p.Hash())
			if p.Description != "" {
				a.say("%s", p.Description)
			}
			a.ladder(p)
			return nil
		}),
	}
}

func (a *app) policySchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of policy files, for editors",
		Example: "  dunlin policy schema > policy.schema.json",
		Args:    cobra.NoArgs,
		RunE: a.do(func(context.Context, []string) error {
			_, err := a.out.Write(dunning.PolicySchema())
			return err
		}),
	}
}
