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
	Partner                  string
	Lawyer                   bool
	Reason, Seal             string
}

// lineView is one invoice as shown.
type lineView struct {
	Number, Ref, Amount, Total, Issued, Due string
	Days                                    int    // overdue; 0: not yet
	DueToday                                bool   // today is the due date
	Part                                    bool   // something has been paid or credited already
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
		v.Lines[i] = newLine(l, line, locale)
		if line.Step == l.Lines[0].Step {
			v.Named = append(v.Named, v.Lines[i].Number)
		}
	}
	v.First, v.Mixed = v.Lines[0], len(v.Named) < len(v.Lines)
	v.Banks, v.Oldest = banks(l), FormatDate(oldest(l.Lines), locale)
	sums, err := totals(l.Lines)
	for _, sum := range sums {
		v.Totals = append(v.Totals, FormatMoney(sum, locale))
	}
	return v, err
}

// locale is that of the reader: the debtor, or a partner in the creditor's country.
func (l Letter) locale(language string) string {
	if l.toPartner() {
		return Locale(language, l.Creditor.Country)
	}
	return Locale(language, l.Debtor.Country)
}

func newLine(l Letter, line Line, locale string) lineView {
	return lineView{
		Number: oneLine(line.Number, maxText), Ref: oneLine(line.Ref, maxText),
		Amount: FormatMoney(line.Balance, locale), Total: FormatMoney(line.Total, locale),
		Part:   line.Balance != line.Total && line.Total.Currency == line.Balance.Currency,
		Issued: FormatDate(line.IssuedOn, locale), Due: FormatDate(line.DueOn, locale),
		Days: max(0, line.DaysOverdue), DueToday: !l.Today.IsZero() && line.DueOn == invoice.DateOf(l.Today),
		Reference: oneLine(line.Reference, maxText), Goods: oneLine(line.Goods, maxText), PayURL: line.PayURL,
		Order: !line.ExpiresAt.IsZero(), Expires: FormatDateTime(line.ExpiresAt, locale), Zone: zoneOf(line),
	}
}

func zoneOf(line Line) string {
	if line.ExpiresAt.IsZero() {
		return ""
	}
	return zoneName(line.ExpiresAt)
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

// totals adds the balances up, one sum per currency, in the order in which the currencies appear.
func totals(lines []Line) ([]invoice.Money, error) {
	var sums []invoice.Money
next:
	for _, line := range lines {
		for i := range sums {
			if sums[i].Currency == line.Balance.Currency {
				sum, err := sums[i].Add(line.Balance)
				if err != nil {
					return nil, err
				}
				sums[i] = sum
				continue next
			}
		}
		sums = append(sums, line.Balance)
	}
	return sums, nil
}
