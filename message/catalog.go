package message

import (
	"embed"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"sync"
	text "text/template"

	"dunlin/invoice"
)

//go:embed templates
var embedded embed.FS

// Catalog holds the parsed templates of all languages. It is safe for concurrent use.
type Catalog struct {
	languages map[string]*language
}

// language is one folder of templates.
type language struct {
	emails   map[string]emailTemplate
	sms      map[string]*text.Template
	caseFile *template.Template // nil: this language has none
}

type emailTemplate struct {
	subject, text *text.Template
	html          *template.Template
}

// NewCatalog returns the templates that are built into the program. The first call reads them and
// tries each with every kind of letter, so that a wrong template stops the program at start-up and
// not a reminder at night.
func NewCatalog() (*Catalog, error) { return builtIn() }

// Untried returns the templates that are built into the program without trying them: a command that ends in
// a moment need not prove again what the tests and every server's start prove.
func Untried() (*Catalog, error) { return parsed() }

var builtIn = sync.OnceValues(func() (*Catalog, error) {
	c, err := parsed()
	if err != nil {
		return nil, err
	}
	return c, c.try()
})

var parsed = sync.OnceValues(func() (*Catalog, error) {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	return readAll(sub)
})

// LoadCatalog reads templates from a folder with one folder per language:
//
//	layout.html                         the frame of every HTML e-mail, without words
//	<language>/<template>.subject.txt   the three parts of an e-mail
//	<language>/<template>.txt
//	<language>/<template>.html
//	<language>/<template>.sms.txt       a text message
//	<language>/parts/*.{txt,html}       what several templates of the language share
//	<language>/casefile.html            the case file for lawyer or agency
//
// English must be there; a template another language lacks is taken from it. Every template is
// executed with sample letters; a variable that does not exist, a part that is missing, or a word
// that the tone check blocks is an error that names the file.
func LoadCatalog(fsys fs.FS) (*Catalog, error) {
	c, err := readAll(fsys)
	if err != nil {
		return nil, err
	}
	return c, c.try()
}

func readAll(fsys fs.FS) (*Catalog, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	c := &Catalog{languages: map[string]*language{}}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		l, err := loadLanguage(fsys, e.Name())
		if err != nil {
			return nil, err
		}
		c.languages[e.Name()] = l
	}
	if c.languages[English] == nil {
		return nil, invoice.Invalid("templates", "there is no folder %q", English).WithHint("English is what every other language falls back to")
	}
	return c, nil
}

// HasEmail says whether there is an e-mail of this name.
func (c *Catalog) HasEmail(name string) bool {
	_, ok := c.languages[English].emails[name]
	return ok
}

// HasSMS says whether there is a text message of this name.
func (c *Catalog) HasSMS(name string) bool {
	return c.languages[English].sms[name] != nil
}

// Names returns the names of all templates, sorted.
func (c *Catalog) Names() []string {
	var names []string
	for name := range c.languages[English].emails {
		names = append(names, name)
	}
	for name := range c.languages[English].sms {
		if !c.HasEmail(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Languages returns the languages there are templates in, sorted.
func (c *Catalog) Languages() []string {
	var names []string
	for name := range c.languages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wanted is the language a letter asks for: its own, else the debtor's, else the creditor's.
func wanted(l Letter) string { return baseLanguage(l.tag()) }

// tag is that language as it is on file, perhaps with a region: "de-AT".
func (l Letter) tag() string {
	for _, tag := range []string{l.Language, l.Debtor.Language, l.Creditor.Language} {
		if strings.TrimSpace(tag) != "" {
			return tag
		}
	}
	return English
}
