package match

// Bounds of the search for sets of invoices that sum to a payment.
const (
	maxItems = 15 // open items looked at, the oldest first
	maxParts = 5  // invoices in one payment
)

// subset finds sets of amounts that sum exactly to the wanted amount, with at least two and at most maxParts
// members. unique says that there is exactly one: the search goes on until the second.
func subset(amounts []int64, wanted int64) (first []int, unique bool) {
	if len(amounts) > maxItems {
		amounts = amounts[:maxItems]
	}
	found := 0
	var chosen []int
	var search func(from int, left int64)
	search = func(from int, left int64) {
		if found > 1 {
			return
		}
		if left == 0 {
			if len(chosen) >= 2 {
				if found++; found == 1 {
					first = append([]int(nil), chosen...)
				}
			}
			return
		}
		if len(chosen) == maxParts {
			return
		}
		for i := from; i < len(amounts); i++ {
			if amounts[i] > 0 && amounts[i] <= left {
				chosen = append(chosen, i)
				search(i+1, left-amounts[i])
				chosen = chosen[:len(chosen)-1]
			}
		}
	}
	search(0, wanted)
	return first, found == 1
}
