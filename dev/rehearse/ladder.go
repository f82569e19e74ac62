package rehearse

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/dunning"
)

// steps counts the ends of acts since the first day, step by step in the policies' own order.
func (r *rehearsal) steps(ctx context.Context) error {
	byStep := map[string]*Step{}
	var order []string
	skips := map[string]int{}
	err := r.rows(ctx, `SELECT p.name, a.step, a.act, a.outcome, a.reason, count(*) FROM acts a JOIN invoices i ON i.pk = a.invoice_pk JOIN policies p ON p.hash = i.policy_hash
		WHERE a.at >= $1 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, min(a.at), 2`, func(row pgx.CollectableRow) error {
		var policy, step, act, outcome, reason string
		var n int
		if err := row.Scan(&policy, &step, &act, &outcome, &reason, &n); err != nil {
			return err
		}
		key := policy + " " + step
		s := byStep[key]
		if s == nil {
			s = &Step{Policy: policy, Step: step, Title: strings.ReplaceAll(step, "-", " ")}
			byStep[key] = s
			order = append(order, key)
		}
		switch {
		case outcome == string(dunning.Skipped):
			s.Skipped += n
			skips[undated(reason)] += n
		case outcome == string(dunning.Covered):
			s.Covered += n
		case act == string(dunning.PhoneTask):
			s.Calls += n
		case outcome == string(dunning.Accepted), outcome == string(dunning.Done):
			s.Sent += n
		default:
			s.Other += n
		}
		return nil
	}, r.report.From)
	if err != nil {
		return err
	}
	place := map[string]int{}
	for _, key := range order {
		s := byStep[key]
		if p, err := r.books.Policy(ctx, s.Policy); err == nil { // one of before may be on file by its hash alone
			if i := slices.IndexFunc(p.Steps, func(x dunning.Step) bool { return x.ID == s.Step }); i >= 0 {
				place[key], s.Title = i+1, p.Steps[i].Title
			}
		}
	}
	slices.SortStableFunc(order, func(a, b string) int {
		own := func(key string) int { return cmp.Compare(byStep[key].Policy, r.policy.Name) }
		return cmp.Or(cmp.Compare(own(a)*own(a), own(b)*own(b)), cmp.Compare(byStep[a].Policy, byStep[b].Policy), cmp.Compare(place[a], place[b]))
	})
	for _, key := range order {
		r.report.Steps = append(r.report.Steps, *byStep[key])
	}
	r.report.Skipped = ranked(skips, "")
	return nil
}

// ranked are counts, the most frequent first.
func ranked(counts map[string]int, kind string) []Count {
	all := make([]Count, 0, len(counts))
	for what, n := range counts {
		all = append(all, Count{Kind: kind, What: what, N: n})
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.What, b.What)) })
	return all
}

// moves says what moved acts from their day, from the reasons that the plan gave when they came due.
func (r *rehearsal) moves(ctx context.Context) error {
	type move struct{ kind, detail string }
	seen, counts := map[string]bool{}, map[move]int{}
	err := r.rows(ctx, `SELECT m.invoice_pk::text || ' ' || m.step || ' ' || m.act, m.reason FROM rehearsal.moments m JOIN acts a USING (invoice_pk, step, act)
		WHERE a.outcome <> 'skipped' AND a.at >= $1`, func(row pgx.CollectableRow) error {
		var act, reason string
		if err := row.Scan(&act, &reason); err != nil {
			return err
		}
		for _, note := range notes(reason) {
			kind, detail := movedBy(note)
			detail = undated(detail)
			if kind == "" || seen[act+kind+detail] {
				continue
			}
			seen[act+kind+detail] = true
			counts[move{kind, detail}]++
			switch kind {
			case "weekend", "holiday":
				r.report.Weekend.Shifted++
			case "cap":
				r.report.Caps++
			}
		}
		return nil
	}, r.report.From)
	for m, n := range counts {
		r.report.Moved = append(r.report.Moved, Count{Kind: m.kind, What: m.detail, N: n})
	}
	slices.SortFunc(r.report.Moved, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.What, b.What)) })
	return err
}

// counts are the rest: what is held at the end, tasks, decisions, placements.
func (r *rehearsal) counts(ctx context.Context) error {
	for _, q := range []struct {
		into *[]Count
		sql  string
	}{
		{&r.report.Held, `SELECT h->>'gate', count(*) FROM invoices i, jsonb_array_elements(CASE jsonb_typeof(i.plan->'held') WHEN 'array' THEN i.plan->'held' ELSE '[]' END) h
			WHERE i.status IN ('open', 'placed') AND $1::timestamptz IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`},
		{&r.report.Tasks, `SELECT kind || CASE outcome WHEN '' THEN ' (' || state || ')' ELSE ': ' || outcome END, count(*) FROM tasks WHERE opened_at >= $1 GROUP BY 1 ORDER BY 2 DESC, 1`},
		{&r.report.Decided, `SELECT route, count(*) FROM decisions WHERE at >= $1 GROUP BY 1 ORDER BY 2 DESC, 1`},
		{&r.report.Placed, `SELECT route || ', ' || state, count(*) FROM handoffs WHERE at >= $1 AND state NOT IN ('prepared', 'void') GROUP BY 1 ORDER BY 2 DESC, 1`},
	} {
		err := r.rows(ctx, q.sql, func(row pgx.CollectableRow) error {
			var c Count
			err := row.Scan(&c.What, &c.N)
			c.What = strings.ReplaceAll(c.What, "_", " ")
			*q.into = append(*q.into, c)
			return err
		}, r.report.From)
		if err != nil {
			return err
		}
	}
	return nil
}
