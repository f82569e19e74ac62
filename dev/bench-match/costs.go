package main

import (
	"context"
	"fmt"

	"dunlin/dev/bankgen"
)

// cost is what a line costs at some number of open invoices, in seconds.
type cost struct {
	open, lines int
	wall, cpu   float64
}

// costLines is how many payments each size is measured with, where it has room for them: fewer would measure how
// PostgreSQL begins. All come in files of the same format.
const costLines = 4_000

// rounds is how often each size is measured; the best round counts, because others use the machine, too.
const rounds = 3

// costs measures what a line costs with few and with many open invoices, at medium noise.
func costs(ctx context.Context, db *database, s settings, out *report) error {
	if s.format == "" {
		s.format = bankgen.Camt08
	}
	for _, open := range s.sizes {
		o := s.options(bankgen.Medium)
		o.Open, o.Lines = open, min(costLines, bankgen.MostLines(open))
		on, err := db.file(ctx, o)
		if err != nil {
			return fmt.Errorf("%d open invoices: %w", open, err)
		}
		var best cost
		for round := range rounds {
			m, err := db.measure(ctx, on, o, "")
			if err != nil {
				return fmt.Errorf("%d open invoices: %w", open, err)
			}
			c := cost{open, m.took.Lines, m.took.Book.Seconds() / float64(m.took.Lines), m.cpu / float64(m.took.Lines)}
			if round == 0 || c.wall < best.wall {
				best = c
			}
		}
		db.drop(ctx, on)
		out.costs = append(out.costs, best)
	}
	if len(out.costs) == 0 {
		return nil
	}
	first := out.costs[0]
	table(func(row func(...any)) {
		row("open invoices", "lines", "µs per line", "against the first", "CPU µs per line", "against the first", "lines/s", "lines per CPU second")
		for _, c := range out.costs {
			row(c.open, c.lines, fmt.Sprintf("%.0f", c.wall*1e6), fmt.Sprintf("%.2f×", c.wall/first.wall), fmt.Sprintf("%.0f", c.cpu*1e6), fmt.Sprintf("%.2f×", c.cpu/max(first.cpu, 1e-9)), rate(1, c.wall), rate(1, c.cpu))
		}
	})
	return nil
}
