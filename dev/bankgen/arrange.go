package bankgen

import (
	"cmp"
	"fmt"
	"slices"

	"dunlin/invoice"
)

// arrange puts the payments where they stand in the statements: a file for each account, a statement for
// each day, lines within it, and in camt now and then one line for several payments.
func (w *World) arrange() {
	d := newDice(w.Seed, paymentStream+1)
	for i := range w.pending {
		w.pending[i].made = i + 1
	}
	d.Shuffle(len(w.pending), func(i, j int) { w.pending[i], w.pending[j] = w.pending[j], w.pending[i] })
	slices.SortStableFunc(w.pending, func(a, b Payment) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), -a.Booked.DaysUntil(b.Booked))
	})
	w.Payments, w.pending = w.pending, nil
	day := map[invoice.Date]int{}
	for i, on := range w.days {
		day[on] = i + 1
	}
	where := make(map[int]int, len(w.Payments)) // by order of making
	for i := range w.Payments {
		p := &w.Payments[i]
		p.ID, p.File, p.Statement, p.Entry, p.Detail = i+1, p.Account+1, day[p.Booked], 1, 1
		if w.Accounts[p.Account].Format == CSV {
			p.Statement = 1 // the file is one statement
		}
		where[p.made] = p.ID
		if before := i - 1; before >= 0 && w.Payments[before].File == p.File && w.Payments[before].Statement == p.Statement {
			w.follow(d, &w.Payments[before], p)
		}
		p.BankRef = bankRef(w.Accounts[p.Account].Format, p)
	}
	paid := map[int]int{} // by return
	for i := range w.Payments {
		p := &w.Payments[i]
		if p.again > 0 {
			p.Truth.Again = where[p.again]
		}
		if p.Class == CameBack && p.back > 0 {
			paid[p.back] = p.ID
		}
	}
	for i := range w.Payments {
		if p := &w.Payments[i]; p.Class == Return {
			p.Truth.Back = paid[p.back]
		}
	}
}

// follow gives a payment the next place: the next line, or in camt sometimes the same line's next part.
func (w *World) follow(d dice, before, p *Payment) {
	together := w.Accounts[p.Account].Format.camt() && before.Amount.Minor > 0 && p.Amount.Minor > 0 && before.Detail < 5
	chance := 4
	if before.Detail > 1 {
		chance = 60
	}
	together = together && d.percent(chance)
	p.Entry = before.Entry + 1
	if together {
		p.Entry, p.Detail, p.Value = before.Entry, before.Detail+1, before.Value
	}
}

// bankRef is the bank's own reference; the parts of one line have the line's.
func bankRef(f Format, p *Payment) string {
	ref := fmt.Sprintf("%02d%02d%02d%03d%07d", p.Booked.Year%100, int(p.Booked.Month), p.Booked.Day, p.File, p.Entry)
	if f == MT940German || f == MT940Dutch {
		return ref[2:] // at most 16 characters after the two slashes
	}
	return ref
}
