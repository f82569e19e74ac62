package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const explainHelp = `Answer, for each act of an invoice's ladder, "why was this sent?" and "why was this not sent?": the policy in
its version, the rule, what was known when it was decided, the gates that were open or closed, in whose
message it was told, and the provider's receipt.

An invoice can be named by its number alone when only one creditor uses it.`

// explainCmd says why something was sent or not.
func (a *app) explainCmd() *cobra.Command {
	var step string
	cmd := &cobra.Command{
		Use:     "explain INVOICE",
		Short:   "Say why each message was sent, or why it was not",
		Long:    explainHelp,
		Example: "  dunlin explain INV-1\n  dunlin explain acme/INV-1 --step reminder-1",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&step, "step", "", "only this step, by its id")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, err := findInvoice(ctx, b, args[0])
		if err != nil {
			return err
		}
		v, err := b.Explain(ctx, k)
		if err != nil {
			return err
		}
		if err := only(&v, step); err != nil {
			return err
		}
		if a.json {
			return a.show(v)
		}
		a.explained(v)
		return nil
	})
	return cmd
}

// findInvoice resolves CREDITOR/NUMBER, or a number that only one creditor uses.
func findInvoice(ctx context.Context, b insight, name string) (invoice.Key, error) {
	keys, err := b.Find(ctx, name)
	switch {
	case err != nil:
		return invoice.Key{}, err
	case len(keys) == 1:
		return keys[0], nil
	case len(keys) == 0:
		return invoice.Key{}, invoice.Unknown("invoice", "%q is not on file", name).WithHint("see dunlin list")
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	return invoice.Key{}, invoice.Invalid("invoice", "%q names %d invoices", name, len(keys)).WithHint("write one of %s", strings.Join(names, ", "))
}

// only keeps the acts of one step.
func only(v *collection.ExplainView, step string) error {
	if step == "" {
		return nil
	}
	var ids []string
	for _, a := range v.Acts {
		if !slices.Contains(ids, a.Step) {
			ids = append(ids, a.Step)
		}
	}
	if !slices.Contains(ids, step) {
		return invoice.Unknown("step", "%q is no step of %s", step, v.Invoice.Key).WithHint("its steps are %s", strings.Join(ids, ", "))
	}
	v.Acts = slices.DeleteFunc(v.Acts, func(a collection.ExplainedAct) bool { return a.Step != step })
	return nil
}

func (a *app) explained(v collection.ExplainView) {
	a.standing(v.View)
	t := newTable()
	t.add("policy hash", v.PolicyHash)
	if v.Segment != "" {
		t.add("chosen by", "segment rule "+v.Segment)
	}
	if v.History != "" {
		t.add("history", plain(v.History)+" when it was issued")
	}
	for _, id := range slices.Sorted(maps.Keys(v.Assigned)) {
		if id == dunning.HoldoutKey {
			t.add("holdout", "the debtor is left alone where the policy says so, for comparison")
		} else {
			t.add("variant", id+": "+v.Assigned[id])
		}
	}
	t.print(a.out, "  ")
	for _, act := range v.Acts {
		a.say("")
		a.explainAct(act, v.Zone)
	}
}

// explainAct prints one act: the question, the answer, and what it was answered from.
func (a *app) explainAct(act collection.ExplainedAct, zone string) {
	question := "why was this not done?"
	switch {
	case act.Done && act.Receipt != nil:
		question = "why was this sent?"
	case act.Done:
		question = "why was this done?"
	case act.Act == dunning.Email || act.Act == dunning.SMS:
		question = "why was this not sent?"
	}
	how := ""
	if act.Act.Contacts() {
		how = " by " + plain(act.Act)
	}
	a.say("%s (%s)%s: %s", act.Title, act.Step, how, question)
	t := newTable()
	state := plain(act.State)
	if !act.At.IsZero() {
		state += ", " + momentIn(act.At, zone)
	}
	t.add("answer", state+": "+strings.TrimPrefix(act.Why, plain(act.State)+": "))
	if act.Rule != "" {
		t.add("rule", act.Rule)
	}
	if act.Inputs != nil {
		t.add("known", known(*act.Inputs, zone))
	}
	for _, g := range act.Gates {
		word := "open"
		if !g.Open {
			word = "CLOSED"
		}
		t.add("gate "+word, plain(g.Name)+": "+g.Text)
	}
	t.print(a.out, "  ")
	if act.Receipt != nil {
		a.receiptOf(*act.Receipt, zone)
	}
}

// known says what an act was judged from.
func known(in dunning.Inputs, zone string) string {
	words := []string{in.Policy, "judged " + momentIn(in.At, zone), "balance " + in.Balance.String()}
	add := func(name, value string) {
		if value != "" {
			words = append(words, name+" "+value)
		}
	}
	if in.Seq > 0 {
		add("change no.", count(in.Seq))
	}
	if !in.DueOn.IsZero() {
		add("due", in.DueOn.String())
	}
	add("expires", momentIn(in.ExpiresAt, zone))
	add("debtor type", in.Type)
	add("group", in.Group)
	return strings.Join(words, ", ")
}

func (a *app) receiptOf(r collection.ReceiptView, zone string) {
	t := newTable()
	add := func(name, value string) {
		if value != "" {
			t.add(name, value)
		}
	}
	add("message", r.Message+", attempt "+strings.Join(r.Attempts, ", "))
	if r.In != "" {
		add("sent by", "the case of "+r.In)
	}
	add("tells of", strings.Join(r.With, ", "))
	add("to", r.Recipient)
	words := "template " + r.Template + " (" + r.Language + ")"
	if r.Variant != "" {
		words += ", variant " + r.Variant
	}
	add("words", words+", sha256 "+r.Hash)
	add("claimed", momentIn(r.ClaimedAt, zone))
	add(plain(r.State), momentIn(r.EndedAt, zone))
	add("receipt", r.ProviderID)
	for _, d := range r.Reports {
		add(plain(d.Kind), strings.TrimSpace(momentIn(d.At, zone)+"  "+d.By+"  "+d.Reason))
	}
	t.print(a.out, "    ")
}
