package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/workflows"
)

// workers are those of one process: the cases with the acts that stay in the database, the bank files, and
// one per way of sending, each no faster than its provider allows. The rate is the task queue's: it holds over all
// processes, and is the drip after an outage, too.
type workers []worker.Worker

// Acts at once. An act in the database holds a connection all the time, a send only before and after the
// provider has it; with far more acts than connections, claims would expire while they wait for one.
const (
	casesAtOnce = 32
	sendsAtOnce = 64
	filesAtOnce = 2
)

func newWorkers(c client.Client, cfg config, acts *activities.Activities, imports *activities.Imports, fail context.CancelCauseFunc) workers {
	worker.SetStickyWorkflowCacheSize(cfg.StickyCache)
	base := worker.Options{
		WorkerStopTimeout: cfg.StopTimeout,
		OnFatalError:      func(err error) { fail(fmt.Errorf("a worker gave up: %w", err)) },
	}
	if cfg.BuildID != "" {
		base.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: cfg.Deployment, BuildID: cfg.BuildID},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
	}
	cases := base
	cases.MaxConcurrentWorkflowTaskPollers = 4
	cases.MaxConcurrentActivityTaskPollers = 4
	cases.MaxConcurrentActivityExecutionSize = casesAtOnce
	all := workers{worker.New(c, collection.QueueCases, cases)}
	workflows.Register(all[0])
	for queue, perSecond := range map[string]float64{collection.QueueEmail: cfg.EmailPerSecond, collection.QueueSMS: cfg.SMSPerSecond} {
		sending := base
		sending.DisableWorkflowWorker = true
		sending.TaskQueueActivitiesPerSecond = headroom * perSecond
		sending.MaxConcurrentActivityExecutionSize = sendsAtOnce
		all = append(all, worker.New(c, queue, sending))
	}
	for _, w := range all {
		activities.Register(w, acts)
	}
	return append(all, bankWorker(c, base, imports))
}

// bankWorker takes bank files in: few at once, for each keeps the database busy.
func bankWorker(c client.Client, base worker.Options, imports *activities.Imports) worker.Worker {
	base.MaxConcurrentActivityExecutionSize = filesAtOnce
	w := worker.New(c, collection.QueueBank, base)
	workflows.Register(w)
	activities.RegisterImports(w, imports)
	return w
}

func (all workers) start() error {
	for i, w := range all {
		if err := w.Start(); err != nil {
			all[:i].stop()
			if _, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
				return fmt.Errorf("%w (dunlin migrate creates it; TEMPORAL_NAMESPACE names it)", err)
			}
			return fmt.Errorf("a worker cannot start: %w", err)
		}
	}
	return nil
}

// stop waits for the acts under way, all workers at once.
func (all workers) stop() {
	var stopped sync.WaitGroup
	for _, w := range all {
		stopped.Go(w.Stop)
	}
	stopped.Wait()
}
