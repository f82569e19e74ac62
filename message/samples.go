package message

import (
	"time"

	"dunlin/invoice"
)

// samples are the letters every template is tried with: each optional thing there, each missing,
// one invoice, several, several currencies, several steps, orders. A sample fits every template.
func samples() []Letter {
	full := sampleLetter()

	several := sampleLetter()
	several.Route = routeAgency
	several.Lines = append(several.Lines, sampleLine("INV-1002", "reminder-1", 99_900, "EUR"), sampleLine("INV-1003", "final", 1, "EUR"))
	several.Lines[1].DaysOverdue, several.Lines[2].DaysOverdue = 1, 0

	currencies := sampleLetter()
	currencies.Lines = append(currencies.Lines, sampleLine("INV-1004", "final", 1_250_00, "USD"), sampleLine("INV-1005", "final", 98_000, "JPY"))
	currencies.Reason, currencies.Debtor.Country = "cancelled", "US"

	today := sampleLetter()
	today.Lines[0].DueOn, today.Lines[0].DaysOverdue, today.Lines[0].Balance = invoice.DateOf(today.Today), 0, today.Lines[0].Total

	order := sampleLetter()
	order.Lines = []Line{sampleOrder("ORD-7")}
	orders := sampleLetter()
	orders.Lines = []Line{sampleOrder("ORD-7"), sampleOrder("ORD-8")}

	disputed := sampleLetter()
	disputed.Lines[0].Disputed, disputed.Instalment = invoice.NewMoney(100_00, "EUR"), 3

	return []Letter{full, several, currencies, today, disputed, order, orders, bare(full), bare(several), bare(disputed), bare(order)}
}

// samplePlan has an instalment that is paid, one that is paid in part, and one to come.
func samplePlan() []Instalment {
	amount := invoice.NewMoney(411_52, "EUR")
	return []Instalment{
		{N: 1, DueOn: invoice.NewDate(2026, time.April, 28), Amount: amount, Open: invoice.NewMoney(0, "EUR")},
		{N: 2, DueOn: invoice.NewDate(2026, time.May, 28), Amount: amount, Open: invoice.NewMoney(111_52, "EUR")},
		{N: 3, DueOn: invoice.NewDate(2026, time.June, 28), Amount: amount, Open: amount},
	}
}

func sampleLetter() Letter {
	today := time.Date(2026, time.May, 28, 9, 0, 0, 0, time.UTC)
	return Letter{
		Creditor: invoice.Creditor{
			ID: "northwind", Name: "Northwind Tools Ltd", Address: "4 Mill Lane, Leeds", Country: "GB", Zone: "UTC", Language: English,
			Person: "Mary Weber", Role: "Accounts receivable", SenderEmail: "billing@northwind.example", ReplyTo: "mary@northwind.example",
			Phone: "+441134960000", SMSFrom: "+447700900001",
			BankAccounts: []invoice.Bank{
				{Holder: "Northwind Tools Ltd", IBAN: "GB33BUKB20201555555555", BIC: "BUKBGB22", Name: "Example Bank", Currency: "EUR"},
				{Holder: "Northwind Tools Ltd", Account: "55555555", Name: "Example Bank"},
			},
			Lawyer: invoice.Partner{Name: "Hale & Partners", Email: "claims@hale.example"},
			Agency: invoice.Partner{Name: "Fairway Collections", Email: "new@fairway.example"},
		},
		Debtor: invoice.Debtor{
			Creditor: "northwind", ID: "C-9", Name: "Beta Logistics GmbH", Type: invoice.Consumer, Country: "DE", Zone: "Europe/Berlin",
			Contacts: []invoice.Contact{
				{Channel: invoice.Email, Address: "anna@beta.example", Name: "Anna Schmidt"},
				{Channel: invoice.SMS, Address: "+491701234567", Name: "Anna Schmidt"},
			},
		},
		Lines: []Line{sampleLine("INV-1001", "final", 123_456, "EUR")}, Today: today,
		PayBy: invoice.NewDate(2026, time.June, 11), PlaceOn: invoice.NewDate(2026, time.June, 12),
		Route: routeLawyer, TimeLeft: 6 * time.Hour, Reason: "paid", Seal: "0f1e2d3c",
		PaidOn: invoice.NewDate(2026, time.May, 26), MessageOn: invoice.NewDate(2026, time.May, 28),
		Instalments: samplePlan(), Instalment: 2,
	}
}

func sampleLine(number, step string, minor int64, c invoice.Currency) Line {
	return Line{
		Number: number, Step: step, Ref: number + "/D", Total: invoice.NewMoney(minor+100, c), Balance: invoice.NewMoney(minor, c),
		IssuedOn: invoice.NewDate(2026, time.April, 14), DueOn: invoice.NewDate(2026, time.May, 14), DaysOverdue: 14,
		Reference: "PO-77", PayURL: "https://pay.northwind.example/" + number,
	}
}

func sampleOrder(number string) Line {
	line := sampleLine(number, "order-reminder", 24_900, "EUR")
	line.DueOn, line.DaysOverdue, line.Goods = invoice.Date{}, 0, "2 garden chairs, oak"
	line.ExpiresAt = time.Date(2026, time.May, 28, 18, 0, 0, 0, time.UTC)
	return line
}

// bare takes away everything that may be missing.
func bare(l Letter) Letter {
	l.Creditor.Address, l.Creditor.Role, l.Creditor.Phone, l.Creditor.BankAccounts = "", "", "", nil
	l.Debtor.Type, l.Debtor.Country, l.PayBy, l.TimeLeft, l.Reason, l.Seal, l.Today = "", "", invoice.Date{}, 0, "", "", time.Time{}
	l.Debtor.Contacts = []invoice.Contact{{Channel: invoice.Email, Address: "anna@beta.example"}, {Channel: invoice.SMS, Address: "+491701234567"}}
	lines := make([]Line, len(l.Lines))
	for i, line := range l.Lines {
		line.Total, line.Reference, line.Goods, line.PayURL, line.IssuedOn, line.Step = invoice.Money{}, "", "", "", invoice.Date{}, ""
		lines[i] = line
	}
	l.Lines = lines
	return l
}
