package main

import (
	"fmt"
	"strings"

	"dunlin/bank"
	"dunlin/collection"
)

// fileWords says in one line how far a bank file is.
func fileWords(f collection.BankFile) string {
	short := f.SHA256[:min(8, len(f.SHA256))]
	switch f.State {
	case collection.FileStored:
		if f.Waits != "" {
			return fmt.Sprintf("%s (%s) is on file; its import has not begun: %s", f.Name, short, f.Waits)
		}
		return fmt.Sprintf("%s (%s) is on file; its import begins by itself.", f.Name, short)
	case collection.FileParsing:
		return fmt.Sprintf("%s (%s) is being read.", f.Name, short)
	case collection.FileRefused:
		return fmt.Sprintf("%s (%s) was refused: %s", f.Name, short, f.Reason)
	case collection.FileDone:
		return fmt.Sprintf("%s (%s): %s, %s in %s; %s on file before.", f.Name, short, f.Format, countOf(f.Entries, "entry", "entries"), many(int64(f.Statements), "statement"), were(f.Repeated))
	}
	return fmt.Sprintf("%s (%s) is accepted: %s of %s booked.", f.Name, short, count(int64(f.Booked)), many(int64(f.Payments), "payment"))
}

func countOf(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + several
}

func were(n int) string {
	if n == 1 {
		return "1 was"
	}
	return count(int64(n)) + " were"
}

// problemWords says what was left out as a compiler would.
func problemWords(p collection.BankProblem) string {
	said := bank.Problem{File: p.File, Line: p.Line, Entry: p.Entry, Field: p.Field, Message: p.Message, Hint: p.Hint}
	return said.Error()
}

// fileBar draws how far an import is: its reading by bytes, its booking by payments.
func fileBar(f collection.BankFile) string {
	done, all, what := int64(f.Booked), int64(f.Payments), "booked "+count(int64(f.Booked))+" of "+many(int64(f.Payments), "payment")
	switch f.State {
	case collection.FileStored:
		return f.Name + ": waits for a worker"
	case collection.FileParsing:
		done, all, what = f.ReadBytes, f.Size, "reading"
		if done >= all {
			what = "checking"
		}
	}
	if all <= 0 {
		return f.Name
	}
	const cells = 30
	full := int(cells * min(done, all) / all)
	return fmt.Sprintf("[%s%s] %3d %%  %s: %s", strings.Repeat("#", full), strings.Repeat(".", cells-full), 100*min(done, all)/all, f.Name, what)
}
