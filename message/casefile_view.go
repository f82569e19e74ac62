package message

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"reflect"
	"strings"
	"time"

	"dunlin/invoice"
)

// fileView is what the template of the case file sees.
type fileView struct {
	Language, Number, Kind, AsOf, Status, Balance, Amount string
	Issued, Due, Expires, Goods, Reference, PayURL        string
	Cycle                                                 int
	Creditor, Debtor                                      partyView
	Route, Partner, Reason, DecidedAt, ApprovedBy         string
	Inputs                                                []Input
	Ledger                                                []bookingView
	Messages                                              []sentView
	Events                                                []eventView
	ChainIntact                                           bool
	Head                                                  string // hash of the last event
	JSONSum                                               string // SHA-256 of the JSON file
}

type partyView struct {
	Name, ID, Address, Country, Zone, Person string
	Contacts                                 []string
}

type bookingView struct {
	At, ValueOn, Kind, Key, Text string
	Postings                     []postingView
}

type postingView struct{ Account, Amount string }

type sentView struct {
	At, Step, Ref, Channel, To, Subject, Text, Hash, Provider, State string
	Intact                                                           bool
}

type eventView struct {
	N                               int64
	At, Kind, Actor, Text, Fragment string // Fragment: the beginning of the hash
}

// fileNames are the variables a case file may use; the shared parts of a language come along.
var fileNames = fieldNames(reflect.TypeFor[fileView](), maps.Clone(viewNames))

func newFileView(d Dossier, language string, json []byte) fileView {
	locale := Locale(language, d.Creditor.Country)
	sum := sha256.Sum256(json)
	v := fileView{
		Language: language, Number: oneLine(d.Invoice.Number, maxText), Kind: string(d.Invoice.Kind), AsOf: stamp(d.AsOf),
		Status: wordsIn(language, string(d.Status)), Balance: FormatMoney(d.Balance, locale), Amount: FormatMoney(d.Invoice.Amount, locale),
		Issued: FormatDate(d.Invoice.IssuedOn, locale), Due: FormatDate(d.Invoice.DueOn, locale), Expires: stamp(d.Invoice.ExpiresAt),
		Goods: oneLine(d.Invoice.Goods, 5*maxText), Reference: oneLine(d.Invoice.Reference, maxText), PayURL: oneLine(d.Invoice.PayURL, 5*maxText),
		Cycle: d.Cycle, Creditor: creditorParty(d.Creditor), Debtor: debtorParty(d.Debtor, language),
		Route: wordsIn(language, d.Decision.Route), Reason: oneLine(d.Decision.Reason, 5*maxText), DecidedAt: stamp(d.Decision.DecidedAt),
		ApprovedBy: oneLine(d.Decision.ApprovedBy, maxText), Partner: oneLine(Letter{Route: d.Decision.Route, Creditor: d.Creditor}.partner().Name, maxText),
		ChainIntact: d.ChainIntact(), JSONSum: hex.EncodeToString(sum[:]),
	}
	for _, in := range d.Decision.Inputs {
		v.Inputs = append(v.Inputs, Input{wordsIn(language, oneLine(in.Name, maxText)), wordOrText(language, in.Value)})
	}
	for _, b := range d.Ledger {
		v.Ledger = append(v.Ledger, newBooking(b, language, locale))
	}
	for _, m := range d.Messages {
		v.Messages = append(v.Messages, newSent(m, language))
	}
	for _, e := range d.Timeline {
		v.Head = hex.EncodeToString(e.Hash)
		v.Events = append(v.Events, eventView{e.N, stamp(e.At), words(e.Kind), oneLine(e.Actor, maxText), oneLine(e.Text, 5*maxText), clip(v.Head, 13)})
	}
	return v
}

func newBooking(b Booking, language, locale string) bookingView {
	v := bookingView{At: stamp(b.At), ValueOn: FormatDate(b.ValueOn, locale), Kind: wordsIn(language, b.Kind), Key: oneLine(b.Key, maxText), Text: oneLine(b.Text, 5*maxText)}
	for _, p := range b.Postings {
		account := wordsIn(language, string(p.Account))
		if p.Component != "" {
			account += " (" + wordsIn(language, string(p.Component)) + ")"
		}
		v.Postings = append(v.Postings, postingView{account, FormatMoney(p.Amount, locale)})
	}
	return v
}

func newSent(m Sent, language string) sentView {
	v := sentView{
		At: stamp(m.At), Step: oneLine(m.Step, maxText), Ref: oneLine(m.Ref, maxText), Channel: wordsIn(language, string(m.Channel)), To: oneLine(m.To, maxText),
		Subject: oneLine(m.Subject, 5*maxText), Text: m.Text, Hash: m.Hash, State: wordsIn(language, m.State), Intact: m.Intact(),
		Provider: strings.TrimSpace(oneLine(m.Provider, maxText) + " " + oneLine(m.ProviderID, maxText)),
	}
	if !m.StateAt.IsZero() {
		v.State += ", " + stamp(m.StateAt)
	}
	return v
}

func creditorParty(c invoice.Creditor) partyView {
	p := partyView{Name: oneLine(c.Name, maxText), ID: c.ID, Address: oneLine(c.Address, maxText), Country: c.Country, Zone: c.Zone, Person: oneLine(c.Person, maxText)}
	if c.Role != "" {
		p.Person += ", " + oneLine(c.Role, maxText)
	}
	for _, s := range []string{c.ReplyTo, c.Phone} {
		if s != "" {
			p.Contacts = append(p.Contacts, oneLine(s, maxText))
		}
	}
	return p
}

func debtorParty(d invoice.Debtor, language string) partyView {
	p := partyView{Name: oneLine(d.Name, maxText), ID: oneLine(d.ID, maxText), Country: d.Country, Zone: d.Zone}
	for _, c := range d.Contacts {
		s := wordsIn(language, string(c.Channel)) + ": " + oneLine(c.Address, maxText)
		if c.Name != "" {
			s += ", " + oneLine(c.Name, maxText)
		}
		if c.Health != "" && c.Health != invoice.HealthOK {
			s += " (" + wordsIn(language, string(c.Health)) + ")"
		}
		p.Contacts = append(p.Contacts, s)
	}
	return p
}

// wordOrText writes the value of an input: a code in words, anything else as it stands.
func wordOrText(language, value string) string {
	if w := codeWords[language][value]; w != "" {
		return w
	}
	return oneLine(value, 5*maxText)
}

// stamp writes a moment so that it can be compared with other records: always UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// words makes a code readable: "email_accepted" is "email accepted".
func words(code string) string { return strings.ReplaceAll(oneLine(code, maxText), "_", " ") }
