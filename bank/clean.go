package bank

import "strings"

// compact makes an id comparable: upper case, without spaces.
func compact(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}
