package workflows

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/dunning"
)

// show tells people where the case stands: one line of current details, which is free, and the search
// attributes, which cost an event and so are written only when the stage has changed.
func (c *collector) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, c.newest.Plan.Waiting)
	stage := c.newest.Plan.Stage
	if stage == "" || stage == c.stage {
		return
	}
	err := workflow.UpsertTypedSearchAttributes(ctx,
		collection.AttrStage.ValueSet(string(stage)), collection.AttrBalance.ValueSet(c.newest.Balance.Minor))
	if err != nil {
		workflow.GetLogger(ctx).Error("the stage could not be shown", "stage", stage, "error", err)
		return
	}
	c.stage = stage
}

// untilWords says what a timer waits for, e.g. "until second reminder by e-mail, Thu 14 May 2026 07:00 UTC".
func untilWords(it dunning.Item, at time.Time) string {
	return short("until " + actWords(it) + ", " + at.UTC().Format("Mon 2 Jan 2006 15:04 MST"))
}

// actSummary says what an activity does and why.
func actSummary(it dunning.Item) string {
	if it.Reason == "" {
		return short(actWords(it))
	}
	return short(actWords(it) + ": " + it.Reason)
}

// actWords is an act as a collector would say it, e.g. "second reminder by e-mail".
func actWords(it dunning.Item) string {
	step := stepWords(it.Step)
	switch it.Act {
	case dunning.Email:
		return step + " by e-mail"
	case dunning.SMS:
		return step + " by SMS"
	case dunning.PhoneTask:
		if step == "call" {
			return "call list"
		}
		return "call list: " + step
	case dunning.Decide:
		return "decision whether the claim is worth pursuing, and by whom"
	case dunning.Place:
		return "handoff of the claim to the lawyer or agency"
	case dunning.Recall:
		return "recall of the claim from the lawyer or agency"
	case dunning.Thank:
		return "thank-you for a payment that crossed with a message"
	case dunning.Expire:
		return "expiry of the unpaid order"
	case dunning.LookUp:
		return "look-up of what became of " + step
	case dunning.Close:
		return "close of the case"
	case dunning.Review:
		if step == "" {
			return "next look at the case"
		}
		return "look at the case (" + step + ")"
	}
	return step + " (" + string(it.Act) + ")"
}

var ordinals = [...]string{"first", "second", "third", "fourth", "fifth", "sixth"}

// stepWords makes words of a step's name: "reminder-2" is the "second reminder".
func stepWords(step string) string {
	words := strings.FieldsFunc(step, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	if len(words) < 2 {
		return strings.Join(words, " ")
	}
	last := words[len(words)-1]
	if n, err := strconv.Atoi(last); err == nil && n >= 1 && n <= len(ordinals) {
		return ordinals[n-1] + " " + strings.Join(words[:len(words)-1], " ")
	}
	return strings.Join(words, " ")
}

// summaryLimit is below what the server takes (400 bytes): a longer summary would fail the workflow task.
const summaryLimit = 200

func short(s string) string {
	if len(s) <= summaryLimit {
		return s
	}
	cut := summaryLimit - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
