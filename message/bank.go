package message

import (
	"strings"

	"dunlin/invoice"
)

// bankView is an account as shown.
type bankView struct {
	Holder, IBAN, Account, BIC, Name string
	Quote                            string // what the transfer should quote: the invoice numbers, or the one invoice's reference
}

// banks lists the accounts that take at least one of the currencies owed.
func banks(l Letter) []bankView {
	var out []bankView
	for _, b := range l.Creditor.BankAccounts {
		quote := quoted(b, l.Lines)
		if quote == "" {
			continue
		}
		out = append(out, bankView{
			Holder: oneLine(b.Holder, maxText), IBAN: groupIBAN(oneLine(b.IBAN, maxText)), Account: oneLine(b.Account, maxText),
			BIC: oneLine(b.BIC, maxText), Name: oneLine(b.Name, maxText), Quote: quote,
		})
	}
	return out
}

// quoted lists the numbers of the invoices an account can take money for.
func quoted(b invoice.Bank, lines []Line) string {
	var numbers []string
	for _, line := range lines {
		if b.Currency == "" || b.Currency == line.Balance.Currency {
			numbers = append(numbers, oneLine(line.Number, maxText))
		}
	}
	if len(lines) == 1 && len(numbers) == 1 && lines[0].QuoteRef != "" {
		return groupIBAN(oneLine(lines[0].QuoteRef, maxText))
	}
	return strings.Join(numbers, ", ")
}

// groupIBAN writes an IBAN, or a reference by ISO 11649, in groups of four, as on paper.
func groupIBAN(iban string) string {
	iban = strings.ReplaceAll(iban, " ", "")
	var b strings.Builder
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
