package rehearse_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInterruptLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	scratch := t.TempDir()
	require.NoError(t, os.Chmod(scratch, 0o755)) //nolint:gosec // PostgreSQL runs under another account when we are root
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+bin, "TMPDIR="+scratch)
	var complaints bytes.Buffer
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "acts so far") {
		require.NotContains(t, lines.Text(), "counting")
	}
	require.NotEmpty(t, living(t, scratch), "the lab lives")
	require.NoError(t, child.Process.Signal(os.Interrupt))
	require.NoError(t, child.Wait(), "%s", &complaints)
	require.Eventually(t, func() bool { return len(living(t, scratch)) == 0 }, 30*time.Second, 50*time.Millisecond)
	left, err := filepath.Glob(filepath.Join(scratch, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// living are the processes whose command line or environment names a folder.
func living(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	for _, what := range []string{"cmdline", "environ"} {
		files, err := filepath.Glob("/proc/[0-9]*/" + what)
		require.NoError(t, err)
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && bytes.Contains(text, []byte(folder)) {
				found = append(found, f)
			}
		}
	}
	return found
}
