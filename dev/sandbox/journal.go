package sandbox

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The kinds of entries.
const (
	KindEmail   = "email"
	KindSMS     = "sms"
	KindStock   = "stock"
	KindInbound = "inbound" // an SMS to us
	KindWebhook = "webhook" // a report that the sandbox posted
)

// Entry is one request, as the provider saw it, or one report that it posted back.
type Entry struct {
	Seq         int64        `json:"seq"`
	Kind        string       `json:"kind"`
	At          time.Time    `json:"at"`      // wall clock, when it was decided whether it is accepted
	Mono        int64        `json:"mono_ns"` // monotonic nanoseconds since the sandbox started
	Lab         time.Time    `json:"lab"`     // the lab's clock
	From        string       `json:"from,omitempty"`
	To          string       `json:"to,omitempty"`
	CC          []string     `json:"cc,omitempty"` // further recipients
	Subject     string       `json:"subject,omitempty"`
	Text        string       `json:"text,omitempty"`
	HTML        string       `json:"html,omitempty"`
	ReplyTo     string       `json:"reply_to,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Attempt     string       `json:"attempt,omitempty"` // attempt id found inside the message
	ValidFor    int          `json:"valid_for,omitempty"`
	Accepted    bool         `json:"accepted"`        // the provider took it, whatever the client learnt
	Status      int          `json:"status"`          // answered, or that the webhook got; 0: none
	Fault       Fault        `json:"fault,omitempty"` // applied to this request
	Rule        string       `json:"rule,omitempty"`  // that applied it
	Error       string       `json:"error,omitempty"` // why it was refused
	ProviderID  string       `json:"provider_id,omitempty"`
	Event       string       `json:"event,omitempty"`     // webhooks: what was reported
	Duplicate   bool         `json:"duplicate,omitempty"` // webhooks: said before
	Forged      bool         `json:"forged,omitempty"`    // webhooks: with a wrong signature
}

// Attachment is a file that came with an e-mail. Its bytes are kept apart from the log.
type Attachment struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// journal is the append-only log, in memory and, given a folder, in log.jsonl.
type journal struct {
	mu      sync.RWMutex
	entries []Entry
	letters int               // entries that are no webhooks
	files   map[string][]byte // attachments by SHA-256, where there is no folder
	dir     string
	out     *os.File
}

func openJournal(dir string) (*journal, error) {
	j := &journal{dir: dir, files: map[string][]byte{}}
	if dir == "" {
		return j, nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o750); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	path := filepath.Join(dir, "log.jsonl")
	held, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	whole, err := j.load(held)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", path, err)
	}
	if j.out, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	// A line that a kill cut off is nothing that anybody was told about.
	if err := errors.Join(j.out.Truncate(whole), seekEnd(j.out)); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return j, nil
}

func seekEnd(f *os.File) error { _, err := f.Seek(0, 2); return err }

func (j *journal) load(held []byte) (whole int64, err error) {
	in := bufio.NewReader(bytes.NewReader(held))
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return whole, nil
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return 0, fmt.Errorf("line %d: %w", len(j.entries)+1, err)
		}
		j.add(e)
		whole += int64(len(line))
	}
}

// append gives the entry its number and writes it down before anybody is answered.
func (j *journal) append(e Entry) Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Seq = int64(len(j.entries)) + 1
	j.add(e)
	if j.out != nil {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = j.out.Write(append(line, '\n'))
		}
		if err != nil {
			panic("sandbox: the log cannot be written: " + err.Error()) // a witness that forgets is none
		}
	}
	return e
}

func (j *journal) add(e Entry) {
	j.entries = append(j.entries, e)
	if e.Kind != KindWebhook {
		j.letters++
	}
}

// count returns how many entries there are, and how many of them are messages.
func (j *journal) count() (entries, letters int) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return len(j.entries), j.letters
}

func (j *journal) after(seq int64) []Entry {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if seq < 0 || seq >= int64(len(j.entries)) {
		seq = min(max(seq, 0), int64(len(j.entries)))
	}
	return append([]Entry(nil), j.entries[seq:]...)
}

func (j *journal) entry(seq int64) (Entry, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if seq < 1 || seq > int64(len(j.entries)) {
		return Entry{}, false
	}
	return j.entries[seq-1], true
}

// keep stores an attachment and describes it.
func (j *journal) keep(name, kind string, data []byte) Attachment {
	sum := sha256.Sum256(data)
	a := Attachment{Name: name, Type: kind, Size: len(data), SHA256: hex.EncodeToString(sum[:])}
	if j.dir != "" {
		if err := os.WriteFile(filepath.Join(j.dir, "files", a.SHA256), data, 0o600); err != nil {
			panic("sandbox: an attachment cannot be written: " + err.Error())
		}
		return a
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files[a.SHA256] = data
	return a
}

func (j *journal) file(sum string) ([]byte, error) {
	if j.dir != "" {
		return os.ReadFile(filepath.Join(j.dir, "files", filepath.Base(sum)))
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	if data, ok := j.files[sum]; ok {
		return data, nil
	}
	return nil, os.ErrNotExist
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.out == nil {
		return nil
	}
	err := j.out.Close()
	j.out = nil
	return err
}

// stamp fills the three clocks.
func (s *Server) stamp(e Entry) Entry {
	now := time.Now()
	e.At, e.Mono, e.Lab = now.Round(0).UTC(), now.Sub(s.started).Nanoseconds(), s.now().UTC()
	return e
}

// Log returns a copy of everything so far, oldest first.
func (s *Server) Log() []Entry { return s.log.after(0) }

// LogAfter returns what came after the entry with that number.
func (s *Server) LogAfter(seq int64) []Entry { return s.log.after(seq) }

// File returns the bytes of an attachment by its SHA-256.
func (s *Server) File(sum string) ([]byte, error) { return s.log.file(sum) }
