package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// draft gathers what the message of an act says: to whom, about which invoices, in which words.
func (f *file) draft(ctx context.Context, act collection.Act, siblings []*file) (*draft, error) {
	d := &draft{act: act, kind: "collecting", covered: []*file{f}, steps: []string{act.Step}}
	var err error
	if d.id, err = newID(); err != nil {
		return nil, err
	}
	if d.attempt, err = newID(); err != nil {
		return nil, err
	}
	creditor, debtor, err := f.parties(ctx)
	if err != nil {
		return nil, err
	}
	d.letter = message.Letter{Creditor: creditor, Debtor: debtor, Language: firstOf(debtor.Language, creditor.Language, "en"), Today: f.now.In(f.zone())}
	switch act.Item.Act {
	case dunning.Place, dunning.Recall:
		return d, f.toPartner(ctx, d)
	}
	return d, f.toDebtor(d, siblings)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// toDebtor fills a collecting message; siblings whose step of the same channel is due are told in it, too.
func (f *file) toDebtor(d *draft, siblings []*file) error {
	step, ok := f.policy.Step(d.act.Step)
	if !ok {
		return invoice.Invalid("step", "%q is no step of policy %s", d.act.Step, f.policy.Name)
	}
	d.class = string(step.Class)
	channel := channelOf(d.act.Item.Act)
	for _, c := range d.letter.Debtor.Contacts {
		if c.Channel == channel && c.Health == invoice.HealthOK {
			d.letter.Contact, d.recipient = c, c.Address
			break
		}
	}
	if d.recipient == "" {
		return invoice.Invalid("debtor.contacts", "debtor %s has no working %s address", f.inv.DebtorID, channel)
	}
	f.line(d, step)
	f.words(d, step)
	if dunning.IsThanks(step.ID) {
		return f.toThank(d, siblings)
	}
	d.letter.PayBy = f.policy.PayBy(f.state, step.ID, f.now)
	if f.state.DecisionOn != nil {
		d.letter.Route = string(f.state.DecisionOn.Route)
		d.letter.PlaceOn = f.policy.PlaceOn(f.state, f.now)
	}
	if !f.inv.ExpiresAt.IsZero() {
		d.letter.TimeLeft = f.inv.ExpiresAt.Sub(f.now)
	}
	if f.tellPlan(&d.letter, step.ID); len(d.letter.Instalments) > 0 {
		return nil // a plan's messages travel alone
	}
	for _, s := range siblings {
		s.joinInto(d)
	}
	return nil
}

// joinInto puts a sibling's due step into the message, whatever the policies of both, and raises its words
// to the firmest among them. What is settled, stopped or left alone is in no plan, and so in no message.
func (f *file) joinInto(d *draft) {
	own := d.covered[0]
	if f.inv.Kind != own.inv.Kind || f.stopped("") {
		return
	}
	f.refresh()
	step, ok := f.policy.Joins(f.policy.Plan(f.state, f.now), d.act.Item.Act, dunning.Class(d.class), f.now.Add(own.policy.MergeFor()))
	if !ok {
		return
	}
	f.joined(d, step)
}

// joined adds the sibling's line, and its words where they are firmer.
func (f *file) joined(d *draft, step dunning.Step) {
	f.line(d, step)
	d.covered, d.steps = append(d.covered, f), append(d.steps, step.ID)
	if f.firmer(d, step) {
		f.words(d, step)
	}
}

// firmer says whether the step's words speak more firmly than the message so far.
func (f *file) firmer(d *draft, step dunning.Step) bool {
	is, than := message.Firmness(step.TemplateFor(f.state.Assigned)), message.Firmness(d.letter.Template)
	if is == than && f.policy.Name == d.words.Name { // other words of one tone: the ladder tells
		return f.policy.Firmer(step.ID, d.firmest)
	}
	return is > than
}

// words makes the step's words, in the variant that the debtor was drawn for, those of the message.
func (f *file) words(d *draft, step dunning.Step) {
	d.firmest, d.words, d.letter.Template = step.ID, f.policy, step.TemplateFor(f.state.Assigned)
	d.variant = ""
	if d.letter.Template != step.Template || len(step.Variants) > 0 {
		d.variant = f.state.Assigned[step.ID]
	}
}

// stopped says whether a stop of the step is in force now, also one that ends within the merge window. A
// dispute about a part stops nothing else; under a payment plan only its own messages go.
func (f *file) stopped(step string) bool {
	return slices.ContainsFunc(f.stops, func(s stopRow) bool {
		return s.ended.IsZero() && !s.partial() && !(s.kind == dunning.StopPlan && f.ofPlan(step))
	})
}

// line adds the invoice to the letter.
func (f *file) line(d *draft, step dunning.Step) {
	l := message.Line{
		Number: f.inv.Number, Step: step.ID, Ref: f.inv.Number + "/" + step.Letter,
		Total: f.inv.Amount, Balance: f.balance(), IssuedOn: f.inv.IssuedOn, DueOn: f.inv.DueOn,
		Reference: f.inv.Reference, Goods: f.inv.Goods, PayURL: f.inv.PayURL, Disputed: f.disputedMoney(),
		QuoteRef: referenceOf(d.letter.Creditor, f.inv.Number),
	}
	if !f.inv.DueOn.IsZero() {
		l.DaysOverdue = max(0, f.inv.DueOn.DaysUntil(invoice.DateOf(d.letter.Today)))
	}
	if !f.inv.ExpiresAt.IsZero() {
		l.ExpiresAt = f.inv.ExpiresAt.In(d.letter.Today.Location())
	}
	d.letter.Lines = append(d.letter.Lines, l)
}

// render writes the message in its final words.
func (f *file) render(d *draft) (collection.Claim, error) {
	claim := collection.Claim{Attempt: d.attempt}
	if d.act.Item.Act == dunning.SMS {
		sms, err := f.s.catalog.SMS(d.letter)
		if err != nil {
			return claim, err
		}
		sms.AttemptID = d.attempt
		sms.ValidFor = f.policy.WindowEnd(f.state, d.act.Step, f.now).Sub(f.now)
		d.body, d.language = sms.Body, sms.Language
		claim.SMS = &sms
	} else {
		mail, err := f.s.catalog.Email(d.letter)
		if err != nil {
			return claim, err
		}
		mail.AttemptID = d.attempt
		if d.recipient != "" && mail.ToAddress != d.recipient {
			mail.ToAddress = d.recipient
		}
		if d.handoff != nil {
			mail.Attachments = message.CaseFileAttachments(f.inv.Number, d.handoff.html, d.handoff.json)
		}
		d.subject, d.body, d.html, d.language = mail.Subject, mail.Text, mail.HTML, mail.Language
		claim.Email = &mail
	}
	d.hash = message.Hash(d.subject, d.body, d.html)
	return claim, nil
}

// parties reads the creditor and the debtor with working addresses first.
func (f *file) parties(ctx context.Context) (c invoice.Creditor, d invoice.Debtor, err error) {
	if c, err = creditor(ctx, f.tx, f.inv.Creditor); err != nil {
		return c, d, err
	}
	d, err = debtor(ctx, f.tx, f.inv.Creditor, f.inv.DebtorID)
	return c, d, err
}

func creditor(ctx context.Context, q querier, id string) (c invoice.Creditor, err error) {
	var profile []byte
	if err = q.QueryRow(ctx, `SELECT profile FROM creditors WHERE id = $1`, id).Scan(&profile); err != nil {
		return c, notFound(err, "creditor", "%q is not on file", id)
	}
	return c, json.Unmarshal(profile, &c)
}

func debtor(ctx context.Context, q querier, creditor, id string) (d invoice.Debtor, err error) {
	var pk int64
	d = invoice.Debtor{Creditor: creditor, ID: id}
	err = q.QueryRow(ctx, `SELECT pk, name, type, country, region, zone, language, customer_group FROM debtors WHERE creditor = $1 AND id = $2`, creditor, id).
		Scan(&pk, &d.Name, &d.Type, &d.Country, &d.Region, &d.Zone, &d.Language, &d.Group)
	if err != nil {
		return d, notFound(err, "debtor", "%q is not on file for %s", id, creditor)
	}
	rows, err := q.Query(ctx, `SELECT c.channel, c.address, c.name, c.role, CASE WHEN s.address IS NOT NULL THEN 'opted_out' ELSE c.health END
		FROM contacts c LEFT JOIN suppressions s ON s.creditor = $2 AND s.channel = c.channel AND s.address = lower(c.address)
		WHERE c.debtor_pk = $1 ORDER BY c.channel, c.n`, pk, creditor)
	if err != nil {
		return d, err
	}
	d.Contacts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c invoice.Contact, err error) {
		return c, row.Scan(&c.Channel, &c.Address, &c.Name, &c.Role, &c.Health)
	})
	return d, err
}

// notFound turns "no rows" into an error for people.
func notFound(err error, field, format string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return invoice.Unknown(field, format, args...)
	}
	return err
}

// handoffDraft is the sealed case file that goes to the lawyer or the agency.
type handoffDraft struct {
	route   dunning.Route
	partner invoice.Partner
	html    []byte
	json    []byte
	sum     string
	until   time.Time
}

func (h *handoffDraft) queue(b *pgx.Batch, f *file, messageID string) {
	b.Queue(`INSERT INTO handoffs (invoice_pk, route, partner, address, state, bundle_html, bundle_json, bundle_sum, message_id, deadline, at)
		VALUES ($1, $2, $3, $4, 'prepared', $5, $6, $7, $8, $9, $10)`,
		f.pk, h.route, h.partner.Name, h.partner.Email, string(h.html), string(h.json), h.sum, messageID, h.until, f.now)
}

// toPartner fills a placement with the sealed case file, or its recall.
func (f *file) toPartner(ctx context.Context, d *draft) error {
	d.class, d.letter.Language = "formal", firstOf(d.letter.Creditor.Language, "en")
	// The step that places a claim has no letter of its own, and a recall is no step of a policy.
	step := dunning.Step{ID: d.act.Step, Letter: "P"}
	if d.act.Item.Act == dunning.Recall {
		step.Letter = "R"
	}
	f.line(d, step)
	if d.act.Item.Act == dunning.Recall {
		d.kind, d.letter.Template = "recall", "recall"
		var route, name string
		err := f.tx.QueryRow(ctx, `SELECT route, partner, address FROM handoffs WHERE invoice_pk = $1 AND state IN ('sent', 'acknowledged') ORDER BY pk DESC LIMIT 1`, f.pk).
			Scan(&route, &name, &d.recipient)
		d.letter.Reason = string(f.status)
		d.letter.Route, d.letter.Contact = route, invoice.Contact{Channel: invoice.Email, Address: d.recipient, Name: name}
		return notFound(err, "handoff", "%s is with nobody", f.inv.Number)
	}
	d.kind, d.letter.Template = "placement", "placement"
	return f.placement(ctx, d)
}

// placement seals the case file for the decided route.
func (f *file) placement(ctx context.Context, d *draft) error {
	if f.state.DecisionOn == nil {
		return invoice.WrongState("%s has no decision to place it by", f.inv.Number)
	}
	h := &handoffDraft{route: f.state.DecisionOn.Route, partner: d.letter.Creditor.Lawyer, until: f.policy.AcknowledgeBy(f.state, f.now)}
	if h.route == dunning.RouteAgency {
		h.partner = d.letter.Creditor.Agency
	}
	if h.partner.Email == "" {
		return invoice.Invalid("creditor."+string(h.route)+".email", "is missing: nobody can take over %s", f.inv.Number).WithHint("dunlin creditor put")
	}
	d.letter.Route, d.recipient = string(h.route), h.partner.Email
	d.letter.Contact = invoice.Contact{Channel: invoice.Email, Address: h.partner.Email, Name: h.partner.Name}
	dossier, err := f.dossier(ctx, d.letter)
	if err != nil {
		return err
	}
	if h.html, h.json, h.sum, err = f.s.catalog.CaseFile(dossier); err != nil {
		return err
	}
	d.handoff, d.letter.Seal = h, h.sum
	return nil
}

// dossier gathers everything on file about the invoice.
func (f *file) dossier(ctx context.Context, l message.Letter) (message.Dossier, error) {
	view, err := f.s.caseView(ctx, f.tx, f.inv.Key)
	if err != nil {
		return message.Dossier{}, err
	}
	d := message.Dossier{
		AsOf: f.now, Language: l.Language, Creditor: l.Creditor, Debtor: l.Debtor, Invoice: f.inv, Cycle: f.cycle,
		Status: f.status, Balance: f.balance(), Timeline: view.Events,
	}
	for _, e := range view.Entries {
		d.Ledger = append(d.Ledger, message.Booking{Kind: e.Kind, Key: e.Key, At: e.At, Postings: e.Postings})
	}
	for _, m := range view.Messages {
		d.Messages = append(d.Messages, message.Sent{
			At: m.CreatedAt, Step: m.Step, Ref: strings.Join(m.References, ", "), Channel: m.Channel, To: m.Recipient,
			Subject: m.Subject, Text: m.Text, HTML: m.HTML, Hash: m.Hash, ProviderID: m.ProviderID, State: firstOf(m.Delivery, m.State),
		})
	}
	if v := view.Decision; v != nil {
		d.Decision = message.Verdict{Route: string(v.Route), Reason: v.Reason, DecidedAt: v.At, ApprovedBy: v.ApprovedBy}
		inputs := map[string]string{}
		if err := json.Unmarshal(v.Inputs, &inputs); err != nil {
			return d, err
		}
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			d.Decision.Inputs = append(d.Decision.Inputs, message.Input{Name: name, Value: inputs[name]})
		}
	}
	return d, nil
}
