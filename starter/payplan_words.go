package main

import (
	"fmt"
	"strconv"

	"dunlin/collection"
)

// planState says in words how a payment plan stands.
func planState(p *collection.PaymentPlanView, zone string) string {
	line := "agreed on " + moment(p.AgreedAt, zone)
	if p.State == "active" {
		paid := 0
		for _, in := range p.Instalments {
			if !in.Open.Positive() {
				paid++
			}
		}
		return line + fmt.Sprintf("; %d of %d instalments paid", paid, len(p.Instalments))
	}
	line += "; " + plain(p.State) + " on " + moment(p.EndedAt, zone)
	if p.Reason != "" {
		line += ": " + p.Reason
	}
	return line
}

func (a *app) instalments(p *collection.PaymentPlanView) {
	t := newTable(">NO", "BY", ">AMOUNT", ">OPEN")
	for _, in := range p.Instalments {
		open := in.Open.String()
		if !in.Open.Positive() {
			open = "paid"
		}
		t.add(strconv.Itoa(in.N), in.DueOn.String(), in.Amount.String(), open)
	}
	t.print(a.out, "  ")
}

// disputeWords says in words what is disputed.
func disputeWords(d *collection.DisputeView, zone string) string {
	line := d.Amount.String() + " since " + moment(d.Since, zone)
	if d.Whole {
		line += "; everything waits"
	} else {
		line += "; the rest goes on"
	}
	if !d.AnswerBy.IsZero() {
		line += "; to be answered by " + moment(d.AnswerBy, zone)
	}
	if d.Reason != "" {
		line += ": " + d.Reason
	}
	return line
}
