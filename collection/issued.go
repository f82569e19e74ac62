package collection

import "dunlin/invoice"

// IssueResult is what became of one row of many that were issued together: a receipt, or why it was refused.
type IssueResult struct {
	Receipt invoice.Receipt
	Err     error // nil: the row is on file
}
