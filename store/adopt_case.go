package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// adopt moves the case to a policy, anchored where it stands: what was taken is not repeated, what lies
// before it in the new ladder ends as skipped, and the rest counts from now.
func (f *file) adopt(ctx context.Context, adoption string, to *dunning.Policy, actor string) (collection.AdoptedCase, error) {
	result := f.movement(to)
	if result.Reason = f.cannotMove(to); result.Reason != "" {
		result.State = collection.AdoptionRefused
		return result, nil
	}
	if err := f.judgeDates(ctx); err != nil {
		return result, err
	}
	f.refresh()
	result.Zone = f.state.Zone
	result.Now, result.NowText = next(f.policy.Plan(f.state, f.now))
	behind := to.Join(f.policy, f.state.Taken)
	err := f.follows(ctx, to, behind, fmt.Sprintf("moved from %s to %s", result.From, result.To), actor, map[string]any{"adoption": adoption, "from": f.hash, "to": to.Hash()})
	for _, s := range behind {
		result.Skipped = append(result.Skipped, actName(s.Step, s.Act))
	}
	result.Then, result.ThenText = next(f.plan)
	result.State = collection.AdoptionMoved
	return result, err
}

// unadopt gives the case the policy back that it followed before an adoption. What the adoption skipped is
// open again; what was taken since is not repeated.
func (f *file) unadopt(ctx context.Context, adoption string, from, to *dunning.Policy, actor string) (collection.AdoptedCase, error) {
	result := f.movement(from)
	result.State = collection.AdoptionMoved // a case that cannot be moved back stays what it is, with the reason
	if f.hash != to.Hash() {
		result.Reason = fmt.Sprintf("it has taken %s since: undo that adoption first", result.From)
		return result, nil
	}
	if result.Reason = f.cannotMove(from); result.Reason != "" {
		return result, nil
	}
	if err := f.judgeDates(ctx); err != nil {
		return result, err
	}
	f.refresh()
	result.Zone = f.state.Zone
	result.Now, result.NowText = next(f.policy.Plan(f.state, f.now))
	since, err := f.reopenSkipped(ctx, adoption)
	if err != nil {
		return result, err
	}
	behind := from.Join(to, f.state.Taken)
	if !slices.ContainsFunc(f.state.Taken, func(t dunning.Taken) bool { return t.Outcome != dunning.Skipped && t.At.After(since) }) {
		behind = nil // nothing was taken since: it stands where it stood
	}
	err = f.follows(ctx, from, behind, fmt.Sprintf("moved back from %s to %s", result.From, result.To), actor, map[string]any{"adoption": adoption, "undone": true, "from": f.hash, "to": from.Hash()})
	result.Then, result.ThenText = next(f.plan)
	result.State = collection.AdoptionUndone
	return result, err
}

// movement names what is moved from where to where.
func (f *file) movement(to *dunning.Policy) collection.AdoptedCase {
	return collection.AdoptedCase{
		Invoice: f.inv.Key, FromHash: f.hash, From: fmt.Sprintf("%s v%d", f.policy.Name, f.policy.Version), To: fmt.Sprintf("%s v%d", to.Name, to.Version),
	}
}

// cannotMove says why a case keeps its policy; "" when it may take the other.
func (f *file) cannotMove(to *dunning.Policy) string {
	switch {
	case f.status.Settled() || f.standing.Balance() <= 0:
		return fmt.Sprintf("it is %s: nothing is collected any more", f.status)
	case f.inv.Kind != to.Kind:
		return fmt.Sprintf("%s is for an %s, this is an %s", to.Name, to.Kind, f.inv.Kind)
	case f.hash == to.Hash():
		return "it follows this policy already"
	case f.state.Handoff != nil && f.state.Handoff.State != dunning.HandoffRecalled && f.state.Handoff.State != dunning.HandoffClosed, f.status == invoice.Placed:
		return "it is placed with the lawyer or the agency"
	case len(f.state.InFlight) > 0:
		m := f.state.InFlight[0]
		return fmt.Sprintf("%s is on its way: adopt again once its end is known", f.named(m.Step, m.Act))
	}
	return ""
}

// follows lets the case follow a policy from now on.
func (f *file) follows(ctx context.Context, p *dunning.Policy, behind []dunning.Skip, text, actor string, data map[string]any) error {
	before := f.state.Assigned
	f.policy, f.hash, f.inv.Policy = p, p.Hash(), p.Name
	f.state.Assigned = p.Assign(f.state.DebtorID)
	for step, variant := range before { // what was told stays readable
		if _, drawn := f.state.Assigned[step]; !drawn && f.tookStep(step) {
			if f.state.Assigned == nil {
				f.state.Assigned = map[string]string{}
			}
			f.state.Assigned[step] = variant
		}
	}
	assigned, err := assignedArg(f.state.Assigned)
	if err != nil {
		return err
	}
	if len(behind) > 0 {
		text += fmt.Sprintf("; %d acts lie behind it and are skipped", len(behind))
	}
	f.event("policy_adopted", actor, text, data)
	for _, s := range behind {
		if err := f.end(ctx, s.Step, s.Act, dunning.Skipped, s.Reason, nil); err != nil {
			return err
		}
		f.event("skipped", "", fmt.Sprintf("%s skipped: %s", f.named(s.Step, s.Act), s.Reason), nil)
	}
	if err := f.anchor(ctx); err != nil {
		return err
	}
	if _, err := f.tx.Exec(ctx, `UPDATE invoices SET policy_hash = $2, assigned = $3::jsonb WHERE pk = $1`, f.pk, f.hash, assigned); err != nil {
		return err
	}
	return f.save(ctx, collection.SignalAdopted)
}

// anchor notes that the case stood still, for its new ladder, from the last step taken until now.
func (f *file) anchor(ctx context.Context) error {
	from := f.state.IssuedAt
	for _, t := range f.state.Taken {
		if t.Outcome != dunning.Skipped && t.At.After(from) {
			from = t.At
		}
	}
	if err := f.addStop(ctx, stopRow{kind: dunning.StopAdopted, from: from, reason: "took " + f.policy.Name}); err != nil {
		return err
	}
	if err := f.endStop(ctx, &f.stops[len(f.stops)-1], f.now, "adopted"); err != nil {
		return err
	}
	slices.SortStableFunc(f.stops, func(a, b stopRow) int { return a.from.Compare(b.from) })
	return nil
}

func (f *file) tookStep(step string) bool {
	return slices.ContainsFunc(f.state.Taken, func(t dunning.Taken) bool { return t.Step == step && t.Outcome != dunning.Skipped })
}

// reopenSkipped takes the ends off the file that an adoption put there, and returns when it was begun.
func (f *file) reopenSkipped(ctx context.Context, adoption string) (since time.Time, err error) {
	var names []string
	if err := f.tx.QueryRow(ctx, `SELECT a.at, c.skipped FROM adoption_cases c JOIN adoptions a ON a.id = c.adoption WHERE c.adoption = $1 AND c.invoice_pk = $2`, adoption, f.pk).Scan(&since, &names); err != nil {
		return since, err
	}
	rows, err := f.tx.Query(ctx, `DELETE FROM acts WHERE invoice_pk = $1 AND outcome = 'skipped' AND step || ' ' || act = ANY($2) RETURNING step, act`, f.pk, names)
	if err != nil {
		return since, err
	}
	var step string
	var act dunning.Act
	_, err = pgx.ForEachRow(rows, []any{&step, &act}, func() error {
		f.state.Taken = slices.DeleteFunc(f.state.Taken, func(t dunning.Taken) bool { return t.Step == step && t.Act == act })
		return nil
	})
	return since, err
}

func actName(step string, act dunning.Act) string { return step + " " + string(act) }

// next is what a plan does next, and what it waits for.
func next(p dunning.Plan) (dunning.Item, string) {
	for _, it := range p.Items {
		if it.Act != dunning.Review && it.Act != dunning.LookUp {
			return it, p.Waiting
		}
	}
	return dunning.Item{}, p.Waiting
}
