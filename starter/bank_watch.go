package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// Folders within a watched one. A file is moved into taking/ first, under the watcher's own name: of two
// watchers one succeeds, and a bank that writes the same name again writes another file.
const (
	takingFolder  = "taking"
	doneFolder    = "done"
	refusedFolder = "refused"
)

const (
	watchEvery = 2 * time.Second // between two looks; a file that is the same in both has stopped growing
	abandoned  = 2 * time.Minute // a file in taking/ that nobody has touched for so long belonged to a watcher that died
)

// watcher looks after one folder.
type watcher struct {
	a     *app
	b     vault
	dir   string
	up    collection.BankUpload
	me    string               // marks this watcher's files in taking/
	seen  map[string]seenFile  // by name: as it was at the last look
	taken map[string]takenFile // by path in taking/
	now   func() time.Time
}

type seenFile struct {
	size int64
	at   time.Time
}

type takenFile struct {
	name string // as the bank wrote it
	sum  string // "": not stored yet
	had  bool   // the same bytes were on file
}

// watch looks after a folder until ctx ends.
func (a *app) watch(ctx context.Context, b vault, dir string, up collection.BankUpload) error {
	w, err := a.newWatcher(b, dir, up)
	if err != nil {
		return err
	}
	if !a.json {
		a.say("Watching %s.", dir)
	}
	said := ""
	for {
		err := w.look(ctx)
		if err == nil || ctx.Err() != nil {
			said = ""
		} else if text := clean(err.Error()); text != said { // what lasts is said once
			said = text
			fmt.Fprintln(a.errs, "dunlin:", text)
		}
		select {
		case <-time.After(watchEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *app) newWatcher(b vault, dir string, up collection.BankUpload) (*watcher, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, invoice.Invalid("watch", "%s is not a folder", dir)
	}
	for _, sub := range []string{takingFolder, doneFolder, refusedFolder} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return nil, invoice.Invalid("watch", "%s cannot be written to: %s", dir, err)
		}
	}
	return &watcher{
		a: a, b: b, dir: dir, up: up, me: rand.Text()[:8],
		seen: map[string]seenFile{}, taken: map[string]takenFile{}, now: time.Now,
	}, nil
}

// look takes what has stopped growing or was abandoned, and puts away what has ended.
func (w *watcher) look(ctx context.Context) error {
	err := errors.Join(w.takeNew(), w.adopt())
	for path := range w.taken {
		w.touch(path)
	}
	for path, t := range w.taken {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		err = w.follow(ctx, path, t)
	}
	return err
}

// takeNew takes the files that are as they were at the last look.
func (w *watcher) takeNew() error {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	now := map[string]seenFile{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || unfinished(e.Name()) {
			continue
		}
		is := seenFile{info.Size(), info.ModTime()}
		now[e.Name()] = is
		if was, known := w.seen[e.Name()]; known && was == is {
			w.claim(filepath.Join(w.dir, e.Name()), e.Name())
		}
	}
	w.seen = now
	return nil
}

// unfinished says that a name is one under which a transfer still writes, or no business of ours.
func unfinished(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tmp", ".part", ".partial", ".filepart", ".crdownload":
		return true
	}
	return false
}

// claim makes a file this watcher's own, unless another was faster.
func (w *watcher) claim(path, name string) {
	mine := filepath.Join(w.dir, takingFolder, w.me+"~"+name)
	if os.Rename(path, mine) != nil {
		return
	}
	w.touch(mine)
	w.taken[mine] = takenFile{name: name}
}

func (w *watcher) touch(path string) { _ = os.Chtimes(path, time.Time{}, w.now()) }

// adopt takes over what a watcher left that died over it.
func (w *watcher) adopt() error {
	entries, err := os.ReadDir(filepath.Join(w.dir, takingFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		owner, name, ok := strings.Cut(e.Name(), "~")
		info, err := e.Info()
		if err != nil || !ok || owner == w.me || w.now().Sub(info.ModTime()) < abandoned {
			continue
		}
		w.claim(filepath.Join(w.dir, takingFolder, e.Name()), name)
	}
	return nil
}

// follow stores a file, or looks what has become of it.
func (w *watcher) follow(ctx context.Context, path string, t takenFile) error {
	if t.sum == "" {
		return w.store(ctx, path, t)
	}
	f, err := w.b.BankFile(ctx, t.sum)
	if err != nil || !f.State.Ended() {
		return err
	}
	f.AlreadyHad = t.had
	if err := w.a.tellEnd(f, t.name); err != nil {
		return err
	}
	if f.State == collection.FileRefused {
		return w.refused(path, t, f.Reason, f.Hint)
	}
	return w.putAway(path, t, doneFolder)
}

func (w *watcher) store(ctx context.Context, path string, t takenFile) error {
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		delete(w.taken, path)
		return nil
	}
	if err != nil {
		return err
	}
	up := w.up
	up.Name = t.name
	f, err := w.b.StoreFile(ctx, up, in)
	_ = in.Close()
	if invoice.CodeOf(err) == invoice.CodeInvalid {
		e := refusal(err)
		return w.refused(path, t, e.Message, e.Hint)
	}
	if err != nil {
		return err // it stays, and is tried again
	}
	t.sum, t.had = f.SHA256, f.AlreadyHad
	w.taken[path] = t
	return nil
}

// refused puts a file away with the reason beside it.
func (w *watcher) refused(path string, t takenFile, reason, hint string) error {
	text := t.name + " was refused: " + reason + "\n"
	if hint != "" {
		text += hint + "\n"
	}
	to := w.freeName(t, refusedFolder)
	if err := os.WriteFile(to+".txt", []byte(text), 0o640); err != nil {
		return err
	}
	return w.moveTo(path, to)
}

func (w *watcher) putAway(path string, t takenFile, folder string) error {
	return w.moveTo(path, w.freeName(t, folder))
}

func (w *watcher) moveTo(path, to string) error {
	delete(w.taken, path)
	if err := os.Rename(path, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// freeName is the file's name in a folder, with something added where another file has it.
func (w *watcher) freeName(t takenFile, folder string) string {
	to := filepath.Join(w.dir, folder, t.name)
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		return to
	}
	ext := filepath.Ext(t.name)
	return filepath.Join(w.dir, folder, strings.TrimSuffix(t.name, ext)+"-"+strings.ToLower(rand.Text()[:8])+ext)
}
