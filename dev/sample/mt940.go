package sample

import (
	"strings"

	"dunlin/invoice"
)

// MT940 writes MT940 with the text of :86: between slashed keys.
func MT940(all []Statement) []byte {
	var t text
	for i := range all {
		s := &all[i]
		t.printf(":20:%s%03d\r\n:25:%s%s\r\n:28C:%d/1\r\n", sixDigits(s.To), s.Number, s.Account, s.Currency, s.Number)
		s.mtBalance(&t, "60F", s.Opening, s.From)
		for _, l := range s.Lines {
			amount, sign := side(l.Minor, "C", "D")
			t.printf(":61:%s%02d%02d%s%sNTRFNONREF//%s\r\n", sixDigits(l.Value), int(l.Booked.Month), l.Booked.Day, sign, s.comma(amount), l.Ref)
			t.folded(":86:/IBAN/" + l.Account + "/NAME/" + l.Name + "/REMI/" + l.Text + "/EREF/" + l.EndToEnd)
		}
		s.mtBalance(&t, "62F", s.Closing, s.To)
		t.printf("-\r\n")
	}
	return t.bytes()
}

func (s *Statement) mtBalance(t *text, field string, minor int64, on invoice.Date) {
	amount, sign := side(minor, "C", "D")
	t.printf(":%s:%s%s%s%s\r\n", field, sign, sixDigits(on), s.Currency, s.comma(amount))
}

// comma writes an amount as SWIFT does: always with a comma.
func (s *Statement) comma(minor int64) string {
	whole, frac, _ := strings.Cut(s.decimal(minor), ".")
	return whole + "," + frac
}

// folded writes a field in lines of 65 characters; none begins with a colon, a dash or a blank.
func (t *text) folded(field string) {
	for len(field) > 65 {
		n := 65
		for strings.ContainsRune(":- ", rune(field[n])) || field[n-1] == ' ' {
			n--
		}
		t.printf("%s\r\n", field[:n])
		field = field[n:]
	}
	t.printf("%s\r\n", field)
}
