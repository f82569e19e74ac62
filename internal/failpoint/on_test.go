//go:build failpoint

package failpoint_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/internal/failpoint"
)

// TestMain lets the test binary play the process that fails: it hits the places named in its arguments.
func TestMain(m *testing.M) {
	if os.Getenv("FAILPOINT_CHILD") == "" {
		os.Exit(m.Run())
	}
	for _, name := range strings.Fields(os.Getenv("FAILPOINT_CHILD")) {
		if err := failpoint.Hit(name); err != nil {
			os.Exit(7)
		}
	}
	os.Exit(0)
}

func TestHit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules, hits string
		exit        int // -1: killed by SIGKILL
		log         string
	}{
		"no rule":                  {"", "F1 F2", 0, ""},
		"other place":              {"F3:1:kill", "F1 F2", 0, ""},
		"kill at the first hit":    {"F1:1:kill", "F2 F1 F3", -1, "F1 "},
		"kill at the second hit":   {"F1:2:kill", "F1/email F1/sms", -1, "F1/sms "},
		"suffix decides":           {"F1/sms:1:kill", "F1/email", 0, ""},
		"a name is not a prefix":   {"F1:1:kill", "F12", 0, ""},
		"error":                    {"F4:1:error", "F4", 7, "F4 "},
		"one of several":           {"F9:1:error,F2:1:kill", "F2", -1, "F2 "},
		"a broken rule is refused": {"F1:kill", "F1", 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "log")
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "FAILPOINT_CHILD="+c.hits, "FAILPOINT="+c.rules, "FAILPOINT_LOG="+log)
			_ = cmd.Run()
			require.Equal(t, c.exit, cmd.ProcessState.ExitCode())
			if c.exit == -1 {
				require.Equal(t, syscall.SIGKILL, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
			}
			got, _ := os.ReadFile(log)
			require.True(t, strings.HasPrefix(string(got), c.log), "log: %q", got)
			require.Equal(t, c.log == "", len(got) == 0)
		})
	}
}

func TestPauseEndsWithItsRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, log := filepath.Join(dir, "release"), filepath.Join(dir, "log")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FAILPOINT_CHILD=F9", "FAILPOINT=F9:1:pause", "FAILPOINT_RELEASE="+release, "FAILPOINT_LOG="+log)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		b, _ := os.ReadFile(log)
		return strings.HasPrefix(string(b), "F9 ")
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, os.WriteFile(release, nil, 0o600))
	require.NoError(t, cmd.Wait())
}
