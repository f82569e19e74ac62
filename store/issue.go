package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/internal/failpoint"
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
	return s.takeIn(ctx, rows, nil, allOrNothing)
}

// takeIn puts a chunk on file; earlier says by row what was done before the invoice came here.
func (s *Store) takeIn(ctx context.Context, rows []collection.Issue, earlier []collection.Earlier, allOrNothing bool) ([]collection.IssueResult, error) {
	var results []collection.IssueResult
	var err error
	for range maxTries {
		err = s.tx(ctx, func(tx pgx.Tx) error {
			in := &intake{s: s, tx: tx, earlier: earlier, creditors: map[string]invoice.Creditor{}, names: map[string]*rules{}, debtors: map[string]*known{}, repeats: map[int]int{}}
			var err error
			if in.now, err = businessNow(ctx, tx); err != nil {
				return err
			}
			results, err = in.take(ctx, rows, allOrNothing)
			return err
		})
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23505" {
			break
		}
		// Somebody else put one of these numbers on file meanwhile: now it is found there.
	}
	if errors.Is(err, errRefused) {
		return results, nil
	}
	if err == nil {
		err = failpoint.Hit("F6/issue")
	}
	return results, err
}

// intake is one chunk of invoices on their way in.
type intake struct {
	s         *Store
	tx        pgx.Tx
	now       time.Time
	creditors map[string]invoice.Creditor
	names     map[string]*rules
	debtors   map[string]*known
	changed   []int64              // debtors on file whose data the chunk changed
	repeats   map[int]int          // rows that stand twice in the chunk → the first of them
	late      map[int64]bool       // debtors with an invoice that was late
	earlier   []collection.Earlier // by row, what was done before they came here; nil: nothing
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
	policy *rules
	file   *file

	history dunning.History
	segment string // rule that chose the policy
	why     string // in its words
}

func (in *intake) take(ctx context.Context, rows []collection.Issue, allOrNothing bool) ([]collection.IssueResult, error) {
	results := make([]collection.IssueResult, len(rows))
	for i := range rows {
		if results[i].Err = validate(&rows[i]); results[i].Err == nil {
			results[i].Err = in.checkEarlier(i, rows[i].Invoice)
		}
	}
	if err := in.check(ctx, rows, results); err != nil {
		return nil, err
	}
	if err := in.compareWithFile(ctx, results); err != nil {
		return nil, err
	}
	if err := in.choose(ctx, results); err != nil {
		return nil, err
	}
	in.openAll(results)
	if allOrNothing && slices.ContainsFunc(results, func(r collection.IssueResult) bool { return r.Err != nil }) {
		in.answerRepeats(results)
		return results, errRefused
	}
	if err := in.freeOthers(ctx, rows); err != nil {
		return nil, err
	}
	err := in.insert(ctx, results)
	in.answerRepeats(results)
	return results, err
}

// validate completes a row and refuses what can be refused without the database.
func validate(r *collection.Issue) error {
	if r.Invoice.Kind == "" {
		r.Invoice.Kind = invoice.KindInvoice
	}
	r.Invoice.ExpiresAt = r.Invoice.ExpiresAt.UTC().Truncate(time.Microsecond)
	if err := checkText(*r); err != nil {
		return err
	}
	return r.Invoice.Validate()
}

// checkText refuses texts in another encoding, which PostgreSQL would not take with the whole chunk.
func checkText(r collection.Issue) error {
	i := r.Invoice
	fields := [][2]string{{"creditor", i.Creditor}, {"number", i.Number}, {"debtor", i.DebtorID}, {"goods", i.Goods}, {"reference", i.Reference}, {"pay_url", i.PayURL}, {"policy", i.Policy}}
	if d := r.Debtor; d != nil {
		fields = append(fields, [][2]string{{"debtor.id", d.ID}, {"debtor.name", d.Name}, {"debtor.region", d.Region}, {"debtor.language", d.Language}}...)
		for _, c := range d.Contacts {
			fields = append(fields, [][2]string{{"debtor.contacts.address", c.Address}, {"debtor.contacts.name", c.Name}, {"debtor.contacts.role", c.Role}}...)
		}
	}
	for _, f := range fields {
		if !utf8.ValidString(f[1]) || strings.ContainsRune(f[1], 0) {
			return invoice.Invalid(f[0], "%q is no text in UTF-8", f[1]).WithHint("write the file in UTF-8")
		}
	}
	return nil
}

// check resolves what the rows name. Debtors are taken in one order, whatever the order of the rows, so
// that two importers never wait for each other in a circle.
func (in *intake) check(ctx context.Context, rows []collection.Issue, results []collection.IssueResult) error {
	var order []int
	var creditors, ids []string
	for i, r := range rows {
		if results[i].Err == nil {
			order, creditors, ids = append(order, i), append(creditors, r.Invoice.Creditor), append(ids, r.Invoice.DebtorID)
		}
	}
	if _, err := in.tx.Exec(ctx, `SELECT 1 FROM debtors d JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS u (creditor, id)) AS k ON k.creditor = d.creditor AND k.id = d.id
		ORDER BY d.pk FOR NO KEY UPDATE OF d`, creditors, ids); err != nil {
		return err
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := rows[a].Invoice, rows[b].Invoice
		return cmp.Or(cmp.Compare(x.Creditor, y.Creditor), cmp.Compare(x.DebtorID, y.DebtorID))
	})
	for _, i := range order {
		a, err := in.resolve(ctx, i, rows[i])
		switch {
		case err != nil && invoice.CodeOf(err) == "":
			return err // not the row's fault
		case err != nil:
			results[i].Err = err
		default:
			in.fresh = append(in.fresh, a)
		}
	}
	slices.SortFunc(in.fresh, func(a, b *arrival) int { return cmp.Compare(a.row, b.row) })
	return in.readDebtors(ctx)
}

func (in *intake) resolve(ctx context.Context, row int, r collection.Issue) (*arrival, error) {
	c, err := in.creditor(ctx, r.Invoice.Creditor)
	if err != nil {
		return nil, err
	}
	d, err := in.debtor(ctx, c, r)
	if err != nil {
		return nil, err
	}
	var p *rules
	if r.Invoice.Policy != "" {
		if p, err = in.policy(ctx, r.Invoice.Policy, r.Invoice.Kind); err != nil {
			return nil, err
		}
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

// defaultPolicies are what an invoice without a policy is collected by.
var defaultPolicies = map[invoice.Kind]string{invoice.KindInvoice: "standard-b2b", invoice.KindOrder: "order-24h"}

// rules are a policy and its hash, which is worked out once.
type rules struct {
	*dunning.Policy
	hash string
}

func (in *intake) policy(ctx context.Context, name string, kind invoice.Kind) (*rules, error) {
	p, ok := in.names[name]
	if !ok {
		p = &rules{}
		if err := in.tx.QueryRow(ctx, `SELECT hash FROM policy_names WHERE name = $1`, name).Scan(&p.hash); err != nil {
			return nil, hinted(notFound(err, "policy", "%q is not on file", name), "see dunlin policy list")
		}
		var err error
		if p.Policy, err = in.s.policy(ctx, in.tx, p.hash); err != nil {
			return nil, err
		}
		in.names[name] = p
	}
	if p.Kind != kind {
		return nil, invoice.Invalid("policy", "%s is for an %s, this is an %s", name, p.Kind, kind)
	}
	return p, nil
}
