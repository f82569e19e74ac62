package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// build makes the product's programs unless -bin names them.
func (s *settings) build(ctx context.Context) (clean func(), err error) {
	if s.bin != "" {
		s.bin, err = filepath.Abs(s.bin)
		return func() {}, err
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "dunlin").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the product's source (run this inside dev/, or give -bin): %w", err)
	}
	dir, err := os.MkdirTemp("", "dunlin-bench-bin-")
	if err != nil {
		return nil, err
	}
	s.bin = dir
	for program, room := range map[string]string{"dunlin": "./starter", "worker": "./worker"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, program), room)
		cmd.Dir, cmd.Stderr = strings.TrimSpace(string(out)), os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, errors.Join(fmt.Errorf("building %s: %w", room, err), os.RemoveAll(dir))
		}
	}
	return func() { _ = os.RemoveAll(dir) }, nil
}

// child is one process of the measured system.
type child struct {
	name string
	cmd  *exec.Cmd
	log  string
	in   io.Closer
	out  *bufio.Reader // nil unless it speaks to us
}

// launch starts a program that dies with us; its words go to a log in dir.
func launch(dir, name string, speaks bool, env []string, program string, args ...string) (*child, error) {
	c := &child{name: name, cmd: exec.Command(program, args...), log: filepath.Join(dir, name+".log")}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TZ=UTC"}, env...)
	c.cmd.Stderr = log
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if speaks {
		out, err := c.cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		c.out = bufio.NewReader(out)
	} else {
		c.cmd.Stdout = log
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return c, nil
}

// line is the next word of a child that speaks.
func (c *child) line() (string, error) {
	text, err := c.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s ended: %s", c.name, c.tail())
	}
	return strings.TrimSpace(text), nil
}

func (c *child) tail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-1500):])
}

// errors counts the lines of the child's log that say error.
func (c *child) errors() (n int, last string) {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return 0, ""
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "level=ERROR") {
			n, last = n+1, strings.TrimSpace(line)
		}
	}
	return n, last
}

// end kills the child and waits for it.
func (c *child) end() {
	if c == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // it was killed
}

// ticksPerSecond is USER_HZ, the same on every Linux that Go runs on.
const ticksPerSecond = 100

// cpuOf is the CPU time of a process in seconds; of a family, also of its children, dead or alive.
func cpuOf(pid int, family bool) float64 {
	own, children, ok := statOf(pid)
	if !ok {
		return 0
	}
	if !family {
		return own
	}
	total := own + children
	for _, p := range childrenOf(pid) {
		total += cpuOf(p, false)
	}
	return total
}

// statOf reads utime+stime and cutime+cstime.
func statOf(pid int) (own, children float64, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, false
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return 0, 0, false
	}
	var v [4]float64
	for i := range v {
		v[i], _ = strconv.ParseFloat(fields[11+i], 64) // the kernel writes numbers there
	}
	return (v[0] + v[1]) / ticksPerSecond, (v[2] + v[3]) / ticksPerSecond, true
}

func childrenOf(pid int) []int {
	var all []int
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	for _, f := range strings.Fields(string(text)) {
		if p, err := strconv.Atoi(f); err == nil {
			all = append(all, p)
		}
	}
	return all
}
