package dunning

// The words that values are made of.
var (
	lineText    = &shape{form: formText}
	yesNo       = &shape{form: formFlag}
	nameText    = &shape{form: formText, what: "a name", pattern: `^[a-z0-9][a-z0-9-]{0,39}$`}
	spanText    = &shape{form: formLoose, what: "a length of time", pattern: `^[0-9]{1,5}(m|h|d|bd)$`}
	atText      = &shape{form: formLoose, what: "an offset", pattern: `^((issue|due|expiry)[+-]|previous\+)[0-9]{1,5}(m|h|d|bd)$|^issue\+[0-9]{1,3}%$`}
	capText     = &shape{form: formLoose, what: "a cap", pattern: `^[1-9][0-9]? per [1-9][0-9]?d$`}
	hoursText   = &shape{form: formLoose, what: "a contact window", pattern: `^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$`}
	countryCode = &shape{form: formText, what: "a country", pattern: `^[A-Z]{2}$`}
	amountTable = &shape{
		form: formTable, what: "an amount per currency", keys: `^[A-Z]{3}$`,
		item: &shape{form: formLoose, what: "an amount", pattern: `^[0-9]+(\.[0-9]+)?$`},
	}
)

// policyShape is the whole language of policies.
var policyShape = recordOf(
	field{"policy", true, "name of the policy", nameText},
	field{"version", true, "counts from 1; running cases keep the version they started with", count(1, 0)},
	field{"kind", true, "what the policy is for", oneOf("a kind", "invoice", "order")},
	field{"description", false, "what it is for, for people", lineText},
	field{"merge_window", false, "reminders of one debtor's invoices that are due within it share a message; at most 24h (default 30m)", spanText},
	field{"acknowledge_within", false, "how long the lawyer or agency may take to say that they have it (default 5bd)", spanText},
	field{"windows", false, "when each class may contact a debtor, in the debtor's zone", recordOf(
		field{"service", false, "receipts and order reminders", windowShape},
		field{"reminder", false, "from the courtesy note to the phone call", windowShape},
		field{"formal", false, "final notices", windowShape},
	)},
	field{"caps", false, "most reminder and formal contacts within a sliding window; service messages do not count", recordOf(
		field{"contacts", false, "with a debtor, over all channels and invoices (default 3 per 7d)", capText},
		field{"per_channel", false, "over one channel", capText},
		field{"per_address", false, "at one address, whichever of its debtors is meant", capText},
		field{"calls", false, "call tasks", capText},
	)},
	field{"minimum", false, "what is too young or too small to be written about", recordOf(
		field{"age", false, "since collection began, before the first reminder or formal message", spanText},
		field{"amount", false, "below it no reminder is sent; formal steps and the decision stay", amountTable},
	)},
	field{"promise", false, "promises to pay", recordOf(
		field{"bank_grace", false, "after the promised day, until the ledger is asked (default 3bd)", spanText},
		field{"longest", false, "from today to the promised day (default: no limit)", spanText},
		field{"most", false, "promises per invoice (default: no limit)", count(1, 99)},
	)},
	field{"payment_plan", false, "instalments; invoices only", recordOf(
		field{"most_instalments", false, "instalments of a plan (default 12)", count(2, 99)},
		field{"longest", false, "from agreement to the last instalment (default 365d)", spanText},
		field{"remind", false, "before each instalment (default 3d)", spanText},
		field{"break_after", false, "so many missed instalments break the plan (default 1)", count(1, 99)},
		field{"broken", false, "what follows: the ladder goes on, or a person decides (default accelerate)", oneOf("an end of a broken plan", "accelerate", "person")},
	)},
	field{"dispute", false, "disputes", recordOf(
		field{"review", false, "until then somebody should have answered (default 10bd)", spanText},
	)},
	field{"stale_feed", false, "what waits while the creditor's bank statements are too old; formal steps always do", recordOf(
		field{"after", false, "how old the newest may be (default: the account's own rhythm)", spanText},
		field{"reminders", false, "whether reminders wait, too (default send)", oneOf("a choice for reminders", "send", "hold")},
	)},
	field{"crossed", false, "debtors who had paid already when a message went out", recordOf(
		field{"thank", false, "whether they are thanked and asked to disregard it (default none)", oneOf("a way to thank", "email", "none")},
	)},
	field{"expiry", false, "how an unpaid order ends; orders only", recordOf(
		field{"bank_lag", false, "the debtor is told the expiry; the order really expires so much later; minutes, hours or days", spanText},
	)},
	field{"holdout", false, "debtors to whom some steps are not sent, to see what these steps bring", recordOf(
		field{"share", true, "percent of debtors", count(1, 50)},
		field{"steps", true, "ids of reminder messages that they do not get", listOf(nameText, 1)},
	)},
	field{"decide", false, "thresholds of the decision, per currency", recordOf(
		field{"small_balance", false, "up to this it is written off", amountTable},
		field{"lawyer_from", false, "from this on the lawyer; between, the agency", amountTable},
		field{"approval_above", false, "above this a second person approves", amountTable},
	)},
	field{"steps", true, "the ladder, in the order in which its steps come", &shape{form: formList, item: stepShape, min: 1, max: maxSteps}},
)

var windowShape = recordOf(
	field{"open", false, `from and to, e.g. "09:00-18:00"`, hoursText},
	field{"days", false, "every day, or business days at the debtor's place", oneOf("a choice of days", "every", "business")},
	field{"gap", false, "the class's minimum gap, where a step names none", spanText},
)

var stepShape = recordOf(
	field{"id", true, "names the step in the case file for good", nameText},
	field{"title", false, "as it stands in lists; default: the id", lineText},
	field{"letter", false, "printed in messages as a short reference: INV-1/D", &shape{form: formText, what: "a letter", pattern: `^[A-Z]$`}},
	field{"class", true, "decides window, gap and cap", oneOf("a class", "service", "reminder", "formal")},
	field{"at", true, "when it comes: due+14d, issue+0d, expiry-2h, previous+3bd, issue+50%", atText},
	field{"acts", true, "what is done; email, sms and phone_task may go together", &shape{
		form: formList, item: oneOf("an act", "email", "sms", "phone_task", "decide", "place", "expire"), min: 1, max: 3,
	}},
	field{"done", false, "with several acts: when each has its end, or when the first arrives (default all)", oneOf("a completion rule", "all", "any")},
	field{"template", false, "the words of its messages", nameText},
	field{"variants", false, "other words for shares of the debtors", &shape{form: formList, item: variantShape, min: 2, max: 9}},
	field{"fallback", false, "when none of the step's channels works", oneOf("a fallback", "sms", "phone_task")},
	field{"when", false, "otherwise the step is skipped, with what did not hold", conditionShape},
	field{"look", false, "a person looks at the message before it goes out", yesNo},
	field{"new_due", false, "by law the debtor has so long from this formal message on; days", spanText},
	field{"late", false, "when the moment has passed", recordOf(
		field{"rule", false, "send at the next opening, skip, or let the next message say it (default send)", oneOf("a late rule", "send", "skip", "merge")},
		field{"after", false, "how late is late", spanText},
	)},
	field{"min_gap", false, "since the last contact about this invoice (default: the class's gap)", spanText},
	field{"sla", false, "of a phone task: how soon somebody should have called", spanText},
)

var variantShape = recordOf(
	field{"name", true, "stands in the case file and in the results", nameText},
	field{"share", true, "percent of debtors; all variants sum to 100", count(1, 99)},
	field{"template", true, "the words of this variant", nameText},
)

// conditionShape is the language of conditions, the same in steps and in segments.
var conditionShape = recordOf(
	field{"creditor", false, "ids of creditors", oneOrMore(lineText)},
	field{"group", false, "customer groups of the debtor", oneOrMore(lineText)},
	field{"kind", false, "of the claim", oneOrMore(oneOf("a kind", "invoice", "order"))},
	field{"country", false, "ISO 3166 codes of the debtor's country", oneOrMore(countryCode)},
	field{"type", false, "of the debtor", oneOrMore(oneOf("a type of debtor", "business", "consumer"))},
	field{"history", false, "whether something of this debtor has been late before", oneOf("a payment history", "first", "repeat")},
	field{"amount_from", false, "the amount is not below, per currency", amountTable},
	field{"amount_below", false, "the amount is below, per currency", amountTable},
)

// segmentsShape is the language of segment files.
var segmentsShape = recordOf(
	field{"segments", true, "the first that holds chooses the policy at issue", listOf(recordOf(
		field{"name", true, "stands in the case file", lineText},
		field{"when", true, "all tests must hold; {} takes everything that comes so far", conditionShape},
		field{"policy", true, "name of the policy", nameText},
	), 0)},
)
