package importfile

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// Columns are the CSV headings with what they mean, for help and documentation.
var Columns = []struct{ Name, Help string }{
	{"creditor", "id of who is owed; may be left out when given for the whole file"},
	{"number", "invoice or order number (required)"},
	{"kind", "invoice (default) or order"},
	{"debtor", "customer number (required)"},
	{"total", "gross amount, a plain decimal; with semicolons between the columns a decimal comma is understood (required)"},
	{"currency", "ISO 4217, e.g. EUR (required)"},
	{"issued_on", "day on the invoice, YYYY-MM-DD (required)"},
	{"due_on", "last day to pay, YYYY-MM-DD (invoices)"},
	{"expires_at", "moment the goods are released, RFC 3339 (orders)"},
	{"goods", "what was ordered (orders)"},
	{"reference", "the debtor's purchase order number"},
	{"pay_url", "https link that pays this invoice"},
	{"discount", "early payment: what may be taken off, in the invoice's currency"},
	{"discount_percent", "instead of discount: percent of the total, e.g. 2 or 2.5"},
	{"discount_until", "early payment: last day for it, YYYY-MM-DD"},
	{"policy", "dunning policy; default: that of the kind"},
	{"debtor_name", "when given, the debtor is created or brought up to date from the debtor columns"},
	{"debtor_type", "business or consumer"},
	{"debtor_country", "ISO 3166, e.g. DE"},
	{"debtor_region", "ISO 3166-2 without the country, e.g. BE"},
	{"debtor_zone", "IANA zone, e.g. Europe/Berlin"},
	{"debtor_language", "e.g. de"},
	{"debtor_accounts", "bank accounts that the debtor pays from: IBANs or numbers, several with semicolons between them"},
	{"debtor_group", "customer group for segment rules, e.g. key"},
	{"contact_name", "whom to greet"},
	{"contact_role", "e.g. accounts payable"},
	{"email", "e-mail address"},
	{"sms", "mobile number in E.164, e.g. +4915112345678"},
	{"phone", "number to call in E.164"},
}

// Earlier are the columns of an enrolment beside those of an invoice.
var Earlier = []struct{ Name, Help string }{
	{"already_paid", "what came in before, in the invoice's currency; booked as a payment"},
	{"last_step", "id of the policy's step that was taken last elsewhere; it and those before are not repeated"},
	{"last_contact_on", "day of the last reminder or call, YYYY-MM-DD; minimum gaps count from it"},
}

var required = []string{"number", "debtor", "total", "currency", "issued_on"}

// columns are the headings of a file.
func columns(enrol bool) []string {
	var names []string
	for _, c := range Columns {
		names = append(names, c.Name)
	}
	for _, c := range Earlier {
		if enrol {
			names = append(names, c.Name)
		}
	}
	return names
}

// checkColumns refuses headings that are unknown, double or missing.
func checkColumns(names []string, enrol bool) error {
	known := columns(enrol)
	for i, n := range names {
		switch {
		case !slices.Contains(known, n):
			return invoice.Invalid("columns", "%q in the heading line is not a column", n).WithHint("the columns are %s", strings.Join(known, ", "))
		case slices.Contains(names[:i], n):
			return invoice.Invalid("columns", "%q stands twice in the heading line", n)
		}
	}
	for _, n := range required {
		if !slices.Contains(names, n) {
			return invoice.Invalid("columns", "the heading line has no %q", n).WithHint("required are %s", strings.Join(required, ", "))
		}
	}
	return nil
}

// row makes an invoice of one record, and for an enrolment what was done before.
func (c *csvRows) row(fields []string) (collection.Enrolment, error) {
	f := make(map[string]string, len(fields))
	for i, v := range fields {
		f[c.cols[i]] = strings.TrimSpace(v)
	}
	issue, err := c.issue(f)
	row := collection.Enrolment{Issue: issue}
	if err == nil {
		row.Earlier, err = c.earlier(f)
	}
	return row, err
}

func (c *csvRows) earlier(f map[string]string) (e collection.Earlier, err error) {
	e.LastStep = f["last_step"]
	if paid := f["already_paid"]; paid != "" {
		if e.AlreadyPaid, err = c.money("already_paid", paid, f["currency"]); err != nil {
			return e, err
		}
	}
	e.LastContactOn, err = day("last_contact_on", f["last_contact_on"])
	return e, err
}

// issue makes an invoice, and a debtor when its name is given, of the fields.
func (c *csvRows) issue(f map[string]string) (collection.Issue, error) {
	i := collection.Issue{Invoice: invoice.Invoice{
		Key: invoice.Key{Creditor: f["creditor"], Number: f["number"]}, Kind: invoice.Kind(f["kind"]), DebtorID: f["debtor"],
		Goods: f["goods"], Reference: f["reference"], PayURL: f["pay_url"], Policy: f["policy"],
	}}
	var err error
	if i.Invoice.Amount, err = c.money("total", f["total"], f["currency"]); err != nil {
		return i, err
	}
	if i.Invoice.IssuedOn, err = day("issued_on", f["issued_on"]); err != nil {
		return i, err
	}
	if i.Invoice.DueOn, err = day("due_on", f["due_on"]); err != nil {
		return i, err
	}
	if err = c.discount(f, &i.Invoice); err != nil {
		return i, err
	}
	if s := f["expires_at"]; s != "" {
		if i.Invoice.ExpiresAt, err = time.Parse(time.RFC3339, s); err != nil {
			return i, invoice.Invalid("expires_at", "%q is not a moment", s).WithHint("write RFC 3339, e.g. 2026-05-14T18:00:00+02:00")
		}
	}
	if i.Debtor, err = debtor(f); err != nil {
		return i, err
	}
	if i.Debtor == nil {
		for name, v := range f {
			if v != "" && (strings.HasPrefix(name, "debtor_") || strings.HasPrefix(name, "contact_") || name == "email" || name == "sms" || name == "phone") {
				return i, invoice.Invalid("debtor_name", "is missing").WithHint("%s is given, and a debtor needs a name", name)
			}
		}
	}
	return i, nil
}

// money reads an amount. A decimal comma is understood only where commas do not separate columns,
// and never before three digits, where it could mean thousands.
func (c *csvRows) money(field, total, currency string) (invoice.Money, error) {
	plain := total
	if whole, frac, found := strings.Cut(total, ","); found && c.comma != ',' {
		if len(frac) == 3 || strings.ContainsAny(total, ".'") {
			return invoice.Money{}, invoice.Invalid(field, "%q could be read in two ways", total).WithHint("write it without thousands separators, e.g. 1234.56")
		}
		plain = whole + "." + frac
	}
	m, err := invoice.ParseMoney(plain, currency)
	if bad, ok := errors.AsType[*invoice.Error](err); ok && bad.Field == "amount" {
		bad.Field = field
	}
	return m, err
}

func day(field, s string) (invoice.Date, error) {
	if s == "" {
		return invoice.Date{}, nil
	}
	d, err := invoice.ParseDate(s)
	if err != nil {
		return d, invoice.Invalid(field, "%q is not a date", s).WithHint("write YYYY-MM-DD, e.g. 2026-05-14")
	}
	return d, nil
}

// discount reads the terms of early payment.
func (c *csvRows) discount(f map[string]string, i *invoice.Invoice) (err error) {
	amount, percent := f["discount"], f["discount_percent"]
	switch {
	case amount != "" && percent != "":
		return invoice.Invalid("discount_percent", "and discount cannot both be given")
	case amount != "":
		if i.Discount, err = c.money("discount", amount, f["currency"]); err != nil {
			return err
		}
	case percent != "":
		if i.Discount, err = percentOf(percent, i.Amount); err != nil {
			return err
		}
	}
	i.DiscountUntil, err = day("discount_until", f["discount_until"])
	return err
}

var percentPattern = regexp.MustCompile(`^([0-9]{1,2})(?:[.,]([0-9]{1,4}))?$`)

// percentOf is a share of an amount, rounded to the next minor unit, a half up.
func percentOf(percent string, total invoice.Money) (invoice.Money, error) {
	m := percentPattern.FindStringSubmatch(strings.TrimSpace(strings.TrimSuffix(percent, "%")))
	if m == nil {
		return invoice.Money{}, invoice.Invalid("discount_percent", "%q is not a share of the total", percent).WithHint("from 0 up and below 100, e.g. 2 or 2.5")
	}
	n, err := strconv.ParseInt(m[1]+(m[2] + "0000")[:4], 10, 64) // of a million
	if err != nil {
		return invoice.Money{}, err
	}
	const whole = 1_000_000
	minor := total.Minor/whole*n + (total.Minor%whole*n+whole/2)/whole
	return invoice.NewMoney(minor, total.Currency), nil
}

// wholeAccount is the shortest account that may stand behind a space: what is shorter is a group of an IBAN.
const wholeAccount = 8

// accounts reads the accounts of a debtor. An IBAN may stand in groups of four; several stand apart by
// semicolons or commas, or by spaces where each is whole.
func accounts(text string) ([]string, error) {
	var all []string
	add := func(one string) error {
		a, err := invoice.ParseAccount("debtor_accounts", one)
		if err == nil && !slices.Contains(all, a) {
			all = append(all, a)
		}
		return err
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == ',' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		mark, err := len(all), add(part)
		if err == nil {
			continue
		}
		for one := range strings.FieldsSeq(part) {
			if len(one) < wholeAccount || add(one) != nil {
				return all[:mark], err
			}
		}
	}
	return all, nil
}

func debtor(f map[string]string) (*invoice.Debtor, error) {
	if f["debtor_name"] == "" {
		return nil, nil //nolint:nilnil // no debtor is given
	}
	d := &invoice.Debtor{
		Creditor: f["creditor"], ID: f["debtor"], Name: f["debtor_name"], Type: invoice.DebtorType(f["debtor_type"]), Country: f["debtor_country"],
		Region: f["debtor_region"], Zone: f["debtor_zone"], Language: f["debtor_language"], Group: f["debtor_group"],
	}
	for _, ch := range []invoice.Channel{invoice.Email, invoice.SMS, invoice.Phone} {
		if address := f[string(ch)]; address != "" {
			d.Contacts = append(d.Contacts, invoice.Contact{Channel: ch, Address: address, Name: f["contact_name"], Role: f["contact_role"]})
		}
	}
	var err error
	d.Accounts, err = accounts(f["debtor_accounts"])
	return d, err
}
