package audit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Witness is what Temporal says.
type Witness interface {
	// Running describes one workflow; false also when there is none.
	Running(ctx context.Context, workflowID string) (bool, error)
	// Candidates lists workflows that may be running cases.
	Candidates(ctx context.Context) ([]string, error)
}

// workflowID is how a case is called in Temporal.
func workflowID(i Invoice, cycle int) string {
	return "collect/" + i.Creditor + "/" + url.PathEscape(i.Number) + "/" + strconv.Itoa(cycle)
}

// CasesFit compares invoices and workflows both ways by Describe (I8). It returns how many workflows it
// described, which must not be none.
func CasesFit(ctx context.Context, b *Books, w Witness) (withoutCase, withoutOpen []Finding, described int, err error) {
	var missing, orphans findings
	may, asked := map[string]bool{}, map[string]bool{}
	invoices := b.invoices()
	running := func(id string) (bool, error) {
		described++
		asked[id] = true
		return w.Running(ctx, id)
	}
	for _, i := range b.Invoices {
		if !i.Open() {
			continue
		}
		id := workflowID(i, i.Cycle)
		may[id] = true
		switch is, err := running(id); {
		case err != nil:
			return nil, nil, described, err
		case !is:
			missing.add("I8", "%s is %s and its workflow %s does not run", i.Key(), i.Status, id)
		}
	}
	for _, c := range b.Cases {
		id := workflowID(invoices[c.Invoice], c.Cycle)
		if may[id] {
			continue
		}
		switch is, err := running(id); {
		case err != nil:
			return nil, nil, described, err
		case is:
			orphans.add("I8", "%s runs, and its invoice is not open", id)
		}
	}
	candidates, err := w.Candidates(ctx)
	if err != nil {
		return nil, nil, described, err
	}
	for _, id := range candidates {
		if may[id] || asked[id] {
			continue
		}
		switch is, err := running(id); {
		case err != nil:
			return nil, nil, described, err
		case is:
			orphans.add("I8", "%s runs, and no invoice is behind it", id)
		}
	}
	if described == 0 {
		missing.add("I8", "nothing was described, so nothing is proved")
	}
	return missing, orphans, described, nil
}

// Temporal is the real witness.
type Temporal struct {
	Client    client.Client
	Namespace string
}

// Running describes one workflow.
func (t Temporal) Running(ctx context.Context, id string) (bool, error) {
	d, err := t.Client.DescribeWorkflowExecution(ctx, id, "")
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("describing %s: %w", id, err)
	}
	return d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// Candidates lists what visibility believes to be running; Describe has the last word.
func (t Temporal) Candidates(ctx context.Context) ([]string, error) {
	var ids []string
	var next []byte
	for {
		page, err := t.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: t.Namespace, PageSize: 500, NextPageToken: next, Query: `WorkflowType = 'CollectInvoice' AND ExecutionStatus = 'Running'`,
		})
		if err != nil {
			return nil, fmt.Errorf("listing the running cases: %w", err)
		}
		for _, e := range page.GetExecutions() {
			ids = append(ids, e.GetExecution().GetWorkflowId())
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return ids, nil
		}
	}
}
