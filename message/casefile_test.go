package message_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/message"
)

// dossier is a claim with a history: three messages, a part payment, a decision.
func dossier(t testing.TB) message.Dossier {
	t.Helper()
	l := letter("reminder-2")
	start := time.Date(2026, time.April, 14, 8, 30, 0, 0, time.UTC)
	d := message.Dossier{
		AsOf: start.AddDate(0, 2, 15), Creditor: l.Creditor, Debtor: l.Debtor, Cycle: 1, Status: invoice.Open, Balance: eur(123_456),
		Invoice: invoice.Invoice{
			Key: invoice.Key{Creditor: "acme", Number: "INV-1"}, Kind: invoice.KindInvoice, DebtorID: "C-7", Amount: eur(173_456),
			IssuedOn: invoice.NewDate(2026, time.April, 14), DueOn: invoice.NewDate(2026, time.May, 14), Goods: "40 torque wrenches", Reference: "PO-77",
		},
		Decision: message.Verdict{
			Route: "lawyer", Reason: "open amount is at least €1,000.00", DecidedAt: start.AddDate(0, 1, 28), ApprovedBy: "Ines Roth",
			Inputs: []message.Input{{Name: "open_amount", Value: "1234.56 EUR"}, {Name: "days_overdue", Value: "28"}, {Name: "policy", Value: "standard-b2b 3"}},
		},
		Ledger: []message.Booking{
			{At: start, Kind: "issue", Key: "INV-1", Postings: []invoice.Posting{{Account: invoice.Receivable, Component: invoice.Principal, Amount: eur(173_456)}, {Account: invoice.Revenue, Amount: eur(-173_456)}}},
			{At: start.AddDate(0, 1, 10), ValueOn: invoice.NewDate(2026, time.May, 22), Kind: "payment", Key: "bank/2026-05-22/17", Text: "part payment", Postings: []invoice.Posting{{Account: invoice.BankAccount, Amount: eur(50_000)}, {Account: invoice.Receivable, Component: invoice.Principal, Amount: eur(-50_000)}}},
		},
	}
	d.Debtor.Contacts = []invoice.Contact{l.Contact, {Channel: invoice.SMS, Address: "+491701234567", Health: invoice.HealthOptedOut}}
	var prev []byte
	for i, text := range []string{"Invoice INV-1 over €1,734.56 was issued.", "First reminder was accepted by the e-mail provider.", "Part payment of €500.00 came in.", "Second reminder was delivered.", "Final notice was delivered.", "Decision: lawyer, Kanzlei Weber."} {
		e := invoice.Event{N: int64(i) + 1, Seq: int64(i) + 1, At: start.AddDate(0, 0, 12*i), Kind: "email_accepted", Actor: "engine", Text: text, Data: json.RawMessage(fmt.Sprintf(`{"b": %d,  "a":"x"}`, i))}
		e.Hash = e.ChainHash(prev)
		prev = e.Hash
		d.Timeline = append(d.Timeline, e)
	}
	for i, name := range []string{"reminder-1", "reminder-2", "final-notice"} {
		m := email(t, letter(name))
		d.Messages = append(d.Messages, message.Sent{
			At: start.AddDate(0, 1, 7*(i+1)), Step: name, Ref: "INV-1/C", Channel: invoice.Email, To: m.ToAddress, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
			Hash: message.Hash(m.Subject, m.Text, m.HTML), Provider: "sendgrid", ProviderID: "sg-0001", State: "delivered", StateAt: start.AddDate(0, 1, 7*(i+1)).Add(time.Minute),
		})
	}
	return d
}

func TestCaseFileHoldsEverything(t *testing.T) {
	t.Parallel()
	d := dossier(t)
	page, raw, sum, err := templates(t).CaseFile(d)
	require.NoError(t, err)
	require.Len(t, sum, 64)

	text := seen(string(page))
	for _, want := range []string{
		"Case file INV-1", "Acme Werkzeug GmbH", "Beta Logistik AG", "€1,734.56", "€1,234.56", "14 May 2026", "40 torque wrenches", "PO-77",
		"bank/2026-05-22/17", "value 22 May 2026", "-€500.00", "receivable (principal)", "lawyer: Kanzlei Weber", "Ines Roth", "days overdue 28",
		"Could you tell us when to expect it", "delivered, 2026-05-21 08:31:00 UTC", "sendgrid sg-0001", d.Messages[0].Hash, "(text matches)",
		"Part payment of €500.00 came in.", "complete and unbroken", "sms: +491701234567 (opted out)",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, string(page), "<script")
	require.Contains(t, string(page), "size: A4")

	var f struct {
		Format      string `json:"format"`
		ChainIntact bool   `json:"chain_intact"`
		Messages    []message.Sent
		Timeline    []struct {
			N, Seq                        int64
			At                            time.Time
			Kind, Actor, Text, Data, Hash string
		}
	}
	require.NoError(t, json.Unmarshal(raw, &f))
	require.Equal(t, "dunlin case file 1", f.Format)
	require.True(t, f.ChainIntact)
	require.Equal(t, d.Messages, f.Messages, "every message word for word")
	var prev []byte
	for _, e := range f.Timeline { // the receiver can compute the chain from the JSON alone
		prev = invoice.Event{N: e.N, Seq: e.Seq, At: e.At, Kind: e.Kind, Actor: e.Actor, Text: e.Text, Data: json.RawMessage(e.Data)}.ChainHash(prev)
		require.Equal(t, e.Hash, hex.EncodeToString(prev))
	}
}

func TestCaseFileIsDeterministicAndSealed(t *testing.T) {
	t.Parallel()
	c := templates(t)
	d := dossier(t)
	page, raw, sum, err := c.CaseFile(d)
	require.NoError(t, err)

	tokyo := time.FixedZone("JST", 9*3600)
	d.AsOf = d.AsOf.In(tokyo)
	for i := range d.Timeline {
		d.Timeline[i].At = d.Timeline[i].At.In(tokyo)
	}
	d.Messages[0].At = d.Messages[0].At.In(tokyo)
	page2, raw2, sum2, err := c.CaseFile(d)
	require.NoError(t, err)
	require.Equal(t, string(page), string(page2))
	require.Equal(t, string(raw), string(raw2))
	require.Equal(t, sum, sum2)

	d.Messages[0].Text += "."
	page3, _, sum3, err := c.CaseFile(d)
	require.NoError(t, err)
	require.NotEqual(t, sum, sum3)
	require.Contains(t, string(page3), "(text does not match)")
}

func TestCaseFileTellsABrokenChain(t *testing.T) {
	t.Parallel()
	for _, spoil := range []func(*message.Dossier){
		func(d *message.Dossier) { d.Timeline[2].Text = "Nothing came in." },
		func(d *message.Dossier) { d.Timeline = append(d.Timeline[:2], d.Timeline[3:]...) },
		func(d *message.Dossier) { d.Timeline = d.Timeline[1:] },
	} {
		d := dossier(t)
		require.True(t, d.ChainIntact())
		spoil(&d)
		require.False(t, d.ChainIntact())
		page, _, _, err := templates(t).CaseFile(d)
		require.NoError(t, err)
		require.Contains(t, string(page), "does not verify")
	}
}

func TestCaseFileShowsStrangersWordsAsWords(t *testing.T) {
	t.Parallel()
	d := dossier(t)
	d.Debtor.Name, d.Invoice.Goods = "<script>alert(1)</script>\u202e", "{{.Creditor}}"
	d.Messages[0].Text, d.Timeline[0].Text = "<b>x</b></pre>", "line\n\nbreak"
	d.Creditor.StockHook = "https://shop.example/secret-token"
	page, raw, _, err := templates(t).CaseFile(d)
	require.NoError(t, err)
	require.NotContains(t, string(page), "<script")
	require.NotContains(t, string(page), "<b>x")
	require.NotContains(t, string(page), "\u202e")
	require.Contains(t, string(page), "{{.Creditor}}")
	require.NotContains(t, string(raw), "secret-token")
}

func TestCaseFileWithNothingInItIsStillAFile(t *testing.T) {
	t.Parallel()
	page, _, _, err := templates(t).CaseFile(message.Dossier{AsOf: time.Unix(1_780_000_000, 0), Invoice: invoice.Invoice{Key: invoice.Key{Number: "A/1"}}})
	require.NoError(t, err)
	require.Contains(t, string(page), "Nothing was sent.")
	_, _, _, err = templates(t).CaseFile(message.Dossier{})
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))

	files := message.CaseFileAttachments("A/1 …x", page, []byte("{}"))
	require.Equal(t, "case-A-1--x.html", files[0].Name)
	require.Equal(t, "case-A-1--x.json", files[1].Name)
	require.True(t, strings.HasPrefix(files[0].Type, "text/html"))
}
