package message_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"dunlin/message"
)

// files are the shipped templates, to be changed by a test.
func files(t *testing.T) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	require.NoError(t, filepath.WalkDir("templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		m[strings.TrimPrefix(filepath.ToSlash(path), "templates/")] = &fstest.MapFile{Data: raw}
		return err
	}))
	return m
}

func TestWrongTemplateStopsTheStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, content, want string }{
		{"en/receipt.txt", "Dear {{.Nickname}}", "there is no variable .Nickname"},
		{"en/receipt.txt", "{{if .Seal}}{{range .Lines}}{{.Colour}}{{end}}{{end}}", "there is no variable .Colour"},
		{"en/receipt.html", "<p>{{with .Partner}}{{$.Nope}}{{end}}</p>", "there is no variable .Nope"},
		{"en/receipt.html", `<p style="{{.Creditor`, "receipt.html"},
		{"en/receipt.subject.txt", " ", "subject: is empty"},
		{"en/receipt.txt", "{{range 300000000}}x{{end}}", "a loop over a number"},
		{"en/receipt.txt", "Pay, or else. {{.Creditor}}", `"or else": presses the reader`},
		{"en/due.sms.txt", "We call the police", "a threat"},
		{"en/due.txt", "Hello {{.Creditor}}, {{.Person}}", "the text does not say the address for an answer"},
		{"en/courtesy.txt", "{{template \"dear\" .}} Bitte zahlen. {{template \"facts\" .}}{{template \"bye\" .}}", "a word of another language"},
		{"en/courtesy.txt", "{{template \"dear\" .}} {{template \"facts\" .}}{{template \"bye\" .}}", "does not say what to do if it is paid"},
		{"en/receipt.txt", "{{template \"dear\" .}} wrong? {{template \"facts\" .}} https://pay.evil.example/x {{template \"bye\" .}}", "none of the letter's"},
		{"en/receipt.txt", "{{template \"dear\" .}} wrong? 4711 {{template \"facts\" .}}{{template \"bye\" .}}", "different figures"},
		{"en/reminder-1.txt", "{{template \"dear\" .}} Our final notice. Already paid? wrong? {{template \"facts\" .}}{{template \"bye\" .}}", "belongs into the final-notice only"},
		{"en/receipt.html", `{{template "top" .}}<p style="color:#dd1100">wrong?</p>{{template "facts" .}}{{template "bye" .}}{{template "bottom" .}}`, "red alarms"},
		{"en/courtesy.subject.txt", "Pay {{.First.Amount}} for {{.First.Number}} to {{.Creditor}}", "names the amount"},
		{"en/reminder-2.sms.txt", "{{.Creditor}} {{.First.Number}} {{.First.Amount}} {{.First.Due}} {{.First.PayURL}}", "does not say whom to ask"},
		{"en/late.txt", "Hello", "an e-mail needs late.subject.txt, late.txt and late.html"},
		{"en/note.md", "Hello", "is not a template"},
		{"en/casefile.html", "{{.Weather}}", "there is no variable .Weather"},
		{"en/parts/letter.txt", "{{define", "parts/letter.txt"},
	} {
		m := files(t)
		m[c.file] = &fstest.MapFile{Data: []byte(c.content)}
		_, err := message.LoadCatalog(m)
		require.ErrorContains(t, err, c.want, c.file)
		require.ErrorContains(t, err, "templates/en/", c.file)
	}
	_, err := message.LoadCatalog(fstest.MapFS{"layout.html": {}})
	require.ErrorContains(t, err, `there is no folder "en"`)
}

func TestALanguageIsAFolder(t *testing.T) {
	t.Parallel()
	m := files(t)
	for name := range m {
		if strings.HasPrefix(name, "de/reminder-1.") || strings.HasPrefix(name, "zh/") {
			delete(m, name)
		}
	}
	c, err := message.LoadCatalog(m)
	require.NoError(t, err)
	require.Equal(t, []string{"de", "en"}, c.Languages())

	l := letter("reminder-1")
	l.Language, l.Debtor.Country = "de", "AT"
	e, err := c.Email(l)
	require.NoError(t, err)
	require.Equal(t, "en", e.Language, "what German lacks is written in English, and says so")
	require.Contains(t, e.Text, "€1,234.56")
	require.Contains(t, e.HTML, `lang="en"`)

	m2, err := c.SMS(func() message.Letter { l := texting("reminder-2"); l.Language = "zh-CN"; return l }())
	require.NoError(t, err)
	require.Equal(t, "en", m2.Language)
}

func TestLanguageTagsWithRegions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tag, country, language, amount, date string }{
		{"de-AT", "AT", "de", "€\u00a01.234,56", "14. Mai 2026"},
		{"de-AT", "", "de", "€\u00a01.234,56", "14. Mai 2026"},
		{"de_CH.UTF-8", "", "de", "EUR\u00a01'234.56", "14. Mai 2026"},
		{"DE", "DE", "de", "1.234,56\u00a0€", "14. Mai 2026"},
		{"zh-CN", "CN", "zh", "€1,234.56", "2026年5月14日"},
		{"zh-Hans-CN", "", "zh", "€1,234.56", "2026年5月14日"},
		{"en-US", "", "en", "€1,234.56", "May 14, 2026"},
		{"en-US", "GB", "en", "€1,234.56", "14 May 2026"},
		{"fr-AT", "", "en", "€1,234.56", "14 May 2026"},
	} {
		l := letter("courtesy")
		l.Language, l.Debtor.Country = c.tag, c.country
		e := email(t, l)
		require.Equal(t, c.language, e.Language, c.tag)
		require.Contains(t, e.Text, c.amount, c.tag)
		require.Contains(t, e.Text, c.date, c.tag)
		require.Contains(t, e.HTML, `lang="`+c.language+`"`, c.tag)
	}
}

func TestLanguageFallsBackToTheDebtorsThenTheCreditors(t *testing.T) {
	t.Parallel()
	l := letter("receipt")
	l.Language, l.Debtor.Language, l.Creditor.Language = "", "fr", "de"
	require.Equal(t, "en", email(t, l).Language)
}

func TestHashTellsPartsApart(t *testing.T) {
	t.Parallel()
	require.Len(t, message.Hash("a", "b", "c"), 64)
	require.Len(t, message.Hash("a", "b", "c"), 64)
	require.NotEqual(t, message.Hash("ab", "c", ""), message.Hash("a", "bc", ""))
	require.NotEqual(t, message.Hash("", "a", ""), message.Hash("", "", "a"))
}

func BenchmarkEmail(b *testing.B) {
	c, l := templates(b), letter("reminder-2")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Email(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSMS(b *testing.B) {
	c, l := templates(b), texting("reminder-2")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SMS(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadCatalog(b *testing.B) {
	for b.Loop() {
		if _, err := message.LoadCatalog(os.DirFS("templates")); err != nil {
			b.Fatal(err)
		}
	}
}
