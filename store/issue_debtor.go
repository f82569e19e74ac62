package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

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
		pk, changed, err := putDebtor(ctx, in.tx, c, d)
		if err != nil {
			return nil, err
		}
		if changed {
			in.changed = append(in.changed, pk)
		}
		k := &known{pk: pk}
		in.debtors[c.ID+"/"+id] = k
		return k, in.readDebtor(ctx, c.ID, id, k)
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
	b.Queue(`SELECT type, country, region, zone, customer_group FROM debtors WHERE pk = $1`, k.pk).QueryRow(func(row pgx.Row) error {
		return row.Scan(&c.Type, &c.Country, &c.Region, &c.Zone, &c.Group)
	})
	readReach(b, f)
	readContacts(b, f)
	if err := in.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	k.state = f.state
	return nil
}

// freeOthers lets the older cases of debtors whose data came better with the chunk look again.
func (in *intake) freeOthers(ctx context.Context, rows []collection.Issue) error {
	if len(in.changed) == 0 {
		return nil
	}
	return in.s.freeCases(ctx, in.tx, in.changed, rows[0].Actor)
}
