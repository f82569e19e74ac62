package dunning

import "time"

// MergeFor returns how far ahead siblings' steps are told in one message; business days do not occur here.
func (p *Policy) MergeFor() time.Duration {
	unit := 24 * time.Hour
	switch p.MergeWindow.Unit {
	case Minutes:
		unit = time.Minute
	case Hours:
		unit = time.Hour
	}
	return unit * time.Duration(p.MergeWindow.N)
}

// Firmer says whether step a comes later in the ladder than step b, and so speaks in a firmer tone.
func (p *Policy) Firmer(a, b string) bool { return p.index(a) > p.index(b) }
