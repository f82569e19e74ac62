package dunning

import (
	"time"

	"dunlin/invoice"
)

// FeedRules say what waits when a creditor's bank statements are too old: a payment may have come that
// nobody knows of.
type FeedRules struct {
	After     Span    `json:"after,omitzero"`      // how old the newest statement may be; zero: the account's own rhythm
	Reminders OnStale `json:"reminders,omitempty"` // empty: send
}

// OnStale says what becomes of reminders while statements are too old; formal steps always wait.
type OnStale string

// What reminders do.
const (
	SendStale OnStale = "send"
	HoldStale OnStale = "hold"
)

// Feed is an account of the creditor that statements are expected for.
type Feed struct {
	Reached invoice.Date // newest day that its statements cover; zero: none has come
	Rhythm  Span         // how old the newest may be
}

// DueBy returns from when on the feed is too old, by the calendar of a place; zero when no statement has
// come at all: then it is.
func (f Feed) DueBy(zoneName, country string) (time.Time, error) {
	return f.dueBy(Span{}, zoneOf(&Case{Zone: zoneName, Country: country}))
}

func (f Feed) dueBy(after Span, z zone) (time.Time, error) {
	if f.Reached.IsZero() {
		return time.Time{}, nil
	}
	at, err := after.or(f.Rhythm).atLeast(f.Reached.At(0, 0, z.in()), z)
	if err != nil {
		return time.Time{}, err
	}
	return invoice.DateOf(at.In(z.in())).AddDays(1).At(0, 0, z.in()), nil
}

// GateStaleFeed holds what must not go out while nobody knows what has been paid.
const GateStaleFeed = "stale_feed"

// staleFeed returns why a due step waits for newer bank statements, "" when it doesn't.
func (pl *planner) staleFeed(s *Step, m *moment) string {
	waits := s.Class == Formal || s.Has(Decide) || s.Has(Place) || s.Class == Reminder && s.contacts() && pl.p.Feed.Reminders == HoldStale
	if !waits || m.at.After(pl.now) || pl.assume {
		return ""
	}
	for _, f := range pl.c.Feeds {
		due, err := f.dueBy(pl.p.Feed.After, pl.z)
		switch {
		case err != nil: // no calendar: the step's own moment says so
		case due.IsZero():
			return "no bank statement has come yet: a payment may be there that nobody knows of"
		case !due.After(pl.now):
			return "the newest bank statement is of " + f.Reached.String() + ": a payment may be there that nobody knows of"
		}
	}
	return ""
}
