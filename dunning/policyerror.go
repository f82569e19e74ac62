package dunning

import (
	"fmt"
	"strconv"
	"strings"
)

// PolicyError is one thing wrong with a policy file, at its place, with what to do about it.
type PolicyError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
	Excerpt string `json:"excerpt,omitempty"` // the lines around it, with a caret under the column
	Hint    string `json:"hint,omitempty"`
}

// Error reads like a compiler's: place, message, excerpt, hint.
func (e *PolicyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Excerpt != "" {
		b.WriteString("\n" + e.Excerpt)
	}
	if e.Hint != "" {
		b.WriteString("\n  hint: " + e.Hint)
	}
	return b.String()
}

// PolicyErrors are all things wrong with a policy file, in order of their places. It is never empty.
type PolicyErrors []*PolicyError

// Error joins the errors, an empty line between two.
func (e PolicyErrors) Error() string {
	texts := make([]string, len(e))
	for i := range e {
		texts[i] = e[i].Error()
	}
	return strings.Join(texts, "\n\n")
}

// Unwrap gives the single errors to errors.As.
func (e PolicyErrors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// excerpt shows a line with its neighbours and a caret under the column.
func excerpt(lines []string, line, column int) string {
	if line < 1 || line > len(lines) {
		return ""
	}
	width := len(strconv.Itoa(line + 1))
	var b strings.Builder
	for n := max(1, line-1); n <= min(len(lines), line+1); n++ {
		text := strings.TrimRight(lines[n-1], "\r")
		if len(text) > 160 {
			text = strings.ToValidUTF8(text[:160], "") + "…"
		}
		if text == "" && n != line {
			continue
		}
		mark := " "
		if n == line {
			mark = ">"
		}
		fmt.Fprintf(&b, "  %s %*d | %s\n", mark, width, n, text)
		if n == line && column >= 1 && column <= len(text)+1 {
			fmt.Fprintf(&b, "    %s | %s^\n", strings.Repeat(" ", width), strings.Repeat(" ", column-1))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
