package dunning_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// full uses every key of the language that an invoice can have.
const full = `policy: full
version: 3
kind: invoice
description: Everything.
merge_window: 45m
acknowledge_within: 4bd
windows:
  service: {open: "07:00-20:00", days: business, gap: 2h}
  reminder: {open: "10:00-17:00", days: every, gap: 6d}
  formal: {open: "11:00-16:00", days: every, gap: 7d}
caps: {contacts: 2 per 8d, per_channel: 1 per 3d, per_address: 4 per 9d, calls: 1 per 2d}
minimum: {age: 2bd, amount: {EUR: "10.00", JPY: 500}}
promise: {bank_grace: 4bd, longest: 30d, most: 2}
payment_plan: {most_instalments: 6, longest: 180d, remind: 2bd, break_after: 2, broken: person}
dispute: {review: 7bd}
stale_feed: {after: 2bd, reminders: hold}
crossed: {thank: email}
holdout: {share: 5, steps: [note, nudge]}
decide: {small_balance: {EUR: "25.00"}, lawyer_from: {EUR: "5000.00"}, approval_above: {EUR: "9000.00"}}
steps:
  - id: note
    title: a note
    letter: A
    class: reminder
    at: due+7d
    acts: [email]
    template: reminder-2
    variants: [{name: plain, share: 40, template: reminder-1}, {name: short, share: 60, template: reminder-1-short}]
    fallback: sms
    when:
      creditor: acme
      group: [key, "100"]
      kind: invoice
      country: [DE, AT]
      type: business
      history: repeat
      amount_from: {EUR: "500.00"}
      amount_below: {EUR: "900.00"}
    look: true
    late: {rule: skip, after: 8h}
    min_gap: 3d
  - {id: nudge, letter: B, class: reminder, at: previous+6d, acts: [sms, email, phone_task], done: any, template: reminder-2, sla: 2bd}
  - {id: formal, letter: C, class: formal, at: previous+5bd, acts: [email], template: formal-notice, new_due: 14d, min_gap: 5d}
  - {id: decide, class: formal, at: due+40d, acts: [decide]}
  - {id: last, letter: D, class: formal, at: previous+2d, acts: [email], template: final-notice, min_gap: 1d}
  - {id: place, class: formal, at: due+60d, acts: [place]}
`

func TestTheWholeLanguage(t *testing.T) {
	t.Parallel()
	p, err := dunning.Parse("full.yaml", []byte(full), templates{})
	require.NoError(t, err)
	require.Equal(t, dunning.Minimum{Age: dunning.Span{N: 2, Unit: dunning.BusinessDays}, Amount: dunning.Thresholds{"EUR": 1000, "JPY": 500}}, p.Minimum)
	require.Equal(t, dunning.PromiseRules{Longest: dunning.Span{N: 30, Unit: dunning.Days}, Most: 2}, p.Promise)
	require.Equal(t, dunning.PlanRules{
		MostInstalments: 6, Longest: dunning.Span{N: 180, Unit: dunning.Days}, Remind: dunning.Span{N: 2, Unit: dunning.BusinessDays},
		BreakAfter: 2, Broken: dunning.AskPerson,
	}, p.Plans)
	require.Equal(t, "7bd", p.Disputes.Review.String())
	require.Equal(t, dunning.Holdout{Share: 5, Steps: []string{"note", "nudge"}}, p.Holdout)
	require.Equal(t, dunning.Caps{Contacts: 2, Days: 8, Channel: dunning.Cap{N: 1, Days: 3}, Address: dunning.Cap{N: 4, Days: 9}, Calls: dunning.Cap{N: 1, Days: 2}}, p.Caps)
	note, nudge, formal := p.Steps[0], p.Steps[1], p.Steps[2]
	require.Equal(t, dunning.Condition{
		Creditors: []string{"acme"}, Groups: []string{"key", "100"}, Kinds: []invoice.Kind{invoice.KindInvoice}, Countries: []string{"DE", "AT"},
		Types: []invoice.DebtorType{invoice.Business}, History: dunning.Repeat,
		From: dunning.Thresholds{"EUR": 50000}, Below: dunning.Thresholds{"EUR": 90000},
	}, note.When)
	require.True(t, note.Look)
	require.Equal(t, []dunning.Variant{{Name: "plain", Template: "reminder-1", Share: 40}, {Name: "short", Template: "reminder-1-short", Share: 60}}, note.Variants)
	require.Equal(t, "previous+6d", nudge.At.String())
	require.Equal(t, []dunning.Act{dunning.Email, dunning.SMS, dunning.PhoneTask}, nudge.Acts, "acts go in the engine's order")
	require.Equal(t, dunning.DoneAny, nudge.Done)
	require.Equal(t, "14d", formal.NewDue.String())
	again, err := dunning.Compiled(p.Canonical())
	require.NoError(t, err)
	require.Equal(t, p, again)
}

func TestLanguageErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, changed, message, hint string }{
		{"one act has no completion", "acts: [sms, email, phone_task]", "acts: [email]", "the step has one act", "name several acts"},
		{"unknown completion", "done: any", "done: some", `"some" is not a completion rule`, "all or any"},
		{"call with a decision", "acts: [decide]", "acts: [decide, phone_task]", "cannot share a step", "a step of its own"},
		{"fallback that is an act", "acts: [email]\n    template", "acts: [email, sms]\n    template", `does "sms" anyway`, "another act"},
		{"shares", "share: 40", "share: 30", "sum to 90, not to 100", "exactly one"},
		{"no share", "share: 40", "share: 0", "0 is out of bounds", "from 1 to 99"},
		{"share as text", "share: 40", `share: "40"`, `"40" is not a whole number`, "without quotes"},
		{"variant twice", "name: short", "name: plain", `has the name "plain" already`, "told apart"},
		{"one variant", "{name: plain, share: 40, template: reminder-1}, ", "", "1 are too few", "at least 2"},
		{"holdout of nothing", "steps: [note, nudge]", "steps: [nothing]", `there is no step "nothing"`, "a step of this policy"},
		{"holdout of a formal step", "steps: [note, nudge]", "steps: [formal]", `"formal" is no reminder`, "class reminder"},
		{"holdout of most", "share: 5,", "share: 60,", "60 is out of bounds", "from 1 to 50"},
		{"new due of a reminder", "    look: true", "    new_due: 14d", "the step is no formal message", "moves the due date"},
		{"new due in hours", "new_due: 14d", "new_due: 14h", "wrong unit", "days (5d)"},
		{"previous of the first", "at: due+7d", "at: previous+7d", "no step comes before the first", "issue, due or expiry"},
		{"before the step before", "at: previous+6d", "at: previous-6d", "comes before the step before it", "previous+7d"},
		{"previous within the gap", "at: previous+6d", "at: previous+2d", "the minimum gap is 6 days", "min_gap"},
		{"previous counted on", "at: due+40d", "at: due+15d", "due+15d comes before previous+5bd", "order in which they come"},
		{"country", "[DE, AT]", "[DE, UK]", `"UK" is not an ISO 3166 country`, "GB"},
		{"no country", "[DE, AT]", "[ZZ]", `"ZZ" is not an ISO 3166 country`, "DE"},
		{"country twice", "[DE, AT]", "[DE, DE]", "stands there twice", "once"},
		{"currency of a condition", `amount_from: {EUR: "500.00"}`, `amount_from: {EURO: "500.00"}`, "is not an ISO 4217 currency", "capitals"},
		{"negative amount", `amount_from: {EUR: "500.00"}`, `amount_from: {EUR: "-1"}`, "below zero", "0 up"},
		{"amounts crossed", `amount_below: {EUR: "900.00"}`, `amount_below: {EUR: "100.00"}`, "no amount is from", "above amount_from"},
		{"amounts apart", `amount_below: {EUR: "900.00"}`, `amount_below: {USD: "900.00"}`, "amount_from has no amount for USD", "same currencies"},
		{"empty amounts", `amount_below: {EUR: "900.00"}`, `amount_below: {}`, "names no currency", "drop the key"},
		{"kind of a condition", "kind: invoice\n      country", "kind: order\n      country", "meets no other kind", "drop it"},
		{"history", "history: repeat", "history: never", `"never" is not a payment history`, "first or repeat"},
		{"type", "type: business", "type: person", `"person" is not a type of debtor`, "business or consumer"},
		{"empty condition", "acts: [decide]", "acts: [email], template: due, letter: Z, when: {}", "tests nothing", "drop the key"},
		{"condition of a decision", "acts: [decide]", "acts: [decide], when: {type: business}", "does not depend on a condition", "messages and calls"},
		{"condition of the final notice", "template: final-notice", "template: final-notice, when: {type: business}", "only after one that was sent", "drop its when"},
		{"look at a call", "acts: [sms, email, phone_task], done: any, template: reminder-2,", "acts: [phone_task], look: true,", "sends no message", "looks at messages"},
		{"look as a word", "look: true", "look: maybe", `"maybe" is not true or false`, "without quotes"},
		{"minimum age", "age: 2bd", "age: 2m", "wrong unit", "business days"},
		{"negative minimum", `minimum: {age: 2bd, amount: {EUR: "10.00"`, `minimum: {age: 2bd, amount: {EUR: "-10.00"`, "below zero", "0 up"},
		{"no review", "review: 7bd", "review: 0d", "no time at all", "longer time"},
		{"plan of one", "most_instalments: 6", "most_instalments: 1", "1 is out of bounds", "from 2"},
		{"broken", "broken: person", "broken: heart", "is not an end of a broken plan", "accelerate or person"},
		{"per channel", "per_channel: 1 per 3d", "per_channel: one", "is not a cap", "3 per 7d"},
		{"expiry", "dispute: {review: 7bd}", "expiry: {bank_lag: 2h}", "an invoice does not expire", "kind: order"},
		{"own id", "id: nudge,", "id: plan-1-due-1,", "the engine uses itself", "another"},
		{"own word", "id: nudge,", "id: holdout,", "the engine uses itself", "another"},
		{"key of another place", "dispute: {review: 7bd}", "review: 7bd", `"review" is not a key`, "review belongs to dispute"},
		{"key of a step at the top", "dispute: {review: 7bd}", "new_due: 14d", `"new_due" is not a key`, "new_due belongs to steps"},
		{"text without quotes", `group: [key, "100"]`, "group: [key, 100]", "100 is not a text", `needs quotes: "100"`},
		{"keys for a text", "letter: A", "letter: {a: b}", "a set of keys is not a letter", "one text"},
		{"list for keys", "caps: {contacts: 2 per 8d, per_channel: 1 per 3d, per_address: 4 per 9d, calls: 1 per 2d}", "caps: [1]", "a list is not a set of keys", "key: value"},
		{"text for a list", "acts: [decide]", "acts: decide", `"decide" is not a list`, "[a, b]"},
		{"no value", "look: true", "look:", "has no value", "drop the key"},
		{"alias", "look: true", "look: &a true", "anchors and aliases", "quotes"},
		{"tag", "template: reminder-2, sla", "template: !!str reminder-2, sla", "tags (!)", "quotes"},
		{"missing id", "id: nudge, ", "", `"id" is missing`, "names the step"},
		{"missing class", "class: reminder, at: previous+6d", "at: previous+6d", `"class" is missing`, "decides window"},
	} {
		require.Equal(t, 1, strings.Count(full, tc.old), "%s: %q stands there once", tc.name, tc.old)
		p, err := dunning.Parse("full.yaml", []byte(strings.Replace(full, tc.old, tc.changed, 1)), templates{})
		require.Nil(t, p, tc.name)
		require.ErrorContains(t, err, tc.message, tc.name)
		require.ErrorContains(t, err, tc.hint, tc.name)
		require.ErrorContains(t, err, "^", tc.name)
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := dunning.Parse("m.yaml", []byte(`policy: Mine
version: two
kind: invoice
colour: red
caps: {contacts: many}
steps:
  - id: first
    leter: A
    class: harsh
    at: due*7d
    acts: [email, fax]
    templte: nothing
  - id: first
    class: reminder
    at: due+7d
    acts: [phone_task]
    look: true
    new_due: 14d
`), templates{"nothing/email": true})
	var all dunning.PolicyErrors
	require.ErrorAs(t, err, &all)
	var got []string
	for _, e := range all {
		got = append(got, e.Message)
	}
	require.Equal(t, []string{
		`"Mine" is not a name`, `"two" is not a whole number`, `"colour" is not a key that is known here`, `"many" is not a cap`,
		`"leter" is not a key that is known here`, `"harsh" is not a class`, `"due*7d" is not an offset`, `"fax" is not an act`,
		`"templte" is not a key that is known here`, `there is no template "nothing" for e-mail`, `step 1 has the id "first" already`,
		`the step sends no message`, `the step is no formal message`,
	}, got, "in order of the lines, each slip once")
}

func TestSegmentsAreNoPolicy(t *testing.T) {
	t.Parallel()
	_, err := dunning.Parse("s.yaml", []byte("segments: []\n"), nil)
	require.EqualError(t, err, "s.yaml:1:1: holds segment rules, not a policy\n  > 1 | segments: []\n      | ^\n  hint: dunlin segments check reads it")
}

func TestTooManyErrors(t *testing.T) {
	t.Parallel()
	_, err := dunning.Parse("m.yaml", []byte(strings.Repeat("x: 1\n", 5000)), nil)
	var all dunning.PolicyErrors
	require.ErrorAs(t, err, &all)
	require.Len(t, all, 51)
	require.ErrorContains(t, err, "more than 50 errors")
}

func TestShippedReasoning(t *testing.T) {
	t.Parallel()
	key := shipped(t, "key-account")
	for _, s := range key.Steps {
		require.Equal(t, s.Has(dunning.Email) || s.Has(dunning.SMS), s.Look, "a person looks before %s", s.ID)
	}
	consumer := shipped(t, "consumer")
	notice, ok := consumer.Step("formal-notice")
	require.True(t, ok)
	require.Equal(t, dunning.Formal, notice.Class)
	require.Equal(t, "14d", notice.NewDue.String())
	for _, s := range consumer.Steps {
		require.False(t, s.Has(dunning.PhoneTask), "no consumer is called by %s", s.ID)
	}
	require.True(t, shipped(t, "order-6h").Expiry.BankLag.IsZero(), "the stock is free at once")
	require.Equal(t, "2h", shipped(t, "order-24h").Expiry.BankLag.String())
	require.Equal(t, "3d", shipped(t, "order-48h").Expiry.BankLag.String())
	require.Equal(t, 2, shipped(t, "standard-b2b").Version)
	for _, s := range dunning.Shipped() {
		_, err := dunning.Parse(s.File, s.YAML, shippedTemplates{})
		require.NoError(t, err, "every message can be written")
	}
}
