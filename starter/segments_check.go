package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/dunning"
)

func (a *app) segmentsCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check rules without a database: keys, conditions, rules that are never reached",
		Long: "Check a file of segment rules strictly. What is wrong is shown with file, line, column, the place, and a hint.\n" +
			"Whether the policies are on file is checked when the rules are put there.",
		Example: "  dunlin segments check rules.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: a.do(func(_ context.Context, args []string) error {
			text, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			rules, err := dunning.ParseSegments(args[0], text, nil)
			if err != nil {
				return err
			}
			if a.json {
				return a.show(rules)
			}
			a.say("%s is right.", args[0])
			a.rules(rules)
			return nil
		}),
	}
}

func (a *app) segmentsSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of segment files, for editors",
		Example: "  dunlin segments schema > segments.schema.json",
		Args:    cobra.NoArgs,
		RunE: a.do(func(context.Context, []string) error {
			_, err := a.out.Write(dunning.SegmentsSchema())
			return err
		}),
	}
}
