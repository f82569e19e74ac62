package dunning

// form is how a value is written in YAML.
type form int

const (
	formText   form = iota // a word or a line; numbers have to stand in quotes
	formLoose              // like text, but a bare number is taken as its digits: spans, offsets, amounts
	formWhole              // a whole number
	formFlag               // true or false
	formList               // [a, b]
	formMany               // a or [a, b]
	formRecord             // keys that are known
	formTable              // keys that the writer chooses, such as currencies
)

// shape says what may be written at one place of a file. The parser reads by it and the JSON Schema is
// made of it, so that the two cannot differ.
type shape struct {
	form    form
	what    string   // as errors call it: "a length of time"
	pattern string   // of text; checked by the compiler, told to editors by the schema
	enum    []string // of text; checked likewise
	min     int      // of whole numbers and of the length of lists
	max     int      // likewise; zero: no limit
	item    *shape   // of list, many and table
	keys    string   // pattern of a table's keys
	fields  []field  // of a record
}

// field is one key of a record.
type field struct {
	key      string
	required bool
	doc      string // one line for people; the schema shows it in editors
	shape    *shape
}

func (s *shape) field(key string) *field {
	for i := range s.fields {
		if s.fields[i].key == key {
			return &s.fields[i]
		}
	}
	return nil
}

// names returns the keys of a record, in the order in which they are documented.
func (s *shape) names() []string {
	names := make([]string, len(s.fields))
	for i := range s.fields {
		names[i] = s.fields[i].key
	}
	return names
}

// named says how errors call the shape.
func (s *shape) named() string {
	switch {
	case s.what != "":
		return s.what
	case s.form == formWhole:
		return "a whole number"
	case s.form == formFlag:
		return "true or false"
	case s.form == formList:
		return "a list"
	case s.form == formRecord, s.form == formTable:
		return "keys with values"
	}
	return "a text"
}

func oneOf(what string, words ...string) *shape {
	return &shape{form: formText, what: what, enum: words}
}

func count(least, most int) *shape { return &shape{form: formWhole, min: least, max: most} }

func listOf(item *shape, least int) *shape { return &shape{form: formList, item: item, min: least} }

func oneOrMore(item *shape) *shape { return &shape{form: formMany, item: item, min: 1} }

func recordOf(fields ...field) *shape { return &shape{form: formRecord, fields: fields} }
