package bank

import (
	"bytes"
	"errors"
	"fmt"
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
	body string           // without code and end mark; a continuation stands behind a line feed
	slim bool             // it ended with its mark: what continues begins a new field, or a new line of the text
	odd  bool             // lines without a code were taken into it
	more *strings.Builder // its continuations; nil: none
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
	sum    int64       // of all amounts of the account, as its trailer states it
	totals [2]baiTotal // of the open group, and of the file
}

// baiTotal is what a trailer has to state: the sum of the control totals inside, and how many parts there are.
type baiTotal struct {
	sum   int64
	parts int
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
		case open != nil && open.code == "16" && !startsRecord(l.text):
			if !open.mend(l.text, s.o.Limits.Token) {
				return f.tooLong(l.n)
			}
			continue
		case code == "88":
			if open == nil {
				return s.fatal(l.n, 0, "88", "continues nothing", "the file is damaged: fetch it again")
			}
			if !open.goOn(body, s.o.Limits.Token) {
				return f.tooLong(l.n)
			}
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

// startsRecord says whether a line begins as records do: two digits, then a comma or the end mark.
func startsRecord(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return len(line) > 2 && digitsOnly(line[:2]) && (line[2] == ',' || line[2] == '/')
}

// mend takes a line of a text that the bank has broken without a continuation record. Nobody can be sure of
// such a text.
func (r *baiRecord) mend(line string, limit int) bool {
	r.odd = true
	return r.add("\n"+strings.TrimSpace(line), limit)
}

// add makes the record longer, up to a limit.
func (r *baiRecord) add(text string, limit int) bool {
	if r.more == nil {
		r.more = &strings.Builder{}
	}
	r.more.WriteString(text)
	return r.more.Len() <= limit
}

func (f *baiFile) tooLong(line int) error {
	return f.s.fatal(line, 0, "88", fmt.Sprintf("holds a record of more than %d bytes", f.s.o.Limits.Token), "no statement has one")
}

func newBAIRecord(line int, code, body string) *baiRecord {
	r := &baiRecord{line: line, code: code, body: strings.TrimSuffix(body, "/")}
	r.slim = r.body != body
	return r
}

func (r *baiRecord) goOn(body string, limit int) bool {
	mark := "\n"
	if r.slim {
		mark = ",\n"
	}
	short := strings.TrimSuffix(body, "/")
	r.slim = short != body
	return r.add(mark+short, limit)
}

// fields are the fields of a record; a text that goes on is one of them.
func (r *baiRecord) fields() []string {
	if r.more != nil {
		return strings.Split(r.body+r.more.String(), ",")
	}
	return strings.Split(r.body, ",")
}

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
		f.totals[0] = baiTotal{}
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
	case "98":
		f.trailer(r, x, &f.totals[0], &f.totals[1], "accounts")
	case "99":
		f.trailer(r, x, &f.totals[1], nil, "groups")
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
	if len(text) == 8 && strings.HasPrefix(text, "20") {
		text = text[2:] // the later standard writes the century, too
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
	f.totals[0].sum += f.sum
	f.totals[0].parts++
	st := f.st
	f.st = nil
	return f.sink.End(st)
}

// trailer compares what a group or the file states about its parts with what came: a part may be missing.
func (f *baiFile) trailer(r *baiRecord, x []string, have, outer *baiTotal, parts string) {
	const hint = "ask the bank whether the file is whole"
	if outer != nil {
		outer.sum += have.sum
		outer.parts++
	}
	if n, err := strconv.Atoi(at(x, 1)); err == nil && n != have.parts {
		f.s.leaveOut(r.line, 0, r.code, "states "+at(x, 1)+" "+parts+", and "+strconv.Itoa(have.parts)+" came", hint)
	}
	if total, err := strconv.ParseInt(strings.TrimPrefix(at(x, 0), "+"), 10, 64); err == nil && total != have.sum {
		f.s.leaveOut(r.line, 0, r.code, "the control total "+at(x, 0)+" is not the sum of the "+parts+"' amounts, "+strconv.FormatInt(have.sum, 10), hint)
	}
}

func (f *baiFile) begin() error {
	if f.begun {
		return nil
	}
	f.begun = true
	return f.sink.Begin(f.st)
}
