package message

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"dunlin/invoice"
)

// Dossier is everything on file about one invoice, as the lawyer or agency needs it.
type Dossier struct {
	AsOf     time.Time // the moment it was put together
	Language string    // of the readable file; empty: English
	Creditor invoice.Creditor
	Debtor   invoice.Debtor
	Invoice  invoice.Invoice
	Cycle    int
	Status   invoice.Status
	Balance  invoice.Money // open at AsOf
	Decision Verdict
	Ledger   []Booking       // oldest first
	Messages []Sent          // oldest first
	Timeline []invoice.Event // oldest first, from the first one on
}

// Verdict is what was decided about the claim, and on what grounds.
type Verdict struct {
	Route      string    `json:"route"` // "lawyer" or "agency"
	Reason     string    `json:"reason,omitempty"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	ApprovedBy string    `json:"approved_by,omitempty"` // empty: no approval was needed
	Inputs     []Input   `json:"inputs,omitempty"`
}

// Input is one figure or fact that a decision was based on.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Booking is an entry of the ledger with its date and its grounds.
type Booking struct {
	At       time.Time         `json:"at"`
	ValueOn  invoice.Date      `json:"value_on,omitzero"`
	Kind     string            `json:"kind"`          // as in invoice.Entry
	Key      string            `json:"key,omitempty"` // the sender's reference, e.g. a bank transaction id
	Text     string            `json:"text,omitempty"`
	Postings []invoice.Posting `json:"postings"`
}

// Sent is a message exactly as it went out.
type Sent struct {
	At         time.Time       `json:"at"` // when the provider took it
	Step       string          `json:"step"`
	Ref        string          `json:"ref"` // the short reference it prints
	Channel    invoice.Channel `json:"channel"`
	To         string          `json:"to"`
	Subject    string          `json:"subject,omitempty"`
	Text       string          `json:"text"`
	HTML       string          `json:"html,omitempty"`
	Hash       string          `json:"hash"` // Hash of subject, text and HTML
	Provider   string          `json:"provider,omitempty"`
	ProviderID string          `json:"provider_id,omitempty"`
	State      string          `json:"state"` // last delivery state, e.g. "delivered"
	StateAt    time.Time       `json:"state_at,omitzero"`
}

// Intact says whether the text is the one whose hash is on file.
func (s Sent) Intact() bool { return Hash(s.Subject, s.Text, s.HTML) == s.Hash }

// ChainIntact says whether the events are complete from the first one on and none was changed.
func (d Dossier) ChainIntact() bool {
	var prev []byte
	for i, e := range d.Timeline {
		h := e.ChainHash(prev)
		if e.N != int64(i)+1 || hex.EncodeToString(h) != hex.EncodeToString(e.Hash) {
			return false
		}
		prev = h
	}
	return len(d.Timeline) > 0
}

// caseFile is the JSON of a dossier. Hashes are in hex, and the data of an event is a string of the
// very bytes its hash covers, so that the receiver can compute the chain again.
type caseFile struct {
	Format      string           `json:"format"`
	AsOf        time.Time        `json:"as_of"`
	Creditor    invoice.Creditor `json:"creditor"`
	Debtor      invoice.Debtor   `json:"debtor"`
	Invoice     invoice.Invoice  `json:"invoice"`
	Cycle       int              `json:"cycle"`
	Status      invoice.Status   `json:"status"`
	Balance     invoice.Money    `json:"balance"`
	Decision    Verdict          `json:"decision"`
	Ledger      []Booking        `json:"ledger"`
	Messages    []Sent           `json:"messages"`
	Timeline    []fileEvent      `json:"timeline"`
	ChainIntact bool             `json:"chain_intact"`
}

type fileEvent struct {
	N     int64     `json:"n"`
	Seq   int64     `json:"seq"`
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
	Data  string    `json:"data,omitempty"`
	Hash  string    `json:"hash"`
}

// formatName is in every case file, so that a reader's program knows what it is reading.
const formatName = "dunlin case file 1"

// inUTC returns the dossier with every moment in UTC and without what is only our business, so that
// the same case gives the same bytes wherever the file is made.
func (d Dossier) inUTC() Dossier {
	d.AsOf, d.Decision.DecidedAt = d.AsOf.UTC(), d.Decision.DecidedAt.UTC()
	d.Invoice.ExpiresAt = d.Invoice.ExpiresAt.UTC()
	d.Creditor.StockHook, d.Creditor.Defaults = "", invoice.Defaults{}
	d.Ledger = append([]Booking{}, d.Ledger...)
	for i := range d.Ledger {
		d.Ledger[i].At = d.Ledger[i].At.UTC()
	}
	d.Messages = append([]Sent{}, d.Messages...)
	for i := range d.Messages {
		d.Messages[i].At, d.Messages[i].StateAt = d.Messages[i].At.UTC(), d.Messages[i].StateAt.UTC()
	}
	return d
}

func (d Dossier) json() ([]byte, error) {
	f := caseFile{
		Format: formatName, AsOf: d.AsOf, Creditor: d.Creditor, Debtor: d.Debtor, Invoice: d.Invoice, Cycle: d.Cycle, Status: d.Status,
		Balance: d.Balance, Decision: d.Decision, Ledger: d.Ledger, Messages: d.Messages, ChainIntact: d.ChainIntact(),
		Timeline: make([]fileEvent, len(d.Timeline)),
	}
	for i, e := range d.Timeline {
		f.Timeline[i] = fileEvent{e.N, e.Seq, e.At.UTC(), e.Kind, e.Actor, e.Text, string(e.Data), hex.EncodeToString(e.Hash)}
	}
	out, err := json.MarshalIndent(f, "", "  ")
	return append(out, '\n'), err
}
