package api

import (
	"context"
	"net/http"
	"time"

	"dunlin/invoice"
)

// Hold pauses everything.
type Hold struct {
	Said
	Until time.Time `json:"until,omitzero" doc:"Missing: until it is released"`
}

// Release ends a hold.
type Release struct{ Said }

// HardStop ends all contact for good.
type HardStop struct{ Said }

// Dispute says that the debtor objects.
type Dispute struct {
	Said
	Amount *Money `json:"amount,omitempty" doc:"The disputed part; missing: the whole balance"`
}

// Resolution ends a dispute.
type Resolution struct {
	Said
	How    invoice.ResolvedHow `json:"how,omitempty" enum:"upheld,credited,withdrawn" doc:"Missing: upheld, the claim stands"`
	Credit *Money              `json:"credit,omitempty" doc:"With credited: the credit note; missing: all that was disputed"`
}

func (s *server) registerStops() {
	tell(s, fact{path: "/holds", id: "hold-invoice", strict: true, optionalBody: true, summary: "Pause everything"},
		func(ctx context.Context, f invoice.Fact, b Hold) (invoice.Receipt, error) {
			return s.Store.Hold(ctx, invoice.Hold{Fact: f, Until: b.Until})
		})
	tell(s, fact{path: "/release", id: "release-invoice", optionalBody: true, summary: "End a hold"},
		func(ctx context.Context, f invoice.Fact, _ Release) (invoice.Receipt, error) {
			return s.Store.Release(ctx, invoice.Release{Fact: f})
		})
	tell(s, fact{
		path: "/hard-stop", id: "stop-invoice", strict: true, optionalBody: true, summary: "End all contact for good",
		description: "Insolvency, death, a lawyer's letter. It is never released.",
	},
		func(ctx context.Context, f invoice.Fact, _ HardStop) (invoice.Receipt, error) {
			return s.Store.HardStop(ctx, invoice.HardStop{Fact: f})
		})
	tell(s, fact{
		path: "/disputes", id: "dispute-invoice", strict: true, optionalBody: true, summary: "The debtor objects",
		description: "Everything waits until it is resolved; with an amount only that part, and messages ask for the rest.",
	},
		func(ctx context.Context, f invoice.Fact, b Dispute) (invoice.Receipt, error) {
			amount, err := b.Amount.value("amount")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.Dispute(ctx, invoice.Dispute{Fact: f, Amount: amount})
		})
	tell(s, fact{
		path: "/dispute-resolution", id: "resolve-dispute", optionalBody: true, summary: "The dispute is resolved",
		description: "The claim stands, the debtor was right and gets a credit note with it, or the debtor took the objection back.",
	},
		func(ctx context.Context, f invoice.Fact, b Resolution) (invoice.Receipt, error) {
			credit, err := b.Credit.value("credit")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.Resolve(ctx, invoice.Resolution{Fact: f, How: b.How, Credit: credit})
		})
}

// OptOut stops one channel to one address.
type OptOut struct {
	Creditor string          `json:"creditor" minLength:"1" maxLength:"40"`
	Channel  invoice.Channel `json:"channel" enum:"email,sms,phone"`
	Address  string          `json:"address" minLength:"1" maxLength:"320" doc:"E-mail address, or phone number in E.164"`
	Key      string          `json:"key,omitempty" maxLength:"255" doc:"Your own reference; missing: the Idempotency-Key"`
	Lift     bool            `json:"lift,omitempty" doc:"The person wants messages again"`
}

// OptedOut is the answer to an opt-out.
type OptedOut struct {
	MessageInFlight bool `json:"message_in_flight,omitempty" doc:"A message claimed before may still arrive"`
}

func (s *server) registerOptOut() {
	type input struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		StrictAck      Strict `query:"strict_ack" doc:"Wait, up to 13 seconds, until no message to the address is in a provider's hands"`
		Body           OptOut
	}
	handle(s, operation{
		method: http.MethodPost, path: "/v1/opt-outs", id: "opt-out", tag: tagFacts,
		summary: "Stop one channel to one address", description: "For all invoices of the creditor. With lift the person wants messages again.",
	}, func(ctx context.Context, in *input) (*answer[OptedOut], error) {
		b := in.Body
		key, err := factKey(b.Key, in.IdempotencyKey)
		if err != nil {
			return nil, err
		}
		if err := s.Store.OptOut(ctx, invoice.OptOut{Creditor: b.Creditor, Channel: b.Channel, Address: b.Address, Key: key, Actor: actor(ctx), Lift: b.Lift}); err != nil {
			return nil, err
		}
		out := &answer[OptedOut]{}
		if in.StrictAck.wait() && !b.Lift {
			out.Body.MessageInFlight = s.stillInFlight(ctx, func() (bool, error) { return s.awaitAddress(ctx, b) })
		}
		return out, nil
	})
}

func (s *server) awaitAddress(ctx context.Context, b OptOut) (bool, error) {
	fence, ok := s.Store.(AddressFence)
	if !ok {
		return true, nil
	}
	return fence.AwaitAddressQuiet(ctx, b.Creditor, b.Channel, b.Address)
}
