package api

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Strict is the parameter strict_ack: true unless it is sent as false. Huma's own default would turn
// a false that was sent into true again, wherever there is a body.
type Strict struct {
	Value bool
	sent  bool
}

// Schema describes the parameter.
func (Strict) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeBoolean, Default: true}
}

// Receiver tells Huma where the value goes.
func (a *Strict) Receiver() reflect.Value { return reflect.ValueOf(a).Elem().Field(0) }

// OnParamSet notes that the parameter was sent.
func (a *Strict) OnParamSet(sent bool, _ any) { a.sent = sent }

func (a Strict) wait() bool { return a.Value || !a.sent }

// stillInFlight waits for quiet. The fact is on file by now, so trouble with waiting is no refusal: it
// only means that a message may still arrive.
func (s *server) stillInFlight(ctx context.Context, wait func() (bool, error)) bool {
	inFlight, err := wait()
	if err != nil {
		s.log.WarnContext(ctx, "api: waiting for messages in flight", "error", err)
		return true
	}
	return inFlight
}
