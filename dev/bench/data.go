package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const creditorID = "bench"

func creditor() invoice.Creditor {
	return invoice.Creditor{
		ID: creditorID, Name: "Bench Supplies GmbH", Address: "Messweg 1, 10115 Berlin", Country: "DE", Zone: "Europe/Berlin", Language: "en",
		Person: "Dana Keller", Role: "accounts receivable", SenderEmail: "billing@bench.example", ReplyTo: "billing@bench.example", Phone: "+493012345670",
		SMSFrom:      "+493012345678",
		BankAccounts: []invoice.Bank{{Holder: "Bench Supplies GmbH", IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX", Name: "Commerzbank"}},
		Lawyer:       invoice.Partner{Name: "Kanzlei Probe", Email: "intake@lawyer.example"},
		Agency:       invoice.Partner{Name: "Probe Inkasso", Email: "intake@agency.example"},
		Defaults:     invoice.Defaults{Zone: "Europe/Berlin", Country: "DE", Language: "en", Type: invoice.Business},
	}
}

func debtor(i int) *invoice.Debtor {
	return &invoice.Debtor{
		Creditor: creditorID, ID: fmt.Sprintf("C-%d", i), Name: fmt.Sprintf("Kunde %d GmbH", i), Type: invoice.Business, Country: "DE", Zone: "Europe/Berlin", Language: "en",
		Contacts: []invoice.Contact{
			{Channel: invoice.Email, Address: fmt.Sprintf("c%d@debtor.example", i), Name: "Kim Muster"},
			{Channel: invoice.SMS, Address: fmt.Sprintf("+49151%08d", i)},
			{Channel: invoice.Phone, Address: fmt.Sprintf("+4930%08d", i)},
		},
	}
}

// A policy for the bench sends at any hour, without jitter, gap or cap, and its moments are a share of
// the time to the order's expiry: so an order's expiry says to the millisecond when it acts.
const head = `policy: %s
version: 1
kind: order
merge_window: 0m
windows:
  service: {open: "00:00-24:00", days: every, gap: 0m}
steps:
`

// oneAct is a policy with one e-mail at a hundredth of the time to expiry.
func oneAct() string {
	return fmt.Sprintf(head, "bench-one") + rung(0, 1, "email")
}

// eightActs is a policy of five e-mails, two SMS and a call, two hundredths apart.
func eightActs() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, "bench-eight")
	for i, act := range []string{"email", "sms", "email", "sms", "email", "email", "phone_task", "email"} {
		b.WriteString(rung(i, 2*(i+1), act))
	}
	return b.String()
}

func rung(i, percent int, act string) string {
	text := fmt.Sprintf("  - {id: step-%d, letter: %c, class: service, at: issue+%d%%, acts: [%s]", i+1, 'A'+i, percent, act)
	if act != string(dunning.PhoneTask) {
		text += ", template: order-reminder"
	}
	return text + "}\n"
}

func (w *world) putPolicy(ctx context.Context, yaml string) error {
	p, err := dunning.Parse("bench.yaml", []byte(yaml), nil)
	if err != nil {
		return err
	}
	return w.books.PutPolicy(ctx, p, []byte(yaml))
}

// order is the i-th order of a policy; expiresIn from now says how long a hundredth is.
func order(i int, policy string, expires time.Time) collection.Issue {
	return collection.Issue{Actor: "bench", Debtor: debtor(i), Invoice: invoice.Invoice{
		Key: key(i), Kind: invoice.KindOrder, DebtorID: fmt.Sprintf("C-%d", i), Amount: invoice.NewMoney(11900, "EUR"),
		IssuedOn: invoice.DateOf(time.Now().UTC()), ExpiresAt: expires, Goods: "a box of samples", Policy: policy,
		PayURL: fmt.Sprintf("https://pay.bench.example/o/%d", i),
	}}
}

func key(i int) invoice.Key {
	return invoice.Key{Creditor: creditorID, Number: fmt.Sprintf("O-%06d", i)}
}

// actAt is the expiry at which the first step of oneAct comes at a moment.
func actAt(at time.Time) time.Time {
	now := time.Now()
	return now.Add(100 * at.Sub(now))
}

// issueAll puts orders on file in chunks.
func (w *world) issueAll(ctx context.Context, n int, make func(i int) collection.Issue) error {
	const chunk = 500
	for from := 0; from < n; from += chunk {
		var rows []collection.Issue
		for i := from; i < min(n, from+chunk); i++ {
			rows = append(rows, make(i))
		}
		results, err := w.books.IssueMany(ctx, rows, true)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// payment pays an order in full.
func payment(i int) invoice.Payment {
	return invoice.Payment{Fact: invoice.Fact{Invoice: key(i), Key: fmt.Sprintf("bank-%d", i), Actor: "bank"}, Amount: invoice.NewMoney(11900, "EUR")}
}

func workflowID(i int) string { return collection.WorkflowID(key(i), 1) }
