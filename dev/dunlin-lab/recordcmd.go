package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"dunlin/dev/demo"
	"dunlin/dev/lab"
)

// scenarios are the lives of the demo that are worth keeping as histories, by what is special about them.
var scenarios = []struct{ name, workflow string }{
	{"paid-before-any-reminder", "collect/lotus/LT-3001/1"},
	{"paid-after-first-reminder", "collect/nordlicht/NL-1003/1"},
	{"part-payment-then-rest", "collect/nordlicht/NL-1004/1"},
	{"written-off", "collect/nordlicht/NL-1006/1"},
	{"returned-first-cycle", "collect/nordlicht/NL-1008/1"},
	{"returned-second-cycle-lawyer", "collect/nordlicht/NL-1008/2"},
	{"due-date-moved", "collect/nordlicht/NL-1013/1"},
	{"hold-and-release", "collect/nordlicht/NL-1015/1"},
	{"promise-broken-agency-recalled", "collect/nordlicht/NL-1017/1"},
	{"dispute-resolved", "collect/nordlicht/NL-1018/1"},
	{"approval-lawyer", "collect/nordlicht/NL-1019/1"},
	{"hard-stop-cancelled", "collect/nordlicht/NL-1020/1"},
	{"bounced-address", "collect/nordlicht/NL-1021/1"},
	{"zone-missing", "collect/nordlicht/NL-1024/1"},
	{"no-email-address", "collect/nordlicht/NL-1026/1"},
	{"crossed-payment", "collect/nordlicht/NL-1031/1"},
	{"covered-by-sibling", "collect/nordlicht/NL-1030/1"},
	{"lost-answer-looked-up", "collect/harbor/HB-2002/1"},
	{"not-taken-sent-again", "collect/harbor/HB-2004/1"},
	{"worker-killed", "collect/lotus/LT-3011/1"},
	{"order-expired", "collect/harbor/HB-W501/1"},
	{"order-paid", "collect/harbor/HB-W502/1"},
}

// recordCmd plays the demo and keeps the histories of its cases for the replay test.
func recordCmd() *cobra.Command {
	var dir, release, only string
	o := demo.Options{Out: os.Stdout}
	cmd := &cobra.Command{
		Use:   "record --release NAME",
		Short: "Play the demo on released code and keep histories for the replay test",
		Long: "Plays the demo and writes the histories of chosen cases and imports of bank files, from the real server, into\n" +
			"the folder of the replay test, each with its line in MANIFEST. Record with released code, before a change. A history that is there is\n" +
			"never written again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Lab.NoUI = true
			o.After = func(ctx context.Context, l *lab.Lab) error { return record(ctx, l, dir, release, only) }
			return demo.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&release, "release", "", "begins the files' names, e.g. v0.1")
	cmd.Flags().StringVar(&dir, "out", filepath.Join("workflows", "testdata", "histories"), "folder of the replay test")
	cmd.Flags().StringVar(&only, "only", "", "record only scenarios whose name holds this")
	cmd.Flags().StringVar(&o.Examples, "examples", "", "folder with portfolio.csv and creditors.json")
	_ = cmd.MarkFlagRequired("release") // the flag exists
	return cmd
}

func record(ctx context.Context, l *lab.Lab, dir, release, only string) error {
	manifest := filepath.Join(dir, "MANIFEST")
	listed, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	k := keeper{l: l, dir: dir, release: release, listed: string(listed)}
	for _, c := range scenarios {
		if strings.Contains(c.name, only) {
			if err := k.keep(ctx, c.name, func(context.Context, *lab.Lab) (string, error) { return c.workflow, nil }); err != nil {
				return err
			}
		}
	}
	for _, i := range imports {
		if strings.Contains(i.name, only) {
			if err := k.keep(ctx, i.name, i.find); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%d histories recorded in %s\n", k.written, dir)
	return os.WriteFile(manifest, []byte(k.listed), 0o644)
}

// keeper writes histories into the folder of the replay test.
type keeper struct {
	l            *lab.Lab
	dir, release string
	listed       string // the manifest
	written      int
}

// keep writes the history of the workflow that find names, unless it is there.
func (k *keeper) keep(ctx context.Context, name string, find func(context.Context, *lab.Lab) (string, error)) error {
	file := k.release + "-" + name + ".json"
	if _, err := os.Stat(filepath.Join(k.dir, file)); err == nil {
		fmt.Printf("%s is there already and stays as it is\n", file)
		return nil
	}
	workflow, err := find(ctx, k.l)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text, err := history(ctx, k.l.Client, workflow)
	if err != nil {
		return fmt.Errorf("%s: %w", workflow, err)
	}
	if err := writeNew(filepath.Join(k.dir, file), text); err != nil {
		return err
	}
	if !strings.Contains(k.listed, file) {
		k.listed += file + "\n"
	}
	k.written++
	return nil
}

// writeNew writes a file that must not be there.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// history reads a workflow's history as JSON.
func history(ctx context.Context, c client.Client, id string) ([]byte, error) {
	var h historypb.History
	events := c.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		h.Events = append(h.Events, e)
	}
	text, err := protojson.Marshal(&h)
	return append(text, '\n'), err
}
