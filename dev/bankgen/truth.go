package bankgen

import (
	"bufio"
	"encoding/json"
	"io"
)

// truthLine is the truth about one payment as WriteTruth writes it.
type truthLine struct {
	ID        int       `json:"id"`
	File      string    `json:"file"`
	Statement int       `json:"statement"`
	Entry     int       `json:"entry"`
	Detail    int       `json:"detail"`
	BankRef   string    `json:"bank_ref"`
	Noise     Noise     `json:"noise"`
	Format    Format    `json:"format"`
	Kind      Class     `json:"kind"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	Payer     string    `json:"payer,omitempty"`
	Known     Known     `json:"known,omitempty"`
	Applied   []applied `json:"applied"`
	Rest      string    `json:"rest"`
	Again     int       `json:"again,omitempty"`
	Back      int       `json:"back,omitempty"` // the payment that it takes back
}

type applied struct {
	Number   string `json:"number"`
	Amount   string `json:"amount"`
	Discount string `json:"discount,omitempty"`
	Charge   string `json:"charge,omitempty"`
}

// WriteTruth writes the truth about every payment, one JSON object a line, in the order of Payments.
func (w *World) WriteTruth(out io.Writer) error {
	b := bufio.NewWriter(out)
	enc := json.NewEncoder(b)
	names := map[int]string{}
	for _, f := range w.Files() {
		names[f.N] = f.Name
	}
	for i := range w.Payments {
		p := &w.Payments[i]
		s := statement{Account: w.Accounts[p.Account]}
		line := truthLine{
			ID: p.ID, File: names[p.File], Statement: p.Statement, Entry: p.Entry, Detail: p.Detail, BankRef: p.BankRef, Noise: w.Noise, Format: s.Format, Kind: p.Class,
			Amount: s.money(p.Amount.Minor), Currency: string(p.Amount.Currency), Payer: p.Truth.Payer, Known: p.Truth.Known, Rest: s.money(p.Truth.Rest), Again: p.Truth.Again, Back: p.Truth.Back, Applied: []applied{},
		}
		for _, a := range p.Truth.Applied {
			x := applied{Number: a.Number, Amount: s.money(a.Amount)}
			if a.Discount > 0 {
				x.Discount = s.money(a.Discount)
			}
			if a.Charge > 0 {
				x.Charge = s.money(a.Charge)
			}
			line.Applied = append(line.Applied, x)
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return b.Flush()
}
