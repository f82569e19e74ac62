package bank

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"dunlin/invoice"
)

// numberStyle says which marks amounts have.
type numberStyle struct {
	decimal byte     // 0: , or ., as each amount shows
	groups  []string // any of them
	strip   []string // currency signs and the like
}

// parse reads an amount with its sign as written: +, -, a minus behind it, or brackets around it.
func (n numberStyle) parse(text, ccy string) (invoice.Money, error) {
	plain, err := n.plain(text)
	if err != nil {
		return invoice.Money{}, err
	}
	return parseAmount(plain, ccy)
}

// plain makes a plain decimal of an amount. The last group has to have three digits, so that a mark that is
// read wrongly never moves the point.
func (n numberStyle) plain(text string) (string, error) {
	bad := func(why string) (string, error) { return "", fmt.Errorf("%q is no amount%s", short(text), why) }
	t := strings.TrimSpace(text)
	for _, mark := range n.strip {
		t = strings.TrimSpace(strings.ReplaceAll(t, mark, ""))
	}
	sign, t := signOf(t)
	mark, groups := string(rune(n.decimal)), n.groups
	if n.decimal == 0 {
		var sure bool
		if mark, groups, sure = n.either(t); !sure {
			return bad(": it may be thousands or thousandths")
		}
	}
	whole, frac, dotted := strings.Cut(t, mark)
	if dotted && frac == "" || !digitsOnly(frac) {
		return bad(": the decimals are marked by " + mark)
	}
	parts := split(whole, groups)
	if !grouped(parts) || whole == "" && !dotted {
		return bad("")
	}
	digits := strings.TrimLeft(strings.Join(parts, ""), "0")
	if len(digits) > 18 {
		return bad(": it is too large")
	}
	return sign + decimal(digits, frac), nil
}

// either finds the mark of the decimals where a file may have one or the other: it is the last of two kinds,
// or stands once and not before three digits. Of what could be both it is not sure.
func (n numberStyle) either(t string) (mark string, groups []string, sure bool) {
	mark, other := ".", ","
	if strings.LastIndex(t, other) > strings.LastIndex(t, mark) {
		mark, other = other, mark
	}
	groups = append([]string{other}, n.groups...)
	switch _, frac, _ := strings.Cut(t, mark); {
	case strings.Contains(t, other), strings.Count(t, mark) == 0:
		return mark, groups, true
	case strings.Count(t, mark) > 1:
		return other, append([]string{mark}, n.groups...), true // marks of thousands alone
	default:
		return mark, groups, len(frac) != 3
	}
}

// grouped says whether digits stand in groups: of three, or as in India, of two before the last three.
func grouped(parts []string) bool {
	last := len(parts) - 1
	for i, p := range parts {
		switch {
		case !digitsOnly(p), p == "" && last > 0:
			return false
		case last == 0:
		case i == last && len(p) != 3, i == 0 && len(p) > 3:
			return false
		case i > 0 && i < last && len(p) != 3 && len(p) != 2, i > 1 && i < last && len(p) != len(parts[1]):
			return false
		case i == 0 && len(p) == 3 && last > 1 && len(parts[1]) == 2:
			return false
		}
	}
	return true
}

// signOf takes the sign off.
func signOf(t string) (sign, rest string) {
	t = strings.ReplaceAll(t, "−", "-")
	switch {
	case strings.HasPrefix(t, "(") && strings.HasSuffix(t, ")") && len(t) > 2:
		return "-", t[1 : len(t)-1]
	case strings.HasPrefix(t, "-"):
		return "-", strings.TrimSpace(t[1:])
	case strings.HasPrefix(t, "+"):
		return "", strings.TrimSpace(t[1:])
	case strings.HasSuffix(t, "-"):
		return "-", strings.TrimSpace(t[:len(t)-1])
	case strings.HasSuffix(t, "+"):
		return "", strings.TrimSpace(t[:len(t)-1])
	}
	return "", t
}

// split cuts the whole part at the marks of thousands. All kinds of blank are one.
func split(whole string, groups []string) []string {
	const cut = "\x00"
	for _, g := range groups {
		if g == " " {
			whole = strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return 0
				}
				return r
			}, whole)
			continue
		}
		whole = strings.ReplaceAll(whole, g, cut)
	}
	return strings.Split(whole, cut)
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// short cuts what a file says to what a message can hold.
func short(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

// dateLayout is how a day is written, as people say it and as Go does.
type dateLayout struct {
	written, layout string
}

// layoutWords are the parts of a layout, longest first.
var layoutWords = []struct{ word, layout string }{
	{"YYYY", "2006"}, {"YY", "06"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"}, {"DD", "02"}, {"D", "2"}, {"hh", "15"}, {"mm", "04"}, {"ss", "05"},
}

func newDateLayout(text string) (dateLayout, error) {
	var b strings.Builder
	seen := map[byte]bool{}
	rest := text
next:
	for rest != "" {
		for _, w := range layoutWords {
			if strings.HasPrefix(rest, w.word) {
				if seen[w.word[0]] {
					return dateLayout{}, fmt.Errorf("%q says the same part twice", text)
				}
				seen[w.word[0]] = true
				layout := w.layout
				if before := len(text) - len(rest); (w.word == "MM" || w.word == "DD") && !partAt(text, before-1) && !partAt(text, before+len(w.word)) {
					layout = layout[1:] // what stands apart is read without its zero, too
				}
				b.WriteString(layout)
				rest = rest[len(w.word):]
				continue next
			}
		}
		if c := rest[0]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' && c != 'T' {
			return dateLayout{}, fmt.Errorf("%q is no layout of a day: %q means nothing", text, c)
		}
		b.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !seen['Y'] || !seen['M'] || !seen['D'] {
		return dateLayout{}, fmt.Errorf("%q is no layout of a day: it needs year, month and day", text)
	}
	return dateLayout{text, b.String()}, nil
}

// partAt says whether a part of a layout stands at this place: digits without a mark between them.
func partAt(text string, i int) bool {
	return i >= 0 && i < len(text) && strings.ContainsRune("YMDhms", rune(text[i]))
}

// day reads a day in one of the layouts of the profile.
func (p *Profile) day(text string) (invoice.Date, error) {
	var written []string
	for _, l := range p.dates {
		if t, err := time.Parse(l.layout, text); err == nil {
			if t.Year() < 1970 || t.Year() > 2200 {
				return invoice.Date{}, fmt.Errorf("%q lies too far away", short(text))
			}
			return invoice.DateOf(t), nil
		}
		written = append(written, l.written)
	}
	return invoice.Date{}, errors.New("\"" + short(text) + "\" is no day that is written " + strings.Join(written, " or "))
}
