package bank

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// bai2Format reads BAI2 as American and Canadian banks write it: records of comma-separated fields, nested
// as file, group, account and transaction, with continuations.
var bai2Format = format{name: "BAI2", sniff: looksLikeBAI2, read: readBAI2}

func looksLikeBAI2(_ *source, head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \r\n\t")
	return bytes.HasPrefix(head, []byte("01,")) && (bytes.Contains(head, []byte("\n02,")) || bytes.Contains(head, []byte("\r02,")))
}

// baiRecord is a record with its continuations.
type baiRecord struct {
	line int
	code string
	body string // without code and end mark; a continuation of the text stands behind a line feed
	slim bool   // it ended with its mark: what continues begins a new field
}

// baiFile is one reading of one file.
type baiFile struct {
	lineReader
	sink   Sink
	fileID string
	group  baiGroup
	st     *Statement
	begun  bool
	n      int
	sum    int64 // of all amounts of the account, as its trailer states it
}

// baiGroup is what a group says about its accounts.
type baiGroup struct {
	status, modifier string
	on               invoice.Date
	currency         string
}

func readBAI2(s *source, sink Sink) error {
	f := &baiFile{lineReader: lineReader{s: s}, sink: sink}
	var open *baiRecord
	ended := false
	for {
		l, err := f.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		code, body, _ := strings.Cut(strings.TrimRight(l.text, " \t"), ",")
		code = strings.TrimSpace(code)
		switch {
		case strings.TrimSpace(l.text) == "":
			continue
		case ended && code == "88":
			continue // the trailer goes on
		case ended:
			return s.fatal(l.n, 0, "", "something follows the end of the file (99)", "split the file")
		case code == "88":
			if open == nil {
				return s.fatal(l.n, 0, "88", "continues nothing", "the file is damaged: fetch it again")
			}
			open.goOn(body)
			continue
		}
		if open != nil {
			if err := f.record(open); err != nil {
				return err
			}
		}
		open = newBAIRecord(l.n, strings.TrimSuffix(code, "/"), body)
		if ended = open.code == "99"; ended {
			if err := f.record(open); err != nil {
				return err
			}
			open = nil
		}
	}
	if !ended {
		return s.fatal(f.n, 0, "99", "the file has no end", "it was cut off: fetch it again")
	}
	return nil
}

func newBAIRecord(line int, code, body string) *baiRecord {
	r := &baiRecord{line: line, code: code, body: strings.TrimSuffix(body, "/")}
	r.slim = r.body != body
	return r
}

func (r *baiRecord) goOn(body string) {
	mark := "\n"
	if r.slim {
		mark = ","
	}
	short := strings.TrimSuffix(body, "/")
	r.slim = short != body
	r.body += mark + short
}

// fields are the fields of a record; a text that goes on is one of them.
func (r *baiRecord) fields() []string { return strings.Split(r.body, ",") }

func at(fields []string, i int) string {
	if i < len(fields) {
		return strings.TrimSpace(fields[i])
	}
	return ""
}

// record takes one record to where it belongs.
func (f *baiFile) record(r *baiRecord) error {
	x := r.fields()
	if f.st != nil && (r.code == "02" || r.code == "98" || r.code == "99") {
		return f.s.fatal(r.line, 0, r.code, "an account has begun and not ended (49)", "the file is damaged: fetch it again")
	}
	switch r.code {
	case "01":
		f.fileID = at(x, 4)
	case "02":
		f.group = baiGroup{status: at(x, 2), on: f.day(r, at(x, 3)), currency: at(x, 5), modifier: at(x, 6)}
		if f.group.status == "4" || f.group.status == "2" {
			return f.s.fatal(r.line, 0, "02", "is a group to be deleted or tested (status "+f.group.status+")", "ask the bank what it should do; nothing is booked from it")
		}
	case "03":
		return f.account(r, x)
	case "16":
		return f.transaction(r)
	case "49":
		return f.endAccount(r, x)
	case "98", "99":
	default:
		return f.s.fatal(r.line, 0, r.code, "is no record that BAI2 knows", "01, 02, 03, 16, 49, 88, 98 and 99 are")
	}
	return nil
}

// day reads YYMMDD; what is none is left out, and said.
func (f *baiFile) day(r *baiRecord, text string) invoice.Date {
	if text == "" {
		return invoice.Date{}
	}
	d, odd := mtDay(text)
	if odd != "" {
		f.s.leaveOut(r.line, f.n, r.code, odd, "write YYMMDD; the date is left out")
	}
	return d
}

// account opens a statement: 03, the account's number, its currency, and balances by their codes.
func (f *baiFile) account(r *baiRecord, x []string) error {
	if f.st != nil {
		return f.s.fatal(r.line, 0, "03", "an account begins before the one before it has ended (49)", "the file is damaged: fetch it again")
	}
	kind := Booked
	if f.group.modifier == "3" || f.group.modifier == "4" {
		kind = Intraday
	}
	f.st = &Statement{Format: "BAI2", Kind: kind, MessageID: f.fileID, Line: r.line, Account: Account{Other: at(x, 0)}}
	f.begun, f.n, f.sum = false, 0, 0
	if f.st.Account.Other == "" {
		return f.s.fatal(r.line, 0, "03", "names no account", "")
	}
	code := first(at(x, 1), f.group.currency, string(f.s.o.Currency), "USD")
	c, err := invoice.ParseCurrency(code)
	if err != nil {
		return f.s.fatal(r.line, 0, "03", err.Error(), "")
	}
	f.st.Account.Currency = c
	f.st.From, f.st.To = f.group.on.At(0, 0, utc), f.group.on.At(0, 0, utc)
	if f.group.on.IsZero() {
		f.st.From, f.st.To = time.Time{}, time.Time{}
	}
	return f.balances(r, x[min(2, len(x)):])
}

// balances reads type, amount, count and funds type, again and again: 010 opens, 015 closes.
func (f *baiFile) balances(r *baiRecord, x []string) error {
	for len(x) >= 2 {
		code, text := at(x, 0), at(x, 1)
		x = x[min(len(x), 3):]
		var err error
		if x, err = f.funds(r, x); err != nil {
			return err
		}
		if code == "" || text == "" {
			continue
		}
		amount, err := f.amount(r, text)
		if err != nil {
			return err
		}
		f.sum += amount.Minor
		b := Balance{Type: code, Amount: amount, On: f.group.on}
		switch n, _ := strconv.Atoi(code); {
		case code == "010":
			f.st.Opening = &b
		case code == "015":
			f.st.Closing = &b
		case n < 100:
			f.st.Extra = append(f.st.Extra, b)
		}
	}
	return nil
}

// funds passes over a funds type and what it brings: V a date and a time, S three amounts, D a number of
// pairs. It is the first of the fields.
func (f *baiFile) funds(r *baiRecord, x []string) ([]string, error) {
	skip := 1
	switch at(x, 0) {
	case "V":
		skip = 3
	case "S":
		skip = 4
	case "D":
		n, err := strconv.Atoi(at(x, 1))
		if err != nil || n < 0 || n > 1000 {
			return nil, f.s.fatal(r.line, f.n, r.code, strconv.Quote(at(x, 1))+" is no number of availability dates", "")
		}
		skip = 2 + 2*n
	}
	return x[min(len(x), skip):], nil
}

// amount reads an amount in minor units, with or without a sign.
func (f *baiFile) amount(r *baiRecord, text string) (invoice.Money, error) {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "+"), "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || digits == "" || digits[0] == '+' || digits[0] == '-' {
		return invoice.Money{}, f.s.fatal(r.line, f.n, r.code, strconv.Quote(text)+" is no amount", "digits without a point: the last ones are cents")
	}
	if strings.HasPrefix(text, "-") {
		n = -n
	}
	return invoice.NewMoney(n, f.st.Account.Currency), nil
}

// endAccount closes the statement and compares its control total, which adds up all amounts as written.
func (f *baiFile) endAccount(r *baiRecord, x []string) error {
	if f.st == nil {
		return f.s.fatal(r.line, 0, "49", "ends an account that has not begun", "the file is damaged: fetch it again")
	}
	if err := f.begin(); err != nil {
		return err
	}
	if text := at(x, 0); text != "" {
		total, err := f.amount(r, text)
		if err != nil {
			return err
		}
		if total.Minor != f.sum {
			f.s.leaveOut(r.line, 0, "49", "the control total "+text+" is not the sum of the account's amounts, "+strconv.FormatInt(f.sum, 10), "ask the bank whether the file is whole")
		}
	}
	st := f.st
	f.st = nil
	return f.sink.End(st)
}

func (f *baiFile) begin() error {
	if f.begun {
		return nil
	}
	f.begun = true
	return f.sink.Begin(f.st)
}

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
	e := &Entry{Line: r.line, Code: at(x, 0), Status: StatusBooked, BookedOn: f.group.on, ValueOn: f.group.on}
	if e.Amount, err = f.signed(r, e.Code, amount); err != nil {
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
		d.Remittance = trimmed(strings.Split(strings.Join(rest[2:], ","), "\n"))
	}
	if returnCodes[e.Code] {
		d.Return = &Return{Reason: e.Code, Text: strings.Join(d.Remittance, " "), Refs: d.Refs}
	}
	e.Details = []TxDetail{d}
	return f.sink.Entry(e)
}

// signed gives the amount its direction: codes 100 to 399 are credits, 400 to 699 debits. Others move no
// money of the account, or only the bank knows.
func (f *baiFile) signed(r *baiRecord, code string, m invoice.Money) (invoice.Money, error) {
	n, err := strconv.Atoi(code)
	switch {
	case err != nil:
		return m, f.s.fatal(r.line, f.n, "16", strconv.Quote(code)+" is no type code", "three digits, e.g. 165")
	case n >= 100 && n < 400:
		return m, nil
	case n >= 400 && n < 700:
		return m.Neg(), nil
	case m.Minor == 0:
		return m, nil
	}
	return m, f.s.fatal(r.line, f.n, "16", "type code "+code+" says neither credit nor debit", "ask the bank; codes of its own cannot be booked")
}

// returnCodes are the type codes of returned and reversed items.
var returnCodes = map[string]bool{
	"255": true, "256": true, "257": true, "258": true, "252": true, "399": true,
	"409": true, "452": true, "455": true, "552": true, "555": true, "556": true, "557": true, "558": true, "559": true, "699": true,
}
