package bankgen

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"strings"
)

// camtPen writes camt.053: version 02 as most banks did for ten years, or 08 as they do since 2023.
type camtPen struct {
	b   *bufio.Writer
	new bool
}

func (p *camtPen) printf(format string, args ...any) { fmt.Fprintf(p.b, format, args...) }

// esc writes a text so that XML leaves it as it is.
func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func (p *camtPen) head(a Account, _, last statement) {
	version := "02"
	if p.new {
		version = "08"
	}
	p.printf(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.%s"><BkToCstmrStmt>`+"\n", version)
	p.printf("<GrpHdr><MsgId>%s-%s-%s</MsgId><CreDtTm>%sT21:04:11</CreDtTm></GrpHdr>\n", a.BIC, a.Currency, last.day, last.day)
}

func (p *camtPen) begin(s statement) {
	p.printf("<Stmt><Id>%s-%03d</Id><ElctrncSeqNb>%d</ElctrncSeqNb><CreDtTm>%sT21:04:11</CreDtTm>\n", s.day, s.n, s.n, s.day)
	if s.IBAN != "" {
		p.printf("<Acct><Id><IBAN>%s</IBAN></Id><Ccy>%s</Ccy></Acct>\n", s.IBAN, s.Currency)
	} else {
		p.printf("<Acct><Id><Othr><Id>%s</Id></Othr></Id><Ccy>%s</Ccy></Acct>\n", s.Number, s.Currency)
	}
	p.balance(s, "OPBD", s.opening)
	p.balance(s, "CLBD", s.closing)
}

func (p *camtPen) balance(s statement, code string, minor int64) {
	p.printf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp>%s<Dt><Dt>%s</Dt></Dt></Bal>`+"\n", code, p.amount(s, minor), s.day)
}

// amount writes an amount and its direction.
func (p *camtPen) amount(s statement, minor int64) string {
	direction := "CRDT"
	if minor < 0 {
		direction, minor = "DBIT", -minor
	}
	return fmt.Sprintf(`<Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd>`, s.Currency, s.money(minor), direction)
}

func (p *camtPen) line(s statement, l line) {
	first := l[0]
	status, family := "<Sts>BOOK</Sts>", "RCDT"
	if p.new {
		status = "<Sts><Cd>BOOK</Cd></Sts>"
	}
	if l.amount() < 0 {
		family = "ICDT"
	}
	p.printf(`<Ntry>%s%s<BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%s</Dt></ValDt><AcctSvcrRef>%s</AcctSvcrRef>`, p.amount(s, l.amount()), status, first.Booked, first.Value, first.BankRef)
	sub := "ESCT"
	if first.Reason != "" {
		family, sub = "RCDT", "RRTN"
	}
	p.printf(`<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>%s</Cd><SubFmlyCd>%s</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls>`, family, sub)
	if len(l) > 1 {
		p.printf("<Btch><NbOfTxs>%d</NbOfTxs></Btch>", len(l))
	}
	for _, t := range l {
		p.detail(s, t)
	}
	p.printf("</NtryDtls></Ntry>\n")
}

// detail writes one payment.
func (p *camtPen) detail(s statement, t *Payment) {
	e2e := t.EndToEnd
	if e2e == "" {
		e2e = "NOTPROVIDED"
	}
	p.printf(`<TxDtls><Refs><EndToEndId>%s</EndToEndId>%s</Refs>`, esc(e2e), tag("MndtId", t.Mandate))
	minor := t.Amount.Minor
	if p.new {
		p.printf(`%s`, p.amount(s, minor))
	} else {
		p.printf(`<AmtDtls><TxAmt><Amt Ccy="%s">%s</Amt></TxAmt></AmtDtls>`, s.Currency, s.money(max(minor, -minor)))
	}
	p.parties(t)
	p.remittance(s, t)
	if t.Reason != "" {
		p.printf("<RtrInf><Rsn><Cd>%s</Cd></Rsn></RtrInf>", t.Reason)
	}
	p.printf("</TxDtls>")
}

// parties names the other side: the debtor of a credit, the creditor of a debit.
func (p *camtPen) parties(t *Payment) {
	role := "Dbtr"
	if t.Amount.Minor < 0 {
		role = "Cdtr"
	}
	name := tag("Nm", t.Name)
	bic := "BIC"
	if p.new {
		name, bic = "<Pty>"+name+"</Pty>", "BICFI"
	}
	account := "<IBAN>" + t.From.IBAN + "</IBAN>"
	if t.From.IBAN == "" {
		account = "<Othr>" + tag("Id", t.From.Number) + "</Othr>"
	}
	p.printf(`<RltdPties><%[1]s>%[2]s</%[1]s><%[1]sAcct><Id>%[3]s</Id></%[1]sAcct></RltdPties>`, role, name, account)
	p.printf(`<RltdAgts><%[1]sAgt><FinInstnId><%[2]s>%[3]s</%[2]s></FinInstnId></%[1]sAgt></RltdAgts>`, role, bic, t.From.BIC)
}

// remittance writes what the payment is for: lines, a reference, a list of documents.
func (p *camtPen) remittance(s statement, t *Payment) {
	if len(t.Text) == 0 && t.RF == "" && len(t.List) == 0 {
		return
	}
	p.printf("<RmtInf>")
	for _, text := range t.Text {
		p.printf("%s", tag("Ustrd", text))
	}
	for _, doc := range t.List {
		if doc.Credit > 0 {
			p.printf(`<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>%s</Nb></RfrdDocInf><RfrdDocAmt><CdtNoteAmt Ccy="%s">%s</CdtNoteAmt></RfrdDocAmt></Strd>`, esc(doc.Number), s.Currency, s.money(doc.Credit))
			continue
		}
		p.printf(`<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>%s</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="%s">%s</RmtdAmt></RfrdDocAmt></Strd>`, esc(doc.Number), s.Currency, s.money(doc.Remitted))
	}
	if t.RF != "" {
		p.printf(`<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>%s</Ref></CdtrRefInf></Strd>`, esc(t.RF))
	}
	p.printf("</RmtInf>")
}

// tag writes an element, or nothing where there is nothing to say.
func tag(name, text string) string {
	if text == "" {
		return ""
	}
	return "<" + name + ">" + esc(text) + "</" + name + ">"
}

func (p *camtPen) end(statement) { p.printf("</Stmt>\n") }

func (p *camtPen) foot(statement) { p.printf("</BkToCstmrStmt></Document>\n") }
