package bank

import (
	"strings"

	"dunlin/invoice"
)

// trouble is why a row cannot be read; without a message there is none.
type trouble struct {
	field, message, hint string
}

// entry reads one row. What is wrong with its amount, direction, currency, status or day costs the row;
// anything else costs only the field.
func (f *csvFile) entry(row csvRow) (*Entry, trouble) {
	if n := row.width(); n > f.width && f.firstRow == nil {
		return nil, trouble{"", "the row has more cells than the header has columns", "a text with the separator in it has to be quoted: the columns may be shifted, so that the row is left out"}
	}
	raw, credit, why := f.rawAmount(row)
	if why.message != "" {
		return nil, why
	}
	amount, why := f.money(row, raw, credit)
	if why.message != "" {
		return nil, why
	}
	e := &Entry{Line: row.line, Amount: amount, Repaired: row.odd}
	if why := f.state(row, e); why.message != "" {
		return nil, why
	}
	c := &f.columns
	if why := f.booked(row, e); why.message != "" {
		return nil, why
	}
	e.BankRef, e.EntryRef, e.Code = said(f.said(row, c.bankRef)), said(f.said(row, c.entryRef)), f.said(row, c.code)
	e.Info = strings.Join(strings.Fields(strings.Join(f.saidAll(row, c.info), ", ")), " ")
	d := TxDetail{Amount: amount, Rate: f.said(row, c.rate), Refs: Refs{
		EndToEnd: said(f.said(row, c.endToEnd)), Transaction: said(f.said(row, c.transaction)), Mandate: said(f.said(row, c.mandate)), BankRef: e.BankRef,
	}}
	f.parties(row, &d, credit)
	f.fromInside(row, e, &d, credit)
	for _, text := range f.saidAll(row, c.remittance) {
		d.Remittance = append(d.Remittance, trimmed(strings.Split(text, "\n"))...)
	}
	f.instruct(row, &d)
	if why := f.charge(row, e, &d, credit); why.message != "" {
		return nil, why
	}
	e.Details = []TxDetail{d}
	return e, trouble{}
}

// rawAmount reads the amount as a plain decimal, credit positive, and whether it is one.
func (f *csvFile) rawAmount(row csvRow) (raw string, credit bool, why trouble) {
	a := &f.amount
	way := ""
	if len(f.direction) > 0 {
		var seen string
		if way, seen = f.decide(row, f.direction); way == "" {
			return "", false, trouble{"direction", "profile " + f.Name + " does not say whether this is a credit or a debit: " + seen, "add a rule to its direction, or pass such rows over"}
		}
	}
	switch {
	case a.signed.written != "" || a.inverse.written != "":
		c := a.signed
		if a.inverse.written != "" {
			c = a.inverse
		}
		if raw, why = f.plain(row, c); a.inverse.written != "" {
			raw = flipped(raw)
		}
		return raw, !strings.HasPrefix(raw, "-"), why
	case a.unsigned.written != "":
		return f.directed(row, a.unsigned, way == "credit")
	case way == "credit":
		return f.directed(row, a.credit, true)
	case way == "debit":
		return f.directed(row, a.debit, false)
	}
	in, out := f.get(row, a.credit), f.get(row, a.debit)
	switch {
	case in == "" && out == "":
		return "", false, trouble{f.title(a.credit), "neither this column nor " + f.title(a.debit) + " holds an amount", "rows that are no entries belong to below or pass_over in profile " + f.Name}
	case out == "" || in != "" && f.none(out):
		return f.directed(row, a.credit, true)
	case in == "" || f.none(in):
		return f.directed(row, a.debit, false)
	}
	return "", false, trouble{f.title(a.credit), "both this column and " + f.title(a.debit) + " hold an amount", "the row says nothing clear: ask the bank"}
}

// none says whether a text is an amount of zero, which banks write into the column that does not count.
func (f *csvFile) none(text string) bool {
	plain, err := f.numbers.plain(text)
	return err == nil && strings.Trim(plain, "-0.") == ""
}

// plain reads the amount of a column as a plain decimal.
func (f *csvFile) plain(row csvRow, c column) (string, trouble) {
	text := f.get(row, c)
	if text == "" {
		return "", trouble{f.title(c), "holds no amount", "rows that are no entries belong to below or pass_over in profile " + f.Name}
	}
	plain, err := f.numbers.plain(text)
	if err != nil {
		return "", trouble{f.title(c), err.Error(), "profile " + f.Name + " says which marks amounts have (numbers)"}
	}
	return plain, trouble{}
}

func flipped(plain string) string {
	if rest, ok := strings.CutPrefix(plain, "-"); ok {
		return rest
	}
	return "-" + plain
}

// directed reads an amount whose direction is known. A sign that does not belong there is not read away.
func (f *csvFile) directed(row csvRow, c column, credit bool) (string, bool, trouble) {
	raw, why := f.plain(row, c)
	if why.message != "" {
		return "", credit, why
	}
	minus := !credit && f.amount.debitMinus
	zero := strings.Trim(raw, "-0.") == ""
	switch {
	case zero:
		return strings.TrimPrefix(raw, "-"), credit, trouble{}
	case strings.HasPrefix(raw, "-") != minus && minus:
		return "", credit, trouble{f.title(c), short(f.get(row, c)) + " has no minus, which profile " + f.Name + " says it should", "write debit_sign: none, if debits are written so"}
	case strings.HasPrefix(raw, "-") != minus:
		return "", credit, trouble{f.title(c), short(f.get(row, c)) + " has a minus where the direction is said already", "profile " + f.Name + " does not say what that means"}
	case !credit && !minus:
		raw = "-" + raw
	}
	return raw, credit, trouble{}
}

// money gives a plain decimal its currency.
func (f *csvFile) money(row csvRow, raw string, credit bool) (invoice.Money, trouble) {
	c := &f.currency
	col := c.column
	if c.credit.written != "" {
		if col = c.debit; credit {
			col = c.credit
		}
	}
	ccy, field := f.fileCurrency(), "currency"
	if text := f.get(row, col); text != "" {
		ccy, field = text, f.title(col)
		if known, ok := c.words[text]; ok {
			ccy = string(known)
		}
		ccy = strings.ToUpper(ccy)
	}
	if ccy == "" {
		return invoice.Money{}, trouble{field, "names no currency", "say it by --currency"}
	}
	code, err := invoice.ParseCurrency(ccy)
	if err != nil {
		return invoice.Money{}, trouble{field, "\"" + short(ccy) + "\" is no currency", "profile " + f.Name + " can say what a word means: currency: {words: {…}}"}
	}
	amount, err := parseAmount(raw, string(code))
	if err != nil {
		return amount, trouble{"amount", err.Error(), ""}
	}
	return amount, trouble{}
}

// fileCurrency is the currency that holds where a row says nothing: fixed, from the header, from a row above,
// or what the caller says.
func (f *csvFile) fileCurrency() string {
	fact := f.facts["currency"]
	if known, ok := f.currency.words[fact]; ok {
		fact = string(known)
	}
	return first(string(f.currency.fixed), strings.ToUpper(fact), string(f.s.o.Currency))
}

// state reads how far the entry is.
func (f *csvFile) state(row csvRow, e *Entry) trouble {
	if e.Status = StatusBooked; len(f.status) == 0 {
		return trouble{}
	}
	is, seen := f.decide(row, f.status)
	if is == "" {
		return trouble{"status", "profile " + f.Name + " does not say whether this is booked: " + seen, "add a rule to its status, or pass such rows over"}
	}
	e.Status = Status(is)
	return trouble{}
}

// booked reads the days. What is not booked yet need not have one.
func (f *csvFile) booked(row csvRow, e *Entry) trouble {
	c := &f.columns
	at := c.booked[0]
	for _, col := range c.booked {
		if f.get(row, col) != "" {
			at = col
			break
		}
	}
	if text := f.get(row, at); text != "" || e.Status == StatusBooked {
		day, err := f.day(text)
		if err != nil && e.Status == StatusBooked { // others may say "open" there
			return trouble{f.title(at), err.Error(), "profile " + f.Name + " says how days are written (dates)"}
		}
		e.BookedOn = day
	}
	if text := f.said(row, c.value); text != "" {
		day, err := f.day(text)
		if err != nil {
			f.s.leaveOut(row.line, 0, f.title(c.value), err.Error(), "the value date is left out")
		}
		e.ValueOn = day
	}
	return trouble{}
}

// instruct reads what was ordered in another currency.
func (f *csvFile) instruct(row csvRow, d *TxDetail) {
	text, ccy := f.get(row, f.columns.instructed), strings.ToUpper(f.get(row, f.columns.instructedIn))
	if text == "" || ccy == "" || ccy == string(d.Amount.Currency) {
		return
	}
	m, err := f.numbers.parse(strings.TrimPrefix(text, "-"), ccy)
	if err != nil {
		f.s.leaveOut(row.line, 0, f.title(f.columns.instructed), err.Error(), "the amount that was ordered is left out")
		return
	}
	d.Instructed = m
}

// charge reads the fee. Taken on top, it moves the account besides the amount; within, the amount has it
// taken off already. Either way the entry has all of it and says what was transferred.
func (f *csvFile) charge(row csvRow, e *Entry, d *TxDetail, credit bool) trouble {
	rule := f.fee
	if rule == nil || rule.only == "credit" && !credit || rule.only == "debit" && credit {
		return trouble{}
	}
	text := f.get(row, rule.column)
	if text == "" || f.none(text) {
		return trouble{}
	}
	fee, err := f.numbers.parse(text, string(e.Amount.Currency))
	if err != nil {
		return trouble{f.title(rule.column), err.Error(), "without the fee the amount is not known"}
	}
	if rule.minus {
		fee = fee.Neg()
	}
	if rule.onTop {
		e.Amount, err = e.Amount.Sub(fee)
	} else {
		d.Amount, err = d.Amount.Add(fee)
	}
	if err != nil {
		return trouble{f.title(rule.column), err.Error(), ""}
	}
	d.Charges = []Charge{{Amount: fee, Included: true}}
	return trouble{}
}
