package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// inputs is what an act is judged by now, as it is kept with a claim.
func (f *file) inputs(step string, act dunning.Act) dunning.Inputs {
	in := f.policy.InputsOf(f.state, step, act, f.now)
	in.Hash, in.Seq = f.hash, f.seq
	for _, it := range f.plan.Items {
		if it.Step == step && it.Act == act {
			in.Planned, in.Reason = it.At, it.Reason
		}
	}
	return in
}

// Find returns the invoices that a text names: a number, or a creditor and a number. Several creditors may
// use the same number.
func (s *Store) Find(ctx context.Context, text string) ([]invoice.Key, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.creditor, i.number FROM creditors c JOIN invoices i ON i.creditor = c.id
		AND (i.number = $1 OR i.number = substr($1, length(c.id) + 2)) WHERE i.number = $1 OR c.id || '/' || i.number = $1 ORDER BY 1, 2`, text)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k invoice.Key, err error) {
		return k, row.Scan(&k.Creditor, &k.Number)
	})
}

// Explain says for every act of an invoice's ladder why it was done or why it was not, as of one moment.
// It locks and changes nothing.
func (s *Store) Explain(ctx context.Context, k invoice.Key) (collection.ExplainView, error) {
	var v collection.ExplainView
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		pv, err := planView(ctx, tx, k)
		if err != nil {
			return err
		}
		v = collection.ExplainView{View: pv.View}
		f, err := s.scanFile(ctx, tx, tx.QueryRow(ctx, selectInvoice+` WHERE i.creditor = $1 AND i.number = $2`, k.Creditor, k.Number))
		if err != nil {
			return err
		}
		if err := f.read(ctx); err != nil {
			return err
		}
		f.refresh()
		f.plan = f.policy.Plan(f.state, f.now)
		e := &explainer{file: f}
		if err := e.read(ctx, &v); err != nil {
			return err
		}
		v.History, v.Assigned, v.Acts = f.state.History, f.state.Assigned, e.acts()
		return nil
	})
	return v, err
}

// explainer gathers what is on file about the acts of one invoice.
type explainer struct {
	*file
	ends     []endRow
	claims   map[string]dunning.Inputs // by message id
	receipts map[string]*collection.ReceiptView
	pending  map[[2]string]string // step and act → message that is under way
}

// endRow is an end on file with its reason.
type endRow struct {
	collection.TakenView
	bounced bool
}

func (e *explainer) read(ctx context.Context, v *collection.ExplainView) error {
	e.claims, e.receipts, e.pending = map[string]dunning.Inputs{}, map[string]*collection.ReceiptView{}, map[[2]string]string{}
	b := &pgx.Batch{}
	b.Queue(`SELECT segment FROM invoices WHERE pk = $1`, e.pk).QueryRow(func(row pgx.Row) error { return row.Scan(&v.Segment) })
	queueRows(b, &e.ends, func(row pgx.CollectableRow) (r endRow, err error) {
		err = row.Scan(&r.Step, &r.Act, &r.Outcome, &r.Reason, &r.At, &r.Message, &r.bounced)
		r.At = r.At.UTC()
		return r, err
	}, `SELECT a.step, a.act, a.outcome, a.reason, a.at, coalesce(a.message_id::text, ''), coalesce(m.delivery IN ('bounced', 'dropped', 'undelivered'), false)
		FROM acts a LEFT JOIN messages m ON m.id = a.message_id WHERE a.invoice_pk = $1 ORDER BY a.at, a.seq, a.step, a.act`, e.pk)
	b.Queue(`SELECT data FROM events WHERE invoice_pk = $1 AND kind LIKE '%\_claimed' ORDER BY n`, e.pk).Query(func(rows pgx.Rows) error {
		var data string
		_, err := pgx.ForEachRow(rows, []any{&data}, func() error {
			var claim struct {
				Message string
				Inputs  *dunning.Inputs
			}
			err := json.Unmarshal([]byte(data), &claim)
			if claim.Inputs != nil {
				e.claims[claim.Message] = *claim.Inputs
			}
			return err
		})
		return err
	})
	e.readReceipts(b)
	return e.tx.SendBatch(ctx, b).Close()
}

// readReceipts reads the messages that told this invoice's steps, with what the providers said.
func (e *explainer) readReceipts(b *pgx.Batch) {
	b.Queue(`SELECT m.id, (SELECT array_agg(a.id ORDER BY a.n) FROM attempts a WHERE a.message_id = m.id), CASE WHEN m.invoice_pk = $1 THEN '' ELSE p.number END,
			(SELECT array_agg(x.reference ORDER BY x.reference) FROM message_covers x WHERE x.message_id = m.id), m.recipient, m.template, m.variant, m.language, m.subject, m.hash,
			m.state, m.provider_id, m.claimed_at, m.ended_at, m.delivery, c.step, c.act, c.void
		FROM message_covers c JOIN messages m ON m.id = c.message_id JOIN invoices p ON p.pk = m.invoice_pk WHERE c.invoice_pk = $1 ORDER BY m.claimed_at, m.id`, e.pk).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			r := &collection.ReceiptView{}
			var ended *time.Time
			var step, act string
			var void bool
			if err := rows.Scan(&r.Message, &r.Attempts, &r.In, &r.With, &r.Recipient, &r.Template, &r.Variant, &r.Language, &r.Subject, &r.Hash,
				&r.State, &r.ProviderID, &r.ClaimedAt, &ended, &r.Delivery, &step, &act, &void); err != nil {
				return err
			}
			r.ClaimedAt, r.EndedAt = r.ClaimedAt.UTC(), orZero(ended)
			e.receipts[r.Message] = r
			if !void {
				e.pending[[2]string{step, act}] = r.Message
			}
		}
		return rows.Err()
	})
	b.Queue(`SELECT a.message_id::text, d.kind, d.at, d.reason, d.provider FROM deliveries d JOIN attempts a ON a.id = d.attempt_id OR d.attempt_id = '' AND d.provider_id <> ''
			AND d.provider_id = (SELECT provider_id FROM messages WHERE id = a.message_id)
		JOIN message_covers c ON c.message_id = a.message_id WHERE c.invoice_pk = $1 ORDER BY d.at, d.kind`, e.pk).Query(func(rows pgx.Rows) error {
		var id string
		var d collection.DeliveryView
		_, err := pgx.ForEachRow(rows, []any{&id, &d.Kind, &d.At, &d.Reason, &d.By}, func() error {
			if r := e.receipts[id]; r != nil {
				d.At = d.At.UTC()
				r.Reports = append(r.Reports, d)
			}
			return nil
		})
		return err
	})
}

// acts explains the ladder in the policy's order, then what was taken beside it.
func (e *explainer) acts() []collection.ExplainedAct {
	var all []collection.ExplainedAct
	told := map[int]bool{}
	for i := range e.policy.Steps {
		s := &e.policy.Steps[i]
		for _, act := range append(slices.Clone(s.Acts), e.others(s)...) {
			n := slices.IndexFunc(e.ends, func(r endRow) bool { return r.Step == s.ID && r.Act == act })
			if n >= 0 {
				told[n] = true
				all = append(all, e.ended(*s, e.ends[n]))
				continue
			}
			all = append(all, e.open(*s, act))
		}
	}
	for n, r := range e.ends {
		if !told[n] {
			s, ok := e.policy.Step(r.Step)
			if !ok {
				s = dunning.Step{ID: r.Step, Title: r.Step}
			}
			all = append(all, e.ended(s, r))
		}
	}
	return all
}

// others are acts of a step that it took or takes beside its own: its fallback.
func (e *explainer) others(s *dunning.Step) []dunning.Act {
	var acts []dunning.Act
	add := func(step string, act dunning.Act) {
		if step == s.ID && act.Contacts() && !s.Has(act) && !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	for _, r := range e.ends {
		add(r.Step, r.Act)
	}
	for _, f := range e.state.InFlight {
		add(f.Step, f.Act)
	}
	for _, it := range e.plan.Items {
		add(it.Step, it.Act)
	}
	return acts
}

// ended explains an act with an end on file.
func (e *explainer) ended(s dunning.Step, r endRow) collection.ExplainedAct {
	a := collection.ExplainedAct{Step: s.ID, Title: s.Title, Act: r.Act, State: string(r.Outcome), At: r.At, Done: true, Rule: s.Rule(), Receipt: e.receipts[r.Message]}
	switch r.Outcome {
	case dunning.Skipped:
		a.Done, a.Why = false, "skipped: "+r.Reason
	case dunning.Rejected:
		a.Done, a.Why = false, because("the provider refused it", r.Reason)
	case dunning.Unconfirmed:
		a.Why = "sent, but nobody could find out whether the provider took it; it is never resent by itself"
	case dunning.Covered:
		a.Why = "told in the message of " + e.inOf(a.Receipt)
	case dunning.Person:
		a.Why = firstOf(r.Reason, "a person does it")
	default:
		a.Why = firstOf(r.Reason, "every gate was open")
	}
	if r.bounced {
		a.Why += "; the provider took it, and it did not arrive"
	}
	e.known(&a, r.Message)
	return a
}

func (e *explainer) inOf(r *collection.ReceiptView) string {
	if r == nil {
		return "another invoice"
	}
	return firstOf(r.In, e.inv.Number)
}

// known adds the inputs of the claim and what they meant.
func (e *explainer) known(a *collection.ExplainedAct, messageID string) {
	if in, ok := e.claims[messageID]; ok {
		a.Inputs, a.Gates = &in, e.policy.Gates(in, a.Step, a.Act)
	}
}

// open explains an act that has no end: under way, planned, held, or never to come.
func (e *explainer) open(s dunning.Step, act dunning.Act) collection.ExplainedAct {
	a := collection.ExplainedAct{Step: s.ID, Title: s.Title, Act: act, State: "not_planned", Rule: s.Rule(), Why: "it is not planned"}
	for _, f := range e.state.InFlight {
		if f.Step == s.ID && f.Act == act {
			id := e.pending[[2]string{s.ID, string(act)}]
			a.State, a.Done, a.Receipt = "in_flight", true, e.receipts[id]
			a.Why = "on its way to the provider"
			if f.Unknown {
				a.Why = "the provider's answer was lost; it is looked up"
			}
			e.known(&a, id)
			return a
		}
	}
	in := e.inputs(s.ID, act)
	for _, it := range e.plan.Items {
		if it.Step == s.ID && it.Act == act {
			a.State, a.At, a.Why = "planned", it.At, fmt.Sprintf("its time has not come: %s", it.Reason)
		}
	}
	for _, h := range e.plan.Held {
		if h.Step == s.ID && h.Act == act {
			a.State, a.Why = "held", h.Reason
			a.Gates = append(a.Gates, dunning.Gate{Name: h.Gate, Text: h.Reason})
		}
	}
	for _, k := range e.plan.Skips {
		if k.Step == s.ID && k.Act == act {
			a.State, a.Why = string(dunning.Skipped), "will be skipped: "+k.Reason
		}
	}
	if e.status.Settled() {
		a.Why = fmt.Sprintf("nothing is owed any more: the invoice is %s", e.status)
		return a
	}
	a.Inputs = &in
	for _, g := range e.policy.Gates(in, s.ID, act) {
		if !told(a, in, g) {
			a.Gates = append(a.Gates, g)
		}
	}
	return a
}

// told says whether a gate needs no word: it is judged when the act is due, and the plan's reason says what it
// moved; or the act is held, and the hold names this very gate, or leaves no moment that time could judge.
func told(a collection.ExplainedAct, in dunning.Inputs, g dunning.Gate) bool {
	if slices.Contains([]string{"window", "gap", "cap"}, g.Name) {
		return true
	}
	return a.State == "held" && (g.Name == "time" && in.Planned.IsZero() || slices.ContainsFunc(a.Gates, func(h dunning.Gate) bool { return h.Name == g.Name && !h.Open }))
}
