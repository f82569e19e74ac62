package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

// stageRows is how many rows go to the database at once: what a reading holds in memory.
const stageRows = 2000

// stager is the sink that writes a reading into staging.
type stager struct {
	ctx  context.Context //nolint:containedctx // bank.Sink has no room for one
	tx   pgx.Tx
	file int64

	n        int // statements begun
	open     bank.Statement
	keys     hash.Hash // over the keys of the statement's entries
	entries  int
	currency invoice.Currency // of the open statement
	turned   int64            // booked reversals of the open statement: what turning them round would change, halved

	entryRows, detailRows [][]any
}

// Begin opens a statement.
func (s *stager) Begin(st *bank.Statement) error {
	s.n++
	s.open, s.keys, s.entries, s.currency, s.turned = *st, sha256.New(), 0, st.Account.Currency, 0
	return nil
}

var (
	entryColumns = []string{
		"file_pk", "statement_n", "n", "amount", "currency", "status", "reversal", "booked_on", "value_on", "bank_ref", "entry_ref", "code", "info", "batch",
		"line", "repaired", "doubts", "key", "party", "details",
	}
	detailColumns = []string{"file_pk", "statement_n", "entry_n", "n", "amount", "kind", "payer_name", "payer_account", "end_to_end", "tx"}
)

// Entry takes an entry of the open statement. One without a booking day has that of its value date.
func (s *stager) Entry(e *bank.Entry) error {
	if e.BookedOn.IsZero() && e.Status == bank.StatusBooked {
		e.BookedOn = e.ValueOn
	}
	if s.currency == "" {
		s.currency = e.Amount.Currency
	}
	if e.Reversal && e.Status == bank.StatusBooked {
		s.turned += e.Amount.Minor
	}
	key := entryKey(e)
	s.keys.Write(key)
	s.entries++
	doubts := make([]string, len(e.Doubts))
	for i, d := range e.Doubts {
		doubts[i] = pgText(d)
	}
	s.entryRows = append(s.entryRows, []any{
		s.file, s.n, e.N, e.Amount.Minor, string(e.Amount.Currency), string(e.Status), e.Reversal, dateArg(e.BookedOn), dateArg(e.ValueOn), pgText(e.BankRef), pgText(e.EntryRef),
		pgText(e.Code), pgText(e.Info), e.Batch, e.Line, e.Repaired, doubts, key, pgText(partyOf(e)), len(e.Details),
	})
	for i := range e.Details {
		if err := s.detail(e, &e.Details[i]); err != nil {
			return err
		}
	}
	return s.flushAt(stageRows)
}

func (s *stager) detail(e *bank.Entry, d *bank.TxDetail) error {
	party := counterparty(e, d)
	s.detailRows = append(s.detailRows, []any{
		s.file, s.n, e.N, d.N, d.Amount.Minor, string(d.Kind), pgText(party.Name), accountOf(party), pgText(d.Refs.EndToEnd), jsonb(d),
	})
	return s.flushAt(stageRows)
}

// End closes the statement: its balances are known now, and so whether it adds up.
func (s *stager) End(st *bank.Statement) error {
	_, err := s.tx.Exec(s.ctx, `INSERT INTO staged_statements (file_pk, n, account, currency, kind, sum, flipped, hash, entries, statement) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.file, s.n, pgText(st.Account.Key()), s.currency, st.Kind, st.Sum, s.flipped(st), s.keys.Sum(nil), s.entries, jsonb(st))
	return err
}

// flipped says whether the statement adds up when reversals are turned round: some banks mark them with the
// sign of what they take back.
func (s *stager) flipped(st *bank.Statement) bank.Arithmetic {
	if st.Sum == bank.NotSaid || s.turned == 0 {
		return st.Sum
	}
	if st.Opening.Amount.Minor+st.Booked-2*s.turned == st.Closing.Amount.Minor {
		return bank.AddsUp
	}
	return bank.Off
}

func (s *stager) flushAt(rows int) error {
	if len(s.entryRows) < rows && len(s.detailRows) < rows {
		return nil
	}
	return s.flush()
}

// flush writes what is held.
func (s *stager) flush() error {
	if _, err := s.tx.CopyFrom(s.ctx, pgx.Identifier{"staged_entries"}, entryColumns, pgx.CopyFromRows(s.entryRows)); err != nil {
		return err
	}
	_, err := s.tx.CopyFrom(s.ctx, pgx.Identifier{"staged_details"}, detailColumns, pgx.CopyFromRows(s.detailRows))
	clear(s.entryRows)
	clear(s.detailRows)
	s.entryRows, s.detailRows = s.entryRows[:0], s.detailRows[:0]
	return err
}

// done notes what was read. The planner is told how much it is: it plans for tables that were empty else.
func (s *stager) done(r bank.Report) (at collection.FileStanding, err error) {
	_, err = s.tx.Exec(s.ctx, `UPDATE bank_files SET format = $2, statements = $3, entries = $4, details = $5, report = $6, read_bytes = size WHERE pk = $1`,
		s.file, r.Format, s.n, r.Entries, r.Details, reportJSON(r))
	if err == nil && r.Entries >= stageRows {
		_, err = s.tx.Exec(s.ctx, `ANALYSE staged_entries, staged_details`)
	}
	return collection.FileStanding{State: collection.FileParsing, Statements: s.n, Entries: r.Entries}, err
}

// withoutNUL takes the character 0 out of JSON, where it is written \u0000: jsonb has no room for it.
func withoutNUL(text []byte) []byte {
	const nul = `\u0000`
	if !bytes.Contains(text, []byte(nul)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case bytes.HasPrefix(text[i:], []byte(nul)):
			out = append(out, ' ')
			i += len(nul) - 1
		case text[i] == '\\' && i+1 < len(text):
			out = append(out, text[i], text[i+1])
			i++
		default:
			out = append(out, text[i])
		}
	}
	return out
}
