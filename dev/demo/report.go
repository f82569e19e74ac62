package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"dunlin/dev/audit"
	"dunlin/dev/sandbox"
)

// progress prints one line per lab week.
type progress struct {
	out   io.Writer
	p     *player
	begun time.Time
	week  int
	seen  int64 // of the sandbox's log
	email int
	sms   int
}

func newProgress(out io.Writer, p *player, begun time.Time) *progress {
	return &progress{out: out, p: p, begun: begun}
}

func (g *progress) head() {
	fmt.Fprintf(g.out, "\n  %-8s %-8s %7s %5s %6s %9s  %s\n", "day", "wall", "e-mails", "SMS", "calls", "payments", "worth telling")
}

// step is told the lab's time after each step of the conductor.
func (g *progress) step(now time.Time, _ int) {
	week := int(now.Sub(g.p.start) / (7 * 24 * time.Hour))
	if week <= g.week && now.Before(g.p.start.AddDate(0, 0, Days)) {
		return
	}
	if week == g.week && g.seen < 0 {
		return
	}
	g.week = week
	for _, e := range g.p.lab.Sandbox.LogAfter(g.seen) {
		switch {
		case e.Accepted && e.Kind == sandbox.KindEmail:
			g.email++
		case e.Accepted && e.Kind == sandbox.KindSMS:
			g.sms++
		}
		g.seen = e.Seq
	}
	g.p.mu.Lock()
	notes, payments := g.p.notes, g.p.payments
	g.p.notes = nil
	g.p.mu.Unlock()
	calls := 0
	for k, n := range g.p.finished {
		if k != "cli" {
			calls += n
		}
	}
	day := int(now.Sub(g.p.start) / (24 * time.Hour))
	fmt.Fprintf(g.out, "  %-8d %-8s %7d %5d %6d %9d  %s\n", day, time.Since(g.begun).Round(100*time.Millisecond), g.email, g.sms, calls, payments, wrap(notes))
}

// wrap joins what is worth telling in lines that begin under the column's head.
func wrap(notes []string) string {
	const width = 96
	var b strings.Builder
	column := 0
	for i, n := range notes {
		if i < len(notes)-1 {
			n += ";"
		}
		switch {
		case column > 0 && column+1+len(n) > width:
			b.WriteString("\n" + strings.Repeat(" ", 53))
			column = 0
		case column > 0:
			b.WriteString(" ")
			column++
		}
		b.WriteString(n)
		column += len(n)
	}
	return b.String()
}

// example is the invoice whose life is told in words: paid, returned by the bank, and on to the lawyer.
const example = "nordlicht/NL-1008"

// print shows the outcomes, one life, the invariants and where to look next.
func (p *player) print(ctx context.Context, o Options, b *audit.Books, r audit.Report, bank BankReport, begun time.Time) error {
	w := o.Out
	fmt.Fprintf(w, "\nWhat became of %d invoices and orders\n", r.Invoices)
	outcomeTable(w, b, r)
	timeline, err := p.lab.CLI(ctx, "case", example)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nOne of them in words (dunlin case %s)\n%s\n", example, indent(string(timeline)))
	bank.print(w)
	fmt.Fprintln(w, "\nWhat was done to it on purpose")
	f := r.Faults
	fmt.Fprintf(w, "  %d answers of providers lost, %d worker killed by SIGKILL in the middle of a send, %d hours without a worker,\n  %d webhooks delivered twice, %d payments booked while a message was on its way (%d crossed)\n",
		f.LostAnswers, f.Kills, f.LateWorkerHours, f.DuplicateWebhooks, f.PaymentsInFlight, r.Crossed)
	fmt.Fprintf(w, "\nWhat the audit says, from the sandbox's log (%d e-mails, %d SMS), SQL and %d workflows described\n", r.Messages.Email, r.Messages.SMS, r.Checked)
	for _, i := range audit.Invariants {
		mark, n := "ok", 0
		for _, x := range r.Findings {
			if x.Invariant == i.ID {
				n++
			}
		}
		if n > 0 {
			mark = fmt.Sprintf("%d WRONG", n)
		}
		fmt.Fprintf(w, "  %-4s %-66s %s\n", i.ID, i.Says, mark)
	}
	mark := "ok"
	if n := len(bank.findings); n > 0 {
		mark = fmt.Sprintf("%d WRONG", n)
	}
	fmt.Fprintf(w, "  %-4s %-66s %s\n", "bank", "every bank line is booked once, and went where its payer meant it", mark)
	for _, x := range append(slices.Clone(r.Findings), bank.findings...) {
		fmt.Fprintln(w, "    "+x.String())
	}
	fmt.Fprintf(w, "\nDone in %s. Nothing was kept. Where to look next:\n", time.Since(begun).Round(time.Second))
	fmt.Fprintln(w, "  make dev                       the same parts, kept up: Temporal UI, mailbox, API; bin/dunlin-lab travel 7d moves its time")
	fmt.Fprintln(w, "  bin/dunlin policy preview      what would be sent for an invoice, when, in which words")
	fmt.Fprintln(w, "  docs/lifecycle.md              an invoice's life; docs/policies.md the rules; docs/operations.md running it for real")
	return nil
}

// outcomeTable lists each outcome with its count and amounts.
func outcomeTable(w io.Writer, b *audit.Books, r audit.Report) {
	open := r.Invoices
	for _, o := range []struct {
		n    int
		says string
	}{
		{r.Outcomes.Paid, "paid"},
		{r.Outcomes.WrittenOff, "written off"},
		{r.Outcomes.Lawyer, "with the lawyer"},
		{r.Outcomes.Agency, "with the agency"},
		{r.Outcomes.Expired, "expired, stock released"},
		{r.Outcomes.Cancelled, "cancelled"},
	} {
		fmt.Fprintf(w, "  %4d  %s\n", o.n, o.says)
		open -= o.n
	}
	if open > 0 {
		fmt.Fprintf(w, "  %4d  still open\n", open)
		for _, i := range b.Invoices {
			if i.Status == "open" {
				fmt.Fprintf(w, "        %s\n", i.Key())
			}
		}
	}
	fmt.Fprintf(w, "  %4d  calls made along the way; %d messages nobody could confirm\n", r.PhoneTasks, r.Unconfirmed)
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// writeJSON writes the report for a program.
func writeJSON(path string, r audit.Report, bank BankReport) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(struct {
		audit.Report
		Bank BankReport `json:"bank"`
	}{r, bank}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
