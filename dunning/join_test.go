package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestJoin(t *testing.T) {
	t.Parallel()
	step := func(id, template string, acts ...dunning.Act) dunning.Step {
		return dunning.Step{ID: id, Template: template, Acts: acts}
	}
	old := &dunning.Policy{Name: "old", Steps: []dunning.Step{
		step("receipt", "receipt", dunning.Email), step("first", "reminder-1", dunning.Email), step("second", "reminder-2", dunning.Email, dunning.SMS), step("call", "", dunning.PhoneTask), step("decide", "", dunning.Decide),
	}}
	p := &dunning.Policy{Name: "mine", Version: 2, Steps: []dunning.Step{
		step("receipt", "receipt", dunning.Email), step("nudge", "courtesy", dunning.Email), step("soft", "reminder-1", dunning.Email, dunning.SMS), step("decide", "", dunning.Decide),
		step("second", "reminder-2", dunning.Email, dunning.SMS, dunning.PhoneTask), step("last", "final-notice", dunning.Email),
	}}
	taken := func(names ...string) (all []dunning.Taken) {
		for _, n := range names {
			all = append(all, dunning.Taken{Step: n, Act: dunning.Email, Outcome: dunning.Accepted})
		}
		return all
	}
	for name, c := range map[string]struct {
		taken []dunning.Taken
		want  []string
	}{
		"nothing taken":                  {nil, nil},
		"only skipped":                   {[]dunning.Taken{{Step: "second", Act: dunning.Email, Outcome: dunning.Skipped}}, nil},
		"at the beginning":               {taken("receipt"), nil},
		"the same words, another id":     {taken("receipt", "first"), []string{"nudge email", "soft email", "soft sms"}},
		"the same id, what is new of it": {taken("receipt", "second"), []string{"nudge email", "soft email", "soft sms", "second phone_task"}},
		"an id that nobody knows":        {taken("receipt", "call"), nil},
	} {
		var got []string
		for _, s := range p.Join(old, c.taken) {
			require.Equal(t, "the case joined mine v2 behind it", s.Reason)
			got = append(got, s.Step+" "+string(s.Act))
		}
		require.Equal(t, c.want, got, name)
	}
}
