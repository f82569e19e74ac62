package message

import (
	"strings"

	"dunlin/invoice"
)

// CaseFile writes a dossier twice, as a printable page (A4) and as JSON with the same content, and
// seals both: sum is the SHA-256, in hex, over the length and bytes of the page and then of the
// JSON, lengths as 8 bytes big-endian. The same dossier always gives the same bytes.
func (c *Catalog) CaseFile(d Dossier) (html, json []byte, sum string, err error) {
	if d.Invoice.Number == "" || d.AsOf.IsZero() {
		return nil, nil, "", invoice.Invalid("dossier", "needs an invoice and the moment it was put together")
	}
	lang := baseLanguage(d.Language)
	if c.find(lang).caseFile == nil {
		lang = English
	}
	t := c.languages[lang].caseFile
	if t == nil {
		return nil, nil, "", invoice.Invalid("templates", "there is no casefile.html")
	}
	d = d.inUTC()
	if json, err = d.json(); err != nil {
		return nil, nil, "", err
	}
	page, err := execute(t, newFileView(d, lang, json))
	if err != nil {
		return nil, nil, "", err
	}
	html = []byte(page)
	return html, json, sumOf(html, json), nil
}

// CaseFileAttachments names the two files for the e-mail to the lawyer or agency.
func CaseFileAttachments(number string, html, json []byte) []Attachment {
	name := "case-" + strings.Map(fileRune, oneLine(number, invoice.MaxNumber))
	return []Attachment{{Name: name + ".html", Type: "text/html", Data: html}, {Name: name + ".json", Type: "application/json", Data: json}}
}

// fileRune keeps what every file system and mail program takes in a name.
func fileRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		return r
	}
	return '-'
}
