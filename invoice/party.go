package invoice

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Creditor is who is owed: the sender of every message.
type Creditor struct {
	ID           string   `json:"id"`   // short and stable, e.g. "acme": part of the workflow ID
	Name         string   `json:"name"` // legal name as it stands on the invoice
	Address      string   `json:"address,omitempty"`
	Country      string   `json:"country"`  // ISO 3166-1 alpha-2
	Zone         string   `json:"zone"`     // IANA zone of the office
	Language     string   `json:"language"` // default language of messages, e.g. "en"
	Person       string   `json:"person"`   // who signs
	Role         string   `json:"role,omitempty"`
	SenderEmail  string   `json:"sender_email"`
	ReplyTo      string   `json:"reply_to"`
	Phone        string   `json:"phone,omitempty"`
	SMSFrom      string   `json:"sms_from,omitempty"` // E.164 number or messaging service id
	BankAccounts []Bank   `json:"bank_accounts,omitempty"`
	Lawyer       Partner  `json:"lawyer,omitzero"`
	Agency       Partner  `json:"agency,omitzero"`
	Reference    string   `json:"reference,omitempty"` // "rf": invoices get a reference by ISO 11649 to print and to quote
	Matching     Matching `json:"matching,omitzero"`
	StockHook    string   `json:"stock_hook,omitempty"` // URL told when an order expires
	Defaults     Defaults `json:"defaults,omitzero"`
}

// Bank is an account the debtor may pay into.
type Bank struct {
	Holder   string   `json:"holder,omitempty"`
	IBAN     string   `json:"iban,omitempty"`
	Account  string   `json:"account,omitempty"` // where there is no IBAN
	BIC      string   `json:"bic,omitempty"`
	Name     string   `json:"bank,omitempty"`
	Currency Currency `json:"currency,omitempty"` // empty: any
	Books    string   `json:"books,omitempty"`    // what books its money: statement (default), notification (camt.054) or intraday (camt.052, MT942)
	Feed     string   `json:"feed,omitempty"`     // how old the newest statement may be, e.g. 1bd; empty: no statements are expected
}

// Matching is what a creditor decides about payments that are applied without a person.
type Matching struct {
	ChargeCap map[Currency]int64 `json:"charge_cap,omitempty"` // bank charges borne at most, minor units; none where the currency is missing
	GraceDays int                `json:"grace_days,omitempty"` // after the end of early-payment terms
	Largest   map[Currency]int64 `json:"largest,omitempty"`    // above it a person decides, minor units; no limit where the currency is missing
	Queue     []string           `json:"queue,omitempty"`      // rungs whose decisions a person confirms, as they are called: "9 sum of several"
}

// Partner is the lawyer or the collection agency that takes over.
type Partner struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Defaults fill what an import leaves out; each use is recorded in the case file as a default.
type Defaults struct {
	Zone     string     `json:"zone,omitempty"`
	Country  string     `json:"country,omitempty"`
	Language string     `json:"language,omitempty"`
	Type     DebtorType `json:"type,omitempty"`
}

// DebtorType separates businesses from consumers; what may be sent differs.
type DebtorType string

// A debtor whose type is missing is written to by nobody until somebody fills it in.
const (
	Business DebtorType = "business"
	Consumer DebtorType = "consumer"
)

// Debtor is who owes.
type Debtor struct {
	Creditor string     `json:"creditor"`
	ID       string     `json:"id"` // the creditor's customer number
	Name     string     `json:"name"`
	Type     DebtorType `json:"type,omitempty"`
	Country  string     `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Region   string     `json:"region,omitempty"`  // ISO 3166-2 subdivision without the country, e.g. "BE" for Berlin
	Zone     string     `json:"zone,omitempty"`    // IANA zone; missing holds every message
	Language string     `json:"language,omitempty"`
	Group    string     `json:"group,omitempty"` // customer group, for segment rules: e.g. "key"
	Contacts []Contact  `json:"contacts,omitempty"`
	Accounts []string   `json:"accounts,omitempty"` // bank accounts that the debtor pays from: IBAN or number
}

// Channel is a way to reach somebody.
type Channel string

// The channels. A phone number serves SMS and calls.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
	Phone Channel = "phone"
)

// Health says whether an address works.
type Health string

// Addresses are presumed to work until a provider says otherwise.
const (
	HealthOK       Health = "ok"
	HealthBounced  Health = "bounced"   // the address does not exist or refuses us
	HealthOptedOut Health = "opted_out" // the person does not want this channel
)

// Contact is one address of a debtor.
type Contact struct {
	Channel Channel `json:"channel"`
	Address string  `json:"address"`        // e-mail address, or E.164 number
	Name    string  `json:"name,omitempty"` // whom to greet
	Role    string  `json:"role,omitempty"` // e.g. "accounts payable"
	Health  Health  `json:"health,omitempty"`
}

var (
	creditorID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	country    = regexp.MustCompile(`^[A-Z]{2}$`)
	smsService = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	feed       = regexp.MustCompile(`^[1-9][0-9]?(d|bd)$`)
	e164       = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// Validate reports the first thing wrong with the creditor.
func (c Creditor) Validate() error {
	switch {
	case !creditorID.MatchString(c.ID):
		return Invalid("creditor.id", "%q is not an id", c.ID).WithHint("lower-case letters, digits and hyphens, at most 40")
	case c.Name == "" || !printable(c.Name):
		return Invalid("creditor.name", "is missing or holds a control character")
	case c.Person == "" || !printable(c.Person):
		return Invalid("creditor.person", "is missing").WithHint("every message is signed by a person")
	case !country.MatchString(c.Country):
		return Invalid("creditor.country", "%q is not an ISO 3166 code", c.Country)
	}
	if err := checkEmail("creditor.sender_email", c.SenderEmail); err != nil {
		return err
	}
	if err := checkEmail("creditor.reply_to", c.ReplyTo); err != nil {
		return err
	}
	for field, p := range map[string]Partner{"creditor.lawyer.email": c.Lawyer, "creditor.agency.email": c.Agency} {
		if p.Email == "" {
			continue
		}
		if err := checkEmail(field, p.Email); err != nil {
			return err
		}
	}
	if c.SMSFrom != "" && !e164.MatchString(c.SMSFrom) && !smsService.MatchString(c.SMSFrom) {
		return Invalid("creditor.sms_from", "%q sends no SMS", c.SMSFrom).WithHint("a number in E.164, e.g. +4930123456, or a messaging service id, MG and 32 hexadecimal digits")
	}
	if err := c.validateBanking(); err != nil {
		return err
	}
	if err := checkHook("creditor.stock_hook", c.StockHook); err != nil {
		return err
	}
	if err := checkZone("creditor.defaults.zone", c.Defaults.Zone, false); err != nil {
		return err
	}
	return checkZone("creditor.zone", c.Zone, true)
}

// validateBanking reports the first thing wrong with how the creditor is paid.
func (c Creditor) validateBanking() error {
	if c.Reference != "" && c.Reference != "rf" {
		return Invalid("creditor.reference", "%q is no kind of reference", c.Reference).WithHint("write rf, or leave it out")
	}
	for _, b := range c.BankAccounts {
		if b.Books != "" && b.Books != "statement" && b.Books != "notification" && b.Books != "intraday" {
			return Invalid("creditor.bank_accounts.books", "%q is no kind of bank file", b.Books).WithHint("write notification (camt.054) or intraday (camt.052, MT942) where the bank sends no statements; else leave it out")
		}
		if b.Feed != "" && !feed.MatchString(b.Feed) {
			return Invalid("creditor.bank_accounts.feed", "%q is not a rhythm", b.Feed).WithHint("days or business days, e.g. 1bd")
		}
	}
	return nil
}

// checkHook refuses what could never be called: the call is made when an order expires, with nobody looking.
func checkHook(field, hook string) error {
	if hook == "" {
		return nil
	}
	u, err := url.Parse(hook)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return Invalid(field, "is not an http or https address").WithHint("e.g. https://shop.example/stock, without user name and password")
	}
	return nil
}

// maxGroup bounds the name of a customer group, in bytes.
const maxGroup = 60

// Validate reports the first thing wrong with the debtor. A missing zone, type or contact is not
// wrong: it holds the steps that need it, visibly.
func (d Debtor) Validate() error {
	switch {
	case d.ID == "" || !printable(d.ID):
		return Invalid("debtor.id", "is missing or holds a control character")
	case d.Name == "" || !printable(d.Name):
		return Invalid("debtor.name", "is missing or holds a control character")
	case d.Type != "" && d.Type != Business && d.Type != Consumer:
		return Invalid("debtor.type", "%q is not a debtor type", d.Type).WithHint("write business or consumer")
	case d.Country != "" && !country.MatchString(d.Country):
		return Invalid("debtor.country", "%q is not an ISO 3166 code", d.Country).WithHint("two capitals, e.g. DE")
	}
	if len(d.Group) > maxGroup || !printable(d.Group) {
		return Invalid("debtor.group", "is longer than %d bytes or holds a control character", maxGroup).WithHint("a word for segment rules, e.g. key")
	}
	for _, c := range d.Contacts {
		if err := c.Validate(); err != nil {
			return err
		}
	}
	return checkZone("debtor.zone", d.Zone, false)
}

// Validate reports the first thing wrong with the contact.
func (c Contact) Validate() error {
	if !printable(c.Name) || !printable(c.Role) {
		return Invalid("debtor.contacts.name", "holds a control character")
	}
	switch c.Channel {
	case Email:
		return checkEmail("debtor.contacts.address", c.Address)
	case SMS, Phone:
		if !e164.MatchString(c.Address) {
			return Invalid("debtor.contacts.address", "%q is not an international phone number", c.Address).WithHint("write it in E.164, e.g. +4930123456")
		}
		return nil
	}
	return Invalid("debtor.contacts.channel", "%q is not a channel", c.Channel).WithHint("write email, sms or phone")
}

func checkEmail(field, address string) error {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || !printable(address) || !strings.Contains(address, "@") {
		return Invalid(field, "%q is not an e-mail address", address)
	}
	return nil
}

func checkZone(field, zone string, required bool) error {
	if zone == "" && !required {
		return nil
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return Invalid(field, "%q is not an IANA time zone", zone).WithHint("e.g. Europe/Berlin")
	}
	return nil
}
