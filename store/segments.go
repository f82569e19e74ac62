package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/dunning"
	"dunlin/invoice"
)

// PutSegments makes the rules those that choose the policy of invoices issued from now on. A rule that
// names no policy on file, or one for another kind than its own, is refused.
func (s *Store) PutSegments(ctx context.Context, rules *dunning.Segments, source []byte, actor string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		complete, err := s.completeSegments(ctx, tx, rules)
		if err != nil {
			return err
		}
		hash := complete.Hash()
		if _, err := tx.Exec(ctx, `INSERT INTO segment_sets (hash, source, compiled, actor) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, hash, string(source), string(complete.Canonical()), actor); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO segment_set_in_force (hash) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET hash = excluded.hash`, hash)
		return err
	})
}

// CompleteSegments checks rules against the policies on file, and gives each that names no kind the kind
// of its policy, so that no order is collected by a policy for invoices.
func (s *Store) CompleteSegments(ctx context.Context, rules *dunning.Segments) (*dunning.Segments, error) {
	return s.completeSegments(ctx, s.pool, rules)
}

func (s *Store) completeSegments(ctx context.Context, q querier, rules *dunning.Segments) (*dunning.Segments, error) {
	complete := &dunning.Segments{Rules: slices.Clone(rules.Rules)}
	for i := range complete.Rules {
		r := &complete.Rules[i]
		kind, err := s.checkSegment(ctx, q, i, *r)
		if err != nil {
			return nil, err
		}
		r.When.Kinds = []invoice.Kind{kind}
	}
	return complete, nil
}

func (s *Store) checkSegment(ctx context.Context, q querier, i int, r dunning.Segment) (invoice.Kind, error) {
	field := fmt.Sprintf("segments[%d]", i)
	var hash string
	if err := q.QueryRow(ctx, `SELECT hash FROM policy_names WHERE name = $1`, r.Policy).Scan(&hash); err != nil {
		return "", hinted(notFound(err, field+".policy", "segment %q names %q, which is not on file", r.Name, r.Policy), "put the policy on file first: dunlin policy put; dunlin policy list shows what is there")
	}
	p, err := s.policy(ctx, q, hash)
	if err != nil {
		return "", err
	}
	if k := r.When.Kinds; len(k) > 1 || len(k) == 1 && k[0] != p.Kind {
		return "", invoice.Invalid(field+".when.kind", "segment %q takes others than the %ss that %s is for", r.Name, p.Kind, p.Name).WithHint("write kind: %s, or leave it away", p.Kind)
	}
	return p.Kind, nil
}

// Features reads what the segment rules looked at when an invoice was issued, with its debtor as it is now.
func (s *Store) Features(ctx context.Context, k invoice.Key) (dunning.Features, error) {
	f := dunning.Features{Creditor: k.Creditor}
	err := s.pool.QueryRow(ctx, `SELECT i.kind, i.amount, i.currency, i.history, d.customer_group, d.country, d.type FROM invoices i JOIN debtors d ON d.pk = i.debtor_pk
		WHERE i.creditor = $1 AND i.number = $2`, k.Creditor, k.Number).Scan(&f.Kind, &f.Amount.Minor, &f.Amount.Currency, &f.History, &f.Group, &f.Country, &f.Type)
	return f, notFound(err, "invoice", "%s is not on file", k)
}

// Segments returns the rules in force with their source; without any set, an error with the code of the unknown.
func (s *Store) Segments(ctx context.Context) (*dunning.Segments, []byte, error) {
	rules, err := s.segmentsInForce(ctx, s.pool)
	if err != nil {
		return nil, nil, err
	}
	if rules == nil {
		return nil, nil, invoice.Unknown("segments", "no rules are on file: every invoice gets the default policy of its kind").WithHint("dunlin segments put FILE")
	}
	var source string
	err = s.pool.QueryRow(ctx, `SELECT source FROM segment_sets JOIN segment_set_in_force USING (hash)`).Scan(&source)
	return rules, []byte(source), err
}

// segmentsInForce reads the rules for new invoices; nil when there are none.
func (s *Store) segmentsInForce(ctx context.Context, q querier) (*dunning.Segments, error) {
	var hash string
	switch err := q.QueryRow(ctx, `SELECT hash FROM segment_set_in_force`).Scan(&hash); {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if r, ok := s.segments.Load(hash); ok {
		return r.(*dunning.Segments), nil
	}
	var compiled []byte
	if err := q.QueryRow(ctx, `SELECT compiled FROM segment_sets WHERE hash = $1`, hash).Scan(&compiled); err != nil {
		return nil, fmt.Errorf("segments %s: %w", hash, err)
	}
	rules, err := dunning.CompiledSegments(compiled)
	if err != nil {
		return nil, fmt.Errorf("segments %s: %w", hash, err)
	}
	s.segments.Store(hash, rules)
	return rules, nil
}
