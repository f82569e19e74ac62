package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Options say what lab to start. The zero value is a throw-away one on free ports.
type Options struct {
	// Dir keeps all data between starts. Empty: a folder that is removed at the end.
	Dir string
	// Bin is the folder with the programs dunlin and worker. Empty: where this program lies.
	Bin string
	// Worker is the worker's program where it is not the one in Bin.
	Worker string
	// WorkerEnv are further variables of the worker, e.g. a failpoint.
	WorkerEnv []string
	// Ports on 127.0.0.1; 0 means any free one.
	APIPort, TemporalPort, UIPort, SandboxPort int
	// NoUI leaves Temporal's web UI out.
	NoUI bool
	// NoAPI leaves the HTTP API out, and with it the providers' reports.
	NoAPI bool
	// Keys are the names of API keys to make. None: the API is open to this machine.
	Keys []string
	// Say is told what is being done; nil: nobody.
	Say func(format string, args ...any)
}

func (o Options) withDefaults() (Options, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Bin == "" {
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.Bin = filepath.Dir(self)
	}
	if o.Worker == "" {
		o.Worker = filepath.Join(o.Bin, "worker")
	}
	for _, program := range []string{filepath.Join(o.Bin, "dunlin"), o.Worker} {
		if _, err := os.Stat(program); err != nil {
			return o, fmt.Errorf("%s is not there: run `make build` first", program)
		}
	}
	return o, nil
}

// Examples finds the folder with the sample portfolio: the given one, or examples beside the programs or
// in the working folder.
func Examples(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	var tried []string
	if self, err := os.Executable(); err == nil {
		tried = append(tried, filepath.Join(filepath.Dir(self), "..", "examples"))
	}
	tried = append(tried, "examples", filepath.Join("..", "examples"))
	for _, dir := range tried {
		if _, err := os.Stat(filepath.Join(dir, "portfolio.csv")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("the folder examples with portfolio.csv is not found: name it with --examples")
}

// freePort returns the wished port on 127.0.0.1, or any free one for 0.
func freePort(wish int, what string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(wish)))
	if err != nil {
		return 0, fmt.Errorf("port %d for %s is taken on this machine: choose another one: %w", wish, what, err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
