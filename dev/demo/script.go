package demo

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed script.txt
var script string

// line is one line of the script.
type line struct {
	at     time.Time
	cli    bool
	verb   string
	number string
	args   []string
	text   string // as written, for errors
}

// parseScript reads the script for a lab that starts at start.
func parseScript(text string, start time.Time) ([]line, error) {
	var all []line
	n := 0
	for raw := range strings.Lines(text) {
		n++
		raw, _, _ = strings.Cut(raw, "#")
		words := strings.Fields(raw)
		if len(words) == 0 {
			continue
		}
		l, err := parseLine(words, start)
		if err != nil {
			return nil, fmt.Errorf("script line %d: %w", n, err)
		}
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b line) int { return a.at.Compare(b.at) })
	return all, nil
}

func parseLine(words []string, start time.Time) (line, error) {
	l := line{text: strings.Join(words, " ")}
	if len(words) < 3 {
		return l, fmt.Errorf("%q: a day, a time and a verb are needed", l.text)
	}
	day, err := strconv.Atoi(words[0])
	if err != nil {
		return l, fmt.Errorf("%q: the day is no number", l.text)
	}
	if hours, ok := strings.CutPrefix(words[1], "+"); ok {
		d, err := time.ParseDuration(hours)
		if err != nil {
			return l, fmt.Errorf("%q: %w", l.text, err)
		}
		l.at = start.Add(time.Duration(day)*24*time.Hour + d)
	} else {
		clock, err := time.Parse("15:04", words[1])
		if err != nil {
			return l, fmt.Errorf("%q: %w", l.text, err)
		}
		l.at = start.UTC().Truncate(24*time.Hour).AddDate(0, 0, day).Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
	}
	words = words[2:]
	if words[0] == "cli" {
		l.cli, words = true, words[1:]
	}
	if len(words) == 0 || verbs[words[0]] == nil {
		return l, fmt.Errorf("%q: no such verb", l.text)
	}
	l.verb = words[0]
	if len(words) > 1 {
		l.number, l.args = words[1], words[2:]
	}
	return l, nil
}

// rest joins the arguments from the n-th on: a reason.
func (l line) rest(n int) string {
	if len(l.args) <= n {
		return ""
	}
	return strings.Join(l.args[n:], " ")
}

// creditorOf tells whose invoice it is by the number's first letters.
func creditorOf(number string) string {
	return map[string]string{"NL": "nordlicht", "HB": "harbor", "LT": "lotus"}[number[:2]]
}
