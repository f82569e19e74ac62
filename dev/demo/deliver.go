package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"dunlin/collection"
	"dunlin/dev/conductor"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

// What becomes of a file at the door.
const (
	fileTaken   = "taken in"
	fileRefused = "refused"
	fileHad     = "had already"
)

// deliveries are the bank's hours: on every workday each feed's file, whether anything happened or not.
func (p *player) deliveries() ([]conductor.Event, error) {
	var all []conductor.Event
	midnight := p.start.UTC().Truncate(24 * time.Hour)
	for _, f := range p.bank.feeds {
		if f.hour == "" {
			continue
		}
		clock, err := time.Parse("15:04", f.hour)
		if err != nil {
			return nil, err
		}
		for day := range Days {
			at := midnight.AddDate(0, 0, day).Add(time.Duration(clock.Hour()) * time.Hour)
			if on := invoice.DateOf(at.In(f.zone)); weekend(on) || at.Before(p.start) {
				continue
			}
			all = append(all, conductor.Event{At: at, Name: "statement for " + f.name, Do: func(ctx context.Context) error {
				p.bank.mu.Lock()
				defer p.bank.mu.Unlock()
				return p.deliver(ctx, f)
			}})
		}
	}
	return all, nil
}

// deliver hands the feed's next file over and waits until all of it is booked. The bank's lock is held.
func (p *player) deliver(ctx context.Context, f *feed) error {
	if f.stopped {
		return nil
	}
	file := f.write(p.bank, invoice.DateOf(p.lab.Clock.Reading().In(f.zone)))
	if file == nil {
		return nil
	}
	f.newest, f.newestName = file, fmt.Sprintf("%s-%03d.%s", f.name, f.deliveries, f.extension)
	end, err := p.upload(ctx, f.newestName, file)
	if err == nil && end.State == collection.FileRefused {
		err = fmt.Errorf("%s was refused: %s", end.Name, end.Reason)
	}
	return err
}

// upload hands a file over by the API, as a bank's own channel does, and follows its import to the end. While
// nobody works it is on file, and that is all that can be known.
func (p *player) upload(ctx context.Context, name string, file []byte) (collection.BankFile, error) {
	var f collection.BankFile
	if err := p.api.send(ctx, "bank", "/v1/bank/files?name="+url.QueryEscape(name), file, &f); err != nil {
		return f, err
	}
	if !p.away.IsZero() {
		p.bank.open = append(p.bank.open, f.SHA256)
		return f, nil
	}
	return p.follow(ctx, f)
}

// importPatience is how long a file's import may take here.
const importPatience = 90 * time.Second

// follow waits until a file's import has ended.
func (p *player) follow(ctx context.Context, f collection.BankFile) (collection.BankFile, error) {
	had := f.AlreadyHad
	for begun := time.Now(); !f.State.Ended(); {
		if time.Since(begun) > importPatience {
			return f, fmt.Errorf("the import of %s stands still: it is %s", f.Name, f.State)
		}
		select {
		case <-ctx.Done():
			return f, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if err := p.api.do(ctx, "bank", http.MethodGet, "/v1/bank/files/"+f.SHA256, nil, &f); err != nil {
			return f, err
		}
	}
	switch {
	case had:
		p.bank.files[fileHad]++
	case f.State == collection.FileRefused:
		p.bank.files[fileRefused]++
	default:
		p.bank.files[fileTaken]++
	}
	return f, nil
}

// catchUp waits for the files that came while nobody worked.
func (p *player) catchUp(ctx context.Context) error {
	p.bank.mu.Lock()
	defer p.bank.mu.Unlock()
	for _, sum := range p.bank.open {
		var f collection.BankFile
		err := p.api.do(ctx, "bank", http.MethodGet, "/v1/bank/files/"+sum, nil, &f)
		if err == nil {
			f, err = p.follow(ctx, f)
		}
		if err == nil && f.State == collection.FileRefused {
			err = fmt.Errorf("%s was refused: %s", f.Name, f.Reason)
		}
		if err != nil {
			return err
		}
	}
	p.note("%d statement files were waiting", len(p.bank.open))
	p.bank.open = nil
	return nil
}

// atFeed is a verb that does something with the feed that its line names, while the bank stands still.
func atFeed(do func(*player, context.Context, *feed, line) error) func(*player, context.Context, line) error {
	return func(p *player, ctx context.Context, l line) error {
		p.bank.mu.Lock()
		defer p.bank.mu.Unlock()
		f, err := p.bank.feed(l.number)
		if err != nil {
			return err
		}
		return do(p, ctx, f, l)
	}
}

// feedWord stops a feed, or lets it go on.
func (p *player) feedWord(ctx context.Context, f *feed, l line) error {
	switch l.rest(0) {
	case "stops":
		f.stopped = true
		p.note("no statements of %s come any more", f.name)
		return nil
	case "resumes":
		f.stopped = false
		p.note("the statements of %s come again", f.name)
		return p.deliver(ctx, f)
	}
	return errors.New("a feed stops or resumes")
}

// again hands the newest file over once more, from the command line.
func (p *player) again(ctx context.Context, f *feed, _ line) error {
	name := filepath.Join(p.lab.Folder(), "once-more-"+f.newestName)
	if err := os.WriteFile(name, f.newest, 0o600); err != nil {
		return err
	}
	text, err := p.lab.CLI(ctx, "bank", "import", name, "--wait", "--actor", "bank", "--json")
	if err != nil {
		return err
	}
	var file collection.BankFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("dunlin bank import answered %q: %w", text, err)
	}
	if !file.AlreadyHad {
		return fmt.Errorf("%s was taken for a new file", f.newestName)
	}
	p.bank.files[fileHad]++
	p.note("%s is handed over twice", f.newestName)
	return nil
}

// overlap tells the last days once more, in one statement.
func (p *player) overlap(ctx context.Context, f *feed, l line) error {
	days := 0
	if _, err := fmt.Sscanf(l.rest(0), "%dd", &days); err != nil {
		return fmt.Errorf("%q is no number of days such as 7d", l.rest(0))
	}
	var all []sample.Statement
	told := 0
	for _, a := range f.accounts {
		from := a.through.AddDays(-days)
		lines, opening := a.since(from)
		s := a.tell(from, a.through, opening, nil)
		s.Lines = lines
		told += len(lines)
		all = append(all, s)
	}
	if told == 0 {
		return fmt.Errorf("the last %d days of %s have no line", days, f.name)
	}
	end, err := p.upload(ctx, f.name+"-overlap."+f.extension, f.format(all))
	if err != nil {
		return err
	}
	if end.Repeated != told {
		return fmt.Errorf("%s tells %d lines again, %d were known", end.Name, told, end.Repeated)
	}
	p.note("a statement of %s tells %d lines once more", f.name, told)
	return nil
}

// damaged hands over the newest file with a wrong balance, as if a line had been lost on the way.
func (p *player) damaged(ctx context.Context, f *feed, _ line) error {
	a := f.accounts[0]
	day := a.through.AddDays(1)
	bad := sample.Statement{Account: a.number, Bank: a.bic, Currency: a.currency, Number: a.statements + 1, From: day, To: day, Opening: a.closing, Closing: a.closing + 100_00}
	end, err := p.upload(ctx, f.name+"-damaged."+f.extension, f.format([]sample.Statement{bad}))
	if err != nil {
		return err
	}
	if end.State != collection.FileRefused {
		return fmt.Errorf("%s does not add up, and is %s", end.Name, end.State)
	}
	p.note("%s does not add up and is refused", end.Name)
	return nil
}
