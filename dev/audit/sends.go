package audit

import (
	"regexp"
	"strings"
	"time"

	"dunlin/dev/sandbox"
)

// reference is how every message names an invoice and its step: "Ref INV-1/C".
var reference = regexp.MustCompile(`\bRef (\S+)/([A-Z][0-9]*)`)

// sent is one request that a provider took, with what our books say about it.
type sent struct {
	sandbox.Entry
	attempt *Attempt
	message *Message
	covers  []Cover
	claims  map[int64]Claim // by invoice
}

// collecting says that the message speaks to the debtor: placements and recalls go to the partner.
func (s *sent) collecting() bool { return s.message != nil && s.message.Kind == "collecting" }

// Sends joins the provider's log with the books by attempt id.
func (b *Books) sends(log []sandbox.Entry) []sent {
	attempts := make(map[string]*Attempt, len(b.Attempts))
	for i := range b.Attempts {
		attempts[b.Attempts[i].ID] = &b.Attempts[i]
	}
	messages := make(map[string]*Message, len(b.Messages))
	for i := range b.Messages {
		messages[b.Messages[i].ID] = &b.Messages[i]
	}
	covers := map[string][]Cover{}
	for _, c := range b.Covers {
		covers[c.Message] = append(covers[c.Message], c)
	}
	claims := map[string]map[int64]Claim{}
	for _, c := range b.Claims {
		if claims[c.Attempt] == nil {
			claims[c.Attempt] = map[int64]Claim{}
		}
		claims[c.Attempt][c.Invoice] = c
	}
	var out []sent
	for _, e := range log {
		if !e.Accepted || e.Kind != sandbox.KindEmail && e.Kind != sandbox.KindSMS {
			continue
		}
		s := sent{Entry: e, attempt: attempts[e.Attempt], claims: claims[e.Attempt]}
		if s.attempt != nil {
			s.message, s.covers = messages[s.attempt.Message], covers[s.attempt.Message]
		}
		out = append(out, s)
	}
	return out
}

// DoubleSends finds requests that repeat an accepted one: by what the text says to whom, or by the
// once-only key in the books, whatever the attempt ids (I2).
func DoubleSends(b *Books, log []sandbox.Entry) []Finding {
	var f findings
	byText, byKey := map[string]int64{}, map[string]int64{}
	invoices := b.invoices()
	for _, s := range b.sends(log) {
		before := len(f)
		for _, m := range reference.FindAllStringSubmatch(s.Text, -1) {
			key := strings.ToLower(s.To) + " " + m[1] + "/" + m[2]
			if first, ok := byText[key]; ok && first != s.Seq && len(f) == before {
				f.add("I2", "request %d tells %s about %s, as request %d did", s.Seq, s.To, m[1]+"/"+m[2], first)
			}
			byText[key] = s.Seq
		}
		for _, c := range s.covers {
			key := invoices[c.Invoice].Key() + " " + c.Step + " " + c.Act
			if first, ok := byKey[key]; ok && len(f) == before {
				f.add("I2", "request %d is %s, as request %d was", s.Seq, key, first)
			}
			byKey[key] = s.Seq
		}
	}
	return f
}

// Orphans finds requests that no attempt explains, and accepted attempts that no provider saw (I4).
func Orphans(b *Books, log []sandbox.Entry) []Finding {
	var f findings
	seen := map[string]int{}
	for _, s := range b.sends(log) {
		switch {
		case s.Attempt == "":
			f.add("I4", "request %d to %s carries no attempt id", s.Seq, s.To)
		case s.attempt == nil:
			f.add("I4", "request %d to %s: attempt %s is not in the books", s.Seq, s.To, s.Attempt)
		case s.attempt.State == "unsent" || s.attempt.State == "rejected" || s.attempt.State == "absent":
			f.add("I4", "request %d to %s was taken, the books say that attempt %s was %s", s.Seq, s.To, s.Attempt, s.attempt.State)
		}
		seen[s.Attempt]++
		if seen[s.Attempt] == 2 {
			f.add("I4", "attempt %s was taken twice", s.Attempt)
		}
	}
	for _, a := range b.Attempts {
		if a.State == "accepted" && seen[a.ID] == 0 {
			f.add("I4", "attempt %s counts as accepted, and no provider has it", a.ID)
		}
	}
	return f
}

// settlement is an interval in which nothing was owed, by the ledger.
type settlement struct {
	seq, reopened int64 // reopened 0: still settled
	at            time.Time
}

// settlements reads from the bookings when each invoice's receivable was zero.
func (b *Books) settlements() map[int64][]settlement {
	out, owed := map[int64][]settlement{}, map[int64]int64{}
	for _, e := range bySeq(b.Entries) {
		before := owed[e.Invoice]
		for _, p := range e.Postings {
			if p.Account == "receivable" {
				owed[e.Invoice] += p.Amount
			}
		}
		s := out[e.Invoice]
		switch now := owed[e.Invoice]; {
		case before > 0 && now <= 0:
			out[e.Invoice] = append(s, settlement{seq: e.Seq, at: e.At})
		case before <= 0 && now > 0 && len(s) > 0:
			s[len(s)-1].reopened = e.Seq
		}
	}
	return out
}

// AfterSettlement finds accepted requests that were claimed after the debt was settled (I1), and counts
// those that crossed: claimed before the settlement and taken by the provider after it.
func AfterSettlement(b *Books, log []sandbox.Entry) (late []Finding, crossed int) {
	var f findings
	settled, invoices := b.settlements(), b.invoices()
	for _, s := range b.sends(log) {
		if !s.collecting() {
			continue
		}
		for _, c := range s.covers {
			claim, ok := s.claims[c.Invoice]
			if !ok {
				f.add("I4", "request %d covers %s without a claim", s.Seq, invoices[c.Invoice].Key())
				continue
			}
			for _, st := range settled[c.Invoice] {
				switch {
				case claim.Seq > st.seq && (st.reopened == 0 || claim.Seq < st.reopened):
					f.add("I1", "%s: request %d (%s) was claimed with sequence %d, after the settlement with %d", invoices[c.Invoice].Key(), s.Seq, c.Step, claim.Seq, st.seq)
				case claim.Seq < st.seq && s.Lab.After(st.at):
					crossed++
				}
			}
		}
	}
	return f, crossed
}
