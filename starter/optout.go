package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

const optoutHelp = `Stop one channel to one address, for all invoices of a creditor: the person does not want it. With
--lift the person wants messages again. Answers when no message to the address is in flight, at most
some 13 seconds later.`

// optedOut is the answer of optout.
type optedOut struct {
	invoice.OptOut
	MessageInFlight bool `json:"message_in_flight,omitempty"`
}

// optoutCmd stops a channel to an address.
func (a *app) optoutCmd() *cobra.Command {
	var o invoice.OptOut
	var noWait bool
	cmd := &cobra.Command{
		Use:     "optout CREDITOR email|sms|phone ADDRESS",
		Short:   "Stop one channel to one address",
		Long:    optoutHelp,
		Example: "  dunlin optout acme sms +4915112345678\n  dunlin optout acme email ap@example.com --lift",
		Args:    cobra.ExactArgs(3),
	}
	cmd.Flags().StringVar(&o.Key, "key", "", keyNew)
	cmd.Flags().BoolVar(&o.Lift, "lift", false, "the person wants messages again")
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "do not wait until messages in flight have landed")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		o.Creditor, o.Channel, o.Address, o.Actor = args[0], invoice.Channel(args[1]), args[2], a.actor
		if err := (invoice.Contact{Channel: o.Channel, Address: o.Address}).Validate(); err != nil {
			return err
		}
		if o.Key == "" {
			o.Key = a.newKey()
		}
		return a.optOut(ctx, b, o, !noWait)
	})
	return cmd
}

func (a *app) optOut(ctx context.Context, b books, o invoice.OptOut, wait bool) error {
	if err := b.OptOut(ctx, o); err != nil {
		return err
	}
	done := optedOut{OptOut: o}
	if wait && !o.Lift {
		done.MessageInFlight = addressBusy(ctx, b, o)
	}
	if a.json {
		return a.show(done)
	}
	if o.Lift {
		a.say("%s: %s to %s is allowed again.", o.Creditor, o.Channel, o.Address)
		return nil
	}
	a.say("%s: no more %s to %s.", o.Creditor, o.Channel, o.Address)
	if done.MessageInFlight {
		a.say(inFlightNote)
	}
	return nil
}

// addressBusy waits until nothing is on its way to the address; where that cannot be seen, something may be.
func addressBusy(ctx context.Context, b books, o invoice.OptOut) bool {
	fence, ok := b.(addressFence)
	if !ok {
		return true
	}
	inFlight, err := fence.AwaitAddressQuiet(ctx, o.Creditor, o.Channel, o.Address)
	return inFlight || err != nil
}
