package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"dunlin/collection"
	"dunlin/invoice"
)

// Books is what the verification needs of the database. Pages follow the case, never an offset.
type Books interface {
	// OpenCases lists the newest cycles of open invoices after a case, in order; an empty page is the end.
	OpenCases(ctx context.Context, after collection.Case, limit int) ([]collection.Standing, error)
	// ClosedCases lists the cycles closed since a moment of business time, in the same way.
	ClosedCases(ctx context.Context, since time.Time, after collection.Case, limit int) ([]collection.Standing, error)
	// Standing says what the database knows about a cycle now; an invoice.Error of CodeUnknown when nothing.
	Standing(ctx context.Context, c collection.Case) (collection.Standing, error)
	// Checks makes the checks that need PostgreSQL alone.
	Checks(ctx context.Context) ([]collection.Check, error)
	// Rewake unparks a case and marks it to be woken by look_again.
	Rewake(ctx context.Context, c collection.Case) error
	// UnparkFiles lets bank files that Temporal refused be tried again, and counts them.
	UnparkFiles(ctx context.Context) (int, error)
}

// VerifyConfig sets what a verification looks at.
type VerifyConfig struct {
	ClosedSince time.Time     // closed cases are compared from this moment of business time on; zero: all
	Repair      bool          // wake what is missing, and what runs on although it is closed
	Concurrency int           // cases described at once; defaults to 8
	Page        int           // rows read at once; defaults to 500
	CallTimeout time.Duration // longest single call to Temporal; defaults to 5 s
	Settle      time.Duration // pause before each of the five looks that a difference must outlast; defaults to 3 s
	Namespace   string        // Temporal namespace; the client's own when empty
	Logger      *slog.Logger  // defaults to slog.Default
}

// rounds is how often a difference is looked at again before it counts.
const rounds = 5

type verification struct {
	books    Books
	temporal Temporal
	cfg      VerifyConfig
	report   Report
	running  map[string]bool            // workflow IDs of open cases that Describe showed running
	suspects map[string]collection.Case // differences seen once, by workflow ID
}

// Verify makes every check there is: Prove's, and those of the database alone.
//
// The error is that of the database; when Temporal cannot be reached, the report says so and is not OK.
func Verify(ctx context.Context, books Books, temporal Temporal, cfg VerifyConfig) (Report, error) {
	report, err := compare(ctx, books, temporal, cfg)
	if err != nil {
		return report, err
	}
	if report.Checks, err = books.Checks(ctx); err != nil {
		return report, err
	}
	if cfg.Repair {
		if report.Restarted, err = books.UnparkFiles(ctx); err != nil {
			return report, err
		}
	}
	report.judge()
	return report, nil
}

// Prove compares PostgreSQL with Temporal, case by case: every open invoice has exactly one running
// workflow, and no other case runs. Temporal is asked about each case by its ID; its list of running
// workflows is eventually consistent and serves to find candidates alone. A difference counts only when
// it is still there after a moment, for both sides go on working meanwhile.
func Prove(ctx context.Context, books Books, temporal Temporal, cfg VerifyConfig) ([]collection.Check, error) {
	report, err := compare(ctx, books, temporal, cfg)
	return report.CaseChecks(), err
}

func compare(ctx context.Context, b Books, temporal Temporal, cfg VerifyConfig) (Report, error) {
	cfg.Concurrency = or(cfg.Concurrency, 8)
	cfg.Page = or(cfg.Page, 500)
	cfg.CallTimeout = or(cfg.CallTimeout, 5*time.Second)
	cfg.Settle = or(cfg.Settle, 3*time.Second)
	cfg.Logger = or(cfg.Logger, slog.Default())
	v := &verification{
		books: b, temporal: temporal, cfg: cfg, running: map[string]bool{}, suspects: map[string]collection.Case{},
		report: Report{Missing: []CaseProblem{}, Orphans: []CaseProblem{}},
	}
	for _, step := range []func(context.Context) error{v.openCases, v.closedCases, v.candidates, v.confirm, v.repair} {
		if err := step(ctx); err != nil {
			if kindOf(err) == database || ctx.Err() != nil {
				return v.report, err
			}
			v.report.Unchecked = "Temporal does not answer: " + err.Error()
			break
		}
	}
	v.report.judge()
	return v.report, nil
}

func (v *verification) openCases(ctx context.Context) error {
	return v.pages(ctx, v.books.OpenCases, func(s collection.Standing, running bool) {
		id := collection.WorkflowID(s.Key, s.Cycle)
		v.report.OpenChecked++
		if running {
			v.running[id] = true
			return
		}
		v.suspects[id] = s.Case
	})
}

func (v *verification) closedCases(ctx context.Context) error {
	closed := func(ctx context.Context, after collection.Case, limit int) ([]collection.Standing, error) {
		return v.books.ClosedCases(ctx, v.cfg.ClosedSince, after, limit)
	}
	return v.pages(ctx, closed, func(s collection.Standing, running bool) {
		v.report.ClosedChecked++
		if running {
			v.suspects[collection.WorkflowID(s.Key, s.Cycle)] = s.Case
		}
	})
}

// pages describes every case of a list, several at once, and tells the result in the order of the list.
func (v *verification) pages(ctx context.Context, page func(context.Context, collection.Case, int) ([]collection.Standing, error),
	tell func(s collection.Standing, running bool),
) error {
	var after collection.Case
	for {
		cases, err := page(ctx, after, v.cfg.Page)
		if err != nil {
			return books(err)
		}
		if len(cases) == 0 {
			return nil
		}
		running := make([]bool, len(cases))
		err = each(v.cfg.Concurrency, len(cases), func(i int) (err error) {
			running[i], err = describe(ctx, v.temporal, cases[i].Case, v.cfg.CallTimeout)
			return err
		})
		if err != nil {
			return err
		}
		for i, s := range cases {
			tell(s, running[i])
		}
		after = cases[len(cases)-1].Case
	}
}

// candidates reads the list of running cases for such as no open invoice explains.
func (v *verification) candidates(ctx context.Context) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: v.cfg.Namespace,
		PageSize:  int32(v.cfg.Page),
		Query:     "WorkflowType = '" + collection.CollectInvoice + "' AND ExecutionStatus = 'Running'",
	}
	for {
		callCtx, cancel := context.WithTimeout(ctx, v.cfg.CallTimeout)
		answer, err := v.temporal.ListWorkflow(callCtx, request)
		cancel()
		if err != nil {
			return err
		}
		for _, e := range answer.GetExecutions() {
			id := e.GetExecution().GetWorkflowId()
			c, ok := collection.ParseWorkflowID(id)
			if !ok || v.running[id] {
				continue
			}
			v.report.Candidates++
			v.suspects[id] = c
		}
		if request.NextPageToken = answer.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

// confirm asks both sides again about every difference, until it is gone or has lasted through all rounds:
// a case that was closed a moment ago needs a workflow task to end, and a killed worker's task comes back
// after ten seconds.
func (v *verification) confirm(ctx context.Context) error {
	for round := 0; round < rounds && len(v.suspects) > 0; round++ {
		if !sleep(ctx, v.cfg.Settle) {
			return ctx.Err()
		}
		v.report.Missing, v.report.Orphans = []CaseProblem{}, []CaseProblem{}
		for _, id := range sortedKeys(v.suspects) {
			if err := v.askAgain(ctx, id, v.suspects[id]); err != nil {
				return err
			}
		}
	}
	v.report.Running = len(v.running)
	return nil
}

func (v *verification) askAgain(ctx context.Context, id string, c collection.Case) error {
	standing, err := v.books.Standing(ctx, c)
	if err != nil && invoice.CodeOf(err) != invoice.CodeUnknown {
		return books(err)
	}
	known := err == nil
	running, err := describe(ctx, v.temporal, c, v.cfg.CallTimeout)
	if err != nil {
		return err
	}
	problem := CaseProblem{Workflow: id, Case: c}
	switch {
	case !running && !standing.Open: // ended meanwhile
	case running && standing.Open: // started meanwhile
		v.running[id] = true
	case standing.WakeSeq > 0 && standing.Parked == "":
		v.report.OnTheirWay++
	case running:
		problem.Reason = "it runs, although the case is closed"
		if !known {
			problem.Reason = "it runs, and the database knows no such case"
		}
		v.report.Orphans = append(v.report.Orphans, problem)
		return nil
	default:
		problem.Reason = whyMissing(standing)
		v.report.Missing = append(v.report.Missing, problem)
		return nil
	}
	delete(v.suspects, id)
	return nil
}

func whyMissing(s collection.Standing) string {
	switch {
	case s.Parked != "":
		return "its wake is parked: " + s.Parked
	case s.Started:
		return "its workflow was started and is gone"
	}
	return "its workflow was never started, and nothing is on its way to start it"
}

// repair marks what is missing or runs for nothing to be woken; the relay does the rest.
func (v *verification) repair(ctx context.Context) error {
	if !v.cfg.Repair {
		return nil
	}
	for _, list := range [][]CaseProblem{v.report.Missing, v.report.Orphans} {
		for _, p := range list {
			err := v.books.Rewake(ctx, p.Case)
			if code := invoice.CodeOf(err); code == invoice.CodeUnknown || code == invoice.CodeState {
				v.cfg.Logger.Error("a case cannot be repaired", "workflow", p.Workflow, "error", err)
				continue
			}
			if err != nil {
				return books(fmt.Errorf("%s: %w", p.Workflow, err))
			}
			v.report.Repaired++
		}
	}
	return nil
}

// describe says whether the newest run of a case is running.
func describe(ctx context.Context, temporal Temporal, c collection.Case, timeout time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := temporal.DescribeWorkflowExecution(ctx, collection.WorkflowID(c.Key, c.Cycle), "")
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	status := answer.GetWorkflowExecutionInfo().GetStatus()
	return status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING || status == enums.WORKFLOW_EXECUTION_STATUS_PAUSED, nil
}
