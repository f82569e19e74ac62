package audit

import (
	"cmp"
	"slices"
)

func bySeq(entries []Entry) []Entry {
	s := slices.Clone(entries)
	slices.SortStableFunc(s, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Invoice, b.Invoice), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.PK, b.PK))
	})
	return s
}

// Ledger finds entries that do not balance, and bank money that no booked line explains (I5).
func Ledger(b *Books) []Finding {
	var f findings
	bank, told, total := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, e := range b.Entries {
		sums := map[string]int64{}
		for _, p := range e.Postings {
			sums[p.Currency] += p.Amount
			total[p.Currency] += p.Amount
			if p.Account == "bank" {
				bank[p.Currency] += p.Amount
			}
		}
		if len(e.Postings) < 2 {
			f.add("I5", "entry %d has %d posting(s)", e.PK, len(e.Postings))
		}
		for c, sum := range sums {
			if sum != 0 {
				f.add("I5", "entry %d is out of balance by %d %s", e.PK, sum, c)
			}
		}
	}
	for _, l := range b.Lines {
		told[l.Currency] += l.Amount
	}
	for c, sum := range total {
		if sum != 0 {
			f.add("I5", "all postings in %s sum to %d", c, sum)
		}
		if bank[c] != told[c] {
			f.add("I5", "the bank account holds %d %s, the booked lines are %d", bank[c], c, told[c])
		}
	}
	return f
}

// Balances finds invoices whose balance is not what the ledger and the facts say, and invoices whose
// status does not fit it (I6).
func Balances(b *Books) []Finding {
	var f findings
	owed := map[int64]int64{}
	for _, e := range b.Entries {
		for _, p := range e.Postings {
			if p.Account == "receivable" {
				owed[e.Invoice] += p.Amount
			}
		}
	}
	paid := map[int64]int64{}
	allowed := map[int64]int64{}
	for _, x := range b.Shares {
		paid[x.Invoice] += x.Amount
		allowed[x.Invoice] += x.Discount + x.Charge
	}
	for _, i := range b.Invoices {
		left := i.Amount - i.Credited
		left -= min(i.WrittenOff, left)
		left -= min(allowed[i.PK], left)
		left -= min(i.Paid, left)
		switch {
		case i.Balance != owed[i.PK]:
			f.add("I6", "%s: the balance is %d, the ledger says %d", i.Key(), i.Balance, owed[i.PK])
		case i.Balance != left:
			f.add("I6", "%s: the balance is %d, amount less credits, write-offs and payments is %d", i.Key(), i.Balance, left)
		case i.Paid != paid[i.PK]:
			f.add("I6", "%s: %d counts as paid, its payments say %d", i.Key(), i.Paid, paid[i.PK])
		case i.Open() != (i.Balance > 0) && i.Status != "closed":
			f.add("I6", "%s is %s with a balance of %d", i.Key(), i.Status, i.Balance)
		}
	}
	return f
}
