package rehearse

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// costs writes a cost, and nothing where no price was given.
func (r *Report) costs(format string, a Amount) string {
	if r.Cost == 0 {
		return ""
	}
	return fmt.Sprintf(format, a)
}

// Text writes the report for people, on about one page.
func (r *Report) Text(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("\n%s v%d, rehearsed with %d cases of %d debtors from %s", r.Policy.Name, r.Policy.Version, r.Cases, r.Debtors, r.Source)
	p("  %s to %s (%d days), debtors: %s, seed %d; %d cases joined it from another version", day(r.From), day(r.To), r.Days, r.behaves(), r.Seed, r.Joined)
	for _, n := range r.Notes {
		p("  note: %s", n)
	}
	if r.Refused > 0 {
		p("  %d rows were refused:", r.Refused)
		for _, x := range r.Refusals {
			p("    %s", x)
		}
	}
	p("\nWhat goes out")
	for _, c := range r.Channels {
		p("  %-10s %6d%s%s", channelWords[c.Name], c.Count, segments(c), r.costs("  cost %10s", c.Cost))
	}
	p("  %-10s %s  busiest day: %s", "together", r.costs("%31s", r.Cost), r.busiest())
	if r.Cost == 0 {
		p("  costs are shown with --email-cost, --sms-cost and --call-cost")
	}
	r.weeks(w)
	p("\nThe ladder                          sent  told with another  calls  skipped  other")
	for _, s := range r.Steps {
		title := s.Title
		if s.Policy != r.Policy.Name {
			title += " (" + s.Policy + ")"
		}
		p("  %-32s %5d  %17d  %5d  %7d  %5d", title, s.Sent, s.Covered, s.Calls, s.Skipped, s.Other)
	}
	r.list(w, "Moved from its day", r.Moved, 6)
	r.list(w, "Skipped", r.Skipped, 6)
	r.list(w, "Held at the end", r.Held, 5)
	p("\nThe calendar: %d acts moved away from weekends and holidays; reminders on a weekend: %d; service messages on one: %d", r.Weekend.Shifted, r.Weekend.OnDay, r.Weekend.Service)
	p("Caps hit: %d", r.Caps)
	p("\nWho gets what: %d of %d debtors are contacted, %.1f times on average, at most %d; at most %d on one day and %d within seven",
		r.People.Contacted, r.Debtors, r.People.Mean, r.People.Most, r.People.MostDay, r.People.MostWeek)
	for _, d := range r.Debtor[:min(5, len(r.Debtor))] {
		if d.Contacts() > 0 {
			p("  %-28s %2d invoices  %3d e-mails %3d SMS %2d calls  %s to %s", d.Creditor+"/"+d.ID, d.Invoices, d.Email, d.SMS, d.Calls, day(d.First), day(d.Last))
		}
	}
	p("\nWhat becomes of it: %s", r.outcomes())
	p("  decisions: %s; placements: %s", counted(r.Decided), counted(r.Placed))
	p("\nThe audit, from %d messages in the sandbox and %d workflows: double sends %d, missed steps %d, sent after settlement %d, cases that do not fit %d",
		r.Audit.Messages, r.Audit.Workflows, r.Audit.DoubleSends, r.Audit.MissedSteps, r.Audit.SendsAfterSettlement, r.Audit.OpenWithoutCase)
	for _, f := range r.Audit.Findings[:min(10, len(r.Audit.Findings))] {
		p("  WRONG %s", f)
	}
	p("\nRehearsed in %s (%s of it travelling, %d waves, %d acts; processor: lab %.0f s, worker %.0f s)",
		took(r.Engine.Wall), took(r.Engine.Travel), r.Engine.Waves, r.Engine.Acts, r.Engine.CPULab, r.Engine.CPUWork)
}

var channelWords = map[string]string{"email": "e-mails", "sms": "SMS", "call": "calls"}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2 Jan 2006")
}

func took(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

func (r *Report) behaves() string {
	if r.Behave == BehaveTypical {
		return fmt.Sprintf("typical (%d payments)", r.Payments)
	}
	return "nobody pays or answers"
}

func segments(c Channel) string {
	if c.Name != "sms" {
		return strings.Repeat(" ", 15)
	}
	return fmt.Sprintf(" (%5d parts) ", c.Units)
}

// busiest names the day with most contacts.
func (r *Report) busiest() string {
	var best Day
	for _, d := range r.ByDay {
		if d.all() > best.all() {
			best = d
		}
	}
	if best.Date == "" {
		return "none"
	}
	return fmt.Sprintf("%s with %d e-mails, %d SMS, %d calls", best.Date, best.Email, best.SMS, best.Calls)
}

func (d Day) all() int { return d.Email + d.SMS + d.Calls }

// weeks draws a bar for each week.
func (r *Report) weeks(w io.Writer) {
	var weeks []Day
	most := 1
	for i, d := range r.ByDay {
		if i%7 == 0 {
			weeks = append(weeks, Day{Date: d.Date})
		}
		sum := &weeks[len(weeks)-1]
		sum.Email, sum.SMS, sum.Calls = sum.Email+d.Email, sum.SMS+d.SMS, sum.Calls+d.Calls
		most = max(most, sum.all())
	}
	fmt.Fprintf(w, "\n  week from    contacts (e = e-mails, s = SMS, c = calls)\n")
	for _, d := range weeks {
		bar := func(n int, letter string) string { return strings.Repeat(letter, (n*50+most/2)/most) }
		fmt.Fprintf(w, "  %s %6d  %s%s%s\n", d.Date, d.all(), bar(d.Email, "e"), bar(d.SMS, "s"), bar(d.Calls, "c"))
	}
}

func (r *Report) list(w io.Writer, head string, counts []Count, most int) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", head)
	rest := 0
	for i, c := range counts {
		if i >= most {
			rest += c.N
			continue
		}
		fmt.Fprintf(w, "  %6d  %s\n", c.N, c.What)
	}
	if rest > 0 {
		fmt.Fprintf(w, "  %6d  for other reasons\n", rest)
	}
}

func counted(all []Count) string {
	if len(all) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(all))
	for _, c := range all {
		parts = append(parts, fmt.Sprintf("%d %s", c.N, c.What))
	}
	return strings.Join(parts, ", ")
}

func (r *Report) outcomes() string {
	o := r.Results
	var all []Count
	for _, c := range []Count{
		{What: "paid", N: o.Paid},
		{What: "written off", N: o.WrittenOff},
		{What: "with the lawyer", N: o.Lawyer},
		{What: "with the agency", N: o.Agency},
		{What: "expired", N: o.Expired},
		{What: "cancelled", N: o.Cancelled},
		{What: "still open", N: o.Open},
	} {
		if c.N > 0 {
			all = append(all, c)
		}
	}
	return counted(all)
}
