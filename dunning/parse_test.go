package dunning_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

// templates have every message but those named.
type templates map[string]bool

func (t templates) Has(template string, act dunning.Act) bool {
	return !t[template+"/"+string(act)]
}

// standard is the shipped policy with one thing changed.
func standard(t *testing.T, old, changed string) []byte {
	t.Helper()
	return changedIn(t, "standard-b2b", old, changed)
}

// changedIn is a shipped policy with one thing changed.
func changedIn(t *testing.T, name, old, changed string) []byte {
	t.Helper()
	source := string(sourceOf(t, name))
	require.Contains(t, source, old)
	return []byte(strings.Replace(source, old, changed, 1))
}

func sourceOf(t *testing.T, name string) []byte {
	t.Helper()
	for _, s := range dunning.Shipped() {
		if s.Policy.Name == name {
			require.Equal(t, "policies/"+name+".yaml", s.File)
			return s.YAML
		}
	}
	require.Fail(t, "not shipped", name)
	return nil
}

func TestShippedPolicies(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range dunning.Shipped() {
		names = append(names, s.Policy.Name)
		p, err := dunning.Parse(s.File, s.YAML, templates{})
		require.NoError(t, err)
		require.Equal(t, s.Policy, p)
		again, err := dunning.Compiled(p.Canonical())
		require.NoError(t, err)
		require.Equal(t, p, again, "the stored form is the whole policy")
		require.Equal(t, p.Hash(), again.Hash())
		require.Len(t, p.Hash(), 64)
	}
	require.Equal(t, []string{"consumer", "gentle", "key-account", "order-24h", "order-48h", "order-6h", "standard-b2b"}, names)
	p := shipped(t, "standard-b2b")
	s, ok := p.Step("reminder-2")
	require.True(t, ok)
	require.Equal(t, "E", s.Letter)
	require.Equal(t, []dunning.Act{dunning.Email, dunning.SMS}, s.Acts)
	require.Equal(t, "due+14d", s.At.String())
	for _, c := range []string{"EUR", "USD", "GBP", "CHF", "CNY", "JPY"} {
		require.Contains(t, string(p.Canonical()), `"`+c+`":`)
	}
}

func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, changed, message, hint string }{
		{"unknown key", "template: courtesy", "templte: courtesy", `"templte" is not a key`, "did you mean template?"},
		{"unknown key at the top", "caps:", "cups:", `"cups" is not a key`, "did you mean caps?"},
		{"bad offset", "at: due+14d", "at: due+14x", `"due+14x" is not an offset`, "issue+0d, due-7d"},
		{"no offset", "at: due+14d", "at: soon", `"soon" is not an offset`, "due+14d"},
		{"hours from a day", "at: due+14d", "at: due+14h", "has no hours", "due+7d"},
		{"before the issue", "at: issue+0d", "at: issue-1d", "nothing can come before the issue", "issue+0d"},
		{"expiry of an invoice", "at: due+45d", "at: expiry-1h", "does not expire", "due"},
		{"out of order", "at: due+14d", "at: due+5d", "due+5d comes before due+7d", "order in which they come"},
		{"too close", "at: due+14d", "at: due+10d", "the minimum gap is 5 days", "lower its min_gap"},
		{"unknown act", "acts: [phone_task]", "acts: [fax]", `"fax" is not an act`, "email, sms"},
		{"acts that do not mix", "acts: [phone_task]", "acts: [phone_task, decide]", "cannot share a step", "only email, sms and phone_task"},
		{"act twice", "acts: [email, sms]", "acts: [email, email]", "stands there twice", "once"},
		{"unknown class", "class: formal", "class: harsh", `"harsh" is not a class`, "service, reminder or formal"},
		{"unknown late rule", "rule: merge", "rule: maybe", `"maybe" is not a late rule`, "send, skip or merge"},
		{"nothing to merge into", "template: final-notice\n    late: {rule: send}", "template: final-notice\n    late: {rule: merge}", "no later step sends", "send or skip"},
		{"id twice", "id: courtesy", "id: receipt", `has the id "receipt" already`, "one step"},
		{"letter twice", "letter: B", "letter: A", `has the letter "A" already`, "tell messages apart"},
		{"bad letter", "letter: B", "letter: bb", `"bb" is not a letter`, "one capital"},
		{"no template", "    template: courtesy\n", "", "has no template", "template: reminder-1"},
		{"bad currency", `EUR: "25.00"`, `EUX: "25.00"`, "is not an ISO 4217 currency", "three capitals"},
		{"bad amount", `EUR: "25.00"`, `EUR: "25,00"`, "is not a decimal number", "plain decimal"},
		{"too many decimals", `JPY: "4000"`, `JPY: "4000.50"`, "more decimals", "plain decimal"},
		{"negative amount", `EUR: "25.00"`, `EUR: "-25.00"`, "is below zero", "from 0 up"},
		{"thresholds crossed", `lawyer_from: {EUR: "5000.00"`, `lawyer_from: {EUR: "20.00"`, "is not above small_balance", "one route"},
		{"bad window", `"09:00-18:00", days: business, gap: 5d}`, `"18:00-09:00", days: business, gap: 5d}`, "is not a contact window", "09:00-18:00"},
		{"bad days", "days: every", "days: sometimes", "is not a choice of days", "every or business"},
		{"bad class of window", "  service: {", "  polite: {", `"polite" is not a key`, "known here: service, reminder, formal"},
		{"bad cap", "contacts: 3 per 7d", "contacts: many", "is not a cap", "3 per 7d"},
		{"bad span", "gap: 1h", "gap: 1y", "has no unit", "m (minutes)"},
		{"no decision", "acts: [decide]", "acts: [phone_task]", "only after a decision", "acts: [decide]"},
		{"no notice", "class: formal\n    at: due+30d", "class: reminder\n    at: due+30d", "only after a final notice", "formal message"},
		{"after the handoff", "acts: [place]", "acts: [place]\n  - {id: more, letter: Z, class: formal, at: due+60d, acts: [email], template: due}", "nothing can follow", "move it up"},
		{"kind", "kind: invoice", "kind: bill", `"bill" is not a kind`, "invoice or order"},
		{"version", "version: 2", "version: 0", "0 is out of bounds", "from 1 up"},
		{"version no number", "version: 2", "version: two", `"two" is not a whole number`, "without quotes"},
		{"merge window", "merge_window: 30m", "merge_window: 3d", "too long", "at most 24h"},
		{"fallback", "fallback: phone_task", "fallback: carrier-pigeon", "is not a fallback", "sms or phone_task"},
		{"sla", "at: due+28d", "sla: 2bd\n    at: due+28d", "opens no phone task", "only a phone task"},
		{"duplicate key", "version: 2", "version: 2\nversion: 3", `the key "version" stands there twice`, "keep one"},
		{"two documents", "kind: invoice", "kind: invoice\n---\nkind: order", "more than one document", "one policy per file"},
		{"brackets", "caps: {contacts: 3 per 7d}", "caps: " + strings.Repeat("[", 40), "too many brackets", "close them"},
	} {
		source := standard(t, tc.old, tc.changed)
		p, err := dunning.Parse("mine.yaml", source, nil)
		require.Nil(t, p, tc.name)
		var all dunning.PolicyErrors
		require.ErrorAs(t, err, &all, tc.name)
		one, ok := errors.AsType[*dunning.PolicyError](err)
		require.True(t, ok)
		require.Equal(t, "mine.yaml", one.File)
		require.Positive(t, one.Line, tc.name)
		require.Positive(t, one.Column, tc.name)
		require.Contains(t, err.Error(), tc.message, tc.name)
		require.Contains(t, err.Error(), tc.hint, tc.name)
		require.Contains(t, err.Error(), "^", "%s shows the place", tc.name)
	}
}

func TestPolicyErrorShowsThePlace(t *testing.T) {
	t.Parallel()
	_, err := dunning.Parse("mine.yaml", []byte("policy: mine\nversion: 1\nkind: invoice\nsteps:\n  - id: first\n    letter: A\n    class: reminder\n    at: due*7d\n    acts: [email]\n    template: due\n"), nil)
	require.EqualError(t, err, `mine.yaml:8:9: steps[0].at: "due*7d" is not an offset
    7 |     class: reminder
  > 8 |     at: due*7d
      |         ^
    9 |     acts: [email]
  hint: write an anchor, + or -, a number and a unit: issue+0d, due-7d, due+14d, previous+7d, expiry-2h; orders also know issue+50% (half-way to expiry)`)
}

func TestMissingTemplate(t *testing.T) {
	t.Parallel()
	_, err := dunning.Parse("s.yaml", sourceOf(t, "standard-b2b"), templates{"reminder-2/sms": true, "due/email": true})
	require.ErrorContains(t, err, `there is no template "reminder-2" for SMS`)
	require.ErrorContains(t, err, `there is no template "due" for e-mail`)
}

func TestParseRefusesWhatIsNoPolicy(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "# only words\n", "[]", "a", "\x00", "\xff\xfe", strings.Repeat("a", 300<<10), "levels:\n  ! 0\n00008:", "steps: null", "steps: [null]", "policy: *a"} {
		_, err := dunning.Parse("x.yaml", []byte(source), nil)
		require.Error(t, err, "%.20q", source)
	}
}

func TestOffsetsAndSpans(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"issue+0d", "due-7d", "due+14d", "due+3bd", "expiry-2h", "issue+90m", "issue+50%", "previous+7d", "previous+3bd", "previous+2h"} {
		o, err := dunning.ParseOffset(s)
		require.NoError(t, err, s)
		require.Equal(t, s, o.String())
		b, err := json.Marshal(o)
		require.NoError(t, err)
		var again dunning.Offset
		require.NoError(t, json.Unmarshal(b, &again))
		require.Equal(t, o, again)
	}
	for _, s := range []string{"", "due", "due+", "due+d", "due+7", "due 7d", "Due+7d", "due+-7d", "due++7d", "due+7d ", "issue-5%", "due+5%", "issue+101%", "due+99999d", "paid+7d", "previous-1d", "previous+10%"} {
		_, err := dunning.ParseOffset(s)
		require.Error(t, err, s)
	}
	for _, s := range []string{"30m", "2h", "5d", "3bd", "0d"} {
		span, err := dunning.ParseSpan(s)
		require.NoError(t, err, s)
		require.Equal(t, s, span.String())
	}
	for _, s := range []string{"", "5", "d", "-5d", "+5d", "5w", "5.5d", "10001d"} {
		_, err := dunning.ParseSpan(s)
		require.Error(t, err, s)
	}
}

// FuzzParse: whatever the file, Parse answers with a policy that survives its stored form, or with an
// error; it never panics.
func FuzzParse(f *testing.F) {
	for _, s := range dunning.Shipped() {
		f.Add(s.YAML)
	}
	f.Add([]byte(full))
	f.Add([]byte("segments:\n  - {name: a, when: {country: [DE], amount_below: {EUR: 5}}, policy: b}\n"))
	f.Add([]byte("levels:\n  ! 0\n00008:"))
	f.Add([]byte("policy: a\nsteps:\n  - id: *x\n"))
	f.Add([]byte("policy: a\nversion: 1\nkind: order\nsteps:\n  - {id: e, class: service, at: expiry+0h, acts: [expire]}\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		if s, err := dunning.ParseSegments("fuzz.yaml", source, nil); err == nil {
			if again, err := dunning.CompiledSegments(s.Canonical()); err != nil || again.Hash() != s.Hash() {
				t.Fatalf("the stored form differs: %v", err)
			}
		}
		p, err := dunning.Parse("fuzz.yaml", source, nil)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := dunning.Compiled(p.Canonical())
		if err != nil || again.Hash() != p.Hash() {
			t.Fatalf("the stored form differs: %v", err)
		}
	})
}
