package match

import "slices"

// ByReturn is rung 0: money that the bank takes back, found by the references of the payment it undoes.
const ByReturn Rung = "0 return"

// Earlier is a credit that was booked before and may come back now.
type Earlier struct {
	Detail int64    // of the books
	Amount int64    // minor units, above zero; less what of it has come back before
	Refs   []string // everything that names it, as Key writes it
}

// ReturnLine is a debit that takes back an earlier credit.
type ReturnLine struct {
	Amount int64 // minor units, above zero
	Refs   []string
	Fee    int64 // what the bank may add for itself, at most
}

// DecideReturn finds the one earlier credit that a return undoes: by a reference they share, and the amount, to
// which the bank may have added its fee; or the only one that shares a reference, when it is larger and a part of it
// comes back. Without a shared reference a person looks.
func DecideReturn(l ReturnLine, earlier []Earlier) (detail, fee int64, why []Evidence, ok bool) {
	var hits, sharing []Earlier
	for _, e := range earlier {
		more := l.Amount - e.Amount
		shared := slices.ContainsFunc(e.Refs, func(r string) bool { return len(r) >= 4 && slices.Contains(l.Refs, r) })
		if shared && more >= 0 && more <= l.Fee {
			hits = append(hits, e)
		}
		if shared {
			sharing = append(sharing, e)
		}
	}
	if len(sharing) == 1 && l.Amount < sharing[0].Amount {
		return sharing[0].Detail, 0, []Evidence{say("the bank takes back a part of the payment that shares its reference")}, true
	}
	if len(hits) != 1 {
		return 0, 0, []Evidence{say("no earlier payment, or more than one, shares a reference and the amount")}, false
	}
	return hits[0].Detail, l.Amount - hits[0].Amount, []Evidence{say("the bank takes back a payment that shares its reference")}, true
}
