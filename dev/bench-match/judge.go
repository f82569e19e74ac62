package main

import (
	"strconv"

	"dunlin/dev/bankgen"
)

// verdict is what a decision is worth.
type verdict int

const (
	queued verdict = iota // nothing was applied without a person
	right
	wrong
	stray // applied, though nothing open was meant
)

// tally counts payments that settle open invoices.
type tally struct{ n, right, wrong int }

// mistake is one wrong application.
type mistake struct {
	payment *bankgen.Payment
	rung    string
	got     map[string]*given
}

// score is what the decisions of one world come to.
type score struct {
	all      tally
	byClass  map[bankgen.Class]*tally
	byRung   map[string]*tally // n counts what was applied on it
	strays   int               // payments and refunds with no open invoice
	mistakes []mistake         // wrong ones and strays
	ungiven  int               // right, but a discount or a charge was left open
	missing  int               // payments that no decision was found for
	heldBack map[bankgen.Class]map[reason]int
	left     []heldPayment // left to a person, though something open was meant
}

// heldPayment is a payment that was left to a person, with the reasons.
type heldPayment struct {
	payment *bankgen.Payment
	reason  reason
	rung    string
	why     string
}

// judge compares every decision with the truth.
func judge(w *bankgen.World, decided map[place]*decision) score {
	s := score{byClass: map[bankgen.Class]*tally{}, byRung: map[string]*tally{}, heldBack: map[bankgen.Class]map[reason]int{}}
	files := map[int]string{}
	for _, f := range w.Files() {
		files[f.N] = f.Name
	}
	find := func(p *bankgen.Payment) *decision {
		return decided[place{files[p.File], p.Statement, p.Entry, p.Detail}]
	}
	for i := range w.Payments {
		p := &w.Payments[i]
		if p.Class == bankgen.Return {
			net(find(&w.Payments[p.Truth.Back-1]), find(p))
		}
		if p.Class != bankgen.DuplicateAgain {
			continue
		}
		if first := &w.Payments[p.Truth.Again-1]; swapped(find(first), find(p), first) {
			*find(first), *find(p) = *find(p), *find(first)
		}
	}
	for i := range w.Payments {
		p := &w.Payments[i]
		d := find(p)
		if d == nil {
			s.missing++
			d = &decision{state: "missing"}
		}
		s.count(w, p, d)
	}
	return s
}

// net takes what a return has taken back from what the payment has given: in the end nothing is left of both.
func net(paid, back *decision) {
	if paid == nil || back == nil {
		return
	}
	for number, b := range back.applied {
		p := paid.applied[number]
		if p == nil || p.amount+b.amount != 0 || p.discount+b.discount != 0 || p.charge+b.charge != 0 {
			continue
		}
		delete(paid.applied, number)
		delete(back.applied, number)
	}
}

// swapped says whether the second of two equal payments was applied in the place of the first.
func swapped(first, second *decision, p *bankgen.Payment) bool {
	return first != nil && second != nil && len(first.applied) == 0 && same(p.Truth.Applied, second.applied)
}

// count adds one payment up.
func (s *score) count(w *bankgen.World, p *bankgen.Payment, d *decision) {
	v := weigh(p, d)
	if p.Settles() {
		t := s.byClass[p.Class]
		if t == nil {
			t = &tally{}
			s.byClass[p.Class] = t
		}
		for _, x := range []*tally{t, &s.all} {
			x.add(v)
		}
		if v == queued {
			s.held(p, w, d)
		}
		if v == right && !generous(p.Truth.Applied, d.applied) {
			s.ungiven++
		}
	}
	if v == queued {
		return
	}
	t := s.byRung[d.rung]
	if t == nil {
		t = &tally{}
		s.byRung[d.rung] = t
	}
	t.add(v)
	if v == stray {
		s.strays++
	}
	if v != right {
		s.mistakes = append(s.mistakes, mistake{p, d.rung, d.applied})
	}
}

// reason is what about a payment may have held it back.
type reason string

// The reasons, in the order of reports.
const (
	nobodyKnown reason = "payer not known"
	notTold     reason = "format tells no account"
	twins       reason = "payer known, owes the amount twice"
	unclear     reason = "payer known, owes it once"
	otherAmount reason = "payer known, owes another amount"
)

func reasons() []reason { return []reason{nobodyKnown, notTold, twins, unclear, otherAmount} }

// held counts a payment that was left to a person.
func (s *score) held(p *bankgen.Payment, w *bankgen.World, d *decision) {
	if s.heldBack[p.Class] == nil {
		s.heldBack[p.Class] = map[reason]int{}
	}
	r := why(p, w)
	s.heldBack[p.Class][r]++
	s.left = append(s.left, heldPayment{p, r, d.rung, d.why})
}

func why(p *bankgen.Payment, w *bankgen.World) reason {
	switch {
	case !w.Accounts[p.Account].Format.NamesAccount():
		return notTold
	case !p.Truth.Known.Sure():
		return nobodyKnown
	}
	switch n := w.Owed(p.Truth.Payer, p.Amount); {
	case n > 1:
		return twins
	case n == 1:
		return unclear
	}
	return otherAmount
}

func (t *tally) add(v verdict) {
	t.n++
	switch v {
	case right:
		t.right++
	case wrong, stray:
		t.wrong++
	case queued:
	}
}

// weigh compares one decision with the truth. Every invoice must have got the right amount of the payment,
// and none a deduction that it doesn't have. A deduction that was not granted leaves some money open: that
// is cautious, not wrong.
func weigh(p *bankgen.Payment, d *decision) verdict {
	switch {
	case len(d.applied) == 0:
		return queued
	case !p.Settles():
		return stray
	case same(p.Truth.Applied, d.applied):
		return right
	}
	return wrong
}

func same(truth []bankgen.Applied, got map[string]*given) bool {
	if len(truth) != len(got) {
		return false
	}
	for _, t := range truth {
		g := got[t.Number]
		if g == nil || g.amount != t.Amount || g.discount != 0 && g.discount != t.Discount || g.charge != 0 && g.charge != t.Charge {
			return false
		}
	}
	return true
}

// generous says whether every deduction of the truth was granted.
func generous(truth []bankgen.Applied, got map[string]*given) bool {
	for _, t := range truth {
		if g := got[t.Number]; g.discount != t.Discount || g.charge != t.Charge {
			return false
		}
	}
	return true
}

// strict says whether a rung is one of the first four, on which nothing may be wrong.
func strict(rung string) bool {
	end := 0
	for end < len(rung) && rung[end] >= '0' && rung[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rung[:end])
	return err == nil && n >= 1 && n <= 4
}
