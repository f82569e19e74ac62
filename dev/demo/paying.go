package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"dunlin/bank/match"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

// ways are how a debtor can pay, beside quoting the number as it should be.
var ways = []string{"rf", "typo", "silent", "named", "twice", "early"}

// payment is a line of the script taken apart.
type payment struct {
	numbers []string
	amount  string // "": what is open
	way     string
	value   invoice.Date // zero: the day of booking
	now     bool         // told at once, not with the day's statement
}

// parsePayment reads NUMBER[+NUMBER] [AMOUNT] [WAY].
func parsePayment(l line) (payment, error) {
	w := payment{numbers: strings.Split(l.number, "+")}
	for _, word := range l.args {
		switch {
		case slices.Contains(ways, word) && w.way == "":
			w.way = word
		case strings.ContainsAny(word[:1], "0123456789") && w.amount == "":
			w.amount = word
		default:
			return w, fmt.Errorf("%q is neither an amount nor one of %s", word, strings.Join(ways, ", "))
		}
	}
	if w.amount == "" && w.way == "early" || w.amount != "" && len(w.numbers) > 1 {
		return w, errors.New("early payments need an amount, payments of several invoices have none")
	}
	return w, nil
}

func (p *player) pay(ctx context.Context, l line) error {
	w, err := parsePayment(l)
	if err != nil {
		return err
	}
	return p.transfer(ctx, w)
}

// transfer is a debtor's payment: it stands in the account's next statement.
func (p *player) transfer(ctx context.Context, w payment) error {
	who, err := p.debtorOf(ctx, w.numbers[0])
	if err != nil {
		return err
	}
	m := movement{ours: true, debtor: who.id}
	var open, total invoice.Money
	for _, number := range w.numbers {
		if open, total, err = p.owed(ctx, number, w, who); err != nil {
			return err
		}
		m.line.Minor += total.Minor
		if w.way != "twice" {
			m.meant = append(m.meant, share{number, min(total.Minor, open.Minor)})
		}
	}
	p.bank.mu.Lock()
	defer p.bank.mu.Unlock()
	f, a, err := p.bank.into(w.numbers[0], total.Currency)
	if err != nil {
		return err
	}
	m.account, m.line.Value, m.line.Name, m.line.Account = a, w.value, who.name, who.account
	w.quote(&m.line, who)
	now := p.lab.Clock.Reading()
	if w.now {
		m.line.Booked = invoice.DateOf(now.In(f.zone))
	}
	p.bank.book(f, m, now)
	p.mu.Lock()
	p.payments++
	p.mu.Unlock()
	if w.now || f.hour == "" {
		return p.deliver(ctx, f)
	}
	return nil
}

// owed is what is open of an invoice, and what the debtor pays of it.
func (p *player) owed(ctx context.Context, number string, w payment, who payer) (open, pays invoice.Money, err error) {
	if w.way == "early" {
		pays, err = invoice.ParseMoney(w.amount, who.currency)
		return pays, pays, err
	}
	v, err := p.view(ctx, number)
	if err != nil {
		return open, pays, err
	}
	open = v.Balance
	if open.IsZero() {
		open = v.Invoice.Total // too late, or twice: the debtor pays what stood on the invoice
	}
	if pays = open; w.amount != "" {
		pays, err = invoice.ParseMoney(w.amount, string(open.Currency))
	}
	return open, pays, err
}

// quote writes what the debtor writes for the bank to carry.
func (w payment) quote(l *sample.StatementLine, who payer) {
	lead, thanks := map[string]string{"nordlicht": "Rechnung", "harbor": "Invoice", "lotus": "PAYMENT"}[who.creditor], "Thank you"
	if who.country == "CN" && who.currency == "CNY" {
		lead, thanks = "货款", "货款"
	}
	numbers := strings.Join(w.numbers, " ")
	switch w.way {
	case "rf":
		l.Creditor = match.MakeRF(w.numbers[0])
	case "typo": // the letter O for the last but one zero
		i := strings.LastIndex(numbers, "0")
		l.Text = lead + " " + numbers[:i] + "O" + numbers[i+1:]
	case "silent":
		l.Text = thanks
	case "named":
		l.Text = strings.ToUpper(who.name) + " SUMMER ORDER"
	default:
		l.Text = lead + " " + numbers
	}
}

// payer is who pays an invoice.
type payer struct{ creditor, id, name, country, currency, account string }

// debtorOf is the debtor of an invoice, as the sample or, later, the books know it.
func (p *player) debtorOf(ctx context.Context, number string) (payer, error) {
	who := payer{creditor: creditorOf(number)}
	if row := p.rows[number]; row != nil {
		who.id, who.name, who.country, who.currency = row["debtor"], row["debtor_name"], row["debtor_country"], row["currency"]
	} else {
		v, err := p.view(ctx, number)
		if err != nil {
			return who, err
		}
		var d struct{ Name, Country string }
		if err := p.api.do(ctx, "erp", http.MethodGet, "/v1/creditors/"+who.creditor+"/debtors/"+v.Invoice.Debtor, nil, &d); err != nil {
			return who, err
		}
		who.id, who.name, who.country, who.currency = v.Invoice.Debtor, d.Name, d.Country, string(v.Balance.Currency)
	}
	who.account = accountFor(who)
	return who, nil
}

// accountFor invents the account that a debtor always pays from: an IBAN, or a Chinese card's number.
func accountFor(who payer) string {
	digits := who.id[strings.IndexByte(who.id, '-')+1:]
	if who.country == "CN" {
		return "62284800" + fmt.Sprintf("%011s", digits)
	}
	bare := "50010517" + fmt.Sprintf("%010s", digits)
	rest := 0
	for _, c := range bare + "131400" { // D is 13, E is 14
		rest = (rest*10 + int(c-'0')) % 97
	}
	return fmt.Sprintf("DE%02d%s", 98-rest, bare)
}

// giveBack takes the newest payment of an invoice back: the debtor's bank had not the money.
func (p *player) giveBack(_ context.Context, l line) error {
	p.bank.mu.Lock()
	defer p.bank.mu.Unlock()
	for _, m := range slices.Backward(p.bank.meant) {
		if !slices.ContainsFunc(m.meant, func(s share) bool { return s.number == l.number }) {
			continue
		}
		f, err := p.bank.feed(m.account.creditor)
		if err != nil {
			return err
		}
		back := movement{account: m.account, ours: true, line: sample.StatementLine{
			Minor: -m.line.Minor, EndToEnd: m.line.EndToEnd, Name: m.line.Name, Account: m.line.Account, Returned: l.args[0], Text: l.rest(1),
		}}
		for _, s := range m.meant {
			back.meant = append(back.meant, share{s.number, -s.minor})
		}
		p.bank.book(f, back, p.lab.Clock.Reading())
		p.note("the bank takes the payment of %s back", l.number)
		return nil
	}
	return errors.New("nothing was paid that could be returned")
}

// stray is money that comes in and has nothing to do with any invoice: FEED AMOUNT PAYER… / TEXT…
func (p *player) stray(_ context.Context, f *feed, l line) error {
	a := f.accounts[0]
	amount, err := invoice.ParseMoney(l.args[0], string(a.currency))
	if err != nil {
		return err
	}
	name, text, ok := strings.Cut(l.rest(1), " / ")
	if !ok {
		return errors.New("write FEED AMOUNT PAYER / TEXT")
	}
	p.bank.book(f, movement{account: a, line: sample.StatementLine{Minor: amount.Minor, Name: name, Account: "DE75512108001245126199", Text: text}}, p.lab.Clock.Reading())
	return nil
}

// refund sends the money of an order back that had come too late.
func (p *player) refund(ctx context.Context, number string) error {
	who, err := p.debtorOf(ctx, number)
	if err != nil {
		return err
	}
	p.bank.mu.Lock()
	defer p.bank.mu.Unlock()
	f, a, err := p.bank.into(number, invoice.Currency(who.currency))
	if err != nil {
		return err
	}
	minor := int64(0)
	for _, m := range p.bank.meant {
		for _, s := range m.meant {
			if s.number == number {
				minor += s.minor
			}
		}
	}
	if minor <= 0 {
		return fmt.Errorf("%s: there is nothing to send back", number)
	}
	p.bank.book(f, movement{
		account: a, ours: true, meant: []share{{number, -minor}},
		line: sample.StatementLine{Minor: -minor, Name: who.name, Account: who.account, Text: "Refund " + number},
	}, p.lab.Clock.Reading())
	return p.deliver(ctx, f)
}
