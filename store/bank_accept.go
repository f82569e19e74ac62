package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// AcceptFile is the second half of phase one, one transaction: what lies in staging is judged statement by
// statement (whose account, arithmetic, signs, repetitions, how it joins its neighbours) and becomes
// entries, or all of it is refused. Importers of the same account take turns.
func (s *Store) AcceptFile(ctx context.Context, i collection.Import) (collection.FileStanding, error) {
	var answer collection.FileStanding
	err := s.tx(ctx, func(tx pgx.Tx) error {
		a, at, err := s.openAccept(ctx, tx, i)
		if err != nil || at.State != collection.FileParsing {
			answer = at
			return err
		}
		answer, err = a.run(ctx)
		return err
	})
	if why, ok := errors.AsType[*refusal](err); ok {
		return s.refuseFile(ctx, i, bank.Report{}, why.why)
	}
	if err == nil {
		err = failpoint.Hit("F6/bank_accepted")
	}
	if err == nil && answer.State == collection.FileAccepted {
		err = s.countAgain(ctx, answer.Bookable)
	}
	return answer, err
}

// A file of manyLines, or one of someLines that is more than PostgreSQL knows of, changes so much that it
// must look at its tables before the pages are booked. It knows them as empty, or nearly so, until it looks by itself.
const (
	manyLines = 5_000
	someLines = 50
)

// countAgain lets PostgreSQL look at the tables that a file has filled, where it plans for much less.
func (s *Store) countAgain(ctx context.Context, lines int) error {
	var known float32
	if err := s.pool.QueryRow(ctx, `SELECT reltuples FROM pg_class WHERE oid = 'bank_details'::regclass`).Scan(&known); err != nil {
		return err
	}
	if lines < manyLines && (lines < someLines || known >= float32(lines)) {
		return nil
	}
	_, err := s.pool.Exec(ctx, `ANALYSE bank_entries, bank_details`)
	return err
}

// refusal turns a file away whole.
type refusal struct{ why *invoice.Error }

// Error is the reason in words.
func (r *refusal) Error() string { return r.why.Error() }

func refuse(format string, args ...any) *refusal {
	return &refusal{invoice.Invalid("file", format, args...)}
}

func (r *refusal) hint(format string, args ...any) *refusal {
	return &refusal{r.why.WithHint(format, args...)}
}

// acceptance is one file being judged.
type acceptance struct {
	tx       pgx.Tx
	file     int64
	now      time.Time
	allowOff bool
	left     int // entries that the reader left out
	all      []*stagedStatement
}

// stagedStatement is a statement that waits for its judgement, and what it comes to.
type stagedStatement struct {
	bank.Statement
	n       int
	entries int
	hash    []byte
	flipped bank.Arithmetic
	home    home // whose account it is

	pk          int64
	turn        bool // reversals are turned round
	sum         bank.Arithmetic
	repeats     int64       // the statement on file that this one is; 0: none
	first, last *time.Time  // of its booked entries
	closed      []time.Time // days that were whole on file, and that it has more entries for
	fresh, same int         // entries taken in, entries on file before
	alerts      []alert
}

// alert is what a person should know about a statement.
type alert struct{ kind, text string }

func (st *stagedStatement) alert(kind, format string, args ...any) {
	st.alerts = append(st.alerts, alert{kind, fmt.Sprintf(format, args...)})
}

func (s *Store) openAccept(ctx context.Context, tx pgx.Tx, i collection.Import) (*acceptance, collection.FileStanding, error) {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM bank_files WHERE sha256 = $1 FOR NO KEY UPDATE`, i.SHA256); err != nil {
		return nil, collection.FileStanding{}, err
	}
	pk, at, err := standingOf(ctx, tx, i)
	if err != nil || at.State != collection.FileParsing {
		return nil, at, err
	}
	a := &acceptance{tx: tx, file: pk}
	var report fileReport
	if err := tx.QueryRow(ctx, `SELECT allow_off, report, business_now() FROM bank_files WHERE pk = $1`, pk).Scan(&a.allowOff, &report, &a.now); err != nil {
		return nil, at, err
	}
	for _, p := range report.Problems {
		if p.Entry > 0 {
			a.left++
		}
	}
	rows, err := tx.Query(ctx, `SELECT n, currency, hash, entries, flipped, statement FROM staged_statements WHERE file_pk = $1 ORDER BY n`, pk)
	if err != nil {
		return nil, at, err
	}
	a.all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stagedStatement, error) {
		st := &stagedStatement{}
		var text []byte
		var currency string
		if err := row.Scan(&st.n, &currency, &st.hash, &st.entries, &st.flipped, &text); err != nil {
			return nil, err
		}
		err := json.Unmarshal(text, &st.Statement)
		if st.Account.Currency = invoice.Currency(currency); currency == "" && st.Closing != nil {
			st.Account.Currency = st.Closing.Amount.Currency
		}
		return st, err
	})
	return a, at, err
}

// run judges all statements, or refuses the file for the first that cannot be.
func (a *acceptance) run(ctx context.Context) (collection.FileStanding, error) {
	at := collection.FileStanding{State: collection.FileAccepted, Statements: len(a.all)}
	if len(a.all) == 0 {
		return at, refuse("holds no statement").hint("ask the bank for the file again")
	}
	if err := a.findHomes(ctx); err != nil {
		return at, err
	}
	if err := a.lockAccounts(ctx); err != nil {
		return at, err
	}
	for _, st := range a.all {
		if err := a.judge(ctx, st); err != nil {
			return at, err
		}
		at.Entries += st.entries
		at.Repeated += st.same
	}
	if err := a.joinAll(ctx); err != nil {
		return at, err
	}
	if err := clearStaging(ctx, a.tx, a.file); err != nil {
		return at, err
	}
	err := a.tx.QueryRow(ctx, `UPDATE bank_files SET state = 'accepted', decided_at = business_now(), repeated = $2, available_at = clock_timestamp() + $3::interval,
			bookable = (SELECT count(*) FROM bank_details WHERE file_pk = $1 AND state = 'accepted') WHERE pk = $1 RETURNING bookable`, a.file, at.Repeated, standstill).Scan(&at.Bookable)
	return at, err
}

// lockAccounts keeps other importers off these accounts until this one commits, in one order for all.
func (a *acceptance) lockAccounts(ctx context.Context) error {
	var names []string
	for _, st := range a.all {
		names = append(names, st.home.account)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if _, err := a.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('bank account ' || $1, 0))`, name); err != nil {
			return err
		}
	}
	for _, st := range a.all {
		_, err := a.tx.Exec(ctx, `INSERT INTO feeds (account, currency, creditor) VALUES ($1, $2, $3)
			ON CONFLICT (account, currency) DO UPDATE SET creditor = excluded.creditor WHERE feeds.creditor <> excluded.creditor`, st.home.account, st.Account.Currency, st.home.creditor)
		if err != nil {
			return err
		}
	}
	return nil
}

// judge takes one statement in.
func (a *acceptance) judge(ctx context.Context, st *stagedStatement) error {
	if err := a.chooseSigns(ctx, st); err != nil {
		return err
	}
	if err := a.checkSum(st); err != nil {
		return err
	}
	if err := a.findSame(ctx, st); err != nil {
		return err
	}
	if err := a.insertStatement(ctx, st); err != nil {
		return err
	}
	if st.repeats == 0 {
		if err := a.takeEntries(ctx, st); err != nil {
			return err
		}
	}
	return a.finish(ctx, st)
}

// finish files what became of a statement.
func (a *acceptance) finish(ctx context.Context, st *stagedStatement) error {
	if st.repeats != 0 {
		st.same = st.entries
	}
	if _, err := a.tx.Exec(ctx, `UPDATE bank_statements SET fresh = $2, repeated = $3 WHERE pk = $1`, st.pk, st.fresh, st.same); err != nil {
		return err
	}
	for _, al := range st.alerts {
		_, err := a.tx.Exec(ctx, `INSERT INTO bank_alerts (creditor, account, currency, statement_pk, kind, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			st.home.creditor, st.home.account, st.Account.Currency, st.pk, al.kind, al.text, a.now)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertStatement puts the statement on file. Its days are those it states, widened to those of its entries.
func (a *acceptance) insertStatement(ctx context.Context, st *stagedStatement) error {
	if err := a.dateEntries(ctx, st); err != nil {
		return err
	}
	err := a.tx.QueryRow(ctx, `SELECT min(booked_on), max(booked_on) FROM staged_entries WHERE file_pk = $1 AND statement_n = $2 AND status = 'booked'`, a.file, st.n).Scan(&st.first, &st.last)
	if err != nil {
		return err
	}
	from, to := st.first, st.last
	if st.Closing != nil && !st.Closing.On.IsZero() {
		to = later(to, dateArg(st.Closing.On))
	}
	if from == nil { // no entries: the days that it states
		if from = dayOf(st.From); from == nil {
			from = to
		}
	}
	if to = later(to, from); to == nil {
		to = dayOf(st.To)
	}
	state, repeats := "accepted", (*int64)(nil)
	if st.repeats != 0 {
		state, repeats = "repeated", &st.repeats
	}
	rule := "as_booked"
	if st.turn {
		rule = "turn_reversals"
	}
	opening, _ := figure(st.Opening)
	closing, closingOn := figure(st.Closing)
	return a.tx.QueryRow(ctx, `INSERT INTO bank_statements (file_pk, n, creditor, account, currency, kind, format, ref, number, from_on, to_on, opening, closing, closing_on, sum, sign_rule,
			hash, state, repeats, entries, statement, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) RETURNING pk`,
		a.file, st.n, st.home.creditor, st.home.account, st.Account.Currency, st.Kind, pgText(st.Format), pgText(st.Ref), pgText(st.Number), from, to, opening, closing, closingOn, st.sum, rule,
		st.hash, state, repeats, st.entries, jsonb(st.Statement), a.now).Scan(&st.pk)
}

// dateEntries gives booked entries whose day the bank doesn't say that of the closing balance, else of the
// statement, else of its arrival; it is part of what makes them the same, too.
func (a *acceptance) dateEntries(ctx context.Context, st *stagedStatement) error {
	_, err := a.tx.Exec(ctx, `UPDATE staged_entries SET booked_on = d.day, key = substring(sha256(key || convert_to(d.day::text, 'UTF8')) FOR 16)
		FROM (SELECT coalesce($3::date, $4::date, $5::date, (SELECT stored_at::date FROM bank_files WHERE pk = $1)) AS day) d
		WHERE file_pk = $1 AND statement_n = $2 AND status = 'booked' AND booked_on IS NULL`, a.file, st.n, closingDay(st), dayOf(st.To), dayOf(st.Created))
	return err
}

func closingDay(st *stagedStatement) *time.Time {
	_, on := figure(st.Closing)
	return on
}

// figure is a balance in minor units with its day; nils where it isn't said.
func figure(b *bank.Balance) (*int64, *time.Time) {
	if b == nil {
		return nil, nil
	}
	return &b.Amount.Minor, dateArg(b.On)
}

func dayOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return dateArg(invoice.DateOf(t))
}

// later is the later of two days; nil is none.
func later(a, b *time.Time) *time.Time {
	if a == nil || (b != nil && b.After(*a)) {
		return b
	}
	return a
}
