package pgtest

import (
	"os/exec"
	"syscall"
)

// command prepares a long-lived child that dies with us: when the thread that started it ends, by
// kill -9 too, the kernel sends it SIGINT, at which PostgreSQL drops all sessions and shuts down.
func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT, Setpgid: true}
	return cmd
}
