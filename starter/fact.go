package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

const inFlightNote = "A message claimed before this may still arrive."

// factFlags are the flags that every fact has.
type factFlags struct {
	key    string
	reason string
	noWait bool
}

// flags adds --key and --reason, and --no-wait where the command waits for messages in flight.
func (f *factFlags) flags(cmd *cobra.Command, keyHelp string, waits bool) {
	cmd.Flags().StringVar(&f.key, "key", "", keyHelp)
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the case file")
	if waits {
		cmd.Flags().BoolVar(&f.noWait, "no-wait", false, "do not wait until messages in flight have landed")
	}
}

const (
	keyOnce    = "name of this fact; default: made from its content, so that repeating the command changes nothing"
	keyNew     = "name of this fact; default: a new one; give it to make a repetition harmless"
	keyOfMoney = "the bank's or the document's own reference; repeating it changes nothing"
)

// fact makes the common part of a fact; key is what to call it when no --key was given.
func (a *app) fact(k invoice.Key, f factFlags, key string) invoice.Fact {
	if f.key != "" {
		key = f.key
	}
	return invoice.Fact{Invoice: k, Key: key, Actor: a.actor, Reason: f.reason}
}

// contentKey names a fact by its content: the same content told twice is one fact.
func contentKey(kind string, k invoice.Key, content ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{kind, k.Creditor, k.Number}, content...), "\x00")))
	return "cli-" + kind + "-" + hex.EncodeToString(sum[:8])
}

// told is a receipt with the name under which the fact is on file.
type told struct {
	invoice.Receipt
	Key string `json:"key"`
}

// tell commits a fact and reports it. With wait it answers only when no message of the invoice is in
// flight, or says that one is. Once committed, nothing turns the answer into a failure.
func (a *app) tell(ctx context.Context, b brakes, what string, f invoice.Fact, wait bool, commit func() (invoice.Receipt, error)) error {
	r, err := commit()
	if err != nil {
		return err
	}
	if wait {
		inFlight, err := b.AwaitQuiet(ctx, f.Invoice)
		if err != nil {
			fmt.Fprintln(a.errs, "dunlin: it is on file, but whether a message is in flight could not be seen:", clean(err.Error()))
		}
		r.MessageInFlight = r.MessageInFlight || inFlight || err != nil
	}
	if a.json {
		return a.show(told{r, f.Key})
	}
	a.receipt(what, f.Key, r)
	return nil
}

func (a *app) receipt(what, key string, r invoice.Receipt) {
	if r.Repeated {
		a.say("%s: %s is on file already under key %s: nothing changed. If this is another one, give it a --key of its own.", r.Invoice, what, key)
	} else {
		a.say("%s: %s is on file under key %s.", r.Invoice, what, key)
	}
	line := fmt.Sprintf("Now %s, balance %s.", plain(r.Status), r.Balance)
	if r.OnAccount.Positive() {
		line += fmt.Sprintf(" %s stays on account.", r.OnAccount)
	}
	a.say("%s", line)
	if r.MessageInFlight {
		a.say(inFlightNote)
	}
}

// invoiceArg reads the first argument and leaves the rest.
func invoiceArg(args []string) (invoice.Key, []string, error) {
	k, err := parseKey(args[0])
	return k, args[1:], err
}
