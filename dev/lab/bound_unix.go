//go:build unix && !linux

package lab

import (
	"os/exec"
	"syscall"
)

// watch runs "$@" and kills it when our end of a pipe closes, which happens when we die, however we do.
const watch = `"$@" </dev/null & child=$!
{ cat >/dev/null; kill -KILL $child 2>/dev/null; } <&8 &
trap 'kill -TERM $child' TERM
while kill -0 $child 2>/dev/null; do wait $child; done`

// bound prepares a program that ends with us, in a process group of its own.
func bound(program string, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", append([]string{"-c", "exec 8<&0; " + watch, "sh", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil {
		cmd.Err = err
	}
	return cmd
}
