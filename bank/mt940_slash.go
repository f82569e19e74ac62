package bank

import (
	"regexp"
	"strings"

	"dunlin/invoice"
)

// slashNames are the words that stand between slashes before a value.
var slashNames = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields("TRTP TRCD EREF REMI ORDP BENM IBAN BIC NAME CNTP RTRN MARF CSID PREF ADDR PURP OPRP CRNM CACT CBIC DBNM DACT DBIC ULTD ULTB ULTO OCMT CHGS ISDT SVCL CREF PMTI INIT ID RREF IREF MREF RCMT CHRG EXCH XCRT") {
		names[name] = true
	}
	return names
}()

// slashAt is a key with the places where it begins and where its value does.
type slashAt struct {
	key         string
	begin, from int
}

// slashKeys finds the keys of a text.
func slashKeys(text string) []slashAt {
	var all []slashAt
	for i := 0; i < len(text); i++ {
		if text[i] != '/' {
			continue
		}
		n := strings.IndexByte(text[i+1:min(len(text), i+6)], '/')
		if n < 2 || !slashNames[text[i+1:i+1+n]] {
			continue
		}
		all = append(all, slashAt{text[i+1 : i+1+n], i, i + n + 2})
		i += n + 1
	}
	return all
}

// slash keeps a value that is a reference; false: it is none.
func (r *Refs) slash(key, value string) bool {
	switch key {
	case "EREF", "CREF":
		r.EndToEnd = first(said(value), r.EndToEnd)
	case "PREF":
		r.PaymentInfo = said(value)
	case "MARF", "MREF":
		r.Mandate = said(value)
	case "IREF":
		r.Instruction = said(value)
	case "RREF":
		r.BankRef = first(r.BankRef, said(value))
	default:
		return false
	}
	return true
}

// slashParty keeps a value that says who stands at the other end; false: it does not.
func slashParty(e *Entry, key, value string) bool {
	d := &e.Details[0]
	p := d.party(e)
	switch key {
	case "IBAN", "CACT", "DACT":
		if (key == "CACT") == (e.Amount.Minor < 0) || key == "IBAN" {
			p.setAccount(value)
		}
	case "BIC":
		p.BIC = value
	case "CRNM", "DBNM":
		if (key == "CRNM") == (e.Amount.Minor < 0) {
			p.Name = value
		}
	case "NAME", "ORDP", "BENM":
		p.Name = value
	case "ULTD", "ULTB", "ULTO":
		d.Ultimate.Name = value
	default:
		return false
	}
	return true
}

// slashed reads the Dutch way: /EREF/… /NAME/… /REMI/…; lines were cut anywhere.
func slashed(e *Entry, text string) {
	d := &e.Details[0]
	at := slashKeys(text)
	if len(at) > 0 && at[0].begin > 0 {
		d.Remittance = append(d.Remittance, strings.TrimSpace(text[:at[0].begin]))
	}
	for i, k := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1].begin
		}
		key, value := k.key, strings.TrimSpace(text[k.from:end])
		if key != "CNTP" && key != "REMI" { // whose parts may be empty
			value = strings.TrimSpace(strings.Trim(value, "/"))
		}
		if value == "" {
			continue
		}
		if d.Refs.slash(key, value) || slashParty(e, key, value) {
			continue
		}
		switch key {
		case "CNTP":
			counterparty(d.party(e), value)
		case "RTRN":
			d.Return = &Return{Reason: value, Refs: d.Refs}
		case "REMI":
			remi(d, value)
		case "TRTP":
			e.Info = strings.TrimSpace(e.Info + " " + value)
		case "OCMT", "CHGS", "CHRG", "RCMT", "EXCH", "XCRT": // an amount or a rate; a text behind it is what it is for
			rest := mtForeign.ReplaceAllString(value, "")
			d.Remittance = append(d.Remittance, trimmed([]string{strings.Trim(rest, "/ ")})...)
		}
	}
}

var (
	mtForeign  = regexp.MustCompile(`^(?:[A-Z]{3})? ?[0-9.]{1,15}(?:,[0-9]{0,8})?(?:/|$)`)
	mtOrdered  = regexp.MustCompile(`/OCMT/([A-Z]{3}) ?([0-9]{1,15})(?:,([0-9]{0,5}))?(?:[/ ]|$)`)
	mtDeducted = regexp.MustCompile(`/(?:CHGS|CHRG)/([A-Z]{3}) ?([0-9]{1,15})(?:,([0-9]{0,5}))?(?:[/ ]|$)`)
)

// foreign reads what was ordered in another currency and what the bank took, which stand below :61: or in :86:.
// What cannot be read stays in the text.
func (d *TxDetail) foreign(text string) {
	if !strings.Contains(text, "/OCMT/") && !strings.Contains(text, "/CH") {
		return
	}
	if m := mtOrdered.FindStringSubmatch(text); m != nil {
		if ordered, err := parseAmount(decimal(m[2], m[3]), m[1]); err == nil && ordered != d.Amount && ordered != d.Amount.Neg() {
			d.Instructed = ordered
		}
	}
	if m := mtDeducted.FindStringSubmatch(text); m != nil {
		if taken, err := parseAmount(decimal(m[2], m[3]), m[1]); err == nil && taken.Minor != 0 {
			d.Charges = append(d.Charges, Charge{Amount: taken})
		}
	}
}

// amountOf writes an amount as it stands in /OCMT/: with its currency.
func (st *mtStatement) amountOf(text string) string {
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		return string(st.Account.Currency) + text
	}
	return text
}

// apart takes the bank's own out of the amount, where what was ordered and what the bank took are the whole of it:
// of a payment it kept it, to a return it added it.
func (d *TxDetail) apart() {
	if len(d.Charges) != 1 || d.Instructed.Currency != d.Amount.Currency || d.Charges[0].Amount.Currency != d.Amount.Currency {
		return
	}
	ordered := signed(d.Instructed, d.Amount.Minor)
	if d.Amount.Minor == ordered.Minor-d.Charges[0].Amount.Minor {
		d.Amount, d.Instructed, d.Charges[0].Included = ordered, invoice.Money{}, true
	}
}

// counterparty reads /CNTP/account/BIC/name/city/.
func counterparty(p *Party, value string) {
	parts := strings.SplitN(value, "/", 4)
	p.setAccount(parts[0])
	if len(parts) > 1 {
		p.BIC = strings.TrimSpace(parts[1])
	}
	if len(parts) > 2 {
		p.Name = strings.TrimSpace(parts[2])
	}
}

var remiRef = regexp.MustCompile(`^/?(?:/?CDTRREFTP/.*?/CD/([A-Z]+).*?)?/CDTRREF/([^/]+)/?`)

// remi reads what the payment is for: USTD//text, STRD/CUR/reference, /CDTRREFTP//CD/SCOR/…/CDTRREF/reference, or
// the text alone.
func remi(d *TxDetail, value string) {
	if m := remiRef.FindStringSubmatch(value); m != nil {
		d.Structured = append(d.Structured, StructuredRef{Type: m[1], Ref: compact(m[2])})
		value = value[len(m[0]):]
	}
	value = strings.TrimPrefix(value, "USTD/")
	if strings.HasPrefix(value, "STRD/") {
		if parts := strings.SplitN(strings.TrimPrefix(value, "STRD/"), "/", 2); len(parts) == 2 {
			d.Structured = append(d.Structured, StructuredRef{Type: parts[0], Ref: compact(strings.Trim(parts[1], "/"))})
		}
	}
	d.Remittance = append(d.Remittance, trimmed([]string{strings.Trim(value, "/")})...)
}
