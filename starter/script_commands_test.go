package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exitCode runs "code N dunlin …" and checks the exit code, with stdin from the file named stdin if there is one.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// writeRows runs "rows FILE N": a CSV file of N invoices with their debtors.
func writeRows(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	b.WriteString("creditor,number,debtor,debtor_name,debtor_zone,debtor_type,debtor_country,email,total,currency,issued_on,due_on\n")
	today := time.Now()
	for i := range n {
		fmt.Fprintf(&b, "acme,R-%d,C-%d,Debtor %d,Europe/Berlin,business,DE,c%d@example.com,119.00,EUR,%s,%s\n",
			i, i%997, i%997, i%997, today.Format(time.DateOnly), today.AddDate(0, 0, 30).Format(time.DateOnly))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// within runs "within SECONDS program args…" and fails when it takes longer.
func within(ts *testscript.TestScript, neg bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	began := time.Now()
	err = ts.Exec(args[1], args[2:]...)
	if (err == nil) == neg {
		ts.Fatalf("%v: %v", args, err)
	}
	if took := time.Since(began); took > limit {
		ts.Fatalf("%v took %s", args, took)
	}
}
