package bank

import (
	"regexp"

	"dunlin/invoice"
)

// Profile says how one bank writes CSV: how the file is recognised, which column holds what, and how signs,
// amounts and dates are written. It is made by ParseProfile. What a profile does not say is never guessed.
type Profile struct {
	Name  string // unique; what Options.Profile calls it
	About string // for people: which bank, which export

	encoding  string // of files that are not UTF-8; "" when they have to be
	separator byte
	header    []column // words that the header has; empty: there is no header
	lacks     []column // words that another export of the same bank has besides
	firstRow  *regexp.Regexp
	above     []*regexp.Regexp // rows up to the header that say something
	below     []*regexp.Regexp // rows after it that are no entries
	kind      Kind
	columns   columns
	amount    amountRule
	direction []rule // "credit" or "debit"
	status    []rule // "booked", "pending" or "info"; empty: all are booked
	passOver  []condition
	fee       *feeRule
	inside    []insideRule
	currency  currencyRule
	numbers   numberStyle
	dates     []dateLayout
}

// column says which column is meant: by its name in the header, by a pattern of the name, or by number.
type column struct {
	written  string // as the profile has it
	pattern  *regexp.Regexp
	n        int  // from 1; 0: by name
	optional bool // not every file has it
}

// columns are the columns that are taken over as they are. A zero column is not there.
type columns struct {
	booked                                  []column // the first that holds something
	value                                   column
	ownAccount, ownIBAN                     column
	bankRef, entryRef, endToEnd             column
	transaction, mandate, code              column
	name, iban, account, bic                column // of the other side
	payer, payee                            column // names, where both stand there
	rate, balance, instructed, instructedIn column
	info, remittance                        []column
}

// amountRule says how the amount is written; exactly one way is set.
type amountRule struct {
	signed, inverse, unsigned column
	credit, debit             column // two columns
	debitMinus                bool   // what stands in the debit column has a minus
}

// feeRule is a fee in a column of its own.
type feeRule struct {
	column column
	onTop  bool   // moves the account besides the amount; else the amount has it taken off already
	minus  bool   // written with a minus where it is taken
	only   string // "credit", "debit" or ""
}

// insideRule is a pattern of a column's text. Its named groups fill what no column says.
type insideRule struct {
	column  column
	pattern *regexp.Regexp
}

// currencyRule says where the currency is written.
type currencyRule struct {
	fixed         invoice.Currency
	column        column
	credit, debit column         // where the direction decides
	header        *regexp.Regexp // its group, in a column's name
	above         bool           // a row above the header says it
	words         map[string]invoice.Currency
}

// condition holds when all its columns hold one of their words.
type condition []wanted

// wanted is what a column has to hold.
type wanted struct {
	column   column
	words    []string
	patterns []*regexp.Regexp
}

// rule says what a row is when a condition holds; the first that does counts.
type rule struct {
	when condition
	is   string
}

// ProfileNames are the names of the shipped profiles, in order.
func ProfileNames() []string {
	var names []string
	for _, p := range shippedProfiles() {
		names = append(names, p.Name)
	}
	return names
}

// profiles are all that a reading knows: those that were given, and the shipped ones whose names they leave free.
func (o Options) profiles() []Profile {
	all := append([]Profile{}, o.Profiles...)
	given := map[string]bool{}
	for i := range all {
		given[all[i].Name] = true
	}
	for _, p := range shippedProfiles() {
		if !given[p.Name] {
			all = append(all, p)
		}
	}
	return all
}
