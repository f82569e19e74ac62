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
	decimal byte     // 0: , and . alike, where thousands have no such mark
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

// plain makes a plain decimal of an amount. Thousands have to stand in threes, so that a mark that is read
// wrongly never moves the point.
func (n numberStyle) plain(text string) (string, error) {
	bad := func(why string) (string, error) { return "", fmt.Errorf("%q is no amount%s", short(text), why) }
	t := strings.TrimSpace(text)
	for _, mark := range n.strip {
		t = strings.TrimSpace(strings.ReplaceAll(t, mark, ""))
	}
	sign, t := signOf(t)
	mark := string(rune(n.decimal))
	if n.decimal == 0 {
		mark = "."
		t = strings.ReplaceAll(t, ",", mark)
	}
	whole, frac, dotted := strings.Cut(t, mark)
	if dotted && frac == "" || !digitsOnly(frac) || n.decimal == 0 && len(frac) > 2 {
		return bad(": the decimals are marked by " + mark)
	}
	parts := n.split(whole)
	for i, p := range parts {
		if !digitsOnly(p) || p == "" && (len(parts) > 1 || !dotted) || len(parts) > 1 && (i > 0 && len(p) != 3 || i == 0 && len(p) > 3) {
			return bad("")
		}
	}
	digits := strings.TrimLeft(strings.Join(parts, ""), "0")
	if len(digits) > 18 {
		return bad(": it is too large")
	}
	return sign + decimal(digits, frac), nil
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
func (n numberStyle) split(whole string) []string {
	const cut = "\x00"
	for _, g := range n.groups {
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
				b.WriteString(w.layout)
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
