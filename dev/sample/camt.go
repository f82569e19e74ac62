package sample

import (
	"encoding/xml"
	"strings"

	"dunlin/invoice"
)

// Camt writes camt.053.001.08, as European banks do.
func Camt(all []Statement) []byte {
	var t text
	last := all[len(all)-1]
	t.printf(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>` + "\n")
	t.printf("<GrpHdr><MsgId>%s-%s-%d</MsgId><CreDtTm>%sT20:00:00</CreDtTm></GrpHdr>\n", last.Bank, last.To, last.Number, last.To)
	for i := range all {
		all[i].camt(&t)
	}
	t.printf("</BkToCstmrStmt></Document>\n")
	return t.bytes()
}

func (s *Statement) camt(t *text) {
	t.printf("<Stmt><Id>%s-%d</Id><ElctrncSeqNb>%d</ElctrncSeqNb><CreDtTm>%sT20:00:00</CreDtTm>", s.Currency, s.Number, s.Number, s.To)
	t.printf("<FrToDt><FrDtTm>%sT00:00:00</FrDtTm><ToDtTm>%sT23:59:59</ToDtTm></FrToDt><Acct><Id><IBAN>%s</IBAN></Id><Ccy>%s</Ccy></Acct>\n", s.From, s.To, s.Account, s.Currency)
	s.camtBalance(t, "OPBD", s.Opening, s.From)
	s.camtBalance(t, "CLBD", s.Closing, s.To)
	for i := range s.Lines {
		s.camtLine(t, &s.Lines[i])
	}
	t.printf("</Stmt>\n")
}

func (s *Statement) camtBalance(t *text, code string, minor int64, on invoice.Date) {
	amount, sign := side(minor, "CRDT", "DBIT")
	t.printf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`+"\n", code, s.Currency, s.decimal(amount), sign, on)
}

func (s *Statement) camtLine(t *text, l *StatementLine) {
	amount, sign := side(l.Minor, "CRDT", "DBIT")
	money := `<Amt Ccy="` + string(s.Currency) + `">` + s.decimal(amount) + `</Amt><CdtDbtInd>` + sign + `</CdtDbtInd>`
	family, kind := "RCDT", "ESCT"
	if l.Minor < 0 {
		family = "ICDT"
	}
	if l.Returned != "" {
		family, kind = "RCDT", "RRTN"
	}
	t.printf(`<Ntry>%s<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%s</Dt></ValDt><AcctSvcrRef>%s</AcctSvcrRef>`, money, l.Booked, l.Value, l.Ref)
	t.printf(`<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>%s</Cd><SubFmlyCd>%s</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs>%s`, family, kind, escaped(l.EndToEnd), money)
	role := "Dbtr"
	if l.Minor < 0 && l.Returned == "" {
		role = "Cdtr"
	}
	t.printf(`<RltdPties><%[1]s><Pty><Nm>%[2]s</Nm></Pty></%[1]s><%[1]sAcct><Id><IBAN>%[3]s</IBAN></Id></%[1]sAcct></RltdPties>`, role, escaped(l.Name), l.Account)
	if l.Returned == "" && (l.Text != "" || l.Creditor != "") {
		t.printf("<RmtInf>")
		if l.Text != "" {
			t.printf("<Ustrd>%s</Ustrd>", escaped(l.Text))
		}
		if l.Creditor != "" {
			t.printf("<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>%s</Ref></CdtrRefInf></Strd>", l.Creditor)
		}
		t.printf("</RmtInf>")
	}
	if l.Returned != "" {
		t.printf("<RtrInf><Rsn><Cd>%s</Cd></Rsn><AddtlInf>%s</AddtlInf></RtrInf>", l.Returned, escaped(l.Text))
	}
	t.printf("</TxDtls></NtryDtls></Ntry>\n")
}

// escaped writes a text so that XML leaves it as it is.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
