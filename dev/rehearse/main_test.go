package rehearse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"dunlin/dev/lab"
	"dunlin/dev/rehearse"
)

// childVariable makes this test binary rehearse with the programs in that folder, until it is interrupted.
const childVariable = "DUNLIN_REHEARSE_TEST_BIN"

// bin holds the product's programs, built for these tests.
var bin string

func TestMain(m *testing.M) {
	if bin = os.Getenv(childVariable); bin != "" {
		os.Exit(child())
	}
	os.Exit(parent(m))
}

func child() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	_, err := rehearse.Run(ctx, rehearse.Options{Policy: "standard-b2b", Examples: "../../examples", Lab: lab.Options{Bin: bin}, Out: os.Stdout})
	if !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func parent(m *testing.M) int {
	var err error
	if bin, err = os.MkdirTemp("", "dunlin-rehearse-bin-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(bin)
	for program, source := range map[string]string{"dunlin": "./starter", "worker": "./worker"} {
		build := exec.Command("go", "build", "-o", filepath.Join(bin, program), source)
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
	}
	return m.Run()
}
