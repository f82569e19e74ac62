package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"dunlin/invoice"
)

// Said is what every fact carries.
type Said struct {
	Key    string `json:"key,omitempty" maxLength:"255" doc:"Your own reference, e.g. a bank transaction id; missing: the Idempotency-Key. The same key again changes nothing"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"For people; stays in the case file"`
}

func (s Said) said() Said { return s }

type saying interface{ said() Said }

// telling is a request that tells a fact.
type telling[B saying] struct {
	Creditor       string `path:"creditor" maxLength:"40" doc:"Creditor id"`
	Number         string `path:"number" maxLength:"60" doc:"Invoice number, path-escaped"`
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
	Body           B
}

// strictTelling is a telling whose answer waits until no message is in a provider's hands.
type strictTelling[B saying] struct {
	Creditor       string `path:"creditor" maxLength:"40" doc:"Creditor id"`
	Number         string `path:"number" maxLength:"60" doc:"Invoice number, path-escaped"`
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
	StrictAck      Strict `query:"strict_ack" doc:"Wait, up to 13 seconds, until no message of the invoice is in a provider's hands; message_in_flight says that one still is"`
	Body           B
}

// fact describes a route that tells one.
type fact struct {
	path, id, summary, description string
	strict                         bool // the answer waits, unless strict_ack=false
	optionalBody                   bool
}

// tell registers the route of a fact with body B.
func tell[B saying](s *server, f fact, do func(context.Context, invoice.Fact, B) (invoice.Receipt, error)) {
	o := operation{
		method: http.MethodPost, path: invoicePath + f.path, id: f.id, tag: tagFacts, created: true,
		summary: f.summary, description: f.description, optionalBody: f.optionalBody,
	}
	if !f.strict {
		handle(s, o, func(ctx context.Context, in *telling[B]) (*receipt, error) {
			return s.tellNow(ctx, invoice.Key{Creditor: in.Creditor, Number: in.Number}, in.IdempotencyKey, in.Body, false, func(f invoice.Fact) (invoice.Receipt, error) {
				return do(ctx, f, in.Body)
			})
		})
		return
	}
	handle(s, o, func(ctx context.Context, in *strictTelling[B]) (*receipt, error) {
		return s.tellNow(ctx, invoice.Key{Creditor: in.Creditor, Number: in.Number}, in.IdempotencyKey, in.Body, in.StrictAck.wait(), func(f invoice.Fact) (invoice.Receipt, error) {
			return do(ctx, f, in.Body)
		})
	})
}

func (s *server) tellNow(ctx context.Context, k invoice.Key, header string, b saying, strict bool, do func(invoice.Fact) (invoice.Receipt, error)) (*receipt, error) {
	said := b.said()
	key, err := factKey(said.Key, header)
	if err != nil {
		return nil, err
	}
	r, err := do(invoice.Fact{Invoice: k, Key: key, Actor: actor(ctx), Reason: said.Reason})
	if err != nil {
		return nil, err
	}
	if strict {
		r.MessageInFlight = s.stillInFlight(ctx, func() (bool, error) { return s.Store.AwaitQuiet(ctx, k) })
	}
	return told(r), nil
}

// within puts the path of what holds it before the field that an error names.
func within(field string, err error) error {
	e, ok := errors.AsType[*invoice.Error](err)
	if !ok {
		return err
	}
	moved := *e
	moved.Field = field
	if e.Field != "" {
		moved.Field += "." + e.Field
	}
	return &moved
}

var _ huma.StatusError = (*Problem)(nil)
