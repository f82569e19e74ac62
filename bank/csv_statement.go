package bank

import (
	"fmt"
	"time"

	"dunlin/invoice"
)

// csvStatement is the statement that is being read: a file has one, or one for each run of rows of an account.
type csvStatement struct {
	Statement
	own         Account // as the rows name it
	begun       bool
	running     running
	first, last invoice.Date // booked, in the order of the file
	from, to    invoice.Date // the earliest and the latest
	mixed       bool         // entries in several currencies
}

// take takes one row behind the header to where it belongs. Nothing of a row that cannot be read is kept.
func (f *csvFile) take(row csvRow) error {
	if row.width() == 0 || f.learn(row, f.below) {
		return nil
	}
	for _, when := range f.passOver {
		if f.holds(row, when) {
			return nil
		}
	}
	if err := f.open(row); err != nil {
		return err
	}
	e, why := f.entry(row)
	if why.message != "" {
		if f.bad++; f.bad == 1 {
			f.why, f.first = why, row.line
		}
		f.s.leaveOut(row.line, 0, why.field, why.message, why.hint)
		f.st.follow(f, row, nil)
		return nil
	}
	f.read++
	if f.st.Account.Currency == "" && !f.st.begun {
		f.st.Account.Currency = e.Amount.Currency
	}
	if err := f.begin(row.line); err != nil {
		return err
	}
	f.st.follow(f, row, e)
	return f.sink.Entry(e)
}

// open makes sure that the statement of the row's account is the open one.
func (f *csvFile) open(row csvRow) error {
	own := f.owner(row)
	if f.st != nil && (own == f.st.own || own.Key() == "") {
		return nil
	}
	if f.st != nil {
		if err := f.close(); err != nil {
			return err
		}
	}
	f.st = &csvStatement{Statement: Statement{Format: "CSV " + f.Name, Kind: f.kind, Line: row.line, Account: own}, own: own}
	return nil
}

// owner is whose statement the row belongs to, as far as it says.
func (f *csvFile) owner(row csvRow) Account {
	own := Account{IBAN: compact(f.get(row, f.columns.ownIBAN))}
	if text := unquoted(f.get(row, f.columns.ownAccount)); isIBAN(text) {
		own.IBAN = first(own.IBAN, compact(text))
	} else {
		own.Other = text
	}
	return own
}

// begin tells the sink of the statement. Its account is what the rows say, what the file says beside them,
// or what the caller says.
func (f *csvFile) begin(line int) error {
	st := f.st
	if st.begun {
		return nil
	}
	st.begun = true
	if a := &st.Account; a.Key() == "" {
		a.IBAN, a.Other = compact(f.facts["iban"]), f.facts["account"]
		if isIBAN(a.Other) {
			a.IBAN, a.Other = first(a.IBAN, compact(a.Other)), ""
		}
		if a.Key() == "" && isIBAN(f.s.o.Account) {
			a.IBAN = compact(f.s.o.Account)
		} else if a.Key() == "" {
			a.Other = f.s.o.Account
		}
	}
	if st.Account.Key() == "" {
		return f.s.fatal(line, 0, "account", "the file names no account", "say whose it is by --account")
	}
	st.Account.BIC, st.Account.Name, st.Ref = f.facts["bic"], f.facts["name"], f.facts["ref"]
	if st.Account.Currency == "" {
		c, _ := invoice.ParseCurrency(f.fileCurrency()) // none is no currency
		st.Account.Currency = c
	}
	f.stated(st)
	return f.sink.Begin(&st.Statement)
}

// stated takes over what rows beside the entries say: balances and the period.
func (f *csvFile) stated(st *csvStatement) {
	for _, name := range []string{"opening", "closing", "balance"} {
		text := f.facts[name]
		if text == "" || st.Account.Currency == "" {
			continue
		}
		delete(f.facts, name)
		amount, err := f.numbers.parse(text, string(st.Account.Currency))
		if err != nil {
			f.s.leaveOut(st.Line, 0, name, err.Error(), "the balance is left out")
			continue
		}
		b := &Balance{Type: name, Amount: amount}
		switch name {
		case "opening":
			st.Opening = b
		case "closing":
			st.Closing = b
		default:
			st.Extra = append(st.Extra, *b)
		}
	}
	for name, into := range map[string]*time.Time{"from": &st.From, "to": &st.To} {
		if d, err := f.day(f.facts[name]); err == nil {
			*into = d.At(0, 0, utc)
		}
	}
}

// close ends the open statement: the balances come from rows beside the entries, else from the running ones.
func (f *csvFile) close() error {
	st := f.st
	f.st = nil
	if !st.begun {
		return nil
	}
	f.stated(st)
	if st.mixed {
		st.Account.Currency = ""
	} else if o, c, broken, ok := st.running.ends(st.last.Before(st.first)); ok {
		ccy := st.Account.Currency
		if st.Opening == nil && st.Closing == nil {
			st.Opening = &Balance{Type: "running", Amount: invoice.NewMoney(o, ccy)}
			st.Closing = &Balance{Type: "running", Amount: invoice.NewMoney(c, ccy)}
		}
		if broken > 0 {
			f.s.leaveOut(broken, 0, f.title(f.columns.balance), "the running balance does not follow from the amounts", "rows may be missing, or in another order than the bank's")
		}
	}
	if st.From.IsZero() && !st.from.IsZero() {
		st.From = st.from.At(0, 0, utc)
	}
	if st.To.IsZero() && !st.to.IsZero() {
		st.To = st.to.At(0, 0, utc)
	}
	return f.sink.End(&st.Statement)
}

// end closes the file. One of which no row could be read is refused: it would look like a day without payments.
func (f *csvFile) end() error {
	if f.read == 0 && f.bad > 0 {
		return f.s.fatal(f.first, 0, f.why.field, fmt.Sprintf("none of its %d rows can be read; the first: %s", f.bad, f.why.message), f.why.hint)
	}
	if f.st == nil {
		f.st = &csvStatement{Statement: Statement{Format: "CSV " + f.Name, Kind: f.kind, Line: 1}}
		if err := f.begin(1); err != nil {
			return err
		}
	}
	return f.close()
}

// follow keeps what the statement needs of a row; e is nil for one that was left out. Pending entries do not
// move the balance.
func (st *csvStatement) follow(f *csvFile, row csvRow, e *Entry) {
	if e != nil && e.Status != StatusBooked {
		return
	}
	if e != nil {
		if e.Amount.Currency != st.Account.Currency {
			st.mixed = true
		}
		if d := e.BookedOn; !d.IsZero() {
			if st.first.IsZero() {
				st.first, st.from, st.to = d, d, d
			}
			st.last = d
			if d.Before(st.from) {
				st.from = d
			}
			if st.to.Before(d) {
				st.to = d
			}
		}
		st.running.add(e.Amount.Minor)
	}
	text := f.get(row, f.columns.balance)
	if text == "" || st.mixed {
		return
	}
	b, err := f.numbers.parse(text, string(st.Account.Currency))
	if err != nil {
		if e != nil {
			f.s.leaveOut(row.line, 0, f.title(f.columns.balance), err.Error(), "the balance is left out")
		}
		return
	}
	st.running.see(b.Minor, row.line)
}

// running follows a column of balances, in whichever order the rows stand. With the oldest row first,
// balance − sum up to it is always the opening balance; with the newest first, balance + sum before it is
// always the closing one.
type running struct {
	seen                 bool
	sum, before          int64 // of all amounts; of those before the row
	opening, closing     int64 // as the first row with a balance implies them
	lastOpening          int64 // as the last row does
	lastClosing          int64
	upBreaks, downBreaks int
	upBroken, downBroken int // lines where they first do not hold
	tooLarge             bool
}

// far is more than any balance: beyond it nothing is added up.
const far = 1 << 61

func (r *running) add(minor int64) {
	r.before = r.sum
	r.sum += minor
	r.tooLarge = r.tooLarge || minor > far || minor < -far || r.sum > far || r.sum < -far
}

func (r *running) see(balance int64, line int) {
	if r.tooLarge = r.tooLarge || balance > far || balance < -far; r.tooLarge {
		return
	}
	opening, closing := balance-r.sum, balance+r.before
	if !r.seen {
		r.seen, r.opening, r.closing, r.lastOpening, r.lastClosing = true, opening, closing, opening, closing
		return
	}
	if opening != r.lastOpening {
		if r.upBreaks++; r.upBreaks == 1 {
			r.upBroken = line
		}
	}
	if closing != r.lastClosing {
		if r.downBreaks++; r.downBreaks == 1 {
			r.downBroken = line
		}
	}
	r.lastOpening, r.lastClosing = opening, closing
}

// ends returns the opening and the closing balance that the rows imply, and the line from which on they do
// not follow from each other. Dates decide about the order where the balances do not.
func (r *running) ends(newestFirst bool) (opening, closing int64, broken int, ok bool) {
	if !r.seen || r.tooLarge {
		return 0, 0, 0, false
	}
	if r.downBreaks < r.upBreaks || r.downBreaks == r.upBreaks && newestFirst {
		return r.lastClosing - r.sum, r.closing, r.downBroken, true
	}
	return r.opening, r.lastOpening + r.sum, r.upBroken, true
}
