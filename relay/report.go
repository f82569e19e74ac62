package relay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"dunlin/collection"
)

// Report is what a verification found. Its fields stay as they are: programs read them.
type Report struct {
	OK            bool               `json:"ok"`
	OpenChecked   int                `json:"open_checked"`        // open cases that Temporal was asked about
	Running       int                `json:"running"`             // of these, running
	OnTheirWay    int                `json:"on_their_way"`        // a wake is about to put them right
	ClosedChecked int                `json:"closed_checked"`      // closed cases that Temporal was asked about
	Candidates    int                `json:"candidates"`          // running according to the list alone
	Missing       []CaseProblem      `json:"missing"`             // open, and no workflow runs
	Orphans       []CaseProblem      `json:"orphans"`             // a workflow runs, and the case is not open
	Repaired      int                `json:"repaired"`            // marked to be woken
	Restarted     int                `json:"restarted,omitempty"` // bank files that are tried again
	Unchecked     string             `json:"unchecked,omitempty"`
	Checks        []collection.Check `json:"checks"`
}

// CaseProblem is a case on which PostgreSQL and Temporal do not agree.
type CaseProblem struct {
	Workflow string          `json:"workflow"`
	Case     collection.Case `json:"case"`
	Reason   string          `json:"reason"`
}

// judge decides OK. A verification that looked at nothing has verified nothing.
func (r *Report) judge() {
	r.OK = r.Unchecked == "" && len(r.Missing) == 0 && len(r.Orphans) == 0 && r.OpenChecked+r.ClosedChecked > 0
	for _, c := range r.Checks {
		r.OK = r.OK && c.OK
	}
}

// CaseChecks is the comparison with Temporal as two lines of `dunlin verify`.
func (r Report) CaseChecks() []collection.Check {
	open := collection.Check{
		Name: "every open invoice has one running case", Checked: int64(r.OpenChecked),
		OK: r.Unchecked == "" && len(r.Missing) == 0 && r.OpenChecked+r.ClosedChecked > 0, Found: lines(r.Missing),
	}
	if r.Unchecked != "" {
		open.Found = append(open.Found, r.Unchecked)
	} else if r.OpenChecked+r.ClosedChecked == 0 {
		open.Found = append(open.Found, "no case was checked, so nothing is proved")
	}
	if r.OnTheirWay > 0 {
		open.Found = append(open.Found, fmt.Sprintf("%d are on their way to Temporal", r.OnTheirWay))
	}
	if r.Repaired > 0 {
		open.Found = append(open.Found, fmt.Sprintf("%d were marked to be woken: verify again in a minute", r.Repaired))
	}
	other := collection.Check{
		Name: "no other case runs", Checked: int64(r.ClosedChecked + r.Candidates),
		OK: r.Unchecked == "" && len(r.Orphans) == 0, Found: lines(r.Orphans),
	}
	return []collection.Check{open, other}
}

func lines(problems []CaseProblem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Workflow+": "+p.Reason)
	}
	return all
}

// Text is the report for people, one finding per line.
func (r Report) Text() string {
	var b strings.Builder
	for _, c := range append(r.CaseChecks(), r.Checks...) {
		mark := "✓"
		if !c.OK {
			mark = "✗"
		}
		fmt.Fprintf(&b, "%s %s: %d checked\n", mark, c.Name, c.Checked)
		for _, line := range c.Found {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	if r.Restarted > 0 {
		fmt.Fprintf(&b, "  bank files that are tried again: %d\n", r.Restarted)
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// each runs f for 0..n-1, at most width at once, and returns the first error.
func each(width, n int, f func(i int) error) error {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		first error
		slots = make(chan struct{}, width)
	)
	for i := range n {
		slots <- struct{}{}
		mu.Lock()
		failed := first != nil
		mu.Unlock()
		if failed {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			if err := f(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	group.Wait()
	return first
}
