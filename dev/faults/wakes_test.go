package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/conductor"
	"dunlin/invoice"
)

// TestDisturbedWakesGiveTheSameEnd tells the same facts about three invoices each: one in peace, and two
// whose wakes are lost, late, repeated and reordered, whose facts are told several times, and whose cases
// are signalled by hand. Acts, messages, balance and status must be the same in the end.
func TestDisturbedWakesGiveTheSameEnd(t *testing.T) {
	t.Parallel()
	const copies = 3
	w := newWorld(t, "")
	w.disturb()
	scripts := scripts()
	var events []conductor.Event
	for s, script := range scripts {
		for c := range copies {
			m := &meddler{w: w, n: s*copies + c + 1, calm: c == 0, random: rand.New(rand.NewPCG(uint64(s), uint64(c)))}
			m.number = fmt.Sprintf("INV-%d", m.n)
			w.issue(m.number, m.n)
			events = append(events, m.events(script)...)
		}
	}
	w.travel(150, events...)
	for s := range scripts {
		peace := w.end(s*copies + 1)
		t.Logf("script %d: %s", s, peace)
		for c := 1; c < copies; c++ {
			require.Equal(t, peace, w.end(s*copies+c+1), "script %d, copy %d", s, c)
		}
	}
	var disturbed int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT sum(hits) FROM disturbances`).Scan(&disturbed))
	require.Greater(t, disturbed, 10, "hardly a wake was lost or late")
	w.sound()
}

// disturb lets the database lose or delay the wakes of invoices as the table says.
func (w *world) disturb() {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `
		CREATE TABLE disturbances (invoice_pk bigint PRIMARY KEY, how text NOT NULL, hits integer NOT NULL DEFAULT 0);
		CREATE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS $$
		DECLARE d text;
		BEGIN
			UPDATE disturbances SET hits = hits + 1 WHERE invoice_pk = NEW.invoice_pk AND how <> '' RETURNING how INTO d;
			IF d = 'lost' THEN RETURN NULL; END IF;
			IF d = 'late' THEN NEW.available_at := clock_timestamp() + random() * interval '500 milliseconds'; END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER disturb BEFORE INSERT ON wakes FOR EACH ROW EXECUTE FUNCTION disturb();`)
	require.NoError(w.t, err)
}

// telling is a fact on a day.
type telling struct {
	day  float64
	tell func(ctx context.Context, w *world, f invoice.Fact) error
}

// meddler tells the facts of one invoice.
type meddler struct {
	w      *world
	n      int
	number string
	calm   bool
	random *rand.Rand
	seen   []collection.Snapshot
}

func (m *meddler) events(script []telling) (all []conductor.Event) {
	for i, s := range script {
		fact := invoice.Fact{Invoice: key(m.number), Key: fmt.Sprintf("%s-%d", m.number, i), Actor: "test"}
		all = append(all, conductor.Event{At: m.w.day(s.day), Name: fact.Key, Do: func(ctx context.Context) error {
			if m.calm {
				return s.tell(ctx, m.w, fact)
			}
			return m.meddle(ctx, func() error { return s.tell(ctx, m.w, fact) })
		}})
	}
	for _, s := range script { // when all is quiet, the past comes again
		if !m.calm {
			all = append(all, conductor.Event{At: m.w.day(s.day + 1.3), Name: "replay", Do: m.replay})
		}
	}
	for range 8 { // signals on days when nothing happens
		if !m.calm {
			all = append(all, conductor.Event{At: m.w.day(m.random.Float64() * 140), Name: "signals", Do: func(ctx context.Context) error { return m.signal(ctx, 2) }})
		}
	}
	return all
}

// meddle tells a fact up to three times while wakes are lost or late, and signals whatever was seen before.
func (m *meddler) meddle(ctx context.Context, tell func() error) error {
	how := []string{"", "lost", "late"}[m.random.IntN(3)]
	if err := m.how(ctx, how); err != nil {
		return err
	}
	if err := m.look(ctx); err != nil {
		return err
	}
	for range 1 + m.random.IntN(3) {
		if err := tell(); err != nil {
			return err
		}
	}
	if err := m.how(ctx, ""); err != nil {
		return err
	}
	if err := m.look(ctx); err != nil {
		return err
	}
	if how != "lost" {
		return m.signal(ctx, m.random.IntN(6))
	}
	if err := m.signal(ctx, 1); err != nil {
		return err
	}
	return m.w.books.Rewake(ctx, m.current(ctx)) // a lost wake is found by the verification, and repaired
}

func (m *meddler) how(ctx context.Context, how string) error {
	_, err := m.w.pool.Exec(ctx, `INSERT INTO disturbances (invoice_pk, how) SELECT pk, $2 FROM invoices WHERE number = $1
		ON CONFLICT (invoice_pk) DO UPDATE SET how = excluded.how`, m.number, how)
	return err
}

// look remembers the snapshot of this moment.
func (m *meddler) look(ctx context.Context) error {
	v, err := m.w.books.Plan(ctx, key(m.number))
	if err == nil {
		m.seen = append(m.seen, collection.Snapshot{Seq: v.Seq, Balance: v.Balance, Status: v.Status, Plan: v.Plan})
	}
	return err
}

func (m *meddler) current(ctx context.Context) collection.Case {
	v, _ := m.w.books.View(ctx, key(m.number))
	return collection.Case{Key: key(m.number), Cycle: v.Cycle}
}

// signal sends snapshots of any age, under any name and in any order, and now and then nothing or nonsense.
func (m *meddler) signal(ctx context.Context, n int) error {
	for range n {
		var payload any
		switch k := m.random.IntN(8); {
		case k == 0:
			payload = nil
		case k == 1:
			payload = "please"
		case len(m.seen) > 0:
			payload = m.seen[m.random.IntN(len(m.seen))]
		}
		name := collection.Signals[m.random.IntN(len(collection.Signals))]
		// A case that has ended, or has not begun, takes no signal: that is no error here.
		_ = m.w.client.SignalWorkflow(ctx, collection.WorkflowID(key(m.number), m.current(ctx).Cycle), "", name, payload)
	}
	return nil
}

// replay sends all snapshots that were seen, the newest first, and last the one from before the last fact.
func (m *meddler) replay(ctx context.Context) error {
	c := m.current(ctx)
	for _, s := range append(reversed(m.seen), m.seen[len(m.seen)-2]) {
		_ = m.w.client.SignalWorkflow(ctx, collection.WorkflowID(c.Key, c.Cycle), "", collection.SignalHold, s)
	}
	return nil
}

func reversed[T any](all []T) []T {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// end is what must be the same: where the invoice stands, its acts with their ends and days, its messages.
func (w *world) end(n int) string {
	w.t.Helper()
	p, err := w.books.Plan(w.t.Context(), key(fmt.Sprintf("INV-%d", n)))
	require.NoError(w.t, err)
	out := fmt.Sprintf("%s, %s open, %s on account, cycle %d:", p.Status, p.Balance, p.OnAccount, p.Cycle)
	for _, a := range p.Taken {
		out += fmt.Sprintf(" %s/%s %s day %d,", a.Step, a.Act, a.Outcome, int(a.At.Sub(w.begin)/(24*time.Hour)))
	}
	out += " sent"
	for _, e := range w.taken(n) {
		out += fmt.Sprintf(" %s %s day %d", e.Kind, reference(e), int(e.Lab.Sub(w.begin)/(24*time.Hour)))
	}
	return out
}
