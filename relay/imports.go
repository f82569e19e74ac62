package relay

import (
	"context"
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"dunlin/collection"
)

// ImportOutbox holds the bank files whose import has to be started, or looked after.
type ImportOutbox interface {
	// ClaimImports leases up to max files for 30 s.
	ClaimImports(ctx context.Context, max int) ([]collection.Import, error)
	// ImportStarted records that the workflow of this attempt runs.
	ImportStarted(ctx context.Context, i collection.Import) error
	// ImportFailed ends the lease. Only a refusal counts towards parking; reason is for people.
	ImportFailed(ctx context.Context, i collection.Import, reason string, refused bool) error
	// ListenFiles is Outbox.Listen for bank files.
	ListenFiles(ctx context.Context) (<-chan struct{}, error)
}

// importBatch is how many files are started at once: they are few, and each takes long.
const importBatch = 8

// Imports starts the imports of bank files until its context ends. Several may share a database.
type Imports struct {
	outbox   ImportOutbox
	temporal Temporal
	cfg      Config
	line     *line
}

// NewImports makes the relay of bank files.
func NewImports(outbox ImportOutbox, temporal Temporal, cfg Config) *Imports {
	cfg = cfg.WithDefaults()
	return &Imports{outbox: outbox, temporal: temporal, cfg: cfg, line: newLine(cfg)}
}

// Run starts imports until ctx is done. It returns nil: whatever goes wrong is waited out.
func (r *Imports) Run(ctx context.Context) error {
	bell := bell(ctx, r.outbox.ListenFiles, r.cfg.Poll)
	for ctx.Err() == nil {
		if !sleep(ctx, r.line.wait()) {
			return nil
		}
		batch := importBatch
		if r.line.down() {
			batch = 1
		}
		due, err := r.outbox.ClaimImports(ctx, batch)
		if err != nil && ctx.Err() == nil {
			r.cfg.Logger.Error("the relay cannot read its bank files", "error", err)
		}
		for _, i := range due {
			r.deliver(context.WithoutCancel(ctx), i)
		}
		if len(due) < batch {
			listen(ctx, bell, r.cfg.Poll)
		}
	}
	return nil
}

// deliver starts one import and tells the database how it went.
func (r *Imports) deliver(ctx context.Context, i collection.Import) {
	err := r.start(ctx, i)
	switch kindOf(err) {
	case done:
		r.line.works()
		err = r.outbox.ImportStarted(ctx, i)
	case unreachable:
		r.line.broken(err)
		err = r.outbox.ImportFailed(ctx, i, "Temporal cannot be reached: "+err.Error(), false)
	default:
		r.line.works()
		r.cfg.Logger.Error("Temporal refused the import of a bank file", "workflow", collection.ImportID(i), "error", err)
		err = r.outbox.ImportFailed(ctx, i, err.Error(), true)
	}
	if err != nil { // the lease ends by itself, and a second start changes nothing
		r.cfg.Logger.Error("the relay could not file a start", "workflow", collection.ImportID(i), "error", err)
	}
}

// start starts the workflow of an attempt. One that runs already is what was wanted. One that has ended
// although its file has not was ended by somebody: it goes on from what is on file.
func (r *Imports) start(ctx context.Context, i collection.Import) error {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.CallTimeout)
	defer cancel()
	_, err := r.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       collection.ImportID(i),
		TaskQueue:                                collection.QueueBank,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "bank file " + i.SHA256[:min(12, len(i.SHA256))],
	}, collection.ImportStatement, collection.ImportInput{Import: i})
	if _, already := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); already {
		return nil
	}
	return err
}
