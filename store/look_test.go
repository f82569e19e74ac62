package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func TestSomebodyLooksFirst(t *testing.T) {
	t.Parallel()
	for said, outcome := range map[string]dunning.Outcome{"send": dunning.Accepted, "skip": dunning.Skipped} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			k := d.issueBy(d.policy("looking", func(p *dunning.Policy) {
				for i := range p.Steps {
					p.Steps[i].Look = p.Steps[i].ID == "reminder-1"
				}
			}), "INV-1", 120000)
			d.walk(k, func() bool { return len(d.open(collection.TaskLook)) > 0 })
			require.Empty(t, d.messages(k, "reminder-1"), "nothing goes out before somebody has looked")
			look := d.open(collection.TaskLook)
			require.Len(t, look, 1)
			require.Equal(t, "reminder-1", look[0].Step)
			require.Contains(t, look[0].Text, "first reminder")
			v, err := d.Plan(t.Context(), k)
			require.NoError(t, err)
			require.Equal(t, "look", v.Plan.Held[0].Gate)

			_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: look[0].ID, Outcome: said, Note: "seen", Actor: "kim"})
			require.NoError(t, err)
			d.walk(k, func() bool { return d.ended(k, "reminder-1") != "" })
			require.Equal(t, outcome, d.ended(k, "reminder-1"))
			require.Equal(t, 1, query[int](d, `SELECT count(*) FROM tasks WHERE kind = 'look'`), "once per step")
			d.sound()
		})
	}
}

// ended is how a step's e-mail ended, "" while it has not.
func (d *desk) ended(k invoice.Key, step string) dunning.Outcome {
	d.t.Helper()
	v, err := d.Plan(d.t.Context(), k)
	require.NoError(d.t, err)
	for _, taken := range v.Taken {
		if taken.Step == step && taken.Act == dunning.Email {
			return taken.Outcome
		}
	}
	return ""
}
