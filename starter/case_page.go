package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"dunlin/collection"
	"dunlin/invoice"
)

//go:embed case_page.html
var casePageText string

// casePage renders the case file as one self-contained page: no script, nothing loaded from elsewhere.
func casePage(c collection.CaseView) ([]byte, error) {
	t, err := template.New("case").Funcs(template.FuncMap{
		"amount": invoice.Money.String,
		"plain":  func(code any) string { return plain(fmt.Sprint(code)) },
		"fate":   fate,
		"state":  state,
		"term":   term,
		"at":     moment,
		"note":   zoneNote,
	}).Parse(casePageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, c)
	return b.Bytes(), err
}
