package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// stageNow is an invoice's stage today: the one on file was right when the case last acted, and a due date
// passes without an act.
const stageNow = `CASE WHEN i.stage = 'before_due' AND i.due_on < ((SELECT business_now()) AT TIME ZONE coalesce(nullif(d.zone, ''), 'UTC'))::date THEN 'overdue' ELSE i.stage END`

const selectView = `SELECT i.creditor, i.number, i.kind, d.id, d.name, i.currency, i.amount, i.issued_on, i.due_on, i.expires_at, i.goods, i.reference, i.pay_url,
	i.status, ` + stageNow + `, i.balance, i.credited, i.written_off, i.paid, i.discounted, i.charged, i.waiting, d.zone, p.name, p.version, i.policy_hash, i.cycle, i.seq, i.next_at, i.plan
	FROM invoices i JOIN debtors d ON d.pk = i.debtor_pk JOIN policies p ON p.hash = i.policy_hash`

func scanPlanView(row pgx.CollectableRow) (collection.PlanView, error) {
	var v collection.PlanView
	var currency, policy string
	var amount, balance, version int64
	var st invoice.Standing
	var issued time.Time
	var due, expires, next *time.Time
	var plan []byte
	inv := &v.Invoice
	err := row.Scan(&inv.Creditor, &inv.Number, &inv.Kind, &inv.DebtorID, &v.DebtorName, &currency, &amount, &issued, &due, &expires, &inv.Goods, &inv.Reference, &inv.PayURL,
		&v.Status, &v.Stage, &balance, &st.Credited, &st.WrittenOff, &st.Paid, &st.Discounted, &st.Charged, &v.Waiting, &v.Zone, &policy, &version, &v.PolicyHash, &v.Cycle, &v.Seq, &next, &plan)
	if err != nil {
		return v, err
	}
	st.Principal = amount
	money := func(minor int64) invoice.Money { return invoice.NewMoney(minor, invoice.Currency(currency)) }
	inv.Amount, v.Balance, v.Paid, v.OnAccount = money(amount), money(balance), money(st.Paid), money(st.OnAccount())
	inv.IssuedOn, inv.ExpiresAt, inv.Policy = invoice.DateOf(issued), orZero(expires), policy
	if due != nil {
		inv.DueOn = invoice.DateOf(*due)
	}
	v.Policy, v.NextAt = fmt.Sprintf("%s v%d", policy, version), orZero(next)
	v.Workflow = collection.WorkflowID(inv.Key, v.Cycle)
	if v.Status.Settled() {
		v.Waiting, v.NextAt = "", time.Time{} // nothing that anybody could do
	}
	return v, json.Unmarshal(plan, &v.Plan)
}

// View reads where an invoice stands.
func (s *Store) View(ctx context.Context, k invoice.Key) (collection.View, error) {
	v, err := planView(ctx, s.pool, k)
	return v.View, err
}

func planView(ctx context.Context, q querier, k invoice.Key) (collection.PlanView, error) {
	rows, err := q.Query(ctx, selectView+` WHERE i.creditor = $1 AND i.number = $2`, k.Creditor, k.Number)
	if err != nil {
		return collection.PlanView{}, err
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanPlanView)
	if err != nil {
		return v, notFound(err, "invoice", "%s is not on file", k)
	}
	return v, addAgreements(ctx, q, &v.View)
}

// List reads a page of invoices by key.
func (s *Store) List(ctx context.Context, q collection.Filter) ([]collection.View, error) {
	rows, err := s.pool.Query(ctx, selectView+` WHERE ($1 = '' OR i.creditor = $1) AND ($2 = '' OR i.status = $2) AND ($3 = '' OR `+stageNow+` = $3) AND ($4 = '' OR d.id = $4)
		AND (i.creditor, i.number) > ($5, $6) ORDER BY i.creditor, i.number LIMIT $7`,
		q.Creditor, q.Status, q.Stage, q.DebtorID, q.After.Creditor, q.After.Number, pageSize(q.Limit))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (collection.View, error) {
		v, err := scanPlanView(row)
		return v.View, err
	})
}

// Plan reads what comes, what is held, and what was taken.
func (s *Store) Plan(ctx context.Context, k invoice.Key) (collection.PlanView, error) {
	v, err := planView(ctx, s.pool, k)
	if err != nil {
		return v, err
	}
	rows, err := s.pool.Query(ctx, `SELECT step, act, outcome, reason, at, coalesce(message_id::text, '') FROM acts
		WHERE invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2) ORDER BY at, seq, step, act`, k.Creditor, k.Number)
	if err != nil {
		return v, err
	}
	v.Taken, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t collection.TakenView, err error) {
		err = row.Scan(&t.Step, &t.Act, &t.Outcome, &t.Reason, &t.At, &t.Message)
		t.At = t.At.UTC()
		return t, err
	})
	return v, err
}

// Case reads the whole case file, as of one moment.
func (s *Store) Case(ctx context.Context, k invoice.Key) (collection.CaseView, error) {
	var v collection.CaseView
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		v, err = s.caseView(ctx, tx, k)
		return err
	})
	return v, err
}

func (s *Store) caseView(ctx context.Context, tx pgx.Tx, k invoice.Key) (collection.CaseView, error) {
	pv, err := planView(ctx, tx, k)
	v := collection.CaseView{View: pv.View}
	if err != nil {
		return v, err
	}
	var pk int64
	if err := tx.QueryRow(ctx, `SELECT pk FROM invoices WHERE creditor = $1 AND number = $2`, k.Creditor, k.Number).Scan(&pk); err != nil {
		return v, err
	}
	b := &pgx.Batch{}
	queueRows(b, &v.Events, scanEvent, `SELECT n, seq, at, kind, actor, text, data, hash FROM events WHERE invoice_pk = $1 ORDER BY n`, pk)
	queueRows(b, &v.Messages, scanMessage, `SELECT m.id, m.kind, m.channel, m.step, m.template, m.language, m.recipient, m.subject, m.body, m.html, m.hash, m.state, m.delivery, m.provider_id,
			EXISTS (SELECT 1 FROM attempts a JOIN attempt_claims k ON k.attempt_id = a.id WHERE a.message_id = m.id AND k.crossed),
			(SELECT array_agg(x.reference ORDER BY x.reference) FROM message_covers x WHERE x.message_id = m.id), m.claimed_at
		FROM message_covers c JOIN messages m ON m.id = c.message_id WHERE c.invoice_pk = $1 ORDER BY m.claimed_at, m.id`, pk)
	queueRows(b, &v.Tasks, scanTask, selectTask+` WHERE t.invoice_pk = $1 ORDER BY t.pk`, pk)
	queueRows(b, &v.Entries, scanEntry, `SELECT e.kind, e.key, e.at, json_agg(json_build_object('account', p.account, 'component', p.component, 'minor', p.amount, 'currency', trim(p.currency)) ORDER BY p.account)
		FROM entries e JOIN postings p ON p.entry_pk = e.pk WHERE e.invoice_pk = $1 GROUP BY e.pk ORDER BY e.pk`, pk)
	var decisions []collection.DecisionView
	queueRows(b, &decisions, func(row pgx.CollectableRow) (d collection.DecisionView, err error) {
		return d, row.Scan(&d.Route, &d.Reason, &d.Inputs, &d.Approved, &d.ApprovedBy, &d.At)
	}, `SELECT route, reason, inputs, approved, approved_by, at FROM decisions WHERE invoice_pk = $1 ORDER BY pk DESC LIMIT 1`, pk)
	var handoffs []collection.HandoffView
	queueRows(b, &handoffs, func(row pgx.CollectableRow) (h collection.HandoffView, err error) {
		var deadline *time.Time
		err = row.Scan(&h.Route, &h.Partner, &h.State, &h.SentAt, &deadline, &h.BundleSum)
		h.Deadline = orZero(deadline)
		return h, err
	}, `SELECT route, partner, state, at, deadline, bundle_sum FROM handoffs WHERE invoice_pk = $1 AND state <> 'void' ORDER BY pk DESC LIMIT 1`, pk)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return v, err
	}
	if len(decisions) > 0 {
		v.Decision = &decisions[0]
	}
	if len(handoffs) > 0 {
		v.Handoff = &handoffs[0]
	}
	return v, nil
}

// queueRows queues a query whose rows go into a slice.
func queueRows[T any](b *pgx.Batch, into *[]T, scan pgx.RowToFunc[T], sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, scan)
		return err
	})
}

func scanEvent(row pgx.CollectableRow) (e invoice.Event, err error) {
	var data string
	err = row.Scan(&e.N, &e.Seq, &e.At, &e.Kind, &e.Actor, &e.Text, &data, &e.Hash)
	e.At = e.At.UTC()
	if data != "" {
		e.Data = json.RawMessage(data)
	}
	return e, err
}

func scanMessage(row pgx.CollectableRow) (m collection.MessageView, err error) {
	err = row.Scan(&m.ID, &m.Kind, &m.Channel, &m.Step, &m.Template, &m.Language, &m.Recipient, &m.Subject, &m.Text, &m.HTML, &m.Hash, &m.State, &m.Delivery, &m.ProviderID, &m.Crossed, &m.References, &m.CreatedAt)
	m.CreatedAt = m.CreatedAt.UTC()
	return m, err
}

func scanEntry(row pgx.CollectableRow) (e collection.EntryView, err error) {
	var lines []struct {
		Account   invoice.Account
		Component invoice.Component
		Minor     int64
		Currency  invoice.Currency
	}
	err = row.Scan(&e.Kind, &e.Key, &e.At, &lines)
	e.At = e.At.UTC()
	for _, l := range lines {
		e.Postings = append(e.Postings, invoice.Posting{Account: l.Account, Component: l.Component, Amount: invoice.NewMoney(l.Minor, l.Currency)})
	}
	return e, err
}
