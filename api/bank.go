package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"dunlin/collection"
	"dunlin/invoice"
)

// Bank takes bank files in and shows what became of them.
type Bank interface {
	// StoreFile stores a file under the hash of its bytes; the same bytes again answer what became of them.
	StoreFile(ctx context.Context, up collection.BankUpload, r io.Reader) (collection.BankFile, error)
	BankFile(ctx context.Context, sum string) (collection.BankFile, error)
	BankFiles(ctx context.Context, f collection.BankFileFilter) ([]collection.BankFile, error)
	BankStatements(ctx context.Context, f collection.BankStatementFilter) ([]collection.BankStatement, error)
}

// bankFilesPath takes files of any size; its bodies are no JSON and are never held in memory.
const bankFilesPath = "/v1/bank/files"

// BankFilePage is one page of bank files.
type BankFilePage struct {
	Items []collection.BankFile `json:"items" nullable:"false"`
	Next  string                `json:"next,omitempty" doc:"Pass it as after to get the next page; missing: this was the last"`
}

// BankStatementPage is one page of statements.
type BankStatementPage struct {
	Items []collection.BankStatement `json:"items" nullable:"false"`
	Next  int64                      `json:"next,omitempty" doc:"Pass it as after to get the next page; missing: this was the last"`
}

// bankUpload is a file as it is sent.
type bankUpload struct {
	IdempotencyKey string           `header:"Idempotency-Key" doc:"Not needed: the same bytes are the same file"`
	Name           string           `query:"name" maxLength:"400" doc:"What the file is called, for people" example:"2026-05-04.xml"`
	Profile        string           `query:"profile" maxLength:"100" doc:"Read it as CSV by this profile"`
	Account        string           `query:"account" maxLength:"60" doc:"Where the file names none: IBAN or number of the account"`
	Currency       invoice.Currency `query:"currency" maxLength:"3" doc:"Where the file names none"`
	AllowOff       bool             `query:"allow_off" doc:"Take statements in that don't add up, too"`

	body io.Reader
}

// Resolve keeps the body as a stream.
func (u *bankUpload) Resolve(ctx huma.Context) []error {
	u.body = ctx.BodyReader()
	return nil
}

type bankStored struct {
	Status   int
	Location string `header:"Location" doc:"Where its import can be followed"`
	Body     collection.BankFile
}

func (s *server) registerBank() {
	op := s.describe(operation{
		method: http.MethodPost, path: bankFilesPath, id: "import-bank-file", tag: tagBank, summary: "Hand a bank file over",
		description: "camt.052/053/054, MT940/942, BAI2, OFX, CSV by a profile, or a ZIP of these, as the body. It is stored when this is answered, and its import goes by itself: " +
			"follow it at Location. The same file again is answered with what became of it; one that was refused is tried again. A file is taken in whole or not at all.",
	})
	op.DefaultStatus = http.StatusAccepted
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	op.SkipValidateBody = true
	huma.Register(s.huma, op, func(ctx context.Context, in *bankUpload) (*bankStored, error) {
		out, err := s.storeBankFile(ctx, in)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		return out, nil
	})
	type one struct {
		Hash string `path:"hash" minLength:"6" maxLength:"64" pattern:"^[0-9a-f]+$" doc:"The file's SHA-256, or how it begins"`
	}
	type listing struct {
		State collection.FileState `query:"state" enum:"stored,parsing,refused,accepted,booking,done"`
		After string               `query:"after" pattern:"^([0-9a-f]{64})?$" doc:"The next of the page before"`
		Limit int                  `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	handle(s, operation{method: http.MethodGet, path: bankFilesPath, id: "list-bank-files", tag: tagBank, summary: "List bank files, the newest first"},
		func(ctx context.Context, in *listing) (*answer[BankFilePage], error) {
			items, err := s.Store.BankFiles(ctx, collection.BankFileFilter{State: in.State, After: in.After, Limit: in.Limit})
			page := BankFilePage{Items: append([]collection.BankFile{}, items...)}
			if len(items) == in.Limit {
				page.Next = items[len(items)-1].SHA256
			}
			return &answer[BankFilePage]{page}, err
		})
	handle(s, operation{method: http.MethodGet, path: bankFilesPath + "/{hash}", id: "get-bank-file", tag: tagBank, summary: "Follow a bank file: how far it is, or why it was refused"},
		func(ctx context.Context, in *one) (*answer[collection.BankFile], error) {
			f, err := s.Store.BankFile(ctx, in.Hash)
			return &answer[collection.BankFile]{f}, err
		})
	s.registerStatements()
}

func (s *server) registerStatements() {
	type listing struct {
		Creditor string `query:"creditor" doc:"Only this creditor's"`
		Account  string `query:"account" doc:"Only this account's: IBAN or number"`
		File     string `query:"file" pattern:"^([0-9a-f]{64})?$" doc:"Only those of a file, by its SHA-256"`
		After    int64  `query:"after" minimum:"0" doc:"The next of the page before"`
		Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	handle(s, operation{
		method: http.MethodGet, path: "/v1/bank/statements", id: "list-bank-statements", tag: tagBank, summary: "List statements, the newest first",
		description: "Whether each adds up, how it joins the one before it, how many of its entries were new, and what somebody should look at.",
	},
		func(ctx context.Context, in *listing) (*answer[BankStatementPage], error) {
			items, err := s.Store.BankStatements(ctx, collection.BankStatementFilter{Creditor: in.Creditor, Account: in.Account, File: in.File, After: in.After, Limit: in.Limit})
			page := BankStatementPage{Items: append([]collection.BankStatement{}, items...)}
			if len(items) == in.Limit {
				page.Next = items[len(items)-1].ID
			}
			return &answer[BankStatementPage]{page}, err
		})
}

func (s *server) storeBankFile(ctx context.Context, in *bankUpload) (*bankStored, error) {
	f, err := s.Store.StoreFile(ctx, collection.BankUpload{
		Name: in.Name, Actor: actor(ctx), Profile: in.Profile, Account: in.Account, Currency: in.Currency, AllowOff: in.AllowOff,
	}, in.body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, problem(http.StatusRequestEntityTooLarge, "the file is larger than %d bytes", int64(collection.MaxBankFile)).hint("split it")
	}
	if err != nil {
		return nil, err
	}
	out := &bankStored{Status: http.StatusAccepted, Location: bankFilesPath + "/" + f.SHA256, Body: f}
	if f.State.Ended() {
		out.Status = http.StatusOK
	}
	return out, nil
}

// uploads says whether a request's body is a file.
func uploads(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == bankFilesPath
}

// A sender of a file may be slow, as long as something comes.
const (
	patience     = 30 * time.Second // until the next bytes
	answerWithin = 60 * time.Second // after the last
)

// streamed hands a file's body on as it comes: limited in size, and in silence instead of in time.
func streamed(w http.ResponseWriter, r *http.Request) *Problem {
	if r.Header.Get("Content-Encoding") != "" {
		return problem(http.StatusUnsupportedMediaType, "an encoded body is not read").hint("send the file as it is, without Content-Encoding; a ZIP is read")
	}
	r.Body = &patient{ReadCloser: http.MaxBytesReader(w, r.Body, collection.MaxBankFile), connection: http.NewResponseController(w)}
	return nil
}

// patient moves the deadlines of the connection on with every read.
type patient struct {
	io.ReadCloser

	connection *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	now := time.Now()
	_ = p.connection.SetReadDeadline(now.Add(patience))
	_ = p.connection.SetWriteDeadline(now.Add(patience + answerWithin))
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		_ = p.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
