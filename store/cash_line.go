package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/bank/match"
	"dunlin/invoice"
)

// cashLine is one payment within a bank line, with all that may tell what it is for.
type cashLine struct {
	pk, entry int64
	creditor  string
	account   string // the creditor's, that it is on
	amount    int64  // as booked: money in is positive
	allocated int64
	currency  invoice.Currency
	kind      bank.DetailKind
	state     string
	payer     string // account that it came from or went to
	name      string // whose account that is
	endToEnd  string
	bankRef   string
	entryRef  string
	code      string
	reversal  bool
	repaired  bool
	bookedOn  invoice.Date
	valueOn   invoice.Date // booking day where the bank says none
	inherits  bool         // took the place of what a hold may name
	statement bool         // stands on a statement; otherwise told by hand
	tx        bank.TxDetail
	debtor    int64 // who paid, as far as was known

	line match.Line
	keys match.Keys
	near []string // keys that a slip turns into one of them

	decision match.Decision
	payerOf  payer    // whose account it came from
	why      []string // evidence in words
	how      string   // what became of it
	next     string   // state that it gets
	given    int64    // allocated when the transaction ends
	by       string   // auto, or who
	reason   string
}

// rest is what has no home yet, signed as the amount.
func (l *cashLine) rest() int64 { return l.amount - l.given }

// openDebit says whether money went out, not to our bank, and nobody has said what for.
func (l *cashLine) openDebit() bool {
	return l.amount < 0 && l.rest() != 0 && l.kind != bank.BankCharge && l.by == byRule
}

func (l *cashLine) money(minor int64) invoice.Money { return invoice.NewMoney(minor, l.currency) }

// found says where a payment stands, for people.
func (l *cashLine) found() string {
	if !l.statement {
		return "told by hand on " + l.bookedOn.String()
	}
	return "found on the statement of " + l.bookedOn.String()
}

const selectLines = `SELECT d.pk, d.entry_pk, d.creditor, e.account, d.amount, d.allocated, d.currency, d.kind, d.state, d.payer_account, d.payer_name, d.end_to_end,
		e.bank_ref, e.entry_ref, e.code, e.reversal, e.repaired OR e.doubtful, coalesce(e.booked_on, business_now()::date), coalesce(e.value_on, e.booked_on, business_now()::date),
		e.statement_pk IS NOT NULL, d.tx, coalesce(d.debtor_pk, 0), d.how, e.details_from IS NOT NULL
	FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk`

// loadLines reads payments that the transaction has locked, in the order of their keys.
func loadLines(ctx context.Context, tx pgx.Tx, pks []int64) ([]*cashLine, error) {
	rows, err := tx.Query(ctx, selectLines+` WHERE d.pk = ANY($1) ORDER BY d.pk`, pks)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLine)
}

func scanLine(row pgx.CollectableRow) (*cashLine, error) {
	l := &cashLine{by: byRule}
	var booked, value time.Time
	var text []byte
	err := row.Scan(&l.pk, &l.entry, &l.creditor, &l.account, &l.amount, &l.allocated, &l.currency, &l.kind, &l.state, &l.payer, &l.name, &l.endToEnd,
		&l.bankRef, &l.entryRef, &l.code, &l.reversal, &l.repaired, &booked, &value, &l.statement, &text, &l.debtor, &l.how, &l.inherits)
	if err != nil {
		return nil, err
	}
	l.bookedOn, l.valueOn, l.given, l.next = invoice.DateOf(booked), invoice.DateOf(value), l.allocated, l.state
	if err := json.Unmarshal(text, &l.tx); err != nil {
		return nil, err
	}
	l.line = l.toMatch()
	return l, nil
}

// toMatch is the payment as the ladder sees it: what has no home yet of it.
func (l *cashLine) toMatch() match.Line {
	m := match.Line{
		Amount: l.money(l.amount - l.allocated), On: l.valueOn, Remittance: l.tx.Remittance, EndToEnd: given(l.endToEnd), Payer: l.name, Repaired: l.repaired,
	}
	if l.tx.Ultimate.Name != "" {
		m.Payer = l.tx.Ultimate.Name
	}
	for _, r := range l.tx.Structured {
		m.Structured = append(m.Structured, match.Key(r.Ref))
	}
	for _, d := range l.tx.Documents {
		doc := match.Document{Number: d.Number, Remitted: d.Remitted.Minor, Discount: d.Discount.Minor, IsCredit: d.Type == "CREN" || d.Credit.Minor != 0, CreditAmt: d.Credit.Minor}
		m.Documents = append(m.Documents, doc)
	}
	for _, c := range l.tx.Charges {
		if c.Amount.Currency == l.currency && c.Amount.Positive() {
			m.Charges += c.Amount.Minor
		}
	}
	return m
}

// nothings are what banks write where no reference was given.
var nothings = map[string]bool{"NOTPROVIDED": true, "NONREF": true, "NOREF": true, "NOTAVAILABLE": true, "NOTAPPLICABLE": true, "KREF": true, "NONE": true}

// given is a reference, or nothing where the bank says that there is none.
func given(ref string) string {
	if nothings[match.Key(ref)] {
		return ""
	}
	return ref
}

// refs is everything that names the payment, for a return that quotes it.
func (l *cashLine) refs() []string {
	all := []string{l.bankRef, l.entryRef}
	return keysOf(append(all, refsOf(l.tx.Refs)...))
}

func refsOf(r bank.Refs) []string {
	return []string{r.EndToEnd, r.Transaction, r.Instruction, r.UETR, r.Clearing, r.BankRef, r.Cheque, r.Message}
}

func keysOf(texts []string) []string {
	var keys []string
	for _, t := range texts {
		if k := match.Key(given(t)); len(k) >= 4 {
			keys = append(keys, k)
		}
	}
	return keys
}

// returnCodes are what banks call a payment that comes back.
var returnCodes = []string{"RRTN", "RRCT", "NRTI", "NRET", "CMTR", "RCDT-RRTN", "UPDD", "RPCR"}

// isReturn says whether a debit takes back an earlier credit.
func (l *cashLine) isReturn() bool {
	if l.tx.Return != nil || l.reversal {
		return true
	}
	for _, c := range returnCodes {
		if strings.Contains(l.code, c) {
			return true
		}
	}
	return false
}

// numberKeys are the keys of an invoice number: all of it, and its digits where that is something else.
func numberKeys(number string) []string {
	key := match.Key(number)
	if d := digitsKey(key); d != "" && d != key {
		return []string{key, d}
	}
	return []string{key}
}

// digitsKey are the digits of a number behind its first letters: how it is written without its prefix.
func digitsKey(key string) string {
	return strings.TrimLeftFunc(key, func(r rune) bool { return r < '0' || r > '9' })
}
