package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func sms(key string, kind collection.DeliveryKind, from string, at time.Time) collection.Delivery {
	return collection.Delivery{Provider: "twilio", DedupeKey: key, Kind: kind, Address: from, Channel: invoice.SMS, At: at}
}

func (d *desk) told(reports ...collection.Delivery) {
	d.t.Helper()
	require.NoError(d.t, d.RecordDeliveries(d.t.Context(), reports))
}

func (d *desk) planned(k invoice.Key, act dunning.Act) bool {
	d.t.Helper()
	v, err := d.Plan(d.t.Context(), k)
	require.NoError(d.t, err)
	for _, it := range v.Plan.Items {
		if it.Act == act {
			return true
		}
	}
	return false
}

// STOP from a number ends SMS to it for every creditor that has it.
func TestStopByInboundSMSForEveryCreditor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := acme
	other.ID = "beta"
	require.NoError(t, d.PutCreditor(t.Context(), other, "test"))
	same := debtor("blum")
	same.Creditor = "beta"
	require.NoError(t, d.PutDebtor(t.Context(), same, "test"))
	mine := d.issue("INV-1", 120000)
	row := d.row("INV-1")
	row.Invoice.Creditor = "beta"
	_, err := d.Issue(t.Context(), row)
	require.NoError(t, err)
	number := same.Contacts[1].Address
	d.told(sms("1", collection.OptOut, number, d.now()))
	for _, k := range []invoice.Key{mine, row.Invoice.Key} {
		require.False(t, d.planned(k, dunning.SMS), "%s", k)
	}
	d.told(sms("2", collection.OptIn, number, d.now()))
	require.True(t, d.planned(mine, dunning.SMS))
	d.sound()
}

// The recipient's last word counts, not the one that arrives last.
func TestAnOlderStartDoesNotLiftAStop(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	number := debtor("blum").Contacts[1].Address
	said := d.now()
	d.told(sms("stop", collection.OptOut, number, said), sms("start", collection.OptIn, number, said.Add(-time.Hour)))
	require.False(t, d.planned(k, dunning.SMS))
}

// A word from an address that we wrote to and that is on no file any more still counts.
func TestStopFromAnAddressThatWasReplaced(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	other := debtor("blum")
	other.Contacts[0].Address = "new@blum.example"
	require.NoError(t, d.PutDebtor(t.Context(), other, "clerk"))
	d.told(collection.Delivery{Provider: "sendgrid", DedupeKey: "spam", Attempt: claim.Attempt, Kind: collection.SpamReport, Address: "AP@blum.example", Channel: invoice.Email, At: d.now()})
	require.NoError(t, d.PutDebtor(t.Context(), debtor("blum"), "clerk"))
	require.False(t, d.planned(k, dunning.Email))
	d.sound()
}

func TestSpamReportStopsTheChannel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	report := collection.Delivery{Provider: "sendgrid", DedupeKey: "spam", Attempt: claim.Attempt, Kind: collection.SpamReport, Address: "ap@blum.example", Channel: invoice.Email, At: d.now()}
	d.told(report, report)
	require.False(t, d.planned(k, dunning.Email))
	require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM suppressions`))
	require.Equal(t, "spam_report", query[string](d, `SELECT delivery FROM messages`))
	d.sound()
}

// One report that cannot be kept as it came does not keep the others out.
func TestOneBadReportDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "abc"})
	d.told(
		collection.Delivery{Provider: "sendgrid", DedupeKey: "1", Kind: collection.Bounced, Reason: "\xff\x00", Raw: []byte("\x00\xfe"), At: d.now()},
		collection.Delivery{Provider: "sendgrid", DedupeKey: "2", ProviderID: "abc", Kind: collection.Delivered, At: d.now()},
	)
	require.Equal(t, "delivered", query[string](d, `SELECT delivery FROM messages`))
}

func TestStopSwitchOfACreditor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	require.Error(t, d.StopSending(t.Context(), collection.Switch{Scope: "everything", Reason: "x"}))
	require.NoError(t, d.StopSending(t.Context(), collection.Switch{Scope: "creditor:acme", Reason: "audit", Actor: "boss"}))
	act := d.due(k)
	held, err := d.Claim(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Held, held.Answer.Outcome)
	require.Contains(t, held.Answer.Reason, "audit")
	_, planned := d.next(k)
	require.False(t, planned)
	require.NoError(t, d.ResumeSending(t.Context(), "creditor:acme", "boss"))
	require.Equal(t, invoice.CodeState, invoice.CodeOf(d.ResumeSending(t.Context(), "creditor:acme", "boss")))
	_, answer := d.step(k)
	require.Equal(t, collection.Outcome(dunning.Accepted), answer.Outcome)
	d.sound()
}
