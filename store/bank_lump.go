package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// A bank may book one lump and tell the payments inside as entries of their own. They take the lump's place
// where something ties them to it and to nothing else; otherwise nothing is joined, and a person sees the lump.

// toldEntry is an entry that was announced and that no booked one has superseded, or a booked lump.
type toldEntry struct {
	pk, statement, amount int64
	day                   time.Time
	batch                 int      // payments that the bank says are inside
	refs                  []string // by which banks tie entries to each other
	inside                int      // payments that are known to be inside
}

const selectTold = `SELECT e.pk, coalesce(e.statement_pk, 0), e.amount, coalesce(e.value_on, e.booked_on), e.batch, d.refs || ARRAY[e.bank_ref, e.entry_ref], d.n
	FROM bank_entries e CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'transfer') AS n,
		coalesce(array_agg(DISTINCT r) FILTER (WHERE r <> ''), '{}') AS refs FROM bank_details x CROSS JOIN LATERAL unnest(ARRAY[tx->'refs'->>'payment_info', tx->'refs'->>'message', tx->'refs'->>'bank_ref']) AS r
		WHERE x.entry_pk = e.pk AND x.state <> 'replaced') AS d
	WHERE e.account = $1 AND e.currency = $2 AND `

func (a *acceptance) told(ctx context.Context, st *stagedStatement, where string, args ...any) ([]*toldEntry, error) {
	rows, err := a.tx.Query(ctx, selectTold+where+` ORDER BY e.pk`, append([]any{st.home.account, st.Account.Currency}, args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*toldEntry, error) {
		t := &toldEntry{}
		err := row.Scan(&t.pk, &t.statement, &t.amount, &t.day, &t.batch, &t.refs, &t.inside)
		t.refs = slices.DeleteFunc(t.refs, func(r string) bool { return !trustworthy(r) })
		return t, err
	})
}

// openLumps divides booked lumps, this statement's and those that its announcements may belong to.
func (a *acceptance) openLumps(ctx context.Context, st *stagedStatement) error {
	told, err := a.told(ctx, st, `e.state = 'announced' AND coalesce(e.value_on, e.booked_on) IS NOT NULL`)
	if err != nil || len(told) < 2 {
		return err
	}
	days := make([]time.Time, 0, len(told))
	for _, t := range told {
		days = append(days, t.day)
	}
	lumps, err := a.told(ctx, st, `NOT e.told AND e.booked_on BETWEEN $3::date - $5::int AND $4::date + $5::int AND coalesce(e.value_on, e.booked_on) = ANY($6) AND e.details_from IS NULL
		AND NOT EXISTS (SELECT FROM bank_entries y WHERE y.superseded_by = e.pk AND y.told_as IN ('notification', 'intraday'))`,
		slices.MinFunc(days, time.Time.Compare), slices.MaxFunc(days, time.Time.Compare), nearby, days)
	if err != nil {
		return err
	}
	return a.divide(ctx, st, divided(lumps, told))
}

// divide lets the parts take their lumps' place, where nobody has decided about the lump.
func (a *acceptance) divide(ctx context.Context, st *stagedStatement, all []division) error {
	if len(all) == 0 {
		return nil
	}
	lumps := make([]int64, len(all))
	for i, d := range all {
		lumps[i] = d.lump.pk
	}
	// Whoever decides about a payment holds its row: wait for that, then look.
	if _, err := a.tx.Exec(ctx, `SELECT 1 FROM bank_details WHERE entry_pk = ANY($1) ORDER BY pk FOR UPDATE`, lumps); err != nil {
		return err
	}
	rows, err := a.tx.Query(ctx, `SELECT entry_pk FROM bank_details WHERE entry_pk = ANY($1) AND state <> 'replaced' GROUP BY entry_pk HAVING bool_and(state IN ('accepted', 'undecided', 'waiting') AND allocated = 0)`, lumps)
	if err != nil {
		return err
	}
	free, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	var from, to []int64
	late := 0
	for _, d := range all {
		pks := make([]int64, len(d.parts))
		for i, p := range d.parts {
			pks[i] = p.pk
		}
		if _, err := a.tx.Exec(ctx, `UPDATE bank_entries SET state = 'superseded', superseded_by = $2 WHERE pk = ANY($1)`, pks, d.lump.pk); err != nil {
			return err
		}
		if !slices.Contains(free, d.lump.pk) {
			late++
			continue
		}
		from, to = append(from, pks...), append(to, slices.Repeat([]int64{d.lump.pk}, len(pks))...)
	}
	if len(to) > 0 {
		if err := a.replaceDetails(ctx, from, to); err != nil {
			return err
		}
	}
	if late > 0 {
		st.alert("late_details", "statement %s tells what is inside %s that were decided before: the decisions stand; undo them to have them made anew", named(st), entriesOf(late))
	}
	return nil
}

// division is a lump with the payments that are inside.
type division struct {
	lump  *toldEntry
	parts []*toldEntry
}

// divided finds the lumps whose parts are certain: the entries of one day that share a reference with the lump,
// or all that one notification tells of that day where the lump says how many there are, and that add up to it.
// A lump with two such sets, and a part of two lumps, stay as they are.
func divided(lumps, told []*toldEntry) []division {
	var found []division
	owners := map[*toldEntry]int{}
	for _, lump := range lumps {
		var sets [][]*toldEntry
		for _, ref := range lump.refs {
			sets = appendSet(sets, lump, told, func(t *toldEntry) bool { return slices.Contains(t.refs, ref) })
		}
		if len(sets) == 0 && lump.batch > 1 {
			var asked []int64
			for _, t := range told {
				if !slices.Contains(asked, t.statement) {
					asked = append(asked, t.statement)
					sets = appendSet(sets, lump, told, func(o *toldEntry) bool { return o.statement == t.statement })
				}
			}
			sets = slices.DeleteFunc(sets, func(s []*toldEntry) bool { return len(s) != lump.batch })
		}
		if len(sets) == 1 {
			found = append(found, division{lump, sets[0]})
			for _, t := range sets[0] {
				owners[t]++
			}
		}
	}
	return slices.DeleteFunc(found, func(d division) bool {
		return slices.ContainsFunc(d.parts, func(t *toldEntry) bool { return owners[t] > 1 })
	})
}

// appendSet adds the entries of the lump's day that belong to it by a tie, when they add up to it and are not
// known as a set.
func appendSet(sets [][]*toldEntry, lump *toldEntry, told []*toldEntry, tied func(*toldEntry) bool) [][]*toldEntry {
	var set []*toldEntry
	var sum int64
	inside := 0
	for _, t := range told {
		if t.day.Equal(lump.day) && (t.amount < 0) == (lump.amount < 0) && tied(t) {
			set, sum, inside = append(set, t), sum+t.amount, inside+t.inside
		}
	}
	if len(set) < 2 || sum != lump.amount || inside <= lump.inside || slices.ContainsFunc(sets, func(s []*toldEntry) bool { return slices.Equal(s, set) }) {
		return sets
	}
	return append(sets, set)
}
