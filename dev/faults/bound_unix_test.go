//go:build unix && !linux

package faults_test

import (
	"os/exec"
	"syscall"
)

// bound gives a program a process group of its own.
func bound(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
