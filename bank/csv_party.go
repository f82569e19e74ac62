package bank

import "strings"

// parties reads who stands at the other end: who paid, or who was paid.
func (f *csvFile) parties(row csvRow, d *TxDetail, credit bool) {
	c := &f.columns
	d.Payer.Name, d.Payee.Name = f.said(row, c.payer), f.said(row, c.payee)
	other := &d.Payee
	if credit {
		other = &d.Payer
	}
	other.Name = first(f.said(row, c.name), other.Name)
	other.BIC = f.said(row, c.bic)
	for _, col := range []column{c.iban, c.account} {
		text := unquoted(f.said(row, col))
		switch {
		case text == "":
		case isIBAN(text):
			other.IBAN = compact(text)
		default:
			other.Account = text
		}
	}
}

// isIBAN says whether a text has the form of an IBAN.
func isIBAN(text string) bool { return mtIBAN.MatchString(compact(text)) }

// unquoted takes off the quotes by which a bank keeps a spreadsheet from rounding a number.
func unquoted(text string) string { return strings.TrimSpace(strings.Trim(text, "'")) }

// fromInside takes out of texts what no column says: a bank may write name, account and references into one.
func (f *csvFile) fromInside(row csvRow, e *Entry, d *TxDetail, credit bool) {
	other := &d.Payee
	if credit {
		other = &d.Payer
	}
	for _, in := range f.inside {
		m := in.pattern.FindStringSubmatch(f.get(row, in.column))
		if m == nil {
			continue
		}
		for i, name := range in.pattern.SubexpNames() {
			if text := strings.TrimSpace(m[i]); name != "" && said(meant(text)) != "" {
				d.fill(name, text, e, other)
			}
		}
	}
}

// fill sets one thing that is not known yet.
func (d *TxDetail) fill(name, text string, e *Entry, other *Party) {
	set := func(into *string) {
		if *into == "" {
			*into = text
		}
	}
	switch name {
	case "name":
		set(&other.Name)
	case "iban", "account":
		if !other.Known() {
			other.setAccount(text)
		}
	case "bic":
		set(&other.BIC)
	case "end_to_end":
		set(&d.Refs.EndToEnd)
	case "mandate":
		set(&d.Refs.Mandate)
	case "transaction":
		set(&d.Refs.Transaction)
	case "structured":
		d.Structured = append(d.Structured, structuredRef(text))
	case "bank_ref":
		set(&e.BankRef)
		d.Refs.BankRef = e.BankRef
	}
}

// structuredRef names the standard by the form of a reference: RF and two digits, or the 27 digits of a Swiss
// bill.
func structuredRef(text string) StructuredRef {
	ref := compact(text)
	switch {
	case len(ref) > 4 && strings.HasPrefix(ref, "RF") && digitsOnly(ref[2:4]):
		return StructuredRef{Type: "RF", Ref: ref}
	case len(ref) == 27 && digitsOnly(ref):
		return StructuredRef{Type: "QRR", Ref: ref}
	}
	return StructuredRef{Type: "OTHER", Ref: ref}
}
