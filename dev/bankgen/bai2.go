package bankgen

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// baiPen writes BAI2, prior day: a group and an account for each day.
type baiPen struct {
	b       *bufio.Writer
	records int // of the file
	group   int // records of the group
	sum     int64
	total   int64
	groups  int
}

// record writes one line and counts it.
func (p *baiPen) record(format string, args ...any) {
	fmt.Fprintf(p.b, format+"\n", args...)
	p.records++
	p.group++
}

func (p *baiPen) head(a Account, _, last statement) {
	p.record("01,%s,DUNLIN,%s,2104,1,80,,2/", a.BIC, mtDate(last.day))
}

func (p *baiPen) begin(s statement) {
	account := s.IBAN
	if account == "" {
		account = s.Number
	}
	p.group, p.sum = 0, s.opening+s.closing+s.credits+s.debits
	p.groups++
	p.record("02,DUNLIN,%s,1,%s,2359,%s,2/", s.BIC, mtDate(s.day), s.Currency)
	p.record("03,%s,%s,010,%d,,,015,%d,,/", account, s.Currency, s.opening, s.closing)
	p.record("88,100,%d,,,400,%d,,/", s.credits, s.debits)
}

func (p *baiPen) line(_ statement, l line) {
	t := l[0]
	code, minor := "195", t.Amount.Minor
	if minor < 0 {
		code, minor = "495", -minor
	}
	p.sum += minor
	lines := unslashed(append(slices.Clone(t.Text), "ORIG:"+t.Name))
	p.record("16,%s,%d,V,%s,,%s,%s,%s", code, minor, mtDate(t.Value), t.BankRef, t.EndToEnd, lines[0])
	for _, text := range lines[1:] {
		p.record("88,%s", text)
	}
}

// unslashed takes a slash at the end of a line, where it would end the record, over to the next line.
func unslashed(lines []string) []string {
	for i := range lines[:len(lines)-1] {
		if text, slash := strings.CutSuffix(lines[i], "/"); slash {
			lines[i], lines[i+1] = text, "/"+lines[i+1]
		}
	}
	return lines
}

func (p *baiPen) end(statement) {
	p.total += p.sum
	p.record("49,%d,%d/", p.sum, p.group)
	p.record("98,%d,1,%d/", p.sum, p.group+1)
}

func (p *baiPen) foot(statement) {
	p.record("99,%d,%d,%d/", p.total, p.groups, p.records+1)
}
