package bankgen

import (
	"bufio"
	"fmt"
	"strings"

	"dunlin/invoice"
)

// CSVProfile is the profile by which CSV files are written and read.
const CSVProfile = "deutsche-bank"

// csvPen writes the CSV of the Deutsche Bank: the whole period is one statement.
type csvPen struct{ b *bufio.Writer }

func (p *csvPen) printf(format string, args ...any) { fmt.Fprintf(p.b, format, args...) }

func csvDate(on invoice.Date) string { return fmt.Sprintf("%d.%d.%d", on.Day, int(on.Month), on.Year) }

// grouped writes 1.234,56.
func (s statement) grouped(minor int64) string {
	whole, frac, dotted := strings.Cut(s.money(max(minor, -minor)), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	if dotted {
		whole += "," + frac
	}
	if minor < 0 {
		return "-" + whole
	}
	return whole
}

func (p *csvPen) head(a Account, first, last statement) {
	p.printf("\ufeffUmsätze\n")
	if a.IBAN != "" {
		p.printf("Konto;Filial-/Kontonummer;IBAN;Währung\nBusiness Giro;%s;%s;%s\n\n", a.IBAN[max(0, len(a.IBAN)-10):], a.IBAN, a.Currency)
	} else {
		p.printf("Business Giro;;;Kontonummer: %s\n", a.Number)
	}
	p.printf("%s - %s\nLetzter Kontostand;;;;%s;%s\n", csvDate(first.day), csvDate(last.day), first.grouped(first.opening), a.Currency)
	p.printf("Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN / Kontonummer;BIC;Kundenreferenz;Mandatsreferenz;Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;Anzahl der Schecks;Soll;Haben;Währung\n")
}

func (p *csvPen) begin(statement) {}

func (p *csvPen) line(s statement, l line) {
	t := l[0]
	account := t.From.IBAN
	if account == "" {
		account = t.From.Number
	}
	debit, credit, kind := "", s.grouped(t.Amount.Minor), "SEPA-Gutschrift von"
	if t.Amount.Minor < 0 {
		debit, credit, kind = credit, "", "SEPA-Überweisung an"
	}
	p.printf("%s;%s;%s;%s;%s;%s;%s;%s;%s;;;%s;;;;%s;%s;%s\n", csvDate(t.Booked), csvDate(t.Value), kind, field(t.Name), field(t.line()), account, t.From.BIC,
		field(t.EndToEnd), t.Mandate, s.grouped(t.Amount.Minor), debit, credit, s.Currency)
}

// field quotes a text where it has to be.
func field(s string) string {
	if strings.ContainsAny(s, ";\"\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func (p *csvPen) end(statement) {}

func (p *csvPen) foot(last statement) {
	p.printf("Kontostand;%s;;;%s;%s\n", csvDate(last.day), last.grouped(last.closing), last.Currency)
}
