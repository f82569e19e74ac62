package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

const bankImportHelp = `Take bank statements in: camt.052/053/054, MT940/942, BAI2, OFX, CSV by a profile, and ZIPs of these
("-" is standard input). A file is on file when the command answers; its import goes by itself, in a worker,
and goes on after an interruption. The same file again changes nothing, and an entry that several files tell
is booked once. A file is refused whole: correct what the refusal names, and import it again.

With --wait the command shows the progress and ends with the import; its exit code says whether all files
were taken in. With --watch it looks after a folder until it is stopped: a file that has stopped growing is
taken, and ends up in done/ or, with a .txt that says why, in refused/. Several may watch one folder.
`

// importFlags say how files are read.
type importFlags struct {
	profile, account, currency, watch string
	allowOff, wait                    bool
}

func (a *app) bankImportCmd() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:     "import FILE…",
		Short:   "Take bank statements in, from files or a watched folder",
		Long:    bankImportHelp,
		Example: "  dunlin bank import statement.xml --wait\n  dunlin bank import june.csv --profile sparkasse --account DE89370400440532013000\n  dunlin bank import --watch /srv/bank",
	}
	cmd.Flags().StringVar(&f.profile, "profile", "", "read as CSV by this profile: "+strings.Join(bank.ProfileNames(), ", ")+"; or a YAML file with one of your own")
	cmd.Flags().StringVar(&f.account, "account", "", "the account, where the file names none: IBAN or number")
	cmd.Flags().StringVar(&f.currency, "currency", "", "the currency, where the file names none: e.g. EUR")
	cmd.Flags().StringVar(&f.watch, "watch", "", "look after this folder until stopped")
	cmd.Flags().BoolVar(&f.allowOff, "allow-off", false, "take statements in that don't add up, too")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "show the progress, and end with the import")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		up, err := a.upload(f)
		if err != nil {
			return err
		}
		switch {
		case f.watch != "" && len(args) > 0:
			return invoice.Invalid("watch", "and files cannot both be given")
		case f.watch != "":
			return a.watch(ctx, b, f.watch, up)
		case len(args) == 0:
			return invoice.Invalid("file", "is missing").WithHint("name the statement files, or a folder with --watch")
		}
		return a.importFiles(ctx, b, args, up, f.wait)
	})
	return cmd
}

// upload makes of the flags how files are read.
func (a *app) upload(f importFlags) (collection.BankUpload, error) {
	up := collection.BankUpload{Actor: a.actor, Profile: f.profile, Account: f.account, AllowOff: f.allowOff}
	if f.currency != "" {
		c, err := invoice.ParseCurrency(f.currency)
		if err != nil {
			return up, err
		}
		up.Currency = c
	}
	if f.profile == "" || slices.Contains(bank.ProfileNames(), f.profile) {
		return up, nil
	}
	if ext := filepath.Ext(f.profile); ext != ".yaml" && ext != ".yml" {
		return up, invoice.Unknown("profile", "%q is not a profile", f.profile).WithHint("there are %s; or name a YAML file of your own", strings.Join(bank.ProfileNames(), ", "))
	}
	text, err := os.ReadFile(f.profile)
	if err != nil {
		return up, invoice.Invalid("profile", "%s cannot be read: %s", f.profile, err)
	}
	p, err := bank.ParseProfile(f.profile, text)
	if err != nil {
		return up, invoice.Invalid("profile", "%s", err)
	}
	up.Profile, up.ProfileYAML = p.Name, string(text)
	return up, nil
}

// importFiles stores every file, then waits for them if asked to.
func (a *app) importFiles(ctx context.Context, b vault, names []string, up collection.BankUpload, wait bool) error {
	stored := make([]collection.BankFile, 0, len(names))
	for _, name := range names {
		f, err := a.storeOne(ctx, b, name, up)
		if err != nil {
			return err
		}
		stored = append(stored, f)
		if !wait {
			if err := a.tellStored(f, name); err != nil {
				return err
			}
		}
	}
	if !wait {
		return nil
	}
	for i, f := range stored {
		end, err := a.await(ctx, b, f)
		if err != nil {
			return err
		}
		if err := a.tellEnd(end, names[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) storeOne(ctx context.Context, b vault, name string, up collection.BankUpload) (collection.BankFile, error) {
	src, err := a.source(name)
	if err != nil {
		return collection.BankFile{}, err
	}
	defer src.Close()
	up.Name = src.name
	f, err := b.StoreFile(ctx, up, src)
	if err != nil && len(name) > 1 {
		return f, named(err, name)
	}
	return f, err
}

// named puts the file's name before what is wrong with it.
func named(err error, name string) error {
	if refused := refusal(err); invoice.CodeOf(err) == invoice.CodeInvalid {
		refused.Message = name + " " + refused.Message
		return refused
	}
	return fmt.Errorf("%s: %w", name, err)
}

// tellStored says that a file is on file; name is what it is called now.
func (a *app) tellStored(f collection.BankFile, name string) error {
	if a.json {
		return a.stream(f)
	}
	if f.AlreadyHad && f.State.Ended() {
		a.say("%s", hadWords(f, name))
	}
	a.say("%s", fileWords(f))
	return nil
}

// hadWords says that nothing is taken twice, and as what the bytes are on file.
func hadWords(f collection.BankFile, name string) string {
	if name = filepath.Base(name); name == filepath.Base(f.Name) || name == "-" { // standard input
		return "The same bytes were on file already."
	}
	return fmt.Sprintf("%s holds the same bytes as %s, which is on file already: nothing is taken twice.", name, f.Name)
}

// tellEnd says what came of a file; one that was refused is in the exit code.
func (a *app) tellEnd(f collection.BankFile, name string) error {
	if f.State == collection.FileRefused {
		a.exitCode = exitRows
	}
	if a.json {
		return a.stream(f)
	}
	if f.State == collection.FileRefused {
		where := f.Name
		if strings.HasPrefix(f.Reason, where) {
			where = ""
		}
		a.refuse(where, invoice.Invalid("", "%s", f.Reason).WithHint("%s", f.Hint))
	} else {
		if f.AlreadyHad && f.Attempt <= 1 {
			a.say("%s", hadWords(f, name))
		}
		a.say("%s", fileWords(f))
	}
	a.tellProblems(f)
	return nil
}

// lookEvery is how often a waiting command looks how far a file is.
const lookEvery = 200 * time.Millisecond

// await follows a file's import to its end.
func (a *app) await(ctx context.Context, b vault, f collection.BankFile) (collection.BankFile, error) {
	bar := a.terminal(a.errs)
	wipe := func() {
		if bar {
			fmt.Fprint(a.errs, "\r\x1b[K")
		}
	}
	defer wipe()
	for !f.State.Ended() {
		if wipe(); bar {
			fmt.Fprint(a.errs, clean(fileBar(f)))
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return f, fmt.Errorf("%s is on file, and its import goes on without this command: %w", f.Name, ctx.Err())
		}
		next, err := b.BankFile(ctx, f.SHA256)
		if err != nil {
			return f, err
		}
		next.AlreadyHad = f.AlreadyHad
		f = next
	}
	return f, nil
}
