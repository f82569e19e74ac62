package match

import (
	"slices"
	"strings"
	"unicode"
)

// text is what the rungs below the full number read of a remittance.
type text struct {
	words  []string        // that hold digits, alone and with up to two before them: prefixes are written apart
	has    map[string]bool // the same
	last   []ending        // at the end, where a text may be cut off
	label  map[string]kind // what the word before a number says that it is
	fields []string        // the plain words, dates included
	dated  []bool          // which of them are part of a date
	lines  []string
	names  []nameWord // for the names in it, once they are asked for
	filled bool       // the last line is so long that the bank may have cut it
	crowd  bool       // too many numbers: none is certain
}

// kind is whose number a word before it says it is.
type kind int

const (
	unlabelled kind = iota
	ofCustomer
	ofOrder
	aYear // unless a word before it says that it is an invoice
)

// ending is a word at the end of a text, and how many plain words it is made of.
type ending struct {
	word string
	made int
}

// fullLine is from how many characters on a line may have been cut by a bank: the shortest cut in use, 27,
// less a keyword such as SVWZ+ and a space at the end.
const fullLine = 20

// maxWords bounds the words with digits of one text.
const maxWords = 600

// reading is the line's text, read once.
func (l *Line) reading() *text {
	if l.text != nil {
		return l.text
	}
	t := &text{has: map[string]bool{}, label: map[string]kind{}}
	apart, together := l.views()
	t.fields = splitWords(apart)
	t.dated = t.read(t.fields)
	if together != apart {
		t.read(splitWords(together))
	}
	if t.crowd = len(t.words) > maxWords; t.crowd {
		t.words, t.has, t.last = nil, map[string]bool{}, nil
	}
	for _, line := range l.Remittance {
		t.filled = len([]rune(line)) >= fullLine
	}
	t.lines = l.Remittance
	l.text = t
	return t
}

// telling are the telling words of the text.
func (t *text) telling() []nameWord {
	if t.names == nil {
		t.names = telling(strings.Join(t.lines, " "))
	}
	return t.names
}

func splitWords(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// read takes the words of one view, and says which of its fields are dates: those are no numbers.
func (t *text) read(fields []string) (dated []bool) {
	dated = make([]bool, len(fields))
	from := 0 // no word begins before it
	for i := 0; i < len(fields); i++ {
		if dateAt(fields[i:]) {
			dated[i], dated[i+1], dated[i+2] = true, true, true
			i += 2
			from = i + 1
			continue
		}
		for back := 0; back <= 2 && i-back >= from; back++ {
			word := strings.Join(fields[i-back:i+1], "")
			if digitCount(fields[i]) >= 2 && (back > 0 || !yearAt(fields, i)) {
				t.put(word)
				t.label[word] = max(t.label[word], labelled(fields[:i-back]))
				if len(word) == 4 && year(word) && (i == 0 || !slices.Contains(leads, fields[i-1]) && !slices.Contains(numberWords, fields[i-1])) {
					t.label[word] = aYear
				}
			}
			if i == len(fields)-1 && digitCount(word) >= 2 {
				t.last = append(t.last, ending{word, back + 1})
			}
		}
	}
	return dated
}

// yearAt says whether a word is the year of a month or of a number beside it.
func yearAt(fields []string, i int) bool {
	return len(fields[i]) == 4 && year(fields[i]) && (i > 0 && allDigits(fields[i-1]) || i+1 < len(fields) && allDigits(fields[i+1]))
}

// bare says whether a word stands in the text that may be an invoice's number: no year, and nothing calls it an
// order's or a customer's.
func (t *text) bare(word string) bool { return t.has[word] && t.label[word] == unlabelled }

func (t *text) put(word string) {
	if !t.has[word] {
		t.has[word] = true
		t.words = append(t.words, word)
	}
}

// orderWords and customerWords say that the number behind them is an order's, or a customer's.
var (
	orderWords = []string{
		"AUFTRAG", "AUFTRAGS", "AUFTRAGSNR", "AUFTRAGSNUMMER", "BESTELLUNG", "BESTELLNR", "BESTELLNUMMER", "BEST", "PO", "ORDER", "ORDERNR", "BESTELLING", "OPDRACHT",
		"COMMANDE", "CDE", "ORDINE", "PEDIDO", "订单", "订单号", "采购单",
	}
	customerWords = []string{
		"KUNDE", "KUNDENNR", "KUNDENNUMMER", "KD", "KDNR", "KNR", "CUSTOMER", "CUST", "ACCOUNT", "ACCT", "KLANT", "KLANTNR", "KLANTNUMMER", "CLIENT", "CLIENTE", "DEBITOR", "DEBITEUR", "DEB",
		"客户号", "客户编号",
	}
	numberWords = []string{"NR", "NO", "NUMMER", "NUMBER", "N", "NUM"}
)

// labelled says what the words before a number say that it is.
func labelled(fields []string) kind {
	for n := len(fields) - 1; n >= 0 && n >= len(fields)-2; n-- {
		switch w := fields[n]; {
		case slices.Contains(orderWords, w):
			return ofOrder
		case slices.Contains(customerWords, w):
			return ofCustomer
		case !slices.Contains(numberWords, w):
			return unlabelled
		}
	}
	return unlabelled
}

func digitCount(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
