package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Finding is one breach of an invariant.
type Finding struct {
	Invariant string // I1 … I14, as the design numbers them
	Text      string // what is wrong, and where
}

// String reads "I2: …".
func (f Finding) String() string { return f.Invariant + ": " + f.Text }

// findings gathers what one check finds.
type findings []Finding

func (f *findings) add(invariant, format string, args ...any) {
	*f = append(*f, Finding{invariant, fmt.Sprintf(format, args...)})
}

// sorted returns the findings by invariant, each once.
func sorted(f []Finding) []Finding {
	slices.SortFunc(f, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(f)
}
