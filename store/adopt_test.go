package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// variant is a policy made of the shipped standard-b2b by replacing parts of its text.
func variant(t testing.TB, version int, pairs ...string) *dunning.Policy {
	t.Helper()
	var source string
	for _, s := range dunning.Shipped() {
		if s.Policy.Name == "standard-b2b" {
			source = string(s.YAML)
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, source, pairs[i])
		source = strings.Replace(source, pairs[i], pairs[i+1], 1)
	}
	p, err := dunning.Parse("variant.yaml", []byte(source), nil)
	require.NoError(t, err)
	p.Version = version
	return p
}

const nudge = `  - id: nudge
    letter: N
    class: reminder
    at: due+5d
    acts: [email, sms]
    template: reminder-1-short
    late: {rule: merge, after: 1d}
    min_gap: 5d

  - id: reminder-1
`

// variants are what a case may be moved to: more steps, faster ones, fewer, and others by the same words.
func variants(t testing.TB) []*dunning.Policy {
	t.Helper()
	return []*dunning.Policy{
		variant(t, 102, "  - id: reminder-1\n", nudge, "at: due+7d", "at: due+10d", "at: due+14d", "at: due+16d"),
		variant(t, 103, "at: due+7d", "at: due+5d", "at: due+14d", "at: due+10d", "at: due+21d", "at: due+15d"),
		variant(t, 104, "at: due+7d", "at: due+10d", "at: due+14d", "at: due+16d", "acts: [email]\n    template: reminder-1", "acts: [email, sms]\n    template: reminder-1-short"),
		variant(t, 105, "id: reminder-1", "id: first", "id: reminder-2", "id: second", "id: call", "id: ring"),
	}
}

// stranger puts a debtor on file that shares no address with others, with one invoice.
func (d *desk) stranger(number string) invoice.Key {
	d.t.Helper()
	b := debtor("d-" + strings.ToLower(number))
	b.Contacts[1].Address = fmt.Sprintf("+4917%09d", len(number)*1_000_000+query[int](d, `SELECT count(*) FROM debtors`))
	require.NoError(d.t, d.PutDebtor(d.t.Context(), b, "test"))
	today := invoice.DateOf(d.now())
	inv := invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: b.ID, Amount: eur(120000), IssuedOn: today, DueOn: today.AddDays(30)}
	_, err := d.Issue(d.t.Context(), collection.Issue{Invoice: inv, Actor: "erp"})
	require.NoError(d.t, err)
	return inv.Key
}

func (d *desk) choice(text string) collection.Choice {
	d.t.Helper()
	c, err := collection.ParseChoice(text)
	require.NoError(d.t, err)
	return c
}

// adopt moves cases and returns the adoption with what became of each.
func (d *desk) adopt(to *dunning.Policy, where string) (collection.Adoption, []collection.AdoptedCase) {
	d.t.Helper()
	a, err := d.BeginAdoption(d.t.Context(), "", to, nil, d.choice(where), "vera")
	require.NoError(d.t, err)
	cases := d.eachCase(func() (collection.AdoptedCase, bool, error) { return d.AdoptNext(d.t.Context(), a.ID, "vera") })
	a, err = d.Adoption(d.t.Context(), a.ID)
	require.NoError(d.t, err)
	return a, cases
}

func (d *desk) undo(id string) []collection.AdoptedCase {
	d.t.Helper()
	_, err := d.BeginUndo(d.t.Context(), id)
	require.NoError(d.t, err)
	return d.eachCase(func() (collection.AdoptedCase, bool, error) { return d.UndoNext(d.t.Context(), id, "vera") })
}

func (d *desk) eachCase(next func() (collection.AdoptedCase, bool, error)) (cases []collection.AdoptedCase) {
	d.t.Helper()
	for {
		c, ok, err := next()
		require.NoError(d.t, err)
		if !ok {
			return cases
		}
		cases = append(cases, c)
	}
}

func (d *desk) plan(k invoice.Key) collection.PlanView {
	d.t.Helper()
	v, err := d.Plan(d.t.Context(), k)
	require.NoError(d.t, err)
	return v
}

// ends are the acts of a case that have an end, "step act outcome".
func (d *desk) ends(k invoice.Key) (ends []string) {
	d.t.Helper()
	for _, t := range d.plan(k).Taken {
		ends = append(ends, fmt.Sprintf("%s %s %s", t.Step, t.Act, t.Outcome))
	}
	slices.Sort(ends)
	return ends
}

// coming are the acts still to come, in order: what is planned and what is held.
func (d *desk) coming(k invoice.Key) (acts []string) {
	d.t.Helper()
	v := d.plan(k)
	for _, it := range v.Plan.Items {
		if it.Step != "" && it.Act != dunning.Review {
			acts = append(acts, it.Step+" "+string(it.Act))
		}
	}
	for _, h := range v.Plan.Held {
		acts = append(acts, h.Step+" "+string(h.Act))
	}
	slices.Sort(acts)
	return acts
}

// keepsItsGaps demands that no message comes sooner than five days after the last contact.
func (d *desk) keepsItsGaps(k invoice.Key) {
	d.t.Helper()
	v := d.plan(k)
	var last time.Time
	for _, t := range v.Taken {
		if t.Outcome != dunning.Skipped && t.Act.Contacts() && t.At.After(last) && t.Step != "receipt" {
			last = t.At
		}
	}
	for _, it := range v.Plan.Items {
		taken := slices.ContainsFunc(v.Taken, func(t collection.TakenView) bool { return t.Step == it.Step && t.Outcome != dunning.Skipped })
		if !it.Act.Contacts() || taken || last.IsZero() {
			continue
		}
		days := invoice.DateOf(last).DaysUntil(invoice.DateOf(it.At))
		require.GreaterOrEqual(d.t, days, 5, "%s on %s, the last contact was on %s", it.Step, it.At, last)
	}
}

// A case that joins another ladder, leaves it again and joins it once more never repeats a step, loses
// none behind its stand, and keeps its gaps; then it goes on to its decision.
func TestAdoptUndoAdopt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	targets := variants(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		if n++; n > 40 {
			return // each takes a while
		}
		k := d.stranger(fmt.Sprintf("INV-%d", n))
		for range rapid.IntRange(0, 6).Draw(r, "steps") {
			d.step(k)
		}
		if hours := rapid.IntRange(0, 300).Draw(r, "hours"); rapid.Bool().Draw(r, "held") {
			_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(k, "hold of "+k.Number), Until: d.now().Add(time.Duration(1+hours) * time.Hour)})
			require.NoError(t, err)
			d.travel(d.now().Add(time.Duration(1+hours) * time.Hour))
		}
		target := rapid.SampledFrom(targets).Draw(r, "target")
		before, ends := d.coming(k), d.ends(k)
		where := "number=" + k.Number

		a, cases := d.adopt(target, where)
		require.Len(t, cases, 1)
		require.Equal(t, collection.AdoptionMoved, cases[0].State, cases[0].Reason)
		require.Equal(t, target.Version, query[int](d, `SELECT p.version FROM invoices i JOIN policies p ON p.hash = i.policy_hash WHERE number = $1`, k.Number))
		d.joined(k, target, ends, cases[0].Skipped)

		undone := d.undo(a.ID)
		require.Len(t, undone, 1)
		require.Equal(t, collection.AdoptionUndone, undone[0].State, undone[0].Reason)
		require.Subset(t, d.ends(k), ends)
		require.Subset(t, append(d.coming(k), skipped(d.ends(k))...), before, "what was to come comes again")

		_, cases = d.adopt(target, where)
		require.Len(t, cases, 1)
		d.joined(k, target, ends, cases[0].Skipped)
		d.runs(k)
	})
	d.sound()
}

// joined demands that a case stands right in its new ladder: nothing that had an end lost or changed it,
// nothing is planned twice, and every act has an end, is planned, or is held.
func (d *desk) joined(k invoice.Key, p *dunning.Policy, before, skippedNow []string) {
	d.t.Helper()
	ends, coming := d.ends(k), d.coming(k)
	require.Subset(d.t, ends, before)
	last := -1
	for i, s := range p.Steps {
		for _, a := range s.Acts {
			if slices.ContainsFunc(before, func(e string) bool {
				return strings.HasPrefix(e, s.ID+" "+string(a)) && !strings.HasSuffix(e, "skipped")
			}) {
				last = i
			}
		}
	}
	for i, s := range p.Steps {
		for _, a := range s.Acts {
			name := s.ID + " " + string(a)
			ended := slices.ContainsFunc(ends, func(e string) bool { return strings.HasPrefix(e, name+" ") })
			planned := slices.Contains(coming, name)
			require.NotEqual(d.t, ended, planned, "%s: ended %t, planned %t", name, ended, planned)
			if i > last && p.Version != 105 { // version 105 knows its steps by their words
				require.NotContains(d.t, skippedNow, name, "it lies behind the stand")
			}
		}
	}
	d.keepsItsGaps(k)
}

func skipped(ends []string) (names []string) {
	for _, e := range ends {
		if name, ok := strings.CutSuffix(e, " skipped"); ok {
			names = append(names, name)
		}
	}
	return names
}

// runs takes the case on to its decision. What is skipped on the way merged into a later step, as the
// policy says; nothing else is lost.
func (d *desk) runs(k invoice.Key) {
	d.t.Helper()
	for range 40 {
		act := d.due(k)
		if act.Item.Act == dunning.Decide {
			break
		}
		require.NoError(d.t, d.try(act))
		d.keepsItsGaps(k)
	}
	v := d.plan(k)
	for _, s := range v.Taken {
		known := strings.HasPrefix(s.Reason, "merged into") || strings.Contains(s.Reason, "behind it") || strings.Contains(s.Reason, "passed") || strings.HasPrefix(s.Reason, "too late") ||
			strings.HasPrefix(s.Reason, "it would come less than")
		require.True(d.t, s.Outcome != dunning.Skipped || known, "%s %s skipped: %s", s.Step, s.Act, s.Reason)
	}
	act, ok := d.next(k)
	require.True(d.t, ok)
	require.Equal(d.t, dunning.Decide, act.Item.Act)
}

func TestAdoptionIsResumedAndCountsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 12 {
		d.stranger(fmt.Sprintf("INV-%02d", i))
	}
	to, where := variants(t)[0], d.choice("policy=standard-b2b,creditor=acme")
	a, err := d.BeginAdoption(t.Context(), "", to, nil, where, "vera")
	require.NoError(t, err)
	require.EqualValues(t, 12, a.Cases)

	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	for i := range 5 {
		if i == 4 {
			kill() // in the middle
		}
		_, _, err = d.AdoptNext(ctx, a.ID, "vera")
	}
	require.Error(t, err)
	half, err := d.Adoption(t.Context(), a.ID)
	require.NoError(t, err)
	require.EqualValues(t, 4, half.Moved)
	require.EqualValues(t, 8, half.Left)

	again, cases := d.adopt(to, "creditor=acme,policy=standard-b2b")
	require.Equal(t, a.ID, again.ID, "the unfinished adoption goes on, however its tests are ordered")
	require.Len(t, cases, 8)
	require.EqualValues(t, 12, again.Moved)
	require.EqualValues(t, 12, query[int64](d, `SELECT count(*) FROM stops WHERE kind = 'adopted'`))

	third, cases := d.adopt(to, "policy=standard-b2b,creditor=acme")
	require.NotEqual(t, a.ID, third.ID)
	require.Empty(t, cases, "they follow it already")
	same, err := d.BeginAdoption(t.Context(), a.ID, to, nil, where, "vera")
	require.NoError(t, err)
	require.EqualValues(t, 0, same.Left)
	_, err = d.BeginAdoption(t.Context(), a.ID, variants(t)[1], nil, where, "vera")
	require.Equal(t, invoice.CodeConflict, invoice.CodeOf(err))

	require.Len(t, d.undo(a.ID), 12)
	require.Empty(t, d.undo(a.ID), "undone already")
	all, err := d.Adoptions(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.EqualValues(t, 12, all[1].Undone)
	_, err = d.BeginAdoption(t.Context(), a.ID, to, nil, where, "vera")
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err), "an adoption that was undone is over")
	d.sound()
}

func TestWhatCannotBeMovedStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	flying, placed, order, good := d.stranger("INV-1"), d.stranger("INV-2"), invoice.Key{Creditor: "acme", Number: "ORD-1"}, d.stranger("INV-3")
	d.claim(flying)
	_, err := d.Issue(t.Context(), collection.Issue{Invoice: invoice.Invoice{
		Key: order, Kind: invoice.KindOrder, DebtorID: "blum", Amount: eur(5000), IssuedOn: invoice.DateOf(d.now()), ExpiresAt: d.now().AddDate(2, 0, 0), PayURL: "https://pay.example/1",
	}})
	require.NoError(t, err)
	for d.view(placed).Status != invoice.Placed {
		if act, ok := d.next(placed); ok && act.Item.Act == dunning.Decide {
			d.step(placed)
			continue
		}
		d.step(placed)
	}
	to := variants(t)[0]
	rehearsed, err := d.RehearseAdoption(t.Context(), good, to)
	require.NoError(t, err)
	require.Equal(t, collection.AdoptionMoved, rehearsed.State)
	require.NotEqual(t, to.Hash(), d.view(good).PolicyHash, "looking changes nothing")
	require.Zero(t, query[int](d, `SELECT count(*) FROM adoptions`)+query[int](d, `SELECT count(*) FROM stops WHERE kind = 'adopted'`))

	a, cases := d.adopt(to, "creditor=acme")
	why := map[invoice.Key]string{}
	for _, c := range cases {
		if c.State == collection.AdoptionRefused {
			why[c.Invoice] = c.Reason
		}
	}
	require.Contains(t, why[flying], "is on its way")
	require.Contains(t, why[placed], "lawyer or the agency")
	require.Contains(t, why[order], "is for an invoice")
	require.Len(t, why, 3)
	require.EqualValues(t, 1, a.Moved)
	require.Equal(t, to.Hash(), d.view(good).PolicyHash)
	d.pay(good, "bank", 120000)
	undone := d.undo(a.ID)
	require.Len(t, undone, 1)
	require.Contains(t, undone[0].Reason, "nothing is collected any more")
}

func TestChoicesChoose(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.stranger("INV-1")
	to := variants(t)[0]
	for where, want := range map[string]int{
		"policy=standard-b2b": 1, "policy=other": 0, "creditor=acme,number=INV-1": 1, "number=INV-2,number=INV-1": 1, "number=INV-2": 0, "country=de": 1, "country=FR": 0,
		"type=business,kind=invoice": 1, "kind=order": 0, "group=key": 0, "stage=before_due": 1, "stage=overdue": 0, "history=first": 1, "history=repeat": 0,
		"amount_from=1200.00 EUR": 1, "amount_from=1200.01 EUR": 0, "amount_below=1200.01 EUR": 1, "amount_from=1.00 USD": 0,
	} {
		keys, err := d.ChosenCases(t.Context(), to, d.choice(where))
		require.NoError(t, err, where)
		require.Len(t, keys, want, where)
	}
	d.adopt(to, "number="+k.Number)
	keys, err := d.ChosenCases(t.Context(), to, d.choice("creditor=acme"))
	require.NoError(t, err)
	require.Empty(t, keys)
}

func TestStageIsThatOfToday(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.stranger("INV-1")
	due := d.plan(k).Invoice.DueOn
	require.Equal(t, dunning.StageBeforeDue, d.view(k).Stage)
	d.travel(due.AddDays(1).At(9, 0, time.UTC)) // nothing was done meanwhile
	require.Equal(t, dunning.StageOverdue, d.view(k).Stage)
	for stage, want := range map[dunning.Stage]int{dunning.StageBeforeDue: 0, dunning.StageOverdue: 1} {
		list, err := d.List(t.Context(), collection.Filter{Stage: stage})
		require.NoError(t, err)
		require.Len(t, list, want, stage)
	}
}
