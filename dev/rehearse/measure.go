package rehearse

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/message"
)

// contact is one message or call of the rehearsal.
type contact struct {
	debtor  int64
	zone    string
	channel string // email, sms, call
	class   string
	at      time.Time
	units   int
}

// local is its moment where the debtor is.
func (c contact) local() time.Time {
	if z, err := time.LoadLocation(c.zone); err == nil && c.zone != "" {
		return c.at.In(z)
	}
	return c.at.UTC()
}

// measure reads the lab's books and fills the report.
func (r *rehearsal) measure(ctx context.Context) error {
	r.say("counting and auditing")
	if err := r.stopEngine(); err != nil {
		return err
	}
	contacts, err := r.contacts(ctx)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return r.people(ctx, contacts) },
		r.days(contacts), r.steps, r.moves, r.counts, r.audit,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	r.channels(contacts)
	r.report.Engine.Wall = time.Since(r.begun).Seconds()
	return nil
}

// rows runs a query and calls scan for each row.
func (r *rehearsal) rows(ctx context.Context, sql string, scan func(row pgx.CollectableRow) error, args ...any) error {
	rows, err := r.pool.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, scan(row) })
	return err
}

// contacts are what went out since the first day, oldest first.
func (r *rehearsal) contacts(ctx context.Context) ([]contact, error) {
	var all []contact
	err := r.rows(ctx, `SELECT d.pk, d.zone, m.channel, m.class, m.claimed_at, CASE m.channel WHEN 'sms' THEN m.body ELSE '' END
		FROM messages m JOIN debtors d ON d.pk = m.debtor_pk
		WHERE m.kind = 'collecting' AND m.claimed_at >= $1 AND m.state IN ('in_flight', 'unknown', 'accepted', 'unconfirmed') ORDER BY m.claimed_at`,
		func(row pgx.CollectableRow) error {
			c := contact{units: 1}
			var body string
			if err := row.Scan(&c.debtor, &c.zone, &c.channel, &c.class, &c.at, &body); err != nil {
				return err
			}
			if c.channel == "sms" {
				c.units, _ = message.Segments(body)
			}
			all = append(all, c)
			return nil
		}, r.report.From)
	if err != nil {
		return nil, err
	}
	err = r.rows(ctx, `SELECT d.pk, d.zone, t.opened_at FROM tasks t JOIN debtors d ON d.pk = t.debtor_pk WHERE t.kind = 'phone' AND t.opened_at >= $1`,
		func(row pgx.CollectableRow) error {
			c := contact{channel: "call", class: "reminder", units: 1}
			err := row.Scan(&c.debtor, &c.zone, &c.at)
			all = append(all, c)
			return err
		}, r.report.From)
	slices.SortStableFunc(all, func(a, b contact) int { return a.at.Compare(b.at) })
	return all, err
}

// channels adds up volumes and cost.
func (r *rehearsal) channels(contacts []contact) {
	prices := map[string]Amount{"email": r.Cost.Email, "sms": r.Cost.SMS, "call": r.Cost.Call}
	for _, name := range []string{"email", "sms", "call"} {
		c := Channel{Name: name}
		for _, x := range contacts {
			if x.channel == name {
				c.Count++
				c.Units += x.units
			}
		}
		c.Cost = prices[name] * Amount(c.Units)
		r.report.Cost += c.Cost
		r.report.Channels = append(r.report.Channels, c)
	}
}

// days counts what happened on each day, in the debtors' own zones.
func (r *rehearsal) days(contacts []contact) func(context.Context) error {
	return func(ctx context.Context) error {
		byDay := map[string]*Day{}
		day := func(at time.Time) *Day {
			date := at.Format(time.DateOnly)
			if byDay[date] == nil {
				byDay[date] = &Day{Date: date}
			}
			return byDay[date]
		}
		for i := range r.Days {
			day(r.report.From.AddDate(0, 0, i))
		}
		for _, c := range contacts {
			at := c.local()
			switch d := day(at); c.channel {
			case "email":
				d.Email++
			case "sms":
				d.SMS++
			default:
				d.Calls++
			}
			if off := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday; off && c.class == "service" {
				r.report.Weekend.Service++
			} else if off {
				r.report.Weekend.OnDay++
			}
		}
		err := errors.Join(
			r.rows(ctx, `SELECT at FROM decisions WHERE at >= $1`, func(row pgx.CollectableRow) error {
				var at time.Time
				err := row.Scan(&at)
				day(at.UTC()).Decisions++
				return err
			}, r.report.From),
			r.rows(ctx, `SELECT at FROM handoffs WHERE at >= $1 AND state NOT IN ('prepared', 'void')`, func(row pgx.CollectableRow) error {
				var at time.Time
				err := row.Scan(&at)
				day(at.UTC()).Placements++
				return err
			}, r.report.From),
		)
		for _, date := range slices.Sorted(maps.Keys(byDay)) {
			r.report.ByDay = append(r.report.ByDay, *byDay[date])
		}
		return err
	}
}

// people says what each debtor gets.
func (r *rehearsal) people(ctx context.Context, contacts []contact) error {
	rows, at := []DebtorRow{}, map[int64]int{}
	err := r.rows(ctx, `SELECT d.pk, d.creditor, d.id, count(i.pk) FROM debtors d LEFT JOIN invoices i ON i.debtor_pk = d.pk GROUP BY 1, 2, 3 ORDER BY 2, 3`, func(row pgx.CollectableRow) error {
		var pk int64
		var d DebtorRow
		err := row.Scan(&pk, &d.Creditor, &d.ID, &d.Invoices)
		at[pk] = len(rows)
		rows = append(rows, d)
		return err
	})
	if err != nil {
		return err
	}
	moments := map[int64][]time.Time{}
	for _, c := range contacts {
		d := &rows[at[c.debtor]]
		switch c.channel {
		case "email":
			d.Email++
		case "sms":
			d.SMS++
		default:
			d.Calls++
		}
		if d.First.IsZero() {
			d.First = c.at.UTC()
		}
		d.Last = c.at.UTC()
		if c.class != "service" {
			moments[c.debtor] = append(moments[c.debtor], c.local())
		}
	}
	p := &r.report.People
	total := 0
	for pk, i := range at {
		d := &rows[i]
		d.MostDay, d.MostWeek = dense(moments[pk])
		p.MostDay, p.MostWeek, p.Most = max(p.MostDay, d.MostDay), max(p.MostWeek, d.MostWeek), max(p.Most, d.Contacts())
		if d.Contacts() > 0 {
			p.Contacted++
		}
		total += d.Contacts()
	}
	p.Spread = make([]int, p.Most+1)
	for _, d := range rows {
		p.Spread[d.Contacts()]++
	}
	if p.Contacted > 0 {
		p.Mean = float64(total) / float64(p.Contacted)
	}
	slices.SortStableFunc(rows, func(a, b DebtorRow) int { return cmp.Compare(b.Contacts(), a.Contacts()) })
	r.report.Debtor, r.report.Debtors = rows, len(rows)
	return nil
}

// dense says how many messages came on the fullest day, and within the fullest seven days. An e-mail and
// an SMS of the same hour are one contact.
func dense(all []time.Time) (day, week int) {
	var own []time.Time
	for _, t := range all {
		if len(own) == 0 || t.Sub(own[len(own)-1]) >= time.Hour {
			own = append(own, t)
		}
	}
	for i, t := range own {
		inDay, inWeek := 0, 0
		for _, u := range own[i:] {
			if u.Format(time.DateOnly) == t.Format(time.DateOnly) {
				inDay++
			}
			if u.Sub(t) < 7*24*time.Hour {
				inWeek++
			}
		}
		day, week = max(day, inDay), max(week, inWeek)
	}
	return day, week
}
