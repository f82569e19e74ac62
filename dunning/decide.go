package dunning

import (
	"dunlin/invoice"
)

// Verdict is what the policy says about a claim, with what it was said from.
type Verdict struct {
	Route         Route             `json:"route"`
	NeedsApproval bool              `json:"needs_approval"` // a person must agree before anything follows
	Reason        string            `json:"reason"`
	Inputs        map[string]string `json:"inputs"` // what was known, for the case file
}

// Decide says whether the claim is worth pursuing, and by whom. A currency for which the policy lacks a
// threshold, and a debtor of whom nobody knows what they are, go to a person.
func (p *Policy) Decide(c Case) Verdict {
	cur := c.Balance.Currency
	v := Verdict{Inputs: map[string]string{
		"policy":      p.Name,
		"balance":     c.Balance.String(),
		"total":       c.Amount.String(),
		"due_on":      c.DueOn.String(),
		"debtor_type": string(c.Type),
	}}
	limits := [3]int64{}
	for i, t := range []struct {
		name string
		of   Thresholds
	}{{"small_balance", p.Rules.SmallBalance}, {"lawyer_from", p.Rules.LawyerFrom}, {"approval_above", p.Rules.ApprovalAbove}} {
		minor, ok := t.of[cur]
		if !ok {
			v.Inputs[t.name] = ""
			return v.person("the policy has no " + t.name + " for " + string(cur))
		}
		limits[i] = minor
		v.Inputs[t.name] = invoice.NewMoney(minor, cur).String()
	}
	small, lawyer, approval := limits[0], limits[1], limits[2]
	switch balance := c.Balance.Minor; {
	case c.Type == "":
		return v.person("nobody knows whether the debtor is a business or a consumer")
	case balance <= small:
		v.Route, v.Reason = RouteWriteOff, "the balance is not above "+v.Inputs["small_balance"]
	case balance >= lawyer:
		v.Route, v.Reason = RouteLawyer, "the balance is not below "+v.Inputs["lawyer_from"]
	default:
		v.Route, v.Reason = RouteAgency, "the balance lies between "+v.Inputs["small_balance"]+" and "+v.Inputs["lawyer_from"]
	}
	if c.Balance.Minor > approval {
		v.NeedsApproval = true
		v.Reason += "; above " + v.Inputs["approval_above"] + " a second person approves"
	}
	return v
}

func (v Verdict) person(why string) Verdict {
	v.Route, v.NeedsApproval, v.Reason = RoutePerson, true, why
	return v
}
