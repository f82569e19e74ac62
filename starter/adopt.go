package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const adoptHelp = `Move running cases to another policy. FILE is a policy file, or the name of a policy on file.

--where says which cases, tests with commas between; all must hold, a word given twice means any of its
values:
  policy=standard-b2b  the policy they follow now     creditor=acme      group=key        kind=invoice
  country=DE           type=business                  history=repeat     stage=overdue    number=INV-1
  amount_from="500.00 EUR", amount_below="50.00 EUR"  what is still open

Without --yes nothing changes: the difference is shown, worked out case by case by the very code that
moves them. With --yes the cases are moved one by one, each in a transaction of its own. A case joins the
ladder where it stands: steps with an id it has taken are not repeated, steps before that are skipped,
later ones keep their distances from now on and their minimum gaps. A case with a message on its way, one
with the lawyer or the agency, and one of another kind stay as they are, with the reason.

Interrupted, the same command goes on. --undo moves the cases of an adoption back. New invoices are not
touched: dunlin policy put does that.`

// shownCases is how many cases the table of an adoption names; --json names all.
const shownCases = 50

type adoptFlags struct {
	where, id, undo string
	yes             bool
}

func (a *app) policyAdopt() *cobra.Command {
	var f adoptFlags
	cmd := &cobra.Command{
		Use:   "adopt FILE|NAME --where TESTS",
		Short: "Move running cases to another policy; shows the difference first",
		Long:  adoptHelp,
		Example: "  dunlin policy adopt mine.yaml --where policy=standard-b2b,country=DE\n  dunlin policy adopt mine.yaml --where policy=standard-b2b,country=DE --yes\n" +
			"  dunlin policy adopt --undo adoption-1",
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringVar(&f.where, "where", "", "which cases, e.g. policy=standard-b2b,creditor=acme")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "move them")
	cmd.Flags().StringVar(&f.id, "id", "", "name of this adoption; default: a new one, or that of an unfinished one")
	cmd.Flags().StringVar(&f.undo, "undo", "", "id of an adoption whose cases get their policies back")
	cmd.MarkFlagsMutuallyExclusive("undo", "where")
	cmd.MarkFlagsMutuallyExclusive("undo", "id")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		if f.undo != "" {
			if len(args) > 0 {
				return invoice.Invalid("undo", "and a policy cannot both be given")
			}
			return a.undoAdoption(ctx, b, f.undo)
		}
		if len(args) == 0 || f.where == "" {
			return invoice.Invalid("where", "is missing").WithHint("name the policy, and the cases with --where, e.g. policy=standard-b2b")
		}
		return a.adopt(ctx, b, args[0], f)
	})
	return cmd
}

func (a *app) adopt(ctx context.Context, b books, name string, f adoptFlags) error {
	choice, err := collection.ParseChoice(f.where)
	if err != nil {
		return err
	}
	p, text, err := a.policyToAdopt(ctx, b, name)
	if err != nil {
		return err
	}
	if !f.yes {
		return a.rehearseAdoption(ctx, b, p, choice)
	}
	adoption, err := b.BeginAdoption(ctx, f.id, p, text, choice, a.actor)
	if err != nil {
		return err
	}
	return a.walkAdoption(ctx, b, adoption, "moved", func() (collection.AdoptedCase, bool, error) { return b.AdoptNext(ctx, adoption.ID, a.actor) })
}

// policyToAdopt is a file, or what a name on file stands for.
func (a *app) policyToAdopt(ctx context.Context, b library, name string) (*dunning.Policy, []byte, error) {
	if !strings.ContainsAny(name, "./") && name != "-" {
		p, err := b.Policy(ctx, name)
		return p, nil, err
	}
	p, text, catalog, err := a.loadPolicy(name)
	if err == nil {
		_, err = wording(p, catalog)
	}
	return p, text, err
}

// rehearseAdoption shows what moving the chosen cases would do, and moves none.
func (a *app) rehearseAdoption(ctx context.Context, b adopter, p *dunning.Policy, choice collection.Choice) error {
	keys, err := b.ChosenCases(ctx, p, choice)
	if err != nil {
		return err
	}
	t := newAdoptionTable()
	for _, k := range keys {
		c, err := b.RehearseAdoption(ctx, k, p)
		if err != nil {
			return err
		}
		if a.json {
			if err := a.stream(c); err != nil {
				return err
			}
		}
		t.add(c)
	}
	if a.json {
		return nil
	}
	a.say("%s v%d: %s chosen, %d would move, %d would stay.", p.Name, p.Version, many(int64(len(keys)), "running case"), len(keys)-t.stay, t.stay)
	t.print(a, len(keys))
	if len(keys) > t.stay {
		a.say("Nothing was changed. The same command with --yes moves them; dunlin policy diff shows what changes after the next step.")
	}
	return nil
}

func (a *app) undoAdoption(ctx context.Context, b adopter, id string) error {
	adoption, err := b.BeginUndo(ctx, id)
	if err != nil {
		return err
	}
	return a.walkAdoption(ctx, b, adoption, "moved back", func() (collection.AdoptedCase, bool, error) { return b.UndoNext(ctx, id, a.actor) })
}

// walkAdoption takes case by case until none is left, and says what became of them.
func (a *app) walkAdoption(ctx context.Context, b adopter, adoption collection.Adoption, done string, next func() (collection.AdoptedCase, bool, error)) error {
	t := newAdoptionTable()
	n := 0
	for {
		c, ok, err := next()
		if err != nil {
			if n > 0 && !a.json {
				a.say("%s: %d cases were %s. The same command goes on.", adoption.ID, n-t.stay, done)
			}
			return err
		}
		if !ok {
			break
		}
		n++
		t.add(c)
		if a.json {
			if err := a.stream(c); err != nil {
				return err
			}
		}
	}
	adoption, err := b.Adoption(ctx, adoption.ID)
	if err != nil {
		return err
	}
	if a.json {
		return a.stream(adoption) // the sums close the stream of cases
	}
	a.say("%s: %s %s to %s, %d stay as they are.", adoption.ID, many(int64(n-t.stay), "case"), done, t.to(adoption), t.stay)
	t.print(a, n)
	if done == "moved" && n > t.stay {
		a.say("Undo it with dunlin policy adopt --undo %s. New invoices keep their policy: dunlin policy put changes that.", adoption.ID)
	}
	return nil
}

// adoptionTable is what an adoption does to cases, as far as it is shown.
type adoptionTable struct {
	*table
	shown, stay int
	last        string
}

func newAdoptionTable() *adoptionTable {
	return &adoptionTable{table: newTable("INVOICE", "FROM", "NEXT STEP NOW", "NEXT STEP THEN", "SKIPPED OR WHY NOT")}
}

func (t *adoptionTable) add(c collection.AdoptedCase) {
	about := strings.Join(c.Skipped, ", ")
	then := itemWords(c.Then, c.Zone, c.ThenText)
	if c.Reason != "" {
		t.stay++
		about, then = c.Reason, "stays"
	} else {
		t.last = c.To
	}
	if t.shown == shownCases {
		return
	}
	t.shown++
	t.table.add(c.Invoice.String(), c.From, itemWords(c.Now, c.Zone, c.NowText), then, about)
}

// to names where the cases went.
func (t *adoptionTable) to(adoption collection.Adoption) string {
	if t.last != "" && adoption.UndoneAt.IsZero() {
		return t.last
	}
	if !adoption.UndoneAt.IsZero() {
		return "the policies they had"
	}
	return adoption.Policy
}

func (t *adoptionTable) print(a *app, all int) {
	if t.shown > 0 {
		t.table.print(a.out, "  ")
	}
	if all > t.shown {
		a.say("  … and %s more; --json names all.", count(int64(all-t.shown)))
	}
}

// itemWords is a planned act in a cell, its time in the debtor's zone; without one what the case waits for.
func itemWords(it dunning.Item, zone, waiting string) string {
	if it.Act == "" {
		return waiting
	}
	words := it.Step
	if plain(it.Act) != it.Step {
		words = strings.TrimSpace(words + " " + plain(it.Act))
	}
	return moment(it.At, zone) + " " + words
}

func (a *app) policyAdoptions() *cobra.Command {
	return &cobra.Command{
		Use:     "adoptions",
		Short:   "List who moved running cases to which policy",
		Long:    "List the adoptions, the newest first. With --json: one JSON document per line.",
		Example: "  dunlin policy adoptions",
		Args:    cobra.NoArgs,
		RunE: a.withBooks(func(ctx context.Context, b books, _ []string) error {
			all, err := b.Adoptions(ctx)
			if err != nil {
				return err
			}
			t := newTable("ID", "POLICY", "WHERE", "BY", "AT", ">CASES", ">MOVED", ">REFUSED", ">UNDONE", ">LEFT")
			for _, x := range all {
				if a.json {
					if err := a.stream(x); err != nil {
						return err
					}
				}
				t.add(x.ID, x.Policy+" v"+count(int64(x.Version)), x.Chosen, x.Actor, x.At.UTC().Format(time.RFC3339), count(x.Cases), count(x.Moved), count(x.Refused), count(x.Undone), count(x.Left))
			}
			if !a.json {
				t.print(a.out, "")
			}
			return nil
		}),
	}
}
