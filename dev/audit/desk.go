package audit

import "strconv"

// Desk finds two calls on the list for one step, calls on the list of a settled invoice, and results of
// calls that were made after it was settled (I13).
func Desk(b *Books) []Finding {
	var f findings
	invoices, settled := b.invoices(), b.settlements()
	open := map[string]int{}
	for _, t := range b.Tasks {
		if t.Kind != "phone" || t.Invoice == 0 {
			continue
		}
		i := invoices[t.Invoice]
		listed := t.State == "open" || t.State == "claimed"
		if listed {
			if open[i.Key()+" "+t.Step]++; open[i.Key()+" "+t.Step] > 1 {
				f.add("I13", "%s: two calls are on the list for %s", i.Key(), t.Step)
			}
			if !i.Open() {
				f.add("I13", "%s is %s, and task %s is still on the list", i.Key(), i.Status, strconv.FormatInt(t.ID, 10))
			}
		}
		for _, s := range settled[t.Invoice] {
			if t.State == "done" && s.reopened == 0 && t.EndedAt.After(s.at) && t.Note == "" {
				f.add("I13", "%s: task %d got a result after the invoice was settled, without a word why", i.Key(), t.ID)
			}
		}
	}
	return f
}
