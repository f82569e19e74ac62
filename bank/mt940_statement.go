package bank

import (
	"regexp"
	"strings"

	"dunlin/invoice"
)

// mtStatement is the statement that is being read.
type mtStatement struct {
	*mtFile
	Statement
	begun     bool
	closed    bool   // a closing balance has come
	pending   *Entry // the entry whose text may still follow
	described bool   // it has a text
	ccy       string
	n         int
}

func (st *mtStatement) field(x *mtField) error {
	switch x.tag {
	case "20":
		st.Ref = strings.TrimSpace(x.lines[0])
	case "25", "25P":
		st.account(strings.TrimSpace(x.lines[0]))
		if len(x.lines) > 1 && mtBIC.MatchString(strings.TrimSpace(x.lines[1])) {
			st.Account.BIC = strings.TrimSpace(x.lines[1])
		}
	case "28", "28C":
		st.Number = strings.TrimSpace(x.lines[0])
	case "34F":
		st.Kind, st.Format = Intraday, "MT942"
		if m := mtFloor.FindStringSubmatch(x.lines[0]); m != nil && st.ccy == "" {
			st.ccy = m[1]
		}
	case "60F", "60M":
		if st.Opening == nil {
			return st.balance(x, &st.Opening)
		}
		return st.extra(x) // a page of the same message
	case "62F", "62M":
		if err := st.flush(); err != nil {
			return err
		}
		st.closed = true
		return st.balance(x, &st.Closing)
	case "64", "65":
		return st.extra(x)
	case "61":
		return st.entry(x)
	case "86":
		st.describe(x)
	case "NS":
		if st.pending != nil {
			st.unstructured(st.pending, x.lines)
		}
	}
	return nil
}

// extra keeps a balance that neither opens nor closes the statement.
func (st *mtStatement) extra(x *mtField) error {
	var b *Balance
	if err := st.balance(x, &b); err != nil || b == nil {
		return err
	}
	st.Extra = append(st.Extra, *b)
	return nil
}

var (
	mtFloor   = regexp.MustCompile(`^([A-Z]{3})`)
	mtBIC     = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$`)
	mtIBAN    = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$`)
	mtBalance = regexp.MustCompile(`^(R?[CD])([0-9]{6})([A-Z]{3})?\s*0*([0-9]{0,15})(?:[.,]([0-9]{0,5}))?$`)
)

// account reads :25:, which is an IBAN, bank code and number, or a number; some banks add the currency, and some
// put their BIC before the IBAN.
func (st *mtStatement) account(text string) {
	text = strings.Trim(text, "/ ")
	st.central = len(text) > 2 && strings.Contains("PL CZ SK HU HR SI", text[:2])
	if i := len(text) - 3; i > 5 {
		if c, err := invoice.ParseCurrency(text[i:]); err == nil && strings.ContainsAny(text[i-1:i], "/ 0123456789") {
			st.ccy, text = string(c), strings.TrimRight(text[:i], "/ ")
		}
	}
	if c := compact(text); mtIBAN.MatchString(c) {
		st.Account.IBAN = c
		return
	}
	if bic, number, found := strings.Cut(text, "/"); found && mtBIC.MatchString(bic) && mtIBAN.MatchString(compact(number)) {
		st.Account.BIC, st.Account.IBAN = bic, compact(number)
		return
	}
	st.Account.Other = text
}

// balance reads a balance. One that cannot be read is left out: then nothing can be added up, and that shows.
func (st *mtStatement) balance(x *mtField, into **Balance) error {
	m := mtBalance.FindStringSubmatch(strings.TrimSpace(x.lines[0]))
	if m != nil {
		m[3] = first(m[3], st.ccy, string(st.s.o.Currency)) // some banks leave it out behind the first
	}
	if m == nil || m[3] == "" {
		st.s.leaveOut(x.line, 0, ":"+x.tag+":", "is no balance: C or D, YYMMDD, currency, amount", "the balance is left out")
		return nil
	}
	amount, err := parseAmount(decimal(m[4], m[5]), m[3])
	if _, unknown := invoice.ParseCurrency(m[3]); unknown != nil {
		return st.s.fatal(x.line, 0, ":"+x.tag+":", unknown.Error(), "")
	}
	if err != nil {
		st.s.leaveOut(x.line, 0, ":"+x.tag+":", err.Error(), "the balance is left out")
		return nil
	}
	if strings.HasSuffix(m[1], "D") {
		amount = amount.Neg()
	}
	if st.ccy == "" {
		st.ccy = m[3]
	}
	st.central = st.central || m[3] == "PLN" || m[3] == "CZK" || m[3] == "HUF"
	on, _ := mtDay(m[2])
	*into = &Balance{Type: x.tag, Amount: amount, On: on}
	return nil
}

func decimal(whole, frac string) string {
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// begin tells the sink of the statement once its account and currency are known.
func (st *mtStatement) begin(line int) error {
	if st.begun {
		return nil
	}
	st.begun, st.seen = true, true
	st.Account.Other = first(st.Account.Other, st.s.o.Account)
	if st.Account.Key() == "" {
		return st.s.fatal(line, 0, ":25:", "the statement names no account", "")
	}
	if st.ccy == "" {
		st.ccy = string(st.s.o.Currency)
	}
	if st.ccy != "" {
		c, err := invoice.ParseCurrency(st.ccy)
		if err != nil {
			return st.s.fatal(line, 0, ":60F:", err.Error(), "")
		}
		st.Account.Currency = c
	}
	return st.sink.Begin(&st.Statement)
}

// flush hands on the entry whose text is complete now.
func (st *mtStatement) flush() error {
	e := st.pending
	st.pending = nil
	if e == nil {
		return nil
	}
	d := &e.Details[0]
	if d.Return != nil {
		d.Return.Refs = d.Refs // :86: may have told more of them
	}
	d.apart()
	if !st.described && !strings.HasPrefix(e.Info, "/") { // no :86: came: what stood below :61: is the text
		d.Remittance = append(d.Remittance, nonEmpty(e.Info)...)
	}
	return st.sink.Entry(e)
}

// finish closes the statement. What has neither an account nor an entry is no statement.
func (st *mtStatement) finish() error {
	if st.Account.Key() == "" && st.n == 0 { // a remark of the bank
		return nil
	}
	if err := st.begin(st.Line); err != nil {
		return err
	}
	if err := st.flush(); err != nil {
		return err
	}
	if st.Opening != nil {
		st.From = st.Opening.On.At(0, 0, utc)
	}
	if st.Closing != nil {
		st.To = st.Closing.On.At(0, 0, utc)
	}
	return st.sink.End(&st.Statement)
}

func trimmed(lines []string) []string {
	var all []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}
