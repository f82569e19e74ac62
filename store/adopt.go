package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// errRehearsed undoes a move that was only to be looked at.
var errRehearsed = errors.New("rehearsed")

// ChosenCases finds the running cases that a choice means and that do not follow the policy yet, in order
// of their keys.
func (s *Store) ChosenCases(ctx context.Context, to *dunning.Policy, c collection.Choice) ([]invoice.Key, error) {
	where, args := chosen(to.Hash(), c)
	rows, err := s.pool.Query(ctx, `SELECT i.creditor, i.number FROM `+where+` ORDER BY i.creditor, i.number`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k invoice.Key, err error) {
		return k, row.Scan(&k.Creditor, &k.Number)
	})
}

// chosen is the choice as SQL, after FROM.
func chosen(hash string, c collection.Choice) (string, []any) {
	from, fromAt := limits(c.From)
	below, belowAt := limits(c.Below)
	return `invoices i JOIN debtors d ON d.pk = i.debtor_pk JOIN policies p ON p.hash = i.policy_hash
		WHERE i.status IN ('open', 'placed') AND i.policy_hash <> $1
		AND ` + anyOf("p.name", 2) + ` AND ` + anyOf("i.creditor", 3) + ` AND ` + anyOf("d.customer_group", 4) + ` AND ` + anyOf("i.kind", 5) + `
		AND ` + anyOf("d.country", 6) + ` AND ` + anyOf("d.type", 7) + ` AND ` + anyOf(stageNow, 8) + ` AND ` + anyOf("i.number", 9) + ` AND ($10 = '' OR i.history = $10)
		AND (cardinality($11::text[]) = 0 OR EXISTS (SELECT 1 FROM unnest($11::text[], $12::bigint[]) AS u (cur, minor) WHERE u.cur = i.currency AND i.balance >= u.minor))
		AND (cardinality($13::text[]) = 0 OR EXISTS (SELECT 1 FROM unnest($13::text[], $14::bigint[]) AS u (cur, minor) WHERE u.cur = i.currency AND i.balance < u.minor))`,
		[]any{
			hash, plainTexts(c.Policies), plainTexts(c.Creditors), plainTexts(c.Groups), plainTexts(c.Kinds), plainTexts(c.Countries), plainTexts(c.Types), plainTexts(c.Stages),
			plainTexts(c.Numbers), string(c.History), from, fromAt, below, belowAt,
		}
}

func anyOf(column string, n int) string {
	return fmt.Sprintf("(cardinality($%[2]d::text[]) = 0 OR %[1]s = ANY($%[2]d))", column, n)
}

func plainTexts[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}

func limits(t dunning.Thresholds) (currencies []string, minor []int64) {
	currencies, minor = []string{}, []int64{}
	for c, m := range t {
		currencies, minor = append(currencies, string(c)), append(minor, m)
	}
	return currencies, minor
}

// RehearseAdoption says what moving a case to the policy would do. It does it and undoes it, so that what
// is shown is what would happen now; nothing is left behind.
func (s *Store) RehearseAdoption(ctx context.Context, k invoice.Key, to *dunning.Policy) (collection.AdoptedCase, error) {
	var result collection.AdoptedCase
	err := s.tx(ctx, func(tx pgx.Tx) error {
		f, err := s.openFile(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := keepPolicy(ctx, tx, to, nil); err != nil {
			return err
		}
		if result, err = f.adopt(ctx, "", to, ""); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return result, err
}

// BeginAdoption puts on file which cases are to be moved; AdoptNext moves them one by one. The same
// adoption again, by its id or by policy and choice when one was left unfinished, goes on where it stopped.
func (s *Store) BeginAdoption(ctx context.Context, id string, to *dunning.Policy, source []byte, c collection.Choice, actor string) (collection.Adoption, error) {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if err := keepPolicy(ctx, tx, to, source); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT id FROM adoptions a WHERE to_hash = $1 AND chosen = $2 AND undone_at IS NULL AND ($3 = '' OR id = $3)
			AND EXISTS (SELECT 1 FROM adoption_cases WHERE adoption = a.id AND state = 'chosen') ORDER BY at DESC LIMIT 1`, to.Hash(), c.Text, id).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err // unfinished: it goes on
		}
		if id == "" {
			if err := tx.QueryRow(ctx, `SELECT 'adoption-' || 1 + count(*) FROM adoptions`).Scan(&id); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, `INSERT INTO adoptions (id, name, to_hash, chosen, actor, at) VALUES ($1, $2, $3, $4, $5, business_now()) ON CONFLICT DO NOTHING`, id, to.Name, to.Hash(), c.Text, actor)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return sameAdoption(ctx, tx, id, to, c)
		}
		where, args := chosen(to.Hash(), c)
		_, err = tx.Exec(ctx, `INSERT INTO adoption_cases (adoption, invoice_pk, from_hash) SELECT $15, i.pk, i.policy_hash FROM `+where, append(args, id)...)
		return err
	})
	if err != nil {
		return collection.Adoption{}, err
	}
	return s.Adoption(ctx, id)
}

// sameAdoption refuses an id that stands for something else.
func sameAdoption(ctx context.Context, tx pgx.Tx, id string, to *dunning.Policy, c collection.Choice) error {
	var hash, text string
	var undone *time.Time
	if err := tx.QueryRow(ctx, `SELECT to_hash, chosen, undone_at FROM adoptions WHERE id = $1`, id).Scan(&hash, &text, &undone); err != nil {
		return err
	}
	switch {
	case hash != to.Hash() || text != c.Text:
		return invoice.Conflict("id", "%q is another adoption", id).WithHint("see dunlin policy adoptions")
	case undone != nil:
		return invoice.WrongState("adoption %s was undone", id).WithHint("adopt again without --id, or under a new one")
	}
	return nil // finished: nothing is left to do
}

const selectAdoption = `SELECT a.id, a.name, p.version, a.to_hash, a.chosen, a.actor, a.at, a.undone_at, count(c.*), count(*) FILTER (WHERE c.state = 'moved'), count(*) FILTER (WHERE c.state = 'refused'),
	count(*) FILTER (WHERE c.state = 'undone'), count(*) FILTER (WHERE c.state = 'chosen')
	FROM adoptions a JOIN policies p ON p.hash = a.to_hash LEFT JOIN adoption_cases c ON c.adoption = a.id `

func scanAdoption(row pgx.CollectableRow) (a collection.Adoption, err error) {
	var undone *time.Time
	err = row.Scan(&a.ID, &a.Policy, &a.Version, &a.Hash, &a.Chosen, &a.Actor, &a.At, &undone, &a.Cases, &a.Moved, &a.Refused, &a.Undone, &a.Left)
	a.At, a.UndoneAt = a.At.UTC(), orZero(undone)
	return a, err
}

// Adoptions lists all adoptions, the newest first.
func (s *Store) Adoptions(ctx context.Context) ([]collection.Adoption, error) {
	rows, err := s.pool.Query(ctx, selectAdoption+`GROUP BY a.id, p.hash ORDER BY a.at DESC, a.id DESC`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAdoption)
}

// Adoption reads how far an adoption is.
func (s *Store) Adoption(ctx context.Context, id string) (collection.Adoption, error) {
	rows, err := s.pool.Query(ctx, selectAdoption+`WHERE a.id = $1 GROUP BY a.id, p.hash`, id)
	if err != nil {
		return collection.Adoption{}, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAdoption)
	return a, hinted(notFound(err, "adoption", "%q is not on file", id), "see dunlin policy adoptions")
}

// AdoptNext moves the next case of an adoption that nobody has looked at; false when none is left.
func (s *Store) AdoptNext(ctx context.Context, id, actor string) (collection.AdoptedCase, bool, error) {
	return s.nextCase(ctx, id, collection.AdoptionChosen, func(ctx context.Context, f *file, _, to *dunning.Policy) (collection.AdoptedCase, error) {
		return f.adopt(ctx, id, to, actor)
	})
}

// BeginUndo puts on file that an adoption is undone; UndoNext moves its cases back one by one. Cases that
// were not moved yet stay where they are, and those that could not be moved back before are tried again.
func (s *Store) BeginUndo(ctx context.Context, id string) (collection.Adoption, error) {
	if _, err := s.Adoption(ctx, id); err != nil {
		return collection.Adoption{}, err
	}
	_, err := s.pool.Exec(ctx, `WITH a AS (UPDATE adoptions SET undone_at = coalesce(undone_at, business_now()) WHERE id = $1)
		UPDATE adoption_cases SET state = CASE state WHEN 'chosen' THEN 'undone' ELSE state END, reason = CASE state WHEN 'chosen' THEN 'was not moved' ELSE '' END
		WHERE adoption = $1 AND state IN ('chosen', 'moved')`, id)
	if err != nil {
		return collection.Adoption{}, err
	}
	return s.Adoption(ctx, id)
}

// UndoNext gives the next moved case of an adoption its policy back, anchored where it stands by then;
// false when none is left. One that cannot be moved back stays moved, with the reason.
func (s *Store) UndoNext(ctx context.Context, id, actor string) (collection.AdoptedCase, bool, error) {
	return s.nextCase(ctx, id, collection.AdoptionMoved, func(ctx context.Context, f *file, from, to *dunning.Policy) (collection.AdoptedCase, error) {
		return f.unadopt(ctx, id, from, to, actor)
	})
}

// nextCase takes the next case of an adoption that is in a state through one transaction. The invoice's
// lock goes before the adoption's row, and the state is read again under it.
func (s *Store) nextCase(ctx context.Context, id, state string, do func(ctx context.Context, f *file, from, to *dunning.Policy) (collection.AdoptedCase, error)) (collection.AdoptedCase, bool, error) {
	var result collection.AdoptedCase
	found := true
	err := s.tx(ctx, func(tx pgx.Tx) error {
		var pk int64
		var toHash string
		err := tx.QueryRow(ctx, `SELECT c.invoice_pk, a.to_hash FROM adoption_cases c JOIN adoptions a ON a.id = c.adoption WHERE c.adoption = $1 AND c.state = $2 AND c.reason = '' ORDER BY c.invoice_pk LIMIT 1`, id, state).Scan(&pk, &toHash)
		if errors.Is(err, pgx.ErrNoRows) {
			found = false
			return nil
		}
		if err != nil {
			return err
		}
		f, err := s.openByPK(ctx, tx, pk)
		if err != nil {
			return err
		}
		var now, fromHash string
		if err := tx.QueryRow(ctx, `SELECT state, from_hash FROM adoption_cases WHERE adoption = $1 AND invoice_pk = $2 FOR UPDATE`, id, pk).Scan(&now, &fromHash); err != nil {
			return err
		}
		if now != state {
			result = collection.AdoptedCase{Invoice: f.inv.Key, State: now} // somebody else was here meanwhile
			return nil
		}
		from, err := s.policy(ctx, tx, fromHash)
		if err != nil {
			return err
		}
		to, err := s.policy(ctx, tx, toHash)
		if err != nil {
			return err
		}
		if result, err = do(ctx, f, from, to); err != nil {
			return err
		}
		// from_hash is what the case followed when it was moved, not when it was chosen.
		_, err = tx.Exec(ctx, `UPDATE adoption_cases SET state = $3, reason = $4, skipped = CASE WHEN $7 THEN $5 ELSE skipped END,
			from_hash = CASE WHEN $7 THEN $6 ELSE from_hash END WHERE adoption = $1 AND invoice_pk = $2`,
			id, pk, result.State, strings.ToValidUTF8(result.Reason, ""), append([]string{}, result.Skipped...), result.FromHash, state == collection.AdoptionChosen)
		return err
	})
	return result, found && err == nil, err
}
