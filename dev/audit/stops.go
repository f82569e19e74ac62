package audit

import (
	"strings"
	"time"

	"dunlin/dev/sandbox"
)

// Ack is a stop or a fact that was answered with success: what was promised to the caller.
type Ack struct {
	Kind     string // payment, return, credit_note, cancellation, hold, dispute, …, as the facts table names it
	Creditor string
	Number   string
	Key      string
	At       time.Time // the lab's clock when the answer came
	Stops    bool      // nothing may be taken by a provider after it
	InFlight bool      // the answer said that a message may still arrive
}

// StopsRespected finds attempts, call tasks and placements between a stop and its end, by sequence (I1, I11).
func StopsRespected(b *Books, log []sandbox.Entry) []Finding {
	var f findings
	invoices := b.invoices()
	within := func(s Stop, invoice, seq int64) bool {
		return s.Invoice == invoice && seq > s.Seq && (s.EndedSeq == 0 || seq < s.EndedSeq)
	}
	sends := b.sends(log)
	attempts := map[string]Attempt{}
	for _, a := range b.Attempts {
		attempts[a.ID] = a
	}
	messages := map[string]Message{}
	for _, m := range b.Messages {
		messages[m.ID] = m
	}
	for _, s := range b.Stops {
		key := invoices[s.Invoice].Key()
		for _, c := range b.Claims {
			m := messages[attempts[c.Attempt].Message]
			if m.Kind == "collecting" && within(s, c.Invoice, c.Seq) && !s.lets(m.Step) {
				f.add("I1", "%s: %s by %s was claimed (sequence %d) during a %s (%d)", key, m.Step, m.Channel, c.Seq, s.Kind, s.Seq)
			}
		}
		for _, t := range b.Tasks {
			if t.Kind == "phone" && within(s, t.Invoice, t.Seq) && !s.lets(t.Step) {
				f.add("I11", "%s: a call was asked for (sequence %d) during a %s (%d)", key, t.Seq, s.Kind, s.Seq)
			}
		}
	}
	f = append(f, placed(b, sends)...)
	return append(f, silenced(b, sends)...)
}

// lets says that a step may be taken during the stop: a dispute about a part lets the rest go on, and under
// a payment plan its own messages go.
func (s Stop) lets(step string) bool {
	return s.Kind == "dispute" && s.Promised > 0 || s.Kind == "payment_plan" && strings.HasPrefix(step, "plan-")
}

// placed finds own messages after the claim went to the lawyer or the agency, and case files sent twice (I11).
func placed(b *Books, sends []sent) []Finding {
	var f findings
	invoices, live := b.invoices(), map[int64]int{}
	for _, h := range b.Handoffs {
		if h.State == "prepared" || h.State == "void" {
			continue
		}
		if live[h.Invoice]++; live[h.Invoice] > 1 {
			f.add("I11", "%s was placed twice", invoices[h.Invoice].Key())
		}
		for _, a := range b.Acts {
			if a.Invoice != h.Invoice || a.Act != "place" {
				continue
			}
			for _, s := range sends {
				if c, ok := s.claims[h.Invoice]; ok && s.collecting() && c.Seq > a.Seq {
					f.add("I11", "%s: request %d was claimed after the placement", invoices[h.Invoice].Key(), s.Seq)
				}
			}
		}
	}
	return f
}

// silenced finds messages to an address after it had opted out (I1).
func silenced(b *Books, sends []sent) []Finding {
	var f findings
	invoices := b.invoices()
	for _, s := range sends {
		if !s.collecting() || s.attempt == nil {
			continue
		}
		creditor := invoices[s.message.Invoice].Creditor
		for _, o := range b.Silences {
			if o.Creditor == creditor && o.Channel == s.Kind && strings.EqualFold(o.Address, s.To) && s.attempt.ClaimedAt.After(o.At) {
				f.add("I1", "request %d went to %s, who opted out before it was claimed", s.Seq, s.To)
			}
		}
	}
	return f
}

// AcksKept finds acknowledged facts that are not on file exactly once (I7), and requests that a provider
// took after a stop was acknowledged without a word about a message in flight (I1, strict).
func AcksKept(b *Books, log []sandbox.Entry, acks []Ack) []Finding {
	var f findings
	count, booked := map[string]int{}, map[string]int{}
	for _, x := range b.Facts {
		count[x.Creditor+" "+x.Kind+" "+x.Key]++
	}
	byPK := b.invoices()
	for _, e := range b.Entries {
		booked[byPK[e.Invoice].Creditor+" "+e.Kind+" "+e.Key]++
	}
	byKey := map[string]Invoice{}
	for _, i := range b.Invoices {
		byKey[i.Key()] = i
	}
	sends := b.sends(log)
	for _, a := range acks {
		key := a.Creditor + " " + a.Kind + " " + a.Key
		if n := count[key]; n != 1 {
			f.add("I7", "%s/%s: the acknowledged %s %q is on file %d times", a.Creditor, a.Number, a.Kind, a.Key, n)
		}
		if n := booked[key]; (a.Kind == "payment" || a.Kind == "return" || a.Kind == "credit_note") && n != 1 {
			f.add("I7", "%s/%s: the acknowledged %s %q is booked %d times", a.Creditor, a.Number, a.Kind, a.Key, n)
		}
		if !a.Stops || a.InFlight {
			continue
		}
		i := byKey[a.Creditor+"/"+a.Number]
		for _, s := range sends {
			c, ok := s.claims[i.PK]
			if ok && s.collecting() && s.Lab.After(a.At) && !resumed(b, i.PK, a.At, c.Seq) {
				f.add("I1", "%s: request %d was taken at %s, after the %s was acknowledged at %s", i.Key(), s.Seq, s.Lab.Format(time.RFC3339), a.Kind, a.At.Format(time.RFC3339))
			}
		}
	}
	return f
}

// resumed says that collection had gone on between the acknowledgement and the claim: no stop of the
// invoice was in force at the claim's sequence, so what stopped it then had ended.
func resumed(b *Books, invoice int64, acked time.Time, seq int64) bool {
	ended := false
	for _, s := range b.Stops {
		if s.Invoice != invoice || s.Seq > seq {
			continue
		}
		if s.EndedSeq == 0 || s.EndedSeq > seq {
			return false
		}
		ended = ended || s.EndedAt.After(acked)
	}
	return ended
}
