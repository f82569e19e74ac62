package store

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// PutCreditor creates or replaces a creditor's profile. Messages that could not be written without what
// the profile lacked are tried again.
func (s *Store) PutCreditor(ctx context.Context, c invoice.Creditor, actor string) error {
	if err := c.Validate(); err != nil {
		return err
	}
	profile, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err = s.atSwitches(ctx, `INSERT INTO creditors (id, profile) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, updated_at = business_now()`, c.ID, profile); err != nil {
		return err
	}
	return s.resumeAll(ctx, profileScope(c.ID), actor, "the creditor's profile was changed")
}

// profileScope holds the messages that cannot be written with what is on file about their parties.
func profileScope(creditor string) string { return "profile:" + creditor }

// Creditor reads a creditor's profile.
func (s *Store) Creditor(ctx context.Context, id string) (invoice.Creditor, error) {
	return creditor(ctx, s.pool, id)
}

// Debtor reads a debtor with contacts; the health of an address says when it does not work.
func (s *Store) Debtor(ctx context.Context, creditorID, id string) (invoice.Debtor, error) {
	return debtor(ctx, s.pool, creditorID, id)
}

// PutDebtor creates or replaces a debtor. Open cases look again: what was held for want of data goes on.
func (s *Store) PutDebtor(ctx context.Context, d invoice.Debtor, actor string) error {
	if err := d.Validate(); err != nil {
		return err
	}
	c, err := s.Creditor(ctx, d.Creditor)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx pgx.Tx) error {
		// Invoices before contacts: who finishes a message takes them in this order.
		if _, err := tx.Exec(ctx, `SELECT 1 FROM debtors WHERE creditor = $1 AND id = $2 FOR NO KEY UPDATE`, d.Creditor, d.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT 1 FROM invoices WHERE debtor_pk = (SELECT pk FROM debtors WHERE creditor = $1 AND id = $2) AND status IN ('open', 'placed')
			ORDER BY pk FOR NO KEY UPDATE`, d.Creditor, d.ID); err != nil {
			return err
		}
		pk, changed, err := putDebtor(ctx, tx, c, d)
		if err != nil || !changed {
			return err
		}
		return s.freeCases(ctx, tx, []int64{pk}, actor)
	})
}

// freeCases lets the open cases of debtors whose data were changed look again.
func (s *Store) freeCases(ctx context.Context, tx pgx.Tx, debtors []int64, actor string) error {
	if err := closeDataTasks(ctx, tx, debtors); err != nil {
		return err
	}
	return s.eachOpen(ctx, tx, debtors, func(f *file) error {
		f.event("debtor_changed", actor, "the debtor's data were changed", nil)
		if err := f.lift(ctx, profileScope(f.inv.Creditor)); err != nil {
			return err
		}
		return f.save(ctx, collection.SignalContact)
	})
}

// closeDataTasks takes the request for better data off the desk; the plans that still miss some ask again.
func closeDataTasks(ctx context.Context, tx pgx.Tx, debtors []int64) error {
	_, err := tx.Exec(ctx, `UPDATE tasks SET state = 'done', outcome = 'fixed', ended_at = business_now() WHERE debtor_pk = ANY($1) AND invoice_pk IS NULL AND kind = 'fix_contact' AND state IN ('open', 'claimed')`, debtors)
	return err
}

// putDebtor writes the debtor's row, which the caller has locked if it is on file, and contacts. Fields left out are filled from
// the creditor's defaults and recorded as such. Changed says that a debtor on file is another now.
func putDebtor(ctx context.Context, tx pgx.Tx, c invoice.Creditor, d invoice.Debtor) (pk int64, changed bool, err error) {
	defaulted := fillDefaults(&d, c.Defaults)
	const content = `concat_ws('|', name, type, country, region, zone, language, customer_group)`
	var was *string
	var now string
	err = tx.QueryRow(ctx, `WITH was AS (SELECT `+content+` AS content FROM debtors WHERE creditor = $1 AND id = $2)
		INSERT INTO debtors (creditor, id, name, type, country, region, zone, language, defaulted, customer_group) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (creditor, id) DO UPDATE SET name = excluded.name, type = excluded.type, country = excluded.country, region = excluded.region, zone = excluded.zone,
			language = excluded.language, defaulted = excluded.defaulted, customer_group = excluded.customer_group, updated_at = business_now()
		RETURNING pk, `+content+`, (SELECT content FROM was)`,
		d.Creditor, d.ID, d.Name, d.Type, d.Country, d.Region, d.Zone, d.Language, defaulted, d.Group).Scan(&pk, &now, &was)
	if err != nil {
		return 0, false, err
	}
	if err := putAccounts(ctx, tx, pk, d); err != nil {
		return 0, false, err
	}
	contacts, err := putContacts(ctx, tx, pk, d.Contacts)
	return pk, was != nil && (*was != now || contacts), err
}

// putAccounts notes from which accounts the debtor pays by the creditor's own data. Those left out keep what
// payments have taught about them.
func putAccounts(ctx context.Context, tx pgx.Tx, debtor int64, d invoice.Debtor) error {
	if d.Accounts == nil {
		return nil
	}
	accounts := make([]string, 0, len(d.Accounts))
	for _, a := range d.Accounts {
		if key := (bank.Account{Other: a}).Key(); key != "" {
			accounts = append(accounts, key)
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE payer_accounts SET master = false WHERE debtor_pk = $1 AND master AND NOT account = ANY($2)`, debtor, accounts); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO payer_accounts (creditor, account, debtor_pk, master, last_at) SELECT DISTINCT $1, a, $2::bigint, true, business_now() FROM unnest($3::text[]) AS a
		ON CONFLICT (creditor, account, debtor_pk) DO UPDATE SET master = true WHERE NOT payer_accounts.master`, d.Creditor, debtor, accounts)
	return err
}

func fillDefaults(d *invoice.Debtor, def invoice.Defaults) []string {
	filled := []string{}
	fill := func(name string, field *string, value string) {
		if *field == "" && value != "" {
			*field = value
			filled = append(filled, name)
		}
	}
	fill("zone", &d.Zone, def.Zone)
	fill("country", &d.Country, def.Country)
	fill("language", &d.Language, def.Language)
	fill("type", (*string)(&d.Type), string(def.Type))
	return filled
}

// putContacts makes the debtor's addresses those given, in their order. An address that is kept keeps its
// health; one that comes back after it was taken away starts healthy.
func putContacts(ctx context.Context, tx pgx.Tx, debtor int64, contacts []invoice.Contact) (changed bool, err error) {
	n := len(contacts)
	channels, addresses, names, roles, order := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]int, n)
	for i, c := range contacts {
		channels[i], addresses[i], names[i], roles[i], order[i] = string(c.Channel), c.Address, c.Name, c.Role, i
	}
	var moved int64
	err = tx.QueryRow(ctx, `WITH gone AS (DELETE FROM contacts WHERE debtor_pk = $1 AND (channel, address) NOT IN (SELECT * FROM unnest($2::text[], $3::text[])) RETURNING 1),
		put AS (INSERT INTO contacts (debtor_pk, channel, address, name, role, n)
			SELECT DISTINCT ON (u.channel, u.address) $1::bigint, u.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[]) AS u (channel, address, name, role, n) ORDER BY u.channel, u.address, u.n
			ON CONFLICT (debtor_pk, channel, address) DO UPDATE SET name = excluded.name, role = excluded.role, n = excluded.n
				WHERE (contacts.name, contacts.role, contacts.n) IS DISTINCT FROM (excluded.name, excluded.role, excluded.n) RETURNING 1)
		SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)`, debtor, channels, addresses, names, roles, order).Scan(&moved)
	return moved > 0, err
}

// PutPolicy stores a compiled policy by its hash and makes it the one its name stands for. Running
// cases keep the policy they started with.
func (s *Store) PutPolicy(ctx context.Context, p *dunning.Policy, source []byte) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := keepPolicy(ctx, tx, p, source); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO policy_names (name, hash) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash`, p.Name, p.Hash())
		return err
	})
}

// keepPolicy stores a compiled policy by its hash; what its name stands for stays.
func keepPolicy(ctx context.Context, tx pgx.Tx, p *dunning.Policy, source []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO policies (hash, name, version, source, compiled) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		p.Hash(), p.Name, p.Version, string(source), p.Canonical())
	return err
}

// Policy returns the policy that a name stands for now.
func (s *Store) Policy(ctx context.Context, name string) (*dunning.Policy, error) {
	var hash string
	if err := s.pool.QueryRow(ctx, `SELECT hash FROM policy_names WHERE name = $1`, name).Scan(&hash); err != nil {
		return nil, notFound(err, "policy", "%q is not on file", name)
	}
	return s.policy(ctx, s.pool, hash)
}

// Policies lists the names on file.
func (s *Store) Policies(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT name FROM policy_names ORDER BY name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
