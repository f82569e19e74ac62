package message_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/message"
)

func TestFirmnessRises(t *testing.T) {
	t.Parallel()
	for _, ladder := range [][]string{invoiceMails, orderMails, planMails} {
		before := -1
		for _, name := range ladder {
			require.GreaterOrEqual(t, message.Firmness(name), before, name)
			before = message.Firmness(name)
		}
	}
	for _, name := range append(partnerMails, "no-such") {
		require.Equal(t, -1, message.Firmness(name), name)
	}
	require.Greater(t, message.Firmness("final-notice"), message.Firmness("formal-notice"))
	require.Greater(t, message.Firmness("formal-notice"), message.Firmness("reminder-2"))
	require.Greater(t, message.Firmness("reminder-2"), message.Firmness("instalment-missed"))
	require.Greater(t, message.Firmness("reminder-1"), message.Firmness("due"))
}

func TestALadderIsReadAsADebtorReadsIt(t *testing.T) {
	t.Parallel()
	whole := templates(t)
	m := files(t)
	for name := range m {
		if name == "zh/reminder-2.sms.txt" {
			delete(m, name)
		}
	}
	m["en/due.subject.txt"] = &fstest.MapFile{Data: []byte("You must see {{.First.Number}} of {{.Creditor}}")}
	other, err := message.LoadCatalog(m)
	require.NoError(t, err)
	for _, c := range []struct {
		catalog *message.Catalog
		steps   []message.LadderStep
		level   message.Level
		want    string
	}{
		{whole, []message.LadderStep{{ID: "a", Email: "courtesy"}, {ID: "b"}, {ID: "c", Email: "reminder-2", SMS: "reminder-2"}, {ID: "d", Email: "final-notice", Formal: true}}, "", ""},
		{whole, []message.LadderStep{{ID: "a", Email: "reminder-1-short"}, {ID: "b", Email: "reminder-1"}}, "", ""},
		{whole, []message.LadderStep{{ID: "a", Email: "reminder-2"}, {ID: "b", SMS: "reminder-1-short"}}, message.Block, "reminder-1-short is milder than reminder-2 before it"},
		{whole, []message.LadderStep{{ID: "a", Email: "reminder-9"}}, message.Block, `there is no e-mail "reminder-9" in "en": nothing can be sent`},
		{whole, []message.LadderStep{{ID: "a", Email: "due", Formal: true}}, message.Warn, "a formal step is written in the words of due"},
		{other, []message.LadderStep{{ID: "a", SMS: "reminder-2"}}, message.Warn, `there is no text message "reminder-2" in "zh": English is sent instead`},
		{other, []message.LadderStep{{ID: "a", Email: "due"}}, message.Warn, `"must" (en) sounds harder than the facts`},
	} {
		found := c.catalog.CheckLadder(c.steps)
		if c.want == "" {
			require.Empty(t, found)
			continue
		}
		i := slices.IndexFunc(found, func(f message.Finding) bool { return f.Level == c.level })
		require.GreaterOrEqual(t, i, 0, "%v", found)
		require.Contains(t, found[i].Why, c.want)
		require.Equal(t, c.steps[found[i].At].ID, found[i].Text)
	}
}

func TestDisputedPartIsNotAskedFor(t *testing.T) {
	t.Parallel()
	l := merged("reminder-2")
	l.Lines[0].Disputed = eur(23_456)
	e := email(t, l)
	require.Contains(t, e.Text, "Amount: €1,000.00 (of €1,234.56)\nIn dispute: €234.56, not asked for here")
	require.Contains(t, e.Text, "Please pay €1,100.00 and JP¥98,000 by")
	l.Language = "de"
	e = email(t, l)
	require.Contains(t, e.Text, "Betrag: 1.000,00\u00a0€ (von 1.234,56\u00a0€)\nIn Klärung: 234,56\u00a0€, hier nicht angefordert")
	require.Contains(t, e.Text, "Summe: 1.100,00\u00a0€ + 98.000\u00a0¥")

	l = texting("reminder-2")
	l.Lines[0].Disputed = eur(23_456)
	require.Contains(t, sms(t, l).Body, "(€1,000.00)")
	for _, wrong := range []int64{-1, 123_456, 200_000} {
		l.Lines[0].Disputed = eur(wrong)
		_, err := templates(t).SMS(l)
		require.ErrorContains(t, err, "lines.disputed")
	}
	l = letter("recall")
	l.Lines[0].Disputed = eur(23_456)
	require.Contains(t, email(t, l).Text, "Open amount: €1,234.56", "a partner is told the whole claim")
}

func TestPlanLettersShowThePlan(t *testing.T) {
	t.Parallel()
	l := letter("instalment-missed")
	l.Instalments[1].Open = eur(10_000)
	e := email(t, l)
	require.Contains(t, e.Text, "Instalment 2: €411.52 by 25 May 2026, €100.00 of it still open")
	require.Contains(t, e.Text, "instalment 2 of 3 for invoice INV-1, €100.00, which was due on 25 May 2026")

	for want, spoil := range map[string]func(*message.Letter){
		"instalments: are missing":        func(l *message.Letter) { l.Instalments = nil },
		"instalment: 9 is not in the":     func(l *message.Letter) { l.Instalment = 9 },
		"instalments: instalment 2 needs": func(l *message.Letter) { l.Instalments[1].Open.Currency = "USD" },
	} {
		l := letter("instalment-due")
		spoil(&l)
		_, err := templates(t).Email(l)
		require.ErrorContains(t, err, want)
	}
	l = letter("formal-notice")
	l.PayBy, l.PlaceOn = invoice.Date{}, invoice.Date{}
	_, err := templates(t).Email(l)
	require.ErrorContains(t, err, "pay_by")
}
