package sample

// BAI2 writes BAI2, prior day: a group for each statement, as American banks do. It names no payer's account.
func BAI2(all []Statement) []byte {
	var t text
	last := all[len(all)-1]
	records, total := 0, int64(0)
	record := func(format string, args ...any) {
		t.printf(format+"\n", args...)
		records++
	}
	record("01,%s,DUNLIN,%s,2200,%d,80,,2/", last.Bank, sixDigits(last.To), last.Number)
	for i := range all {
		s, begun := &all[i], records
		in, out := int64(0), int64(0)
		for _, l := range s.Lines {
			in, out = in+max(0, l.Minor), out+max(0, -l.Minor)
		}
		sum := s.Opening + s.Closing + 2*(in+out)
		record("02,DUNLIN,%s,1,%s,2359,%s,2/", s.Bank, sixDigits(s.To), s.Currency)
		record("03,%s,%s,010,%d,,,015,%d,,/", s.Account, s.Currency, s.Opening, s.Closing)
		record("88,100,%d,,,400,%d,,/", in, out)
		for _, l := range s.Lines {
			amount, code := side(l.Minor, "195", "495")
			record("16,%s,%d,V,%s,,%s,%s,%s", code, amount, sixDigits(l.Value), l.Ref, l.EndToEnd, l.Text)
			record("88,ORIG:%s", l.Name)
		}
		record("49,%d,%d/", sum, records-begun)
		record("98,%d,1,%d/", sum, records-begun+1)
		total += sum
	}
	record("99,%d,%d,%d/", total, len(all), records+1)
	return t.bytes()
}
