//go:build failpoint

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Enabled says whether this binary can fail on purpose.
const Enabled = true

// How often a pause looks for its release.
const releaseEvery = 10 * time.Millisecond

type rule struct {
	name string
	n    int // acts at this hit
	mode string
	hits int
}

var (
	mu    sync.Mutex
	rules = parse(os.Getenv("FAILPOINT"))
)

func parse(spec string) []*rule {
	var all []*rule
	for _, s := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' }) {
		parts := strings.Split(s, ":")
		if len(parts) != 3 {
			refuse(s, "write name:n:mode")
		}
		n, err := strconv.Atoi(parts[1])
		if err != nil || n < 1 {
			refuse(s, "n is the number of the hit, from 1")
		}
		if m := parts[2]; m != "kill" && m != "pause" && m != "error" {
			refuse(s, "mode is kill, pause or error")
		}
		all = append(all, &rule{name: parts[0], n: n, mode: parts[2]})
	}
	return all
}

func refuse(rule, why string) {
	fmt.Fprintf(os.Stderr, "FAILPOINT: %q: %s\n", rule, why)
	os.Exit(2)
}

// Hit marks a place. It returns an error when a rule of mode error acts, and not at all when one of mode kill does.
func Hit(name string) error {
	mode := acts(name)
	if mode == "" {
		return nil
	}
	record(name, mode)
	switch mode {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "pause":
		for !released() {
			time.Sleep(releaseEvery)
		}
		return nil
	}
	return &Error{Name: name}
}

func acts(name string) (mode string) {
	mu.Lock()
	defer mu.Unlock()
	for _, r := range rules {
		if name != r.name && !strings.HasPrefix(name, r.name+"/") {
			continue
		}
		r.hits++
		if r.hits == r.n && mode == "" {
			mode = r.mode
		}
	}
	return mode
}

func released() bool {
	file := os.Getenv("FAILPOINT_RELEASE")
	if file == "" {
		refuse("pause", "FAILPOINT_RELEASE names no file")
	}
	_, err := os.Stat(file)
	return err == nil
}

// record must not return before the line is on the disk: the next instruction may be SIGKILL.
func record(name, mode string) {
	file := os.Getenv("FAILPOINT_LOG")
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		refuse("FAILPOINT_LOG", err.Error())
	}
	defer f.Close()
	fmt.Fprintf(f, "%s %d %s %s\n", name, os.Getpid(), time.Now().UTC().Format(time.RFC3339Nano), mode)
	if err := f.Sync(); err != nil {
		refuse("FAILPOINT_LOG", err.Error())
	}
}
