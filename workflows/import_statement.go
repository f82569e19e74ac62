package workflows

import (
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/invoice"
)

// ImportStatement takes one bank file in. Phase one reads all of it into staging and accepts or refuses it
// whole; phase two books what was accepted, page by page. All that counts is in the database: a run that
// is killed, repeated or continued goes on from there. A refused file is a good end, too.
func ImportStatement(ctx workflow.Context, in collection.ImportInput) error {
	i := &importer{in: in}
	return i.run(ctx)
}

// importer is one attempt to take a file in.
type importer struct {
	in collection.ImportInput
}

// run is the whole story: read, judge, book.
func (i *importer) run(ctx workflow.Context) error {
	if i.in.Page == (collection.Page{}) {
		accepted, err := i.phaseOne(ctx)
		if err != nil || !accepted {
			return err
		}
	}
	for !i.in.Page.Done {
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, collection.ImportStatement, i.in)
		}
		ask := collection.PageRequest{Import: i.in.Import, Cursor: i.in.Page.Cursor}
		booked := importAct(ctx, collection.BookPage, "book payments from "+thousands(i.in.Page.Booked+1)+" on")
		if err := workflow.ExecuteActivity(booked, collection.BookPage, ask).Get(ctx, &i.in.Page); err != nil {
			return err
		}
		tellProgress(ctx, i.in.Page)
	}
	return nil
}

// phaseOne says whether the file was accepted and has something to book.
func (i *importer) phaseOne(ctx workflow.Context) (bool, error) {
	workflow.SetCurrentDetails(ctx, "reads the file")
	var at collection.FileStanding
	read := importAct(ctx, collection.ParseFile, "read the file into staging")
	if err := workflow.ExecuteActivity(read, collection.ParseFile, i.in.Import).Get(ctx, &at); err != nil {
		return false, err
	}
	if at.State == collection.FileParsing {
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("checks arithmetic, signs and repetitions of %s in %s", countOf(at.Entries, "entry", "entries"), countOf(at.Statements, "statement", "statements")))
		judge := importAct(ctx, collection.AcceptFile, "accept the file, or refuse it whole")
		if err := workflow.ExecuteActivity(judge, collection.AcceptFile, i.in.Import).Get(ctx, &at); err != nil {
			return false, err
		}
	}
	switch at.State {
	case collection.FileRefused:
		workflow.SetCurrentDetails(ctx, "refused: dunlin bank files says why")
		return false, nil
	case collection.FileDone:
		workflow.SetCurrentDetails(ctx, "all of it was booked before")
		return false, nil
	}
	i.in.Page.Total = at.Bookable
	workflow.SetCurrentDetails(ctx, "books "+countOf(at.Bookable, "payment", "payments"))
	return true, nil
}

// tellProgress shows how far phase two is.
func tellProgress(ctx workflow.Context, p collection.Page) {
	if p.Done {
		workflow.SetCurrentDetails(ctx, "done: "+countOf(p.Booked, "payment", "payments")+" booked")
		return
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("booked %s of %s", thousands(p.Booked), countOf(p.Total, "payment", "payments")))
}

// importAct sets up an act of the import. It is retried for ever: a file is not lost because a database
// was away. The heartbeat notices a worker that is gone.
func importAct(ctx workflow.Context, name, summary string) workflow.Context {
	longest := 6 * time.Hour
	if name == collection.BookPage {
		longest = 30 * time.Minute
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           collection.QueueBank,
		StartToCloseTimeout: longest,
		HeartbeatTimeout:    time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:             short(summary),
	})
}

// countOf writes a number of things: "1 entry", "2,500 entries".
func countOf(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + several
}

// thousands writes a number with commas: "2,500".
func thousands(n int) string { return invoice.Grouped(strconv.Itoa(n)) }
