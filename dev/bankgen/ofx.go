package bankgen

import (
	"bufio"
	"fmt"
	"strings"

	"dunlin/invoice"
)

// ofxPen writes OFX 1.0.2, the SGML that American banks export.
type ofxPen struct{ b *bufio.Writer }

func (p *ofxPen) printf(format string, args ...any) { fmt.Fprintf(p.b, format, args...) }

func ofxDate(on invoice.Date) string {
	return fmt.Sprintf("%04d%02d%02d", on.Year, int(on.Month), on.Day)
}

func (p *ofxPen) head(_ Account, _, last statement) {
	p.printf("OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n")
	p.printf("<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>%s210411<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\r\n<BANKMSGSRSV1>\r\n", ofxDate(last.day))
}

func (p *ofxPen) begin(s statement) {
	bank, number, found := strings.Cut(s.Number, "/")
	if !found {
		bank, number = s.BIC, s.Number
	}
	p.printf("<STMTTRNRS><TRNUID>%d<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>%s<BANKACCTFROM><BANKID>%s<ACCTID>%s<ACCTTYPE>CHECKING</BANKACCTFROM>\r\n", s.n, s.Currency, bank, number)
	p.printf("<BANKTRANLIST><DTSTART>%s<DTEND>%s\r\n", ofxDate(s.day), ofxDate(s.day))
}

func (p *ofxPen) line(s statement, l line) {
	t := l[0]
	kind := "CREDIT"
	if t.Amount.Minor < 0 {
		kind = "DEBIT"
	}
	name := t.Name
	if len(name) > 32 {
		name = name[:32]
	}
	memo := t.line()
	if len(memo) > 255 {
		memo = memo[:255]
	}
	p.printf("<STMTTRN><TRNTYPE>%s<DTPOSTED>%s<TRNAMT>%s<FITID>%s<NAME>%s", kind, ofxDate(t.Booked), s.money(t.Amount.Minor), t.BankRef, sgml(name))
	if memo != "" {
		p.printf("<MEMO>%s", sgml(memo))
	}
	p.printf("</STMTTRN>\r\n")
}

// sgml writes a text so that it is no tag.
func sgml(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func (p *ofxPen) end(s statement) {
	p.printf("</BANKTRANLIST><LEDGERBAL><BALAMT>%s<DTASOF>%s</LEDGERBAL></STMTRS></STMTTRNRS>\r\n", s.money(s.closing), ofxDate(s.day))
}

func (p *ofxPen) foot(statement) { p.printf("</BANKMSGSRSV1></OFX>\r\n") }
