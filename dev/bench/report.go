package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// The kinds of figures: counts and paired ratios travel from machine to machine, the others do not.
const (
	count = "count"
	ratio = "ratio"
	timed = "time"
	rate  = "rate"
	size  = "size"
)

// metric is one line of the result.
type metric struct {
	Suite  string  `json:"suite"`
	Metric string  `json:"metric"`
	N      int     `json:"n"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Unit   string  `json:"unit"`
	Kind   string  `json:"kind"`
	Load   float64 `json:"load"` // of the machine over the last minute, when it was measured
	Bar    string  `json:"bar,omitempty"`
	Met    *bool   `json:"met,omitempty"`
}

// report gathers the figures of a suite and what it found wrong.
type report struct {
	suite   string
	metrics []metric
	wrong   []string
}

func newReport(suite string) *report {
	fmt.Printf("== %s (load %.1f)\n", suite, load())
	return &report{suite: suite}
}

// add notes a figure from its samples.
func (r *report) add(name, kind, unit string, samples ...float64) *metric {
	m := metric{Suite: r.suite, Metric: name, Kind: kind, Unit: unit, N: len(samples), Load: load()}
	if len(samples) > 0 {
		m.Median, m.Min, m.Max = quantile(samples, 0.5), slices.Min(samples), slices.Max(samples)
	}
	r.metrics = append(r.metrics, m)
	return &r.metrics[len(r.metrics)-1]
}

// of says over how many things a single figure was taken.
func (m *metric) of(n int) *metric {
	m.N = n
	return m
}

// atMost and atLeast hold a figure against its bar.
func (m *metric) atMost(v, bar float64, words string) { m.hold(v <= bar, words) }

func (m *metric) atLeast(v, bar float64, words string) { m.hold(v >= bar, words) }

func (m *metric) hold(met bool, words string) { m.Bar, m.Met = words, &met }

// check notes what must never be.
func (r *report) check(ok bool, format string, args ...any) {
	if !ok {
		r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
	}
}

// say tells how far the suite is.
func (r *report) say(format string, args ...any) {
	fmt.Printf("   "+format+"\n", args...)
}

// print writes the table, the JSON lines, and fails when something was wrong.
func (r *report) print(file string) error {
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "metric\tn\tmedian\tmin\tmax\tunit\tkind\tload\tbar")
	var lines strings.Builder
	for _, m := range r.metrics {
		bar := m.Bar
		if m.Met != nil {
			bar += map[bool]string{true: ": reached", false: ": NOT REACHED"}[*m.Met]
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%.1f\t%s\n", m.Metric, m.N, short(m.Median), short(m.Min), short(m.Max), m.Unit, m.Kind, m.Load, bar)
		line, err := json.Marshal(m)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	err := t.Flush()
	if file != "" {
		err = errors.Join(err, appendTo(file, lines.String()))
	}
	if len(r.wrong) > 0 {
		err = errors.Join(err, fmt.Errorf("WRONG, the figures do not count:\n  %s", strings.Join(r.wrong, "\n  ")))
	}
	return err
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func short(v float64) string {
	switch {
	case v == math.Trunc(v) || math.Abs(v) >= 1000:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// quantile of samples, by the nearest rank.
func quantile(samples []float64, q float64) float64 {
	s := slices.Clone(samples)
	slices.Sort(s)
	if q == 0.5 && len(s)%2 == 0 {
		return (s[len(s)/2-1] + s[len(s)/2]) / 2
	}
	return s[max(0, int(math.Ceil(q*float64(len(s))))-1)]
}

// load of the machine over the last minute.
func load() float64 {
	var one float64
	text, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		_, _ = fmt.Sscanf(string(text), "%f", &one) // without it the figure is 0, which nobody will believe
	}
	return one
}
