package bank

import (
	"regexp"
	"slices"
	"strings"
)

// describe reads :86:, the text of the entry before it, in one of the three ways in which banks write it.
// After the closing balance it is about the statement and says nothing of an entry.
func (st *mtStatement) describe(x *mtField) {
	e := st.pending
	if e == nil || st.closed {
		return
	}
	text := x.text()
	switch m := mtCoded.FindStringSubmatch(text); {
	case m != nil:
		st.coded(e, m[1], m[2], text[len(m[1]):])
	case mtSlash.MatchString(text):
		slashed(e, text)
	default:
		e.Details[0].Remittance = append(e.Details[0].Remittance, trimmed(x.lines)...)
	}
}

var (
	mtCoded = regexp.MustCompile(`^([0-9]{3}|)([?>~<^!+])(?:[0-9]{2})`)
	mtSlash = regexp.MustCompile(`/(?:TRTP|EREF|REMI|ORDP|BENM|IBAN|NAME|CNTP|RTRN|MARF|CSID|PREF|TRCD|INIT|CREF|PMTI|ID|SVCL)/`)
	sepaKey = regexp.MustCompile(`(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|COAM|OAMT|RREF|BREF|RTRN|TAN|TAN1|DATUM)(\+| \+|:\s?)`)
)

// coded reads the German way: ?00 what it is, ?20 to ?29 and ?60 to ?63 the text in pieces of 27 letters,
// ?30 and ?31 the other account, ?32 and ?33 the name, ?34 the reason of a return.
func (st *mtStatement) coded(e *Entry, gvc, mark, text string) {
	d := &e.Details[0]
	if gvc != "" {
		e.Code = strings.TrimSpace(e.Code + " " + gvc)
	}
	var pieces, name []string
	reason := ""
	for _, f := range fieldsBy(text, mark) {
		switch n := f.key; {
		case n == "00":
			e.Info = strings.TrimSpace(e.Info + " " + f.text)
		case n >= "20" && n <= "29", n >= "60" && n <= "63":
			pieces = append(pieces, f.text)
		case n == "30":
			d.party(e).BIC = strings.TrimSpace(f.text)
		case n == "31", n == "38":
			d.party(e).setAccount(f.text)
		case n == "32", n == "33":
			name = append(name, f.text)
		case n == "34":
			reason = strings.TrimSpace(f.text)
		}
	}
	d.party(e).Name = strings.TrimSpace(strings.Join(name, ""))
	d.sepa(e, pieces)
	if reason != "" && reason != "000" && (e.Reversal || germanReturn(gvc)) || germanReturn(gvc) {
		d.Return = &Return{Reason: reason, Text: e.Info, Refs: d.Refs}
	}
}

// germanReturn says whether a business code is a return of a debit or a transfer.
func germanReturn(gvc string) bool {
	return slices.Contains([]string{"108", "109", "159", "181", "182", "183", "184"}, gvc)
}

// keyed is a piece of text behind a key.
type keyed struct{ key, text string }

// fieldsBy splits a text at a mark that two digits follow.
func fieldsBy(text, mark string) []keyed {
	var all []keyed
	for i, part := range strings.Split(text, mark) {
		if len(part) >= 2 && part[0] >= '0' && part[0] <= '9' && part[1] >= '0' && part[1] <= '9' {
			all = append(all, keyed{part[:2], part[2:]})
		} else if n := len(all); n > 0 && i > 0 {
			all[n-1].text += mark + part // the mark stood in the text
		}
	}
	return all
}

// sepa divides the text by its SEPA keys. The pieces are joined without anything between them, because banks
// cut at 27 letters; where a piece ended is kept for what the payment is for.
func (d *TxDetail) sepa(e *Entry, pieces []string) {
	joined := strings.Join(pieces, "")
	at := sepaKey.FindAllStringSubmatchIndex(joined, -1)
	if len(at) == 0 {
		d.Remittance = append(d.Remittance, trimmed(pieces)...)
		return
	}
	if lead := strings.TrimSpace(joined[:at[0][0]]); lead != "" {
		d.Remittance = append(d.Remittance, lead)
	}
	for i, m := range at {
		end := len(joined)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		value := strings.TrimSpace(joined[m[1]:end])
		switch joined[m[2]:m[3]] {
		case "EREF":
			d.Refs.EndToEnd = first(said(value), d.Refs.EndToEnd)
		case "KREF":
			d.Refs.Instruction = said(value)
		case "MREF":
			d.Refs.Mandate = said(value)
		case "ABWA", "ABWE":
			d.Ultimate.Name = value
		case "IBAN":
			d.party(e).setAccount(value)
		case "BIC":
			d.party(e).BIC = value
		case "SVWZ":
			d.Remittance = append(d.Remittance, cutAt(pieces, m[1], end)...)
		}
	}
}

// cutAt takes a part of the joined pieces and cuts it again where the pieces ended.
func cutAt(pieces []string, from, to int) []string {
	var all []string
	start := 0
	for _, p := range pieces {
		a, b := max(from, start), min(to, start+len(p))
		if a < b {
			all = append(all, p[a-start:b-start])
		}
		start += len(p)
	}
	return trimmed(all)
}

// party is who stands at the other end: the payer of a credit, the payee of a debit.
func (d *TxDetail) party(e *Entry) *Party {
	if e.Amount.Minor < 0 {
		return &d.Payee
	}
	return &d.Payer
}

func (p *Party) setAccount(text string) {
	if c := compact(text); mtIBAN.MatchString(c) {
		p.IBAN = c
	} else {
		p.Account = strings.TrimSpace(text)
	}
}

var slashKey = regexp.MustCompile(`/(TRTP|TRCD|EREF|REMI|ORDP|BENM|IBAN|BIC|NAME|CNTP|RTRN|MARF|CSID|PREF|ADDR|PURP|ULTD|ULTB|OCMT|CHGS|ISDT|SVCL|CREF|PMTI|INIT|ID)/`)

// slashed reads the Dutch way: /EREF/… /NAME/… /REMI/…; lines were cut anywhere.
func slashed(e *Entry, text string) {
	d := &e.Details[0]
	at := slashKey.FindAllStringSubmatchIndex(text, -1)
	if len(at) > 0 && at[0][0] > 0 {
		d.Remittance = append(d.Remittance, strings.TrimSpace(text[:at[0][0]]))
	}
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		value := strings.TrimSpace(text[m[1]:end])
		if value == "" {
			continue
		}
		switch text[m[2]:m[3]] {
		case "EREF", "CREF":
			d.Refs.EndToEnd = first(said(value), d.Refs.EndToEnd)
		case "PREF":
			d.Refs.PaymentInfo = said(value)
		case "MARF":
			d.Refs.Mandate = said(value)
		case "IBAN":
			d.party(e).setAccount(value)
		case "BIC":
			d.party(e).BIC = value
		case "NAME", "ORDP", "BENM":
			d.party(e).Name = first(strings.Trim(value, "/"), d.party(e).Name)
		case "ULTD", "ULTB":
			d.Ultimate.Name = value
		case "CNTP":
			counterparty(d.party(e), value)
		case "RTRN":
			d.Return = &Return{Reason: strings.Trim(value, "/"), Refs: d.Refs}
		case "REMI":
			remi(d, value)
		case "TRTP":
			e.Info = strings.TrimSpace(e.Info + " " + value)
		}
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

// remi reads what the payment is for: USTD//text, STRD/CUR/reference, or the text alone.
func remi(d *TxDetail, value string) {
	switch {
	case strings.HasPrefix(value, "USTD/"):
		value = strings.Trim(strings.TrimPrefix(value, "USTD/"), "/")
	case strings.HasPrefix(value, "STRD/"):
		parts := strings.SplitN(strings.TrimPrefix(value, "STRD/"), "/", 2)
		if len(parts) == 2 {
			d.Structured = append(d.Structured, StructuredRef{Type: parts[0], Ref: compact(parts[1])})
		}
	}
	d.Remittance = append(d.Remittance, trimmed([]string{value})...)
}
