package bank

import (
	"time"

	"dunlin/invoice"
)

// camtStatement is the statement that is being read.
type camtStatement struct {
	*camtFile
	Statement
	head  *node // what is known of it besides the entries
	begun bool
	n     int
}

// begin tells the sink of the statement, once all that stands before the first entry is known.
func (st *camtStatement) begin() error {
	if st.begun {
		return nil
	}
	st.begun = true
	h := st.head
	for _, name := range []string{"Id", "ElctrncSeqNb", "LglSeqNb", "Acct"} {
		if len(h.all(name)) > 1 {
			return st.s.fatal(h.line, 0, name, "stands there twice", "the statement cannot be told apart: ask the bank")
		}
	}
	st.Ref = h.value("Id")
	st.Number = first(h.value("LglSeqNb"), h.value("ElctrncSeqNb"))
	if page := h.value("StmtPgntn", "PgNb"); page != "" {
		st.Number += "/" + page
	}
	st.Copy = h.value("CpyDplctInd") != ""
	st.Created = st.moment(h.at("CreDtTm"))
	st.From, st.To = st.moment(h.at("FrToDt", "FrDtTm")), st.moment(h.at("FrToDt", "ToDtTm"))
	if err := st.account(h.at("Acct")); err != nil {
		return err
	}
	if err := st.balances(); err != nil {
		return err
	}
	return st.sink.Begin(&st.Statement)
}

// account reads whose statement it is. Without an account nothing can be booked.
func (st *camtStatement) account(a *node) error {
	st.Account = Account{
		IBAN: compact(a.value("Id", "IBAN")), Other: first(a.value("Id", "Othr", "Id"), a.value("Id", "PrtryAcct", "Id"), a.value("Id", "BBAN")),
		Name: first(a.value("Nm"), a.value("Ownr", "Nm"), a.value("Ownr", "Pty", "Nm")),
		BIC:  first(a.value("Svcr", "FinInstnId", "BICFI"), a.value("Svcr", "FinInstnId", "BIC")),
	}
	if st.Account.Key() == "" {
		st.Account.Other = st.s.o.Account
	}
	if st.Account.Key() == "" {
		return st.s.fatal(st.head.line, 0, "Acct", "the statement names no account", "")
	}
	if ccy := a.value("Ccy"); ccy != "" {
		c, err := invoice.ParseCurrency(ccy)
		if err != nil {
			return st.s.fatal(st.head.line, 0, "Acct/Ccy", err.Error(), "")
		}
		st.Account.Currency = c
	}
	return nil
}

// balances reads the balances known so far. PRCD opens a day's statement where there is no OPBD; an interim
// balance does so for a page.
func (st *camtStatement) balances() error {
	st.Opening, st.Closing, st.Extra = nil, nil, nil
	var opening, closing, interim []Balance
	for _, n := range st.head.all("Bal") {
		b, err := st.balance(n)
		if err != nil {
			return err
		}
		switch b.Type {
		case "OPBD", "PRCD":
			opening = append(opening, b)
		case "CLBD":
			closing = append(closing, b)
		case "ITBD":
			interim = append(interim, b)
		default:
			st.Extra = append(st.Extra, b)
		}
	}
	st.Opening, st.Closing = st.choose(&opening, "OPBD"), st.choose(&closing, "CLBD")
	if st.Opening == nil && len(interim) > 1 {
		st.Opening = &interim[0]
		interim = interim[1:]
	}
	if st.Closing == nil && len(interim) > 0 && st.Kind == Booked {
		st.Closing = &interim[len(interim)-1]
		interim = interim[:len(interim)-1]
	}
	st.Extra = append(append(append(st.Extra, opening...), closing...), interim...)
	return nil
}

// choose takes the balance that counts out of those of a kind: in the account's currency, of the wanted type.
func (st *camtStatement) choose(from *[]Balance, wanted string) *Balance {
	best := -1
	for i, b := range *from {
		if st.Account.Currency != "" && b.Amount.Currency != st.Account.Currency {
			continue
		}
		if best < 0 || b.Type == wanted && (*from)[best].Type != wanted {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	b := (*from)[best]
	*from = append((*from)[:best:best], (*from)[best+1:]...)
	return &b
}

func (st *camtStatement) balance(n *node) (Balance, error) {
	amount, _, err := st.amount(n, "Amt", 0)
	if err != nil {
		return Balance{}, err
	}
	if n.value("CdtDbtInd") == "DBIT" {
		amount = amount.Neg()
	}
	on, _ := st.day(n.at("Dt"))
	return Balance{Type: first(n.value("Tp", "CdOrPrtry", "Cd"), n.value("Tp", "CdOrPrtry", "Prtry"), n.value("Tp", "Cd")), Amount: amount, On: on}, nil
}

// end tells the sink that the statement is complete, with the balances that stood after the entries.
func (st *camtStatement) end() error {
	if err := st.begin(); err != nil {
		return err
	}
	if err := st.balances(); err != nil {
		return err
	}
	return st.sink.End(&st.Statement)
}

// moment reads a date with time; one without a zone is in the bank's own and is kept as UTC.
func (st *camtStatement) moment(n *node) time.Time {
	if n == nil {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, n.text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// day reads a date written as Dt or DtTm, or as text. The day is the bank's own: an offset never moves it.
func (st *camtStatement) day(n *node) (invoice.Date, bool) {
	text := first(n.value("Dt"), n.value("DtTm"))
	if n != nil && text == "" {
		text = n.text
	}
	if len(text) < len(time.DateOnly) {
		return invoice.Date{}, text == ""
	}
	d, err := invoice.ParseDate(text[:len(time.DateOnly)])
	return d, err == nil
}
