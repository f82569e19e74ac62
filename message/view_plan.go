package message

import "dunlin/invoice"

// instalmentView is one row of a payment plan.
type instalmentView struct {
	N            int
	Due          string
	Amount, Open string // the whole instalment, and what is still to be paid of it
	Paid         bool   // nothing is
	Part         bool   // something has been paid, but not all
	Now          bool   // the letter is about this one
}

// currentView is the instalment a letter is about. Like a line, it asks for what is open.
type currentView struct {
	No, Of             int    // 2 of 4
	Due, Amount, Total string // Amount: what is still to be paid of it
	Part               bool   // Amount is not the whole Total
	DueToday           bool
}

func instalments(l Letter, locale string) []instalmentView {
	rows := make([]instalmentView, len(l.Instalments))
	for i, in := range l.Instalments {
		rows[i] = instalmentView{
			N: in.N, Due: FormatDate(in.DueOn, locale), Amount: FormatMoney(in.Amount, locale), Open: FormatMoney(in.Open, locale),
			Paid: in.Open.Minor <= 0, Part: in.Open.Minor > 0 && in.Open != in.Amount, Now: in.N == l.Instalment,
		}
	}
	return rows
}

// current is empty where the letter is about the whole plan, or about none.
func current(l Letter, locale string) currentView {
	for _, in := range l.Instalments {
		if in.N == l.Instalment {
			return currentView{
				No: in.N, Of: len(l.Instalments), Due: FormatDate(in.DueOn, locale), Amount: FormatMoney(in.Open, locale),
				Total: FormatMoney(in.Amount, locale), Part: in.Open != in.Amount,
				DueToday: !l.Today.IsZero() && in.DueOn == invoice.DateOf(l.Today),
			}
		}
	}
	return currentView{}
}

// asked is what a letter asks for on a line: the balance without what is in dispute. A partner is
// told the whole claim.
func (l Letter) asked(line Line) invoice.Money {
	if l.toPartner() || line.Disputed.Minor == 0 {
		return line.Balance
	}
	return invoice.NewMoney(line.Balance.Minor-line.Disputed.Minor, line.Balance.Currency)
}

func (l Letter) disputed(line Line, locale string) string {
	if l.toPartner() || line.Disputed.Minor == 0 {
		return ""
	}
	return FormatMoney(line.Disputed, locale)
}
