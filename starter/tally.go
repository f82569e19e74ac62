package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dunlin/invoice"
	"dunlin/starter/importfile"
)

// tally counts what became of a file's rows, and shows it while it grows. With --json refused rows
// are written out as they come, so that the answer is one document and the memory stays small.
type tally struct {
	a                                   *app
	src                                 *sized
	began                               time.Time
	bar                                 bool
	drawn                               bool
	verb                                string // what became of the good rows, e.g. "issued"
	Rows, Issued, AlreadyThere, Refused int64
}

// refusedRow is one refused row in the JSON answer.
type refusedRow struct {
	File    string       `json:"file"`
	Line    int          `json:"line"`
	Number  string       `json:"number,omitempty"`
	Code    invoice.Code `json:"code,omitempty"`
	Field   string       `json:"field,omitempty"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
}

func (a *app) newTally(src *sized, verb string) *tally {
	if a.json {
		a.answered = true
		fmt.Fprint(a.out, `{"errors":[`)
	}
	return &tally{a: a, src: src, verb: verb, began: a.now(), bar: a.terminal(a.errs)}
}

// read counts a row that was read.
func (t *tally) read(err error) {
	if err == nil {
		t.Rows++
	}
}

// refused reports a row at once.
func (t *tally) refused(r importfile.Row, e *invoice.Error) {
	t.Refused++
	if t.a.json {
		b, _ := json.Marshal(refusedRow{t.src.name, r.Line, r.Number, e.Code, e.Field, e.Message, e.Hint})
		sep := "\n"
		if t.Refused > 1 {
			sep = ",\n"
		}
		fmt.Fprint(t.a.out, sep, string(b))
		return
	}
	t.wipe()
	where := fmt.Sprintf("%s:%d", t.src.name, r.Line)
	if r.Number != "" {
		where += ": " + r.Number
	}
	t.a.refuse(where, e)
}

// progress redraws the bar.
func (t *tally) progress() {
	if !t.bar {
		return
	}
	line := many(t.Rows, "row")
	if s := t.a.now().Sub(t.began).Seconds(); s > 0 {
		line += fmt.Sprintf(", %s a second", count(int64(float64(t.Rows)/s)))
	}
	if t.src.size > 0 {
		const cells = 30
		done := int(cells * min(t.src.taken, t.src.size) / t.src.size)
		line = fmt.Sprintf("[%s%s] %3d %%  %s", strings.Repeat("#", done), strings.Repeat(".", cells-done), 100*min(t.src.taken, t.src.size)/t.src.size, line)
	}
	fmt.Fprintf(t.a.errs, "\r\x1b[K%s", line)
	t.drawn = true
}

func (t *tally) wipe() {
	if t.drawn {
		fmt.Fprint(t.a.errs, "\r\x1b[K")
		t.drawn = false
	}
}

// finish prints the sums. After a failure it says how to go on; what is in stays in.
func (t *tally) finish(allOrNothing bool, failed error) error {
	t.wipe()
	took := t.a.now().Sub(t.began)
	if t.a.json {
		complete := failed == nil
		fmt.Fprintf(t.a.out, "],\n\"rows\":%d,\"%s\":%d,\"already_there\":%d,\"refused\":%d,\"complete\":%t,\"seconds\":%.3f}\n",
			t.Rows, t.verb, t.Issued, t.AlreadyThere, t.Refused, complete, took.Seconds())
	} else if failed == nil || t.Rows > 0 {
		t.a.say("%s: %s %s, %s already there, %s refused (%.1f s).", many(t.Rows, "row"), count(t.Issued), t.verb, count(t.AlreadyThere), count(t.Refused), took.Seconds())
	}
	if failed != nil {
		return stopped(failed, allOrNothing, t.verb)
	}
	if allOrNothing && t.Refused > 0 && !t.a.json {
		t.a.say("Nothing was %s: --all-or-nothing.", t.verb)
	}
	return nil
}

// stopped adds to a failure what is in and what to do.
func stopped(err error, allOrNothing bool, verb string) error {
	hint := "rows counted above are in; run the same command again to go on"
	if allOrNothing {
		hint = "nothing was " + verb
	}
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		if e.Hint == "" {
			return e.WithHint("%s", hint)
		}
		return e
	}
	return fmt.Errorf("the file was not finished (%s): %w", hint, err)
}
