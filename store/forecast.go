package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// supposed is what a forecast takes for granted.
var supposed = []string{
	"nobody pays, disputes or promises, and no new invoice is issued",
	"every message arrives, and the lawyer or agency acknowledges",
	"decisions are approved, and who looks at a message first says send at once",
	"what is on hold without a date stays on hold; stop switches are not looked at",
}

// Forecast walks the open cases debtor by debtor and says what will be done in the days to come. It
// reads one picture of the database and changes nothing.
func (s *Store) Forecast(ctx context.Context, q collection.ForecastQuery) (collection.Forecast, error) {
	if q.Days < 1 || q.Days > 366 {
		return collection.Forecast{}, invoice.Invalid("days", "%d is not between 1 and 366", q.Days)
	}
	w := &foresight{s: s, q: q, days: map[string]*collection.ForecastDay{}, gates: map[string]int{}}
	err := s.reading(ctx, func(tx pgx.Tx) (err error) {
		w.tx = tx
		if w.now, err = businessNow(ctx, tx); err != nil {
			return err
		}
		if q.Creditor != "" {
			if _, err := creditor(ctx, tx, q.Creditor); err != nil {
				return err
			}
		}
		// A debtor whose case follows the policy is read with all siblings: they share the caps.
		files, err := s.portfolio(ctx, tx, `($1 = '' OR i.creditor = $1) AND ($2 = '' OR EXISTS (SELECT 1 FROM invoices x JOIN policies p ON p.hash = x.policy_hash
			WHERE x.debtor_pk = i.debtor_pk AND x.status IN ('open', 'placed') AND p.name = $2))`, q.Creditor, q.Policy)
		if err != nil {
			return err
		}
		for len(files) > 0 {
			n := slices.IndexFunc(files, func(f *file) bool { return f.debtor != files[0].debtor })
			if n < 0 {
				n = len(files)
			}
			if err := w.debtor(ctx, files[:n]); err != nil {
				return err
			}
			files = files[n:]
		}
		return nil
	})
	return w.result(), err
}

// foresight gathers a forecast.
type foresight struct {
	s       *Store
	tx      pgx.Tx
	q       collection.ForecastQuery
	now     time.Time
	out     collection.Forecast
	days    map[string]*collection.ForecastDay
	gates   map[string]int
	parties map[string]invoice.Creditor
}

func (w *foresight) until() time.Time { return w.now.AddDate(0, 0, w.q.Days) }

// debtor walks the open cases of one debtor.
func (w *foresight) debtor(ctx context.Context, files []*file) error {
	cases := make([]dunning.Running, len(files))
	for i, f := range files {
		f.now = w.now
		cases[i] = dunning.Running{Policy: f.policy, Case: f.state}
		if w.wanted(f) {
			w.out.Cases++
			w.waiting(f)
		}
	}
	w.out.Debtors++
	var who *invoice.Debtor
	for _, seen := range dunning.Forecast(cases, w.now, w.until()) {
		f := files[seen.Case]
		if !w.wanted(f) {
			continue
		}
		if who == nil {
			d, err := debtor(ctx, w.tx, f.inv.Creditor, f.inv.DebtorID)
			if err != nil {
				return err
			}
			who = &d
		}
		if err := w.act(ctx, files, seen, *who); err != nil {
			return err
		}
	}
	return nil
}

func (w *foresight) wanted(f *file) bool { return w.q.Policy == "" || f.policy.Name == w.q.Policy }

// waiting counts a case that something other than its time holds today.
func (w *foresight) waiting(f *file) {
	plan := f.policy.Plan(f.state, w.now)
	if _, planned := plan.Earliest(); planned || len(plan.Held) == 0 {
		return
	}
	w.gates[plan.Held[0].Gate]++
}

// act writes one act down, with its price.
func (w *foresight) act(ctx context.Context, files []*file, seen dunning.Foreseen, who invoice.Debtor) error {
	f := files[seen.Case]
	step, _ := f.policy.Step(seen.Step)
	loc := f.zone()
	day := invoice.DateOf(seen.At.In(loc))
	a := collection.ForecastAct{
		At: seen.At, Date: day.String(), In: invoice.DateOf(w.now.In(loc)).DaysUntil(day), Zone: f.state.Zone, Creditor: f.inv.Creditor, DebtorID: f.inv.DebtorID, Debtor: who.Name,
		Policy: f.policy.Name + " v" + strconv.Itoa(f.policy.Version), Step: seen.Step, Title: step.Title, Act: seen.Act, Invoices: []string{f.inv.Number}, Reason: seen.Reason,
	}
	for _, c := range seen.Covers {
		a.Invoices = append(a.Invoices, files[c.Case].inv.Number)
	}
	switch seen.Act {
	case dunning.Email:
		a.Cost = w.q.Email.Times(1)
	case dunning.PhoneTask:
		a.Cost = w.q.Call.Times(1)
	case dunning.SMS:
		var err error
		if a.Segments, err = w.segments(ctx, files, seen, who, loc); err != nil {
			if invoice.CodeOf(err) == "" {
				return err
			}
			a.Segments, a.Unknown = 1, err.Error()
		}
		a.Cost = w.q.SMS.Times(a.Segments)
	}
	w.out.Acts = append(w.out.Acts, a)
	w.count(a)
	return nil
}

// segments writes the text as it would be sent and counts its parts.
func (w *foresight) segments(ctx context.Context, files []*file, seen dunning.Foreseen, who invoice.Debtor, loc *time.Location) (int, error) {
	f := files[seen.Case]
	from, err := w.creditor(ctx, f.inv.Creditor)
	if err != nil {
		return 0, err
	}
	d := &draft{act: collection.Act{Case: collection.Case{Key: f.inv.Key, Cycle: f.cycle}, Item: dunning.Item{Step: seen.Step, Act: seen.Act, At: seen.At}}, covered: []*file{f}, steps: []string{seen.Step}}
	d.letter = message.Letter{Creditor: from, Debtor: who, Language: firstOf(who.Language, from.Language, "en"), Today: seen.At.In(loc)}
	as := f.now
	f.now = seen.At
	defer func() { f.now = as }()
	decided := f.state.DecisionOn
	defer func() { f.state.DecisionOn = decided }()
	if decided == nil { // it comes before a notice that needs it
		f.state.DecisionOn = &dunning.Decision{Route: f.policy.Decide(f.state).Route, Approved: true}
	}
	if err := f.toDebtor(d, nil); err != nil {
		return 0, err
	}
	for _, c := range seen.Covers {
		if s, ok := files[c.Case].policy.Step(c.Step); ok {
			files[c.Case].joined(d, s)
		}
	}
	sms, err := w.s.catalog.SMS(d.letter)
	if err != nil {
		return 0, err
	}
	n, _ := message.Segments(sms.Body)
	return n, nil
}

func (w *foresight) creditor(ctx context.Context, id string) (invoice.Creditor, error) {
	if c, ok := w.parties[id]; ok {
		return c, nil
	}
	c, err := creditor(ctx, w.tx, id)
	if w.parties == nil {
		w.parties = map[string]invoice.Creditor{}
	}
	w.parties[id] = c
	return c, err
}

// count adds an act to its day.
func (w *foresight) count(a collection.ForecastAct) {
	d := w.days[a.Date]
	if d == nil {
		d = &collection.ForecastDay{Date: a.Date}
		w.days[a.Date] = d
	}
	switch a.Act {
	case dunning.Email:
		d.Emails++
		d.Invoices += len(a.Invoices)
	case dunning.SMS:
		d.SMS++
		d.Segments += a.Segments
		d.Invoices += len(a.Invoices)
	case dunning.PhoneTask:
		d.Calls++
	case dunning.Decide:
		d.Decisions++
	case dunning.Place:
		d.Placements++
	case dunning.Expire:
		d.Expiries++
	}
	d.Cost = d.Cost.Add(a.Cost)
	w.out.Cost = w.out.Cost.Add(a.Cost)
}

// result puts days and acts in order.
func (w *foresight) result() collection.Forecast {
	f := w.out
	f.AsOf, f.Until, f.Supposes = w.now, w.until(), supposed
	f.Days, f.Waiting = []collection.ForecastDay{}, []collection.ForecastGate{}
	for _, d := range w.days {
		f.Days = append(f.Days, *d)
	}
	slices.SortFunc(f.Days, func(a, b collection.ForecastDay) int { return cmp.Compare(a.Date, b.Date) })
	for gate, n := range w.gates {
		f.Waiting = append(f.Waiting, collection.ForecastGate{Gate: gate, Cases: n})
	}
	slices.SortFunc(f.Waiting, func(a, b collection.ForecastGate) int {
		return cmp.Or(b.Cases-a.Cases, cmp.Compare(a.Gate, b.Gate))
	})
	if f.Acts == nil {
		f.Acts = []collection.ForecastAct{}
	}
	slices.SortStableFunc(f.Acts, func(a, b collection.ForecastAct) int { return a.At.Compare(b.At) })
	return f
}
