package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dunlin/collection"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// partSize is how much of a bank file lies in one row; all parts but the last are of this size.
const partSize = 1 << 20

// forgotten is how long a file may be on its way before its parts are taken for an abandoned upload.
const forgotten = 24 * time.Hour

// StoreFile takes a bank file in under the hash of its bytes; its import begins by itself. The same bytes
// again answer what became of them the first time, unless they were refused: then they are tried once more,
// read as this upload says. Parts are written as they come, so that memory stays flat and no transaction
// waits for a slow sender; the file is on file when the last one has committed.
func (s *Store) StoreFile(ctx context.Context, up collection.BankUpload, r io.Reader) (collection.BankFile, error) {
	up.Name = fileName(up.Name)
	if up.Currency != "" {
		if _, err := invoice.ParseCurrency(string(up.Currency)); err != nil {
			return collection.BankFile{}, err
		}
	}
	pk, err := s.beginFile(ctx, up)
	if err != nil {
		return collection.BankFile{}, err
	}
	sum, err := s.storeParts(ctx, pk, r)
	if err == nil {
		err = s.fileComplete(ctx, pk, sum)
	}
	if err == nil {
		return s.storedAs(ctx, sum, false)
	}
	_, dropErr := s.pool.Exec(context.WithoutCancel(ctx), `DELETE FROM bank_files WHERE pk = $1 AND state = 'receiving'`, pk)
	if !errors.Is(err, errRepeated) {
		return collection.BankFile{}, errors.Join(err, dropErr)
	}
	if err := s.retryFile(ctx, sum, up); err != nil {
		return collection.BankFile{}, err
	}
	return s.storedAs(ctx, sum, true)
}

// storedAs answers the file as it is now.
func (s *Store) storedAs(ctx context.Context, sum string, had bool) (collection.BankFile, error) {
	f, err := s.BankFile(ctx, sum)
	f.AlreadyHad = had
	if err == nil {
		err = failpoint.Hit("F6/bank_file")
	}
	return f, err
}

// fileName drops folders and what would disturb a reader's screen.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = pgText(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, name))
	if r := []rune(name); len(r) > 200 {
		name = string(r[:200])
	}
	if name == "." || name == "/" || name == "" {
		return "statement"
	}
	return name
}

// beginFile makes the row that the parts hang on. Its hash is not known yet: a random one holds the place.
func (s *Store) beginFile(ctx context.Context, up collection.BankUpload) (pk int64, err error) {
	place := make([]byte, sha256.Size)
	_, _ = rand.Read(place)
	if _, err := s.pool.Exec(ctx, `DELETE FROM bank_files WHERE state = 'receiving' AND available_at < clock_timestamp() - $1::interval`, forgotten); err != nil {
		return 0, err
	}
	err = s.pool.QueryRow(ctx, `INSERT INTO bank_files (sha256, name, size, actor, profile, profile_yaml, account, currency, allow_off)
		VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8) RETURNING pk`,
		hex.EncodeToString(place), up.Name, pgText(up.Actor), pgText(up.Profile), pgText(up.ProfileYAML), pgText(up.Account), up.Currency, up.AllowOff).Scan(&pk)
	return pk, err
}

// storeParts writes the bytes and returns their hash.
func (s *Store) storeParts(ctx context.Context, pk int64, r io.Reader) (string, error) {
	hash := sha256.New()
	part := make([]byte, partSize)
	var size int64
	for n := 1; ; n++ {
		got, err := io.ReadFull(r, part)
		if got > 0 {
			if size += int64(got); size > collection.MaxBankFile {
				return "", invoice.Invalid("file", "is larger than %d bytes", int64(collection.MaxBankFile)).WithHint("split it")
			}
			hash.Write(part[:got])
			if _, err := s.pool.Exec(ctx, `INSERT INTO bank_file_parts (file_pk, n, bytes) VALUES ($1, $2, $3)`, pk, n, part[:got]); err != nil {
				return "", err
			}
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return "", err
		case size == 0:
			return "", invoice.Invalid("file", "is empty").WithHint("ask the bank for the statement again")
		}
		_, err = s.pool.Exec(ctx, `UPDATE bank_files SET size = $2 WHERE pk = $1`, pk, size)
		return hex.EncodeToString(hash.Sum(nil)), err
	}
}

// fileComplete acknowledges the file, or says that its bytes are on file already.
func (s *Store) fileComplete(ctx context.Context, pk int64, sum string) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE bank_files SET sha256 = $2, state = 'stored', stored_at = business_now(), available_at = clock_timestamp() WHERE pk = $1`, pk, sum)
		if err != nil {
			return err
		}
		return ringForFiles(ctx, tx)
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "23505" {
		return errRepeated
	}
	return err
}

// retryFile lets a refused file try again; any other stays as it is.
func (s *Store) retryFile(ctx context.Context, sum string, up collection.BankUpload) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE bank_files SET state = 'stored', attempt = attempt + 1, profile = $2, profile_yaml = $3, account = $4, currency = $5, allow_off = $6, actor = $7,
				refused_for = '', hint = '', report = '{}', read_bytes = 0, decided_at = NULL, started_at = NULL, leased_until = NULL, failures = 0, last_error = '', parked_at = NULL, available_at = clock_timestamp()
			WHERE sha256 = $1 AND state = 'refused'`, sum, pgText(up.Profile), pgText(up.ProfileYAML), pgText(up.Account), up.Currency, up.AllowOff, pgText(up.Actor))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return ringForFiles(ctx, tx)
	})
}

// ringForFiles wakes the relays when the transaction commits.
func ringForFiles(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_notify('dunlin_files', '')`)
	return err
}
