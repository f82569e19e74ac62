package rehearse

import (
	"fmt"
	"regexp"
	"strings"

	"dunlin/invoice"
)

// domain of all stand-in addresses: nothing can ever be delivered to it (RFC 2606).
const domain = "rehearsal.invalid"

// veil replaces everything that points to a person. The same original always gets the same stand-in, so
// that debtors who share an address still share one; no stand-in tells anything about its original.
type veil struct {
	emails, phones, debtors, numbers map[string]int
	creditors                        map[string]int
}

func newVeil() *veil {
	return &veil{emails: map[string]int{}, phones: map[string]int{}, debtors: map[string]int{}, numbers: map[string]int{}, creditors: map[string]int{}}
}

func place(m map[string]int, key string) int {
	n, ok := m[key]
	if !ok {
		n = len(m) + 1
		m[key] = n
	}
	return n
}

// email stands in for an e-mail address.
func (v *veil) email(address string) string {
	if address == "" {
		return ""
	}
	return fmt.Sprintf("debtor-%d@%s", place(v.emails, strings.ToLower(address)), domain)
}

// phone stands in for a number: +999 is a country code that nobody has.
func (v *veil) phone(number string) string {
	if number == "" {
		return ""
	}
	return fmt.Sprintf("+999%09d", place(v.phones, strings.ToLower(number)))
}

// address stands in for a contact's address, whatever its channel.
func (v *veil) address(channel, address string) string {
	if channel == string(invoice.Email) {
		return v.email(address)
	}
	return v.phone(address)
}

// knows says whether an address has a stand-in already.
func (v *veil) knows(address string) bool {
	address = strings.ToLower(address)
	return v.emails[address] > 0 || v.phones[address] > 0
}

// name stands in for a debtor's name.
func (v *veil) name(creditor, id string) string {
	return fmt.Sprintf("Debtor %d", place(v.debtors, creditor+"/"+id))
}

// debtor returns the customer number, or a stand-in for one that itself points to somebody. said are the
// names and addresses on file about the debtor.
func (v *veil) debtor(creditor, id string, said []string) string {
	n := place(v.debtors, creditor+"/"+id)
	if !telling(id, said) {
		return id
	}
	return fmt.Sprintf("debtor-%d", n)
}

// number returns the invoice number, or a stand-in for one that points to somebody.
func (v *veil) number(creditor, number string, said []string) string {
	n := place(v.numbers, creditor+"/"+number)
	if !telling(number, said) {
		return number
	}
	return fmt.Sprintf("invoice-%d", n)
}

var (
	words  = regexp.MustCompile(`[\pL]{3,}`)
	digits = regexp.MustCompile(`[^0-9]`)
)

// telling says whether a number holds an address, a word of a name or an address, or the last digits of
// a telephone.
func telling(number string, said []string) bool {
	low := strings.ToLower(number)
	if strings.Contains(low, "@") || strings.HasPrefix(strings.TrimSpace(low), "+") {
		return true
	}
	bare := digits.ReplaceAllString(low, "")
	for _, s := range said {
		for _, w := range words.FindAllString(strings.ToLower(s), -1) {
			if strings.Contains(low, w) {
				return true
			}
		}
		if d := digits.ReplaceAllString(s, ""); len(d) >= 6 && strings.Contains(bare, d[max(0, len(d)-7):]) {
			return true
		}
	}
	return false
}

// link stands in for a link to pay.
func (v *veil) link(creditor, number, link string) string {
	if link == "" {
		return ""
	}
	return fmt.Sprintf("https://pay.%s/%d", domain, place(v.numbers, creditor+"/"+number))
}

// creditor keeps of a creditor what plans and messages need: where it is and what language it speaks.
func (v *veil) creditor(c invoice.Creditor) invoice.Creditor {
	n := place(v.creditors, c.ID)
	of := func(who string) string { return fmt.Sprintf("%s-%d@%s", who, n, domain) }
	out := invoice.Creditor{
		ID: c.ID, Name: fmt.Sprintf("Creditor %d", n), Address: "1 Rehearsal Street", Country: c.Country, Zone: c.Zone, Language: c.Language,
		Person: fmt.Sprintf("Person %d", n), Role: "Receivables", SenderEmail: of("creditor"), ReplyTo: of("creditor"), Defaults: c.Defaults,
	}
	if c.Phone != "" {
		out.Phone = fmt.Sprintf("+9998%08d", 2*n)
	}
	if c.SMSFrom != "" {
		out.SMSFrom = fmt.Sprintf("+9998%08d", 2*n+1)
	}
	if c.Lawyer.Email != "" {
		out.Lawyer = invoice.Partner{Name: fmt.Sprintf("Lawyer %d", n), Email: of("lawyer")}
	}
	if c.Agency.Email != "" {
		out.Agency = invoice.Partner{Name: fmt.Sprintf("Agency %d", n), Email: of("agency")}
	}
	return out
}

// standIn is a creditor about whom nothing is known but the id.
func standIn(id string) invoice.Creditor {
	return invoice.Creditor{
		ID: id, Country: "DE", Zone: "Europe/Berlin", Language: "en", Phone: "+1", SMSFrom: "+1",
		Lawyer: invoice.Partner{Email: "-"}, Agency: invoice.Partner{Email: "-"},
	}
}

// issue veils a row of a portfolio.
func (v *veil) issue(id, number string, d *invoice.Debtor, i *invoice.Invoice) {
	var said []string
	if d != nil {
		said = append(said, d.Name)
		for _, c := range d.Contacts {
			said = append(said, c.Address, c.Name)
		}
	}
	i.PayURL = v.link(i.Creditor, number, i.PayURL)
	i.DebtorID, i.Number = v.debtor(i.Creditor, id, said), v.number(i.Creditor, number, said)
	i.Goods, i.Reference = veiled(i.Goods, "the goods ordered"), veiled(i.Reference, "PO")
	if d == nil {
		return
	}
	d.ID, d.Name = i.DebtorID, v.name(i.Creditor, id)
	contacts := make([]invoice.Contact, 0, len(d.Contacts))
	for _, c := range d.Contacts {
		contacts = append(contacts, invoice.Contact{Channel: c.Channel, Address: v.address(string(c.Channel), c.Address), Name: veiled(c.Name, d.Name), Health: c.Health})
	}
	d.Contacts = contacts
}

// veiled is the stand-in of a text that is there.
func veiled(text, standIn string) string {
	if text == "" {
		return ""
	}
	return standIn
}
