package bank

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

func isFull(err error) bool { return errors.Is(err, bufio.ErrBufferFull) }

// ofxStatement is the statement that is being read.
type ofxStatement struct {
	*ofxFile
	Statement
	begun bool
	n     int
	in    []string // open aggregates that matter
	bal   map[string]string
	acct  map[string]string
}

// ofxAggregates are the tags that hold others and say what these mean.
var ofxAggregates = map[string]bool{
	"BANKACCTFROM": true, "CCACCTFROM": true, "LEDGERBAL": true, "AVAILBAL": true, "BANKTRANLIST": true, "BANKTRANLISTP": true, "STMTTRN": true, "STMTTRNP": true,
	"BALLIST": true, "BAL": true, "PAYEE": true, "CURRENCY": true, "ORIGCURRENCY": true, "BANKACCTTO": true, "CCACCTTO": true,
}

// statement reads one STMTRS or CCSTMTRS.
func (f *ofxFile) statement(start ofxTag) error {
	st := &ofxStatement{ofxFile: f, Statement: Statement{Format: strings.TrimSpace("OFX" + f.version), Kind: Booked, Line: start.line}, bal: map[string]string{}, acct: map[string]string{}}
	for {
		tag, err := f.next()
		if errors.Is(err, io.EOF) {
			return f.s.fatal(f.line+1, 0, start.name, "ends in the middle", "it was cut off: fetch it again")
		}
		if err != nil {
			return err
		}
		switch {
		case tag.close && tag.name == start.name:
			return st.end(tag.line)
		case tag.close && len(st.in) > 0 && st.in[len(st.in)-1] == tag.name:
			st.in = st.in[:len(st.in)-1]
		case tag.close:
		case tag.name == "STMTTRN" || tag.name == "STMTTRNP":
			err = st.transaction(tag)
		case ofxAggregates[tag.name]:
			if st.in = append(st.in, tag.name); len(st.in) > f.s.o.Limits.Depth {
				err = f.s.fatal(tag.line, 0, tag.name, "is nested too deep", "")
			}
		default:
			err = st.value(tag)
		}
		if err != nil {
			return err
		}
	}
}

// value takes a value to where its aggregate puts it.
func (st *ofxStatement) value(tag ofxTag) error {
	within := ""
	if len(st.in) > 0 {
		within = st.in[len(st.in)-1]
	}
	switch within {
	case "BANKACCTFROM", "CCACCTFROM":
		if _, twice := st.acct[tag.name]; twice {
			return st.s.fatal(tag.line, 0, tag.name, "stands there twice", "the file is damaged: fetch it again")
		}
		st.acct[tag.name] = tag.text
	case "LEDGERBAL", "AVAILBAL":
		st.bal[within+"/"+tag.name] = tag.text
	case "BANKTRANLIST":
		switch tag.name {
		case "DTSTART":
			st.From = ofxMoment(tag.text)
		case "DTEND":
			st.To = ofxMoment(tag.text)
		}
	case "":
		if tag.name == "CURDEF" && tag.text != "" {
			c, err := invoice.ParseCurrency(strings.ToUpper(tag.text))
			if err != nil {
				return st.s.fatal(tag.line, 0, "CURDEF", err.Error(), "")
			}
			st.Account.Currency = c
		}
	}
	return nil
}

// begin tells the sink of the statement.
func (st *ofxStatement) begin(line int) error {
	if st.begun {
		return nil
	}
	st.begun = true
	st.Account.Other = strings.Trim(strings.Join([]string{st.acct["BANKID"], st.acct["ACCTID"]}, "/"), "/")
	if c := compact(st.acct["ACCTID"]); mtIBAN.MatchString(c) {
		st.Account.IBAN = c
	}
	st.Account.Other = first(st.Account.Other, st.s.o.Account)
	if st.Account.Key() == "" {
		return st.s.fatal(line, 0, "ACCTID", "the statement names no account", "")
	}
	if st.Account.Currency == "" {
		st.Account.Currency = st.s.o.Currency
	}
	return st.sink.Begin(&st.Statement)
}

// transaction reads one STMTTRN with all that is in it.
func (st *ofxStatement) transaction(start ofxTag) error {
	if err := st.begin(start.line); err != nil {
		return err
	}
	st.n++
	x := map[string]string{}
	var inner []string
	for {
		tag, err := st.next()
		if errors.Is(err, io.EOF) {
			return st.s.fatal(st.line+1, st.n, start.name, "ends in the middle", "it was cut off: fetch it again")
		}
		if err != nil {
			return err
		}
		switch {
		case tag.close && tag.name == start.name:
			return st.entry(start, x)
		case tag.close:
			if len(inner) > 0 && inner[len(inner)-1] == tag.name {
				inner = inner[:len(inner)-1]
			}
			continue
		case tag.name == start.name || tag.name == "STMTTRN" || len(x) > 100 || len(inner) > 8:
			return st.s.fatal(tag.line, st.n, start.name, "is not closed", "the file is damaged: fetch it again")
		case ofxAggregates[tag.name]:
			inner = append(inner, tag.name)
			continue
		}
		key := strings.Join(append(inner, tag.name), "/")
		if was, twice := x[key]; twice && was != tag.text {
			return st.s.fatal(tag.line, st.n, tag.name, "stands there twice", "the file is damaged: fetch it again")
		}
		x[key] = tag.text
	}
}

// entry makes an entry of a transaction's values. Its amount is signed as booked.
func (st *ofxStatement) entry(start ofxTag, x map[string]string) error {
	e := &Entry{Line: start.line, Status: StatusBooked, BankRef: x["FITID"], EntryRef: first(x["SRVRTID"], x["REFNUM"]), Code: x["TRNTYPE"]}
	if start.name == "STMTTRNP" {
		e.Status = StatusPending
	}
	if strings.Trim(e.BankRef, "0 ") == "" {
		e.BankRef = "" // all zeros name nothing
	}
	ccy := st.Account.Currency
	if ccy == "" {
		c, err := invoice.ParseCurrency(strings.ToUpper(x["CURRENCY/CURSYM"]))
		if err != nil {
			return st.s.fatal(start.line, st.n, "CURDEF", "nothing says in which currency the account is", "name it with --currency")
		}
		ccy = c
	}
	amount, err := ofxAmount(x["TRNAMT"], ccy)
	if err != nil {
		st.s.leaveOut(start.line, st.n, "TRNAMT", err.Error(), "the entry is left out")
		return nil
	}
	e.Amount = amount
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
	d.party(e).Name = first(x["EXTDNAME"], x["NAME"], x["PAYEE/NAME"])
	d.party(e).Account = first(x["BANKACCTTO/ACCTID"], x["CCACCTTO/ACCTID"])
	d.Remittance = trimmed([]string{x["NAME"], x["MEMO"]})
	if e.Reversal {
		d.Return = &Return{Text: e.Info}
	}
	e.Details = []TxDetail{d}
	return st.sink.Entry(e)
}

// end closes the statement with its ledger balance. OFX names no opening balance.
func (st *ofxStatement) end(line int) error {
	if err := st.begin(line); err != nil {
		return err
	}
	for _, kind := range []string{"LEDGERBAL", "AVAILBAL"} {
		text := st.bal[kind+"/BALAMT"]
		if text == "" || st.Account.Currency == "" {
			continue
		}
		m, err := ofxAmount(text, st.Account.Currency)
		if err != nil {
			st.s.leaveOut(line, 0, kind, err.Error(), "the balance is left out")
			continue
		}
		b := Balance{Type: kind, Amount: m, On: ofxDay(st.bal[kind+"/DTASOF"])}
		if kind == "LEDGERBAL" {
			st.Closing = &b
		} else {
			st.Extra = append(st.Extra, b)
		}
	}
	return st.sink.End(&st.Statement)
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
