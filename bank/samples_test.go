package bank_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// samplesVariable names the folder with the real statements; without it the tests on them say so and pass over.
const samplesVariable = "DUNLIN_SAMPLES"

// samples lists the files of a folder of real statements.
func samples(t *testing.T, folder string) []string {
	t.Helper()
	dir := os.Getenv(samplesVariable)
	if dir == "" {
		t.Skipf("%s is not set: the real statements are not tried", samplesVariable)
	}
	files, err := filepath.Glob(filepath.Join(dir, folder, "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "no samples in %s/%s", dir, folder)
	return files
}

// collected is a sink that keeps everything.
type collected struct {
	statements []*statement
}

type statement struct {
	bank.Statement
	entries []*bank.Entry
}

func (c *collected) Begin(s *bank.Statement) error {
	c.statements = append(c.statements, &statement{Statement: *s})
	return nil
}

func (c *collected) Entry(e *bank.Entry) error {
	last := c.statements[len(c.statements)-1]
	last.entries = append(last.entries, e)
	return nil
}

func (c *collected) End(s *bank.Statement) error {
	c.statements[len(c.statements)-1].Statement = *s
	return nil
}

// read reads a file with everything collected.
func read(t *testing.T, file string, o bank.Options) (*collected, bank.Report, error) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	c := &collected{}
	report, err := bank.Read(filepath.Base(file), f, o, c)
	return c, report, err
}

// counted is what the list beside the samples says of a file, e.g. "camt.053.001.02: 2 statement(s), 5
// entries, 3 credits, ccy EUR, 7 TxDtls, ascii".
var counted = regexp.MustCompile(`(\d+) statement\(s\), (\d+) entries, (\d+) credits`)

// listed reads a column of the list of samples, by the file's path below the folder: 5 says what is in it,
// 6 what traps it holds.
func listed(t *testing.T, column int) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv(samplesVariable), "SOURCES.tsv"))
	require.NoError(t, err)
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if columns := strings.Split(line, "\t"); len(columns) > column {
			all[columns[0]] = columns[column]
		}
	}
	return all
}

// agreesWithList compares what was read with the list: statements, entries, credits.
func agreesWithList(t *testing.T, list map[string]string, name string, c *collected) {
	t.Helper()
	m := counted.FindStringSubmatch(list[name])
	if m == nil {
		return
	}
	entries, credits := 0, 0
	for _, s := range c.statements {
		entries += len(s.entries)
		for _, e := range s.entries {
			if e.Amount.Minor > 0 {
				credits++
			}
		}
	}
	got := []string{strconv.Itoa(len(c.statements)), strconv.Itoa(entries), strconv.Itoa(credits)}
	require.Equal(t, m[1:], got, list[name])
}

var notAddingUp = regexp.MustCompile(`opening\+entries != closing in (\d+)/(\d+)`)

// addsUpAsListed compares the arithmetic of the statements with what the list says of it.
func addsUpAsListed(t *testing.T, traps string, c *collected) {
	t.Helper()
	off, ok := 0, 0
	for _, s := range c.statements {
		switch s.Sum {
		case bank.Off:
			off++
		case bank.AddsUp:
			ok++
		}
	}
	if m := notAddingUp.FindStringSubmatch(traps); m != nil {
		got := []string{strconv.Itoa(off), strconv.Itoa(off + ok)}
		require.Equal(t, m[1:], got, traps)
	}
	if strings.Contains(traps, "balances add up") {
		require.Zero(t, off, traps)
		require.Positive(t, ok, traps)
	}
}
