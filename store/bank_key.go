package store

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"unicode"

	"dunlin/bank"
)

// entryKey is what makes two deliveries of an entry the same: the bank's reference with amount and day, or
// all that can be read of it where there is no reference to trust. Neither says that two entries with the
// same key are one: a bank repeats its references, and people pay twice; the occurrence tells them apart.
// What is on file was made with these rules: a change of them makes old entries look new.
func entryKey(e *bank.Entry) []byte {
	h := sha256.New()
	if trustworthy(e.BankRef) {
		write(h, "ref", e.BankRef, strconv.FormatInt(e.Amount.Minor, 10), string(e.Amount.Currency), e.BookedOn.String())
		return h.Sum(nil)[:16]
	}
	write(h, "text", strconv.FormatInt(e.Amount.Minor, 10), string(e.Amount.Currency), e.BookedOn.String(), e.ValueOn.String(), letters(e.Info))
	for i := range e.Details {
		d := &e.Details[i]
		write(h, strconv.FormatInt(d.Amount.Minor, 10), letters(d.Refs.EndToEnd), letters(strings.Join(d.Remittance, "")), letters(counterparty(e, d).Name))
	}
	return h.Sum(nil)[:16]
}

// write adds the fields so that none can run into the next.
func write(h hash.Hash, fields ...string) {
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
}

// trustworthy says whether a bank's reference tells entries apart: not the words for "none", not zeros.
func trustworthy(ref string) bool {
	bare := letters(ref)
	switch bare {
	case "NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NONE", "NA":
		return false
	}
	return len(bare) >= 4 && strings.Trim(bare, bare[:1]) != ""
}

// letters are the letters and digits of a text in capitals: spaces and line ends differ from one delivery
// of an entry to the next.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}

// counterparty is who stands at the other end: the payer of a credit, the payee of a debit.
func counterparty(e *bank.Entry, d *bank.TxDetail) bank.Party {
	first, second := d.Payer, d.Payee
	if e.Amount.Minor < 0 {
		first, second = second, first
	}
	if first.Name == "" && !first.Known() {
		return second
	}
	return first
}

// partyOf is the normalised name at the other end of an entry; "" where there are several.
func partyOf(e *bank.Entry) string {
	party := ""
	for i := range e.Details {
		d := &e.Details[i]
		if d.Kind != bank.Transfer {
			continue
		}
		name := letters(counterparty(e, d).Name)
		if party != "" && name != party {
			return ""
		}
		party = name
	}
	return party
}

// accountOf is a party's account as it is compared: capitals, no spaces.
func accountOf(p bank.Party) string {
	if p.IBAN != "" {
		return compactAccount(p.IBAN)
	}
	return compactAccount(p.Account)
}

func compactAccount(s string) string {
	return pgText(strings.ToUpper(strings.Join(strings.Fields(s), "")))
}

// pgText is a text that PostgreSQL takes: UTF-8 without the character 0.
func pgText(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "�")
}
