package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// travelCmd moves the time of a running lab.
func travelCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "travel DURATION",
		Short:   "Move the time of the running lab forward, through everything that falls due on the way",
		Example: "  dunlin-lab travel 7d\n  dunlin-lab travel 2w\n  dunlin-lab travel 36h",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := parseSpan(args[0])
			if err != nil {
				return err
			}
			return travel(cmd.Context(), dir, d, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&dir, "data", dataDir, "folder with the data of the running lab")
	return cmd
}

// parseSpan reads weeks, days, hours and minutes: 2w, 7d, 36h, 1d12h.
func parseSpan(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no length of time: write 7d, 2w, 36h or 1d12h", s)
	var total time.Duration
	rest := s
	for _, u := range []struct {
		unit string
		is   time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		before, after, found := strings.Cut(rest, u.unit)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return 0, bad
		}
		total, rest = total+time.Duration(n)*u.is, after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, bad
		}
		total += d
	}
	if total <= 0 {
		return 0, bad
	}
	return total, nil
}

// whereCmd prints where a running lab is reached.
func whereCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:       "where [cases|mailbox|api|database|temporal]",
		Short:     "Print where the running lab is reached",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"cases", "mailbox", "api", "database", "temporal"},
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := running(dir)
			if err != nil {
				return err
			}
			places := []struct{ name, url string }{{"cases", a.Temporal}, {"mailbox", a.Mailbox}, {"api", a.API}, {"database", a.Database}, {"temporal", a.Server}}
			for _, p := range places {
				switch {
				case len(args) == 0:
					fmt.Fprintf(cmd.OutOrStdout(), "%-9s %s\n", p.name, p.url)
				case args[0] == p.name:
					fmt.Fprintln(cmd.OutOrStdout(), p.url)
					return nil
				}
			}
			if len(args) > 0 {
				return fmt.Errorf("%q is no part of the lab: cases, mailbox, api, database or temporal", args[0])
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "data", dataDir, "folder with the data of the running lab")
	return cmd
}
