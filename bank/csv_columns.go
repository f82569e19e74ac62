package bank

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// locate finds every column of the profile in the header. One that is missing, or there twice, refuses the file.
func (f *csvFile) locate(header csvRow) error {
	for _, c := range f.all() {
		if _, known := f.cols[c.written]; known {
			continue
		}
		if c.n > 0 {
			if f.width < c.n && c.n <= len(header.cells) {
				f.width = c.n // its name is blank
			}
			f.cols[c.written] = c.n - 1
			continue
		}
		if f.firstRow != nil {
			return f.s.fatal(header.line, 0, c.written, "the file has no header: its columns have numbers, not names", "write the column's number in profile "+f.Name)
		}
		i := c.find(header.cells)
		if all := f.texts(header, c); len(all) > 0 {
			f.several[c.written] = all
		} else if i >= 0 && c.find(header.cells[i+1:]) >= 0 {
			return f.s.fatal(header.line, 0, c.written, "two columns have this name", "write the column's number in profile "+f.Name)
		}
		if i < 0 && !c.optional {
			return f.s.fatal(header.line, 0, c.written, "the column is missing; the header has: "+strings.Join(header.cells[:min(f.width, 60)], " | "),
				"has the bank changed its export? then mend profile "+f.Name+", or list the column as optional")
		}
		f.cols[c.written] = i
	}
	if f.currency.header == nil {
		return nil
	}
	for _, name := range header.cells {
		if m := f.currency.header.FindStringSubmatch(name); m != nil {
			f.facts["currency"] = m[1]
		}
	}
	return nil
}

// texts are the columns of a pattern that only texts are taken from: all whose names fit.
func (f *csvFile) texts(header csvRow, c column) []int {
	isText := func(t column) bool { return t.written == c.written }
	if c.pattern == nil || !slices.ContainsFunc(f.columns.remittance, isText) && !slices.ContainsFunc(f.columns.info, isText) {
		return nil
	}
	var all []int
	for i := range header.cells {
		if c.find(header.cells[i:i+1]) == 0 {
			all = append(all, i)
		}
	}
	return all
}

// find returns the position of the column among the names of a header; -1 when it is not there.
func (c column) find(names []string) int {
	for i, name := range names {
		if c.pattern != nil && c.pattern.MatchString(name) || c.pattern == nil && sameName(c.written, name) {
			return i
		}
	}
	return -1
}

// sameName compares names of columns: blanks and capitals do not matter, and a letter that the export has
// lost may be any.
func sameName(want, have string) bool {
	if want == have {
		return true
	}
	want, have = strings.ToLower(strings.Join(strings.Fields(want), " ")), strings.ToLower(strings.Join(strings.Fields(have), " "))
	if want == have {
		return true
	}
	if !strings.ContainsRune(have, utf8.RuneError) || utf8.RuneCountInString(want) != utf8.RuneCountInString(have) {
		return false
	}
	letters := []rune(have)
	for i, r := range []rune(want) {
		if letters[i] != r && letters[i] != utf8.RuneError {
			return false
		}
	}
	return true
}

// title is how the file itself calls a column.
func (f *csvFile) title(c column) string {
	if i, ok := f.cols[c.written]; ok && f.firstRow == nil && c.n == 0 && i >= 0 && i < len(f.names) {
		return f.names[i]
	}
	if c.n > 0 {
		return "column " + c.written
	}
	return c.written
}

// get returns what a row holds in a column; "" where the profile or the file has no such column.
func (f *csvFile) get(row csvRow, c column) string {
	if c.written == "" {
		return ""
	}
	return row.cell(f.cols[c.written])
}

// said is a cell, where a lone hyphen or slash means nothing, and N/A no more.
func (f *csvFile) said(row csvRow, c column) string { return meant(f.get(row, c)) }

func meant(text string) string {
	if strings.Trim(text, "-/ ") == "" || strings.EqualFold(text, "N/A") {
		return ""
	}
	return text
}

// saidAll are the texts of several columns; those that say nothing are left out.
func (f *csvFile) saidAll(row csvRow, columns []column) []string {
	var all []string
	for _, c := range columns {
		if _, ok := f.several[c.written]; !ok {
			all = append(all, f.said(row, c))
			continue
		}
		for _, i := range f.several[c.written] {
			all = append(all, meant(row.cell(i)))
		}
	}
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}

// holds says whether a condition holds for a row.
func (f *csvFile) holds(row csvRow, when condition) bool {
	for _, w := range when {
		if !w.holds(f.get(row, w.column)) {
			return false
		}
	}
	return true
}

func (w wanted) holds(text string) bool {
	for _, word := range w.words {
		if strings.EqualFold(word, text) {
			return true
		}
	}
	for _, p := range w.patterns {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// decide returns what the first rule that holds says; "" and what the row holds, when none does.
func (f *csvFile) decide(row csvRow, rules []rule) (is, seen string) {
	for _, r := range rules {
		if f.holds(row, r.when) {
			return r.is, ""
		}
	}
	told := map[string]bool{}
	var all []string
	for _, r := range rules {
		for _, w := range r.when {
			if !told[w.column.written] {
				told[w.column.written] = true
				all = append(all, fmt.Sprintf("%s is %q", f.title(w.column), short(f.get(row, w.column))))
			}
		}
	}
	return "", strings.Join(all, ", ")
}
