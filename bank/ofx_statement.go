package bank

import (
	"bufio"
	"errors"
	"io"
	"strings"

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

// ofxLists are the tags whose end also ends a transaction that has none of its own.
var ofxLists = map[string]bool{"BANKTRANLIST": true, "BANKTRANLISTP": true, "STMTRS": true, "CCSTMTRS": true}

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

// ofxValues are the values of a transaction, each under the path of the aggregates that hold it.
type ofxValues struct {
	is    map[string]string
	inner []string
}

// maxMemo is how many bytes a text that comes in several pieces may have.
const maxMemo = 64 << 10

// take keeps a value, or enters or leaves an aggregate; it reports whether the value stands there twice.
func (v *ofxValues) take(tag ofxTag) (twice bool) {
	switch {
	case tag.close:
		if n := len(v.inner); n > 0 && v.inner[n-1] == tag.name {
			v.inner = v.inner[:n-1]
		}
		return false
	case ofxAggregates[tag.name] && tag.text == "": // with a text it is a value: <PAYEE>Miller
		v.inner = append(v.inner, tag.name)
		return false
	}
	key := strings.Join(append(v.inner, tag.name), "/")
	was, twice := v.is[key]
	if twice && key == "MEMO" && len(was)+len(tag.text) < maxMemo {
		tag.text, twice = was+"\n"+tag.text, false
	}
	v.is[key] = tag.text
	return twice && was != tag.text
}

// transaction reads one STMTTRN with all that is in it. Where its end is missing, the next one's beginning or
// the end of the list ends it.
func (st *ofxStatement) transaction(start ofxTag) error {
	if err := st.begin(start.line); err != nil {
		return err
	}
	st.n++
	v := &ofxValues{is: map[string]string{}}
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
			return st.entry(start, v.is, false)
		case tag.name == start.name, tag.close && ofxLists[tag.name]:
			st.back = &tag
			return st.entry(start, v.is, true)
		case !tag.close && (tag.name == "STMTTRN" || tag.name == "STMTTRNP" || len(v.is) > 100 || len(v.inner) > 8):
			return st.s.fatal(tag.line, st.n, start.name, "is not closed", "the file is damaged: fetch it again")
		case v.take(tag):
			return st.s.fatal(tag.line, st.n, tag.name, "stands there twice", "the file is damaged: fetch it again")
		}
	}
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
