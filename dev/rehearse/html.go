package rehearse

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed report.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"day": day, "took": took, "counted": counted, "channel": func(name string) string { return channelWords[name] },
	"first": func(n int, all []Count) []Count { return all[:min(n, len(all))] },
}).Parse(page))

// HTML writes the report as one page that needs nothing else: its plots are pictures in it.
func (r *Report) HTML(w io.Writer) error {
	return pageTemplate.Execute(w, struct {
		*Report
		Daily, Ladder, Spread template.HTML
		Title, Behaves        string
		Outcome, Busiest      string
		Rows                  []DebtorRow
	}{r, r.daily(), r.ladderPlot(), r.spreadPlot(), r.Policy.Name, r.behaves(), r.outcomes(), r.busiest(), r.Debtor[:min(20, len(r.Debtor))]})
}

var channelParts = []part{{"a", "e-mails"}, {"b", "SMS"}, {"c", "calls"}}

// daily shows the contacts of each day; the first of each month has its name below.
func (r *Report) daily() template.HTML {
	var columns []column
	for i, d := range r.ByDay {
		x := column{hint: fmt.Sprintf("%s: %d e-mails, %d SMS, %d calls", d.Date, d.Email, d.SMS, d.Calls), values: []int{d.Email, d.SMS, d.Calls}}
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil && (t.Day() == 1 || i == 0 && t.Day() < 20) {
			x.label = t.Format("Jan")
		}
		columns = append(columns, x)
	}
	return stacked("Contacts per day", channelParts, columns, 190)
}

var endParts = []part{{"a", "sent"}, {"d", "told with another invoice"}, {"c", "calls"}, {"e", "skipped"}, {"f", "refused or unconfirmed"}}

func (r *Report) ladderPlot() template.HTML {
	var all []column
	for _, s := range r.Steps {
		label := s.Title
		if s.Policy != r.Policy.Name {
			label += " (" + s.Policy + ")"
		}
		hint := fmt.Sprintf("%s: %d sent, %d told with another, %d calls, %d skipped, %d other", label, s.Sent, s.Covered, s.Calls, s.Skipped, s.Other)
		all = append(all, column{label: label, hint: hint, values: []int{s.Sent, s.Covered, s.Calls, s.Skipped, s.Other}})
	}
	return rows("Ends of each step's acts", endParts, all)
}

// mostBins is how many columns the spread has: the last one holds all that is above.
const mostBins = 21

func (r *Report) spreadPlot() template.HTML {
	bins := make([]int, min(mostBins, len(r.People.Spread)))
	for n, debtors := range r.People.Spread {
		bins[min(n, len(bins)-1)] += debtors
	}
	var columns []column
	for n, debtors := range bins {
		x := column{hint: fmt.Sprintf("%d debtors with %d contacts", debtors, n), values: []int{debtors}}
		if n%5 == 0 || len(bins) < 10 {
			x.label = fmt.Sprint(n)
		}
		columns = append(columns, x)
	}
	return stacked("Debtors by their number of contacts", []part{{"a", "debtors"}}, columns, 150)
}

// legend lists the colours of a plot.
func legend(parts []part) template.HTML {
	out := `<p class="legend">`
	for _, p := range parts {
		out += `<span><i class="` + p.class + `"></i>` + template.HTMLEscapeString(p.name) + `</span> `
	}
	return template.HTML(out + `</p>`) //nolint:gosec // every text in it was escaped
}

// ChannelLegend explains the colours of channels.
func (r *Report) ChannelLegend() template.HTML { return legend(channelParts) }

// EndLegend explains the plot of the ladder.
func (r *Report) EndLegend() template.HTML { return legend(endParts) }
