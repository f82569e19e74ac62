package message

import (
	"errors"
	"html/template"
	"io/fs"
	"path"
	"strings"
	text "text/template"

	"dunlin/invoice"
)

func loadLanguage(fsys fs.FS, name string) (*language, error) {
	texts, pages, err := loadParts(fsys, name)
	if err != nil {
		return nil, err
	}
	l := &language{emails: map[string]emailTemplate{}, sms: map[string]*text.Template{}}
	files, err := fs.Glob(fsys, name+"/*.*")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := l.add(fsys, file, texts, pages); err != nil {
			return nil, invoice.Invalid("templates/"+file, "%s", err)
		}
	}
	for t, e := range l.emails {
		if e.subject == nil || e.text == nil || e.html == nil {
			return nil, invoice.Invalid("templates/"+name+"/"+t, "an e-mail needs %s.subject.txt, %s.txt and %s.html", t, t, t)
		}
	}
	return l, nil
}

// loadParts parses what the templates of a language share.
func loadParts(fsys fs.FS, name string) (*text.Template, *template.Template, error) {
	texts := text.New(name).Option("missingkey=error")
	pages := template.New(name).Option("missingkey=error")
	shared, err := fs.Glob(fsys, name+"/parts/*")
	if err != nil {
		return nil, nil, err
	}
	for _, file := range append([]string{"layout.html"}, shared...) {
		source, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, nil, invoice.Invalid("templates/"+file, "%s", err)
		}
		switch path.Ext(file) {
		case ".txt":
			_, err = texts.New(file).Parse(string(source))
		case ".html":
			_, err = pages.New(file).Parse(string(source))
		}
		if err != nil {
			return nil, nil, invoice.Invalid("templates/"+file, "%s", err)
		}
	}
	return texts, pages, nil
}

// add parses one file of a language.
func (l *language) add(fsys fs.FS, file string, texts *text.Template, pages *template.Template) error {
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	name, kind, _ := strings.Cut(path.Base(file), ".")
	switch kind {
	case "html":
		return l.addPage(file, name, string(raw), pages)
	case "subject.txt", "txt", "sms.txt":
		return l.addText(file, name, kind, string(raw), texts)
	}
	return invoice.Invalid("", "is not a template").WithHint("call it %s.subject.txt, .txt, .html or .sms.txt", name)
}

func (l *language) addPage(file, name, source string, pages *template.Template) error {
	set, err := pages.Clone()
	if err != nil {
		return err
	}
	page, err := set.New(file).Parse(source)
	if err != nil {
		return err
	}
	known := viewNames
	if name == "casefile" {
		l.caseFile, known = page, fileNames
	} else {
		e := l.emails[name]
		e.html = page
		l.emails[name] = e
	}
	for _, t := range page.Templates() {
		err = errors.Join(err, checkNames(t.Tree, known))
	}
	return err
}

func (l *language) addText(file, name, kind, source string, texts *text.Template) error {
	set, err := texts.Clone()
	if err != nil {
		return err
	}
	t, err := set.New(file).Parse(source)
	if err != nil {
		return err
	}
	for _, part := range t.Templates() {
		err = errors.Join(err, checkNames(part.Tree, viewNames))
	}
	e := l.emails[name]
	switch kind {
	case "sms.txt":
		l.sms[name] = t
		return err
	case "subject.txt":
		e.subject = t
	case "txt":
		e.text = t
	}
	l.emails[name] = e
	return err
}
