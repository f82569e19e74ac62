package bankgen

import (
	"bufio"
	"fmt"
	"io"

	"dunlin/invoice"
)

// File is the statements of one account over the whole period.
type File struct {
	N       int // as Payment.File
	Name    string
	Account Account
	Profile string // of a CSV file
	from    int    // range in World.Payments
	to      int
}

// Files are the files of the world, one for each account that has payments, in the order of the accounts.
func (w *World) Files() []File {
	var all []File
	for i := 0; i < len(w.Payments); {
		f := File{N: w.Payments[i].File, Account: w.Accounts[w.Payments[i].Account], from: i}
		for i < len(w.Payments) && w.Payments[i].File == f.N {
			i++
		}
		f.to = i
		f.Name = fmt.Sprintf("%02d-%s-%s.%s", f.N, f.Account.Currency, f.Account.Format, f.Account.Format.extension())
		if f.Account.Format == CSV {
			f.Profile = CSVProfile
		}
		all = append(all, f)
	}
	return all
}

// statement is what one day of an account comes to.
type statement struct {
	Account
	n       int // number of the statement, from 1
	day     invoice.Date
	opening int64
	closing int64
	credits int64
	debits  int64 // above zero
	count   int   // lines
}

// line is one line of a statement: one payment, or several that the bank booked together.
type line []*Payment

func (l line) amount() int64 {
	var sum int64
	for _, p := range l {
		sum += p.Amount.Minor
	}
	return sum
}

// pen writes statements in one format.
type pen interface {
	head(a Account, first, last statement)
	begin(s statement)
	line(s statement, l line)
	end(s statement)
	foot(last statement)
}

// Write writes a file, line by line as it goes.
func (w *World) Write(f File, out io.Writer) error {
	b := bufio.NewWriterSize(out, 64<<10)
	days := w.statements(f)
	p := f.Account.Format.pen(b)
	p.head(f.Account, days[0], days[len(days)-1])
	at := f.from
	for _, s := range days {
		p.begin(s)
		for at < f.to && w.Payments[at].Booked == s.day {
			var l line
			for entry := w.Payments[at].Entry; at < f.to && w.Payments[at].Booked == s.day && w.Payments[at].Entry == entry; at++ {
				l = append(l, &w.Payments[at])
			}
			p.line(s, l)
		}
		p.end(s)
	}
	p.foot(days[len(days)-1])
	return b.Flush() // an error of any write stays until here
}

// statements adds up every day of an account, days without a line included.
func (w *World) statements(f File) []statement {
	all := make([]statement, len(w.days))
	balance, at := f.Account.Opening.Minor, f.from
	for i, day := range w.days {
		s := statement{Account: f.Account, n: i + 1, day: day, opening: balance}
		entry := 0
		for ; at < f.to && w.Payments[at].Booked == day; at++ {
			minor := w.Payments[at].Amount.Minor
			balance += minor
			s.credits += max(0, minor)
			s.debits += max(0, -minor)
			if w.Payments[at].Entry != entry {
				entry = w.Payments[at].Entry
				s.count++
			}
		}
		s.closing = balance
		all[i] = s
	}
	return all
}

// money writes minor units as a plain decimal.
func (s statement) money(minor int64) string { return invoice.NewMoney(minor, s.Currency).Decimal() }

func (f Format) pen(b *bufio.Writer) pen {
	switch f {
	case Camt02, Camt08:
		return &camtPen{b: b, new: f == Camt08}
	case MT940German, MT940Dutch:
		return &mtPen{b: b, dutch: f == MT940Dutch}
	case BAI2:
		return &baiPen{b: b}
	case OFX:
		return &ofxPen{b: b}
	}
	return &csvPen{b: b}
}

func (f Format) extension() string {
	switch {
	case f.camt():
		return "xml"
	case f == MT940German || f == MT940Dutch:
		return "sta"
	}
	return string(f)
}
