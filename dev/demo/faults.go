package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"dunlin/dev/sandbox"
	"dunlin/invoice"
)

// slowBy is how long the sandbox keeps a message that is to be crossed.
const slowBy = sandbox.Duration(3 * time.Second)

// faults is the providers' bad luck: which message meets what.
var faults = []sandbox.Rule{
	// Lost answers: the provider takes the message, and we do not learn it.
	{Name: "5xx after accept", Channel: "email", Contains: "Ref HB-2001/D", Fault: sandbox.ErrorAfter, Times: 1},
	{Name: "reset after accept, no webhook", Channel: "email", Contains: "Ref HB-2002/D", Fault: sandbox.ResetAfter, Times: 1, Webhooks: &sandbox.Webhooks{Never: true}},
	{Name: "garbled answer", Channel: "email", Contains: "Ref LT-3008/D", Fault: sandbox.Garbled, Times: 1},
	{Name: "SMS reset after accept", Channel: "sms", Contains: "Ref NL-1028/E", Fault: sandbox.ResetAfter, Times: 1},
	{Name: "SMS 5xx after accept", Channel: "sms", Contains: "Ref NL-1019/E", Fault: sandbox.ErrorAfter, Times: 1},
	// Not taken, and we cannot know at first.
	{Name: "reset before accept", Channel: "email", Contains: "Ref HB-2004/D", Fault: sandbox.ResetBefore, Times: 1},
	// Refused for now.
	{Name: "429", Channel: "email", Contains: "Ref HB-2003/D", Fault: sandbox.RateLimited, ResetAfter: sandbox.Duration(time.Second), Times: 1},
	{Name: "429 SMS", Channel: "sms", Contains: "Ref NL-1027/E", Fault: sandbox.RateLimited, ResetAfter: sandbox.Duration(time.Second), Times: 1},
	// The shop's own system is down at first.
	{Name: "stock hook down", Channel: "stock", Fault: sandbox.ErrorBefore, Times: 1},
	// Addresses that do not work, and people who do not want to be written to.
	{Name: "bounce", Channel: "email", Recipient: "acounts@rixdorf.example", Outcome: sandbox.OutcomeBounce},
	{Name: "unsubscribe", Channel: "email", Contains: "Ref HB-2011/D", Outcome: sandbox.OutcomeUnsubscribe},
	{Name: "undelivered", Channel: "sms", Recipient: "+491713920018", Outcome: sandbox.OutcomeUndelivered},
	// Reports that come twice, late, in reverse, forged.
	{Name: "duplicates", Channel: "email", Recipient: "ap@chelsea.example", Webhooks: &sandbox.Webhooks{Duplicates: 2, Reversed: true}},
	{Name: "late and twice", Channel: "email", Recipient: "ap@kupferdach.example", Webhooks: &sandbox.Webhooks{Delay: sandbox.Duration(7 * time.Hour), Duplicates: 1}},
	{Name: "forged", Channel: "email", Recipient: "ap@spreebogen.example", Webhooks: &sandbox.Webhooks{Forged: true}},
}

// trap waits until a message about an invoice's step is with the provider, and then does its harm.
type trap struct {
	number, step, harm string
	sprung             bool
	at                 time.Time // when the message was claimed, on the lab's clock
}

// letters are the steps' letters in the messages.
var letters = map[string]string{"courtesy": "B", "due": "C", "reminder-1": "D", "reminder-2": "E", "final-notice": "G"}

// setTrap makes the provider slow for one message and waits for it.
func (p *player) setTrap(_ context.Context, l line) error {
	letter := letters[l.args[0]]
	if letter == "" {
		return fmt.Errorf("%q is no step that sends", l.args[0])
	}
	p.mu.Lock()
	p.traps = append(p.traps, &trap{number: l.number, step: l.args[0], harm: l.args[1]})
	p.mu.Unlock()
	if l.args[1] == "post" { // it is gone already when the payment comes
		return nil
	}
	return p.lab.Sandbox.AddRules(sandbox.Rule{Name: "slow", Channel: "email", Contains: "Ref " + l.number + "/" + letter, Fault: sandbox.Slow, Delay: slowBy, Times: 1})
}

// watch springs the traps; it ends with ctx.
func (p *player) watch(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, p.lab.DatabaseURL())
	if err != nil {
		return err
	}
	defer pool.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		t, err := p.caught(ctx, pool)
		if err == nil && t != nil {
			err = p.spring(ctx, t)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// caught finds a trap whose message is in flight.
func (p *player) caught(ctx context.Context, pool *pgxpool.Pool) (*trap, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.traps {
		if t.sprung {
			continue
		}
		state := "in_flight"
		if t.harm == "post" {
			state = "accepted"
		}
		err := pool.QueryRow(ctx, `SELECT a.claimed_at FROM attempts a JOIN message_covers c ON c.message_id = a.message_id JOIN invoices i ON i.pk = c.invoice_pk
			WHERE a.state = $3 AND i.number = $1 AND c.step = $2 LIMIT 1`, t.number, t.step, state).Scan(&t.at)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			t.sprung = true
			return t, nil
		}
	}
	return nil, nil
}

func (p *player) spring(ctx context.Context, t *trap) error {
	if t.harm == "post" {
		p.note("a payment and the %s of %s cross in the post", t.step, t.number)
		return p.transfer(ctx, payment{numbers: []string{t.number}, value: invoice.DateOf(t.at.UTC()).AddDays(-1)})
	}
	select {
	case <-time.After(300 * time.Millisecond): // until the request has surely left
	case <-ctx.Done():
		return ctx.Err()
	}
	if t.harm == "kill" {
		p.lab.KillWorker()
		p.mu.Lock()
		p.kills++
		p.mu.Unlock()
		p.note("the worker is killed while it sends to %s", t.number)
		return p.lab.StartWorker(ctx)
	}
	p.note("a payment of %s crosses its %s", t.number, t.step)
	return p.transfer(ctx, payment{numbers: []string{t.number}, now: true})
}

// unsprung names the traps that nothing fell into, and the faults that met no message.
func (p *player) unsprung() error {
	var errs []error
	for _, f := range faults {
		if p.lab.Sandbox.Applied(f.Name) == 0 {
			errs = append(errs, fmt.Errorf("no message met the fault %q", f.Name))
		}
	}
	for _, t := range p.traps {
		if !t.sprung {
			errs = append(errs, fmt.Errorf("the trap at the %s of %s was not sprung: the fault did not happen", t.step, t.number))
		}
	}
	return errors.Join(errs...)
}
