package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"dunlin/invoice"
)

// print shows what the statements brought, as a bookkeeper wants to see it.
func (r *BankReport) print(w io.Writer) {
	fmt.Fprintln(w, "What the bank statements brought (dunlin bank files, statements, explain)")
	row := func(n int, format string, args ...any) {
		fmt.Fprintf(w, "  %4d  "+format+"\n", append([]any{n}, args...)...)
	}
	var formats []string
	for _, f := range slices.Sorted(maps.Keys(r.formats)) {
		formats = append(formats, fmt.Sprintf("%d %s", r.formats[f], f))
	}
	row(r.Files, "files taken in (%s); %d handed over twice and not read again; %d refused, as it does not add up", strings.Join(formats, ", "), r.FilesTwice, r.Refused)
	row(r.Lines, "lines booked, each once; %d were told again by other files", r.Repeats)
	row(r.Payments, "payments of debtors: %d applied by themselves, %d by a person from the queue (%d as suggested)", r.ByRule, r.ByPerson, r.Suggested)
	for _, rung := range slices.SortedFunc(maps.Keys(r.rungs), byRung) {
		_, name, _ := strings.Cut(rung, " ")
		fmt.Fprintf(w, "        %4d  by %s\n", r.rungs[rung], name)
	}
	row(r.NotOurs, "credits that belong to no invoice, as a person said")
	row(r.MoneyOut, "lines of money that went out; %d of them took a payment back or sent one back", r.Returned)
	row(r.Discounts, "%s for early payment granted", some(r.Discounts, "discount"))
	if r.Undone > 0 {
		row(r.Undone, "%s taken back by a person and made anew", some(r.Undone, "decision"))
	}
	row(r.CrossedPost, "%s that crossed a payment in the post", some(r.CrossedPost, "message"))
	row(r.Gated, "%s seen waiting while no statements came", some(r.Gated, "formal step"))
	fmt.Fprintln(w)
	fmt.Fprintf(w, "  %-10s %-24s %5s %16s %16s %16s %16s %16s\n", "creditor", "account", "lines", "opening", "in", "out", "closing, bank", "closing, books")
	for _, a := range r.accounts {
		amount := func(minor int64) string { return grouped(minor, a.currency) }
		fmt.Fprintf(w, "  %-10s %-24s %5d %16s %16s %16s %16s %16s %s\n", a.creditor, a.number, a.lines, amount(a.opening), amount(a.in), amount(a.out), amount(a.closing), amount(a.own), a.currency)
	}
}

// some puts a word into the plural where there are several.
func some(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// byRung sorts rungs by their numbers: "10 …" behind "9 …".
func byRung(a, b string) int {
	if d := len(strings.SplitN(a, " ", 2)[0]) - len(strings.SplitN(b, " ", 2)[0]); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// grouped writes an amount with commas, without its currency.
func grouped(minor int64, c invoice.Currency) string {
	text, _, _ := strings.Cut(invoice.NewMoney(minor, c).String(), " ")
	return text
}
