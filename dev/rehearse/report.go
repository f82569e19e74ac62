package rehearse

import (
	"fmt"
	"strings"
	"time"

	"dunlin/dev/audit"
)

// Report is what a rehearsal found out. Its JSON is the machine's form of it.
type Report struct {
	Policy   PolicyOf    `json:"policy"`
	Source   string      `json:"source"`
	Behave   Behaviour   `json:"behaviour"`
	Seed     uint64      `json:"seed"`
	From     time.Time   `json:"from"` // on the lab's clock
	To       time.Time   `json:"to"`
	Days     int         `json:"days"`
	Cases    int         `json:"cases"`
	Debtors  int         `json:"debtors"`
	Joined   int         `json:"joined"` // cases that had another policy or version until then
	Refused  int         `json:"refused"`
	Refusals []string    `json:"refusals,omitempty"` // the first of them
	Notes    []string    `json:"notes,omitempty"`
	Payments int         `json:"payments"`
	Channels []Channel   `json:"channels"`
	Cost     Amount      `json:"cost"`
	ByDay    []Day       `json:"by_day"`
	Steps    []Step      `json:"steps"`
	Moved    []Count     `json:"moved"`   // acts that came later than their day, by what moved them
	Skipped  []Count     `json:"skipped"` // acts that ended without being taken, by reason
	Held     []Count     `json:"held"`    // acts that wait at the end, by gate
	Caps     int         `json:"caps_hit"`
	Weekend  Weekend     `json:"weekend"`
	People   People      `json:"people"`
	Tasks    []Count     `json:"tasks"`
	Decided  []Count     `json:"decisions"`
	Placed   []Count     `json:"placements"`
	Results  Results     `json:"results"`
	Audit    Audit       `json:"audit"`
	Engine   Engine      `json:"engine"`
	Debtor   []DebtorRow `json:"debtor"` // the busiest first
}

// PolicyOf names the policy.
type PolicyOf struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Hash    string `json:"hash"`
}

// Channel is what went out by one channel.
type Channel struct {
	Name  string `json:"name"` // email, sms, call
	Count int    `json:"count"`
	Units int    `json:"units"` // what is billed: SMS segments, else the count
	Cost  Amount `json:"cost"`
}

// Day is one day, in the debtors' own zones.
type Day struct {
	Date       string `json:"date"`
	Email      int    `json:"email"`
	SMS        int    `json:"sms"`
	Calls      int    `json:"calls"`
	Decisions  int    `json:"decisions"`
	Placements int    `json:"placements"`
}

// Step is one step of the ladder over all cases.
type Step struct {
	Policy  string `json:"policy"`
	Step    string `json:"step"`
	Title   string `json:"title"`
	Sent    int    `json:"sent"`    // acts taken by a message of their own, or done
	Covered int    `json:"covered"` // told in the message of another invoice
	Calls   int    `json:"calls"`
	Skipped int    `json:"skipped"`
	Other   int    `json:"other"` // refused or unconfirmed
}

// Count is how often something was so.
type Count struct {
	Kind string `json:"kind,omitempty"`
	What string `json:"what"`
	N    int    `json:"n"`
}

// Weekend is what would have come on a day off.
type Weekend struct {
	Shifted int `json:"shifted"`  // moved away from a weekend or a holiday
	OnDay   int `json:"messages"` // reminder and formal messages that went out on a Saturday or Sunday all the same
	Service int `json:"service"`  // service messages on such a day, which may be
}

// People says how contacts are spread over debtors.
type People struct {
	Contacted int     `json:"contacted"` // debtors with at least one contact
	Mean      float64 `json:"mean"`      // contacts of a contacted debtor
	Most      int     `json:"most"`
	MostDay   int     `json:"most_in_a_day"`  // reminder and formal contacts
	MostWeek  int     `json:"most_in_7_days"` // the same
	Spread    []int   `json:"spread"`         // how many debtors had 0, 1, 2, … contacts
}

// DebtorRow is what one debtor gets.
type DebtorRow struct {
	Creditor string    `json:"creditor"`
	ID       string    `json:"id"`
	Invoices int       `json:"invoices"`
	Email    int       `json:"email"`
	SMS      int       `json:"sms"`
	Calls    int       `json:"calls"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	MostDay  int       `json:"most_in_a_day"`
	MostWeek int       `json:"most_in_7_days"`
}

// Contacts is everything that reached the debtor.
func (d DebtorRow) Contacts() int { return d.Email + d.SMS + d.Calls }

// Results count the cases by where they ended.
type Results struct {
	audit.Outcomes
	Open int `json:"open"`
}

// Audit is what the audit says: from the sandbox's log, from SQL of its own and from Temporal.
type Audit struct {
	DoubleSends          int      `json:"double_sends"`
	MissedSteps          int      `json:"missed_steps"`
	SendsAfterSettlement int      `json:"sends_after_settlement"`
	OpenWithoutCase      int      `json:"open_without_case"`
	Workflows            int      `json:"workflows"` // described
	Messages             int      `json:"messages"`  // in the sandbox's log
	Findings             []string `json:"findings,omitempty"`
}

// Engine says what the rehearsal itself took.
type Engine struct {
	Waves   int     `json:"waves"`  // times the lab's clock was moved
	Acts    int     `json:"acts"`   // acts that fell due
	Travel  float64 `json:"travel"` // seconds of wall time from the first day to the last
	Wall    float64 `json:"wall"`   // seconds from the start of the lab on
	CPUs    int     `json:"cpus"`
	CPULab  float64 `json:"cpu_lab"`    // seconds: Temporal, the sandbox and this program
	CPUWork float64 `json:"cpu_worker"` // seconds
}

func newReport(o Options, p policy, source string) *Report {
	return &Report{Policy: PolicyOf{p.Name, p.Version, p.Hash()}, Source: source, Behave: o.Behave, Seed: o.Seed, Days: o.Days}
}

// mostRefusals is how many refused rows are told one by one.
const mostRefusals = 10

func (r *Report) refuse(line int, err error) {
	r.Refused++
	if len(r.Refusals) == mostRefusals {
		return
	}
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	if line > 0 {
		text = fmt.Sprintf("line %d: %s", line, text)
	}
	r.Refusals = append(r.Refusals, text)
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
