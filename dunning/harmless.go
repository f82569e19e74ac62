package dunning

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A policy is a page or two. These limits hold before the YAML library sees a file, so that no file can
// cost more than a moment: nesting is what makes a parser recurse.
const (
	maxFileBytes = 64 << 10
	maxLineBytes = 4 << 10
	maxIndent    = 100
	maxNesting   = 32
	maxSteps     = 26
)

// harmless refuses what no honest file is.
func (r *reader) harmless(what string) bool {
	at := func(line, column int, message, hint string) bool {
		r.fail(line, column, "", message, hint)
		return false
	}
	switch {
	case len(r.source) > maxFileBytes:
		return at(1, 1, fmt.Sprintf("is larger than %d KB", maxFileBytes>>10), "a "+what+" is a page or two; is this the right file?")
	case bytes.HasPrefix(r.source, []byte("\ufeff")):
		return at(1, 1, "begins with a byte order mark", "save it as UTF-8 without one")
	case !utf8.Valid(r.source) || bytes.IndexByte(r.source, 0) >= 0:
		return at(1, 1, "is not a text in UTF-8", "save it as UTF-8")
	}
	depth, marks := 0, 0
	for i, text := range strings.Split(string(r.source), "\n") {
		indent := len(text) - len(strings.TrimLeft(text, " "))
		switch rest := text[indent:]; {
		case len(text) > maxLineBytes:
			return at(i+1, 1, fmt.Sprintf("has a line of more than %d KB", maxLineBytes>>10), "break it, or is this the right file?")
		case indent > maxIndent && strings.TrimSpace(rest) != "":
			return at(i+1, indent+1, "is indented too far", "no part of a "+what+" is nested so deep")
		case strings.HasPrefix(rest, "\t") && strings.TrimSpace(rest) != "":
			return at(i+1, indent+1, "is indented with a tab", "indent with spaces")
		case opened(rest) > maxNesting:
			return at(i+1, indent+1, "opens too many levels in one line", "no part of a "+what+" is nested so deep")
		}
		if strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") {
			marks++
		}
		if marks > 2 { // one to begin, one to end
			return at(i+1, 1, "holds more than one document", "write one "+what+" per file")
		}
		if depth += brackets(text[indent:]); depth > maxNesting {
			return at(i+1, indent+1, "opens too many brackets", "close them; no part of a "+what+" is nested so deep")
		}
	}
	return true
}

// opened counts the signs at the start of a line that each open a level: lists, keys, tags and anchors.
func opened(line string) int {
	n := 0
	for _, word := range strings.Fields(line) {
		if word != "-" && word != "?" && !strings.HasPrefix(word, "!") && !strings.HasPrefix(word, "&") {
			break
		}
		n++
	}
	return n
}

// brackets says how many brackets a line leaves open, comments aside.
func brackets(line string) int {
	if strings.HasPrefix(line, "#") {
		return 0
	}
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	return strings.Count(line, "[") + strings.Count(line, "{") - strings.Count(line, "]") - strings.Count(line, "}")
}
