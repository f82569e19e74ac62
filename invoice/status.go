package invoice

// Status says where an invoice stands with respect to the money.
type Status string

// Open and Placed invoices have one running case; the others are settled and have none.
const (
	Open       Status = "open"
	Placed     Status = "placed" // with the lawyer or the agency; our own messages have stopped
	Paid       Status = "paid"
	WrittenOff Status = "written_off"
	Cancelled  Status = "cancelled"
	Expired    Status = "expired" // an order that was not paid in time
	Closed     Status = "closed"  // the lawyer or agency reported the end with a balance left
)

// moves is the one table of what may follow what.
var moves = map[Status][]Status{
	Open:       {Placed, Paid, WrittenOff, Cancelled, Expired},
	Placed:     {Open, Paid, WrittenOff, Cancelled, Closed},
	Paid:       {Open, Cancelled}, // open: the payment was returned
	WrittenOff: {Open, Cancelled}, // open: a payment made before the write-off was returned
	Closed:     {},
	Cancelled:  {},
	Expired:    {Paid}, // money that came too late was accepted all the same
}

// May says whether the status may change to next.
func (s Status) May(next Status) bool {
	for _, n := range moves[s] {
		if n == next {
			return true
		}
	}
	return false
}

// Settled says that nothing is collected any more.
func (s Status) Settled() bool { return s != Open && s != Placed }
