package bank

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// csvFormat reads CSV by the profile of a bank.
var csvFormat = format{name: "CSV", sniff: looksLikeCSV, read: readCSV}

// howToProfile is what to do when no profile fits.
const howToProfile = "write a profile for this bank: docs/bank-profiles.md shows how; a profile that is known is chosen by --profile"

// headRows is how many rows are looked at for the header.
const headRows = 200

// looksLikeCSV says whether a file looks like a table, so that it is worth telling what a profile would need,
// or a profile fits.
func looksLikeCSV(s *source, head []byte) bool {
	if _, cells := headerOf(head); len(cells) > 2 {
		return true
	}
	return len(s.fitting(head)) > 0
}

// fitting are the profiles by which a file that begins like this can be read.
func (s *source) fitting(head []byte) []Profile {
	type way struct {
		encoding  string
		separator byte
	}
	known := map[way][]csvRow{}
	var found []Profile
	for _, p := range s.o.profiles() {
		w := way{p.encoding, p.separator}
		rows, ok := known[w]
		if !ok {
			text := csvText(bufio.NewReaderSize(bytes.NewReader(head), sniffBytes), p.encoding)
			rows = firstRows(&csvRows{in: bufio.NewReader(text), separator: p.separator, limit: s.o.Limits.Token})
			known[w] = rows
		}
		if p.firstRow != nil {
			i := slices.IndexFunc(rows, func(row csvRow) bool { return row.width() > 0 })
			rows = rows[max(i, 0):min(i+1, len(rows))] // only the first row that holds anything
		}
		if slices.ContainsFunc(rows, p.begins) {
			found = append(found, p)
		}
	}
	return found
}

// firstRows are the rows among which the header has to be, as far as they can be read.
func firstRows(r *csvRows) []csvRow {
	var rows []csvRow
	for range headRows {
		row, err := r.row()
		if err != nil {
			break
		}
		rows = append(rows, row)
	}
	return rows
}

// begins says whether a row is the header that the profile looks for, or the first row where there is none.
func (p *Profile) begins(row csvRow) bool {
	if p.firstRow != nil {
		return p.firstRow.MatchString(joined(row, p.separator))
	}
	for _, word := range p.header {
		if word.n == 0 && word.find(row.cells) < 0 {
			return false
		}
	}
	return !slices.ContainsFunc(p.lacks, func(word column) bool { return word.find(row.cells) >= 0 })
}

// joined is a row in one text, without the empty cells at its end.
func joined(row csvRow, separator byte) string {
	return strings.Join(row.cells[:row.width()], string(rune(separator)))
}

// headerOf guesses the header of an unknown file: the first of the widest rows under the separator that
// makes the most columns.
func headerOf(head []byte) (line int, cells []string) {
	if bytes.IndexByte(head, 0) >= 0 {
		return 0, nil
	}
	for _, sep := range []byte(";,\t|") {
		r := &csvRows{in: bufio.NewReader(bytes.NewReader(head)), separator: sep, limit: sniffBytes}
		var widest csvRow
		for _, row := range firstRows(r) {
			if n := row.width(); n > len(widest.cells) {
				widest = csvRow{line: row.line, cells: row.cells[:n]}
			}
		}
		if len(widest.cells) > len(cells) && r.line > 1 {
			line, cells = widest.line, widest.cells
		}
	}
	return line, cells
}

// profile chooses the profile: the one that was named, else the only one that fits.
func (s *source) profile() (*Profile, error) {
	if s.o.Profile != "" {
		var names []string
		for _, p := range s.o.profiles() {
			if p.Name == s.o.Profile {
				return &p, nil
			}
			names = append(names, p.Name)
		}
		return nil, s.fatal(1, 0, "profile", fmt.Sprintf("no profile is called %q", s.o.Profile), "known are "+strings.Join(names, ", "))
	}
	head, _ := s.in.Peek(sniffBytes)
	found := s.fitting(head)
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		line, cells := headerOf(head)
		for i := range cells {
			cells[i] = short(strings.ToValidUTF8(cells[i], "\ufffd"))
		}
		return nil, s.fatal(line, 0, "header", "no profile fits this CSV; its header seems to be: "+strings.Join(cells[:min(len(cells), 40)], " | "), closestProfile(s.o.profiles(), cells)+howToProfile)
	}
	var names []string
	for i := range found {
		names = append(names, found[i].String())
	}
	return nil, s.fatal(1, 0, "profile", "several profiles fit this CSV: "+strings.Join(names, " and "), "say which by --profile NAME")
}

// closestProfile names the profile that lacks the fewest of the columns by which it knows its bank: the bank
// may have changed its export, or somebody has saved it with another separator.
func closestProfile(all []Profile, header []string) string {
	best, missing := "", []string(nil)
	for _, p := range all {
		var lacks []string
		for _, word := range p.header {
			if word.n == 0 && word.find(header) < 0 {
				lacks = append(lacks, word.written)
			}
		}
		if len(p.header) > 4 && 3*len(lacks) <= len(p.header) && (best == "" || len(lacks) < len(missing)) {
			best, missing = p.Name, lacks
		}
	}
	switch {
	case best == "":
		return ""
	case len(missing) == 0:
		return "profile " + best + " knows these columns, with another separator or in another encoding; or "
	}
	return "profile " + best + " comes closest, and misses " + strings.Join(missing, ", ") + ": has the bank changed its export? or "
}

// csvFile is one reading of one file.
type csvFile struct {
	*Profile
	s       *source
	rows    *csvRows
	sink    Sink
	facts   map[string]string // what rows beside the entries said
	cols    map[string]int    // column, as the profile writes it → position
	several map[string][]int  // the same for patterns that stand for several columns of text
	names   []string          // cells of the header
	width   int               // how many of them are filled
	st      *csvStatement
	read    int     // entries that could be read
	bad     int     // rows that could not
	why     trouble // of the first of them
	first   int     // its line
}

func readCSV(s *source, sink Sink) error {
	p, err := s.profile()
	if err != nil {
		return err
	}
	f := &csvFile{
		Profile: p, s: s, sink: sink, facts: map[string]string{}, cols: map[string]int{}, several: map[string][]int{},
		rows: &csvRows{in: bufio.NewReaderSize(csvText(s.in, p.encoding), 32<<10), separator: p.separator, limit: s.o.Limits.Token},
	}
	row, err := f.header()
	if err != nil {
		return err
	}
	for {
		if row.cells != nil {
			if err := f.take(row); err != nil {
				return err
			}
		}
		if row, err = f.next(); errors.Is(err, io.EOF) {
			return f.end()
		}
		if err != nil {
			return err
		}
	}
}

// next returns the next row, or refuses the file.
func (f *csvFile) next() (csvRow, error) {
	row, err := f.rows.row()
	if e, ok := errors.AsType[*rowError](err); ok {
		return row, f.s.fatal(e.line, 0, "", e.message, e.hint)
	}
	return row, err
}

// header reads up to the header and finds the columns in it. Without a header it returns the first row.
func (f *csvFile) header() (csvRow, error) {
	for range headRows {
		row, err := f.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return row, err
		}
		f.learn(row, f.above)
		if !f.begins(row) {
			continue
		}
		f.names, f.width = row.cells, row.width()
		if err := f.locate(row); err != nil {
			return row, err
		}
		if f.firstRow != nil {
			return row, nil
		}
		return csvRow{}, nil
	}
	var words []string
	for _, w := range f.Profile.header {
		words = append(words, w.written)
	}
	return csvRow{}, f.s.fatal(1, 0, "header", "the header that profile "+f.Name+" looks for is not in the file: "+strings.Join(words, ", "), "choose another profile by --profile, or mend this one")
}

// learn takes what a row beside the entries says; it reports whether one of the patterns holds.
func (f *csvFile) learn(row csvRow, patterns []*regexp.Regexp) bool {
	if len(patterns) == 0 {
		return false
	}
	text := joined(row, f.separator)
	held := false
	for _, p := range patterns {
		m := p.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		held = true
		for i, name := range p.SubexpNames() {
			if name != "" && m[i] != "" {
				f.facts[name] = strings.TrimSpace(m[i])
			}
		}
	}
	return held
}
