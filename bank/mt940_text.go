package bank

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// describe reads :86:, the text of the entry before it, in one of the three ways in which banks write it.
// After the closing balance it is about the statement and says nothing of an entry.
func (st *mtStatement) describe(x *mtField) {
	e := st.pending
	if e == nil || st.closed {
		return
	}
	st.described = true
	text := x.text()
	e.Details[0].foreign(text)
	if mtNoSlash.MatchString(text) { // the first key without its slash
		text = "/" + text
	}
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
	mtSlash = regexp.MustCompile(`/(?:TRTP|EREF|REMI|ORDP|BENM|IBAN|NAME|CNTP|RTRN|MARF|CSID|PREF|TRCD|INIT|CREF|PMTI|ID|SVCL|RREF)/`)

	mtNoSlash = regexp.MustCompile(`^(?:EREF|PREF|ORDP|BENM|REMI)/.*/(?:EREF|PREF|ORDP|BENM|REMI|NAME|IBAN)/`)
	sepaKey   = regexp.MustCompile(`(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|COAM|OAMT|RREF|BREF|RTRN|TAN|TAN1|DATUM)(\+| \+|:\s?)`)
)

// coded reads the German way: ?00 what it is, ?20 to ?29 and ?60 to ?63 the text in pieces of 27 letters,
// ?30 and ?31 the other account, ?32 and ?33 the name, ?34 the reason of a return.
func (st *mtStatement) coded(e *Entry, gvc, mark, text string) {
	d := &e.Details[0]
	if gvc != "" && !strings.HasSuffix(e.Code, gvc) {
		e.Code = strings.TrimSpace(e.Code + " " + gvc)
	}
	var pieces, name []string
	reason, desk := "", ""
	for _, f := range fieldsBy(text, mark) {
		f.text = strings.Trim(f.text, mtFiller)
		switch n := f.key; {
		case n == "00":
			e.Info = strings.TrimSpace(e.Info + " " + f.text)
		case n == "10":
			desk = strings.TrimSpace(f.text)
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
	d.party(e).Name = first(strings.TrimSpace(strings.Join(name, "")), d.party(e).Name)
	st.notOwn(d.party(e), desk, pieces)
	st.sepa(e, pieces)
	if reason != "" && reason != "000" && (e.Reversal || germanReturn(gvc)) || germanReturn(gvc) {
		d.Return = &Return{Reason: reason, Text: e.Info, Refs: d.Refs}
	}
}

// notOwn mends the party where the bank writes whose statement it is: then the other account stands in ?10, or in
// the second piece of the text.
func (st *mtStatement) notOwn(p *Party, desk string, pieces []string) {
	if !st.own(p.Account) {
		return
	}
	*p = Party{Name: p.Name}
	switch {
	case len(strings.TrimLeft(desk, "0")) >= 6:
		p.Account = desk
	case len(pieces) > 1 && realIBAN(pieces[1]):
		p.IBAN = compact(pieces[1])
	}
}

// mtFiller is what some banks write into a field that is empty: the last byte of their alphabet.
const mtFiller = "ÿ˙\u00a0"

// own says whether an account is the one that the statement is about.
func (st *mtStatement) own(account string) bool {
	digits := strings.TrimLeft(compact(account), "0")
	key := st.Account.Key()
	return len(digits) >= 6 && strings.TrimLeft(key[strings.LastIndexByte(key, '/')+1:], "0") == digits
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
func (st *mtStatement) sepa(e *Entry, pieces []string) {
	d := &e.Details[0]
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
		key := joined[m[2]:m[3]]
		value, more := sepaID(key, pieces, m[1], end)
		d.Remittance = append(d.Remittance, more...)
		switch key {
		case "EREF":
			d.Refs.EndToEnd = first(said(value), d.Refs.EndToEnd)
		case "KREF":
			d.Refs.Instruction = said(value)
		case "MREF":
			d.Refs.Mandate = said(value)
		case "ABWA", "ABWE":
			d.Ultimate.Name = value
		case "IBAN":
			if !d.party(e).Known() { // ?31 is the bank's own word
				d.party(e).setAccount(value)
			}
		case "BIC":
			d.party(e).BIC = first(d.party(e).BIC, value)
		case "SVWZ":
			d.Remittance = append(d.Remittance, cutAt(pieces, m[1], end)...)
		case "DATUM", "TAN", "TAN1": // words of a text as often as keys
			d.Remittance = append(d.Remittance, cutAt(pieces, m[0], end)...)
		case "OAMT":
			d.foreign("/OCMT/" + st.amountOf(value) + "/")
		case "COAM":
			d.foreign("/CHGS/" + st.amountOf(value) + "/")
		case "RREF", "RTRN":
			d.Return = &Return{Reason: value, Refs: d.Refs}
		}
	}
}

// pieceLetters is how many letters banks put into one piece.
const pieceLetters = 27

// sepaID takes the value of a key, and what stands behind it without a key of its own: an id has 35 letters at the
// most, and a creditor's id goes on only where its piece is full.
func sepaID(key string, pieces []string, from, to int) (value string, more []string) {
	id := slices.Contains([]string{"EREF", "KREF", "MREF", "CRED", "DEBT"}, key)
	ended, end := false, 0
	for _, p := range pieces {
		begin := end
		end += len(p)
		a, b := max(from, begin), min(to, end)
		if a >= b {
			continue
		}
		part := p[a-begin : b-begin]
		if ended = ended || id && value != "" && len(value)+len(strings.TrimSpace(part)) > 35; ended {
			more = append(more, part)
			continue
		}
		value += part
		ended = (key == "CRED" || key == "DEBT" || key == "PURP") && utf8.RuneCountInString(p) < pieceLetters
	}
	return strings.TrimSpace(value), trimmed(more)
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

// unstructured reads :NS:, with which some banks write the text in numbered lines: 01 to 14 what it is for, 15 and
// 16 who, 17 what the bank calls it, 19 and 20 whose account. The numbers go, the text stays.
func (st *mtStatement) unstructured(e *Entry, lines []string) {
	d := &e.Details[0]
	st.described = true
	for _, l := range lines {
		m := mtNumbered.FindStringSubmatch(l)
		if m == nil {
			d.Remittance = append(d.Remittance, trimmed([]string{l})...)
			continue
		}
		switch n, text := m[1], strings.TrimSpace(m[2]); {
		case n <= "14":
			d.Remittance = append(d.Remittance, nonEmpty(text)...)
		case n <= "16":
			d.party(e).Name = strings.TrimSpace(d.party(e).Name + " " + text)
		case n == "17":
			e.Info = strings.TrimSpace(e.Info + " " + text)
		case n == "20":
			d.party(e).setAccount(text)
		}
	}
}

var mtNumbered = regexp.MustCompile(`^(0[1-9]|1[0-9]|20)(.*)$`)
