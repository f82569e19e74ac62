package dunning_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	var bomb, stairs strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		n := string(rune('0' + i))
		m := string(rune('1' + i))
		bomb.WriteString("a" + m + ": &a" + m + " [*a" + n + many(", *a"+n, 8) + "]\n")
	}
	for i := range 500 {
		stairs.WriteString(many(" ", i) + "a:\n")
	}
	for name, source := range map[string]string{
		"alias bomb":       bomb.String(),
		"alias of itself":  "policy: &a [*a]\n",
		"merge key":        "<<: {policy: a}\npolicy: b\n",
		"stairs":           stairs.String(),
		"dashes":           many("- ", 2000),
		"dashes by line":   many("-\n", 30000),
		"questions":        many("? ", 2000),
		"questions down":   many("?\n", 30000),
		"brackets":         many("[", 30000),
		"brackets by line": many("[\n", 30000),
		"braces":           many("{a: ", 1000),
		"braces by line":   many("{a: \n", 30000),
		"hidden brackets":  many("'[' [ ", 600),
		"tags":             many("! ", 2000),
		"tags by line":     many("!a\n", 30000),
		"anchors":          many("&a ", 1300),
		"anchors by line":  many("&a\n", 30000),
		"colons":           many("a: ", 1300),
		"colons by line":   many(":\n", 30000),
		"commas":           "[" + many(",", 4000) + "]",
		"quotes":           many("\"", 30001),
		"quotes by line":   many("\"\n", 30001),
		"documents":        many("---\na\n", 10000),
		"directives":       many("%YAML 1.2\n", 5000),
		"pipes":            many("|\n", 30000),
		"comments":         many("#\n", 30000),
		"huge":             many("a: b\n", 200000),
		"long line":        "policy: " + many("a", 10000),
		"long key":         many("a", 3000) + ": b\n",
		"NUL":              "policy: a\x00b\n",
		"BOM":              "\ufeffpolicy: a\n",
		"UTF-16":           "\xff\xfep\x00o\x00",
		"tabs":             "policy: a\nsteps:\n\t- id: a\n",
		"tab in a list":    "steps:\n  -\tid: a\n",
		"control":          "policy: \x1b[31ma\n",
		"binary tag":       "policy: !!binary aGVsbG8=\n",
		"infinity":         "version: .inf\n",
		"huge number":      "version: 99999999999999999999999\n",
		"octal":            "version: 0o17\n",
		"null key":         "null: a\n? : b\n",
		"list as key":      "[a]: b\n",
		"keys as key":      "{a: b}: c\n",
		"block as key":     "? |\n  a\n: b\n",
		"old panic":        "levels:\n  ! 0\n00008:",
		"lone":             "*",
		"carriage":         "policy: a\r\nversion: 1\r\r\n",
	} {
		began := time.Now()
		_, err := dunning.Parse("h.yaml", []byte(source), nil)
		var all dunning.PolicyErrors
		require.ErrorAs(t, err, &all, name)
		require.NotEmpty(t, all[0].Message, name)
		require.Positive(t, all[0].Line, name)
		require.Positive(t, all[0].Column, name)
		require.Less(t, time.Since(began), 10*time.Second, name)
		_, err = dunning.ParseSegments("h.yaml", []byte(source), nil)
		require.ErrorAs(t, err, &all, name)
	}
}

// Files from Windows are read like others, and errors have the same places.
func TestCarriageReturns(t *testing.T) {
	t.Parallel()
	p, err := dunning.Parse("w.yaml", []byte(strings.ReplaceAll(full, "\n", "\r\n")), nil)
	require.NoError(t, err)
	unix, err := dunning.Parse("u.yaml", []byte(full), nil)
	require.NoError(t, err)
	require.Equal(t, unix.Hash(), p.Hash())
	_, err = dunning.Parse("w.yaml", []byte(strings.ReplaceAll(strings.Replace(full, "due+7d", "due*7d", 1), "\n", "\r\n")), nil)
	require.ErrorContains(t, err, "w.yaml:25:9: steps[0].at")
}
