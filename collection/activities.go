package collection

import "dunlin/dunning"

// Names of the activities, one per act. They stand in histories for ever: never rename one.
const (
	SendEmail     = "SendEmail"
	SendSMS       = "SendSMS"
	OpenPhoneTask = "OpenPhoneTask"
	Decide        = "Decide"
	Place         = "Place"
	Recall        = "Recall"
	Expire        = "Expire"
	LookUpMessage = "LookUp"
	Review        = "Review"
	CloseCase     = "CloseCase"
)

// ActivityFor returns the activity that does an act, and the task queue it runs on. Placements and
// recalls are e-mails to the partner, so they share the e-mail queue and its rate. An act that this
// build does not know (a newer one planned it) is answered by a review, which does no harm.
func ActivityFor(act dunning.Act) (name, queue string) {
	switch act {
	case dunning.Email, dunning.Thank:
		return SendEmail, QueueEmail
	case dunning.SMS:
		return SendSMS, QueueSMS
	case dunning.PhoneTask:
		return OpenPhoneTask, QueueCases
	case dunning.Decide:
		return Decide, QueueCases
	case dunning.Place:
		return Place, QueueEmail
	case dunning.Recall:
		return Recall, QueueEmail
	case dunning.Expire:
		return Expire, QueueCases
	case dunning.LookUp:
		return LookUpMessage, QueueCases
	case dunning.Close:
		return CloseCase, QueueCases
	}
	return Review, QueueCases
}
