package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// StageFile is the first half of phase one: read reads the stored file into the sink it is given, and what
// it finds lies in staging when it is through, all of it or nothing. A file that cannot be read is refused
// whole. Doing it again begins from nothing; a file that is further already stays as it is.
func (s *Store) StageFile(ctx context.Context, i collection.Import, read func(f collection.StoredFile, sink bank.Sink) (bank.Report, error)) (collection.FileStanding, error) {
	var answer collection.FileStanding
	var report bank.Report
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		pk, f, at, err := s.takeFile(ctx, tx, i)
		if err != nil || at.State != collection.FileParsing {
			answer = at
			return err
		}
		st := &stager{ctx: ctx, tx: tx, file: pk}
		c := f.Content.(*content)
		if report, err = read(f, st); c.err != nil {
			return c.err // not the file's fault
		}
		if err == nil {
			err = st.flush()
		}
		if err != nil {
			return err
		}
		answer, err = st.done(report)
		return err
	})
	if bad, ok := errors.AsType[*bank.Problem](err); ok {
		return s.refuseFile(ctx, i, report, unreadable(report, bad))
	}
	if err == nil {
		err = failpoint.Hit("F6/bank_staged")
	}
	return answer, err
}

// unreadable is the refusal of a file that could not be read.
func unreadable(report bank.Report, p *bank.Problem) *invoice.Error {
	bare := *p
	bare.Hint = ""
	more := 0
	for _, other := range report.Problems {
		if other.Fatal {
			more++
		}
	}
	e := invoice.Invalid("file", "%s", bare.Error()).WithHint("%s", p.Hint)
	if more > 1 {
		e.Message += fmt.Sprintf(" (and %d more)", more-1)
	}
	return e
}

// takeFile makes this transaction the only one that reads the file, and clears what an earlier attempt left.
func (s *Store) takeFile(ctx context.Context, tx pgx.Tx, i collection.Import) (pk int64, f collection.StoredFile, at collection.FileStanding, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('bank file ' || $1, 0))`, i.SHA256); err != nil {
		return 0, f, at, err
	}
	// Through the pool: the row stays free for those who look how far it is.
	_, err = s.pool.Exec(ctx, `UPDATE bank_files SET state = 'parsing', read_bytes = 0, available_at = clock_timestamp() + $3::interval
		WHERE sha256 = $1 AND attempt = $2 AND state IN ('stored', 'parsing')`, i.SHA256, i.Attempt, standstill)
	if err != nil {
		return 0, f, at, err
	}
	pk, at, err = standingOf(ctx, s.pool, i)
	if err != nil || at.State != collection.FileParsing {
		return 0, f, at, err
	}
	err = s.pool.QueryRow(ctx, `SELECT name, size, profile, profile_yaml, account, currency FROM bank_files WHERE pk = $1`, pk).
		Scan(&f.Name, &f.Size, &f.Profile, &f.ProfileYAML, &f.Account, &f.Currency)
	if err != nil {
		return 0, f, at, err
	}
	f.Content = &content{ctx: ctx, s: s, pk: pk, size: f.Size, tell: func(read int64) error {
		_, err := s.pool.Exec(ctx, `UPDATE bank_files SET read_bytes = greatest(read_bytes, $2), available_at = clock_timestamp() + $3::interval WHERE pk = $1`, pk, read, standstill)
		return err
	}}
	return pk, f, at, clearStaging(ctx, tx, pk)
}

// standingOf reads how far an attempt is. One that was followed by another, or whose file nobody knows, has
// ended: there is nothing left to do for it.
func standingOf(ctx context.Context, q querier, i collection.Import) (pk int64, at collection.FileStanding, err error) {
	err = q.QueryRow(ctx, `SELECT pk, state, statements, entries, repeated, bookable FROM bank_files WHERE sha256 = $1 AND attempt = $2`, i.SHA256, i.Attempt).
		Scan(&pk, &at.State, &at.Statements, &at.Entries, &at.Repeated, &at.Bookable)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, collection.FileStanding{State: collection.FileRefused}, nil
	}
	return pk, at, err
}

func clearStaging(ctx context.Context, tx pgx.Tx, pk int64) error {
	b := &pgx.Batch{}
	for _, table := range []string{"staged_details", "staged_entries", "staged_statements"} {
		b.Queue(`DELETE FROM `+table+` WHERE file_pk = $1`, pk)
	}
	return tx.SendBatch(ctx, b).Close()
}

// refuseFile refuses a file whole: staging is emptied, and the reason is kept in words.
func (s *Store) refuseFile(ctx context.Context, i collection.Import, report bank.Report, why *invoice.Error) (collection.FileStanding, error) {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		var pk int64
		err := tx.QueryRow(ctx, `UPDATE bank_files SET state = 'refused', refused_for = $3, hint = $4, decided_at = business_now(),
				format = coalesce(nullif($5, ''), format), statements = greatest(statements, $6), entries = greatest(entries, $7), details = greatest(details, $8),
				report = CASE WHEN $9::jsonb = '{}' THEN report ELSE $9::jsonb END
			WHERE sha256 = $1 AND attempt = $2 AND state IN ('stored', 'parsing') RETURNING pk`,
			i.SHA256, i.Attempt, pgText(why.Message), pgText(why.Hint), report.Format, report.Statements, report.Entries, report.Details, reportJSON(report)).Scan(&pk)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // decided meanwhile
		}
		if err != nil {
			return err
		}
		return clearStaging(ctx, tx, pk)
	})
	if err != nil {
		return collection.FileStanding{}, err
	}
	_, at, err := standingOf(ctx, s.pool, i)
	return at, err
}

// fileReport is bank_files.report.
type fileReport struct {
	Problems []collection.BankProblem `json:"problems,omitempty"`
	Left     int                      `json:"left,omitempty"`
}

func reportJSON(r bank.Report) []byte {
	out := fileReport{Left: r.Left}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, collection.BankProblem{File: p.File, Line: p.Line, Entry: p.Entry, Field: p.Field, Message: p.Message, Hint: p.Hint})
	}
	return jsonb(out)
}

// jsonb writes v so that PostgreSQL takes it.
func jsonb(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // only our own plain structs come here
		return []byte("{}")
	}
	return withoutNUL(text)
}
