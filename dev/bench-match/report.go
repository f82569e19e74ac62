package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"dunlin/dev/bankgen"
)

// report is all that was measured.
type report struct {
	settings
	levels []*measured
	costs  []cost
}

func (r *report) level(m *measured) { r.levels = append(r.levels, m) }

func percent(part, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(of))
}

// table prints rows in columns.
func table(rows func(row func(cells ...any))) {
	t := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	rows(func(cells ...any) {
		text := make([]string, len(cells))
		for i, c := range cells {
			text[i] = fmt.Sprint(c)
		}
		fmt.Fprintln(t, strings.Join(text, "\t"))
	})
	_ = t.Flush() // stdout
	fmt.Println()
}

// print prints what the levels came to: figures, classes, rungs, mistakes.
func (r *report) print() {
	table(func(row func(...any)) {
		row("noise", "for open ones", "auto-applied", "precision", "recall", "wrong", "no open one, applied", "deduction left open", "lines", "lines/s", "lines per CPU second", "parse lines/s")
		for _, m := range r.levels {
			s := m.score
			applied, bad := s.all.right+s.all.wrong+s.strays, s.all.wrong+s.strays
			row(m.world.Noise, s.all.n, percent(s.all.right+s.all.wrong, s.all.n), percent(applied-bad, applied), percent(s.all.right, s.all.n), s.all.wrong, s.strays, s.ungiven,
				m.took.Lines, rate(m.took.Lines, m.took.Book.Seconds()), rate(m.took.Lines, m.cpu), rate(m.took.Lines, m.took.Parse.Seconds()))
		}
	})
	r.classes()
	r.heldBack()
	r.leftovers()
	r.rungs()
	r.mistakes()
}

// leftovers shows some of what was left to a person.
func (r *report) leftovers() {
	shown := map[string]int{}
	for _, m := range r.levels {
		for _, x := range m.score.left {
			key := fmt.Sprint(m.world.Noise, x.payment.Class, x.reason)
			if shown[key]++; shown[key] <= r.held {
				p := x.payment
				fmt.Printf("LEFT %s, %s, %s: %s from %q (%s, customer %s), text %q\n  truth %v, rung %s, %s\n",
					m.world.Noise, p.Class, x.reason, p.Amount, p.Name, knownAs(p.Truth.Known), p.Truth.Payer, p.Text, p.Truth.Applied, x.rung, x.why)
			}
		}
	}
}

// heldBack prints what the payments have in common that were left to a person, as shares of the level.
func (r *report) heldBack() {
	for _, m := range r.levels {
		table(func(row func(...any)) {
			head := []any{fmt.Sprintf("left to a person, %s", m.world.Noise)}
			for _, why := range reasons() {
				head = append(head, why)
			}
			row(head...)
			for _, class := range bankgen.Paying() {
				cells := []any{class}
				for _, why := range reasons() {
					cells = append(cells, percent(m.score.heldBack[class][why], m.score.all.n))
				}
				if m.score.heldBack[class] != nil {
					row(cells...)
				}
			}
		})
	}
}

func rate(n int, seconds float64) string {
	if seconds <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(n)/seconds)
}

// classes prints the share that was applied of each class.
func (r *report) classes() {
	table(func(row func(...any)) {
		head := []any{"auto-applied of"}
		for _, m := range r.levels {
			head = append(head, m.world.Noise)
		}
		row(head...)
		for _, class := range bankgen.Paying() {
			cells := []any{class}
			for _, m := range r.levels {
				t := m.score.byClass[class]
				if t == nil {
					cells = append(cells, "")
					continue
				}
				cell := fmt.Sprintf("%s of %d", percent(t.right+t.wrong, t.n), t.n)
				if t.wrong > 0 {
					cell += fmt.Sprintf(", %d wrong", t.wrong)
				}
				cells = append(cells, cell)
			}
			row(cells...)
		}
	})
}

// rungs prints what each rung applied, over all levels.
func (r *report) rungs() {
	all := map[string]*tally{}
	for _, m := range r.levels {
		for rung, t := range m.score.byRung {
			if all[rung] == nil {
				all[rung] = &tally{}
			}
			all[rung].n, all[rung].right, all[rung].wrong = all[rung].n+t.n, all[rung].right+t.right, all[rung].wrong+t.wrong
		}
	}
	table(func(row func(...any)) {
		row("rung", "applied", "right", "wrong")
		for _, rung := range slices.Sorted(maps.Keys(all)) {
			row(rung, all[rung].n, all[rung].right, all[rung].wrong)
		}
	})
}

// mistakes shows some of what went wrong on each rung.
func (r *report) mistakes() {
	shown := map[string]int{}
	for _, m := range r.levels {
		for _, x := range m.score.mistakes {
			if shown[x.rung]++; shown[x.rung] <= r.show {
				fmt.Println(x.explain(m.world))
			}
		}
	}
}

// explain says what stands in a statement, what it is for, and what was made of it.
func (x mistake) explain(w *bankgen.World) string {
	p := x.payment
	got := make([]string, 0, len(x.got))
	for number, g := range x.got {
		got = append(got, fmt.Sprintf("%s %d", number, g.amount))
	}
	slices.Sort(got)
	return fmt.Sprintf("WRONG on rung %s, %s, %s: payment %d of %s from %q (%s, customer %s), text %q, end-to-end %q\n  truth %v, rest %d\n  got   %s\n",
		x.rung, w.Noise, p.Class, p.ID, p.Amount, p.Name, knownAs(p.Truth.Known), p.Truth.Payer, p.Text, p.EndToEnd, p.Truth.Applied, p.Truth.Rest, strings.Join(got, ", "))
}

func knownAs(k bankgen.Known) string {
	if k == bankgen.Unknown {
		return "unknown account"
	}
	return "account known: " + string(k)
}

// verdict is an error when something must not have been applied.
func (r *report) verdict() error {
	onStrict, strays, missing := 0, 0, 0
	for _, m := range r.levels {
		strays += m.score.strays
		missing += m.score.missing
		for _, x := range m.score.mistakes {
			if strict(x.rung) {
				onStrict++
			}
		}
	}
	switch {
	case missing > 0:
		return fmt.Errorf("%d payments of the statements are not in the books", missing)
	case onStrict > 0:
		return fmt.Errorf("%d payments were applied wrongly on the rungs 1 to 4", onStrict)
	case strays > 0:
		return fmt.Errorf("%d payments with no open invoice were applied to one", strays)
	}
	return nil
}

// save appends the figures as JSON lines.
func (r *report) save() error {
	if r.json == "" {
		return nil
	}
	f, err := os.OpenFile(r.json, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, m := range r.levels {
		s := m.score
		line := map[string]any{
			"seed": r.seed, "noise": m.world.Noise, "open": len(m.world.Open), "lines": m.took.Lines, "paying": s.all.n, "right": s.all.right, "wrong": s.all.wrong, "strays": s.strays,
			"book_seconds": m.took.Book.Seconds(), "parse_seconds": m.took.Parse.Seconds(), "cpu_seconds": m.cpu,
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	for _, c := range r.costs {
		if err := enc.Encode(map[string]any{"seed": r.seed, "open": c.open, "lines": c.lines, "us_per_line": c.wall * 1e6, "cpu_us_per_line": c.cpu * 1e6}); err != nil {
			return err
		}
	}
	return nil
}
