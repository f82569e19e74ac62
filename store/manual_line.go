package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/invoice"
)

// manualAccount is where money is booked that no statement has told: a person or a payment provider says
// that it came in or went out.
func manualAccount(creditor string) string { return "manual/" + creditor }

// told books money that somebody told about this invoice: a line of the creditor's manual account, and the
// allocation of all of it. Out is negative. It ends with the money in the invoice's standing.
func (f *file) told(ctx context.Context, kind, key string, minor int64, on invoice.Date, actor string, returns int64) error {
	if on.IsZero() {
		on = f.today()
	}
	if err := f.notBackYet(ctx, -minor, returns); err != nil {
		return err
	}
	detail, err := f.manualLine(ctx, kind, key, minor, on, actor)
	if err != nil {
		return err
	}
	to := f.standing
	to.Paid += minor
	if minor > 0 {
		if err := f.crossed(ctx, detail, on, f.standing.Balance() > 0 && to.Balance() == 0); err != nil {
			return err
		}
	}
	err = f.bookMoney(ctx, kind, key, to, on, &allocation{detail: detail, target: toInvoice, amount: minor, returns: returns, basis: basis{by: actor}})
	if err != nil || minor > 0 {
		return err
	}
	return f.uncrossed(ctx, detail)
}

// notBackYet refuses to take back more of an allocation than is in force: a bank line may have taken it back
// before somebody told the same by hand.
func (f *file) notBackYet(ctx context.Context, minor, returns int64) error {
	if returns == 0 {
		return nil
	}
	var left int64
	err := f.tx.QueryRow(ctx, `SELECT a.amount + r.amount FROM bank_allocations a CROSS JOIN `+backOf+` WHERE a.pk = $1`, returns).Scan(&left)
	if err == nil && minor > left {
		return invoice.WrongState("%s of the payment have come back in a bank statement: %s are left", f.money(minor), f.money(left)).WithHint("see dunlin case %s", f.inv.Number)
	}
	return err
}

// manualLine puts a line of the manual account on file, booked and decided, and returns its only detail.
func (f *file) manualLine(ctx context.Context, kind, key string, minor int64, on invoice.Date, actor string) (detail int64, err error) {
	tx, err := json.Marshal(bank.TxDetail{N: 1, Amount: f.money(minor), Kind: bank.Transfer, Refs: bank.Refs{BankRef: key}})
	if err != nil {
		return 0, err
	}
	how := "applied"
	if minor < 0 {
		how = "returned"
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + key))
	err = f.tx.QueryRow(ctx, `WITH e AS (INSERT INTO bank_entries (creditor, account, currency, amount, state, booked_on, value_on, bank_ref, code, key, at, booked_at)
			VALUES ($1, $2, $3, $4, 'booked', $5, $6, $7, $8, $9, $10, $10) RETURNING pk),
		d AS (INSERT INTO bank_details (entry_pk, n, creditor, amount, currency, kind, tx, state, how, decided_by, decided_at, debtor_pk, allocated)
			SELECT pk, 1, $1, $4, $3, 'transfer', $11, 'decided', $12, $13, $10, $14, $4 FROM e RETURNING pk),
		l AS (INSERT INTO entries (kind, key, seq, booked_on, at, bank_entry_pk) SELECT 'bank', $7, 0, $6, $10, pk FROM e RETURNING pk),
		p AS (INSERT INTO postings (entry_pk, account, amount, currency) SELECT l.pk, v.account, v.sign * $4, $3 FROM l CROSS JOIN (VALUES ('bank', 1), ('unidentified', -1)) AS v (account, sign))
		SELECT pk FROM d`,
		f.inv.Creditor, manualAccount(f.inv.Creditor), f.inv.Amount.Currency, minor, dateArg(f.today()), dateArg(on), key, kind, sum[:], f.now, tx, how, actor, f.debtor).Scan(&detail)
	return detail, err
}

// allocationOf finds the allocation of a payment that was told by hand; 0 when it was booked otherwise.
func (f *file) allocationOf(ctx context.Context, payment string) (pk int64, err error) {
	err = f.tx.QueryRow(ctx, `SELECT a.pk FROM bank_allocations a JOIN bank_details d ON d.pk = a.detail_pk JOIN bank_entries e ON e.pk = d.entry_pk
		WHERE a.invoice_pk = $1 AND e.account = $2 AND e.bank_ref = $3 AND a.amount > 0 ORDER BY a.pk LIMIT 1`, f.pk, manualAccount(f.inv.Creditor), payment).Scan(&pk)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return pk, err
}
