package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

// tasksCmd is a collector's call list and whatever else needs a person.
func (a *app) tasksCmd() *cobra.Command {
	c := family("tasks", "List, claim and finish what needs a person", a.tasksList(), a.tasksClaim(), a.tasksFinish())
	c.Example = "  dunlin tasks list --kind phone\n  dunlin tasks claim 17\n  dunlin tasks finish 17 promised --promise \"119.00 EUR\" --by 2026-05-20"
	return c
}

func (a *app) tasksList() *cobra.Command {
	var f collection.TaskFilter
	var kind string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List tasks; by default those open or claimed",
		Long:    "List tasks; by default those open or claimed. With --json: one JSON document per line.",
		Example: "  dunlin tasks list --creditor acme --kind phone",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&f.Creditor, "creditor", "", "of this creditor only")
	cmd.Flags().StringVar(&kind, "kind", "", "one of "+strings.Join(taskKinds(), ", "))
	cmd.Flags().StringVar(&f.State, "state", "", "open, claimed, done or closed; default open and claimed")
	cmd.Flags().Int64Var(&f.After, "after", 0, "go on after this task")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most this many")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		f.Kind = collection.TaskKind(kind)
		if _, known := collection.TaskOutcomes[f.Kind]; kind != "" && !known {
			return invoice.Invalid("kind", "%q is not a kind of task", kind)
		}
		if err := oneOf("state", f.State, []string{"open", "claimed", "done", "closed"}); err != nil {
			return err
		}
		tasks, err := b.Tasks(ctx, f)
		if err != nil {
			return err
		}
		return a.taskList(tasks)
	})
	return cmd
}

func (a *app) taskList(tasks []collection.TaskView) error {
	if a.json {
		for _, t := range tasks {
			if err := a.stream(t); err != nil {
				return err
			}
		}
		return nil
	}
	if len(tasks) == 0 {
		a.say("No tasks.")
		return nil
	}
	t := newTable(">ID", "KIND", "ABOUT", "DEBTOR", "PHONE", "DUE (UTC)", "STATE", "WHAT TO DO")
	for _, v := range tasks {
		about := v.Creditor + "/" + v.Number
		if v.Number == "" {
			about = v.Creditor + " debtor " + v.DebtorID
		}
		t.add(strconv.FormatInt(v.ID, 10), plain(v.Kind), about, v.Debtor, v.Phone, moment(v.DueAt, ""), taskState(v), v.Text)
	}
	t.print(a.out, "")
	return nil
}

func taskState(v collection.TaskView) string {
	s := plain(v.State)
	if v.ClaimedBy != "" {
		s += " by " + v.ClaimedBy
	}
	if v.Outcome != "" {
		s += ": " + plain(v.Outcome)
	}
	if v.Escalated && v.Outcome == "" {
		s += ", escalated"
	}
	return s
}

func (a *app) tasksClaim() *cobra.Command {
	return &cobra.Command{
		Use:     "claim ID",
		Short:   "Take a task, so that nobody else does",
		Example: "  dunlin tasks claim 17",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			id, err := taskID(args[0])
			if err != nil {
				return err
			}
			v, err := b.ClaimTask(ctx, id, a.actor)
			if err != nil {
				return err
			}
			return a.taskDone(v)
		}),
	}
}

func (a *app) tasksFinish() *cobra.Command {
	r := invoice.TaskResult{}
	var promise, by string
	cmd := &cobra.Command{
		Use:     "finish ID OUTCOME",
		Short:   "Finish a task with its outcome",
		Long:    "Finish a task with its outcome:\n" + outcomeHelp(),
		Example: "  dunlin tasks finish 17 no_answer\n  dunlin tasks finish 17 promised --promise \"119.00 EUR\" --by 2026-05-20",
		Args:    cobra.ExactArgs(2),
	}
	cmd.Flags().StringVar(&r.Note, "note", "", "a few words for the case file")
	cmd.Flags().StringVar(&promise, "promise", "", "with promised: the amount, e.g. \"119.00 EUR\"; default the whole balance")
	cmd.Flags().StringVar(&by, "by", "", "with promised: the day, YYYY-MM-DD")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) (err error) {
		if r.Task, err = taskID(args[0]); err != nil {
			return err
		}
		r.Outcome, r.Actor = args[1], a.actor
		if err := promised(&r, promise, by); err != nil {
			return err
		}
		v, err := b.FinishTask(ctx, r)
		if err != nil {
			return err
		}
		return a.taskDone(v)
	})
	return cmd
}

func promised(r *invoice.TaskResult, promise, by string) (err error) {
	if r.Outcome != "promised" {
		if promise+by != "" {
			return invoice.Invalid("by", "and --promise belong to the outcome promised only")
		}
		return nil
	}
	if by == "" {
		return invoice.Invalid("by", "is missing").WithHint("by which day was it promised? --by YYYY-MM-DD")
	}
	if r.By, err = parseDay("by", by); err == nil && promise != "" {
		r.Promise, err = positive([]string{promise})
	}
	return err
}

func (a *app) taskDone(v collection.TaskView) error {
	if a.json {
		return a.show(v)
	}
	a.say("Task %d (%s) is %s.", v.ID, plain(v.Kind), taskState(v))
	a.say("%s", v.Text)
	return nil
}

func taskID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, invoice.Invalid("task", "%q is not the number of a task", s).WithHint("dunlin tasks list shows them")
	}
	return id, nil
}

func outcomeHelp() string {
	t := newTable()
	for _, k := range taskKinds() {
		t.add(k, strings.Join(collection.TaskOutcomes[collection.TaskKind(k)], ", "))
	}
	var b strings.Builder
	t.print(&b, "  ")
	return fmt.Sprint(strings.TrimRight(b.String(), "\n"))
}

// taskKinds are the kinds of task in the order of their names.
func taskKinds() []string {
	var kinds []string
	for k := range collection.TaskOutcomes {
		kinds = append(kinds, string(k))
	}
	slices.Sort(kinds)
	return kinds
}
