package dunning

import "time"

// MergeFor returns how far ahead siblings' steps are told in one message; business days do not occur here.
func (p *Policy) MergeFor() time.Duration {
	switch n := time.Duration(p.MergeWindow.N); p.MergeWindow.Unit {
	case Minutes:
		return n * time.Minute
	case Hours:
		return n * time.Hour
	default:
		return n * 24 * time.Hour
	}
}

// Firmer says whether step a comes later in the ladder than step b, and so speaks in a firmer tone.
func (p *Policy) Firmer(a, b string) bool { return p.index(a) > p.index(b) }
