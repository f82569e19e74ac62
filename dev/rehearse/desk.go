package rehearse

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"time"

	"dunlin/collection"
	"dunlin/dev/audit"
	"dunlin/invoice"
)

// deskHour is when people do their day's work, UTC: in the middle of Europe's afternoon.
const deskHour = 15 * time.Hour

// desk is everybody who is no program: the collectors, who make their calls and approve, the partners,
// who acknowledge, and the debtors. What they do depends on the seed and the invoice alone.
type desk struct {
	r     *rehearsal
	start time.Time
	acks  []audit.Ack
	done  map[string]bool // what debtors have done already
}

func newDesk(r *rehearsal, start time.Time) *desk {
	return &desk{r: r, start: start, done: map[string]bool{}}
}

// draw is a number from 0 up to, but without, 1: always the same for the same words.
func (d *desk) draw(words ...string) float64 {
	h := fnv.New64a()
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], d.r.Seed)
	_, _ = h.Write(seed[:]) // a hash takes everything
	for _, w := range words {
		_, _ = h.Write(append([]byte(w), 0))
	}
	x := h.Sum64() // FNV leaves the first bits of similar words alike: mix them
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// day is one day's work: not at weekends, except that debtors pay on any day.
func (d *desk) day(ctx context.Context) error {
	now, err := d.r.lab.Clock.Now(ctx)
	if err != nil {
		return err
	}
	if d.r.Behave == BehaveTypical {
		if err := d.debtors(ctx, now); err != nil {
			return err
		}
	}
	if wd := now.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return nil
	}
	if err := d.tasks(ctx, now); err != nil {
		return err
	}
	return d.partners(ctx, now)
}

func (d *desk) tasks(ctx context.Context, now time.Time) error {
	for after := int64(0); ; {
		page, err := d.r.books.Tasks(ctx, collection.TaskFilter{After: after, Limit: 200})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, t := range page {
			after = t.ID
			result, ok := d.result(t, now)
			if !ok {
				continue
			}
			if _, err := d.r.books.FinishTask(ctx, result); err != nil && invoice.CodeOf(err) == "" {
				return err
			}
		}
	}
}

// result is how a task ends; false for one that nobody here can finish, such as a missing address.
func (d *desk) result(t collection.TaskView, now time.Time) (invoice.TaskResult, bool) {
	r := invoice.TaskResult{Task: t.ID, Actor: "collector", Note: "rehearsed"}
	switch t.Kind {
	case collection.TaskFixContact:
		return r, false
	case collection.TaskPhone:
		r.Outcome = d.call(t)
		if r.Outcome == "promised" {
			r.By = invoice.DateOf(now).AddDays(7)
		}
	case collection.TaskApproval:
		r.Actor, r.Outcome = "credit manager", "approved"
	case collection.TaskDecision:
		r.Actor, r.Outcome = "credit manager", "agency"
	default:
		r.Outcome = collection.TaskOutcomes[t.Kind][0]
	}
	return r, r.Outcome != ""
}

// calls are how calls end where debtors behave as usual, by their share.
var calls = []struct {
	upTo    float64
	outcome string
}{{0.45, "no_answer"}, {0.65, "voicemail"}, {0.83, "reached"}, {0.95, "promised"}, {0.98, "refused"}, {1, "disputed"}}

func (d *desk) call(t collection.TaskView) string {
	if d.r.Behave == BehaveNone {
		return "no_answer"
	}
	x := d.draw("call", t.Creditor, t.Number, t.Step)
	for _, c := range calls {
		if x < c.upTo {
			return c.outcome
		}
	}
	return "no_answer"
}

// partners acknowledge what they got, two days later.
func (d *desk) partners(ctx context.Context, now time.Time) error {
	keys, err := d.keys(ctx, `SELECT i.creditor, i.number FROM handoffs h JOIN invoices i ON i.pk = h.invoice_pk WHERE h.state = 'sent' AND i.status = 'placed' AND h.at < $1 ORDER BY i.pk`, now.AddDate(0, 0, -2))
	if err != nil {
		return err
	}
	for _, k := range keys {
		_, err := d.r.books.ReportHandoff(ctx, invoice.HandoffReport{
			Fact:    invoice.Fact{Invoice: k, Key: "acknowledged " + k.String(), Actor: "partner"},
			Outcome: "acknowledged",
		})
		if err != nil && invoice.CodeOf(err) == "" {
			return err
		}
	}
	return nil
}

func (d *desk) keys(ctx context.Context, sql string, args ...any) ([]invoice.Key, error) {
	rows, err := d.r.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var keys []invoice.Key
	for rows.Next() {
		var k invoice.Key
		if err := rows.Scan(&k.Creditor, &k.Number); err != nil {
			rows.Close()
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
