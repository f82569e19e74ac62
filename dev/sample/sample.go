// Package sample turns the example portfolio, whose dates are relative, into the files that an ERP would
// export on each day of a lab: real dates, read by the real importer.
package sample

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The files of the example folder.
const (
	PortfolioFile = "portfolio.csv"
	CreditorsFile = "creditors.json"
	SegmentsFile  = "segments.yaml"
)

// Export is the file of one day.
type Export struct {
	Day  int       // days after the lab's start
	At   time.Time // when it is handed over
	Rows int
	CSV  []byte
}

// Name is what the file is called, e.g. "export-day-030.csv".
func (e Export) Name() string { return fmt.Sprintf("export-day-%03d.csv", e.Day) }

// Exports reads the portfolio in dir and returns its exports, the first for the start itself. Rows that
// were issued before the start belong to the first.
func Exports(dir string, start time.Time) ([]Export, error) {
	name := filepath.Join(dir, PortfolioFile)
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the sample portfolio: %w", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(records) < 2 {
		return nil, fmt.Errorf("%s: no rows", name)
	}
	p, err := newPortfolio(records[0], start)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, r := range records[1:] {
		if err := p.add(r); err != nil {
			return nil, fmt.Errorf("%s, row %d: %w", name, i+2, err)
		}
	}
	return p.exports()
}

// portfolio gathers absolute rows by the day of their export.
type portfolio struct {
	start                  time.Time
	head                   []string
	issued, due, expiresAt int
	days                   map[int][][]string
}

func newPortfolio(head []string, start time.Time) (*portfolio, error) {
	p := &portfolio{start: start.UTC().Truncate(time.Second), head: head, days: map[int][][]string{}}
	p.issued, p.due, p.expiresAt = slices.Index(head, "issued_on"), slices.Index(head, "due_on"), slices.Index(head, "expires_at")
	if p.issued < 0 || p.due < 0 || p.expiresAt < 0 {
		return nil, errors.New("the columns issued_on, due_on and expires_at must be there")
	}
	return p, nil
}

func (p *portfolio) add(r []string) error {
	r = slices.Clone(r)
	issued, err := parse(r[p.issued])
	if err != nil {
		return fmt.Errorf("issued_on: %w", err)
	}
	r[p.issued] = p.start.Add(issued).Format(time.DateOnly)
	if r[p.due] != "" {
		due, err := parse(r[p.due])
		if err != nil {
			return fmt.Errorf("due_on: %w", err)
		}
		r[p.due] = p.start.Add(due).Format(time.DateOnly)
	}
	if r[p.expiresAt] != "" {
		expires, err := parse(r[p.expiresAt])
		if err != nil {
			return fmt.Errorf("expires_at: %w", err)
		}
		r[p.expiresAt] = p.start.Add(expires).Format(time.RFC3339)
	}
	day := max(0, int(issued/(24*time.Hour)))
	p.days[day] = append(p.days[day], r)
	return nil
}

func (p *portfolio) exports() ([]Export, error) {
	all := make([]Export, 0, len(p.days))
	for day, rows := range p.days {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll(append([][]string{p.head}, rows...)); err != nil {
			return nil, err
		}
		all = append(all, Export{Day: day, At: p.start.AddDate(0, 0, day), Rows: len(rows), CSV: b.Bytes()})
	}
	slices.SortFunc(all, func(a, b Export) int { return a.Day - b.Day })
	return all, nil
}

// parse reads "today", "+12d", "-3d", "+24h" or "+10d24h" as a distance from the start.
func parse(s string) (time.Duration, error) {
	if s == "today" {
		return 0, nil
	}
	bad := fmt.Errorf("%q is no relative date: write today, -20d, +12d, +24h or +10d24h", s)
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, bad
	}
	var d time.Duration
	rest := s[1:]
	if days, hours, found := strings.Cut(rest, "d"); found {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 {
			return 0, bad
		}
		d, rest = time.Duration(n)*24*time.Hour, hours
	}
	if rest != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(rest, "h"))
		if err != nil || n < 0 || !strings.HasSuffix(rest, "h") {
			return 0, bad
		}
		d += time.Duration(n) * time.Hour
	}
	if s[0] == '-' {
		d = -d
	}
	return d, nil
}

// Creditors returns the JSON of each creditor in dir by id; {sandbox} in it becomes the sandbox's address.
func Creditors(dir, sandbox string) (map[string]json.RawMessage, error) {
	name := filepath.Join(dir, CreditorsFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("the sample creditors: %w", err)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte("{sandbox}"), []byte(sandbox)), &all); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	byID := make(map[string]json.RawMessage, len(all))
	for _, one := range all {
		var c struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(one, &c); err != nil || c.ID == "" {
			return nil, fmt.Errorf("%s: a creditor without an id", name)
		}
		byID[c.ID] = one
	}
	return byID, nil
}
