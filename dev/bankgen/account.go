package bankgen

import (
	"fmt"
	"strings"

	"dunlin/invoice"
)

// Account is one of the creditor's own accounts, with the format of its statements.
type Account struct {
	IBAN     string
	Number   string // where there is no IBAN, as a statement writes it
	BIC      string
	Bank     string
	Currency invoice.Currency
	Format   Format
	Opening  invoice.Money // balance before the first statement
	share    int           // of the payments in this currency
}

// Key names the account as the books do: without spaces, in capitals.
func (a Account) Key() string {
	if a.IBAN != "" {
		return a.IBAN
	}
	return strings.ToUpper(strings.ReplaceAll(a.Number, " ", ""))
}

// PayerAccount is an account that a customer pays from.
type PayerAccount struct {
	IBAN   string
	Number string // where there is no IBAN
	BIC    string
	Known  Known
}

// Key names the account as the books do.
func (p PayerAccount) Key() string {
	if p.IBAN != "" {
		return p.IBAN
	}
	return p.Number
}

// Known says how the books know whose account it is.
type Known string

// Two confirmed payments make an account known, one does not.
const (
	Unknown    Known = ""
	Once       Known = "once"      // one payment was confirmed
	Confirmed  Known = "confirmed" // two were
	MasterData Known = "master"    // it stands in the debtor's master data
)

// Sure says whether the books know the payer by the account.
func (k Known) Sure() bool { return k == Confirmed || k == MasterData }

// accounts are the creditor's own, in the mix or all in one format.
func (d dice) accounts(only Format) []Account {
	all := []Account{
		{IBAN: d.iban("DE", "nnnnnnnnnnnnnnnnnn"), BIC: "COBADEFFXXX", Bank: "Commerzbank", Currency: "EUR", Format: Camt08, share: 32},
		{IBAN: d.iban("DE", "nnnnnnnnnnnnnnnnnn"), BIC: "SSKMDEMMXXX", Bank: "Stadtsparkasse", Currency: "EUR", Format: MT940German, share: 28},
		{IBAN: d.iban("NL", "aaaannnnnnnnnn"), BIC: "RABONL2UXXX", Bank: "Rabobank", Currency: "EUR", Format: MT940Dutch, share: 14},
		{IBAN: d.iban("FR", "nnnnnnnnnnnnnnnnnnnnnnn"), BIC: "BNPAFRPPXXX", Bank: "BNP Paribas", Currency: "EUR", Format: Camt02, share: 18},
		{IBAN: d.iban("DE", "nnnnnnnnnnnnnnnnnn"), BIC: "BYLADEM1001", Bank: "DKB", Currency: "EUR", Format: CSV, share: 8},
		{Number: d.digits(10), BIC: "CHASUS33XXX", Bank: "Chase", Currency: "USD", Format: BAI2, share: 35},
		{Number: d.digits(9) + "/" + d.digits(10), BIC: "BOFAUS3NXXX", Bank: "Bank of America", Currency: "USD", Format: OFX, share: 30},
		{IBAN: d.iban("GB", "aaaannnnnnnnnnnnnn"), BIC: "BARCGB22XXX", Bank: "Barclays", Currency: "USD", Format: Camt08, share: 35},
		{IBAN: d.iban("CH", "nnnnnnnnnnnnnnnnn"), BIC: "UBSWCHZHXXX", Bank: "UBS", Currency: "CHF", Format: Camt02, share: 100},
		{IBAN: d.iban("GB", "aaaannnnnnnnnnnnnn"), BIC: "NWBKGB2LXXX", Bank: "NatWest", Currency: "GBP", Format: Camt08, share: 100},
		{Number: d.digits(19), BIC: "BKCHCNBJXXX", Bank: "Bank of China", Currency: "CNY", Format: Camt08, share: 100},
		{Number: d.digits(7), BIC: "BOTKJPJTXXX", Bank: "MUFG", Currency: "JPY", Format: Camt08, share: 100},
	}
	var kept []Account
	seen := map[invoice.Currency]bool{}
	for _, a := range all {
		a.Opening = invoice.NewMoney(int64(d.between(1_000_000, 90_000_000)), a.Currency)
		if only != "" {
			if seen[a.Currency] {
				continue
			}
			a.Format, a.share = only, 100
			switch {
			case only == OFX && !strings.Contains(a.Number, "/"):
				a.IBAN, a.Number = "", d.digits(9)+"/"+d.digits(10)
			case only != OFX:
				a.Number = strings.ReplaceAll(a.Number, "/", "")
			}
		}
		seen[a.Currency] = true
		kept = append(kept, a)
	}
	return kept
}

// iban makes an account number with right check digits.
func (d dice) iban(country, pattern string) string {
	var b strings.Builder
	for _, c := range pattern {
		if c == 'a' {
			b.WriteByte(byte('A' + d.IntN(26)))
		} else {
			b.WriteByte(byte('0' + d.IntN(10)))
		}
	}
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(b.String()+country+"00"), b.String())
}

// mod97 is the remainder that ISO 7064 takes, letters counting as 10 to 35.
func mod97(s string) int {
	n := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			n = (n*10 + int(c-'0')) % 97
		default:
			n = (n*100 + int(c-'A') + 10) % 97
		}
	}
	return n
}
