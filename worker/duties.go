package main

import (
	"context"
	"time"

	"dunlin/relay"
)

// closedFor is how far back the regular comparison looks at closed cases; `dunlin verify` looks at all.
const closedFor = 24 * time.Hour

// verify compares the cases with Temporal. What it finds is logged and measured, and put right by
// `dunlin verify --repair` alone: a worker that was given the wrong namespace must not start them all there.
func (d duty) verify(ctx context.Context) {
	now, err := d.books.Now(ctx)
	if err != nil {
		d.log.Error("the regular verification could not read the database", "error", err)
		return
	}
	report, err := relay.Verify(ctx, d.books, d.temporal, relay.VerifyConfig{ClosedSince: now.Add(-closedFor), Namespace: d.namespace, Logger: d.log})
	if err != nil {
		if ctx.Err() == nil {
			d.log.Error("the regular verification could not read the database", "error", err)
		}
		return
	}
	d.meters.verified(report)
	// An empty database is no fault for a worker, though it proves nothing to whoever asks.
	if report.OK || (report.OpenChecked+report.ClosedChecked == 0 && report.Unchecked == "") {
		d.log.Info("verified", "open", report.OpenChecked, "running", report.Running, "closed", report.ClosedChecked)
		return
	}
	d.log.Error("the verification found something: run dunlin verify", "missing", len(report.Missing), "orphans", len(report.Orphans),
		"unchecked", report.Unchecked, "report", report.Text())
}

// checkpoint seals the event chains as they stand.
func (d duty) checkpoint(ctx context.Context) {
	if err := d.books.Checkpoint(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("the event chains could not be sealed", "error", err)
	}
}
