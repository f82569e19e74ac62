// Command dunlin is Dunlin's command line: it issues invoices for collection, tells facts about
// them, shows what comes and why, and serves the HTTP API.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // debtors' zones are known in an image without tzdata, too
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program with its edges passed in; it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(wire(), stdin, stdout, stderr).run(ctx, args)
}
