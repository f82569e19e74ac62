package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// templateCmd shows what messages say, without a case to send them for.
func (a *app) templateCmd() *cobra.Command {
	c := family("template", "Read the messages as debtors read them", a.templateList(), a.templateShow())
	c.Example = "  dunlin template list\n  dunlin template show reminder-2 --language de"
	return c
}

// templateRow is a template in template list.
type templateRow struct {
	Name     string   `json:"name"`
	Firmness int      `json:"firmness"` // 0 to 6; −1: it does not go to the debtor
	Email    []string `json:"email"`    // languages
	SMS      []string `json:"sms"`      // languages
}

func (a *app) templateList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the templates with their languages",
		Long:    "List the templates with their languages, the firmest last. With --json: one JSON document per line.",
		Example: "  dunlin template list",
		Args:    cobra.NoArgs,
		RunE: a.do(func(context.Context, []string) error {
			catalog, err := message.NewCatalog()
			if err != nil {
				return err
			}
			t := newTable("NAME", ">FIRMNESS", "E-MAIL", "SMS")
			names := catalog.Names()
			slices.SortStableFunc(names, func(a, b string) int { return message.Firmness(a) - message.Firmness(b) })
			for _, name := range names {
				row := templateRow{Name: name, Firmness: message.Firmness(name), Email: []string{}, SMS: []string{}}
				for _, lang := range catalog.Languages() {
					if e, err := catalog.Sample(name, lang); err == nil && e.Language == lang {
						row.Email = append(row.Email, lang)
					}
					if m, err := catalog.SampleSMS(name, lang); err == nil && m.Language == lang {
						row.SMS = append(row.SMS, lang)
					}
				}
				if a.json {
					if err := a.stream(row); err != nil {
						return err
					}
				}
				t.add(name, strconv.Itoa(row.Firmness), strings.Join(row.Email, " "), strings.Join(row.SMS, " "))
			}
			if !a.json {
				t.print(a.out, "")
			}
			return nil
		}),
	}
}

// shownTemplate is the JSON answer of template show.
type shownTemplate struct {
	Name     string `json:"name"`
	Language string `json:"language"` // the one it is written in: English where the wanted one lacks it
	Subject  string `json:"subject,omitempty"`
	Text     string `json:"text"`
	HTML     string `json:"html,omitempty"`
}

func (a *app) templateShow() *cobra.Command {
	var language string
	var sms, page bool
	c := &cobra.Command{
		Use:     "show NAME",
		Short:   "Show a message with an example letter",
		Long:    "Show what a template says, filled with an example letter. Nothing is sent.",
		Example: "  dunlin template show reminder-2 --language de\n  dunlin template show final-notice --language zh --sms",
		Args:    cobra.ExactArgs(1),
		RunE: a.do(func(_ context.Context, args []string) error {
			shown, err := sample(args[0], language, sms)
			switch {
			case err != nil:
				return err
			case a.json:
				return a.show(shown)
			case page && sms:
				return invoice.Invalid("html", "a text message has no page")
			case page:
				a.lines(shown.HTML)
				return nil
			}
			if base, _, _ := strings.Cut(language, "-"); shown.Language != strings.ToLower(base) {
				a.say("(not written in %q: this is what is sent instead)", language)
			}
			if shown.Subject != "" {
				a.lines("Subject: " + shown.Subject + "\n\n")
			}
			a.lines(shown.Text)
			return nil
		}),
	}
	c.Flags().StringVar(&language, "language", message.English, "language, e.g. de or zh")
	c.Flags().BoolVar(&sms, "sms", false, "the text message instead of the e-mail")
	c.Flags().BoolVar(&page, "html", false, "the HTML of the e-mail")
	return c
}

// lines prints a text of several lines.
func (a *app) lines(text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		a.say("%s", line)
	}
}

// sample renders a template with an example letter.
func sample(name, language string, sms bool) (shownTemplate, error) {
	catalog, err := message.NewCatalog()
	if err != nil {
		return shownTemplate{}, err
	}
	if sms {
		m, err := catalog.SampleSMS(name, language)
		return shownTemplate{Name: name, Language: m.Language, Text: m.Body}, err
	}
	e, err := catalog.Sample(name, language)
	return shownTemplate{Name: name, Language: e.Language, Subject: e.Subject, Text: e.Text, HTML: e.HTML}, err
}

// wording reads the messages of a policy as a debtor gets them, one after the other. What must not
// be sent is an error; the rest are warnings for the author.
func wording(p *dunning.Policy, catalog *message.Catalog) (warnings []message.Finding, err error) {
	for _, f := range catalog.CheckLadder(rungs(p, catalog)) {
		if f.Level == message.Block {
			return nil, invoice.Invalid("steps."+f.Text, "%s", f.Why)
		}
		warnings = append(warnings, f)
	}
	return warnings, nil
}

// rungs are the messages of a policy in the order of its steps; variants of a step stand side by side.
func rungs(p *dunning.Policy, catalog *message.Catalog) []message.LadderStep {
	var rungs []message.LadderStep
	for _, s := range p.Steps {
		templates := []string{s.Template}
		if len(s.Variants) > 0 {
			templates = nil
		}
		for _, v := range s.Variants {
			templates = append(templates, v.Template)
		}
		for _, name := range templates {
			r := message.LadderStep{ID: s.ID, Formal: s.Class == dunning.Formal}
			if name != "" && s.Has(dunning.Email) {
				r.Email = name
			}
			if name != "" && (s.Has(dunning.SMS) || (s.Fallback == dunning.SMS && catalog.HasSMS(name))) {
				r.SMS = name
			}
			rungs = append(rungs, r)
		}
	}
	return rungs
}
