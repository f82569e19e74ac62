package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// watched is how long the starts behind a file are counted.
const watched = 60 * time.Second

// issue measures `dunlin issue FILE`: rows per second into a PostgreSQL that syncs, the most memory the
// command took, for the whole file and for a tenth of it, and how fast cases start behind it.
func issue(ctx context.Context, s settings, r *report) error {
	n := or(s.n, 100_000)
	w, err := newWorld(ctx, s, plan{fsync: true})
	defer w.close()
	if err != nil {
		return err
	}
	tenth := max(n/10, 1)
	_, small, err := w.issueFile(ctx, "tenth", 0, tenth)
	if err != nil {
		return err
	}
	took, most, err := w.issueFile(ctx, "whole", tenth, n)
	if err != nil {
		return err
	}
	perSecond := float64(n) / took.Seconds()
	r.add("dunlin issue FILE", rate, "rows/s", perSecond).of(n).metricBar(perSecond, 2000, "≥ 2,000 rows/s")
	r.add("dunlin issue FILE", timed, "s", took.Seconds()).of(n)
	r.add("most memory (RSS) of the command, a tenth of the rows", size, "MB", small).of(tenth)
	r.add("most memory (RSS) of the command", size, "MB", most).of(n).atMost(most, 2*small+50, "bounded: below twice that of a tenth")
	again, _, err := w.issueFile(ctx, "whole", tenth, n)
	if err != nil {
		return err
	}
	r.add("the same file again: nothing changes", rate, "rows/s", float64(n)/again.Seconds()).of(n)
	rows, err := w.number(ctx, `SELECT count(*) FROM invoices`)
	if err != nil {
		return err
	}
	r.check(rows == n+tenth, "%d invoices are on file, not %d", rows, n+tenth)
	if err := w.starts(ctx, r, n+tenth); err != nil {
		return err
	}
	return w.soundBooks(ctx, r)
}

// metricBar is atLeast for a chain.
func (m *metric) metricBar(v, bar float64, words string) *metric {
	m.atLeast(v, bar, words)
	return m
}

// starts counts how many cases start per second once a worker runs.
func (w *world) starts(ctx context.Context, r *report, all int) error {
	if err := w.startWorker(20); err != nil {
		return err
	}
	const started = `SELECT count(*) FROM cases WHERE started_at IS NOT NULL`
	if err := wait(ctx, time.Minute, "the first start", func() (bool, error) {
		n, err := w.number(ctx, started)
		return n > 0, err
	}); err != nil {
		return err
	}
	before, err := w.number(ctx, started)
	if err != nil {
		return err
	}
	begin := time.Now()
	done := before
	for time.Since(begin) < watched && done < all {
		time.Sleep(time.Second)
		if done, err = w.number(ctx, started); err != nil {
			return err
		}
	}
	r.add("cases start behind the file", rate, "cases/s", float64(done-before)/time.Since(begin).Seconds()).of(done - before)
	return nil
}

// issueFile runs the command on a file of n invoices numbered from a first one, written when missing.
func (w *world) issueFile(ctx context.Context, name string, first, n int) (took time.Duration, rss float64, err error) {
	path := filepath.Join(w.dir, name+".csv")
	if _, err := os.Stat(path); err != nil {
		if err := writeInvoices(path, first, n); err != nil {
			return 0, 0, err
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(w.bin, "dunlin"), "issue", path, "--creditor", creditorID, "--json")
	cmd.Env = append(w.environment(), "PATH="+os.Getenv("PATH"), "USER=bench")
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(begin)
	if err != nil {
		return took, 0, fmt.Errorf("dunlin issue: %w: %s", err, out[max(0, len(out)-1000):])
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, fmt.Errorf("this system does not say how much memory a program took")
	}
	return took, float64(usage.Maxrss) / 1024, nil
}

// writeInvoices writes a file as an ERP exports it: every row with its debtor, five invoices to a debtor.
func writeInvoices(path string, first, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewWriter(f)
	c := csv.NewWriter(buffered)
	today := time.Now().UTC()
	_ = c.Write([]string{"number", "debtor", "total", "currency", "issued_on", "due_on", "debtor_name", "debtor_type", "debtor_country", "debtor_zone", "contact_name", "email", "sms"})
	for i := first; i < first+n; i++ {
		d := debtor(i / 5)
		_ = c.Write([]string{
			fmt.Sprintf("INV-%07d", i), d.ID, fmt.Sprintf("%d.%02d", 50+i%4000, i%100), "EUR",
			today.Format(time.DateOnly), today.AddDate(0, 0, 14+i%16).Format(time.DateOnly), d.Name, string(d.Type), d.Country, d.Zone,
			d.Contacts[0].Name, d.Contacts[0].Address, d.Contacts[1].Address,
		})
	}
	c.Flush()
	if err := c.Error(); err != nil { // of any line
		return err
	}
	return buffered.Flush()
}
