package dunning

import (
	"crypto/sha256"
	"encoding/binary"
)

// Assign draws what a debtor gets under the policy: by step id the name of the variant, and under
// HoldoutKey "yes" when the debtor belongs to the holdout. debtor is the creditor's id and the debtor's,
// e.g. "acme/C-1". The draw depends on the policy's name, the step and the debtor alone: the same debtor
// has the same words on every invoice, in every version, on every machine. Nil when nothing is drawn.
func (p *Policy) Assign(debtor string) map[string]string {
	var drawn map[string]string
	note := func(key, value string) {
		if drawn == nil {
			drawn = map[string]string{}
		}
		drawn[key] = value
	}
	if p.Holdout.Share > 0 && draw(p.Name, HoldoutKey, debtor) < p.Holdout.Share {
		note(HoldoutKey, "yes")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		left := draw(p.Name, s.ID, debtor)
		for _, v := range s.Variants {
			if left -= v.Share; left < 0 {
				note(s.ID, v.Name)
				break
			}
		}
	}
	return drawn
}

// draw returns a number from 0 to 99. A zero byte, which no name holds, parts the words.
func draw(policy, what, debtor string) int {
	sum := sha256.Sum256([]byte(policy + "\x00" + what + "\x00" + debtor))
	return int(binary.BigEndian.Uint64(sum[:8]) % 100)
}

// TemplateFor returns the template of the step's messages for what Assign drew; the step's own where
// nothing was drawn, or a variant that the step does not have.
func (s Step) TemplateFor(assigned map[string]string) string {
	if name, ok := assigned[s.ID]; ok {
		for _, v := range s.Variants {
			if v.Name == name {
				return v.Template
			}
		}
	}
	return s.Template
}
