package api

import (
	"context"
	"net/http"

	"dunlin/collection"
	"dunlin/invoice"
)

// TaskPage is one page of tasks.
type TaskPage struct {
	Items []collection.TaskView `json:"items"`
	Next  int64                 `json:"next,omitempty" doc:"Pass it as after to get the next page; missing: this was the last"`
}

// TaskOutcome finishes a task.
type TaskOutcome struct {
	Outcome string       `json:"outcome" minLength:"1" doc:"One of the codes of the task's kind, e.g. for phone: reached, promised, disputed, no_answer, voicemail, wrong_number, asked_not_to_call, refused"`
	Note    string       `json:"note,omitempty" maxLength:"2000"`
	Promise *Money       `json:"promise,omitempty" doc:"With outcome promised; missing: the whole balance"`
	By      invoice.Date `json:"by,omitzero" doc:"With outcome promised"`
}

type taskListing struct {
	Creditor string              `query:"creditor" doc:"Only this creditor's"`
	Kind     collection.TaskKind `query:"kind" enum:"phone,fix_contact,approval,decision,unconfirmed,handoff,alert,look,dispute,plan_broken,late_paid,refund"`
	State    string              `query:"state" enum:"open,claimed,done,closed" doc:"Missing: open and claimed"`
	After    int64               `query:"after" minimum:"0" doc:"The next of the page before"`
	Limit    int                 `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (s *server) registerTasks() {
	type claim struct {
		ID             int64  `path:"id" minimum:"1"`
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
	}
	type finish struct {
		ID             int64  `path:"id" minimum:"1"`
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           TaskOutcome
	}
	handle(s, operation{method: http.MethodGet, path: "/v1/tasks", id: "list-tasks", tag: tagTasks, summary: "List tasks"}, s.listTasks)
	handle(s, operation{
		method: http.MethodPost, path: "/v1/tasks/{id}/claim", id: "claim-task", tag: tagTasks, summary: "Take a task on",
		description: "The API key's name is who works on it.",
	},
		func(ctx context.Context, in *claim) (*answer[collection.TaskView], error) {
			t, err := s.Store.ClaimTask(ctx, in.ID, actor(ctx))
			return &answer[collection.TaskView]{t}, err
		})
	handle(s, operation{method: http.MethodPost, path: "/v1/tasks/{id}/outcome", id: "finish-task", tag: tagTasks, summary: "Finish a task with a coded outcome"},
		func(ctx context.Context, in *finish) (*answer[collection.TaskView], error) {
			promise, err := in.Body.Promise.value("promise")
			if err != nil {
				return nil, err
			}
			t, err := s.Store.FinishTask(ctx, invoice.TaskResult{
				Task: in.ID, Outcome: in.Body.Outcome, Note: in.Body.Note, Actor: actor(ctx), Promise: promise, By: in.Body.By,
			})
			return &answer[collection.TaskView]{t}, err
		})
}

func (s *server) listTasks(ctx context.Context, in *taskListing) (*answer[TaskPage], error) {
	items, err := s.Store.Tasks(ctx, collection.TaskFilter{Creditor: in.Creditor, Kind: in.Kind, State: in.State, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	page := TaskPage{Items: items}
	if items == nil {
		page.Items = []collection.TaskView{}
	}
	if len(items) >= in.Limit {
		page.Next = items[len(items)-1].ID
	}
	return &answer[TaskPage]{page}, nil
}
