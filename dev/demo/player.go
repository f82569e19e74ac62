package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"dunlin/dev/audit"
	"dunlin/dev/lab"
	"dunlin/dev/sandbox"
	"dunlin/invoice"
)

// player plays the script: it is the shop, the bank, the debtors, the collector and the bad luck.
type player struct {
	lab   *lab.Lab
	api   *api
	start time.Time
	traps []*trap

	mu       sync.Mutex
	acks     []audit.Ack
	notes    []string // what happened since the last line of progress
	payments int
	kills    int
	away     time.Time // since when nobody works
	hours    int       // without a worker

	finished map[string]int // calls made, by invoice
	placed   map[string]int // day on which a placement was first seen

	bank      *bank
	rows      map[string]map[string]string // of the sample, by number
	gated     int                          // steps that were seen to wait for statements
	suggested int                          // payments about which a person took a suggestion
}

// verbs are what the script can say.
var verbs map[string]func(p *player, ctx context.Context, l line) error

func init() {
	verbs = map[string]func(p *player, ctx context.Context, l line) error{
		"pay": (*player).pay, "return": (*player).giveBack, "credit": (*player).credit, "cancel": (*player).cancel, "due": (*player).due,
		"hold": (*player).hold, "release": (*player).release, "stop": (*player).stop, "dispute": (*player).dispute, "resolve": (*player).resolve,
		"promise": (*player).promise, "payplan": (*player).payplan, "partdispute": (*player).partDispute, "credited": (*player).credited, "debtor": (*player).debtor, "inbound": (*player).inbound, "trap": (*player).setTrap,
		"away": (*player).leave, "back": (*player).comeBack,
		"stray": atFeed((*player).stray), "again": atFeed((*player).again), "overlap": atFeed((*player).overlap), "damaged": atFeed((*player).damaged), "feed": atFeed((*player).feedWord),
		"gate": (*player).gate, "terms": (*player).terms,
	}
}

func (p *player) play(ctx context.Context, l line) error {
	if err := verbs[l.verb](p, ctx, l); err != nil {
		return fmt.Errorf("%q: %w", l.text, err)
	}
	return nil
}

func (p *player) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// fact tells a fact by the way the line says. flags are the command line's, body is the API's.
func (p *player) fact(ctx context.Context, l line, as, kind, command, path, key string, flags []string, body map[string]any) error {
	if !l.cli {
		_, err := p.tell(ctx, as, kind, path, l.number, key, body)
		return err
	}
	args := append(append(strings.Fields(command), creditorOf(l.number)+"/"+l.number), flags...)
	text, err := p.lab.CLI(ctx, append(args, "--key", key, "--actor", as, "--json")...)
	if err != nil {
		return err
	}
	var r receipt
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("dunlin %s answered %q: %w", command, text, err)
	}
	p.acked(kind, l.number, key, r)
	return nil
}

// money is an amount in the words of API and command line.
func (p *player) money(ctx context.Context, l line) (amount, currency string, err error) {
	v, err := p.view(ctx, l.number)
	if err != nil {
		return "", "", err
	}
	amount, currency = v.Balance.Decimal(), string(v.Balance.Currency)
	if len(l.args) > 0 {
		amount = l.args[0]
	} else if v.Balance.IsZero() {
		amount = v.Invoice.Total.Decimal() // too late: the debtor pays what stood on the invoice
	}
	return amount, currency, nil
}

func (p *player) credit(ctx context.Context, l line) error {
	_, currency, err := p.money(ctx, l)
	if err != nil {
		return err
	}
	return p.fact(ctx, l, "erp", "credit_note", "credit", "/credit-notes", "CN-"+l.number, []string{l.args[0], currency},
		map[string]any{"amount": map[string]string{"amount": l.args[0], "currency": currency}})
}

func (p *player) cancel(ctx context.Context, l line) error {
	return p.fact(ctx, l, "erp", "cancellation", "cancel", "/cancellation", "CX-"+l.number, []string{"--reason", l.rest(0)}, map[string]any{"reason": l.rest(0)})
}

// day turns +32d into a date.
func (p *player) day(s string) (time.Time, error) {
	var n int
	if _, err := fmt.Sscanf(s, "+%dd", &n); err != nil {
		return time.Time{}, fmt.Errorf("%q is no relative day such as +32d", s)
	}
	return p.start.UTC().Truncate(24*time.Hour).AddDate(0, 0, n), nil
}

func (p *player) due(ctx context.Context, l line) error {
	on, err := p.day(l.args[0])
	if err != nil {
		return err
	}
	return p.fact(ctx, l, "erp", "due_date", "due", "/due-date", "DD-"+l.number, []string{on.Format(time.DateOnly), "--reason", l.rest(1)},
		map[string]any{"due_on": on.Format(time.DateOnly), "reason": l.rest(1)})
}

func (p *player) hold(ctx context.Context, l line) error {
	body, flags := map[string]any{"reason": l.rest(1)}, []string{"--reason", l.rest(1)}
	if l.args[0] != "-" {
		until, err := p.day(l.args[0])
		if err != nil {
			return err
		}
		body["until"] = until.Format(time.RFC3339)
		flags = append(flags, "--until", until.Format(time.RFC3339))
	}
	return p.fact(ctx, l, "mara", "hold", "hold", "/holds", "HO-"+l.number, flags, body)
}

func (p *player) release(ctx context.Context, l line) error {
	return p.fact(ctx, l, "mara", "release", "release", "/release", "RE-"+l.number, nil, nil)
}

func (p *player) stop(ctx context.Context, l line) error {
	return p.fact(ctx, l, "mara", "hard_stop", "stop", "/hard-stop", "ST-"+l.number, []string{"--reason", l.rest(0)}, map[string]any{"reason": l.rest(0)})
}

func (p *player) dispute(ctx context.Context, l line) error {
	return p.fact(ctx, l, "mara", "dispute", "dispute", "/disputes", "DI-"+l.number, []string{"--reason", l.rest(0)}, map[string]any{"reason": l.rest(0)})
}

func (p *player) resolve(ctx context.Context, l line) error {
	return p.fact(ctx, l, "mara", "resolution", "resolve", "/dispute-resolution", "RS-"+l.number, []string{"--reason", l.rest(0)}, map[string]any{"reason": l.rest(0)})
}

func (p *player) promise(ctx context.Context, l line) error {
	by, err := p.day(l.args[0])
	if err != nil {
		return err
	}
	return p.fact(ctx, l, "mara", "promise", "promise", "/promises", "PR-"+l.number, []string{by.Format(time.DateOnly)}, map[string]any{"by": by.Format(time.DateOnly)})
}

// payplan agrees on instalments: an amount, and the days on which it is due each time; the last takes the rest.
func (p *player) payplan(ctx context.Context, l line) error {
	v, err := p.view(ctx, l.number)
	if err != nil {
		return err
	}
	currency := string(v.Balance.Currency)
	each, err := invoice.ParseMoney(l.args[0], currency)
	if err != nil {
		return err
	}
	flags := []string{}
	list := []map[string]any{}
	left := v.Balance.Minor
	for i, word := range l.args[1:] {
		on, err := p.day(word)
		if err != nil {
			return err
		}
		part := invoice.NewMoney(min(each.Minor, left), each.Currency)
		if i == len(l.args)-2 {
			part.Minor = left
		}
		left -= part.Minor
		flags = append(flags, "--instalment", on.Format(time.DateOnly)+"="+part.Decimal()+" "+currency)
		list = append(list, map[string]any{"due_on": on.Format(time.DateOnly), "amount": part})
	}
	p.note("%s is to be paid in %d instalments", l.number, len(list))
	return p.fact(ctx, l, "mara", "payment_plan", "payplan agree", "/payment-plans", "PP-"+l.number, flags, map[string]any{"instalments": list})
}

// partDispute says that the debtor objects to a part; the rest goes on.
func (p *player) partDispute(ctx context.Context, l line) error {
	_, currency, err := p.money(ctx, l)
	if err != nil {
		return err
	}
	return p.fact(ctx, l, "mara", "dispute:part", "dispute", "/disputes", "DI-"+l.number, []string{"--amount", l.args[0] + " " + currency, "--reason", l.rest(1)},
		map[string]any{"amount": map[string]string{"amount": l.args[0], "currency": currency}, "reason": l.rest(1)})
}

// credited ends a dispute in the debtor's favour: the credit note is booked with it.
func (p *player) credited(ctx context.Context, l line) error {
	_, currency, err := p.money(ctx, l)
	if err != nil {
		return err
	}
	return p.fact(ctx, l, "mara", "resolution", "resolve", "/dispute-resolution", "RS-"+l.number, []string{"--how", "credited", "--credit", l.args[0] + " " + currency, "--reason", l.rest(1)},
		map[string]any{"how": "credited", "credit": map[string]string{"amount": l.args[0], "currency": currency}, "reason": l.rest(1)})
}

// debtor corrects what is wrong with the debtor of an invoice: "zone=…" or "email=…".
func (p *player) debtor(ctx context.Context, l line) error {
	v, err := p.view(ctx, l.number)
	if err != nil {
		return err
	}
	path := "/v1/creditors/" + v.Invoice.Creditor + "/debtors/" + v.Invoice.Debtor
	var d map[string]any
	if err := p.api.do(ctx, "mara", http.MethodGet, path, nil, &d); err != nil {
		return err
	}
	for _, change := range l.args {
		field, value, ok := strings.Cut(change, "=")
		switch {
		case !ok:
			return errors.New("write zone=… or email=…")
		case field == "email":
			d["contacts"] = append(without(d["contacts"], "email"), map[string]any{"channel": "email", "address": value})
		default:
			d[field] = value
		}
	}
	for _, given := range []string{"creditor", "id"} {
		delete(d, given) // they stand in the path
	}
	p.note("%s is corrected: %s", v.Invoice.Debtor, l.rest(0))
	return p.api.do(ctx, "mara", http.MethodPut, path, d, nil)
}

// without returns the contacts of other channels, as somebody may write them: health is ours.
func without(contacts any, channel string) []any {
	kept := []any{}
	list, _ := contacts.([]any)
	for _, c := range list {
		if one, ok := c.(map[string]any); ok && one["channel"] != channel {
			delete(one, "health")
			kept = append(kept, one)
		}
	}
	return kept
}

// inbound is an SMS that the debtor writes to us.
func (p *player) inbound(ctx context.Context, l line) error {
	from, to := p.mobiles(l.number)
	if from == "" {
		return errors.New("no SMS has gone out yet that could be answered")
	}
	p.note("%s is answered by SMS: %s", l.number, l.rest(0))
	status, err := p.lab.Sandbox.Inbound(ctx, sandbox.InboundSMS{From: from, To: to, Body: l.rest(0), OptOutType: strings.ToUpper(l.rest(0))})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the webhook answered %d", status)
	}
	return err
}

// mobiles are the debtor's number and ours, as the newest SMS about the invoice shows them.
func (p *player) mobiles(number string) (debtor, ours string) {
	for _, e := range p.lab.Sandbox.Log() {
		if e.Kind == sandbox.KindSMS && strings.Contains(e.Text, number) {
			debtor, ours = e.To, e.From
		}
	}
	return debtor, ours
}

// leave takes the worker away, for as long as the script says.
func (p *player) leave(context.Context, line) error {
	p.lab.Conductor.SetAway(true)
	p.bank.mu.Lock() // what is being imported is imported first
	defer p.bank.mu.Unlock()
	p.lab.StopWorker()
	p.away = p.lab.Clock.Reading()
	p.note("the worker stays away")
	return nil
}

func (p *player) comeBack(ctx context.Context, _ line) error {
	err := p.lab.StartWorker(ctx)
	p.hours += int(p.lab.Clock.Reading().Sub(p.away).Round(time.Hour) / time.Hour)
	p.lab.Conductor.SetAway(false)
	p.note("the worker is back after %d hours", p.hours)
	if err != nil {
		return err
	}
	p.away = time.Time{}
	return p.catchUp(ctx)
}
