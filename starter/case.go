package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

// caseCmd shows an invoice's whole history.
func (a *app) caseCmd() *cobra.Command {
	var messages bool
	var page string
	cmd := &cobra.Command{
		Use:     "case INVOICE",
		Short:   "Show the case file: everything that happened, in words",
		Long:    "Show the case file: everything that happened, who did it and when; messages, tasks, bookings, the\ndecision and the handoff. --html writes it as a page to print or to hand over.",
		Example: "  dunlin case acme/INV-1 --messages\n  dunlin case acme/INV-1 --html INV-1.html",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&messages, "messages", false, "show the text of each message")
	cmd.Flags().StringVar(&page, "html", "", "write the case file as an HTML page to this file")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, err := parseKey(args[0])
		if err != nil {
			return err
		}
		c, err := b.Case(ctx, k)
		if err != nil {
			return err
		}
		if page != "" {
			if err := writeCasePage(page, c); err != nil {
				return err
			}
		}
		switch {
		case a.json:
			return a.show(c)
		case page != "":
			a.say("The case file of %s is in %s.", k, page)
		default:
			a.timeline(c, messages)
		}
		return nil
	})
	return cmd
}

func writeCasePage(file string, c collection.CaseView) error {
	text, err := casePage(c)
	if err != nil {
		return err
	}
	// Names, addresses and amounts: for the reader's eyes only.
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return invoice.Invalid("html", "cannot be written: %s", err)
	}
	return nil
}

func (a *app) timeline(c collection.CaseView, messages bool) {
	a.standing(c.View)
	a.say("")
	a.say("What happened (%s):", zoneNote(c.Zone))
	t := newTable()
	for _, e := range c.Events {
		t.add(moment(e.At, c.Zone), e.Actor, e.Text)
	}
	t.print(a.out, "  ")
	a.messages(c, messages)
	a.caseTasks(c)
	a.ending(c)
}

func (a *app) messages(c collection.CaseView, texts bool) {
	if len(c.Messages) == 0 {
		return
	}
	a.say("")
	a.say("Messages:")
	t := newTable()
	for _, m := range c.Messages {
		row := []string{moment(m.CreatedAt, c.Zone), string(m.Channel), m.Step, m.Recipient, fate(m)}
		if !texts {
			t.add(row...)
			continue
		}
		one := newTable()
		one.add(row...)
		one.print(a.out, "  ")
		if m.Subject != "" {
			fmt.Fprintln(a.out, "    | Subject:", clean(m.Subject))
		}
		for line := range strings.SplitSeq(strings.TrimRight(m.Text, "\n"), "\n") {
			fmt.Fprintln(a.out, strings.TrimRight("    | "+clean(line), " "))
		}
	}
	t.print(a.out, "  ")
}

// fate says in words what became of a message.
func fate(m collection.MessageView) string {
	words := []string{plain(m.State)}
	if m.Delivery != "" {
		words = append(words, plain(m.Delivery))
	}
	if m.Crossed {
		words = append(words, "crossed with a stop")
	}
	return strings.Join(words, ", ")
}

func (a *app) caseTasks(c collection.CaseView) {
	if len(c.Tasks) == 0 {
		return
	}
	a.say("")
	a.say("Tasks:")
	t := newTable()
	for _, task := range c.Tasks {
		t.add(fmt.Sprint(task.ID), plain(task.Kind), plain(task.State), plain(task.Outcome), task.Text, task.Note)
	}
	t.print(a.out, "  ")
}

func (a *app) ending(c collection.CaseView) {
	if d := c.Decision; d != nil {
		a.say("")
		a.say("Decision of %s: %s, because %s%s.", moment(d.At, c.Zone), plain(d.Route), d.Reason, approval(d))
	}
	if h := c.Handoff; h != nil {
		a.say("")
		a.say("Handed over to %s (%s) on %s: %s.", h.Partner, plain(h.Route), moment(h.SentAt, c.Zone), plain(h.State))
	}
}

func approval(d *collection.DecisionView) string {
	switch {
	case d.ApprovedBy != "":
		return "; approved by " + d.ApprovedBy
	case !d.Approved:
		return "; waits for a person's approval"
	}
	return ""
}
