package sample

import "strings"

// OFX writes OFX 1.0.2 as a download that a person asks for: it has no opening balance.
func OFX(all []Statement) []byte {
	var t text
	t.printf("OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n")
	t.printf("<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>%s<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\r\n<BANKMSGSRSV1>\r\n", eightDigits(all[len(all)-1].To))
	for i := range all {
		s := &all[i]
		bank, number, _ := strings.Cut(s.Account, "/")
		t.printf("<STMTTRNRS><TRNUID>%d<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>%s<BANKACCTFROM><BANKID>%s<ACCTID>%s<ACCTTYPE>CHECKING</BANKACCTFROM>\r\n", s.Number, s.Currency, bank, number)
		t.printf("<BANKTRANLIST><DTSTART>%s<DTEND>%s\r\n", eightDigits(s.From), eightDigits(s.To))
		for _, l := range s.Lines {
			_, kind := side(l.Minor, "CREDIT", "DEBIT")
			t.printf("<STMTTRN><TRNTYPE>%s<DTPOSTED>%s<TRNAMT>%s<FITID>%s<NAME>%s<MEMO>%s</STMTTRN>\r\n", kind, eightDigits(l.Booked), s.decimal(l.Minor), l.Ref, tagless(l.Name), tagless(l.Text))
		}
		t.printf("</BANKTRANLIST><LEDGERBAL><BALAMT>%s<DTASOF>%s</LEDGERBAL></STMTRS></STMTTRNRS>\r\n", s.decimal(s.Closing), eightDigits(s.To))
	}
	t.printf("</BANKMSGSRSV1></OFX>\r\n")
	return t.bytes()
}

// tagless writes a text so that it is no tag.
func tagless(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
