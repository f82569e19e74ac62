package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dunlin/dev/temporal"
)

// partVariable makes this program one part of the measured system instead of the harness, so that the
// CPU of each can be told apart.
const partVariable = "DUNLIN_BENCH_PART"

var parts = map[string]func(context.Context) error{"temporal": temporalPart, "bare": barePart}

// temporalPart is the server: it says its address and lives until its standard input is closed.
func temporalPart(ctx context.Context) error {
	s, err := temporal.Start(ctx, temporal.Options{UIPort: temporal.NoUI, Lab: os.Getenv("LAB") != ""})
	if err != nil {
		return err
	}
	fmt.Println(s.FrontendAddress())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// The bare workflow: what a timer and an activity cost on this server when nothing else is done.
const (
	bareQueue    = "bare-cases"
	bareActivity = "bare-sends"
)

// bareInput says when the one act is due and when the case would end.
type bareInput struct {
	At  time.Time
	End time.Time
}

func bareWorkflow(ctx workflow.Context, in bareInput) error {
	if err := workflow.NewTimer(ctx, in.At.Sub(workflow.Now(ctx))).Get(ctx, nil); err != nil {
		return err
	}
	act := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{TaskQueue: bareActivity, StartToCloseTimeout: 30 * time.Second})
	if err := workflow.ExecuteActivity(act, "bare", in.At).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.NewTimer(ctx, in.End.Sub(workflow.Now(ctx))).Get(ctx, nil)
}

// barePart is a worker with the options of the product's: one for the cases, one for the sends. It
// says how many acts it has done whenever that changes.
func barePart(ctx context.Context) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS"), Logger: silent{}})
	if err != nil {
		return err
	}
	var done atomic.Int64
	worker.SetStickyWorkflowCacheSize(5000)
	cases := worker.New(c, bareQueue, worker.Options{MaxConcurrentWorkflowTaskPollers: 4, MaxConcurrentActivityTaskPollers: 4, MaxConcurrentActivityExecutionSize: 32})
	cases.RegisterWorkflowWithOptions(bareWorkflow, workflow.RegisterOptions{Name: "bare"})
	sends := worker.New(c, bareActivity, worker.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 64, TaskQueueActivitiesPerSecond: unlimited})
	sends.RegisterActivityWithOptions(func(context.Context, time.Time) error { done.Add(1); return nil }, activityNamed("bare"))
	for _, w := range []worker.Worker{cases, sends} {
		if err := w.Start(); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	go func() {
		for said := int64(0); ; time.Sleep(20 * time.Millisecond) {
			if n := done.Load(); n != said {
				fmt.Println(n)
				said = n
			}
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// self is this program.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
