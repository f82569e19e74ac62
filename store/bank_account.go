package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
	"dunlin/invoice"
)

// home is whose account a statement is about, and what the books call it: as the creditor's own profile has
// it, so that one account has one name whatever the format.
type home struct {
	creditor string
	account  string
	books    string // the kind of file that moves its money, as the profile says; "": statements
}

// findHomes looks every statement's account up among those of the creditors.
func (a *acceptance) findHomes(ctx context.Context) error {
	known, err := creditorAccounts(ctx, a.tx)
	if err != nil {
		return err
	}
	found := map[string][]home{}
	var strange []string
	for _, st := range a.all {
		name := compactAccount(st.Account.Key())
		homes, looked := found[name]
		if !looked {
			homes = homesOf(known, name)
			found[name] = homes
		}
		switch {
		case name == "":
			return refuse("statement %d does not say whose account it is", st.n).hint("import it with --account, the IBAN or number of the account")
		case len(homes) == 0 && !slices.Contains(strange, name):
			strange = append(strange, name)
		case len(homes) > 1:
			return refuse("account %s is on file for %s and %s", name, homes[0].creditor, homes[1].creditor).hint("an account belongs to one creditor: take it out of the other's bank_accounts")
		case len(homes) == 1:
			st.home = homes[0]
			st.chooseSource()
		}
	}
	if len(strange) == 0 {
		return nil
	}
	return refuse("nobody has the account %s", listed(strange)).hint("add it to the bank_accounts of its creditor (dunlin creditor put), then import the file again")
}

// chooseSource lets the one kind of file book that the account's profile names; every other one only tells.
func (st *stagedStatement) chooseSource() {
	switch books := bank.Kind(st.home.books); {
	case books == "" || books == "statement":
	case st.Kind == books:
		st.Kind = bank.Booked
	case st.Kind == bank.Booked:
		st.Kind = bank.Notification
		st.alert("doubt", "statement %s only tells: by the creditor's bank_accounts, files of kind %q book this account", named(st), st.home.books)
	}
}

// listed names up to three of several things.
func listed(names []string) string {
	if len(names) > 3 {
		names = append(slices.Clone(names[:3]), "…")
	}
	return strings.Join(names, ", ")
}

// ownAccount is an account of a creditor's profile.
type ownAccount struct {
	home
	iban string
}

func creditorAccounts(ctx context.Context, q querier) ([]ownAccount, error) {
	rows, err := q.Query(ctx, `SELECT id, profile->'bank_accounts' FROM creditors WHERE jsonb_typeof(profile->'bank_accounts') = 'array' ORDER BY id`)
	if err != nil {
		return nil, err
	}
	var all []ownAccount
	var creditor string
	var accounts []invoice.Bank
	_, err = pgx.ForEachRow(rows, []any{&creditor, &accounts}, func() error {
		for _, b := range accounts {
			o := ownAccount{home: home{creditor: creditor, account: compactAccount(b.IBAN), books: b.Books}, iban: letters(b.IBAN)}
			if o.account == "" {
				o.account = compactAccount(b.Account)
			}
			if o.account != "" {
				all = append(all, o)
			}
		}
		accounts = nil
		return nil
	})
	return all, err
}

// homesOf finds who has an account, each creditor once.
func homesOf(known []ownAccount, name string) []home {
	var homes []home
	for _, o := range known {
		if o.is(name) && !slices.ContainsFunc(homes, func(h home) bool { return h.creditor == o.creditor }) {
			homes = append(homes, o.home)
		}
	}
	return homes
}

// is says whether a bank's way to write an account means this one: the same letters and digits; with the
// currency behind it; or bank code and account number where the profile has the IBAN made of them.
func (o ownAccount) is(name string) bool {
	for _, n := range []string{name, withoutCurrency(name)} {
		if letters(n) == letters(o.account) || (o.iban != "" && letters(n) == o.iban) || o.isDomestic(n) {
			return true
		}
	}
	return false
}

// isDomestic compares BANKCODE/ACCOUNT with the IBAN that holds both, the account padded with zeros.
func (o ownAccount) isDomestic(name string) bool {
	code, account, two := strings.Cut(name, "/")
	if !two || len(o.iban) < 15 {
		return false
	}
	rest, begins := strings.CutPrefix(o.iban[4:], letters(code))
	bare := strings.TrimLeft(letters(account), "0")
	return begins && bare != "" && letters(code) != "" && strings.TrimLeft(rest, "0") == bare
}

// withoutCurrency drops a currency code that a bank writes behind the number.
func withoutCurrency(name string) string {
	bare := strings.TrimRight(name, " ")
	if len(bare) > 6 {
		if _, err := invoice.ParseCurrency(bare[len(bare)-3:]); err == nil {
			return bare[:len(bare)-3]
		}
	}
	return name
}
