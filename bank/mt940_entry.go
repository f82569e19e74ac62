package bank

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

var utc = time.UTC

// mtLine is :61:: value date, entry date, mark, funds code, amount, type, references. Banks leave out the
// entry date, write a point for the comma, and break the line before the amount.
var mtLine = regexp.MustCompile(`^([0-9]{6})([0-9]{4}|    )?(R?[CD]|E[CD])([A-Z])?\s*([0-9]{1,15})(?:[.,]([0-9]{0,5}))?\s*([A-Z][A-Z0-9 ]{3})?(.*)$`)

// entry reads :61:. Its text, if any, follows in :86:.
func (st *mtStatement) entry(x *mtField) error {
	if err := st.flush(); err != nil {
		return err
	}
	if err := st.begin(x.line); err != nil {
		return err
	}
	st.n++
	text, rest := x.lines[0], x.lines[1:]
	m := mtLine.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil && len(rest) > 0 { // broken before the amount
		text, rest = text+rest[0], rest[1:]
		m = mtLine.FindStringSubmatch(strings.TrimSpace(text))
	}
	if m == nil || strings.ContainsAny(m[8][:min(1, len(m[8]))], ".,0123456789") && m[7] == "" { // an amount that goes on is none
		return st.s.fatal(x.line, st.n, ":61:", strconv.Quote(text)+" is no entry", "value date, C or D, amount, type, reference: 2605040504C100,00NTRFREF")
	}
	if st.Account.Currency == "" {
		return st.s.fatal(x.line, st.n, ":61:", "nothing says in which currency the account is", "name it with --currency")
	}
	e, err := st.values(x, m)
	if err != nil {
		return err
	}
	owner, bank, _ := strings.Cut(m[8], "//")
	if bank == "" && len(rest) > 0 && strings.HasPrefix(rest[0], "//") {
		bank, rest = rest[0][2:], rest[1:]
	}
	if strings.HasPrefix(bank, "OCMT/") || strings.HasPrefix(bank, "CHGS/") { // what belongs below
		bank, rest = "", append([]string{"/" + bank}, rest...)
	}
	d := &e.Details[0]
	d.Refs.EndToEnd = st.ownerRef(e, owner)
	e.BankRef, e.Info = said(bank), strings.Join(trimmed(rest), " ")
	d.Refs.BankRef = e.BankRef
	d.foreign(e.Info)
	if len(rest) > 0 && realIBAN(rest[0]) {
		d.party(e).setAccount(rest[0])
	}
	if e.Reversal || strings.HasPrefix(e.Code, "NRTI") || e.Code == "NRTR" {
		d.Return = &Return{Text: e.Info, Refs: d.Refs}
	}
	st.pending, st.described, st.closed = e, false, false
	return nil
}

// mtContra is the other account where the owner's reference should be, with its 16 places, and who has it.
var mtContra = regexp.MustCompile(`^(P?[0-9]{9,10}|NONREF) {6,10}(\S.*)$`)

// ownerRef is the reference of the account owner. Some banks name there the key of :86: that holds it, or write
// the other account, and some the name as well.
func (st *mtStatement) ownerRef(e *Entry, text string) string {
	if m := mtContra.FindStringSubmatch(text); m != nil {
		party := e.Details[0].party(e)
		party.Name, party.Account = strings.TrimSpace(m[2]), said(m[1])
		return ""
	}
	switch ref := said(text); {
	case slices.Contains([]string{"EREF", "PREF", "MARF", "KREF", "MREF"}, strings.TrimRight(ref, "+ ")):
		return ""
	case realIBAN(ref):
		e.Details[0].party(e).setAccount(ref)
		return ""
	default:
		return ref
	}
}

// realIBAN says whether a text is an IBAN with right check digits, and no creditor reference, which has such, too.
func realIBAN(text string) bool {
	c := compact(text)
	if !mtIBAN.MatchString(c) || strings.HasPrefix(c, "RF") {
		return false
	}
	_, err := invoice.ParseAccount("account", c)
	return err == nil
}

// values reads dates, direction and amount. RC takes a credit back, so money goes out; RD a debit, so it comes in.
func (st *mtStatement) values(x *mtField, m []string) (*Entry, error) {
	e := &Entry{Line: x.line, Code: strings.TrimSpace(m[7]), Status: StatusBooked}
	amount, err := parseAmount(decimal(m[5], m[6]), string(st.Account.Currency))
	if err != nil {
		return nil, st.s.fatal(x.line, st.n, ":61:", err.Error(), "")
	}
	switch m[3] {
	case "C", "RD":
		e.Amount = amount
	case "D", "RC":
		e.Amount = amount.Neg()
	default: // EC and ED: expected, in interim reports
		e.Status, e.Amount = StatusPending, amount
		if m[3] == "ED" {
			e.Amount = amount.Neg()
		}
	}
	e.Reversal = m[3] == "RC" || m[3] == "RD"
	day, odd := mtDay(m[1])
	if odd != "" {
		e.Doubts = append(e.Doubts, odd)
	}
	e.ValueOn, e.BookedOn = day, day
	if booked, ok := mtBookedOn(day, m[2]); ok {
		e.BookedOn = booked
	}
	e.Details = []TxDetail{{Amount: e.Amount}}
	return e, nil
}

// mtDay reads YYMMDD. Some banks count every month as 30 days: the 30th of February is its last day. What is
// no day at all is left out, and said.
func mtDay(s string) (invoice.Date, string) {
	n, err := strconv.Atoi(s)
	if err != nil || len(s) != 6 {
		return invoice.Date{}, strconv.Quote(s) + " is no date"
	}
	year, month, day := 2000+n/10000, n/100%100, n%100
	if year > 2079 {
		year -= 100
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return invoice.Date{}, strconv.Quote(s) + " is no date"
	}
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, utc).Day()
	if day > last {
		return invoice.NewDate(year, time.Month(month), last), s + " is no day of the calendar: the last day of the month is taken"
	}
	return invoice.NewDate(year, time.Month(month), day), ""
}

// mtBookedOn reads the entry date MMDD, whose year is the one that brings it nearest to the value date.
func mtBookedOn(value invoice.Date, s string) (invoice.Date, bool) {
	if strings.TrimSpace(s) == "" || value.IsZero() {
		return value, false
	}
	var best invoice.Date
	distance := 1 << 30
	for year := value.Year - 1; year <= value.Year+1; year++ {
		d, odd := mtDay(strconv.Itoa(year%100*10000 + 1000000)[1:3] + s)
		if odd != "" && d.IsZero() {
			return value, false
		}
		d.Year = year
		if n := max(value.DaysUntil(d), -value.DaysUntil(d)); n < distance {
			best, distance = d, n
		}
	}
	return best, true
}

// said drops what banks write for "nothing".
func said(s string) string {
	s = strings.TrimSpace(s)
	if rest, found := strings.CutPrefix(s, "NONREF "); found {
		s = strings.TrimSpace(rest)
	}
	switch strings.ToUpper(s) {
	case "NONREF", "NOTPROVIDED", "NOREF", "NONE", "//":
		return ""
	}
	return s
}
