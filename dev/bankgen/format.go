package bankgen

import "slices"

// Format is a way to write statements.
type Format string

// The formats that are written.
const (
	Camt02      Format = "camt.053.001.02"
	Camt08      Format = "camt.053.001.08"
	MT940German Format = "mt940-de" // :86: with ?20 pieces of 27 characters
	MT940Dutch  Format = "mt940-nl" // :86: with /EREF/ and /REMI/
	BAI2        Format = "bai2"
	OFX         Format = "ofx"
	CSV         Format = "csv" // as the Deutsche Bank exports it
)

// Formats are all of them.
func Formats() []Format {
	return []Format{Camt02, Camt08, MT940German, MT940Dutch, BAI2, OFX, CSV}
}

func (f Format) known() bool { return slices.Contains(Formats(), f) }

func (f Format) camt() bool { return f == Camt02 || f == Camt08 }

// ascii says that the format knows plain letters only.
func (f Format) ascii() bool {
	return f == MT940German || f == MT940Dutch || f == BAI2 || f == OFX
}

// NamesAccount says whether an entry tells the payer's account.
func (f Format) NamesAccount() bool { return f != BAI2 && f != OFX }

// endToEnd says whether an entry tells the end-to-end id.
func (f Format) endToEnd() bool { return f != OFX && f != CSV }

// returns says whether an entry tells that money goes back, and by which reference.
func (f Format) returns() bool { return f.camt() || f == MT940German || f == MT940Dutch }

// cuts says whether banks cut the text to pieces in this format.
func (f Format) cuts() bool { return f != MT940Dutch }
