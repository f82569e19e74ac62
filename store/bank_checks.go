package store

// bankChecks are what must be true of bank files and of what was read from them.
var bankChecks = []check{
	{
		name:    "the payments inside a bank line add up to it",
		counted: `SELECT count(*) FROM bank_entries`,
		wrong: `SELECT format('line %s of %s: %s, inside %s', e.pk, e.account, e.amount, coalesce(sum(d.amount), 0)) FROM bank_entries e
			LEFT JOIN bank_details d ON d.entry_pk = e.pk AND d.state <> 'replaced' GROUP BY e.pk HAVING e.amount <> coalesce(sum(d.amount), 0) LIMIT 20`,
	},
	{
		name:    "statements brought the lines that they count",
		counted: `SELECT count(*) FROM bank_statements`,
		wrong: `SELECT format('statement %s of %s: %s entries, %s new and %s on file before', pk, account, entries, fresh, repeated) FROM bank_statements
			WHERE entries <> fresh + repeated OR fresh <> (SELECT count(*) FROM bank_entries e WHERE e.statement_pk = bank_statements.pk AND e.told_as <> 'other_format') LIMIT 20`,
	},
	{
		name:    "bank files get through",
		counted: `SELECT count(*) FROM bank_files WHERE state <> 'receiving'`,
		wrong: `SELECT format('%s (%s): %s since %s%s', name, left(sha256, 8), state, stored_at, CASE WHEN last_error <> '' THEN ': ' || last_error ELSE '' END) FROM bank_files
			WHERE parked_at IS NOT NULL OR (state IN ('stored', 'parsing', 'accepted', 'booking') AND available_at < clock_timestamp() - interval '30 minutes') LIMIT 20`,
	},
	{
		name:    "what somebody should look at on the bank accounts",
		counted: `SELECT count(*) FROM bank_alerts WHERE ended_at IS NULL`,
		wrong:   `SELECT format('%s (%s): %s', account, creditor, text) FROM bank_alerts WHERE ended_at IS NULL ORDER BY pk DESC LIMIT 20`,
		note:    true,
	},
}
