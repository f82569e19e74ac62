package message

import "dunlin/invoice"

// view is what a template sees: every text already cleaned, every amount and date already written
// in the reader's locale. A template adds the words of its language and nothing else.
type view struct {
	Language string

	Creditor, Address, Person, Role, ReplyTo, Phone string
	Help                                            string // SMS: where a question goes

	Debtor, Greeting string
	Consumer         bool

	Lines  []lineView
	First  lineView // the invoice that sends the letter
	Many   bool
	Count  int
	Others int      // Count − 1
	Totals []string // one per currency, in the order of the lines
	Banks  []bankView
	Oldest string // the earliest due date among the lines

	Named []string // numbers of the invoices that are at the same step as the first
	Mixed bool     // others are only listed

	PayBy, PlaceOn, TimeLeft string
	PaidOn, MessageOn        string // thank-you: of the payment, and of the message to disregard
	Partner                  string
	Lawyer                   bool
	Reason, Seal             string

	Instalments []instalmentView // a payment plan, in the order of its days
	Instalment  currentView      // the instalment the letter is about
}

// lineView is one invoice as shown.
type lineView struct {
	Number, Ref, Amount, Total, Issued, Due string // Amount: what is asked for, the balance without what is in dispute
	Disputed                                string // the part in dispute; empty: none
	Days                                    int    // overdue; 0: not yet
	DueToday                                bool   // today is the due date
	Part                                    bool   // the amount is not the whole total: paid, credited or disputed in part
	Reference, Goods, PayURL                string // each may be missing
	Order                                   bool
	Expires, Zone                           string // orders: a moment and the zone it is written in
}

// newView checks the letter and writes out everything that a template may print.
func newView(l Letter, language string) (*view, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	locale := l.locale(language)
	c := l.Creditor
	v := &view{
		Language: language,
		Creditor: oneLine(c.Name, maxText), Address: oneLine(c.Address, maxText), Person: oneLine(c.Person, maxText),
		Role: oneLine(c.Role, maxText), ReplyTo: oneLine(c.ReplyTo, maxText), Phone: oneLine(c.Phone, maxText),
		Debtor: oneLine(l.Debtor.Name, maxText), Greeting: oneLine(l.Contact.Name, maxText),
		Consumer: l.Debtor.Type == invoice.Consumer && !l.toPartner(),
		Count:    len(l.Lines), Others: len(l.Lines) - 1, Many: len(l.Lines) > 1,
		PlaceOn: FormatDate(l.PlaceOn, locale), PayBy: FormatDate(l.payBy(), locale),
		PaidOn: FormatDate(l.PaidOn, locale), MessageOn: FormatDate(l.MessageOn, locale),
		TimeLeft: formatSpan(l.TimeLeft, language),
		Lawyer:   l.Route == routeLawyer, Partner: oneLine(l.partner().Name, maxText),
		Reason: oneLine(l.Reason, maxText), Seal: oneLine(l.Seal, maxText),
	}
	if v.Greeting == "" {
		v.Greeting = v.Debtor
	}
	v.Help = v.Phone
	if v.Help == "" {
		v.Help = v.ReplyTo
	}
	v.Lines = make([]lineView, len(l.Lines))
	for i, line := range l.Lines {
		v.Lines[i] = newLine(l, line, locale, language)
		if line.Step == l.Lines[0].Step {
			v.Named = append(v.Named, v.Lines[i].Number)
		}
	}
	v.First, v.Mixed = v.Lines[0], len(v.Named) < len(v.Lines)
	v.Instalments, v.Instalment = instalments(l, locale), current(l, locale)
	v.Banks, v.Oldest = banks(l), FormatDate(oldest(l.Lines), locale)
	sums, err := totals(l)
	for _, sum := range sums {
		v.Totals = append(v.Totals, FormatMoney(sum, locale))
	}
	return v, err
}

// locale is that of the reader: the debtor, or a partner in the creditor's country. Where the country
// is not on file, the region of the language stands in: "de-AT".
func (l Letter) locale(language string) string {
	country := l.Debtor.Country
	if l.toPartner() {
		country = l.Creditor.Country
	}
	if tag := l.tag(); country == "" && baseLanguage(tag) == language {
		country = regionOf(tag)
	}
	return Locale(language, country)
}

func newLine(l Letter, line Line, locale, language string) lineView {
	asked := l.asked(line)
	return lineView{
		Number: oneLine(line.Number, maxText), Ref: oneLine(line.Ref, maxText),
		Amount: FormatMoney(asked, locale), Total: FormatMoney(line.Total, locale), Disputed: l.disputed(line, locale),
		Part:   asked != line.Total && line.Total.Currency == line.Balance.Currency,
		Issued: FormatDate(line.IssuedOn, locale), Due: FormatDate(line.DueOn, locale),
		Days: max(0, line.DaysOverdue), DueToday: !l.Today.IsZero() && line.DueOn == invoice.DateOf(l.Today),
		Reference: oneLine(line.Reference, maxText), Goods: oneLine(line.Goods, maxText), PayURL: line.PayURL,
		Order: !line.ExpiresAt.IsZero(), Expires: FormatDateTime(line.ExpiresAt, locale), Zone: zoneOf(line, language),
	}
}

func zoneOf(line Line, language string) string {
	if line.ExpiresAt.IsZero() {
		return ""
	}
	return zoneName(line.ExpiresAt, language)
}

// payBy is the last day on which payment settles the matter: the day asked for, or else the day
// before the claim is handed over.
func (l Letter) payBy() invoice.Date {
	if l.PayBy.IsZero() && !l.PlaceOn.IsZero() {
		return l.PlaceOn.AddDays(-1)
	}
	return l.PayBy
}

func oldest(lines []Line) invoice.Date {
	first := lines[0].DueOn
	for _, line := range lines[1:] {
		if !line.DueOn.IsZero() && line.DueOn.Before(first) {
			first = line.DueOn
		}
	}
	return first
}

// totals adds up what is asked for, one sum per currency, in the order in which the currencies appear.
func totals(l Letter) ([]invoice.Money, error) {
	var sums []invoice.Money
next:
	for _, line := range l.Lines {
		for i := range sums {
			if sums[i].Currency == line.Balance.Currency {
				sum, err := sums[i].Add(l.asked(line))
				if err != nil {
					return nil, err
				}
				sums[i] = sum
				continue next
			}
		}
		sums = append(sums, l.asked(line))
	}
	return sums, nil
}
