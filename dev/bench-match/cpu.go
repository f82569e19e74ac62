package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticksPerSecond is USER_HZ, the same on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu is the CPU time in seconds that this process and its PostgreSQL have used; 0 where nobody can tell.
func (db *database) cpu() float64 {
	own, _ := ticks(os.Getpid())
	server, gone := ticks(db.pid)
	total := own + server + gone
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", db.pid, db.pid)) // not on every system
	for _, f := range strings.Fields(string(children)) {
		pid, _ := strconv.Atoi(f) // the kernel writes numbers there
		alive, _ := ticks(pid)
		total += alive
	}
	return total / ticksPerSecond
}

// ticks are the CPU ticks of a process, and of its children that have ended.
func ticks(pid int) (own, children float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return 0, 0
	}
	var v [4]float64
	for i := range v {
		v[i], _ = strconv.ParseFloat(fields[11+i], 64) // as above
	}
	return v[0] + v[1], v[2] + v[3]
}
