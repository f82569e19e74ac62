package sample

import (
	"fmt"
	"strings"

	"dunlin/invoice"
)

// Statement is what a bank tells about one account over some days.
type Statement struct {
	Account          string // IBAN or the bank's own number
	Bank             string // BIC
	Currency         invoice.Currency
	Number           int // from 1
	From, To         invoice.Date
	Opening, Closing int64 // minor units
	Lines            []StatementLine
}

// StatementLine is one line of an account.
type StatementLine struct {
	Booked, Value invoice.Date
	Minor         int64  // money in is positive
	Ref           string // the bank's own
	EndToEnd      string
	Name, Account string // of the other side
	Text          string
	Creditor      string // structured reference, ISO 11649
	Returned      string // why the bank takes a payment back, as ISO 20022 codes it: AM04; "": it doesn't. Text says it in words
}

// Format writes statements as one kind of bank does; all of them are of one bank.
type Format func(all []Statement) []byte

// decimal writes minor units as a plain decimal.
func (s *Statement) decimal(minor int64) string { return invoice.NewMoney(minor, s.Currency).Decimal() }

// text gathers what is written.
type text struct{ strings.Builder }

func (t *text) printf(format string, args ...any) { fmt.Fprintf(&t.Builder, format, args...) }

func (t *text) bytes() []byte { return []byte(t.String()) }

// side is an amount without its sign, and one of two words for the sign.
func side(minor int64, in, out string) (int64, string) {
	if minor < 0 {
		return -minor, out
	}
	return minor, in
}

// sixDigits writes a day as YYMMDD.
func sixDigits(d invoice.Date) string {
	return fmt.Sprintf("%02d%02d%02d", d.Year%100, int(d.Month), d.Day)
}

// eightDigits writes a day as YYYYMMDD.
func eightDigits(d invoice.Date) string {
	return fmt.Sprintf("%04d%02d%02d", d.Year, int(d.Month), d.Day)
}
