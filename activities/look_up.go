package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"dunlin/collection"
	"dunlin/dunning"
)

// lookUpTries is how often a look-up asks a provider that does not answer before it counts as "nothing
// found"; the plan holds the next look-up, and after the last one a person is asked.
const lookUpTries = 3

// LookUp asks the provider what became of a message whose answer was lost.
func (a *Activities) LookUp(ctx context.Context, act collection.Act) (collection.Answer, error) {
	question, err := a.Guard.BeginLookUp(ctx, act)
	if err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	if question.Answer != nil {
		return *question.Answer, nil
	}
	finding, err := a.find(ctx, question)
	if err != nil {
		if activity.GetInfo(ctx).Attempt < lookUpTries {
			return collection.Answer{}, forTemporal(err)
		}
		finding = collection.Finding{Evidence: collection.Nothing}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	answer, err := a.Guard.FinishLookUp(ctx, act, question.Attempt, finding)
	return answer, forTemporal(err)
}

func (a *Activities) find(ctx context.Context, q collection.LookUp) (collection.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, collection.HTTPTimeout)
	defer cancel()
	if q.Act == dunning.SMS {
		return a.SMS.FindSMS(ctx, q)
	}
	return a.Email.FindEmail(ctx, q)
}
