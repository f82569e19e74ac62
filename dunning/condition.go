package dunning

import (
	"slices"
	"strings"

	"dunlin/invoice"
)

// Holds says whether every test of the condition holds; otherwise why names the first that does not, in
// words for people. A test on something that nobody knows does not hold.
func (c Condition) Holds(f Features) (ok bool, why string) {
	for _, t := range []struct {
		what, is string
		choices  []string
	}{
		{"the creditor", f.Creditor, c.Creditors},
		{"the customer group", f.Group, c.Groups},
		{"the kind", string(f.Kind), words(c.Kinds)},
		{"the country", f.Country, c.Countries},
		{"the debtor's type", string(f.Type), words(c.Types)},
		{"the payment history", string(f.History), words(some(c.History))},
	} {
		switch {
		case len(t.choices) == 0 || slices.Contains(t.choices, t.is):
		case t.is == "":
			return false, t.what + " is not known; it has to be " + strings.Join(t.choices, " or ")
		default:
			return false, t.what + " is " + t.is + ", not " + strings.Join(t.choices, " or ")
		}
	}
	if ok, why := c.From.holds(f.Amount, "below"); !ok {
		return false, why
	}
	return c.Below.holds(f.Amount, "from")
}

// Words returns the condition in one line for people, e.g. "group key; country DE or AT"; "always" when
// it tests nothing.
func (c Condition) Words() string {
	var all []string
	say := func(what string, choices []string) {
		if len(choices) > 0 {
			all = append(all, what+" "+strings.Join(choices, " or "))
		}
	}
	say("creditor", c.Creditors)
	say("group", c.Groups)
	say("kind", words(c.Kinds))
	say("country", c.Countries)
	say("type", words(c.Types))
	say("history", words(some(c.History)))
	say("amount from", c.From.words())
	say("amount below", c.Below.words())
	if len(all) == 0 {
		return "always"
	}
	return strings.Join(all, "; ")
}

// words returns the amounts in order of their currencies.
func (t Thresholds) words() []string {
	var all []string
	for _, c := range sortedKeys(t) {
		all = append(all, invoice.NewMoney(t[c], c).String())
	}
	return all
}

// IsZero says whether the condition tests nothing and so always holds.
func (c Condition) IsZero() bool {
	return len(c.Creditors)+len(c.Groups)+len(c.Kinds)+len(c.Countries)+len(c.Types)+len(c.From)+len(c.Below) == 0 && c.History == ""
}

// holds says whether an amount lies on the wanted side of its currency's threshold. side is the other
// side: "below" for a least amount, "from" for an amount that must stay under the threshold.
func (t Thresholds) holds(m invoice.Money, side string) (bool, string) {
	if len(t) == 0 {
		return true, ""
	}
	limit, known := t[m.Currency]
	at := invoice.Money{Minor: limit, Currency: m.Currency}
	switch {
	case !known:
		return false, "no amount is set for " + string(m.Currency)
	case side == "below" && m.Minor < limit:
		return false, m.String() + " is below " + at.String()
	case side == "from" && m.Minor >= limit:
		return false, m.String() + " is not below " + at.String()
	}
	return true, ""
}

func words[T ~string](all []T) []string {
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = string(all[i])
	}
	return texts
}

// some is the list of the values that are not empty.
func some[T ~string](v T) []T {
	if v == "" {
		return nil
	}
	return []T{v}
}
