package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// The death signal belongs to the thread that forks, so main keeps its own.
func init() { runtime.LockOSThread() }

// dieWithUs lets the kernel interrupt the command when we are killed.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT} }
