package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
)

// portfolioChunk is how many files are read in one round trip.
const portfolioChunk = 250

// portfolio reads the files of the open cases that a condition over i (invoices) means, without locks,
// debtor by debtor.
func (s *Store) portfolio(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]*file, error) {
	if err := s.knowPolicies(ctx, tx); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, selectInvoice+` WHERE i.status IN ('open', 'placed') AND `+where+` ORDER BY i.debtor_pk, i.pk`, args...)
	if err != nil {
		return nil, err
	}
	files, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*file, error) { return s.scanFile(ctx, tx, row) })
	if err != nil {
		return nil, err
	}
	for rest := files; len(rest) > 0; {
		n := min(len(rest), portfolioChunk)
		b := &pgx.Batch{}
		queueRead(b, rest[:n]...)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	for _, f := range files {
		f.refresh()
	}
	return files, nil
}

// knowPolicies reads the policies of all open cases beforehand: no question can be asked between rows.
func (s *Store) knowPolicies(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT hash FROM policies p WHERE EXISTS (SELECT 1 FROM invoices i WHERE i.policy_hash = p.hash AND i.status IN ('open', 'placed'))`)
	if err != nil {
		return err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := s.policy(ctx, tx, hash); err != nil {
			return err
		}
	}
	return nil
}

// reading runs fn over one unchanging picture of the database.
func (s *Store) reading(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

// Effects says what a policy would change for the running cases that follow another one now, in order of
// debtors; cases for which nothing changes are in the list with First -1. Nothing is written.
func (s *Store) Effects(ctx context.Context, old, with *dunning.Policy) ([]collection.PolicyEffect, error) {
	if old.Kind != with.Kind {
		return nil, errors.New("store: policies of two kinds have no running case in common")
	}
	effects := []collection.PolicyEffect{}
	err := s.reading(ctx, func(tx pgx.Tx) error {
		files, err := s.portfolio(ctx, tx, `i.policy_hash = $1`, old.Hash())
		if err != nil {
			return err
		}
		for _, f := range files {
			effects = append(effects, collection.PolicyEffect{
				Invoice: f.inv.Key, DebtorID: f.inv.DebtorID, Zone: f.state.Zone, Effect: dunning.EffectOf(old, with, f.state, f.now),
			})
		}
		return nil
	})
	return effects, err
}
