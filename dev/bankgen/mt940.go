package bankgen

import (
	"bufio"
	"fmt"
	"strings"

	"dunlin/invoice"
)

// mtPen writes MT940: with the coded :86: of German banks, or the one between slashes of Dutch ones.
type mtPen struct {
	b     *bufio.Writer
	dutch bool
}

func (p *mtPen) printf(format string, args ...any) { fmt.Fprintf(p.b, format, args...) }

func (p *mtPen) head(Account, statement, statement) {}

func (p *mtPen) foot(statement) {}

func mtDate(on invoice.Date) string {
	return fmt.Sprintf("%02d%02d%02d", on.Year%100, int(on.Month), on.Day)
}

// balance writes C or D, the day, the currency and the amount.
func (p *mtPen) balance(s statement, field string, minor int64) {
	mark := "C"
	if minor < 0 {
		mark, minor = "D", -minor
	}
	p.printf(":%s:%s%s%s%s\r\n", field, mark, mtDate(s.day), s.Currency, s.comma(minor))
}

// comma writes an amount as SWIFT does: always with a comma.
func (s statement) comma(minor int64) string {
	text := s.money(minor)
	if !strings.Contains(text, ".") {
		return text + ","
	}
	return strings.Replace(text, ".", ",", 1)
}

func (p *mtPen) begin(s statement) {
	account := s.IBAN
	if account == "" {
		account = s.Number
	}
	p.printf(":20:STARTUMS\r\n:25:%s\r\n:28C:%d/1\r\n", account, s.n)
	p.balance(s, "60F", s.opening)
}

func (p *mtPen) line(s statement, l line) {
	t := l[0]
	mark, minor := "C", t.Amount.Minor
	if minor < 0 {
		mark, minor = "D", -minor
	}
	customer := "NONREF"
	if t.Own != "" {
		customer = "KREF+"
	}
	kind := "NTRF"
	if t.Reason != "" {
		kind = "NRTI"
	}
	p.printf(":61:%s%02d%02d%s%s%s%s//%s\r\n", mtDate(t.Value), int(t.Booked.Month), t.Booked.Day, mark, s.comma(minor), kind, customer, t.BankRef)
	text := p.german(t)
	if p.dutch {
		text = p.slashes(t)
	}
	p.long(":86:" + text)
}

// german writes the coded text: key and text together in pieces of 27 characters, ?20 to ?29 and ?60 on.
func (p *mtPen) german(t *Payment) string {
	var pieces []string
	whole := func(key, text string) {
		if text != "" {
			pieces = append(pieces, chop(key+text, piece)...)
		}
	}
	e2e := t.EndToEnd
	if e2e == "" {
		e2e = "NOTPROVIDED"
	}
	whole("EREF+", e2e)
	whole("KREF+", t.Own)
	whole("MREF+", t.Mandate)
	for i, text := range t.Text {
		if i == 0 {
			text = "SVWZ+" + text
		}
		pieces = append(pieces, text)
	}
	code := "166?00GUTSCHR. UEBERWEISUNG"
	if t.Amount.Minor < 0 {
		code = "116?00UEBERWEISUNG"
	}
	if t.Reason != "" {
		code = "159?00RETOURE"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s?10%04d", code, t.Entry%10_000)
	for i, text := range pieces[:min(14, len(pieces))] {
		n := 20 + i
		if i > 9 {
			n = 50 + i
		}
		fmt.Fprintf(&b, "?%d%s", n, text)
	}
	account := t.From.IBAN
	if account == "" {
		account = t.From.Number
	}
	fmt.Fprintf(&b, "?30%s?31%s", t.From.BIC, account)
	for i, part := range chop(t.Name, piece)[:min(2, len(chop(t.Name, piece)))] {
		fmt.Fprintf(&b, "?%d%s", 32+i, part)
	}
	return b.String()
}

// chop cuts a text into parts of n letters.
func chop(s string, n int) []string {
	var parts []string
	for len(s) > n {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return append(parts, s)
}

// slashes writes the text between slashed keys.
func (p *mtPen) slashes(t *Payment) string {
	account := t.From.IBAN
	if account == "" {
		account = t.From.Number
	}
	e2e := t.EndToEnd
	if e2e == "" {
		e2e = "NOTPROVIDED"
	}
	text := "/TRTP/SEPA OVERBOEKING/IBAN/" + account + "/BIC/" + t.From.BIC + "/NAME/" + t.Name
	if t.Mandate != "" {
		text += "/MARF/" + t.Mandate
	}
	if t.line() != "" {
		text += "/REMI/" + t.line()
	}
	return text + "/EREF/" + e2e
}

// long writes a field in lines of 65 characters, wherever these end. No line begins with a colon, which
// would be another field, nor with a dash, which could be the end.
func (p *mtPen) long(text string) {
	for len(text) > 65 {
		n := 65
		for strings.ContainsRune(":- ", rune(text[n])) || text[n-1] == ' ' {
			n--
		}
		p.printf("%s\r\n", text[:n])
		text = text[n:]
	}
	p.printf("%s\r\n", text)
}

func (p *mtPen) end(s statement) {
	p.balance(s, "62F", s.closing)
	p.printf("-\r\n")
}
