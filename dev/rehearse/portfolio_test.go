package rehearse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dev/lab"
	"dunlin/dev/rehearse"
)

// personal are words of the portfolio that must not come back.
var personal = []string{"Grünwald", "Grunwald", "Ottilie", "musterpost", "555019", "Kastanienallee", "DE02120300000000202051", "inbox.example", "Sekretariat", "stock-hook", "4711-ottilie"}

// writePortfolio writes 20 invoices of 10 debtors, two each with the same dates; the last two debtors
// share an address. Debtor 10 has an id that says who it is. A 21st row is wrong.
func writePortfolio(t *testing.T) (portfolio, creditors string) {
	t.Helper()
	today := time.Now().UTC()
	var b strings.Builder
	b.WriteString("creditor,number,debtor,total,currency,issued_on,due_on,pay_url,reference,debtor_name,debtor_type,debtor_country,debtor_zone,debtor_language,contact_name,email,sms,phone\n")
	for i := range 20 {
		n := i/2 + 1
		id, email := fmt.Sprintf("K-%d", n), fmt.Sprintf("ottilie.%d@musterpost.example", n)
		if n >= 9 {
			email = "Sekretariat@musterpost.example"
		}
		if n == 10 {
			id = "4711-ottilie"
		}
		fmt.Fprintf(&b, "acme,R-%d,%s,%d.00,EUR,%s,%s,https://pay.inbox.example/R-%d,Kastanienallee %d,Grünwald & Söhne %d,business,DE,Europe/Berlin,en,Ottilie Grunwald,%s,+49171555019%02d,+4930555019%02d\n",
			i, id, 100+100*i, today.Format(time.DateOnly), today.AddDate(0, 0, 10).Format(time.DateOnly), i, i, n, email, n, n)
	}
	b.WriteString("acme,R-99,K-1,12.00,XXQ,2026-01-01,2026-01-31,,,,,,,,,,,\n")
	dir := t.TempDir()
	portfolio, creditors = filepath.Join(dir, "open.csv"), filepath.Join(dir, "creditors.json")
	require.NoError(t, os.WriteFile(portfolio, []byte(b.String()), 0o600))
	require.NoError(t, os.WriteFile(creditors, []byte(`{"id":"acme","name":"Grünwald Handel","address":"Kastanienallee 7","country":"DE","zone":"Europe/Berlin","language":"en",
		"person":"Ottilie Grunwald","sender_email":"ar@inbox.example","reply_to":"ar@inbox.example","phone":"+493055501900","sms_from":"+491715550190",
		"bank_accounts":[{"holder":"Grünwald Handel","iban":"DE02120300000000202051","currency":"EUR"}],"stock_hook":"https://inbox.example/stock-hook",
		"lawyer":{"name":"Ottilie Kanzlei","email":"akten@inbox.example"},"agency":{"name":"Grunwald Inkasso","email":"faelle@inbox.example"}}`), 0o600))
	return portfolio, creditors
}

func TestPortfolio(t *testing.T) {
	t.Parallel()
	portfolio, creditors := writePortfolio(t)
	looked := false
	r, err := rehearse.Run(t.Context(), rehearse.Options{
		Policy: "standard-b2b", Portfolio: portfolio, Creditors: creditors, Days: 60, Lab: lab.Options{Bin: bin},
		Cost: rehearse.Prices{Email: 1000, SMS: 75_000, Call: 4_000_000},
		After: func(ctx context.Context, l *lab.Lab) error {
			looked = true
			nothingOf(ctx, t, l, personal...)
			require.Equal(t, 9, ask[int](ctx, t, l.DatabaseURL(), `SELECT count(DISTINCT address) FROM contacts WHERE channel = 'email'`), "a shared address stays shared")
			require.Equal(t, 0, ask[int](ctx, t, l.DatabaseURL(), `SELECT count(*) FROM contacts WHERE address !~ '^(debtor-\d+@rehearsal\.invalid|\+999\d{9})$'`))
			require.Equal(t, 0, ask[int](ctx, t, l.DatabaseURL(), `SELECT count(*) FROM debtors WHERE name !~ '^Debtor \d+$'`))
			require.Equal(t, 9, ask[int](ctx, t, l.DatabaseURL(), `SELECT count(*) FROM debtors WHERE id LIKE 'K-%'`))
			return nil
		},
	})
	require.NoError(t, err)
	require.True(t, looked)
	require.Equal(t, 20, r.Cases)
	require.Equal(t, 10, r.Debtors)
	require.Equal(t, 1, r.Refused)
	require.Contains(t, r.Refusals[0], "line 22: currency")
	require.Empty(t, r.Audit.Findings)
	require.Equal(t, 20, r.Audit.Workflows)

	// Each step has its ends: one per act and invoice, and siblings are told together.
	ends := map[string]rehearse.Step{}
	for _, s := range r.Steps {
		ends[s.Step] = s
	}
	for step, want := range map[string]int{"reminder-1": 20, "reminder-2": 40, "call": 20, "decide": 20, "final-notice": 40} {
		s := ends[step]
		require.Equal(t, want, s.Sent+s.Covered+s.Calls+s.Skipped+s.Other, step)
	}
	require.Positive(t, ends["reminder-1"].Covered)
	require.Equal(t, 20, ends["call"].Calls)
	require.Equal(t, 40, ends["final-notice"].Sent, "formal messages travel alone")

	// The figures agree with each other.
	email, sms, calls := r.Channels[0], r.Channels[1], r.Channels[2]
	require.Equal(t, 20, calls.Count)
	sumEmail, sumSMS, sumCalls := 0, 0, 0
	for _, d := range r.ByDay {
		sumEmail, sumSMS, sumCalls = sumEmail+d.Email, sumSMS+d.SMS, sumCalls+d.Calls
	}
	require.Equal(t, []int{email.Count, sms.Count, calls.Count}, []int{sumEmail, sumSMS, sumCalls})
	perDebtor := 0
	for _, d := range r.Debtor {
		perDebtor += d.Contacts()
		require.LessOrEqual(t, d.MostDay, 2)
	}
	require.Equal(t, email.Count+sms.Count+calls.Count, perDebtor)
	require.Equal(t, rehearse.Amount(email.Count*1000+sms.Units*75_000+calls.Count*4_000_000), r.Cost)
	placements := 0
	for _, c := range r.Placed {
		placements += c.N
	}
	require.Equal(t, email.Count+sms.Count+placements, r.Audit.Messages)
	require.Zero(t, r.Weekend.OnDay)
	presentable(t, r)
}

// presentable looks at the three forms of a report.
func presentable(t *testing.T, r *rehearse.Report) {
	t.Helper()
	var text, page bytes.Buffer
	r.Text(&text)
	require.NoError(t, r.HTML(&page))
	body, err := json.Marshal(r)
	require.NoError(t, err)
	for _, out := range []string{text.String(), page.String(), string(body)} {
		require.Contains(t, out, "standard-b2b")
		for _, w := range personal {
			require.NotContains(t, out, w)
		}
	}
	require.Less(t, strings.Count(text.String(), "\n"), 90)
	require.Equal(t, 3, strings.Count(page.String(), "<svg"))
	require.NotContains(t, page.String(), "<script")
	require.NotContains(t, page.String(), "NaN")
	var again map[string]any
	require.NoError(t, json.Unmarshal(body, &again))
	require.Equal(t, r.Cost.String()[:1], again["cost"].(string)[:1])
}
