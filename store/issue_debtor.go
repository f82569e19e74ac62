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
		return in.know(c.ID+"/"+id, pk), nil
	}
	if k, ok := in.debtors[c.ID+"/"+id]; ok {
		return k, nil
	}
	var pk int64
	if err := in.tx.QueryRow(ctx, `SELECT pk FROM debtors WHERE creditor = $1 AND id = $2`, c.ID, id).Scan(&pk); err != nil {
		return nil, hinted(notFound(err, "debtor", "%q is not on file for %s", id, c.ID), "give the debtor with the invoice, or put it first: dunlin debtor put")
	}
	return in.know(c.ID+"/"+id, pk), nil
}

// know notes a debtor of the chunk.
func (in *intake) know(name string, pk int64) *known {
	k := &known{pk: pk}
	in.debtors[name] = k
	return k
}

func hinted(err error, hint string) error {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		return e.WithHint("%s", hint)
	}
	return err
}

// readDebtors reads what plans need to know about the debtors of the chunk, the way a file does.
func (in *intake) readDebtors(ctx context.Context) error {
	if len(in.debtors) == 0 {
		return nil
	}
	pks, files, of := make([]int64, 0, len(in.debtors)), make([]*file, 0, len(in.debtors)), make(map[int64]*file, len(in.debtors))
	for _, k := range in.debtors {
		f := &file{tx: in.tx, s: in.s, now: in.now, debtor: k.pk}
		f.state.Reach = map[dunning.Act]dunning.Reach{}
		pks, files, of[k.pk] = append(pks, k.pk), append(files, f), f
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT pk, type, country, region, zone, customer_group FROM debtors WHERE pk = ANY($1)`, pks).Query(func(rows pgx.Rows) error {
		var pk int64
		var c dunning.Case
		_, err := pgx.ForEachRow(rows, []any{&pk, &c.Type, &c.Country, &c.Region, &c.Zone, &c.Group}, func() error {
			to := &of[pk].state
			to.Type, to.Country, to.Region, to.Zone, to.Group = c.Type, c.Country, c.Region, c.Zone, c.Group
			return nil
		})
		return err
	})
	readReach(b, files...)
	readContacts(b, files...)
	if err := in.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	for _, k := range in.debtors {
		k.state = of[k.pk].state
	}
	return nil
}

// freeOthers lets the older cases of debtors whose data came better with the chunk look again.
func (in *intake) freeOthers(ctx context.Context, rows []collection.Issue) error {
	if len(in.changed) == 0 {
		return nil
	}
	return in.s.freeCases(ctx, in.tx, in.changed, rows[0].Actor)
}
