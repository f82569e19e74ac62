package bankgen

import (
	"strings"
	"unicode/utf8"
)

// piece is how many characters German banks keep together.
const piece = 27

// lay gives a text the lines in which a bank of the format keeps it. Nothing is cut inside a word.
func (d dice) lay(f Format, text string) (lines []string, joined string) {
	if f == MT940German {
		return wrap(text, piece-len("SVWZ+"), piece), ""
	}
	if text == "" {
		return nil, " "
	}
	if f.camt() && utf8.RuneCountInString(text) > 35 && d.percent(20) {
		return wrap(text, 35, 35), " "
	}
	return wrap(text, 140, 140), " "
}

// wrap breaks a text between words; a word longer than a line is cut.
func wrap(text string, first, width int) []string {
	var lines []string
	line, room := "", first
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > width {
			head := string([]rune(word)[:width])
			if line != "" {
				lines = append(lines, line)
			}
			lines, line, room, word = append(lines, head), "", width, strings.TrimPrefix(word, head)
		}
		switch n := utf8.RuneCountInString(word); {
		case line == "" && n <= room:
			line = word
		case line != "" && utf8.RuneCountInString(line)+1+n <= room:
			line += " " + word
		default:
			if line != "" || len(lines) == 0 {
				lines = append(lines, line)
			}
			line, room = word, width
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cut makes pieces of 27 characters that end inside the number: before is filled up until they do.
func (d dice) cut(f Format, before, ref, after string) (lines []string, joined string) {
	first := piece
	if f == MT940German {
		first -= len("SVWZ+")
	}
	inside := d.between(1, len(ref)-1) // characters of the number before the cut
	room := first - inside
	for utf8.RuneCountInString(before) >= room {
		room += piece
	}
	if missing := room - 1 - utf8.RuneCountInString(before); missing > 0 {
		before = d.filler(missing) + before
	}
	text := []rune(before + " " + ref)
	if after != "" {
		text = append(text, []rune(" "+after)...)
	}
	for width := first; len(text) > 0; width = piece {
		n := min(width, len(text))
		lines, text = append(lines, string(text[:n])), text[n:]
	}
	if f == MT940German {
		return lines, ""
	}
	return lines, " "
}

// filler is n characters of what payers write before they come to the point.
func (d dice) filler(n int) string {
	if n == 1 {
		return "."
	}
	text := pick(d, []string{"ZAHLUNG BETREFF ZUR GUTSCHRIFT AUF KONTO UNSER ZEICHEN", "PAYMENT REFERENCE SUPPLIER LEDGER ACCOUNTS PAYABLE RUN", "Lieferantenzahlung gem. Avis Kreditorenbuchhaltung West", "betaling crediteuren administratie week run ledger afd"})
	text = text[len(text)-n+1:] + " "
	return strings.Replace(text[:1], " ", "-", 1) + text[1:]
}
