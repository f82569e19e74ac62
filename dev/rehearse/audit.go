package rehearse

import (
	"context"
	"slices"

	"dunlin/dev/audit"
)

// audit lets the audit read the lab: the sandbox's log, SQL of its own, and Temporal. What had gone out
// before the rehearsal, no sandbox has seen.
func (r *rehearsal) audit(ctx context.Context) error {
	books, err := audit.Load(ctx, r.lab.DatabaseURL())
	if err != nil {
		return err
	}
	before := map[string]bool{}
	books.Messages = slices.DeleteFunc(books.Messages, func(m audit.Message) bool { return r.taken.imported[m.ID] })
	books.Attempts = slices.DeleteFunc(books.Attempts, func(a audit.Attempt) bool {
		before[a.ID] = r.taken.imported[a.Message]
		return r.taken.imported[a.Message]
	})
	books.Claims = slices.DeleteFunc(books.Claims, func(c audit.Claim) bool { return before[c.Attempt] })
	books.Covers = slices.DeleteFunc(books.Covers, func(c audit.Cover) bool { return r.taken.imported[c.Message] })
	found, err := audit.Run(ctx, audit.Evidence{
		Books: books, Log: r.lab.Sandbox.Log(), Acks: r.desk.acks, Cases: audit.Temporal{Client: r.lab.Client, Namespace: r.lab.Temporal.Namespace()},
	})
	if err != nil {
		return err
	}
	o := found.Outcomes
	r.report.Results = Results{o, found.Invoices - o.Paid - o.WrittenOff - o.Lawyer - o.Agency - o.Expired - o.Cancelled}
	r.report.Audit = Audit{
		DoubleSends: found.DoubleSends, MissedSteps: found.MissedSteps, SendsAfterSettlement: found.SendsAfterSettlement,
		OpenWithoutCase: found.OpenWithoutCase + found.CasesWithoutOpen, Workflows: found.Checked, Messages: found.Messages.Email + found.Messages.SMS,
	}
	for _, f := range found.Findings {
		r.report.Audit.Findings = append(r.report.Audit.Findings, f.String())
	}
	return nil
}
