package store

import (
	"context"

	"dunlin/bank"
	"dunlin/invoice"
)

// chooseSigns decides whether the reversals of a statement are read as booked or turned round. As booked is
// the rule; where that doesn't add up and turning does, the account's bank writes them the other way, and
// the choice is kept for statements that cannot tell. Whenever the choice changes somebody is told.
func (a *acceptance) chooseSigns(ctx context.Context, st *stagedStatement) error {
	var rule string
	if err := a.tx.QueryRow(ctx, `SELECT sign_rule FROM feeds WHERE account = $1 AND currency = $2`, st.home.account, st.Account.Currency).Scan(&rule); err != nil {
		return err
	}
	asBooked, turned := st.Sum == bank.AddsUp, st.flipped == bank.AddsUp
	st.turn = rule == "turn_reversals"
	if asBooked != turned && st.Kind == bank.Booked { // only then do the balances decide
		st.turn = turned
	}
	if st.sum = st.Sum; st.turn {
		st.sum = st.flipped
	}
	if st.turn == (rule == "turn_reversals") {
		return nil
	}
	kept := "as_booked"
	if st.turn {
		kept = "turn_reversals"
		st.alert("sign_rule", "the bank writes reversals with the sign of what they take back: statement %s adds up only when they are turned round; they are from now on", named(st))
	} else {
		st.alert("sign_rule", "statement %s adds up only with reversals as they stand; they are not turned round any more", named(st))
	}
	_, err := a.tx.Exec(ctx, `UPDATE feeds SET sign_rule = $3 WHERE account = $1 AND currency = $2`, st.home.account, st.Account.Currency, kept)
	return err
}

// checkSum refuses a statement that should book and doesn't add up, unless somebody has said to take it.
func (a *acceptance) checkSum(st *stagedStatement) error {
	if st.sum != bank.Off || st.Kind != bank.Booked || st.Opening == nil || st.Closing == nil {
		return nil
	}
	c := st.Opening.Amount.Currency
	comes := st.Opening.Amount.Minor + st.Booked
	off := invoice.NewMoney(max(comes-st.Closing.Amount.Minor, st.Closing.Amount.Minor-comes), c)
	text := "statement %s does not add up: %s and %s booked make %s, its closing balance is %s; they differ by %s"
	args := []any{named(st), st.Opening.Amount, invoice.NewMoney(st.Booked, c), invoice.NewMoney(comes, c), st.Closing.Amount, off}
	if a.allowOff {
		st.alert("arithmetic", text, args...)
		return nil
	}
	r := refuse(text, args...)
	if a.left > 0 {
		return r.hint("entries that could not be read were left out, see the problems of the file; ask the bank for it again")
	}
	return r.hint("ask the bank for the statement again; if it is right all the same, import it with --allow-off")
}

// named is how people call a statement.
func named(st *stagedStatement) string {
	switch {
	case st.Number != "" && st.Ref != "":
		return st.Number + " (" + st.Ref + ")"
	case st.Number != "":
		return st.Number
	case st.Ref != "":
		return st.Ref
	case st.Closing != nil && !st.Closing.On.IsZero():
		return "of " + st.Closing.On.String()
	}
	return "without a number"
}
