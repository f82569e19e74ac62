//go:build !failpoint

package failpoint

// Enabled says whether this binary can fail on purpose.
const Enabled = false

// Hit does nothing in this build.
func Hit(string) error { return nil }
