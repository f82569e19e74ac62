package rehearse

import (
	"context"
	"time"

	"dunlin/dev/audit"
	"dunlin/invoice"
)

// owing is an invoice that its debtor could pay.
type owing struct {
	invoice.Key
	kind     string
	balance  int64
	currency string
	due      time.Time // due date, or the order's expiry
	issued   time.Time
	disputed bool
}

// debtors pay, object and accept an answer, each on a day of their own.
func (d *desk) debtors(ctx context.Context, now time.Time) error {
	all, err := d.owing(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := d.debtor(ctx, o, now); err != nil && invoice.CodeOf(err) == "" {
			return err
		}
	}
	return nil
}

func (d *desk) owing(ctx context.Context) ([]owing, error) {
	rows, err := d.r.pool.Query(ctx, `SELECT i.creditor, i.number, i.kind, i.balance, i.currency, coalesce(i.expires_at, i.due_on::timestamptz), i.created_at,
			EXISTS (SELECT 1 FROM stops s WHERE s.invoice_pk = i.pk AND s.kind = 'dispute' AND s.ended_at IS NULL)
		FROM invoices i WHERE i.status IN ('open', 'placed') AND i.balance > 0 ORDER BY i.pk`)
	if err != nil {
		return nil, err
	}
	var all []owing
	for rows.Next() {
		var o owing
		if err := rows.Scan(&o.Creditor, &o.Number, &o.kind, &o.balance, &o.currency, &o.due, &o.issued, &o.disputed); err != nil {
			rows.Close()
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

func (d *desk) debtor(ctx context.Context, o owing, now time.Time) error {
	const objects, answered = 8 * 24 * time.Hour, 18 * 24 * time.Hour // after the due date
	name := o.String()
	fact := func(what string) invoice.Fact {
		return invoice.Fact{Invoice: o.Key, Key: what + " " + name, Actor: "debtor", Reason: "rehearsed"}
	}
	unhappy := o.kind == string(invoice.KindInvoice) && d.draw("objects", name) < 0.03
	switch {
	case o.disputed && now.After(o.due.Add(answered)) && !d.done["answered "+name]:
		d.done["answered "+name] = true
		_, err := d.r.books.Resolve(ctx, invoice.Resolution{Fact: fact("answered")})
		return err
	case unhappy && !d.done["objects "+name] && now.After(o.due.Add(objects)) && now.Before(o.due.Add(answered)):
		d.done["objects "+name] = true
		_, err := d.r.books.Dispute(ctx, invoice.Dispute{Fact: fact("objects")})
		return err
	}
	on, pays := d.payDay(o)
	if !pays || now.Before(on) || d.done["paid "+name] {
		return nil
	}
	d.done["paid "+name] = true
	amount := invoice.NewMoney(o.balance, invoice.Currency(o.currency))
	receipt, err := d.r.books.Pay(ctx, invoice.Payment{Fact: fact("paid"), Amount: amount})
	if err == nil {
		d.r.report.Payments++
		d.acks = append(d.acks, audit.Ack{
			Kind: "payment", Creditor: o.Creditor, Number: o.Number, Key: fact("paid").Key, At: d.r.lab.Clock.Reading(), Stops: receipt.Balance.IsZero(),
		})
	}
	return err
}

// shares say when debtors pay an invoice, in days after the due date; the rest never does.
var shares = []struct {
	upTo     float64
	from, to int
}{{0.45, -10, 0}, {0.70, 1, 10}, {0.85, 11, 25}, {0.93, 26, 50}}

// payDay is when an invoice is paid; false when it never is.
func (d *desk) payDay(o owing) (time.Time, bool) {
	name := o.String()
	x, y := d.draw("pays", name), d.draw("when", name)
	if o.kind == string(invoice.KindOrder) {
		// The desk looks once a day, and an order may last no longer: it is paid on the day's look before.
		return o.issued.Add(time.Duration(y*float64(o.due.Sub(o.issued))) - 24*time.Hour), x < 0.7
	}
	for _, s := range shares {
		if x >= s.upTo {
			continue
		}
		on := o.due.AddDate(0, 0, s.from+int(y*float64(s.to-s.from+1)))
		if on.After(d.start) || on.After(o.issued) && o.issued.After(d.start) {
			return on, true
		}
		// It was not paid when most are: half of those pay in the weeks that follow.
		return d.start.AddDate(0, 0, 1+int(y*35)), d.draw("late", name) < 0.5
	}
	return time.Time{}, false
}
