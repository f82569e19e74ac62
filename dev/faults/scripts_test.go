package faults_test

import (
	"context"

	"dunlin/dunning"
	"dunlin/invoice"
)

// scripts are lives of an invoice due on day 30: what is told on which day.
func scripts() [][]telling {
	return [][]telling{
		{on(25, pays(40000)), on(38, holds), on(52, releases), on(60, pays(80000))},
		{on(33, paysAs(amount, "bounce")), on(35, returns("bounce")), on(47, disputes), on(58, resolves), on(70, credits(20000)), on(75, pays(100000))},
		{on(10, moves(45)), on(55, promises(62, 60000)), on(61, pays(30000)), on(80, holds), on(90, releases), on(110, cancels)},
		{on(39, promises(45, amount)), on(44, pays(amount))},
		{on(20, stops), on(50, pays(130000))},
		{on(84, acknowledged), on(100, pays(50000)), on(120, pays(70000))},
	}
}

type fact = func(ctx context.Context, w *world, f invoice.Fact) error

func on(day float64, tell fact) telling { return telling{day + 0.5, tell} }

func pays(cents int64) fact { return paysAs(cents, "") }

// paysAs gives the payment a name of its own, so that it can be returned.
func paysAs(cents int64, name string) fact {
	return func(ctx context.Context, w *world, f invoice.Fact) error {
		if name != "" {
			f.Key = name + "-" + f.Invoice.Number
		}
		_, err := w.books.Pay(ctx, invoice.Payment{Fact: f, Amount: eur(cents)})
		return err
	}
}

func returns(name string) fact {
	return func(ctx context.Context, w *world, f invoice.Fact) error {
		_, err := w.books.ReturnPayment(ctx, invoice.Return{Fact: f, Payment: name + "-" + f.Invoice.Number})
		return err
	}
}

func credits(cents int64) fact {
	return func(ctx context.Context, w *world, f invoice.Fact) error {
		_, err := w.books.Credit(ctx, invoice.CreditNote{Fact: f, Amount: eur(cents)})
		return err
	}
}

func cancels(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.Cancel(ctx, invoice.Cancellation{Fact: f})
	return err
}

func holds(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.Hold(ctx, invoice.Hold{Fact: f})
	return err
}

func releases(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.Release(ctx, invoice.Release{Fact: f})
	return err
}

func stops(ctx context.Context, w *world, f invoice.Fact) error {
	f.Reason = "insolvency"
	_, err := w.books.HardStop(ctx, invoice.HardStop{Fact: f})
	return err
}

func disputes(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.Dispute(ctx, invoice.Dispute{Fact: f})
	return err
}

func resolves(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.Resolve(ctx, invoice.Resolution{Fact: f})
	return err
}

// moves moves the due date to a day after the beginning.
func moves(day int) fact {
	return func(ctx context.Context, w *world, f invoice.Fact) error {
		_, err := w.books.ChangeDueDate(ctx, invoice.DueDateChange{Fact: f, DueOn: invoice.DateOf(w.begin).AddDays(day)})
		return err
	}
}

// promises promises an amount by a day after the beginning.
func promises(day int, cents int64) fact {
	return func(ctx context.Context, w *world, f invoice.Fact) error {
		_, err := w.books.Promise(ctx, invoice.Promise{Fact: f, Amount: eur(cents), By: invoice.DateOf(w.begin).AddDays(day)})
		return err
	}
}

func acknowledged(ctx context.Context, w *world, f invoice.Fact) error {
	_, err := w.books.ReportHandoff(ctx, invoice.HandoffReport{Fact: f, Outcome: string(dunning.HandoffAcknowledged)})
	return err
}
