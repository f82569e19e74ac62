package collection

import (
	"net/url"
	"strconv"
	"strings"

	"dunlin/invoice"
)

// WorkflowIDPrefix is how the workflow ID of every case begins.
const WorkflowIDPrefix = "collect/"

// ParseWorkflowID is the inverse of WorkflowID; false when the id is not a case's.
func ParseWorkflowID(id string) (Case, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 4 || parts[0]+"/" != WorkflowIDPrefix || parts[1] == "" {
		return Case{}, false
	}
	number, err := url.PathUnescape(parts[2])
	if err != nil || number == "" {
		return Case{}, false
	}
	cycle, err := strconv.Atoi(parts[3])
	if err != nil || cycle < 1 {
		return Case{}, false
	}
	return Case{Key: invoice.Key{Creditor: parts[1], Number: number}, Cycle: cycle}, true
}
