package main

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"dunlin/dev/sandbox"
)

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func errStuck(what string) error { return fmt.Errorf("%s does not move any more", what) }

// soundBooks checks what must hold after any suite: no message claimed after a payment, no double
// entry that does not balance. What the worker called an error is told: it may be one that was waited out.
func (w *world) soundBooks(ctx context.Context, r *report) error {
	late, err := w.number(ctx, `SELECT count(*) FROM attempt_claims c JOIN facts f ON f.invoice_pk = c.invoice_pk AND f.kind = 'payment' WHERE c.seq > f.seq`)
	if err != nil {
		return err
	}
	r.check(late == 0, "%d messages were claimed after the payment of their invoice", late)
	r.add("messages claimed after a payment's commit", count, "messages", float64(late)).atMost(float64(late), 0, "0")
	off, err := w.number(ctx, `SELECT count(*) FROM (SELECT entry_pk FROM postings GROUP BY entry_pk, currency HAVING sum(amount) <> 0) AS off`)
	if err != nil {
		return err
	}
	r.check(off == 0, "%d entries of the ledger do not balance", off)
	if w.worker != nil {
		n, last := w.worker.errors()
		r.add("errors in the worker's log", count, "lines", float64(n))
		if n > 0 {
			r.say("the worker's last error: %s", last)
		}
	}
	return nil
}

// printed finds the short reference that every message shows, e.g. O-000017/A.
var printed = regexp.MustCompile(`O-(\d{6})/([A-Z])`)

// accepted lists the accepted messages of the sandbox's log by reference and kind.
func accepted(log []sandbox.Entry, r *report) map[string][]sandbox.Entry {
	by := map[string][]sandbox.Entry{}
	for _, e := range log {
		if !e.Accepted || (e.Kind != sandbox.KindEmail && e.Kind != sandbox.KindSMS) {
			continue
		}
		ref := printed.FindString(e.Text)
		r.check(ref != "", "a message to %s shows no reference", e.To)
		by[e.Kind+" "+ref] = append(by[e.Kind+" "+ref], e)
	}
	return by
}

// noDoubles checks that no step was told twice over one channel.
func noDoubles(by map[string][]sandbox.Entry, r *report) {
	doubles := 0
	for ref, all := range by {
		if len(all) > 1 {
			doubles++
			r.check(doubles > 3, "%s was sent %d times", ref, len(all))
		}
	}
	r.add("messages sent twice (the provider's log)", count, "messages", float64(doubles)).of(len(by)).atMost(float64(doubles), 0, "0")
}
