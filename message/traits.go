package message

// trait says what kind of message a template is, and with it what the message has to say.
type trait struct {
	firm    int  // 0: plain service, 6: the last word before a handover
	pay     bool // it says what to do if payment has been made or arranged already
	object  bool // it says how to object or to ask
	overdue bool // it says how many days the invoice is overdue
	payBy   bool // it names a new date, where there is one
	plan    bool // it shows a payment plan instead of the invoice's own due date
	order   bool // it says how long the goods are kept
	thanks  bool // nothing is owed any more: it says which payment came and which message to disregard
	partner bool // it goes to the lawyer or the agency
	handing bool // it names who takes over, and on which day
}

// traits are the templates that Dunlin knows, from the mildest to the firmest.
var traits = map[string]trait{
	"receipt":          {object: true},
	"order-received":   {pay: true, object: true, order: true},
	planAgreed:         {object: true, plan: true},
	thankYou:           {object: true, thanks: true},
	"courtesy":         {firm: 1, pay: true, object: true},
	"due":              {firm: 1, pay: true, object: true},
	instalmentDue:      {firm: 1, pay: true, object: true, plan: true},
	"order-reminder":   {firm: 1, pay: true, object: true, order: true},
	"order-last":       {firm: 2, pay: true, object: true, order: true},
	"reminder-1":       {firm: 2, pay: true, object: true, overdue: true},
	"reminder-1-short": {firm: 2, pay: true, object: true, overdue: true},
	instalmentMissed:   {firm: 3, pay: true, object: true, plan: true, payBy: true},
	"reminder-2":       {firm: 4, pay: true, object: true, overdue: true, payBy: true},
	formalNotice:       {firm: 5, pay: true, object: true, overdue: true, payBy: true},
	finalNotice:        {firm: 6, pay: true, object: true, overdue: true, payBy: true, handing: true},
	placement:          {partner: true},
	recall:             {partner: true},
}

// Firmness ranks a template by the weight of its words, from 0 for a plain service message to 6 for
// the final notice. Along a ladder it never falls; where several invoices share a message, the
// firmest of their templates is used. A template that Dunlin does not know is −1.
func Firmness(template string) int {
	t, ok := traits[template]
	if !ok || t.partner {
		return -1
	}
	return t.firm
}

// saying is how a language says what every message of a kind has to say: one of the words is enough.
type saying struct {
	paid, object, overdue, stopSMS, stopMail []string
}

var sayings = map[string]saying{
	"en": {
		paid:    []string{"already paid", "Already paid", "already scheduled"},
		object:  []string{"wrong", "disagree", "dispute", "question", "Questions", "Another day"},
		overdue: []string{"overdue"}, stopSMS: []string{"Reply STOP"}, stopMail: []string{"no e-mail about this"},
	},
	"de": {
		paid:    []string{"schon bezahlt", "Schon bezahlt", "Bezahlt?", "schon veranlasst"},
		object:  []string{"Stimmt", "stimmt etwas", "nicht einverstanden", "Einwand", "Einwände", "Frage", "anderer Tag"},
		overdue: []string{"überfällig"}, stopSMS: []string{"STOP beendet SMS", "ABMELDEN"}, stopMail: []string{"keine E-Mail mehr"},
	},
	"zh": {
		paid:    []string{"已付", "已支付", "已经付款", "已经支付", "已安排", "付款后", "已完成付款"},
		object:  []string{"异议", "疑问", "问题", "有误", "不符", "咨询", "联系", "回复", "协商", "更改", "致电", "洽", "其他日期"},
		overdue: []string{"逾期"}, stopSMS: []string{"退订"}, stopMail: []string{"不希望", "不想", "不再", "不愿", "无需", "退订", "停止"},
	},
}

// foreign are words that only a text of another language would use; samples hold none of them.
var foreign = map[string][]rule{
	"en": {
		latin(Block, mixed, "und.", "bitte.", "ist.", "sie.", "rechnung.", "zahlung.", "fällig.", "bestellung.", "betrag."),
		hanziRange,
	},
	"de": {
		latin(Block, mixed, "the.", "and.", "please.", "your.", "our.", "invoice.", "order.", "payment.", "amount.", "overdue.", "instalment."),
		hanziRange,
	},
	"zh": {
		latin(Block, mixed, "the.", "and.", "please.", "your.", "our.", "invoice.", "order.", "payment.", "amount.", "und.", "bitte.", "rechnung.", "zahlung.", "more.", "day.", "days.", "hours.", "time."),
	},
}

const mixed = "a word of another language"

var hanziRange = rule{Block, mustHan, mixed}
