package collection

import (
	"slices"
	"strings"

	"dunlin/dunning"
	"dunlin/invoice"
)

// choiceWords are the tests a choice knows, those of a condition first.
var choiceWords = []string{"creditor", "group", "kind", "country", "type", "history", "amount_from", "amount_below", "policy", "stage", "number"}

// ParseChoice reads tests like "policy=standard-b2b,creditor=acme,country=DE,country=AT,amount_from=500.00 EUR".
// All tests must hold; a word that stands twice means any of its values. No test at all is refused: who
// means every case names a policy or a creditor.
func ParseChoice(text string) (Choice, error) {
	c := Choice{}
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		word, value, ok := strings.Cut(part, "=")
		word, value = strings.TrimSpace(word), strings.TrimSpace(value)
		if !ok || value == "" {
			return c, invoice.Invalid("where", "%q is not a test", strings.TrimSpace(part)).WithHint("write word=value, commas between: policy=standard-b2b,country=DE; the words are %s", strings.Join(choiceWords, ", "))
		}
		if err := c.add(word, value); err != nil {
			return c, err
		}
		parts = append(parts, word+"="+value)
	}
	slices.Sort(parts)
	c.Text = strings.Join(slices.Compact(parts), ",")
	return c, nil
}

func (c *Choice) add(word, value string) error {
	switch word {
	case "policy":
		c.Policies = append(c.Policies, value)
	case "number":
		c.Numbers = append(c.Numbers, value)
	case "stage":
		c.Stages = append(c.Stages, dunning.Stage(value))
	case "creditor":
		c.Creditors = append(c.Creditors, value)
	case "group":
		c.Groups = append(c.Groups, value)
	case "country":
		c.Countries = append(c.Countries, strings.ToUpper(value))
	case "kind":
		c.Kinds = append(c.Kinds, invoice.Kind(value))
		return oneOf(word, value, string(invoice.KindInvoice), string(invoice.KindOrder))
	case "type":
		c.Types = append(c.Types, invoice.DebtorType(value))
		return oneOf(word, value, string(invoice.Business), string(invoice.Consumer))
	case "history":
		c.History = dunning.History(value)
		return oneOf(word, value, string(dunning.FirstTime), string(dunning.Repeat))
	case "amount_from":
		return addLimit(&c.From, word, value)
	case "amount_below":
		return addLimit(&c.Below, word, value)
	default:
		return invoice.Invalid("where", "%q is not a word that is known here", word).WithHint("the words are %s", strings.Join(choiceWords, ", "))
	}
	return nil
}

func oneOf(word, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return invoice.Invalid(word, "%s=%s: it is %s", word, value, strings.Join(allowed, " or "))
}

// addLimit reads an amount with its currency, e.g. "500.00 EUR".
func addLimit(t *dunning.Thresholds, word, value string) error {
	amount, currency, ok := strings.Cut(value, " ")
	m, err := invoice.ParseMoney(amount, strings.TrimSpace(currency))
	if !ok || err != nil {
		return invoice.Invalid("where", "%s=%s is not an amount", word, value).WithHint("write it with its currency, e.g. %s=500.00 EUR", word)
	}
	if *t == nil {
		*t = dunning.Thresholds{}
	}
	(*t)[m.Currency] = m.Minor
	return nil
}

// ParseFeatures reads what a made-up invoice is, e.g. "kind=invoice,group=key,amount=500.00 EUR".
func ParseFeatures(text string) (f dunning.Features, err error) {
	for part := range strings.SplitSeq(text, ",") {
		word, value, _ := strings.Cut(part, "=")
		word, value = strings.TrimSpace(word), strings.TrimSpace(value)
		switch word {
		case "creditor":
			f.Creditor = value
		case "group":
			f.Group = value
		case "country":
			f.Country = strings.ToUpper(value)
		case "kind":
			f.Kind, err = invoice.Kind(value), oneOf(word, value, string(invoice.KindInvoice), string(invoice.KindOrder))
		case "type":
			f.Type, err = invoice.DebtorType(value), oneOf(word, value, string(invoice.Business), string(invoice.Consumer))
		case "history":
			f.History, err = dunning.History(value), oneOf(word, value, string(dunning.FirstTime), string(dunning.Repeat))
		case "amount":
			amount, currency, _ := strings.Cut(value, " ")
			f.Amount, err = invoice.ParseMoney(amount, strings.TrimSpace(currency))
		default:
			err = invoice.Invalid("is", "%q is not a word that is known here", word).WithHint("the words are creditor, group, kind, country, type, history, amount")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}
