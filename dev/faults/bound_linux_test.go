package faults_test

import (
	"os/exec"
	"syscall"
)

// bound makes a program die with the test, however that ends.
func bound(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
