package demo

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// calls is what comes of the calls about an invoice, one after the other; of all others nobody answers.
var calls = map[string][]string{
	"NL-1026": {"no_answer", "promised"},
	"NL-1028": {"voicemail"},
	"LT-3012": {"disputed"},
	"LT-3013": {"promised"},
	"LT-3014": {"asked_not_to_call"},
	"HB-2005": {"refused"},
	"NL-1005": {"reached"},
}

// verdicts is what people decide: who approves nothing, and where claims go that no rule decides.
var (
	rejects  = map[string]bool{"HB-2012": true}
	verdicts = map[string]string{"HB-2012": "lawyer", "NL-1029": "write_off", "LT-3010": "write_off"}
)

// task is what the desk needs of a task.
type task struct {
	ID     int64  `json:"id"`
	Kind   string `json:"kind"`
	Number string `json:"number"`
	Text   string `json:"text"`
}

// workday is what the collector does once a day: the call list, the approvals, the post from partners.
func (p *player) workday(ctx context.Context, day int) error {
	var page struct {
		Items []task `json:"items"`
	}
	if err := p.api.do(ctx, "mara", http.MethodGet, "/v1/tasks?limit=500", nil, &page); err != nil {
		return err
	}
	for _, t := range page.Items {
		if err := p.finish(ctx, t, day); err != nil {
			return fmt.Errorf("task %d (%s, %s): %w", t.ID, t.Kind, t.Number, err)
		}
	}
	if err := p.queue(ctx); err != nil {
		return err
	}
	return p.partners(ctx, day)
}

// finish claims a task and finishes it. Missing data wait for the day on which the script corrects them.
func (p *player) finish(ctx context.Context, t task, day int) error {
	as, body := "mara", map[string]any{}
	switch t.Kind {
	case "phone":
		body["outcome"] = p.call(t.Number)
		if body["outcome"] == "promised" {
			body["by"] = p.start.UTC().AddDate(0, 0, day+6).Format(time.DateOnly)
		}
	case "approval":
		as, body["outcome"] = "credit-manager", "approved"
		if rejects[t.Number] {
			body["outcome"], body["note"] = "rejected", "first ask the sales department"
		}
	case "decision":
		as, body["outcome"] = "credit-manager", "agency"
		if v := verdicts[t.Number]; v != "" {
			body["outcome"] = v
		}
	case "fix_contact":
		return nil
	case "look":
		body["outcome"] = "send"
	case "plan_broken":
		body["outcome"] = "resume"
	case "late_paid":
		body["outcome"] = "refund"
	case "refund":
		body["outcome"] = "refunded"
	default:
		body["outcome"] = "seen"
	}
	if t.Kind == "phone" && p.finished["cli"] == 0 { // one of them from the command line
		p.finished["cli"]++
		id := strconv.FormatInt(t.ID, 10)
		if _, err := p.lab.CLI(ctx, "tasks", "claim", id, "--actor", as); err != nil {
			return err
		}
		_, err := p.lab.CLI(ctx, "tasks", "finish", id, fmt.Sprint(body["outcome"]), "--actor", as)
		return err
	}
	path := "/v1/tasks/" + strconv.FormatInt(t.ID, 10)
	if err := p.api.do(ctx, as, http.MethodPost, path+"/claim", nil, nil); err != nil {
		return err
	}
	err := p.api.do(ctx, as, http.MethodPost, path+"/outcome", body, nil)
	if err == nil && t.Kind == "refund" {
		err = p.refund(ctx, t.Number)
	}
	return err
}

// call is how the next call about an invoice ends.
func (p *player) call(number string) string {
	n := p.finished[number]
	p.finished[number]++
	switch outcomes := calls[number]; {
	case n < len(outcomes):
		return outcomes[n]
	case len(outcomes) > 0:
		return outcomes[len(outcomes)-1]
	}
	return "no_answer"
}

// partners are the lawyers and agencies: they acknowledge what they got after two days; one placement is
// overlooked until somebody asks, two come back.
func (p *player) partners(ctx context.Context, day int) error {
	var page struct {
		Items []view `json:"items"`
	}
	if err := p.api.do(ctx, "erp", http.MethodGet, "/v1/invoices?status=placed&limit=500", nil, &page); err != nil {
		return err
	}
	for _, v := range page.Items {
		number := v.Invoice.Number
		since, seen := p.placed[number]
		if !seen {
			p.placed[number] = day
			p.note("%s is with the %s", number, partnerOf(v))
			continue
		}
		answer := map[int]string{2: "acknowledged"}
		switch number {
		case "HB-2006":
			answer = map[int]string{12: "acknowledged"}
		case "NL-1029", "LT-3010":
			answer[16] = "returned"
		}
		outcome := answer[day-since]
		if outcome == "" {
			continue
		}
		if outcome == "returned" {
			p.note("%s comes back from the agency", number)
		}
		key := fmt.Sprintf("HR-%s-%s", number, outcome)
		if _, err := p.tell(ctx, "partner", "handoff", "/handoff-reports", number, key, map[string]any{"outcome": outcome}); err != nil {
			return err
		}
	}
	return nil
}

func partnerOf(v view) string {
	lawyerFrom := map[string]int64{"EUR": 500000, "USD": 500000, "CNY": 4000000, "JPY": 800000}
	if v.Balance.Minor >= lawyerFrom[string(v.Balance.Currency)] {
		return "lawyer"
	}
	return "agency"
}
