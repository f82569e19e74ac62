package bank

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"dunlin/invoice"
)

var profileKeys = []string{
	"profile", "about", "encoding", "separator", "header", "lacks", "first_row", "above", "below", "kind", "columns", "optional", "inside",
	"amount", "direction", "fee", "currency", "numbers", "dates", "status", "pass_over",
}

// ParseProfile reads one profile. file is only named in errors. The error is always a ProfileErrors and holds
// everything that is wrong.
func ParseProfile(file string, source []byte) (Profile, error) {
	r := &profileReader{yamlReader: yamlReader{file: file}}
	top, ok := r.document(source)
	if !ok {
		return Profile{}, r.failed()
	}
	r.read(top, top.keys(profileKeys...))
	if len(r.errs) > 0 {
		return Profile{}, r.failed()
	}
	return r.p, nil
}

// profileReader makes a profile of what is written.
type profileReader struct {
	yamlReader
	p        Profile
	top      yamlNode
	optional []string
}

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (r *profileReader) read(top yamlNode, k map[string]yamlNode) {
	r.top = top
	p := &r.p
	p.Name, p.About = r.need(k, "profile", "a name for the profile").text(), k["about"].or(top).text()
	if n := k["profile"]; n.written() && !profileName.MatchString(p.Name) {
		n.wrong("small letters, digits and hyphens, e.g. postbank-giro", "%q is no name", p.Name)
	}
	r.layout(k)
	r.amounts(k)
	r.inside(k["inside"])
	r.money(k)
	r.dates(k)
	p.kind = Booked
	if word := k["kind"].or(top).oneOf("booked", "intraday", "notification"); word != "" {
		p.kind = Kind(word)
	}
	p.status = r.rules(k["status"], "booked", "pending", "info")
	for _, n := range k["pass_over"].or(top).list() {
		p.passOver = append(p.passOver, r.condition(n))
	}
	r.unusedOptions(k["optional"])
}

// or gives an unwritten node a reader, so that it can be asked.
func (v yamlNode) or(top yamlNode) yamlNode {
	if v.r == nil {
		v = yamlNode{r: top.r, line: top.line, column: top.column}
	}
	return v
}

// need complains when a key is missing.
func (r *profileReader) need(k map[string]yamlNode, key, what string) yamlNode {
	v := k[key].or(r.top)
	if !v.written() {
		v.wrong("add "+key+": "+what, "%q is missing", key)
	}
	return v
}

// layout reads how the file is recognised and cut into rows and columns.
func (r *profileReader) layout(k map[string]yamlNode) {
	p := &r.p
	if n := k["encoding"]; n.written() {
		p.encoding = strings.ToLower(n.text())
		if _, err := htmlindex.Get(p.encoding); err != nil {
			n.wrong("e.g. gb18030, windows-1252, utf-16le; files in UTF-8 are always read", "%q is no encoding that is known", p.encoding)
		}
	}
	sep := r.need(k, "separator", `";", ",", tab or "|"`)
	switch text := sep.text(); text {
	case ",", ";", "|":
		p.separator = text[0]
	case "tab", "\t":
		p.separator = '\t'
	case "":
	default:
		sep.wrong(`write ";", ",", tab or "|"`, "%q is no separator", text)
	}
	for _, n := range k["optional"].or(r.top).list() {
		r.optional = append(r.optional, n.text())
	}
	for _, n := range k["header"].or(r.top).list() {
		p.header = append(p.header, r.column(n))
	}
	for _, n := range k["lacks"].or(r.top).list() {
		p.lacks = append(p.lacks, r.column(n))
	}
	p.firstRow = r.pattern(k["first_row"])
	if (len(p.header) == 0) == (p.firstRow == nil) {
		r.top.wrong("header: lists words that only this bank's header has; first_row: is a pattern of a row, for files without a header", "either header or first_row has to be there, and not both")
	}
	p.above, p.below = r.facts(k["above"]), r.facts(k["below"])
	r.taken(k)
}

// taken reads which columns are taken over.
func (r *profileReader) taken(k map[string]yamlNode) {
	c := &r.p.columns
	single := map[string]*column{
		"value": &c.value, "own_account": &c.ownAccount, "own_iban": &c.ownIBAN,
		"bank_ref": &c.bankRef, "entry_ref": &c.entryRef, "end_to_end": &c.endToEnd, "transaction": &c.transaction, "mandate": &c.mandate,
		"code": &c.code, "name": &c.name, "iban": &c.iban, "account": &c.account, "bic": &c.bic, "payer": &c.payer, "payee": &c.payee,
		"rate": &c.rate, "balance": &c.balance, "instructed": &c.instructed, "instructed_in": &c.instructedIn,
	}
	known := append(slices.Sorted(keysOf(single)), "booked", "info", "remittance")
	columns := r.need(k, "columns", "which column holds what").keys(known...)
	for key, into := range single {
		if n := columns[key]; n.written() {
			*into = r.column(n)
		}
	}
	for _, n := range columns["booked"].or(r.top).list() {
		c.booked = append(c.booked, r.column(n))
	}
	for _, n := range columns["info"].or(r.top).list() {
		c.info = append(c.info, r.column(n))
	}
	for _, n := range columns["remittance"].or(r.top).list() {
		c.remittance = append(c.remittance, r.column(n))
	}
	if n := k["columns"]; n.written() && !columns["booked"].written() {
		n.wrong("add booked: the column with the day of booking", `"booked" is missing`)
	}
	if (c.instructed.written == "") != (c.instructedIn.written == "") {
		k["columns"].wrong("give both, or none", "instructed and instructed_in belong together")
	}
}

// column reads which column is meant.
func (r *profileReader) column(n yamlNode) column {
	if i, ok := n.whole(); ok {
		if i < 1 || i > maxColumns {
			n.wrong("columns are counted from 1", "%d is no column", i)
		}
		return column{written: n.n.GetToken().Value, n: i, optional: slices.Contains(r.optional, n.n.GetToken().Value)}
	}
	c := column{written: strings.TrimSpace(n.text())}
	c.optional = slices.Contains(r.optional, c.written)
	if c.written == "" {
		n.wrong("write the column's name as the header has it, its number, or a /pattern/", "names no column")
	}
	if text, ok := betweenSlashes(c.written); ok {
		c.pattern = r.compiled(n, text)
	}
	return c
}

// betweenSlashes says whether a text is a pattern between slashes.
func betweenSlashes(text string) (string, bool) {
	if len(text) > 2 && text[0] == '/' && text[len(text)-1] == '/' {
		return text[1 : len(text)-1], true
	}
	return "", false
}

func (r *profileReader) pattern(n yamlNode) *regexp.Regexp {
	if !n.written() {
		return nil
	}
	return r.compiled(n, n.text())
}

func (r *profileReader) compiled(n yamlNode, text string) *regexp.Regexp {
	p, err := regexp.Compile(text)
	if err != nil {
		n.wrong("it is a regular expression; . ( ) [ ] + * ? \\ mean something", "%q is no pattern: %v", text, err)
		return regexp.MustCompile(`$^`)
	}
	return p
}

// factNames are what a row beside the entries can say.
var factNames = []string{"account", "iban", "bic", "name", "currency", "ref", "opening", "closing", "balance", "from", "to"}

// facts reads patterns of rows that are no entries; their named groups say what stands there.
func (r *profileReader) facts(n yamlNode) []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, item := range n.or(r.top).list() {
		p := r.pattern(item)
		for _, name := range p.SubexpNames() {
			if name != "" && !slices.Contains(factNames, name) {
				item.wrong("known are "+strings.Join(factNames, ", "), "the group %q means nothing", name)
			}
		}
		all = append(all, p)
	}
	return all
}

// insideNames are what a text can hold of what has columns of its own elsewhere.
var insideNames = []string{"name", "iban", "account", "bic", "end_to_end", "mandate", "bank_ref", "transaction", "structured"}

// inside reads patterns of texts.
func (r *profileReader) inside(n yamlNode) {
	for _, item := range n.or(r.top).list() {
		k := item.keys("column", "pattern")
		if !k["column"].written() || !k["pattern"].written() {
			item.wrong("write {column: NAME, pattern: 'Payer: (?<name>.+)'}", "column and pattern belong together")
			continue
		}
		p := r.pattern(k["pattern"])
		for _, name := range p.SubexpNames() {
			if name != "" && !slices.Contains(insideNames, name) {
				item.wrong("known are "+strings.Join(insideNames, ", "), "the group %q means nothing", name)
			}
		}
		r.p.inside = append(r.p.inside, insideRule{r.column(k["column"]), p})
	}
}

// rules reads a list of when and is.
func (r *profileReader) rules(n yamlNode, words ...string) []rule {
	var all []rule
	for _, item := range n.or(r.top).list() {
		k := item.keys("when", "is")
		if _, ok := k["is"]; !ok {
			item.wrong("add is: "+strings.Join(words, " or "), `"is" is missing`)
			continue
		}
		one := rule{is: k["is"].oneOf(words...)}
		if k["when"].written() {
			one.when = r.condition(k["when"])
		}
		all = append(all, one)
	}
	return all
}

// condition reads columns with the words they have to hold; all of them.
func (r *profileReader) condition(n yamlNode) condition {
	var all condition
	k := n.keys()
	if len(k) == 0 {
		n.wrong("write column: word, e.g. {Status: Gebucht}", "holds always")
	}
	for _, name := range sorted(k) {
		w := wanted{column: column{written: name, optional: slices.Contains(r.optional, name)}}
		if text, ok := betweenSlashes(name); ok {
			w.column.pattern = r.compiled(n, text)
		}
		if i := columnNumber(name); i > 0 {
			w.column.n = i
		}
		for _, item := range k[name].list() {
			word := item.text()
			if text, ok := betweenSlashes(word); ok {
				w.patterns = append(w.patterns, r.compiled(item, text))
				continue
			}
			w.words = append(w.words, strings.TrimSpace(word))
		}
		all = append(all, w)
	}
	return all
}

// columnNumber reads the number of a column; 0 when the text is none.
func columnNumber(text string) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || n > maxColumns {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// unusedOptions complains of optional columns that nothing uses: a slip of the pen there would let a
// missing column pass.
func (r *profileReader) unusedOptions(n yamlNode) {
	used := map[string]bool{}
	for _, c := range r.p.all() {
		used[c.written] = true
	}
	for _, item := range n.or(r.top).list() {
		if text := item.text(); !used[text] {
			item.wrong("write it exactly as it is used", "no column is called %q in this profile", text)
		}
	}
}

// money reads the currency and how amounts are written.
func (r *profileReader) money(k map[string]yamlNode) {
	c := &r.p.currency
	n := k["currency"].or(r.top)
	if n.written() && !isMapping(n) {
		c.fixed = currencyOf(n)
	} else if n.written() {
		keys := n.keys("column", "credit", "debit", "header", "above", "words")
		for key, into := range map[string]*column{"column": &c.column, "credit": &c.credit, "debit": &c.debit} {
			if keys[key].written() {
				*into = r.column(keys[key])
			}
		}
		c.header = r.pattern(keys["header"])
		if c.header != nil && c.header.NumSubexp() != 1 {
			keys["header"].wrong("e.g. 'Credit in ([A-Z]{3})'", "needs one group that holds the currency")
		}
		if keys["above"].written() {
			c.above = keys["above"].oneOf("yes") == "yes"
		}
		if (c.credit.written == "") != (c.debit.written == "") {
			n.wrong("give both, or column", "credit and debit belong together")
		}
		r.currencyWords(keys["words"])
	} else {
		n.wrong("add currency: EUR, or currency: {column: NAME}, {header: PATTERN}, {above: yes}", `"currency" is missing`)
	}
	numbers := r.need(k, "numbers", `{decimal: ".", group: "'"}`).keys("decimal", "group", "strip")
	r.p.numbers = r.numberStyle(k["numbers"], numbers)
}

func (r *profileReader) currencyWords(n yamlNode) {
	if !n.written() {
		return
	}
	r.p.currency.words = map[string]invoice.Currency{}
	for word, code := range n.keys() {
		r.p.currency.words[word] = currencyOf(code)
	}
}

func currencyOf(n yamlNode) invoice.Currency {
	text := n.text()
	c, err := invoice.ParseCurrency(text)
	if err != nil {
		n.wrong("write three capitals, e.g. EUR", "%q is no currency", text)
	}
	return c
}
