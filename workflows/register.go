package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
)

// Register makes the workflows known to a worker. Where worker deployments are versioned, a case moves
// to the newest version by itself; see versions.go for what that asks of a change.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(CollectInvoice, workflow.RegisterOptions{
		Name:               collection.CollectInvoice,
		VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
	r.RegisterWorkflowWithOptions(ImportStatement, workflow.RegisterOptions{
		Name:               collection.ImportStatement,
		VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
}
