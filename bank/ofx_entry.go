package bank

import (
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// entry makes an entry of a transaction's values. Its amount is signed as booked.
func (st *ofxStatement) entry(start ofxTag, x map[string]string, open bool) error {
	e := &Entry{Line: start.line, Status: StatusBooked, Repaired: open, BankRef: x["FITID"], EntryRef: first(x["SRVRTID"], x["REFNUM"]), Code: x["TRNTYPE"]}
	if start.name == "STMTTRNP" {
		e.Status = StatusPending
	}
	if strings.Trim(e.BankRef, "0 ") == "" {
		e.BankRef = "" // all zeros name nothing
	}
	ccy, err := st.currency(e, x["CURRENCY/CURSYM"])
	if err != nil {
		return st.s.fatal(start.line, st.n, "CURDEF", err.Error(), "name it with --currency")
	}
	amount, err := ofxAmount(x["TRNAMT"], ccy)
	if err != nil {
		st.s.leaveOut(start.line, st.n, "TRNAMT", err.Error(), "the entry is left out")
		return nil
	}
	e.Amount = amount
	if e.Code == "DEBIT" && amount.Minor > 0 || e.Code == "CREDIT" && amount.Minor < 0 {
		e.Doubts = append(e.Doubts, "it calls itself "+e.Code+" and its amount says the opposite: the amount counts")
	}
	e.BookedOn = ofxDay(x["DTPOSTED"])
	if e.BookedOn.IsZero() {
		st.s.leaveOut(start.line, st.n, "DTPOSTED", strconv.Quote(x["DTPOSTED"])+" is no date", "the entry is kept without it")
	}
	e.ValueOn = ofxDay(first(x["DTAVAIL"], x["DTPOSTED"]))
	if x["CORRECTFITID"] != "" {
		e.Reversal = true
		e.Info = strings.TrimSpace(x["CORRECTACTION"] + " " + x["CORRECTFITID"])
	}
	d := TxDetail{Amount: amount, Rate: x["CURRENCY/CURRATE"], Refs: Refs{BankRef: e.BankRef, Cheque: strings.TrimLeft(x["CHECKNUM"], "0")}}
	d.party(e).Name = first(x["EXTDNAME"], x["NAME"], x["PAYEE/NAME"], x["PAYEE"])
	d.party(e).Account = first(x["BANKACCTTO/ACCTID"], x["CCACCTTO/ACCTID"])
	d.Remittance = trimmed(append([]string{x["NAME"]}, strings.Split(x["MEMO"], "\n")...))
	if e.Reversal {
		d.Return = &Return{Text: e.Info}
	}
	e.Details = []TxDetail{d}
	return st.sink.Entry(e)
}

// currency is what the amount is in: the account's, or the one that the transaction has its amount in.
func (st *ofxStatement) currency(e *Entry, symbol string) (invoice.Currency, error) {
	own := st.Account.Currency
	if symbol == "" || strings.EqualFold(symbol, string(own)) {
		if own == "" {
			return "", invoice.Invalid("currency", "nothing says in which currency the account is")
		}
		return own, nil
	}
	c, err := invoice.ParseCurrency(strings.ToUpper(symbol))
	switch {
	case err == nil && own != "":
		e.Doubts = append(e.Doubts, "its amount is in "+string(c)+", the account in "+string(own))
	case err != nil && own != "":
		return own, nil // no code is no other currency
	}
	return c, err
}

// ofxAmount reads an amount with a sign, a point or a comma. Marks of thousands stand before groups of three.
func ofxAmount(text string, c invoice.Currency) (invoice.Money, error) {
	t := strings.TrimPrefix(strings.TrimSpace(text), "+")
	point, comma := strings.LastIndexByte(t, '.'), strings.LastIndexByte(t, ',')
	switch {
	case comma > point:
		t = strings.ReplaceAll(strings.ReplaceAll(t, ".", ""), ",", ".")
	case point > comma && comma >= 0:
		t = strings.ReplaceAll(t, ",", "")
	}
	if digits, _ := c.Decimals(); strings.Count(t, ".") == 1 && len(t)-strings.IndexByte(t, '.') == 4 && digits < 3 && min(point, comma) < 0 {
		return invoice.Money{}, invoice.Invalid("amount", "%q may be thousands or thousandths", text)
	}
	t = strings.ReplaceAll(strings.Replace(t, "-.", "-0.", 1), " ", "")
	if strings.HasPrefix(t, ".") && len(t) > 1 {
		t = "0" + t
	}
	t = strings.TrimSuffix(t, ".")
	if t == "" || t == "-" {
		return invoice.Money{}, invoice.Invalid("amount", "%q is no amount", text)
	}
	return parseAmount(t, string(c))
}

// ofxDay reads the day of YYYYMMDD with whatever time follows; an offset never moves it.
func ofxDay(text string) invoice.Date {
	if len(text) >= 10 && text[4] == '-' && text[7] == '-' {
		text = text[:4] + text[5:7] + text[8:10] // with hyphens, as no bank should
	}
	if len(text) < 8 {
		return invoice.Date{}
	}
	d, err := time.Parse("20060102", text[:8])
	if err != nil {
		return invoice.Date{}
	}
	return invoice.DateOf(d)
}

func ofxMoment(text string) time.Time {
	d := ofxDay(text)
	if d.IsZero() {
		return time.Time{}
	}
	return d.At(0, 0, utc)
}
