package dunning

import "time"

// Item is one planned act: what, when, why.
type Item struct {
	Step   string    `json:"step"`
	Act    Act       `json:"act"`
	At     time.Time `json:"at"` // UTC
	Reason string    `json:"reason,omitempty"`
	Ref    string    `json:"ref,omitempty"` // attempt id of a look-up, task id of a review
}

// Held is a step that waits for something other than its time.
type Held struct {
	Step   string `json:"step"`
	Act    Act    `json:"act"`
	Reason string `json:"reason"` // the gate that holds it, in words
	Gate   string `json:"gate"`   // the gate's code, e.g. "hold", "dispute", "zone_missing", "approval"
}

// Skip is a step that ends without being taken.
type Skip struct {
	Step   string
	Act    Act
	Reason string
}

// Plan is what comes, in order of time, as seen from one moment.
type Plan struct {
	Items   []Item `json:"items"`
	Held    []Held `json:"held,omitempty"`
	Skips   []Skip `json:"-"`       // to be put on file by whoever asked for the plan, before it is used
	Waiting string `json:"waiting"` // one line: what the case waits for
	Stage   Stage  `json:"stage"`
}

// Stage is the coarse state of a case, as lists and the Temporal UI show it.
type Stage string

// The stages.
const (
	StageBeforeDue   Stage = "before_due"
	StageOverdue     Stage = "overdue"
	StageHeld        Stage = "held" // hold or hard stop
	StageDisputed    Stage = "disputed"
	StagePromised    Stage = "promised"
	StagePayPlan     Stage = "payment_plan"
	StageDeciding    Stage = "deciding"     // from the decision on, until its outcome stands
	StageFinalNotice Stage = "final_notice" // the final notice has gone out
	StagePlaced      Stage = "placed"
	StageSettled     Stage = "settled"
	StageOrder       Stage = "order" // an unpaid order within its time
)

// Earliest returns the next item; false when the case only waits to be woken.
func (p Plan) Earliest() (Item, bool) {
	if len(p.Items) == 0 {
		return Item{}, false
	}
	return p.Items[0], true
}

// Due returns the item for a step and act when its time has come.
func (p Plan) Due(step string, act Act, now time.Time) (Item, bool) {
	for _, it := range p.Items {
		if it.Step == step && it.Act == act && !it.At.After(now) {
			return it, true
		}
	}
	return Item{}, false
}
