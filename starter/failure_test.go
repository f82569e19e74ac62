package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{invoice.Invalid("amount", "is odd").WithHint("make it even"), exitUsage, "dunlin: amount: is odd\nhint: make it even\n"},
		{invoice.Unknown("invoice", "%s is not on file", "x"), exitNotFound, "dunlin: invoice: x is not on file\n"},
		{fmt.Errorf("wrapped: %w", invoice.Conflict("key", "is taken")), exitConflict, "dunlin: key: is taken\n"},
		{invoice.WrongState("it is paid"), exitState, "dunlin: it is paid\n"},
		{&invoice.Error{Code: invoice.CodeUnavailable, Message: "away"}, exitUnavailable, "dunlin: away\n"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, exitUnavailable, "DATABASE_URL"},
		{&pgconn.PgError{Code: "57P01", Message: "terminating connection"}, exitUnavailable, "is it running"},
		{&pgconn.PgError{Code: "42P01", Message: "relation does not exist"}, exitUnavailable, "dunlin migrate"},
		{context.Canceled, exitFailure, "dunlin: interrupted\n"},
		{errors.New("boom\x1b[2J"), exitFailure, "dunlin: boom [2J\n"},
	} {
		o := cli(t, &fakeBooks{refuse: c.err}, "", "status", "acme/INV-1")
		require.Equal(t, c.code, o.code, "%v", c.err)
		require.Contains(t, o.errors, c.says)
		require.Empty(t, o.out)
	}
}

func TestErrorsInJSON(t *testing.T) {
	t.Parallel()
	o := cli(t, &fakeBooks{refuse: invoice.Conflict("key", "is taken")}, "", "status", "acme/INV-1", "--json")
	require.Equal(t, exitConflict, o.code)
	var answer map[string]problem
	require.NoError(t, json.Unmarshal([]byte(o.out), &answer))
	require.Equal(t, problem{Code: invoice.CodeConflict, Field: "key", Message: "is taken"}, answer["error"])
}

// TestHints: what is wrong is named, and how to write it.
func TestHints(t *testing.T) {
	t.Parallel()
	require.Equal(t, "dunlin: amount: -5 is not above zero\nhint: money that went back is a return, a negative document a credit note\n",
		cli(t, &fakeBooks{}, "", "pay", "acme/INV-1", "-5", "EUR", "--key", "k").errors)
	require.Contains(t, cli(t, &fakeBooks{}, "", "status").errors, "hint: usage: dunlin status INVOICE")
	require.Contains(t, cli(t, &fakeBooks{}, "", "promise", "acme/INV-1", "--by", "x").errors, "hint: usage: dunlin promise INVOICE DATE")
	require.Contains(t, cli(t, &fakeBooks{}, "", "issue", "-", "--policy", "mine", "--creditor", "acme", "--json").errors, "dunlin: policy: and a file cannot both be given")
	require.Contains(t, cli(t, &fakeBooks{}, "", "issue", "-", "--creditor", "acme", "--json").errors, "dunlin: file: is empty")
	require.Equal(t, exitNotFound, cli(t, &fakeBooks{}, "", "sending", "stop", "creditor:nobody", "--reason", "x").code)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"nonsense"},
		{"tasks", "nonsense"},
		{"status"},
		{"status", "a/b", "c"},
		{"status", "--nonsense", "a/b"},
		{"status", "no-slash"},
		{"status", "/x"},
		{"pay", "acme/INV-1", "ten", "EUR", "--key", "k"},
		{"pay", "acme/INV-1", "-5", "--key", "k"},
		{"pay", "acme/INV-1", "0.00", "EUR", "--key", "k"},
		{"pay", "acme/INV-1", "1.00 EURO", "--key", "k"},
		{"credit", "acme/INV-1", "5.00", "EUR"},
		{"due", "acme/INV-1", "31.12.2026"},
		{"promise", "acme/INV-1", "2026-02-30"},
		{"hold", "acme/INV-1", "--until", "soon"},
		{"tasks", "claim", "x"},
		{"tasks", "finish", "1", "promised"},
		{"tasks", "finish", "1", "reached", "--by", "2026-05-20"},
		{"tasks", "list", "--kind", "x"},
		{"sending", "stop", "all"},
		{"sending", "stop", "creditor:", "--reason", "x"},
		{"sending", "resume", "some"},
		{"list", "--limit", "0"},
		{"list", "--status", "unpaid"},
		{"list", "--stage", "late"},
		{"tasks", "list", "--state", "finished"},
		{"list", "--after", "x"},
		{"verify", "--repair", "--database-only"},
		{"migrate", "--retention", "1h"},
		{"serve", "--listen", "nowhere"},
		{"issue"},
		{"issue", "--creditor", "acme", "--number", "1", "--debtor", "C", "--total", "1"},
		{"issue", "no-such-file.csv"},
		{"issue", "-", "--chunk", "0"},
		{"issue", "-", "--number", "1"},
		{"issue", "-", "--policy", "mine"},
		{"policy", "check", "no-such-file.yaml"},
		{"policy", "preview", "standard-b2b"},
		{"creditor", "put", "no-such-file.json"},
	} {
		f := &fakeBooks{}
		o := cli(t, f, "", args...)
		require.Equal(t, exitUsage, o.code, "%v: %s", args, o.errors)
		require.Regexp(t, `^dunlin: `, o.errors, "%v", args)
		require.Empty(t, f.told)
	}
}

// TestHelp holds that every command explains itself and shows an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newApp(wiring{}, nil, nil, nil).root()
	for _, c := range root.Commands() {
		for _, cmd := range append(c.Commands(), c) {
			require.NotEmpty(t, cmd.Short, cmd.CommandPath())
			if cmd.Runnable() && !cmd.HasSubCommands() {
				require.Contains(t, cmd.Example, "  dunlin ", cmd.CommandPath())
			}
		}
	}
	out := ok(t, &fakeBooks{}, "--help")
	require.Contains(t, out, "Exit codes:")
	require.Contains(t, ok(t, &fakeBooks{}, "issue", "--help"), "expires_at")
	require.Contains(t, ok(t, &fakeBooks{}, "completion", "bash"), "dunlin")
}
