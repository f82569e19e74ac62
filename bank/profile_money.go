package bank

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func isMapping(n yamlNode) bool {
	switch n.n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func keysOf[V any](m map[string]V) func(func(string) bool) { return maps.Keys(m) }

// amounts reads how amount and sign are written. Nothing is guessed: one of the ways has to be there.
func (r *profileReader) amounts(k map[string]yamlNode) {
	a := &r.p.amount
	n := r.need(k, "amount", "{signed: COLUMN}, {inverse: COLUMN}, {unsigned: COLUMN} or {credit: COLUMN, debit: COLUMN, debit_sign: minus or none}")
	keys := n.keys("signed", "inverse", "unsigned", "credit", "debit", "debit_sign")
	for key, into := range map[string]*column{"signed": &a.signed, "inverse": &a.inverse, "unsigned": &a.unsigned, "credit": &a.credit, "debit": &a.debit} {
		if keys[key].written() {
			*into = r.column(keys[key])
		}
	}
	r.p.direction = r.rules(k["direction"], "credit", "debit")
	ways := 0
	for _, c := range []column{a.signed, a.inverse, a.unsigned, a.credit} {
		if c.written != "" {
			ways++
		}
	}
	two := a.credit.written != ""
	switch directed := a.unsigned.written != ""; {
	case !n.written():
	case ways != 1:
		n.wrong("write signed, inverse, unsigned, or credit with debit", "says in %d ways how the amount is written; one is needed", ways)
	case two != (a.debit.written != ""):
		n.wrong("give both columns", "credit and debit belong together")
	case two && !keys["debit_sign"].written():
		n.wrong("debit_sign: minus where the bank writes -12.00 there, debit_sign: none where it writes 12.00", `"debit_sign" is missing`)
	case directed && len(r.p.direction) == 0:
		n.wrong("add direction: [{when: {COLUMN: WORD}, is: credit}, …]", "an unsigned amount needs rules of direction")
	case !directed && !two && len(r.p.direction) > 0:
		k["direction"].wrong("drop it, or write the amount as unsigned", "the amount has its sign already")
	}
	if keys["debit_sign"].written() {
		a.debitMinus = keys["debit_sign"].oneOf("minus", "none") == "minus"
	}
	r.fee(k["fee"])
}

func (r *profileReader) fee(n yamlNode) {
	if !n.written() {
		return
	}
	keys := n.keys("column", "taken", "sign", "only")
	for _, key := range []string{"column", "taken"} {
		if !keys[key].written() {
			n.wrong("fee: {column: NAME, taken: within or on top}", "%q is missing", key)
			return
		}
	}
	r.p.fee = &feeRule{column: r.column(keys["column"]), onTop: keys["taken"].oneOf("within", "on top") == "on top"}
	if keys["sign"].written() {
		r.p.fee.minus = keys["sign"].oneOf("minus", "none") == "minus"
	}
	if keys["only"].written() {
		r.p.fee.only = keys["only"].oneOf("credit", "debit")
	}
}

// numberStyle reads which marks amounts have. What separates decimals cannot separate thousands, too.
func (r *profileReader) numberStyle(n yamlNode, keys map[string]yamlNode) numberStyle {
	s := numberStyle{}
	if !n.written() {
		return s
	}
	switch mark := keys["decimal"].or(n).oneOf(".", ",", "either"); {
	case !keys["decimal"].written():
		n.wrong(`add decimal: "." or decimal: ","`, `"decimal" is missing`)
	case mark == "." || mark == ",":
		s.decimal = mark[0]
	}
	for _, item := range keys["group"].or(n).list() {
		mark := item.text()
		if !slices.Contains([]string{".", ",", "'", "’", " ", "\ufffd"}, mark) || mark == string(rune(s.decimal)) || s.decimal == 0 && strings.Contains(".,", mark) {
			item.wrong(`one of . , ' ’ and a blank, and not the mark of the decimals`, "%q cannot separate thousands", mark)
			continue
		}
		s.groups = append(s.groups, mark)
	}
	for _, item := range keys["strip"].or(n).list() {
		mark := item.text()
		if mark == "" || strings.ContainsAny(mark, "0123456789+-.,()") {
			item.wrong("e.g. ¥, €, CHF", "%q cannot be taken off an amount", mark)
			continue
		}
		s.strip = append(s.strip, mark)
	}
	return s
}

// dates reads the layouts in which days are written.
func (r *profileReader) dates(k map[string]yamlNode) {
	n := r.need(k, "dates", "a layout such as DD.MM.YYYY")
	for _, item := range n.list() {
		text := item.text()
		l, err := newDateLayout(text)
		if err != nil {
			item.wrong("YYYY or YY, MM or M or MMM, DD or D; hh, mm and ss for the time of day", "%v", err)
			continue
		}
		r.p.dates = append(r.p.dates, l)
	}
}

// all are the columns that the profile uses anywhere.
func (p *Profile) all() []column {
	c := &p.columns
	all := []column{
		c.value, c.ownAccount, c.ownIBAN, c.bankRef, c.entryRef, c.endToEnd, c.transaction, c.mandate, c.code, c.name, c.iban,
		c.account, c.bic, c.payer, c.payee, c.rate, c.balance, c.instructed, c.instructedIn,
		p.amount.signed, p.amount.inverse, p.amount.unsigned, p.amount.credit, p.amount.debit, p.currency.column, p.currency.credit, p.currency.debit,
	}
	all = append(append(append(all, c.booked...), c.info...), c.remittance...)
	for _, in := range p.inside {
		all = append(all, in.column)
	}
	if p.fee != nil {
		all = append(all, p.fee.column)
	}
	conditions := slices.Clone(p.passOver)
	for _, r := range append(slices.Clone(p.direction), p.status...) {
		conditions = append(conditions, r.when)
	}
	for _, when := range conditions {
		for _, w := range when {
			all = append(all, w.column)
		}
	}
	return slices.DeleteFunc(all, func(c column) bool { return c.written == "" })
}

// String names the profile for people.
func (p *Profile) String() string {
	if p.About == "" {
		return p.Name
	}
	return fmt.Sprintf("%s (%s)", p.Name, p.About)
}
