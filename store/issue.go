package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// Issue puts one invoice on file. From its commit on, its collection is certain to start.
func (s *Store) Issue(ctx context.Context, r collection.Issue) (invoice.Receipt, error) {
	results, err := s.IssueMany(ctx, []collection.Issue{r}, false)
	if err != nil {
		return invoice.Receipt{}, err
	}
	return results[0].Receipt, results[0].Err
}

// errRefused undoes a chunk that goes in whole or not at all.
var errRefused = errors.New("a row was refused")

// IssueMany puts up to a few thousand invoices on file in one transaction. Bad rows are refused one by
// one, each with its own error; with allOrNothing a single bad row keeps all of them out.
func (s *Store) IssueMany(ctx context.Context, rows []collection.Issue, allOrNothing bool) ([]collection.IssueResult, error) {
	var results []collection.IssueResult
	err := s.tx(ctx, func(tx pgx.Tx) error {
		in := &intake{s: s, tx: tx, creditors: map[string]invoice.Creditor{}, names: map[string]*dunning.Policy{}, debtors: map[string]*known{}, seen: map[invoice.Key]int{}}
		var err error
		if in.now, err = businessNow(ctx, tx); err != nil {
			return err
		}
		results, err = in.take(ctx, rows, allOrNothing)
		return err
	})
	if errors.Is(err, errRefused) {
		return results, nil
	}
	return results, err
}

// intake is one chunk of invoices on their way in.
type intake struct {
	s         *Store
	tx        pgx.Tx
	now       time.Time
	creditors map[string]invoice.Creditor
	names     map[string]*dunning.Policy
	debtors   map[string]*known
	seen      map[invoice.Key]int
	fresh     []*arrival
}

// known is a debtor on file, with what plans need to know about him.
type known struct {
	pk    int64
	state dunning.Case
}

// arrival is one invoice that goes on file.
type arrival struct {
	row    int
	inv    invoice.Invoice
	actor  string
	hash   []byte
	debtor *known
	policy *dunning.Policy
	file   *file
}

func (in *intake) take(ctx context.Context, rows []collection.Issue, allOrNothing bool) ([]collection.IssueResult, error) {
	results := make([]collection.IssueResult, len(rows))
	refused := false
	for i, r := range rows {
		a, err := in.check(ctx, i, r)
		switch {
		case err != nil && invoice.CodeOf(err) == "":
			return nil, err // not the row's fault
		case err != nil:
			results[i].Err = err
			refused = true
		default:
			in.fresh = append(in.fresh, a)
		}
	}
	if err := in.compareWithFile(ctx, results); err != nil {
		return nil, err
	}
	for _, r := range results {
		refused = refused || r.Err != nil
	}
	if refused && allOrNothing {
		return results, errRefused
	}
	return results, in.insert(ctx, results)
}

// check validates a row and resolves what it names.
func (in *intake) check(ctx context.Context, row int, r collection.Issue) (*arrival, error) {
	if r.Invoice.Kind == "" {
		r.Invoice.Kind = invoice.KindInvoice
	}
	r.Invoice.ExpiresAt = r.Invoice.ExpiresAt.UTC().Truncate(time.Microsecond)
	if err := r.Invoice.Validate(); err != nil {
		return nil, err
	}
	c, err := in.creditor(ctx, r.Invoice.Creditor)
	if err != nil {
		return nil, err
	}
	d, err := in.debtor(ctx, c, r)
	if err != nil {
		return nil, err
	}
	p, err := in.policy(ctx, r.Invoice)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r.Invoice)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &arrival{row: row, inv: r.Invoice, actor: r.Actor, hash: sum[:], debtor: d, policy: p}, nil
}

func (in *intake) creditor(ctx context.Context, id string) (invoice.Creditor, error) {
	if c, ok := in.creditors[id]; ok {
		return c, nil
	}
	c, err := creditor(ctx, in.tx, id)
	if err == nil {
		in.creditors[id] = c
	}
	return c, err
}

// debtor finds the row's debtor, or puts the one given with the row on file.
func (in *intake) debtor(ctx context.Context, c invoice.Creditor, r collection.Issue) (*known, error) {
	id := r.Invoice.DebtorID
	if r.Debtor != nil {
		d := *r.Debtor
		if d.ID == "" {
			d.ID = id
		}
		if d.ID != id {
			return nil, invoice.Invalid("debtor.id", "%q is not the invoice's debtor %q", d.ID, id)
		}
		d.Creditor = c.ID
		if err := d.Validate(); err != nil {
			return nil, err
		}
		if k, ok := in.debtors[c.ID+"/"+id]; ok {
			return k, nil // given earlier in this chunk
		}
		if _, _, err := putDebtor(ctx, in.tx, c, d); err != nil {
			return nil, err
		}
	}
	if k, ok := in.debtors[c.ID+"/"+id]; ok {
		return k, nil
	}
	var pk int64
	if err := in.tx.QueryRow(ctx, `SELECT pk FROM debtors WHERE creditor = $1 AND id = $2`, c.ID, id).Scan(&pk); err != nil {
		return nil, hinted(notFound(err, "debtor", "%q is not on file for %s", id, c.ID), "give the debtor with the invoice, or put it first: dunlin debtor put")
	}
	k := &known{pk: pk}
	in.debtors[c.ID+"/"+id] = k
	return k, in.readDebtor(ctx, c.ID, id, k)
}

func hinted(err error, hint string) error {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		return e.WithHint("%s", hint)
	}
	return err
}

// readDebtor reads what plans need to know about a debtor, the way a file does.
func (in *intake) readDebtor(ctx context.Context, creditorID, id string, k *known) error {
	f := &file{tx: in.tx, s: in.s, now: in.now, debtor: k.pk, inv: invoice.Invoice{Key: invoice.Key{Creditor: creditorID}, DebtorID: id}}
	f.state.Reach = map[dunning.Act]dunning.Reach{}
	b := &pgx.Batch{}
	c := &f.state
	b.Queue(`SELECT type, country, region, zone FROM debtors WHERE pk = $1`, k.pk).QueryRow(func(row pgx.Row) error {
		return row.Scan(&c.Type, &c.Country, &c.Region, &c.Zone)
	})
	f.readReach(b)
	f.readContacts(b)
	if err := in.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	k.state = f.state
	return nil
}

// defaultPolicies are what an invoice without a policy is collected by.
var defaultPolicies = map[invoice.Kind]string{invoice.KindInvoice: "standard-b2b", invoice.KindOrder: "order-24h"}

func (in *intake) policy(ctx context.Context, inv invoice.Invoice) (*dunning.Policy, error) {
	name := firstOf(inv.Policy, defaultPolicies[inv.Kind])
	p, ok := in.names[name]
	if !ok {
		var hash string
		if err := in.tx.QueryRow(ctx, `SELECT hash FROM policy_names WHERE name = $1`, name).Scan(&hash); err != nil {
			return nil, hinted(notFound(err, "policy", "%q is not on file", name), "see dunlin policy list")
		}
		var err error
		if p, err = in.s.policy(ctx, in.tx, hash); err != nil {
			return nil, err
		}
		in.names[name] = p
	}
	if p.Kind != inv.Kind {
		return nil, invoice.Invalid("policy", "%s is for an %s, this is an %s", name, p.Kind, inv.Kind)
	}
	return p, nil
}

// compareWithFile finds numbers that are on file, or twice in the chunk: the same content again is
// answered with where the invoice stands, other content is refused.
func (in *intake) compareWithFile(ctx context.Context, results []collection.IssueResult) error {
	kept := in.fresh[:0]
	byKey := map[invoice.Key]*arrival{}
	var creditors, numbers []string
	for _, a := range in.fresh {
		if first, ok := byKey[a.inv.Key]; ok {
			if string(first.hash) != string(a.hash) {
				results[a.row].Err = invoice.Conflict("number", "%s stands twice in this batch, with different content", a.inv.Number)
			} else {
				in.seen[a.inv.Key] = first.row
				results[a.row].Receipt = invoice.Receipt{Invoice: a.inv.Key, Repeated: true, Status: invoice.Open, Balance: a.inv.Amount, Cycle: 1}
			}
			continue
		}
		byKey[a.inv.Key] = a
		kept = append(kept, a)
		creditors, numbers = append(creditors, a.inv.Creditor), append(numbers, a.inv.Number)
	}
	rows, err := in.tx.Query(ctx, `SELECT i.creditor, i.number, i.content_hash, i.seq, i.cycle, i.status, i.balance, i.currency FROM invoices i
		JOIN unnest($1::text[], $2::text[]) AS k (creditor, number) ON k.creditor = i.creditor AND k.number = i.number`, creditors, numbers)
	if err != nil {
		return err
	}
	var hash []byte
	var balance int64
	var currency string
	var r invoice.Receipt
	_, err = pgx.ForEachRow(rows, []any{&r.Invoice.Creditor, &r.Invoice.Number, &hash, &r.Seq, &r.Cycle, &r.Status, &balance, &currency}, func() error {
		a := byKey[r.Invoice]
		delete(byKey, r.Invoice)
		if string(a.hash) != string(hash) {
			results[a.row].Err = invoice.Conflict("number", "%s is on file with other content", a.inv.Number).WithHint("an issued invoice does not change: send a credit note, a due date, or a new number")
			return nil
		}
		r.Balance, r.Repeated = invoice.NewMoney(balance, invoice.Currency(currency)), true
		results[a.row].Receipt = r
		return nil
	})
	in.fresh = kept[:0]
	for _, a := range kept {
		if byKey[a.inv.Key] == a {
			in.fresh = append(in.fresh, a)
		}
	}
	return err
}

// open makes the file of a new invoice: its first plan, its booking, its first event.
func (in *intake) open(a *arrival) error {
	f := &file{tx: in.tx, s: in.s, now: in.now, debtor: a.debtor.pk, inv: a.inv, policy: a.policy, hash: a.policy.Hash(), status: invoice.Open, cycle: 1}
	f.standing = invoice.Standing{Principal: a.inv.Amount.Minor}
	f.state = a.debtor.state
	c := &f.state
	c.Kind, c.DebtorID, c.Amount = a.inv.Kind, a.inv.Creditor+"/"+a.inv.DebtorID, a.inv.Amount
	c.IssuedAt, c.IssuedOn, c.DueOn, c.ExpiresAt = in.now, a.inv.IssuedOn, a.inv.DueOn, a.inv.ExpiresAt
	c.Taken, c.Stops, c.Deferred, c.InFlight = nil, nil, nil, nil
	if a.inv.Kind == invoice.KindOrder && !a.inv.ExpiresAt.After(in.now) {
		return invoice.Invalid("expires_at", "%s has passed", a.inv.ExpiresAt.Format(time.RFC3339))
	}
	f.event("issued", a.actor, fmt.Sprintf("%s over %s on file; collected by %s v%d", a.inv.Kind, a.inv.Amount, a.policy.Name, a.policy.Version),
		map[string]any{"policy": f.hash, "debtor": a.inv.DebtorID})
	f.refresh()
	f.plan = f.policy.Plan(f.state, f.now)
	a.file = f
	return nil
}
