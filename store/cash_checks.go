package store

// onAccountSQL is invoice.Standing.OnAccount of the row i of invoices.
const onAccountSQL = `i.paid - least(i.paid, i.amount - i.credited - least(i.written_off, i.amount - i.credited)
	- least(i.discounted + i.charged, i.amount - i.credited - least(i.written_off, i.amount - i.credited)))`

// cashChecks are what must be true of the bank account's money at any moment.
var cashChecks = []check{
	{
		name:    "all postings sum to zero",
		counted: `SELECT count(*) FROM postings`,
		wrong:   `SELECT format('%s: %s', currency, sum(amount)) FROM postings GROUP BY currency HAVING sum(amount) <> 0 LIMIT 20`,
	},
	{
		name:    "the bank account equals the booked bank lines",
		counted: `SELECT count(*) FROM bank_entries WHERE state = 'booked'`,
		wrong: `SELECT format('%s: the ledger holds %s, the booked lines are %s', currency, sum(ledger), sum(lines)) FROM (
				SELECT trim(currency) AS currency, amount AS ledger, 0 AS lines FROM postings WHERE account = 'bank'
				UNION ALL SELECT currency, 0, amount FROM bank_entries WHERE state = 'booked') AS both_sides
			GROUP BY currency HAVING sum(ledger) <> sum(lines) LIMIT 20`,
	},
	{
		name:    "every bank line is in the ledger as it is, once",
		counted: `SELECT count(*) FROM bank_entries`,
		wrong: `SELECT format('line %s (%s, %s %s): %s', e.pk, e.state, e.amount, e.currency, CASE WHEN l.pk IS NULL THEN 'not in the ledger' ELSE 'in the ledger with ' || coalesce(p.amount, 0) END) FROM bank_entries e
			LEFT JOIN entries l ON l.bank_entry_pk = e.pk AND l.kind = 'bank' LEFT JOIN postings p ON p.entry_pk = l.pk AND p.account = 'bank'
			WHERE CASE WHEN e.state = 'booked' THEN e.amount <> 0 AND p.amount IS DISTINCT FROM e.amount ELSE l.pk IS NOT NULL END LIMIT 20`,
	},
	{
		name:    "payments are given out as their allocations say",
		counted: `SELECT count(*) FROM bank_details`,
		wrong: `SELECT format('payment %s (%s): %s of %s given out, its allocations say %s', d.pk, d.state, d.allocated, d.amount, coalesce(sum(a.amount), 0)) FROM bank_details d
			LEFT JOIN bank_allocations a ON a.detail_pk = d.pk GROUP BY d.pk
			HAVING d.allocated <> coalesce(sum(a.amount), 0) OR (d.state = 'decided') <> (d.allocated = d.amount AND d.state NOT IN ('told', 'accepted', 'replaced')) LIMIT 20`,
	},
	{
		name:    "every allocation is in the ledger as it is",
		counted: `SELECT count(*) FROM bank_allocations`,
		wrong: `SELECT format('allocation %s of payment %s: %s, the ledger says %s', a.pk, a.detail_pk, a.amount, coalesce(p.amount, 0)) FROM bank_allocations a
			JOIN entries e ON e.pk = a.ledger_pk LEFT JOIN postings p ON p.entry_pk = e.pk AND p.account = 'unidentified'
			WHERE p.amount IS DISTINCT FROM a.amount OR e.bank_detail_pk IS DISTINCT FROM a.detail_pk OR e.invoice_pk IS DISTINCT FROM a.invoice_pk LIMIT 20`,
	},
	{
		name:    "unidentified money is what nobody has decided about",
		counted: `SELECT count(*) FROM bank_details WHERE queued`,
		wrong: `SELECT format('%s: the ledger holds %s, undecided are %s', currency, sum(ledger), sum(open)) FROM (
				SELECT trim(currency) AS currency, -amount AS ledger, 0 AS open FROM postings WHERE account = 'unidentified'
				UNION ALL SELECT d.currency, 0, d.amount - d.allocated FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk WHERE e.state = 'booked' AND d.state <> 'replaced') AS both_sides
			GROUP BY currency HAVING sum(ledger) <> sum(open) LIMIT 20`,
	},
	{
		name:    "invoices hold what was allocated to them",
		counted: `SELECT count(*) FROM invoices`,
		wrong: `SELECT format('%s/%s: paid %s, discounts %s, charges %s; allocated %s, %s, %s', i.creditor, i.number, i.paid, i.discounted, i.charged,
				coalesce(sum(a.amount), 0), coalesce(sum(a.discount), 0), coalesce(sum(a.charge), 0)) FROM invoices i LEFT JOIN bank_allocations a ON a.invoice_pk = i.pk
			GROUP BY i.pk HAVING i.paid <> coalesce(sum(a.amount), 0) OR i.discounted <> coalesce(sum(a.discount), 0) OR i.charged <> coalesce(sum(a.charge), 0) LIMIT 20`,
	},
	{
		name:    "no payment comes back more than once",
		counted: `SELECT count(*) FROM bank_allocations WHERE returns IS NOT NULL`,
		wrong: `SELECT format('allocation %s of payment %s: %s, came back %s', a.pk, a.detail_pk, a.amount, -sum(r.amount)) FROM bank_allocations r JOIN bank_allocations a ON a.pk = r.returns
			WHERE NOT EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = r.pk) GROUP BY a.pk
			HAVING a.amount + sum(r.amount) < 0 OR EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = a.pk) LIMIT 20`,
	},
	{
		name:    "money on account is what invoices did not need",
		counted: `SELECT count(*) FROM bank_allocations WHERE target = 'on_account'`,
		wrong: `SELECT format('%s: the ledger holds %s, on account are %s', currency, sum(ledger), sum(said)) FROM (
				SELECT trim(currency) AS currency, -amount AS ledger, 0 AS said FROM postings WHERE account = 'unapplied'
				UNION ALL SELECT trim(i.currency), 0, ` + onAccountSQL + ` FROM invoices i
				UNION ALL SELECT d.currency, 0, a.amount FROM bank_allocations a JOIN bank_details d ON d.pk = a.detail_pk WHERE a.target = 'on_account') AS both_sides
			GROUP BY currency HAVING sum(ledger) <> sum(said) LIMIT 20`,
	},
}
