package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a part that runs as a program of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// launch starts a program. Its death signal belongs to the thread that forks, so one goroutine keeps its
// thread for as long as the program lives.
func launch(log string, env []string, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(bin, name), args...)
	bound(cmd)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, out, out
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// killed says whether the program ended by SIGKILL; call it after done.
func (p *process) killed() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// keeper runs the worker and, as an orchestrator would, starts it again when it has died.
type keeper struct {
	w    *world
	mu   sync.Mutex
	p    *process // nil: away
	gone int      // how often it was killed
}

// start starts the worker with a failpoint, which the next one will not have.
func (k *keeper) start(failpoint string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	require.NoError(k.w.t, k.launch(failpoint))
}

func (k *keeper) launch(failpoint string) error {
	p, err := launch(k.w.file("worker.log"), k.w.env("FAILPOINT="+failpoint), "worker")
	if err != nil {
		return err
	}
	k.p = p
	go func() {
		<-p.done
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.p != p {
			return // it was stopped
		}
		if p.killed() {
			k.gone++
		}
		_ = k.launch("")
	}()
	return nil
}

// kill ends the worker by SIGKILL, and leaves it away.
func (k *keeper) kill() {
	k.mu.Lock()
	p := k.p
	k.p = nil
	k.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// deaths is how often the worker was killed by its failpoint.
func (k *keeper) deaths() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gone
}

// startAPI serves the API with a failpoint, and tells the sandbox where webhooks go. A port that was free
// a moment ago may be another program's now: then the next one is tried, the first time.
func (w *world) startAPI(failpoint string) {
	first := w.apiAddress == ""
	for range 5 {
		if first {
			w.apiAddress = freeAddress(w.t)
		}
		if w.serves(failpoint) {
			w.sandbox.SetWebhooks(w.apiURL()+"/webhooks/sendgrid", w.apiURL()+"/webhooks/twilio/inbound")
			return
		}
	}
	require.Fail(w.t, "the API does not start")
}

// serves starts the API and waits until it says that it serves; false when it ended instead.
func (w *world) serves(failpoint string) bool {
	before, _ := os.ReadFile(w.file("api.log"))
	var err error
	w.api, err = launch(w.file("api.log"), w.env("FAILPOINT="+failpoint), "dunlin", "serve", "--listen", w.apiAddress)
	require.NoError(w.t, err)
	for begin := time.Now(); time.Since(begin) < 30*time.Second; {
		text, _ := os.ReadFile(w.file("api.log"))
		if bytes.Contains(text[len(before):], []byte("serving")) {
			return true
		}
		select {
		case <-w.api.done:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

func (w *world) apiURL() string { return "http://" + w.apiAddress }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// dunlin runs a command to its end.
func (w *world) dunlin(failpoint string, args ...string) (out string, err error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "dunlin"), args...)
	var answer, complaint bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = w.env("FAILPOINT="+failpoint), &answer, &complaint
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("dunlin %v: %w: %s", args, err, complaint.String())
	}
	return answer.String(), err
}
