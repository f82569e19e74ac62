package bank

import (
	"strconv"
	"strings"

	"dunlin/invoice"
)

// transaction reads 16: type code, amount, funds, the bank's and the customer's reference, text. The text
// may hold commas and goes on in continuations.
func (f *baiFile) transaction(r *baiRecord) error {
	if f.st == nil {
		return f.s.fatal(r.line, 0, "16", "stands outside an account", "the file is damaged: fetch it again")
	}
	if err := f.begin(); err != nil {
		return err
	}
	f.n++
	x := r.fields()
	amount, err := f.amount(r, first(at(x, 1), "0"))
	if err != nil {
		return err
	}
	f.sum += amount.Minor
	e := &Entry{Line: r.line, Code: at(x, 0), Status: StatusBooked, BookedOn: f.group.on, ValueOn: f.group.on, Repaired: r.odd}
	known, err := f.signed(r, e, amount)
	if err != nil || !known {
		return err
	}
	if at(x, 2) == "V" {
		if d := f.day(r, at(x, 3)); !d.IsZero() {
			e.ValueOn = d
		}
	}
	rest, err := f.funds(r, x[min(2, len(x)):])
	if err != nil {
		return err
	}
	d := TxDetail{Amount: e.Amount}
	e.BankRef, d.Refs.EndToEnd = said(at(rest, 0)), said(at(rest, 1))
	d.Refs.BankRef = e.BankRef
	if len(rest) > 2 {
		text := strings.ReplaceAll(strings.Join(rest[2:], ","), ",\n", "\n")
		d.Remittance = trimmed(strings.Split(text, "\n"))
	}
	if returnCodes[e.Code] {
		d.Return = &Return{Reason: e.Code, Text: strings.Join(d.Remittance, " "), Refs: d.Refs}
	}
	d.baiKeys(e)
	e.Details = []TxDetail{d}
	return f.sink.Entry(e)
}

// signed gives the amount its direction: codes 100 to 399 are credits, 400 to 699 debits; of a bank's own
// codes, 920 to 959 and 960 to 999. 890 tells of something that moves no money. Any other entry is left out:
// loans have an account of their own, and no bank says in the file what else it means.
func (f *baiFile) signed(r *baiRecord, e *Entry, m invoice.Money) (known bool, err error) {
	n, err := strconv.Atoi(e.Code)
	e.Amount = m
	switch {
	case err != nil:
		return false, f.s.fatal(r.line, f.n, "16", strconv.Quote(e.Code)+" is no type code", "three digits, e.g. 165")
	case n >= 100 && n < 400, n >= 920 && n < 960:
	case n >= 400 && n < 700, n >= 960 && n < 1000:
		e.Amount = m.Neg()
	case m.Minor == 0:
		e.Status = StatusInfo
	default:
		f.s.leaveOut(r.line, f.n, "16", "type code "+e.Code+" says neither credit nor debit", "the entry is left out; ask the bank what the code means")
		return false, nil
	}
	return true, nil
}

// returnCodes are the type codes of returned and reversed items.
var returnCodes = map[string]bool{
	"255": true, "256": true, "257": true, "258": true, "252": true, "399": true,
	"409": true, "452": true, "455": true, "552": true, "555": true, "556": true, "557": true, "558": true, "559": true, "699": true,
}

// baiKeys takes over what some banks write behind keys of four letters, one a line: the reference that the
// payer gave, and who stands at the other end. The lines stay in the text.
func (d *TxDetail) baiKeys(e *Entry) {
	side := byte('D') // of a credit, the other side is the debtor
	if e.Amount.Minor < 0 {
		side = 'C'
	}
	other := d.party(e)
	for _, line := range d.Remittance {
		key, value, found := strings.Cut(line, ":")
		if value = said(value); !found || value == "" || len(key) != 4 {
			continue
		}
		switch {
		case key == "EREF":
			d.Refs.EndToEnd = value
		case key == "CHKN":
			d.Refs.Cheque = strings.TrimLeft(value, "0")
		case key[0] != side:
		case key[1:] == "BNM" || key[1:] == "RNM":
			other.Name = value
		case key[1:] == "ACT":
			other.setAccount(value)
		case key[1:] == "BIC":
			other.BIC = value
		}
	}
}
