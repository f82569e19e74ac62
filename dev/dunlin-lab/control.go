package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dunlin/dev/lab"
	"dunlin/dev/sample"
	"dunlin/dev/sandbox"
)

// address is how other commands reach a running lab: a file in its data folder, for the owner's eyes only.
type address struct {
	Control  string `json:"control"`
	Token    string `json:"token"`
	API      string `json:"api"`
	Temporal string `json:"temporal_ui"`
	Mailbox  string `json:"mailbox"`
	Database string `json:"database_url"`
	Server   string `json:"temporal_address"`
}

const addressFile = "lab.json"

// control lets other commands move a running lab's time.
type control struct {
	file   string
	server *http.Server
}

func openControl(ctx context.Context, l *lab.Lab, exports []sample.Export) (*control, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := address{
		Control: "http://" + listener.Addr().String(), Token: rand.Text(), API: l.APIURL(), Temporal: l.Temporal.UIAddress(), Mailbox: l.Sandbox.URL(),
		Database: l.DatabaseURL(), Server: l.Temporal.FrontendAddress(),
	}
	c := &control{file: filepath.Join(l.Folder(), addressFile)}
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(c.file, append(text, '\n'), 0o600); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /travel", func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+a.Token)) != 1 {
			http.Error(w, "this lab belongs to somebody else", http.StatusForbidden)
			return
		}
		travelled(w, r, l, exports)
	})
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = c.server.Serve(listener) }() // it ends by close
	return c, nil
}

func (c *control) close() {
	_ = c.server.Close()
	_ = os.Remove(c.file)
}

// travelled moves the lab and tells how far it has come, line by line; the last line is "ok" or the error.
func travelled(w http.ResponseWriter, r *http.Request, l *lab.Lab, exports []sample.Export) {
	d, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil || d <= 0 {
		http.Error(w, "for: no duration above zero", http.StatusBadRequest)
		return
	}
	flush := http.NewResponseController(w)
	say := func(format string, args ...any) {
		fmt.Fprintf(w, format+"\n", args...)
		_ = flush.Flush()
	}
	acts, day, messages, seen := 0, "", 0, int64(len(l.Sandbox.Log()))
	l.Conductor.Progress = func(now time.Time, due int) {
		acts += due
		if today := now.UTC().Format("Mon 2 Jan 2006"); today != day && due > 0 {
			day = today
			for _, e := range l.Sandbox.LogAfter(seen) {
				if e.Accepted && (e.Kind == sandbox.KindEmail || e.Kind == sandbox.KindSMS) {
					messages++
				}
				seen = e.Seq
			}
			say("%-15s  %4d acts, %4d messages", today, acts, messages)
		}
	}
	if err := l.Conductor.Travel(r.Context(), l.Clock.Reading().Add(d), exportEvents(l, exports)...); err != nil {
		say("error: %s", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	say("ok: it is %s", l.Clock.Reading().UTC().Format("Monday, 2 January 2006, 15:04 UTC"))
}

// running reads the address of the lab that runs with a data folder.
func running(dir string) (address, error) {
	var a address
	text, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, os.ErrNotExist) {
		return a, fmt.Errorf("no lab runs with its data in %s: start one with `make dev`, or name another folder with --data", dir)
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}

// travel asks a running lab to move its time and passes on what it says.
func travel(ctx context.Context, dir string, d time.Duration, out io.Writer) error {
	a, err := running(dir)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Control+"/travel?for="+url.QueryEscape(d.String()), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the lab in %s does not answer (was it killed? start it again): %w", dir, err)
	}
	defer res.Body.Close()
	lines, last := bufio.NewScanner(res.Body), ""
	for lines.Scan() {
		last = lines.Text()
		fmt.Fprintln(out, "  "+last)
	}
	switch {
	case lines.Err() != nil:
		return lines.Err()
	case res.StatusCode != http.StatusOK || !strings.HasPrefix(last, "ok"):
		return errors.New("the lab did not arrive")
	}
	return nil
}
