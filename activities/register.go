package activities

import (
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"dunlin/collection"
)

// Register makes all acts known to a worker under their names of the contract. Which of them a worker
// is given depends on its task queue alone: see collection.ActivityFor.
func Register(r worker.ActivityRegistry, a *Activities) {
	for name, f := range map[string]any{
		collection.SendEmail:     a.SendEmail,
		collection.SendSMS:       a.SendSMS,
		collection.OpenPhoneTask: a.OpenPhoneTask,
		collection.Decide:        a.Decide,
		collection.Place:         a.Place,
		collection.Recall:        a.Recall,
		collection.Expire:        a.Expire,
		collection.LookUpMessage: a.LookUp,
		collection.Review:        a.Review,
		collection.CloseCase:     a.CloseCase,
	} {
		r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
}
