package bankgen

import "strings"

// lookAlikes are letters and digits that scanners and eyes confuse, each with its twin.
const lookAlikes = "O00OI11Il11lS55SB88BZ22ZG66G71177337"

// slip makes exactly one edit in a number: a wrong, a missing, an additional character, or two that changed
// places. Most slips are in the digits.
func (d dice) slip(number string) string {
	for {
		if s := d.slipOnce(number); alnum(s) != alnum(number) && alnum(s) != "" {
			return s
		}
	}
}

func (d dice) slipOnce(number string) string {
	at := d.position(number)
	b := []byte(number)
	switch n := d.IntN(100); {
	case n < 45:
		b[at] = d.wrong(b[at])
		return string(b)
	case n < 65:
		return number[:at] + number[at+1:]
	case n < 83:
		extra := number[at]
		if d.percent(50) {
			extra = byte('0' + d.IntN(10))
		}
		return number[:at] + string(extra) + number[at:]
	}
	if at+1 < len(b) && isAlnum(b[at+1]) {
		b[at], b[at+1] = b[at+1], b[at]
	}
	return string(b)
}

// position picks a character to spoil, nine times in ten a digit.
func (d dice) position(number string) int {
	digitsOnly := d.percent(90)
	for {
		at := d.IntN(len(number))
		c := number[at]
		if isAlnum(c) && (!digitsOnly || c >= '0' && c <= '9') {
			return at
		}
	}
}

// wrong is another character in the place of one: a look-alike, or a neighbour on the keyboard.
func (d dice) wrong(c byte) byte {
	if d.percent(25) {
		if i := strings.IndexByte(lookAlikes, c); i >= 0 {
			return lookAlikes[i/2*2+(i+1)%2]
		}
	}
	if c >= '0' && c <= '9' {
		return byte('0' + (int(c-'0')+d.between(1, 9))%10)
	}
	return byte('A' + (int(c&^0x20-'A')+d.between(1, 25))%26)
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// oneEdit says whether two texts are the same, or one edit apart.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// confusable says whether a hasty reader takes one number for the other: one edit apart, or in the digits
// without leading zeros.
func confusable(a, b string) bool {
	a, b = alnum(a), alnum(b)
	if oneEdit(a, b) {
		return true
	}
	return oneEdit(tail(a), tail(b))
}

// tail are the digits at the end, without leading zeros.
func tail(s string) string {
	return strings.TrimLeft(s[len(strings.TrimRight(s, "0123456789")):], "0")
}
