package message_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/message"
)

func TestSMSSaysWhatItsStepMustSay(t *testing.T) {
	t.Parallel()
	for _, name := range smsNames {
		m := sms(t, texting(name))
		must := []string{"Acme Werkzeug GmbH:", "INV-1", "€1,234.56", "14 May 2026", "Ref INV-1/C"}
		if strings.HasPrefix(name, "instalment") {
			must = []string{"Acme Werkzeug GmbH:", "instalment 2 of 3", "INV-1", "€411.52", "25 May 2026", "Ref INV-1/C"}
		}
		if strings.HasPrefix(name, "order") {
			must = []string{"Acme Werkzeug GmbH:", "ORD-9", "2 oak chairs", "€249.00", "6 hours", "https://pay.acme.example/ORD-9", "Ref ORD-9/C"}
		}
		if name == "final-notice" {
			must = append(must, "our lawyer Kanzlei Weber takes it over", "On 5 June 2026", "Payment by 4 June 2026 closes it", "a dispute or plan request by then pauses it")
		}
		for _, want := range append(must, "+4930555010", "Already paid?", "Reply STOP to opt out") {
			require.Contains(t, m.Body, want, name)
		}
		count, encoding := message.Segments(m.Body)
		require.Equal(t, message.GSM7, encoding, m.Body)
		require.LessOrEqual(t, count, 2, m.Body)
		require.LessOrEqual(t, utf8.RuneCountInString(m.Body), 300, m.Body)
		require.Equal(t, "+491701234567", m.To)
		require.Equal(t, "+4915550000", m.From)
		require.NotContains(t, m.Body, "\n")
	}
}

func TestSMSForSeveralInvoicesPrintsAllReferences(t *testing.T) {
	t.Parallel()
	for _, name := range smsNames {
		l := texting(name)
		for i := 2; i <= 12; i++ {
			next := l.Lines[0]
			next.Number, next.Ref = fmt.Sprintf("INV-%d", i), fmt.Sprintf("INV-%d/C", i)
			l.Lines = append(l.Lines, next)
		}
		m := sms(t, l)
		if !strings.HasPrefix(name, "instalment") { // a plan is for one invoice
			require.Contains(t, m.Body, "12 ")
		}
		for _, line := range l.Lines {
			require.Contains(t, m.Body+" ", "Ref "+line.Ref+" ")
		}
	}
}

func TestSMSStaysShortWithLongNames(t *testing.T) {
	t.Parallel()
	for _, name := range smsNames {
		l := texting(name)
		l.Creditor.Name = strings.Repeat("Werkzeug ", 30)
		l.Creditor.Lawyer.Name = strings.Repeat("Kanzlei ", 30)
		l.Lines[0].Goods = strings.Repeat("chair ", 30)
		l.Lines[0].PayURL += strings.Repeat("/x", 20)
		m := sms(t, l)
		require.LessOrEqual(t, utf8.RuneCountInString(m.Body), 300, "%s %s", name, m.Body)
		if strings.HasPrefix(name, "order") {
			require.Contains(t, m.Body, l.Lines[0].PayURL, "an order's message is there for its link")
		}
	}
}

func TestSMSKeepsToTheCheapAlphabetWherePossible(t *testing.T) {
	t.Parallel()
	l := texting("reminder-2")
	l.Lines[0].Balance, l.Lines[0].Total = invoice.NewMoney(123_456, "INR"), invoice.NewMoney(123_456, "INR")
	l.Creditor.Name = "Müller – “Söhne”"
	m := sms(t, l)
	_, encoding := message.Segments(m.Body)
	require.Equal(t, message.GSM7, encoding)
	require.Contains(t, m.Body, `Müller - "Söhne": invoice INV-1 (INR 1,234.56)`)

	l.Creditor.Name = "北京工具"
	m = sms(t, l)
	_, encoding = message.Segments(m.Body)
	require.Equal(t, message.UCS2, encoding)
	require.Contains(t, m.Body, "北京工具:", "a name is written as its owner writes it")
}

func TestSMSIsRefusedClearly(t *testing.T) {
	t.Parallel()
	l := texting("reminder-2")
	l.Contact = invoice.Contact{Channel: invoice.Email, Address: "ap@beta.example"}
	_, err := templates(t).SMS(l)
	require.ErrorContains(t, err, "contact.address")

	_, err = templates(t).SMS(texting("courtesy"))
	require.ErrorContains(t, err, `there is no text message "courtesy"`)

	l = texting("reminder-2")
	for i := range 200 {
		l.Lines = append(l.Lines, line(fmt.Sprintf("INV-%d", i+2), 100))
	}
	_, err = templates(t).SMS(l)
	require.ErrorContains(t, err, "at most 1600")
}
