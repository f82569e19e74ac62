package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childVariable makes this test binary start a lab, say where its parts are, and wait to be killed.
const childVariable = "DUNLIN_LAB_TEST_BIN"

func TestMain(m *testing.M) {
	if bin := os.Getenv(childVariable); bin != "" {
		if err := beKilled(bin); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func beKilled(bin string) error {
	l, err := Start(context.Background(), Options{Bin: bin, NoUI: true})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(l.addresses()); err != nil {
		return err
	}
	select {}
}

// addresses are where the parts listen.
func (l *Lab) addresses() []string {
	all := []string{"127.0.0.1:" + strconv.Itoa(l.probe), l.Temporal.FrontendAddress()}
	for _, u := range []string{l.DatabaseURL(), l.APIURL(), l.Sandbox.URL()} {
		if parsed, err := url.Parse(u); err == nil {
			all = append(all, parsed.Host)
		}
	}
	return all
}

// programs builds the product's programs into a folder of the test's own.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for program, source := range map[string]string{"dunlin": "./starter", "worker": "./worker"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, program), source)
		build.Dir = "../.."
		out, err := build.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return bin
}

func closed(t *testing.T, addresses []string) {
	t.Helper()
	for _, a := range addresses {
		require.Eventually(t, func() bool {
			c, err := net.DialTimeout("tcp", a, time.Second)
			if err != nil {
				return true
			}
			_ = c.Close()
			return false
		}, 30*time.Second, 50*time.Millisecond, a)
	}
}

func TestKillLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+programs(t))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var addresses []string
	require.NoError(t, json.Unmarshal([]byte(line), &addresses))
	require.Len(t, addresses, 5)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait() // killed
	closed(t, addresses)
}

func TestALab(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l, err := Start(ctx, Options{Bin: programs(t), NoUI: true, Keys: []string{"erp"}})
	require.NoError(t, err)
	ended := false
	t.Cleanup(func() {
		if !ended {
			_ = l.Close()
		}
	})
	require.NotEmpty(t, l.Secrets["erp"])

	// The clock moves forward, never back, and is the database's.
	before := l.Clock.Reading()
	require.NoError(t, l.Clock.Advance(ctx, before.AddDate(0, 0, 3)))
	require.NoError(t, l.Clock.Advance(ctx, before))
	now, err := l.Clock.Now(ctx)
	require.NoError(t, err)
	require.WithinDuration(t, before.AddDate(0, 0, 3), now, 20*time.Second)
	require.WithinDuration(t, now, l.Clock.Reading(), time.Second)

	// A command that is refused says why.
	_, err = l.CLI(ctx, "status", "acme/INV-1")
	require.ErrorContains(t, err, "acme/INV-1 is not on file")

	// Nobody's settings reach the programs.
	for _, v := range l.env() {
		require.False(t, strings.HasPrefix(v, "TEMPORAL_API_KEY="))
	}

	// The worker can be killed and comes back.
	l.KillWorker()
	require.True(t, l.WorkerEnded())
	require.NoError(t, l.StartWorker(ctx))
	require.False(t, l.WorkerEnded())

	dir, addresses := l.Folder(), l.addresses()
	require.NoError(t, l.Close())
	ended = true
	closed(t, addresses)
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Bin: t.TempDir()})
	require.ErrorContains(t, err, "run `make build` first")
	_, err = freePort(-1, "the API")
	require.Error(t, err)
}

func TestKilledLabsFoldersAreSwept(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	alive, lock, err := tempDir()
	require.NoError(t, err)
	dead, gone, err := tempDir()
	require.NoError(t, err)
	require.NoError(t, gone.Close()) // as a kill does
	_, third, err := tempDir()
	require.NoError(t, err)
	_, err = os.Stat(alive)
	require.NoError(t, err)
	_, err = os.Stat(dead)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, errors.Join(lock.Close(), third.Close()))
}
