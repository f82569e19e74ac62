package faults_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"dunlin/dev/temporal"
)

var (
	bin      string           // folder with the programs, built with the tag failpoint
	server   *temporal.Server // shared by all worlds that do not stop it
	assigned atomic.Int32     // namespaces given to worlds so far
)

const namespaces = 120

func namespace(n int32) string { return fmt.Sprintf("world-%03d", n) }

// TestMain builds the programs and starts the one Temporal server. The tests mostly wait for time-outs
// that a killed worker leaves behind, so more of them run at once than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", "12")
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if bin, err = os.MkdirTemp("", "dunlin-faults-"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(bin)
	if err := build(); err != nil {
		return 1, err
	}
	var further []string
	for n := range namespaces {
		further = append(further, namespace(int32(n+1)))
	}
	server, err = temporal.Start(context.Background(), temporal.Options{Lab: true, UIPort: temporal.NoUI, Further: further})
	if err != nil {
		return 1, err
	}
	code = m.Run()
	return code, server.Stop()
}

func build() error {
	for name, room := range map[string]string{"worker": "./worker", "dunlin": "./starter"} {
		cmd := exec.Command("go", "build", "-tags", "failpoint", "-o", filepath.Join(bin, name), room)
		cmd.Dir = filepath.Join("..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return nil
}
