package message_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/message"
)

// poison puts one text wherever a stranger's words can stand.
func poison(l message.Letter, s string) message.Letter {
	l.Debtor.Name, l.Contact.Name = "D"+s, "N"+s
	l.Creditor.Name, l.Creditor.Person, l.Creditor.Role, l.Creditor.Address = "C"+s, "P"+s, s, s
	l.Creditor.Lawyer.Name = "L" + s
	l.Lines[0].Goods, l.Lines[0].Reference = s, s
	return l
}

func checkHarmless(t require.TestingT, l message.Letter, c *message.Catalog) message.Email {
	e, err := c.Email(l)
	require.NoError(t, err)
	for _, header := range []string{e.Subject, e.FromName, e.ToName, e.FromAddress, e.ToAddress, e.ReplyTo} {
		require.NotContains(t, header, "\n")
		require.False(t, strings.ContainsFunc(header, unicode.IsControl), "%q", header)
		require.LessOrEqual(t, utf8.RuneCountInString(header), 200)
	}
	for _, part := range []string{e.Subject, e.FromName, e.ToName, e.Text, e.HTML} {
		require.True(t, utf8.ValidString(part))
		require.False(t, strings.ContainsAny(part, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\r\x00"), "%q", part)
	}
	return e
}

func TestUntrustedNamesInjectNothing(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		`{{printf "%s" .Creditor}}`, `{{range 300000000}}x{{end}}`, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`,
		"\r\nBcc: everybody@example.com\r\n\r\nbody", "a\u202egnp.exe", "x\u2028y\u2029z", "\x00\x07\x1b[31m", "\xff\xfe broken", `' onmouseover='x`,
		strings.Repeat("very long name ", 4000), "</style></head>", "<!--", "Beta\tGmbH\n\n\nInvoice: INV-9",
	} {
		for _, name := range allMails() {
			e := checkHarmless(t, poison(letter(name), s), templates(t))
			require.NotContains(t, e.HTML, "<script>")
			require.NotContains(t, e.HTML, "<img")
			require.NotContains(t, e.HTML, "' onmouseover")
			require.NotContains(t, e.HTML, "<!--")
			require.Equal(t, 1, strings.Count(e.HTML, "</style>"))
			require.NotContains(t, e.Text, "\nBcc:")
			require.NotContains(t, e.Text, "\nInvoice: INV-9", "a name cannot write a line of facts")
			require.Less(t, len(e.Text), 6000)
		}
		for _, name := range smsNames {
			m := sms(t, poison(texting(name), s))
			require.False(t, strings.ContainsFunc(m.Body, unicode.IsControl), "%q", m.Body)
			require.LessOrEqual(t, utf8.RuneCountInString(m.Body), 300, m.Body)
		}
	}
	e := email(t, poison(letter("reminder-1"), `{{printf "%s" .Creditor}}`))
	require.Contains(t, e.Text, `Dear N{{printf "%s" .Creditor}},`, "a name is data, not a template")
}

func TestAnyTextIsHarmless(t *testing.T) {
	t.Parallel()
	c := templates(t)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text") + string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes"))
		e := checkHarmless(t, poison(letter("final-notice"), s), c)
		again, err := c.Email(poison(letter("final-notice"), s))
		require.NoError(t, err)
		require.Equal(t, e, again, "rendering is pure")
	})
}

func TestLinkCannotLeaveItsAttribute(t *testing.T) {
	t.Parallel()
	l := letter("reminder-1")
	l.Lines[0].PayURL = `https://pay.acme.example/"><b>x</b>?a=1&b='2'`
	require.NotContains(t, email(t, l).HTML, "<b>")
}
