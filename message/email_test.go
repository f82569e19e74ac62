package message_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/message"
)

func TestEveryShippedTemplateIsThere(t *testing.T) {
	t.Parallel()
	c := templates(t)
	for _, name := range allMails() {
		require.True(t, c.HasEmail(name), name)
		require.Equal(t, slices.Contains(smsNames, name), c.HasSMS(name), name)
	}
	require.Len(t, c.Names(), 17)
	require.Equal(t, []string{"de", "en", "zh"}, c.Languages())
	require.False(t, c.HasEmail("casefile"))
}

func TestEmailSaysWhatItsStepMustSay(t *testing.T) {
	t.Parallel()
	facts := []string{
		"Acme Werkzeug GmbH", "Mara Lindt, Accounts receivable", "mara.lindt@acme.example", "INV-1", "€1,234.56", "14 May 2026",
		"Ref INV-1/C", "PO-77", "https://pay.acme.example/INV-1", "DE89 3704 0044 0532 0130 00", "quoting INV-1", "Jan Vogel", "reply",
	}
	paid, overdue := "If you have already paid", "7 days overdue"
	orderFacts := []string{"ORD-9", "2 oak chairs", "6 hours", "21 May 2026 at 15:00 (CEST time)", "https://pay.acme.example/ORD-9", "€249.00", "Ref ORD-9/C", paid, "reply", "Mara Lindt"}
	plan := []string{
		"Acme Werkzeug GmbH", "Mara Lindt, Accounts receivable", "INV-1", "Still open: €1,234.56", "Instalment 1: €411.52 by 4 May 2026, paid", "Instalment 2: €411.52 by 25 May 2026",
		"Ref INV-1/C", "https://pay.acme.example/INV-1", "quoting INV-1", "wrong", "reply",
	}
	claim := []string{"Dear Kanzlei Weber", "Beta Logistik AG", "INV-1 of 14 April 2026", "€1,234.56", overdue, "Ref INV-1/C", "confirm", "Mara Lindt"}
	for name, must := range map[string][]string{
		"receipt":           append(facts, "looks wrong", "purchase order number"),
		"courtesy":          append(facts, "falls due on 14 May 2026", "already scheduled", "looks wrong"),
		"due":               append(facts, paid, "looks wrong"),
		"reminder-1":        append(facts, paid, overdue, "have not yet received payment", "may have been overlooked", "disagree"),
		"reminder-2":        append(facts, paid, overdue, "by 4 June 2026", "payment plan", "disagree"),
		"reminder-1-short":  append(facts, paid, overdue, "have not yet received payment", "may have been overlooked", "something wrong"),
		"formal-notice":     append(facts, paid, overdue, "pay €1,234.56 by 4 June 2026, which is the new due date", "payment plan", "disagree"),
		"plan-agreed":       append(plan, "to be paid in 3 instalments", "earlier or more"),
		"instalment-due":    append(plan, paid, "instalment 2 of 3 for invoice INV-1, €411.52, is due on 25 May 2026"),
		"instalment-missed": append(plan, paid, "not yet received instalment 2 of 3 for invoice INV-1, €411.52, which was due on 25 May 2026", "by 4 June 2026"),
		"thank-you":         {"Dear Jan Vogel", "your payment of 12 May 2026 has arrived, and invoice INV-1 is paid in full", "Our message of 14 May 2026 crossed with your payment", "disregard", "Ref INV-1/C", "looks wrong", "Mara Lindt"},
		"final-notice":      append(facts, paid, overdue, "our lawyer, Kanzlei Weber, on 5 June 2026", "Payment by 4 June 2026 closes the matter; a dispute or plan request received by then pauses it."),
		"order-received":    orderFacts, "order-reminder": orderFacts,
		"order-last": append(orderFacts, "the goods are released"),
		"placement":  append(claim, "attached", "stopped our own messages"),
		"recall":     append(claim, "stop all work", "do not contact the debtor"),
	} {
		e := email(t, letter(name))
		for _, want := range must {
			require.Contains(t, e.Text, want, name)
		}
		require.Equal(t, "en", e.Language)
	}
}

var tags = regexp.MustCompile(`(?s)<style.*?</style>|<title.*?</title>|<[^>]+>`)

// seen is what a reader of the page sees, links written out, as one line of words.
func seen(page string) string {
	page = regexp.MustCompile(`<a [^>]*href="(https[^"]+)"[^>]*>`).ReplaceAllString(page, " $1 ")
	return " " + strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ") + " "
}

func TestTextAndPageSayTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range allMails() {
		german := letter(name)
		german.Language = "de"
		for _, l := range []message.Letter{letter(name), merged(name), german} {
			e := email(t, l)
			page := strings.NewReplacer(":", "", ",", "", ";", "", ".", "").Replace(seen(e.HTML))
			for _, paragraph := range strings.Split(e.Text, "\n") {
				for _, word := range strings.Fields(strings.NewReplacer(":", "", ",", "", ";", "", ".", "").Replace(paragraph)) {
					if word != "Amount" && word != "Betrag" { // in the page, the largest figure of the card
						require.Contains(t, page, word, "%s: %s", name, paragraph)
					}
				}
			}
			require.NotContains(t, e.HTML, "<no value>")
			require.NotContains(t, e.HTML, "ZgotmplZ", "a value was refused by the escaper")
			require.Equal(t, strings.Count(e.HTML, "<table"), strings.Count(e.HTML, "</table"), name)
		}
	}
}

func merged(name string) message.Letter {
	l := letter(name)
	second := l.Lines[0]
	second.Number, second.Ref, second.Balance, second.Total, second.PayURL = "INV-2", "INV-2/B", eur(10_000), eur(25_000), "https://pay.acme.example/INV-2"
	third := second
	third.Number, third.Ref, third.Balance, third.Total = "INV-3", "INV-3/A", invoice.NewMoney(98_000, "JPY"), invoice.NewMoney(98_000, "JPY")
	l.Lines = append(l.Lines, second, third)
	return l
}

func TestMergedEmailListsEveryInvoiceAndOneTotalPerCurrency(t *testing.T) {
	t.Parallel()
	for _, name := range invoiceMails {
		e := email(t, merged(name))
		for _, want := range []string{"Ref INV-1/C", "Ref INV-2/B", "Ref INV-3/A", "€100.00 (open of €250.00)", "Total: €1,334.56 + JP¥98,000", "https://pay.acme.example/INV-2", "quoting INV-1, INV-2"} {
			require.Contains(t, e.Text, want, name)
		}
		require.Contains(t, e.Subject, "Invoice INV-1 and 2 more from Acme Werkzeug GmbH")
	}
}

func TestFinalNoticeNamesOnlyWhatIsAtThatStep(t *testing.T) {
	t.Parallel()
	l := merged("final-notice")
	l.Lines[2].Step, l.Route = "other", "agency"
	e := email(t, l)
	require.Contains(t, e.Text, "we pass INV-1, INV-2 to our collection agency, Nord Inkasso, on 5 June 2026. The other invoices are listed for information.")
	require.NotContains(t, e.Text, "Kanzlei")
}

func TestAmountsFollowTheReadersCountry(t *testing.T) {
	t.Parallel()
	l := letter("reminder-2")
	l.Debtor.Country, l.Lines[0].Balance, l.Lines[0].Total = "US", invoice.NewMoney(123_456, "USD"), invoice.NewMoney(123_456, "USD")
	e := email(t, l)
	require.Contains(t, e.Text, "Please pay $1,234.56 by June 4, 2026")
	require.NotContains(t, e.Text, "IBAN", "the account takes euros only")
}

func TestRemindersAreShortAndSubjectsNeutral(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Concat(invoiceMails, planMails, orderMails, thankMails) {
		e := email(t, letter(name))
		require.LessOrEqual(t, len(strings.Fields(e.Text)), 135, "%s with all its facts\n%s", name, e.Text)
		prose := regexp.MustCompile(`(?m)^(Invoice|Order|Amount|Due|Time|Goods|Your reference|Pay here|Ref|Bank transfer)\b.*$`).ReplaceAllString(e.Text, "")
		require.LessOrEqual(t, len(strings.Fields(prose)), 120, name)
		require.NotRegexp(t, `(?i)overdue|reminder|debt|notice|unpaid|lawyer|agency`, e.Subject, name)
		require.NotContains(t, e.Text, "attached", name)
		require.NotRegexp(t, `(?i)interest`, e.Text, name)
	}
}

func TestThankYouAsksForNothing(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "zh"} {
		for _, l := range []message.Letter{letter("thank-you"), merged("thank-you")} {
			l.Language = language
			e := email(t, l)
			require.NotRegexp(t, `€|\$|¥|IBAN|DE89|https://pay`, e.Subject+e.Text+seen(e.HTML), language)
		}
	}
	for _, spoil := range []func(*message.Letter){func(l *message.Letter) { l.PaidOn = invoice.Date{} }, func(l *message.Letter) { l.MessageOn = invoice.Date{} }} {
		l := letter("thank-you")
		spoil(&l)
		_, err := templates(t).Email(l)
		require.ErrorContains(t, err, "names the days of the payment and of the message")
	}
}

func TestLetterToPartnerNeverReachesTheDebtor(t *testing.T) {
	t.Parallel()
	for _, name := range partnerMails {
		l := letter(name)
		e := email(t, l)
		require.Equal(t, "mandate@weber.example", e.ToAddress)
		l.Route = "agency"
		require.Equal(t, "neu@nord.example", email(t, l).ToAddress)
	}
	l := letter("recall")
	l.Reason = "paid"
	require.Contains(t, email(t, l).Text, "it has been paid to us directly")
	l.Reason = "cancelled"
	require.Contains(t, email(t, l).Text, "it has been cancelled")
}

func TestLetterWithAHoleIsRefused(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*message.Letter){
		"template":               func(l *message.Letter) { l.Template = "no-such" },
		"template: final-notice": func(l *message.Letter) { l.Lines[0] = order("ORD-1", l.Today.Location()) },
		"lines:":                 func(l *message.Letter) { l.Lines = nil },
		"creditor.name":          func(l *message.Letter) { l.Creditor.Name = " \u202e" },
		"creditor.person":        func(l *message.Letter) { l.Creditor.Person = "" },
		"creditor.reply_to":      func(l *message.Letter) { l.Creditor.ReplyTo = "" },
		"creditor.sender_email":  func(l *message.Letter) { l.Creditor.SenderEmail = "x@y\r\nBcc: z@w" },
		"debtor.name":            func(l *message.Letter) { l.Debtor.Name = "" },
		"contact.channel":        func(l *message.Letter) { l.Contact.Channel = invoice.SMS },
		"contact.address":        func(l *message.Letter) { l.Contact.Address = "a@b.example, c@d.example" },
		"lines.number":           func(l *message.Letter) { l.Lines[0].Number = "" },
		"lines.ref":              func(l *message.Letter) { l.Lines[0].Ref = "" },
		"lines.due_on":           func(l *message.Letter) { l.Lines[0].DueOn = invoice.Date{} },
		"lines.balance":          func(l *message.Letter) { l.Lines[0].Balance.Currency = "XYZ" },
		"lines.pay_url":          func(l *message.Letter) { l.Lines[0].PayURL = "javascript:alert(1)" },
		"route":                  func(l *message.Letter) { l.Route = "police" },
		"creditor.lawyer.name":   func(l *message.Letter) { l.Creditor.Lawyer = invoice.Partner{} },
		"place_on":               func(l *message.Letter) { l.PlaceOn = invoice.Date{} },
	} {
		l := letter("final-notice")
		spoil(&l)
		_, err := templates(t).Email(l)
		require.ErrorContains(t, err, want)
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
	}
}

func TestFinalNoticeWithoutPayByGivesTheDayBeforeHandover(t *testing.T) {
	t.Parallel()
	l := letter("final-notice")
	l.PayBy = invoice.Date{}
	require.Contains(t, email(t, l).Text, "Payment by 4 June 2026 closes the matter")
}
