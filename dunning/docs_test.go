package dunning_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// fence is a block of code in Markdown.
var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// What a fragment is put into. A part of a policy brings its own keys; a step stands behind a first one.
const (
	docHead  = "policy: example\nversion: 1\nkind: invoice\n"
	docFirst = "  - {id: first, letter: Z, class: service, at: issue+0d, acts: [email], template: receipt}\n"
)

// asFile makes a file of an example.
func asFile(block string) string {
	marker, rest, _ := strings.Cut(block, "\n")
	switch marker {
	case "# step":
		return docHead + "steps:\n" + docFirst + "  " + strings.ReplaceAll(strings.TrimSpace(rest), "\n", "\n  ") + "\n"
	case "# policy":
		if strings.Contains("\n"+rest, "\nsteps:") {
			return docHead + rest
		}
		return docHead + rest + "steps:\n" + docFirst +
			"  - {id: reminder, letter: Y, class: reminder, at: due+7d, acts: [email], template: reminder-1}\n"
	}
	return block
}

// read checks a file of either language.
func read(file, source string) error {
	if strings.Contains("\n"+source, "\nsegments:") {
		known := map[string]invoice.Kind{}
		for _, s := range dunning.Shipped() {
			known[s.Policy.Name] = s.Policy.Kind
		}
		_, err := dunning.ParseSegments(file, []byte(source), known)
		return err
	}
	_, err := dunning.Parse(file, []byte(source), shippedTemplates{})
	return err
}

// shippedTemplates knows the templates by their files, so that the page names none that is missing.
type shippedTemplates struct{}

func (shippedTemplates) Has(template string, act dunning.Act) bool {
	ending := map[dunning.Act]string{dunning.Email: ".txt", dunning.SMS: ".sms.txt"}[act]
	_, err := os.Stat(filepath.Join("..", "message", "templates", "en", template+ending))
	return err == nil
}

// TestPolicyPage runs every example of docs/policies.md: right ones are right, and what is said about
// the wrong ones is what the program says. UPDATE_DOCS=1 writes the answers into the page.
func TestPolicyPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "docs", "policies.md")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	page := string(b)
	wrong, examples := "", 0
	written := fence.ReplaceAllStringFunc(page, func(block string) string {
		m := fence.FindStringSubmatch(block)
		switch body := m[2]; m[1] {
		case "yaml":
			examples++
			wrong = ""
			err := read("mine.yaml", asFile(body))
			if !strings.HasPrefix(body, "# wrong\n") {
				require.NoError(t, err, "%s", body)
				break
			}
			require.Error(t, err, "%s", body)
			wrong = err.Error()
		case "text":
			require.NotEmpty(t, wrong, "an answer follows a wrong example")
			return "```text\n" + wrong + "\n```"
		}
		return block
	})
	require.Greater(t, examples, 15)
	if os.Getenv("UPDATE_DOCS") != "" && written != page {
		require.NoError(t, os.WriteFile(path, []byte(written), 0o644))
		return
	}
	require.Equal(t, written, page, "run UPDATE_DOCS=1 go test ./dunning -run TestPolicyPage")
}

// Every key of the language is explained on the page, and every policy that comes with Dunlin has its reasons there.
func TestPolicyPageIsComplete(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "docs", "policies.md"))
	require.NoError(t, err)
	page, keys := string(b), 0
	for _, schema := range [][]byte{dunning.PolicySchema(), dunning.SegmentsSchema()} {
		for _, m := range regexp.MustCompile(`(?m)^ *"(\w+)": \{\n +"(?:a|d|e|t)`).FindAllStringSubmatch(string(schema), -1) {
			if !slices.Contains([]string{"properties", "items", "additionalProperties", "propertyNames"}, m[1]) {
				keys++
				require.Regexp(t, `\b`+m[1]+`\b`, page)
			}
		}
	}
	require.Greater(t, keys, 50)
	for _, s := range dunning.Shipped() {
		require.Contains(t, page, "**[`"+s.Policy.Name+"`](../dunning/"+s.File+")**")
	}
}
