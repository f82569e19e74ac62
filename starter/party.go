package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"dunlin/invoice"
)

// readJSON reads one JSON object from a file or from standard input ("-") into v. Unknown fields are
// refused: a misspelt zone must not hold a hundred letters.
func (a *app) readJSON(name string, v any) error {
	text, err := a.readFile(name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badJSON(name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invoice.Invalid("file", "%s holds more than one JSON object", name)
	}
	return nil
}

func badJSON(name string, err error) error {
	if refusal, ok := errors.AsType[*invoice.Error](err); ok {
		return refusal
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
		return invoice.Invalid(t.Field, "is a %s, which does not belong there", t.Value)
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if field, ok := strings.CutPrefix(text, "unknown field "); ok {
		return invoice.Invalid(strings.Trim(field, `"`), "is not a field").WithHint("dunlin creditor show and dunlin debtor show write the fields")
	}
	return invoice.Invalid("file", "%s is not JSON: %s", name, text)
}

// maxFile is the largest file read at once.
const maxFile = 4 << 20

func (a *app) readFile(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, invoice.Invalid("file", "%s", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, invoice.Invalid("file", "%s", err)
	}
	if len(text) > maxFile {
		return nil, invoice.Invalid("file", "%s is larger than %d MB", name, maxFile>>20)
	}
	return text, nil
}
