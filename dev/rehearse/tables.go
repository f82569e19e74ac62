package rehearse

import (
	"crypto/sha256"
	"strings"

	"github.com/google/uuid"
)

// tables are what hangs on open invoices, in the order in which it can be written. Left behind are the
// words: message bodies, case files, notes, reasons, raw reports of providers; and what belongs to an
// installation: keys, hooks, wakes, stop switches.
func (c *copier) tables() []table {
	return append(c.parties(), append(c.standing(), append(c.sent(), c.deskTables()...)...)...)
}

// parties are who is owed and who owes.
func (c *copier) parties() []table {
	seen := map[string]bool{}
	return []table{
		{
			name: "creditors", columns: []string{"id", "profile"},
			sql:  `SELECT id, profile::text FROM creditors WHERE id = ANY(@creditors) ORDER BY id`,
			veil: c.veilCreditor,
		},
		{
			name: "debtors", columns: []string{"pk", "creditor", "id", "name", "type", "country", "region", "zone", "language", "customer_group"},
			sql: `SELECT pk, creditor, id, name, type, country, region, zone, language, customer_group FROM debtors WHERE pk = ANY(@debtors)`,
			veil: func(row []any) bool {
				pk, _ := row[0].(int64)
				row[2], row[3] = c.ids[pk], c.names[pk]
				return true
			},
		},
		{
			name: "contacts", columns: []string{"debtor_pk", "channel", "address", "n", "name", "health", "health_reason"},
			sql: `SELECT debtor_pk, channel, address, n, name, health, CASE health WHEN 'ok' THEN '' ELSE 'it failed before the rehearsal' END
				FROM contacts WHERE debtor_pk = ANY(@debtors) ORDER BY debtor_pk, channel, n, address`,
			veil: func(row []any) bool {
				pk, _ := row[0].(int64)
				channel, _ := row[1].(string)
				address, _ := row[2].(string)
				name, _ := row[4].(string)
				row[2], row[4] = c.veil.address(channel, address), veiled(name, c.names[pk])
				key := c.names[pk] + c.ids[pk] + channel + c.veil.address(channel, address)
				if seen[key] { // the same address in other letters
					return false
				}
				seen[key] = true
				return true
			},
		},
		{
			name: "suppressions", columns: []string{"creditor", "channel", "address", "at"},
			sql: `SELECT creditor, channel, address, at FROM suppressions WHERE creditor = ANY(@creditors)`,
			veil: func(row []any) bool {
				channel, _ := row[1].(string)
				address, _ := row[2].(string)
				if !c.veil.knows(address) { // of nobody who is taken
					return false
				}
				row[2] = c.veil.address(channel, address)
				return true
			},
		},
	}
}

// standing is where each invoice stands.
func (c *copier) standing() []table {
	return []table{
		{
			name: "invoices",
			columns: []string{
				"pk", "creditor", "number", "goods", "pay_url", "content_hash", "event_head", "debtor_pk", "kind", "currency", "amount", "credited", "written_off", "paid", "balance",
				"issued_on", "due_on", "expires_at", "policy_hash", "status", "stage", "cycle", "seq", "event_n", "plan", "created_at", "segment", "history", "assigned",
			},
			sql: `SELECT pk, creditor, number, CASE goods WHEN '' THEN '' ELSE 'the goods ordered' END, pay_url, ''::bytea, ''::bytea, debtor_pk, kind, currency, amount, credited, written_off, paid, balance,
				issued_on, due_on, expires_at, policy_hash, status, stage, cycle, seq, 1::bigint, '{"items": []}', created_at, segment, history, assigned::text
				FROM invoices WHERE pk = ANY(@invoices)`,
			veil: func(row []any) bool {
				pk, _ := row[0].(int64)
				x := c.cases[pk]
				link, _ := row[4].(string)
				sum := sha256.Sum256([]byte(x.creditor + "/" + c.numbers[pk]))
				row[2], row[4], row[5], row[6], row[11], row[13] = c.numbers[pk], c.veil.link(x.creditor, x.number, link), sum[:], c.firstEvent(x).Hash, x.credited, x.paid
				return true
			},
		},
		{
			name: "cases", columns: []string{"invoice_pk", "cycle", "opened_at"},
			sql: `SELECT c.invoice_pk, c.cycle, c.opened_at FROM cases c JOIN invoices i ON i.pk = c.invoice_pk AND i.cycle = c.cycle WHERE i.pk = ANY(@invoices)`,
		},
		{
			name: "stops", columns: []string{"pk", "invoice_pk", "kind", "from_at", "until_at", "ended_at", "seq", "ended_seq", "amount", "paid_then", "how_ended"},
			sql: `SELECT pk, invoice_pk, kind, from_at, until_at, ended_at, seq, ended_seq, amount, paid_then - (SELECT i.paid FROM invoices i WHERE i.pk = invoice_pk), how_ended FROM stops WHERE invoice_pk = ANY(@invoices)`,
		},
		{
			name: "acts", columns: []string{"invoice_pk", "step", "act", "outcome", "cycle", "seq", "at", "message_id"},
			sql: `SELECT invoice_pk, step, act, outcome, cycle, seq, at, message_id FROM acts WHERE invoice_pk = ANY(@invoices)
				UNION ALL SELECT DISTINCT ON (v.invoice_pk, v.step, v.act) v.invoice_pk, v.step, v.act, 'accepted', i.cycle, i.seq, m.claimed_at, m.id
				FROM message_covers v JOIN messages m ON m.id = v.message_id JOIN invoices i ON i.pk = v.invoice_pk
				WHERE v.invoice_pk = ANY(@invoices) AND NOT v.void AND m.kind = 'collecting' AND m.state IN ('in_flight', 'unknown')
					AND NOT EXISTS (SELECT 1 FROM acts a WHERE a.invoice_pk = v.invoice_pk AND a.step = v.step AND a.act = v.act)`,
		},
		{
			name: "deferrals", columns: []string{"invoice_pk", "step", "act", "not_before", "reason"},
			sql: `SELECT invoice_pk, step, act, not_before, 'put off before the rehearsal' FROM deferrals WHERE invoice_pk = ANY(@invoices) AND scope = '' AND not_before IS NOT NULL`,
		},
		{
			name: "payment_plans", columns: []string{"pk", "invoice_pk", "n", "agreed_at", "seq", "received_then", "state", "ended_at", "ended_seq"},
			sql: `SELECT pk, invoice_pk, n, agreed_at, seq, received_then, state, ended_at, ended_seq FROM payment_plans WHERE invoice_pk = ANY(@invoices)`,
		},
		{
			name: "instalments", columns: []string{"plan_pk", "n", "due_on", "amount"},
			sql: `SELECT i.plan_pk, i.n, i.due_on, i.amount FROM instalments i JOIN payment_plans p ON p.pk = i.plan_pk WHERE p.invoice_pk = ANY(@invoices)`,
		},
	}
}

// state of what was on its way: it is taken to have arrived, because the sandbox knows nothing of it.
const state = `CASE %.state WHEN 'in_flight' THEN 'accepted' WHEN 'unknown' THEN 'accepted' ELSE %.state END`

func stateOf(t string) string { return strings.ReplaceAll(state, "%", t) }

// taking are the messages that tell about taken invoices, or count for a cap of their debtors.
const taking = `m.debtor_pk = ANY(@debtors) AND (m.invoice_pk = ANY(@invoices) OR m.claimed_at > business_now() - interval '9 days'
	OR EXISTS (SELECT 1 FROM message_covers v WHERE v.message_id = m.id AND v.invoice_pk = ANY(@invoices)))`

// sent are the messages, without what they said.
func (c *copier) sent() []table {
	ours := func(row []any, at int) {
		if pk, _ := row[at].(int64); c.cases[pk] == nil {
			debtor, _ := row[at-1].(int64)
			row[at] = c.led[debtor]
		}
	}
	return []table{
		{
			name: "messages",
			columns: []string{
				"id", "creditor", "debtor_pk", "invoice_pk", "kind", "channel", "recipient", "step", "act", "class", "template", "language", "subject", "body", "html", "hash",
				"state", "delivery", "claimed_at", "ended_at",
			},
			sql: `SELECT m.id, m.creditor, m.debtor_pk, m.invoice_pk, m.kind, m.channel, m.recipient, m.step, m.act, m.class, m.template, m.language, '', '', '', '',
				` + stateOf("m") + `, m.delivery, m.claimed_at, m.ended_at FROM messages m WHERE ` + taking,
			veil: func(row []any) bool {
				ours(row, 3)
				channel, _ := row[5].(string)
				recipient, _ := row[6].(string)
				row[6] = c.veil.address(channel, recipient)
				if id, ok := row[0].([16]byte); ok {
					c.imported[uuid.UUID(id).String()] = true
				}
				return true
			},
		},
		{
			name: "message_covers", columns: []string{"message_id", "invoice_pk", "step", "act", "reference", "void"},
			sql: `SELECT v.message_id, v.invoice_pk, v.step, v.act, v.reference, v.void OR m.kind <> 'collecting' AND m.state IN ('in_flight', 'unknown')
				FROM message_covers v JOIN messages m ON m.id = v.message_id WHERE v.invoice_pk = ANY(@invoices) AND ` + taking,
			veil: func(row []any) bool {
				pk, _ := row[1].(int64)
				reference, _ := row[4].(string)
				row[4] = c.numbers[pk] + reference[max(0, strings.LastIndexByte(reference, '/')):]
				return true
			},
		},
		{
			name: "attempts", columns: []string{"id", "message_id", "n", "state", "claimed_at", "claimed_wall", "http_deadline", "look_ups", "ended_at"},
			sql: `SELECT a.id, a.message_id, a.n, ` + stateOf("a") + `, a.claimed_at, a.claimed_wall, a.http_deadline, a.look_ups, coalesce(a.ended_at, a.claimed_at)
				FROM attempts a JOIN messages m ON m.id = a.message_id WHERE ` + taking,
		},
		{
			name: "attempt_claims", columns: []string{"attempt_id", "invoice_pk", "seq", "crossed"},
			sql: `SELECT k.attempt_id, k.invoice_pk, k.seq, k.crossed FROM attempt_claims k JOIN attempts a ON a.id = k.attempt_id JOIN messages m ON m.id = a.message_id
				WHERE k.invoice_pk = ANY(@invoices) AND ` + taking,
		},
	}
}

// deskTables are what people have to do or have decided.
func (c *copier) deskTables() []table {
	return []table{
		{
			name: "tasks", columns: []string{"pk", "kind", "creditor", "debtor_pk", "invoice_pk", "step", "text", "state", "outcome", "escalated", "seq", "opened_at", "due_at", "ended_at"},
			sql: `SELECT pk, kind, creditor, debtor_pk, CASE WHEN invoice_pk = ANY(@invoices) THEN invoice_pk END, step, 'open before the rehearsal', CASE state WHEN 'claimed' THEN 'open' ELSE state END,
				outcome, escalated, seq, opened_at, due_at, ended_at FROM tasks WHERE debtor_pk = ANY(@debtors)
				AND (state IN ('open', 'claimed') AND (invoice_pk IS NULL OR invoice_pk = ANY(@invoices)) OR state IN ('done', 'closed') AND (kind = 'phone' AND opened_at > business_now() - interval '9 days'))`,
		},
		{
			name: "decisions", columns: []string{"pk", "invoice_pk", "cycle", "route", "reason", "inputs", "approved", "approved_by", "at"},
			sql: `SELECT pk, invoice_pk, cycle, route, 'before the rehearsal', '{}', approved, CASE approved_by WHEN '' THEN '' ELSE 'a person' END, at FROM decisions WHERE invoice_pk = ANY(@invoices)`,
		},
		{
			name: "handoffs", columns: []string{"pk", "invoice_pk", "route", "partner", "address", "state", "bundle_html", "bundle_json", "bundle_sum", "message_id", "deadline", "at"},
			sql: `SELECT pk, invoice_pk, route, 'the ' || route, address, state, '', '', '', message_id, deadline, at FROM handoffs
				WHERE invoice_pk = ANY(@invoices) AND state <> 'prepared'`,
			veil: func(row []any) bool {
				address, _ := row[4].(string)
				row[4] = c.veil.email(address)
				return true
			},
		},
	}
}
