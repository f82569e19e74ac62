package dunning_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func copied(t *testing.T, p *dunning.Policy) *dunning.Policy {
	t.Helper()
	c, err := dunning.Compiled(p.Canonical())
	require.NoError(t, err)
	return c
}

func changeTexts(changes []dunning.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Text)
	}
	return all
}

func TestDiffInWords(t *testing.T) {
	t.Parallel()
	old := shipped(t, "standard-b2b")
	now := copied(t, old)
	require.Empty(t, dunning.Diff(old, now))
	now.Version = 2
	require.Empty(t, dunning.Diff(old, now), "a version alone changes nothing")

	i := stepIndex(t, now, "reminder-1")
	now.Steps[i].At.N = 10
	now.Steps[i].Template = "reminder-1-short"
	now.Caps.Contacts = 2
	now.Minimum.Amount = dunning.Thresholds{"EUR": 1000, "CHF": 1200}
	courtesy, due := stepIndex(t, now, "courtesy"), stepIndex(t, now, "due")
	now.Steps[courtesy], now.Steps[due] = now.Steps[due], now.Steps[courtesy]
	now.Steps = append(now.Steps[:1:1], now.Steps[1:]...)
	call := stepIndex(t, now, "call")
	gone := now.Steps[call]
	now.Steps = append(now.Steps[:call:call], now.Steps[call+1:]...)
	gone.ID, gone.Title = "visit", "visit"
	now.Steps = append(now.Steps, gone)
	texts := changeTexts(dunning.Diff(old, now))
	for _, want := range []string{
		"cap of contacts: 2 in 7 days instead of 3 in 7 days",
		"minimum amount: now 12.00 CHF, 10.00 EUR",
		"the first reminder, when: 10 days after the due date instead of 7 days after the due date",
		"the first reminder, words of template: reminder-1-short instead of reminder-1",
	} {
		require.Contains(t, texts, want)
	}
	text := ""
	for _, s := range texts {
		text += s + "\n"
	}
	require.Contains(t, text, "moved: ")
	require.Contains(t, text, " is gone (")
	require.Contains(t, text, "new: the visit, after the ")
	back := dunning.Diff(now, old)
	require.Contains(t, changeTexts(back), "minimum amount: no longer 12.00 CHF, 10.00 EUR")
}

func stepIndex(t *testing.T, p *dunning.Policy, id string) int {
	t.Helper()
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return i
		}
	}
	require.FailNow(t, "no such step", id)
	return 0
}

// TestDiffMissesNothing changes every value of a policy and of a step, whatever comes to be added there.
func TestDiffMissesNothing(t *testing.T) {
	t.Parallel()
	old := shipped(t, "standard-b2b")
	var walk func(path string, v reflect.Value, done func(path string))
	walk = func(path string, v reflect.Value, done func(path string)) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i), done)
			}
		case reflect.Int:
			was := v.Int()
			v.SetInt(was + 1)
			done(path)
			v.SetInt(was)
		case reflect.Bool:
			v.SetBool(!v.Bool())
			done(path)
			v.SetBool(!v.Bool())
		case reflect.String:
			was := v.String()
			v.SetString(was + "x")
			done(path)
			v.SetString(was)
		case reflect.Slice, reflect.Map:
			was := reflect.New(v.Type()).Elem()
			was.Set(v)
			if v.Kind() == reflect.Map {
				v.Set(reflect.ValueOf(dunning.Thresholds{"SEK": 5}))
			} else {
				v.Set(reflect.MakeSlice(v.Type(), 1, 1))
				if v.Index(0).Kind() == reflect.String {
					v.Index(0).SetString("x")
				}
			}
			done(path)
			v.Set(was)
		}
	}
	now := copied(t, old)
	now.Minimum.Age, now.Promise.Longest, now.Plans.Longest = old.MergeWindow, old.MergeWindow, old.MergeWindow
	now.Plans.Remind, now.Disputes.Review, now.Expiry.BankLag, now.Feed.After = old.MergeWindow, old.MergeWindow, old.MergeWindow, old.MergeWindow
	now.Caps.Channel, now.Caps.Address, now.Caps.Calls = dunning.Cap{N: 1, Days: 1}, dunning.Cap{N: 1, Days: 1}, dunning.Cap{N: 1, Days: 1}
	now.Holdout = dunning.Holdout{Share: 1, Steps: []string{"courtesy"}}
	call := stepIndex(t, now, "call")
	now.Steps[call].NewDue, now.Steps[call].MinGap, now.Steps[call].Late.After = old.MergeWindow, old.MergeWindow, old.MergeWindow
	base := copied(t, now)
	for _, part := range []struct {
		path string
		of   any
	}{{"policy", now}, {"step", &now.Steps[call]}} {
		v := reflect.ValueOf(part.of).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if part.path == "policy" && (name == "Name" || name == "Version" || name == "Steps") || name == "ID" {
				continue
			}
			walk(part.path+"."+name, v.Field(i), func(path string) {
				require.Len(t, dunning.Diff(base, now), 1, path)
			})
		}
	}
	require.Empty(t, dunning.Diff(base, now))
}

func TestEffectOnARunningCase(t *testing.T) {
	t.Parallel()
	old := shipped(t, "standard-b2b")
	later := copied(t, old)
	later.Steps[stepIndex(t, later, "reminder-2")].At.N += 7
	c := berlin()
	c.Taken = taken("receipt/email 2026-04-10 08:00", "courtesy/email 2026-04-29 07:42", "due/email 2026-05-06 07:42")
	now := utc("2026-05-07 08:00")
	same := dunning.EffectOf(old, old, c, now)
	require.Equal(t, -1, same.First)
	require.Equal(t, same.Before, same.After)

	e := dunning.EffectOf(old, later, c, now)
	require.Equal(t, "reminder-1", e.Before[0].Step)
	require.Equal(t, "reminder-2", e.Before[e.First].Step)
	require.True(t, e.After[e.First].At.After(e.Before[e.First].At))

	early := copied(t, old)
	extra := early.Steps[stepIndex(t, early, "courtesy")]
	extra.ID, extra.Title, extra.Letter = "hello", "hello", "Z"
	early.Steps = append([]dunning.Step{early.Steps[0], extra}, early.Steps[1:]...)
	require.Equal(t, -1, dunning.EffectOf(old, early, c, now).First, "what would lie behind the case does not come")
}
