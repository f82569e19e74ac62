package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

const scopes = "SCOPE is all, creditor:ID, channel:email or channel:sms."

// sendingCmd is the switch that stops all messages.
func (a *app) sendingCmd() *cobra.Command {
	c := family("sending", "Stop and resume sending, for all or for some", a.sendingStop(), a.sendingResume(), a.sendingList())
	c.Example = "  dunlin sending stop all --reason \"wrong template\"\n  dunlin sending resume all"
	return c
}

func (a *app) sendingStop() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     "stop SCOPE",
		Short:   "Send nothing until resumed",
		Long:    "Send nothing until resumed. Steps stay due and go out afterwards by their late rules. " + scopes,
		Example: "  dunlin sending stop creditor:acme --reason \"moving to a new bank account\"",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever finds it stopped (required)")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		if err := checkScope(args[0]); err != nil {
			return err
		}
		if reason == "" {
			return invoice.Invalid("reason", "is missing").WithHint("say why, for whoever finds it stopped: --reason \"…\"")
		}
		if id, one := strings.CutPrefix(args[0], "creditor:"); one { // stopping nobody must not look like a stop
			if _, err := b.Creditor(ctx, id); err != nil {
				return err
			}
		}
		now, err := b.Now(ctx)
		if err != nil {
			return err
		}
		s := collection.Switch{Scope: args[0], Reason: reason, Actor: a.actor, StoppedAt: now}
		if err := b.StopSending(ctx, s); err != nil {
			return err
		}
		if a.json {
			return a.show(s)
		}
		a.say("Sending is stopped for %s. %s", s.Scope, inFlightNote)
		return nil
	})
	return cmd
}

func (a *app) sendingResume() *cobra.Command {
	return &cobra.Command{
		Use:     "resume SCOPE",
		Short:   "Send again",
		Long:    "Send again. What became due meanwhile goes out at the providers' pace. " + scopes,
		Example: "  dunlin sending resume creditor:acme",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			if err := checkScope(args[0]); err != nil {
				return err
			}
			if err := b.ResumeSending(ctx, args[0], a.actor); err != nil {
				return err
			}
			if a.json {
				return a.show(map[string]string{"scope": args[0], "state": "resumed"})
			}
			a.say("Sending goes on for %s.", args[0])
			return nil
		}),
	}
}

func (a *app) sendingList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List what is stopped",
		Long:    "List what is stopped. With --json: one JSON document per line.",
		Example: "  dunlin sending list",
		Args:    cobra.NoArgs,
		RunE: a.withBooks(func(ctx context.Context, b books, _ []string) error {
			all, err := b.Switches(ctx)
			if err != nil {
				return err
			}
			t := newTable("SCOPE", "STOPPED (UTC)", "BY", "WHY")
			for _, s := range all {
				if a.json {
					if err := a.stream(s); err != nil {
						return err
					}
				}
				t.add(s.Scope, moment(s.StoppedAt, ""), s.Actor, s.Reason)
			}
			switch {
			case a.json:
			case len(all) == 0:
				a.say("Nothing is stopped.")
			default:
				t.print(a.out, "")
			}
			return nil
		}),
	}
}

func checkScope(s string) error {
	id, creditor := strings.CutPrefix(s, "creditor:")
	if s == "all" || s == "channel:email" || s == "channel:sms" || (creditor && id != "") {
		return nil
	}
	return invoice.Invalid("scope", "%q is not a scope", s).WithHint("write all, creditor:ID, channel:email or channel:sms")
}
