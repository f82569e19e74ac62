package message_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/message"
)

// update writes the golden files anew: go test ./message -run Golden -update. Read them afterwards.
var update = flag.Bool("update", false, "write the golden files of the templates anew")

// TestGolden keeps what every template says, word for word, where people can read it without a program.
func TestGolden(t *testing.T) {
	t.Parallel()
	c := templates(t)
	for _, language := range []string{"en", "de"} {
		for _, name := range c.Names() {
			l := letter(name)
			l.Language = language
			if strings.HasSuffix(name, "formal-notice") {
				l.Lines[0].Disputed = eur(10_000)
			}
			e, err := c.Email(l)
			require.NoError(t, err)
			sameWords(t, language, name+".txt", "Subject: "+e.Subject+"\n\n"+e.Text)
			sameWords(t, language, name+".html", e.HTML)
			if slices.Contains(smsNames, name) {
				l.Contact = texting(name).Contact
				m, err := c.SMS(l)
				require.NoError(t, err)
				require.Equal(t, language, m.Language)
				sameWords(t, language, name+".sms.txt", m.Body+"\n")
			}
		}
		d := dossier(t)
		d.Language = language
		page, _, _, err := c.CaseFile(d)
		require.NoError(t, err)
		sameWords(t, language, "casefile.html", string(page))
	}
}

func sameWords(t *testing.T, language, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", language, name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s\nif this is meant: go test ./message -run Golden -update", file)
}

func TestSMSOfEveryLanguageIsShortAndCheap(t *testing.T) {
	t.Parallel()
	for _, name := range smsNames {
		l := texting(name)
		l.Language = "de"
		for range 2 {
			m := sms(t, l)
			count, encoding := message.Segments(m.Body)
			require.Equal(t, message.GSM7, encoding, m.Body)
			require.LessOrEqual(t, count, 2, m.Body)
			l.Creditor.Name, l.Creditor.Lawyer.Name = strings.Repeat("Werkzeug ", 30), strings.Repeat("Kanzlei ", 30)
		}
	}
}
