package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

const selectBankFile = `SELECT sha256, name, size, state, attempt, format, statements, entries, repeated, bookable, booked, read_bytes, refused_for, hint, report,
	CASE WHEN state = 'stored' OR parked_at IS NOT NULL THEN last_error ELSE '' END, stored_at, decided_at, done_at FROM bank_files`

func scanBankFile(row pgx.CollectableRow) (f collection.BankFile, err error) {
	var report []byte
	var decided, done *time.Time
	err = row.Scan(&f.SHA256, &f.Name, &f.Size, &f.State, &f.Attempt, &f.Format, &f.Statements, &f.Entries, &f.Repeated, &f.Payments, &f.Booked, &f.ReadBytes, &f.Reason, &f.Hint, &report,
		&f.Waits, &f.StoredAt, &decided, &done)
	if err != nil {
		return f, err
	}
	f.StoredAt, f.DecidedAt, f.DoneAt = f.StoredAt.UTC(), orZero(decided), orZero(done)
	f.Workflow = collection.ImportID(collection.Import{SHA256: f.SHA256, Attempt: f.Attempt})
	var r fileReport
	err = json.Unmarshal(report, &r)
	f.Problems, f.Left = r.Problems, r.Left
	return f, err
}

// BankFile shows one bank file; its hash may be cut to what is unique, at least 6 digits.
func (s *Store) BankFile(ctx context.Context, sum string) (collection.BankFile, error) {
	if len(sum) < 6 {
		return collection.BankFile{}, invoice.Invalid("file", "%q is too short to name a file", sum).WithHint("write at least 6 digits of its hash; dunlin bank files lists them")
	}
	rows, err := s.pool.Query(ctx, selectBankFile+` WHERE sha256 >= $1 AND sha256 < $1 || 'g' AND state <> 'receiving' ORDER BY sha256 LIMIT 2`, sum)
	if err != nil {
		return collection.BankFile{}, err
	}
	found, err := pgx.CollectRows(rows, scanBankFile)
	switch {
	case err != nil:
		return collection.BankFile{}, err
	case len(found) == 0:
		return collection.BankFile{}, invoice.Unknown("file", "no bank file %s is on file", sum).WithHint("dunlin bank files lists them")
	case len(found) > 1:
		return collection.BankFile{}, invoice.Invalid("file", "%q begins the hash of several files", sum).WithHint("write more of it")
	}
	return found[0], nil
}

// BankFiles lists bank files, the newest first.
func (s *Store) BankFiles(ctx context.Context, f collection.BankFileFilter) ([]collection.BankFile, error) {
	rows, err := s.pool.Query(ctx, selectBankFile+` WHERE state <> 'receiving' AND ($1 = '' OR state = $1) AND ($2 = '' OR pk < (SELECT pk FROM bank_files WHERE sha256 = $2))
		ORDER BY pk DESC LIMIT $3`, string(f.State), f.After, f.Limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanBankFile)
}

// BankStatements lists statements, the newest first.
func (s *Store) BankStatements(ctx context.Context, f collection.BankStatementFilter) ([]collection.BankStatement, error) {
	rows, err := s.pool.Query(ctx, `SELECT s.pk, f.sha256, f.name, s.creditor, s.account, s.currency, s.kind, s.format, s.ref, s.number, s.from_on, s.to_on, s.opening, s.closing, s.sum, s.continuity,
			s.gap, s.sign_rule, s.state, s.entries, s.fresh, s.repeated, s.at,
			ARRAY(SELECT text FROM bank_alerts a WHERE a.statement_pk = s.pk AND a.ended_at IS NULL ORDER BY a.pk)
		FROM bank_statements s JOIN bank_files f ON f.pk = s.file_pk
		WHERE ($1 = '' OR s.creditor = $1) AND ($2 = '' OR s.account = $2) AND ($3 = '' OR f.sha256 = $3) AND ($4 = 0 OR s.pk < $4) ORDER BY s.pk DESC LIMIT $5`,
		f.Creditor, compactAccount(f.Account), f.File, f.After, f.Limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b collection.BankStatement, err error) {
		var currency invoice.Currency
		var from, to *time.Time
		var opening, closing *int64
		var gap int64
		err = row.Scan(&b.ID, &b.File, &b.FileName, &b.Creditor, &b.Account, &currency, &b.Kind, &b.Format, &b.Ref, &b.Number, &from, &to, &opening, &closing, &b.Sum, &b.Continuity,
			&gap, &b.SignRule, &b.State, &b.Entries, &b.Fresh, &b.Repeated, &b.At, &b.Alerts)
		b.At = b.At.UTC()
		if from != nil && to != nil {
			b.From, b.To = invoice.DateOf(*from), invoice.DateOf(*to)
		}
		b.Opening, b.Closing = money(opening, currency), money(closing, currency)
		if gap != 0 {
			b.Gap = invoice.NewMoney(gap, currency)
		}
		return b, err
	})
}

// money is an amount, or nil where there is none.
func money(minor *int64, c invoice.Currency) *invoice.Money {
	if minor == nil {
		return nil
	}
	m := invoice.NewMoney(*minor, c)
	return &m
}
