package rehearse_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/lab"
	"dunlin/dev/rehearse"
	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/invoice"
	"dunlin/migrations"
	"dunlin/store"
)

// private are words of the source that must not come into the lab.
var private = []string{
	"Haberstroh", "kontor.example", "Wolkenbruch", "555042", "DE89370400440532013000", "Quittengasse", "geheim", "orders@", "reminded word for word", "mara.vogt", "BANK-REF", "kanzlei-q",
}

// world is a live database with 20 open invoices of 10 debtors, all due ten days ago.
func world(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	url := pgtest.NewDatabase(t, func(ctx context.Context, url string) error { return migrations.Up(ctx, url, "live", io.Discard) }, "rehearse")
	s, err := store.Open(ctx, url, store.Options{MaxConns: 4})
	require.NoError(t, err)
	defer s.Close()
	for _, p := range dunning.Shipped() {
		require.NoError(t, s.PutPolicy(ctx, p.Policy, p.YAML))
	}
	require.NoError(t, s.PutCreditor(ctx, invoice.Creditor{
		ID: "acme", Name: "Haberstroh Werke", Address: "Quittengasse 3", Country: "DE", Zone: "Europe/Berlin", Language: "en", Person: "Mara Haberstroh", SenderEmail: "ar@kontor.example", ReplyTo: "ar@kontor.example",
		Phone: "+493055504200", SMSFrom: "+4917155504200", BankAccounts: []invoice.Bank{{Holder: "Haberstroh", IBAN: "DE89370400440532013000"}}, StockHook: "https://kontor.example/hook",
		Lawyer: invoice.Partner{Name: "Kanzlei Wolkenbruch", Email: "akten@kanzlei-q.example"}, Agency: invoice.Partner{Name: "Wolkenbruch Inkasso", Email: "faelle@kanzlei-q.example"},
	}, "mara.vogt"))
	today := invoice.DateOf(time.Now().UTC())
	var rows []collection.Issue
	for i := range 20 {
		n := i/2 + 1
		email := fmt.Sprintf("orders@%d.kontor.example", n)
		if n > 8 {
			email = "orders@kontor.example" // of two debtors
		}
		rows = append(rows, collection.Issue{
			Actor: "mara.vogt",
			Invoice: invoice.Invoice{
				Key: invoice.Key{Creditor: "acme", Number: fmt.Sprintf("R-%d", i)}, DebtorID: fmt.Sprintf("K-%d", n), Amount: invoice.NewMoney(int64(20000+1000*i), "EUR"),
				IssuedOn: today.AddDays(-40), DueOn: today.AddDays(-10), PayURL: fmt.Sprintf("https://pay.kontor.example/%d", i), Reference: "Quittengasse",
			},
			Debtor: &invoice.Debtor{
				ID: fmt.Sprintf("K-%d", n), Name: fmt.Sprintf("Wolkenbruch %d GmbH", n), Type: invoice.Business, Country: "DE", Zone: "Europe/Berlin", Language: "en",
				Contacts: []invoice.Contact{
					{Channel: invoice.Email, Address: email, Name: "Jost Wolkenbruch"},
					{Channel: invoice.SMS, Address: fmt.Sprintf("+4917155504%03d", n)},
					{Channel: invoice.Phone, Address: fmt.Sprintf("+493055504%04d", n)},
				},
			},
		})
	}
	results, err := s.IssueMany(ctx, rows, true)
	require.NoError(t, err)
	for _, r := range results {
		require.NoError(t, r.Err)
	}
	facts(ctx, t, s)
	reminded(ctx, t, url)
	return url
}

// facts are a payment in full, one in part, a credit note, a hold without end, a dispute, a promise, an opt-out.
func facts(ctx context.Context, t *testing.T, s *store.Store) {
	t.Helper()
	fact := func(i int, key string) invoice.Fact {
		return invoice.Fact{Invoice: invoice.Key{Creditor: "acme", Number: fmt.Sprintf("R-%d", i)}, Key: key, Actor: "mara.vogt", Reason: "geheim: Wolkenbruch rang from +4917155504201"}
	}
	_, err := s.Pay(ctx, invoice.Payment{Fact: fact(19, "BANK-REF-1"), Amount: invoice.NewMoney(39000, "EUR")})
	require.NoError(t, err)
	_, err = s.Pay(ctx, invoice.Payment{Fact: fact(18, "BANK-REF-2"), Amount: invoice.NewMoney(18000, "EUR")})
	require.NoError(t, err)
	_, err = s.Credit(ctx, invoice.CreditNote{Fact: fact(17, "BANK-REF-3"), Amount: invoice.NewMoney(7000, "EUR")})
	require.NoError(t, err)
	_, err = s.Hold(ctx, invoice.Hold{Fact: fact(16, "h")})
	require.NoError(t, err)
	_, err = s.Dispute(ctx, invoice.Dispute{Fact: fact(15, "d")})
	require.NoError(t, err)
	_, err = s.Promise(ctx, invoice.Promise{Fact: fact(14, "p"), By: invoice.DateOf(time.Now().UTC()).AddDays(5)})
	require.NoError(t, err)
	require.NoError(t, s.OptOut(ctx, invoice.OptOut{Creditor: "acme", Channel: invoice.SMS, Address: "+4917155504001", Actor: "mara.vogt"}))
}

// reminded lets the first eight invoices have had their first reminder three days ago.
func reminded(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, `WITH one AS (SELECT i.*, gen_random_uuid() AS id, c.address FROM invoices i JOIN contacts c ON c.debtor_pk = i.debtor_pk AND c.channel = 'email' WHERE i.pk <= 8),
		m AS (INSERT INTO messages (id, creditor, debtor_pk, invoice_pk, kind, channel, step, act, class, template, language, recipient, subject, body, html, hash, state, provider_id, claimed_at, ended_at)
			SELECT id, creditor, debtor_pk, pk, 'collecting', 'email', 'reminder-1', 'email', 'reminder', 'reminder-1', 'en', address, 'Wolkenbruch', 'reminded word for word', 'geheim', 'x', 'accepted', 'geheim',
				now() - interval '3 days', now() - interval '3 days' FROM one),
		v AS (INSERT INTO message_covers (message_id, invoice_pk, step, act, reference) SELECT id, pk, 'reminder-1', 'email', number || '/D' FROM one),
		a AS (INSERT INTO attempts (id, message_id, n, state, claimed_at, http_deadline, ended_at) SELECT 'attempt-' || pk, id, 1, 'accepted', now() - interval '3 days', now(), now() - interval '3 days' FROM one),
		k AS (INSERT INTO attempt_claims (attempt_id, invoice_pk, seq) SELECT 'attempt-' || pk, pk, 1 FROM one),
		d AS (DELETE FROM acts WHERE step = 'reminder-1' AND invoice_pk <= 8)
		INSERT INTO acts (invoice_pk, step, act, outcome, reason, cycle, seq, at, message_id) SELECT pk, 'reminder-1', 'email', 'accepted', 'geheim', 1, 1, now() - interval '3 days', id FROM one`)
	require.NoError(t, err)
}

func TestDatabase(t *testing.T) {
	t.Parallel()
	url := world(t)
	before := dump(t.Context(), t, url)
	changed := filepath.Join(t.TempDir(), "changed.yaml")
	shipped := dunning.Shipped()
	for _, p := range shipped {
		if p.Policy.Name == "standard-b2b" {
			text := strings.Replace(string(p.YAML), "version: 1", "version: 2", 1)
			require.NoError(t, os.WriteFile(changed, []byte(strings.Replace(text, "at: due+14d", "at: due+16d", 1)), 0o600))
		}
	}
	r, err := rehearse.Run(t.Context(), rehearse.Options{
		Policy: changed, FromDB: url, Days: 60, Lab: lab.Options{Bin: bin},
		After: func(ctx context.Context, l *lab.Lab) error {
			nothingOf(ctx, t, l, private...)
			inLab := func(sql string) int { return ask[int](ctx, t, l.DatabaseURL(), sql) }
			require.Equal(t, 19, inLab(`SELECT count(*) FROM invoices`), "the one that is paid is not taken")
			require.Equal(t, 8, inLab(`SELECT count(*) FROM messages WHERE step = 'reminder-1' AND body = ''`), "what had gone out is on file, without its words")
			require.Equal(t, 0, inLab(`SELECT count(*) FROM messages m JOIN message_covers v ON v.message_id = m.id WHERE v.invoice_pk <= 8 AND v.step = 'reminder-1' AND m.body <> ''`), "and not sent again")
			require.Equal(t, 20000, inLab(`SELECT balance FROM invoices WHERE number = 'R-18'`))
			require.Equal(t, 30000, inLab(`SELECT balance FROM invoices WHERE number = 'R-17'`))
			require.Equal(t, 0, inLab(`SELECT count(*) FROM messages WHERE body <> '' AND invoice_pk IN (SELECT pk FROM invoices WHERE number IN ('R-15', 'R-16'))`), "held and disputed stay so")
			require.Equal(t, 1, inLab(`SELECT count(*) FROM suppressions`))
			require.Equal(t, 0, inLab(`SELECT count(*) FROM messages m JOIN invoices i ON i.pk = m.invoice_pk WHERE m.channel = 'sms' AND i.number IN ('R-0', 'R-1')`), "an opt-out stays one")
			require.Equal(t, 9, inLab(`SELECT count(DISTINCT address) FROM contacts WHERE channel = 'email'`))
			return nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, before, dump(t.Context(), t, url), "the source is only read")
	require.Equal(t, 19, r.Cases)
	require.Equal(t, 19, r.Joined)
	require.Empty(t, r.Audit.Findings)
	steps := map[string]rehearse.Step{}
	for _, s := range r.Steps {
		steps[s.Step] = s
	}
	require.LessOrEqual(t, steps["reminder-1"].Sent+steps["reminder-1"].Covered+steps["reminder-1"].Skipped, 9, "8 had it, 2 are held")
	require.Equal(t, 17, steps["call"].Calls)
	require.Equal(t, "a database", r.Source)
}

func TestLimitTakesWholeDebtorsFirst(t *testing.T) {
	t.Parallel()
	r, err := rehearse.Run(t.Context(), rehearse.Options{Policy: "standard-b2b", FromDB: world(t), Days: 3, Limit: 6, Lab: lab.Options{Bin: bin}, Behave: rehearse.BehaveTypical})
	require.NoError(t, err)
	require.Equal(t, 6, r.Cases)
	require.Zero(t, r.Joined)
	require.LessOrEqual(t, r.Debtors, 4)
	require.Empty(t, r.Audit.Findings)
}
