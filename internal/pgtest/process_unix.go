//go:build unix && !linux

package pgtest

import (
	"os/exec"
	"syscall"
)

// watch runs "$@" and stops it when its standard input ends, which happens when we die, however we do.
const watch = `"$@" </dev/null & child=$!
trap 'kill -INT $child' INT TERM
trap 'kill -QUIT $child' QUIT
{ cat >/dev/null; kill -INT $child 2>/dev/null; } <&8 &
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
exit $code`

// command prepares a long-lived child that dies with us. Only Linux has a death signal; here a shell
// holds the other end of a pipe of ours and stops the child when the pipe closes.
func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", append([]string{"-c", "exec 8<&0; " + watch, "sh", name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil { // open until the child has ended, or we have
		cmd.Err = err
	}
	return cmd
}
