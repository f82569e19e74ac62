package dunning

import (
	"time"

	"dunlin/invoice"
)

// newDueOn returns the due date that a step gives which goes out at sent: so many days later, and a
// business day.
func (pl *planner) newDueOn(s *Step, sent time.Time) (invoice.Date, error) {
	day := invoice.DateOf(sent.In(pl.z.in()))
	if s.NewDue.Unit == BusinessDays {
		return pl.z.days.add(day, s.NewDue.N)
	}
	return pl.z.days.add(day.AddDays(s.NewDue.N), 0)
}

// afterNewDue returns when the next step may come: once the new due date has passed.
func (pl *planner) afterNewDue(s *Step, sent time.Time) (time.Time, error) {
	day, err := pl.newDueOn(s, sent)
	return day.AddDays(1).At(0, 0, pl.z.in()), err
}

func (pl *planner) newDueWords(after time.Time) string {
	return "not before the new due date, " + pl.day(after.Add(-time.Minute)) + ", has passed"
}
