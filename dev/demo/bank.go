package demo

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"dunlin/dev/sample"
	"dunlin/invoice"
)

// bank is every creditor's bank: debtors pay into its accounts, and it writes what happened to statement files.
// It keeps books of its own, by which the end of the demo judges Dunlin's.
type bank struct {
	mu    sync.Mutex
	feeds []*feed
	lines int            // ever booked: the bank's references count them
	meant []*movement    // everything that was ever booked, in its order
	files map[string]int // handed over, by what became of it
	open  []string       // handed over while nobody worked: hashes
}

// movement is a line of an account with what it was meant for.
type movement struct {
	account *account
	line    sample.StatementLine
	meant   []share // what invoices were meant to get or to give back
	debtor  string  // whose account gets the rest; "": none
	ours    bool    // false: it has nothing to do with any invoice
}

// share is what one invoice gets of a movement.
type share struct {
	number string
	minor  int64
}

// account is one account at the bank.
type account struct {
	creditor, number, bic string
	currency              invoice.Currency
	opening, closing      int64 // before the first statement, and after the newest
	waiting, told         []sample.StatementLine
	statements            int
	through               invoice.Date // the newest day that was told
}

// feed is what comes in one file.
type feed struct {
	name, creditor string
	accounts       []*account
	format         sample.Format
	extension      string
	zone           *time.Location
	hour           string // of the UTC day, on workdays; "": after every payment, day and night
	rhythm         string // that the creditor counts on
	always         bool   // also on days without a line
	again          int    // days before that every file tells once more
	debit          string // paid out on each day, so that each has a line
	stopped        bool
	deliveries     int
	newest         []byte // the last file
	newestName     string
}

// newBank opens the accounts of the sample's creditors.
func newBank() (*bank, error) {
	euros := &account{creditor: "nordlicht", number: "DE02120300000000202051", bic: "BYLADEM1001", currency: "EUR", opening: 48_210_35}
	dollars := &account{creditor: "nordlicht", number: "DE02500105170137075030", bic: "INGDDEFF", currency: "USD", opening: 9_400_00}
	harbor := &account{creditor: "harbor", number: "000123456789", bic: "FDOKUS33", currency: "USD", opening: 31_775_20}
	shop := &account{creditor: "harbor", number: "021000021/000987654321", bic: "FDOKUS33", currency: "USD", opening: 2_040_00}
	yuan := &account{creditor: "lotus", number: "6222020200099887766", bic: "BKCHCNBJ300", currency: "CNY", opening: 812_600_00}
	foreign := []*account{
		{creditor: "lotus", number: "1400888877776666", bic: "BKCHCNBJ300", currency: "JPY", opening: 4_100_000},
		{creditor: "lotus", number: "1400888877776666", bic: "BKCHCNBJ300", currency: "USD", opening: 15_000_00},
	}
	b := &bank{files: map[string]int{}, feeds: []*feed{
		{name: "nordlicht", accounts: []*account{euros, dollars}, format: sample.Camt, extension: "xml", hour: "18:00", rhythm: "1bd", always: true},
		{name: "harbor", accounts: []*account{harbor}, format: sample.BAI2, extension: "bai", hour: "22:00", rhythm: "1bd", always: true},
		{name: "shop", accounts: []*account{shop}, format: sample.OFX, extension: "ofx", again: 10},
		{name: "lotus", accounts: []*account{yuan}, format: sample.BankOfChina, extension: "csv", hour: "10:00", rhythm: "1bd", always: true, debit: "港口费"},
		{name: "lotus-foreign", accounts: foreign, format: sample.MT940, extension: "sta", hour: "10:00"},
	}}
	zones := map[string]string{"nordlicht": "Europe/Berlin", "harbor": "America/New_York", "lotus": "Asia/Shanghai"}
	for _, f := range b.feeds {
		f.creditor = f.accounts[0].creditor
		zone, err := time.LoadLocation(zones[f.creditor])
		if err != nil {
			return nil, err
		}
		f.zone = zone
		for _, a := range f.accounts {
			a.closing = a.opening
		}
	}
	return b, nil
}

// feed finds a feed by name.
func (b *bank) feed(name string) (*feed, error) {
	i := slices.IndexFunc(b.feeds, func(f *feed) bool { return f.name == name })
	if i < 0 {
		return nil, fmt.Errorf("%q is no feed of the bank", name)
	}
	return b.feeds[i], nil
}

// into finds the account that takes a creditor's money in a currency; orders of the shop have one of their own.
func (b *bank) into(number string, currency invoice.Currency) (*feed, *account, error) {
	for _, f := range b.feeds {
		if f.creditor != creditorOf(number) || (f.name == "shop") != strings.HasPrefix(number, "HB-W") {
			continue
		}
		for _, a := range f.accounts {
			if a.currency == currency {
				return f, a, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s: the bank has no account in %s", number, currency)
}

// rhythms are the feeds' rhythms by account, for the creditors' profiles.
func (b *bank) rhythms() map[string]string {
	all := map[string]string{}
	for _, f := range b.feeds {
		for _, a := range f.accounts {
			if f.rhythm != "" {
				all[a.number] = f.rhythm
			}
		}
	}
	return all
}

// book puts a line on an account; it stands in the feed's next file. The lock is held.
func (b *bank) book(f *feed, m movement, now time.Time) *movement {
	b.lines++
	m.line.Ref = fmt.Sprintf("%s%07d", strings.ToUpper(f.name[:2]), b.lines)
	if m.line.EndToEnd == "" {
		m.line.EndToEnd = fmt.Sprintf("E2E-%06d", b.lines)
	}
	if m.line.Booked.IsZero() {
		m.line.Booked = f.nextDay(m.account, now)
	}
	if m.line.Value.IsZero() {
		m.line.Value = m.line.Booked
	}
	m.account.waiting = append(m.account.waiting, m.line)
	b.meant = append(b.meant, &m)
	return &m
}

// nextDay is the day on which the bank books what is ordered now.
func (f *feed) nextDay(a *account, now time.Time) invoice.Date {
	day := invoice.DateOf(now.In(f.zone))
	if f.hour == "" {
		return day
	}
	for weekend(day) || !a.through.Before(day) {
		day = day.AddDays(1)
	}
	return day
}

func weekend(d invoice.Date) bool {
	w := d.At(12, 0, time.UTC).Weekday()
	return w == time.Saturday || w == time.Sunday
}

// write makes the feed's next file: a statement for each day since the last one. nil: there is nothing to tell.
func (f *feed) write(b *bank, today invoice.Date) []byte {
	var all []sample.Statement
	for _, a := range f.accounts {
		if f.debit != "" && a.through.Before(today) {
			b.payOut(f, a, today)
		}
		if f.again > 0 {
			all = append(all, a.download(today, f.again)...)
		} else {
			all = append(all, a.daily(today, f.always)...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	f.deliveries++
	return f.format(all)
}

// payOut books a supplier's invoice that the creditor pays on each day since the last statement.
func (b *bank) payOut(f *feed, a *account, today invoice.Date) {
	for day := a.next(today); !today.Before(day); day = day.AddDays(1) {
		if !weekend(day) {
			line := sample.StatementLine{Booked: day, Minor: -int64(180_00 + 7*b.lines), Name: "上海港务服务有限公司", Account: "6222080000001234567", Text: f.debit}
			b.book(f, movement{account: a, line: line}, time.Time{})
		}
	}
}

// next is the first day that was not told; today when nothing was.
func (a *account) next(today invoice.Date) invoice.Date {
	if a.through.IsZero() {
		return today
	}
	return a.through.AddDays(1)
}

// daily makes a statement for every workday that was not told yet, and for today once more where something is new.
func (a *account) daily(today invoice.Date, always bool) []sample.Statement {
	var all []sample.Statement
	first := a.next(today)
	for _, l := range a.waiting {
		if l.Booked.Before(first) {
			first = l.Booked
		}
	}
	for day := first; !today.Before(day); day = day.AddDays(1) {
		var lines, later []sample.StatementLine
		for _, l := range a.waiting {
			if l.Booked == day {
				lines = append(lines, l)
			} else {
				later = append(later, l)
			}
		}
		if len(lines) == 0 && (!always || weekend(day) || !a.through.Before(day)) {
			continue
		}
		a.waiting = later
		all = append(all, a.tell(day, day, a.closing, lines))
	}
	return all
}

// download is what a person fetches from the bank's site: the last days, those told before included.
func (a *account) download(today invoice.Date, again int) []sample.Statement {
	if len(a.waiting) == 0 {
		return nil
	}
	from := today.AddDays(-again)
	lines, opening := a.since(from)
	fresh := a.waiting
	a.waiting = nil
	s := a.tell(from, today, opening, fresh)
	s.Lines = append(lines, s.Lines...)
	return []sample.Statement{s}
}

// since returns the lines that were told from a day on, and the balance before them.
func (a *account) since(from invoice.Date) (lines []sample.StatementLine, opening int64) {
	opening = a.closing
	for _, l := range a.told {
		if !l.Booked.Before(from) {
			lines = append(lines, l)
			opening -= l.Minor
		}
	}
	return lines, opening
}

// tell makes a statement that brings these lines.
func (a *account) tell(from, to invoice.Date, opening int64, fresh []sample.StatementLine) sample.Statement {
	a.statements++
	for _, l := range fresh {
		a.closing += l.Minor
	}
	a.told = append(a.told, fresh...)
	if a.through.Before(to) {
		a.through = to
	}
	return sample.Statement{Account: a.number, Bank: a.bic, Currency: a.currency, Number: a.statements, From: from, To: to, Opening: opening, Closing: a.closing, Lines: slices.Clone(fresh)}
}
