package bankgen

import (
	"math/rand/v2"
	"strings"
)

// dice is a source of chance that gives the same for the same seed.
type dice struct{ *rand.Rand }

// streams keep the parts of a world apart: more payments leave the invoices as they are.
const (
	customerStream = iota + 1
	invoiceStream
	paymentStream
)

func newDice(seed uint64, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// percent is true n times in a hundred.
func (d dice) percent(n int) bool { return d.IntN(100) < n }

// between gives a number from a to b, both included.
func (d dice) between(a, b int) int { return a + d.IntN(b-a+1) }

// word picks one of several words, which are separated by bars.
func (d dice) word(bars string) string {
	words := strings.Split(bars, "|")
	return words[d.IntN(len(words))]
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// weighted picks an index by weights.
func (d dice) weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// digits gives n digits, the first of which is not zero.
func (d dice) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + d.IntN(10))
	}
	if n > 0 && b[0] == '0' {
		b[0] = '7'
	}
	return string(b)
}

// letters gives n capitals.
func (d dice) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('A' + d.IntN(26))
	}
	return string(b)
}

// deck gives n class numbers in exactly the shares of the weights, which add up to 100, in random order.
func (d dice) deck(n int, weights []int) []int {
	all := make([]int, 0, n+len(weights))
	for i, w := range weights {
		for range (n*w + 50) / 100 {
			all = append(all, i)
		}
	}
	for len(all) < n {
		all = append(all, 0)
	}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}
