// Command dunlin-lab runs Dunlin with everything it needs on this machine: as a demo that ends with an
// audit, or as a lab to work with, whose time can be moved.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"dunlin/dev/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "dunlin-lab:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dunlin-lab",
		Short: "Dunlin on embedded parts: PostgreSQL, Temporal with its UI, a sandbox for e-mail and SMS",
		Long: "Dunlin on embedded parts: a private PostgreSQL, a Temporal server with its web UI, and a sandbox that stands\n" +
			"in for SendGrid and Twilio. Nothing leaves this machine, and no process stays behind.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.AddCommand(demoCmd(), devCmd(), travelCmd(), whereCmd(), recordCmd(), rehearseCmd())
	return cmd
}

// demoCmd plays the story.
func demoCmd() *cobra.Command {
	o := demo.Options{Out: os.Stdout}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Five months of collecting a sample portfolio, in under three minutes, with an audit at the end",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Lab.NoUI = !o.Stay
			return demo.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.JSON, "json", "", "write the audit's figures to this file")
	cmd.Flags().StringVar(&o.Examples, "examples", "", "folder with portfolio.csv and creditors.json")
	cmd.Flags().DurationVar(&o.Begin, "begin", 0, "let the story begin so much later than now, e.g. 720h, to see it on other weekdays and holidays")
	cmd.Flags().BoolVar(&o.Stay, "stay", false, "stay up at the end, so that one can look around, until Ctrl-C")
	return cmd
}
