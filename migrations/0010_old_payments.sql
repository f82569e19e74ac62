-- Payments from before there were bank lines: each becomes a line of its creditor's manual account with the
-- allocation of all of it, so that the bank account equals the booked lines for them, too. What was booked
-- stays as it is; a second entry of the payment moves the money from "bank" to "unidentified", and the entry
-- of the line brings it back to "bank".
-- +goose Up
CREATE TEMPORARY TABLE old_money ON COMMIT DROP AS
SELECT e.pk, e.invoice_pk, i.creditor, i.debtor_pk, e.kind, e.key, e.seq, e.booked_on, trim(p.currency) AS currency, p.amount, CASE WHEN e.key = '' THEN 'entry ' || e.pk ELSE e.key END AS ref,
    coalesce((SELECT v.actor FROM events v WHERE v.invoice_pk = e.invoice_pk AND v.seq = e.seq AND CASE WHEN v.kind IN ('payment', 'payment_returned') AND v.data LIKE '{%' THEN v.data::jsonb->>'key' = e.key END ORDER BY v.n LIMIT 1), 'dunlin') AS actor,
    nextval(pg_get_serial_sequence('bank_entries', 'pk')) AS line_pk, nextval(pg_get_serial_sequence('bank_details', 'pk')) AS detail_pk,
    nextval(pg_get_serial_sequence('bank_allocations', 'pk')) AS allocation_pk,
    nextval(pg_get_serial_sequence('entries', 'pk')) AS line_entry_pk, nextval(pg_get_serial_sequence('entries', 'pk')) AS move_entry_pk
FROM entries e JOIN postings p ON p.entry_pk = e.pk AND p.account = 'bank' JOIN invoices i ON i.pk = e.invoice_pk
WHERE e.bank_entry_pk IS NULL AND e.bank_detail_pk IS NULL
ORDER BY e.pk;
CREATE INDEX ON old_money (creditor, kind, key);

INSERT INTO bank_entries (pk, creditor, account, currency, amount, state, booked_on, value_on, bank_ref, code, key, at, booked_at) OVERRIDING SYSTEM VALUE
SELECT line_pk, creditor, 'manual/' || creditor, currency, amount, 'booked', booked_on, booked_on, ref, kind, sha256(convert_to(kind, 'UTF8') || '\x00' || convert_to(ref, 'UTF8')), business_now(), business_now() FROM old_money;

-- The currencies without two digits are those of ISO 4217.
INSERT INTO bank_details (pk, entry_pk, n, creditor, amount, currency, kind, tx, state, how, decided_by, decided_at, debtor_pk, allocated) OVERRIDING SYSTEM VALUE
SELECT detail_pk, line_pk, 1, creditor, amount, currency, 'transfer', jsonb_build_object('n', 1, 'kind', 'transfer', 'refs', jsonb_build_object('bank_ref', ref),
        'amount', jsonb_build_object('currency', currency, 'amount', round(amount / power(10::numeric, digits), digits)::text)),
    'decided', CASE WHEN amount > 0 THEN 'applied' ELSE 'returned' END, actor, business_now(), debtor_pk, amount
FROM (SELECT *, CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        WHEN currency IN ('CLF', 'UYW') THEN 4 ELSE 2 END AS digits FROM old_money) AS o;

INSERT INTO entries (pk, invoice_pk, kind, key, seq, booked_on, at, bank_entry_pk, bank_detail_pk) OVERRIDING SYSTEM VALUE
SELECT line_entry_pk, NULL::bigint, 'bank', ref, 0, booked_on, business_now(), line_pk, NULL::bigint FROM old_money
UNION ALL SELECT move_entry_pk, invoice_pk, kind, key, seq, booked_on, business_now(), NULL, detail_pk FROM old_money;
INSERT INTO postings (entry_pk, account, invoice_pk, debtor_pk, amount, currency)
SELECT line_entry_pk, a.account, NULL::bigint, NULL::bigint, a.sign * amount, currency FROM old_money CROSS JOIN (VALUES ('bank', 1), ('unidentified', -1)) AS a (account, sign)
UNION ALL SELECT move_entry_pk, a.account, invoice_pk, debtor_pk, a.sign * amount, currency FROM old_money CROSS JOIN (VALUES ('bank', -1), ('unidentified', 1)) AS a (account, sign);

-- A return names the payment that it takes back.
INSERT INTO bank_allocations (pk, detail_pk, target, invoice_pk, debtor_pk, amount, ledger_pk, returns, decided_by, at) OVERRIDING SYSTEM VALUE
SELECT o.allocation_pk, o.detail_pk, 'invoice', o.invoice_pk, o.debtor_pk, o.amount, o.move_entry_pk, of.allocation_pk, o.actor, business_now()
FROM old_money o LEFT JOIN facts f ON f.creditor = o.creditor AND f.kind = 'return' AND o.kind = 'return' AND f.key = o.key
    LEFT JOIN old_money of ON of.creditor = o.creditor AND of.kind = 'payment' AND of.key = f.refers_to AND of.invoice_pk = o.invoice_pk
ORDER BY o.pk;

-- +goose Down
-- The lines stay: a ledger is not shortened.
SELECT 1;
