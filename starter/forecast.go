package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const forecastHelp = `Show what the running cases will bring: how many messages, calls, placements and expiries on each day, at
what cost, and to whom the messages of tomorrow go. The real planner walks all open invoices of a debtor
together, so caps, minimum gaps and merged messages are in it. Nobody pays in a forecast: it is the most
that can come from the invoices on file today.

Days and times are the debtor's own. A text message costs by its segments, counted in the text as it would
be written. Nothing is stored or sent.`

func (a *app) policyForecast() *cobra.Command {
	var q collection.ForecastQuery
	var email, sms, call string
	cmd := &cobra.Command{
		Use:     "forecast",
		Short:   "Show what the running cases will bring, day by day, and whom tomorrow's messages go to",
		Long:    forecastHelp,
		Example: "  dunlin policy forecast --days 30\n  dunlin policy forecast --days 90 --creditor acme --email-cost \"0.001 EUR\" --sms-cost \"0.09 EUR\" --call-cost \"4.00 EUR\"",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().IntVar(&q.Days, "days", 30, "how many days to look ahead, 1 to 366")
	cmd.Flags().StringVar(&q.Creditor, "creditor", "", "only this creditor's cases")
	cmd.Flags().StringVar(&q.Policy, "policy", "", "only cases under the policy with this name")
	cmd.Flags().StringVar(&email, "email-cost", "", "price of an e-mail, e.g. \"0.001 EUR\"")
	cmd.Flags().StringVar(&sms, "sms-cost", "", "price of a segment of a text message")
	cmd.Flags().StringVar(&call, "call-cost", "", "price of a call")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		for _, p := range []struct {
			field, text string
			into        *collection.Price
		}{{"email-cost", email, &q.Email}, {"sms-cost", sms, &q.SMS}, {"call-cost", call, &q.Call}} {
			var err error
			if *p.into, err = collection.ParsePrice(p.field, p.text); err != nil {
				return err
			}
		}
		if q.Policy != "" {
			if _, err := b.Policy(ctx, q.Policy); err != nil {
				return err
			}
		}
		f, err := b.Forecast(ctx, q)
		if err != nil {
			return err
		}
		if a.json {
			return a.show(f)
		}
		a.forecast(f)
		if q.Email.Micro+q.SMS.Micro+q.Call.Micro == 0 {
			a.say("Costs are shown with --email-cost, --sms-cost and --call-cost.")
		}
		return nil
	})
	return cmd
}

func (a *app) forecast(f collection.Forecast) {
	a.say("%s of %s, from %s to %s:", many(int64(f.Cases), "open invoice"), many(int64(f.Debtors), "debtor"), f.AsOf.Format("Mon 2006-01-02 15:04 MST"), f.Until.Format("Mon 2006-01-02"))
	a.say("")
	if len(f.Days) == 0 {
		a.say("Nothing comes.")
	} else {
		a.forecastDays(f)
	}
	a.tomorrow(f)
	if len(f.Waiting) > 0 {
		a.say("")
		a.say("What waits, and brings nothing until somebody acts:")
		t := newTable("GATE", ">INVOICES")
		for _, g := range f.Waiting {
			t.add(plain(g.Gate), count(int64(g.Cases)))
		}
		t.print(a.out, "  ")
	}
	a.say("")
	a.say("Supposed: %s.", strings.Join(f.Supposes, "; "))
}

func (a *app) forecastDays(f collection.Forecast) {
	headings := []string{"DAY", ">E-MAILS", ">SMS", ">SEGMENTS", ">INVOICES TOLD", ">CALLS", ">DECISIONS", ">PLACEMENTS", ">EXPIRIES"}
	priced := f.Cost.String() != ""
	if priced {
		headings = append(headings, ">COST")
	}
	t := newTable(headings...)
	sum := collection.ForecastDay{Date: "in all"}
	row := func(d collection.ForecastDay) {
		cells := []string{weekday(d.Date)}
		for _, n := range []int{d.Emails, d.SMS, d.Segments, d.Invoices, d.Calls, d.Decisions, d.Placements, d.Expiries} {
			cells = append(cells, dash(n))
		}
		if priced {
			cells = append(cells, d.Cost.String())
		}
		t.add(cells...)
	}
	for _, d := range f.Days {
		row(d)
		sum.Emails, sum.SMS, sum.Segments, sum.Invoices = sum.Emails+d.Emails, sum.SMS+d.SMS, sum.Segments+d.Segments, sum.Invoices+d.Invoices
		sum.Calls, sum.Decisions, sum.Placements, sum.Expiries = sum.Calls+d.Calls, sum.Decisions+d.Decisions, sum.Placements+d.Placements, sum.Expiries+d.Expiries
	}
	sum.Cost = f.Cost
	row(sum)
	t.print(a.out, "  ")
}

// weekday puts the day of the week before a date.
func weekday(date string) string {
	d, err := invoice.ParseDate(date)
	if err != nil {
		return date
	}
	return d.Weekday().String()[:3] + " " + date
}

// dash leaves a zero away: a table full of zeros cannot be read.
func dash(n int) string {
	if n == 0 {
		return "-"
	}
	return count(int64(n))
}

// tomorrow lists whom tomorrow's acts concern.
func (a *app) tomorrow(f collection.Forecast) {
	headings := []string{"WHEN", "DEBTOR", "BY", "STEP", "INVOICES"}
	if f.Cost.String() != "" {
		headings = append(headings, "COST")
	}
	t := newTable(headings...)
	n := 0
	for _, act := range f.Acts {
		if act.In != 1 {
			continue
		}
		n++
		price := ""
		if act.Cost.Micro > 0 {
			price = act.Cost.String()
		}
		t.add(moment(act.At, act.Zone), act.Creditor+"/"+act.DebtorID+"  "+act.Debtor, by(act), act.Title, strings.Join(act.Invoices, ", "), price)
	}
	a.say("")
	if n == 0 {
		a.say("Tomorrow nobody is written to or called.")
		return
	}
	a.say("Tomorrow, by each debtor's own calendar (%s):", many(int64(n), "act"))
	t.print(a.out, "  ")
}

// by is how an act happens; a text message says of how many segments it is.
func by(act collection.ForecastAct) string {
	switch {
	case act.Act != dunning.SMS:
		return plain(act.Act)
	case act.Unknown != "":
		return "sms, cannot be written: " + act.Unknown
	}
	return "sms, " + many(int64(act.Segments), "segment")
}
