package lab

import (
	"os/exec"
	"syscall"
)

// bound prepares a program that is killed when we die, in a process group of its own, so that a Ctrl-C at
// the terminal reaches us alone and we stop the parts in their order.
func bound(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return cmd
}
