package match

// nearly says whether two keys differ by one letter or digit: changed, added, dropped, or two neighbours
// swapped. Equal keys are not nearly equal.
func nearly(a, b string) bool {
	if a == b {
		return false
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 1:
		return a[i:] == b[i+1:]
	case 0:
		if a[i+1:] == b[i+1:] {
			return true
		}
		return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return false
}

// alike maps what scanners and tired eyes take for one another.
var alike = map[rune]rune{'O': '0', 'I': '1', 'L': '1', 'S': '5', 'B': '8', 'Z': '2', 'G': '6'}

// blurred is a key in which look-alikes are one.
func blurred(key string) string {
	out := []rune(key)
	for i, r := range out {
		if to, ok := alike[r]; ok {
			out[i] = to
		}
	}
	return string(out)
}
