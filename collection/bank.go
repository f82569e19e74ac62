package collection

import "strconv"

// QueueBank is the task queue of bank files: a large one must not keep cases from their turn.
const QueueBank = "dunlin-bank"

// ImportStatement is the workflow type of a bank file's import.
const ImportStatement = "ImportStatement"

// Names of the activities of an import, in their order. They stand in histories for ever: never rename one.
const (
	ParseFile  = "ParseFile"  // bytes → staging
	AcceptFile = "AcceptFile" // staging → entries, or a refusal of all of it
	BookPage   = "BookPage"   // entries → ledger, page by page
)

// Import names one attempt to take a bank file in.
type Import struct {
	SHA256  string `json:"sha256"`  // of the file's bytes, 64 hexadecimal digits
	Attempt int    `json:"attempt"` // from 1; +1 when a refused file is tried again
}

// ImportID returns import/<sha256>/<attempt>, the workflow ID of an import.
func ImportID(i Import) string {
	return "import/" + i.SHA256 + "/" + strconv.Itoa(i.Attempt)
}

// ImportInput starts an import, or goes on with one whose history has become long. It holds no name and no
// amount: what is in the file stays in the database.
type ImportInput struct {
	Import
	Page Page `json:"page,omitzero"` // of a continued run: how far phase two has got
}

// FileState says how far a bank file is.
type FileState string

// The states of a bank file, in their order.
const (
	FileStored   FileState = "stored"   // acknowledged; its import starts
	FileParsing  FileState = "parsing"  // read into staging
	FileRefused  FileState = "refused"  // whole: nothing of it is left
	FileAccepted FileState = "accepted" // its entries are on file
	FileBooking  FileState = "booking"  // they are booked page by page
	FileDone     FileState = "done"     // all of it is booked
)

// Ended says that nothing more happens to the file by itself.
func (s FileState) Ended() bool { return s == FileRefused || s == FileDone }

// FileStanding is what the activities of phase one answer.
type FileStanding struct {
	State      FileState `json:"state"`
	Statements int       `json:"statements"`
	Entries    int       `json:"entries"`
	Repeated   int       `json:"repeated"` // entries that were on file before
	Bookable   int       `json:"bookable"` // payments that phase two books
}

// Page is how far phase two has got.
type Page struct {
	Cursor int64 `json:"cursor"` // the last payment booked; 0: none yet
	Booked int   `json:"booked"` // payments booked so far
	Total  int   `json:"total"`
	Done   bool  `json:"done,omitzero"`
}

// PageRequest asks for the page behind a cursor.
type PageRequest struct {
	Import
	Cursor int64 `json:"cursor"`
}
