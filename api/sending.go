package api

import (
	"context"
	"net/http"
	"strings"

	"dunlin/collection"
)

// StopSwitch stops sending.
type StopSwitch struct {
	Scope  string `json:"scope" pattern:"^(all|creditor:[a-z0-9][a-z0-9-]*|channel:(email|sms))$" patternDescription:"all, creditor:<id>, channel:email or channel:sms" example:"creditor:acme"`
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"For people"`
}

// Resumption lets sending go on.
type Resumption struct {
	Scope string `json:"scope" pattern:"^(all|creditor:[a-z0-9][a-z0-9-]*|channel:(email|sms))$" patternDescription:"all, creditor:<id>, channel:email or channel:sms" example:"creditor:acme"`
}

// SendingState lists the stops in force.
type SendingState struct {
	Stopped []collection.Switch `json:"stopped"`
}

func (s *server) registerSending() {
	type stop struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           StopSwitch
	}
	type resume struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           Resumption
	}
	handle(s, operation{method: http.MethodGet, path: "/v1/sending", id: "get-sending", tag: tagSending, summary: "What is stopped"},
		func(ctx context.Context, _ *struct{}) (*answer[SendingState], error) { return s.sending(ctx) })
	handle(s, operation{
		method: http.MethodPost, path: "/v1/sending/stop", id: "stop-sending", tag: tagSending, summary: "Stop sending",
		description: "Nothing is lost: what falls due meanwhile drips out afterwards, by each step's late rule.",
	},
		func(ctx context.Context, in *stop) (*answer[SendingState], error) {
			if id, one := strings.CutPrefix(in.Body.Scope, "creditor:"); one { // stopping nobody must not look like a stop
				if _, err := s.Store.Creditor(ctx, id); err != nil {
					return nil, err
				}
			}
			if err := s.Store.StopSending(ctx, collection.Switch{Scope: in.Body.Scope, Reason: in.Body.Reason, Actor: actor(ctx)}); err != nil {
				return nil, err
			}
			return s.sending(ctx)
		})
	handle(s, operation{method: http.MethodPost, path: "/v1/sending/resume", id: "resume-sending", tag: tagSending, summary: "Let sending go on"},
		func(ctx context.Context, in *resume) (*answer[SendingState], error) {
			if err := s.Store.ResumeSending(ctx, in.Body.Scope, actor(ctx)); err != nil {
				return nil, err
			}
			return s.sending(ctx)
		})
}

func (s *server) sending(ctx context.Context) (*answer[SendingState], error) {
	stopped, err := s.Store.Switches(ctx)
	if err != nil {
		return nil, err
	}
	if stopped == nil {
		stopped = []collection.Switch{}
	}
	return &answer[SendingState]{SendingState{Stopped: stopped}}, nil
}
