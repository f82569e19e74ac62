package bankgen

import (
	"fmt"

	"dunlin/invoice"
)

// Noise says how far payments are from what a clerk would like to read.
type Noise string

// The levels. Medium is the one that figures are stated for.
const (
	Clean  Noise = "clean"
	Light  Noise = "light"
	Medium Noise = "medium"
	Heavy  Noise = "heavy"
)

// Levels are all levels, from the quietest.
func Levels() []Noise { return []Noise{Clean, Light, Medium, Heavy} }

// Options say what world is made. The zero value of a field means its default.
type Options struct {
	Seed   uint64
	Open   int          // open invoices at the beginning; 10,000
	Lines  int          // payments in all: four fifths for open invoices, one fifth for none; Open/2
	Noise  Noise        // Medium
	Format Format       // all accounts in this format; "": a mix
	Days   int          // banking days that the payments spread over; 10
	Until  invoice.Date // the last of them; 2026-10-30

	// Reference gives the structured reference that the creditor prints on an invoice, "" for none. With it,
	// one clean payment in five quotes that instead of the number.
	Reference func(number string) string
}

// withDefaults fills in what is not set and refuses what cannot be made.
func (o Options) withDefaults() (Options, error) {
	if o.Open == 0 {
		o.Open = 10_000
	}
	if o.Lines == 0 {
		o.Lines = o.Open / 2
	}
	if o.Noise == "" {
		o.Noise = Medium
	}
	if o.Days == 0 {
		o.Days = 10
	}
	if o.Until.IsZero() {
		o.Until = invoice.NewDate(2026, 10, 30)
	}
	if _, ok := mixes[o.Noise]; !ok {
		return o, fmt.Errorf("bankgen: %q is no noise level: clean, light, medium or heavy", o.Noise)
	}
	if o.Format != "" && !o.Format.known() {
		return o, fmt.Errorf("bankgen: %q is no format that is written: %v", o.Format, Formats())
	}
	if most := MostLines(o.Open); o.Lines < 0 || o.Lines > most {
		return o, fmt.Errorf("bankgen: %d open invoices give at most %d payments, not %d: every invoice is paid once, and some stay open", o.Open, most, o.Lines)
	}
	return o, nil
}

// MostLines is how many payments a number of open invoices is enough for.
func MostLines(open int) int { return open * 4 / 5 }

// Class is what makes a payment easy or hard, or why it has no open invoice.
type Class string

// Payments for open invoices: the eight that the noise levels are mixed of.
const (
	CleanReference Class = "clean reference"
	Typo           Class = "typo"         // one edit in the number
	Cut            Class = "cut at 27"    // the bank's pieces of 27 characters end inside the number
	NoPrefix       Class = "no prefix"    // only the digits of the number
	NoReference    Class = "no reference" // but the payer's account is known
	Several        Class = "several"      // one payment for several invoices, exact
	Deviating      Class = "short, over, discount"
	ThirdParty     Class = "third party" // somebody else pays, and says for what
)

// Payments with no open invoice, and money that goes out.
const (
	DuplicateSettled Class = "duplicate of a settled one"
	DuplicateAgain   Class = "duplicate within the period"
	NotYetIssued     Class = "invoice not on file"
	SupplierRefund   Class = "refund from a supplier"
	LooksLikeNumber  Class = "customer or order number"
	EqualAmount      Class = "amount of an open one"
	Payout           Class = "payout or interest"
	OtherCurrency    Class = "in another currency"  // for an open invoice that is not in the account's currency: a person converts
	CameBack         Class = "returned by the bank" // paid, and taken back on a later day: in the end nothing was paid
	Outgoing         Class = "outgoing"
	Return           Class = "return" // the bank takes a CameBack payment back
)

// Paying are the classes with at least one open invoice, in the order of reports.
func Paying() []Class {
	return []Class{CleanReference, Typo, Cut, NoPrefix, NoReference, Several, Deviating, ThirdParty}
}

// Stray are the classes of payments without one.
func Stray() []Class {
	return []Class{DuplicateSettled, DuplicateAgain, NotYetIssued, SupplierRefund, LooksLikeNumber, EqualAmount, Payout, OtherCurrency, CameBack}
}

// mixes are the shares of Paying in percent, by level.
var mixes = map[Noise][]int{
	Clean:  {95, 0, 0, 0, 0, 5, 0, 0},
	Light:  {70, 5, 5, 5, 5, 4, 3, 3},
	Medium: {40, 15, 10, 10, 10, 5, 5, 5},
	Heavy:  {20, 20, 12, 12, 12, 8, 8, 8},
}

// strays are the shares of Stray in percent.
var strays = []int{18, 10, 15, 14, 14, 14, 9, 3, 3}

// Beside every hundred payments for open invoices stand twenty-five for none, and five that go out.
const (
	strayPercent    = 25
	outgoingPercent = 5
)
