package store_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/invoice"
	"dunlin/migrations"
	"dunlin/store"
)

// desk is a lab database with a creditor, a debtor and a clock that the test moves.
type desk struct {
	*store.Store
	t     testing.TB
	url   string
	start time.Time
}

func migrate(ctx context.Context, url string) error {
	if err := migrations.Up(ctx, url, "lab", io.Discard); err != nil {
		return err
	}
	s, err := store.Open(ctx, url, store.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, p := range dunning.Shipped() {
		if err := s.PutPolicy(ctx, p.Policy, p.YAML); err != nil {
			return err
		}
	}
	return nil
}

var acme = invoice.Creditor{
	ID: "acme", Name: "Acme Tools GmbH", Country: "DE", Zone: "Europe/Berlin", Language: "en", Person: "Ada Lind", SenderEmail: "billing@acme.example", ReplyTo: "ada@acme.example",
	SMSFrom: "+4930111111", Lawyer: invoice.Partner{Name: "Kanzlei Weber", Email: "post@weber.example"}, Agency: invoice.Partner{Name: "Inkasso Nord", Email: "in@nord.example"},
	StockHook: "https://shop.example/stock",
}

func debtor(id string) invoice.Debtor {
	return invoice.Debtor{
		Creditor: "acme", ID: id, Name: "Blum & Söhne", Type: invoice.Business, Country: "DE", Region: "BE", Zone: "Europe/Berlin", Language: "en",
		Contacts: []invoice.Contact{
			{Channel: invoice.Email, Address: "ap@" + id + ".example", Name: "Jo Blum"},
			{Channel: invoice.SMS, Address: "+4917012345" + fmt.Sprint(len(id))},
		},
	}
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return deskAt(t, pgtest.NewDatabase(t, migrate, "store"))
}

func deskAt(t testing.TB, url string) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.NoError(t, s.PutCreditor(t.Context(), acme, "test"))
	require.NoError(t, s.PutDebtor(t.Context(), debtor("blum"), "test"))
	d := &desk{Store: s, t: t, url: url}
	d.start = d.now()
	return d
}

func (d *desk) now() time.Time {
	d.t.Helper()
	now, err := d.Now(context.Background())
	require.NoError(d.t, err)
	return now
}

// travel moves the lab clock to a moment.
func (d *desk) travel(to time.Time) {
	d.t.Helper()
	require.NoError(d.t, d.SetLabClock(d.t.Context(), to))
}

// issue puts an invoice of 1,200.00 EUR, due in 30 days, on file.
func (d *desk) issue(number string, minor int64) invoice.Key {
	d.t.Helper()
	today := invoice.DateOf(d.now())
	inv := invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: "blum", Amount: invoice.NewMoney(minor, "EUR"), IssuedOn: today, DueOn: today.AddDays(30)}
	r, err := d.Issue(d.t.Context(), collection.Issue{Invoice: inv, Actor: "erp"})
	require.NoError(d.t, err)
	require.False(d.t, r.Repeated)
	return inv.Key
}

// next is the case's earliest act, as its workflow would be told.
func (d *desk) next(k invoice.Key) (collection.Act, bool) {
	d.t.Helper()
	v, err := d.Plan(d.t.Context(), k)
	require.NoError(d.t, err)
	it, ok := v.Plan.Earliest()
	return collection.Act{Case: collection.Case{Key: k, Cycle: v.Cycle}, Item: it, Seq: v.Seq}, ok
}

// due moves the clock to the case's next act and returns it.
func (d *desk) due(k invoice.Key) collection.Act {
	d.t.Helper()
	act, ok := d.next(k)
	require.True(d.t, ok, "nothing is planned")
	d.travel(act.At)
	return act
}

// claim takes the next act, which must be a message.
func (d *desk) claim(k invoice.Key) (collection.Act, collection.Claim) {
	d.t.Helper()
	act := d.due(k)
	c, err := d.Claim(d.t.Context(), act)
	require.NoError(d.t, err)
	require.Nil(d.t, c.Answer, "%s %s: %+v", act.Step, act.Item.Act, c.Answer)
	return act, c
}

// step takes the next act through to a good end.
func (d *desk) step(k invoice.Key) (collection.Act, collection.Answer) {
	d.t.Helper()
	act := d.due(k)
	var answer collection.Answer
	var err error
	switch act.Item.Act {
	case dunning.Email, dunning.SMS, dunning.Place, dunning.Recall, dunning.Thank:
		_, claim := d.claim(k)
		answer, err = d.Finish(d.t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "p-" + claim.Attempt})
	case dunning.PhoneTask:
		answer, err = d.OpenPhoneTask(d.t.Context(), act)
	case dunning.Decide:
		answer, err = d.Decide(d.t.Context(), act)
	case dunning.Review:
		answer, err = d.Review(d.t.Context(), act)
	case dunning.Expire:
		answer, err = d.Expire(d.t.Context(), act)
	case dunning.Close:
		answer, err = d.CloseCase(d.t.Context(), act)
	}
	require.NoError(d.t, err)
	return act, answer
}

func (d *desk) view(k invoice.Key) collection.View {
	d.t.Helper()
	v, err := d.View(d.t.Context(), k)
	require.NoError(d.t, err)
	return v
}

// query reads one value, past the store.
func query[T any](d *desk, sql string, args ...any) T {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var v T
	require.NoError(d.t, conn.QueryRow(d.t.Context(), sql, args...).Scan(&v))
	return v
}

// sound demands that every check of verify holds.
func (d *desk) sound() {
	d.t.Helper()
	checks, err := d.Checks(d.t.Context())
	require.NoError(d.t, err)
	for _, c := range checks {
		require.True(d.t, c.OK, "%s: %v", c.Name, c.Found)
	}
}

func fact(k invoice.Key, key string) invoice.Fact {
	return invoice.Fact{Invoice: k, Key: key, Actor: "test"}
}

func eur(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }

func (d *desk) pay(k invoice.Key, key string, minor int64) invoice.Receipt {
	d.t.Helper()
	r, err := d.Pay(d.t.Context(), invoice.Payment{Fact: fact(k, key), Amount: eur(minor)})
	require.NoError(d.t, err)
	return r
}

// exec runs a statement past the store.
func exec(d *desk, sql string) error {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(d.t.Context(), sql)
	return err
}

// newDeskB is a desk in a PostgreSQL that waits for its disk.
func newDeskB(b *testing.B) *desk {
	b.Helper()
	server, err := pgtest.Start(b.Context(), pgtest.Options{Fsync: true})
	require.NoError(b, err)
	b.Cleanup(server.Stop)
	url := server.URL("postgres")
	require.NoError(b, migrate(b.Context(), url))
	return deskAt(b, url)
}
