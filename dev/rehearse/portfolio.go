package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/dev/conductor"
	"dunlin/dev/sample"
	"dunlin/invoice"
	"dunlin/starter/importfile"
)

// portfolio is a file of invoices that somebody could issue.
type portfolio struct {
	from      string
	rows      []importfile.Row
	creditors map[string]invoice.Creditor
}

// noCreditor is the creditor of rows that name none.
const noCreditor = "rehearsal"

func openPortfolio(file, creditors string) (source, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the portfolio cannot be read: %w", err)
	}
	defer f.Close()
	p := &portfolio{from: "a portfolio file"}
	if err := p.read(f, file); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if p.creditors, err = readCreditors(creditors); err != nil {
		return nil, err
	}
	return p, p.usable(file)
}

// openSample takes the sample portfolio, whose dates are relative.
func openSample(dir, creditors string) (source, error) {
	exports, err := sample.Exports(dir, time.Now())
	if err != nil {
		return nil, err
	}
	p := &portfolio{from: "the sample portfolio"}
	for _, e := range exports {
		if err := p.read(bytes.NewReader(e.CSV), e.Name()); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
	}
	if p.creditors, err = readCreditors(creditors); err != nil {
		return nil, err
	}
	return p, p.usable(sample.PortfolioFile)
}

func (p *portfolio) name() string { return p.from }

func (p *portfolio) close() {}

func (p *portfolio) read(src io.Reader, name string) error {
	rows, err := importfile.New(src, importfile.Options{Name: name, Creditor: noCreditor, Actor: "rehearsal"})
	if err != nil {
		return err
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p.rows = append(p.rows, row)
	}
}

// usable refuses a file with nothing in it that could be collected.
func (p *portfolio) usable(file string) error {
	if len(p.rows) == 0 {
		return fmt.Errorf("%s: no invoices", file)
	}
	for _, r := range p.rows {
		if r.Err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: no row can be issued; line %d: %w", file, p.rows[0].Line, p.rows[0].Err)
}

// readCreditors reads one creditor or a list of them.
func readCreditors(file string) (map[string]invoice.Creditor, error) {
	all := map[string]invoice.Creditor{}
	if file == "" {
		return all, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the creditors cannot be read: %w", err)
	}
	var list []invoice.Creditor
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		text = slices.Concat([]byte("["), trimmed, []byte("]"))
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: no creditor, and no list of creditors: %w", file, err)
	}
	for _, c := range list {
		if c.ID == "" {
			return nil, fmt.Errorf("%s: a creditor without an id", file)
		}
		all[c.ID] = c
	}
	return all, nil
}

// fill issues what has been issued by now; the rest follows on its day.
func (p *portfolio) fill(ctx context.Context, r *rehearsal) error {
	now := r.lab.Clock.Reading()
	byDay := map[string][]collection.Issue{}
	for i := range p.rows {
		row := &p.rows[i]
		if r.Limit > 0 && r.report.Cases == r.Limit {
			break
		}
		if row.Err != nil {
			r.report.refuse(row.Line, fmt.Errorf("%s: see what dunlin issue says about it", row.Err.Field)) // its words quote the row
			continue
		}
		if err := p.putCreditor(ctx, r, row.Issue.Invoice.Creditor); err != nil {
			return err
		}
		r.report.Cases++
		issue := p.veiled(r, row.Issue)
		day := ""
		if on := issue.Invoice.IssuedOn.At(0, 0, time.UTC); on.After(now) {
			day = on.Format(time.DateOnly)
		}
		byDay[day] = append(byDay[day], issue)
	}
	for day, rows := range byDay {
		if day == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return err
		}
		r.taken.events = append(r.taken.events, conductor.Event{
			At: at.Add(issueHour), Name: "invoices of " + day, Do: func(ctx context.Context) error { return r.issue(ctx, rows) },
		})
	}
	return r.issue(ctx, byDay[""])
}

// issueHour is when the invoices of a later day arrive, UTC.
const issueHour = 6 * time.Hour

func (p *portfolio) putCreditor(ctx context.Context, r *rehearsal, id string) error {
	if r.veil.creditors[id] > 0 {
		return nil
	}
	c, ok := p.creditors[id]
	if !ok {
		c = standIn(id)
		r.report.note("nothing is said about the creditor %s: a stand-in in Germany takes its place (--creditors FILE)", id)
	}
	if err := r.books.PutCreditor(ctx, r.veil.creditor(c), "rehearsal"); err != nil {
		return fmt.Errorf("the creditor %s: %w", id, err)
	}
	return nil
}

func (p *portfolio) veiled(r *rehearsal, i collection.Issue) collection.Issue {
	if i.Debtor != nil {
		d := *i.Debtor
		i.Debtor = &d
	}
	r.veil.issue(i.Invoice.DebtorID, i.Invoice.Number, i.Debtor, &i.Invoice)
	i.Invoice.Policy = ""
	if i.Invoice.Kind == r.policy.Kind {
		i.Invoice.Policy = r.policy.Name
	}
	return i
}

// issue hands invoices to the product's own intake.
func (r *rehearsal) issue(ctx context.Context, rows []collection.Issue) error {
	for chunk := range slices.Chunk(rows, 500) {
		results, err := r.books.IssueMany(ctx, chunk, false)
		if err != nil {
			return err
		}
		for i, x := range results {
			if x.Err != nil {
				r.report.Cases--
				r.report.refuse(0, fmt.Errorf("%s: %s", chunk[i].Invoice.Key, strings.TrimSpace(x.Err.Error())))
			}
		}
	}
	return nil
}
