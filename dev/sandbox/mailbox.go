package sandbox

import (
	"embed"
	"encoding/json"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

//go:embed mailbox.html mailbox.css mailbox.js
var pages embed.FS

var mailboxPage = template.Must(template.New("mailbox.html").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006, 15:04:05") + " UTC" },
	"short": func(t time.Time) string { return t.UTC().Format("2 Jan 15:04") },
	"size":  fileSize,
}).ParseFS(pages, "mailbox.html"))

// listLength is how many messages one page of the list shows.
const listLength = 150

func (s *Server) mailboxRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.mailbox)
	mux.HandleFunc("GET /messages/{seq}/html", s.messageHTML)
	mux.HandleFunc("GET /messages/{seq}/files/{sum}", s.messageFile)
	mux.Handle("GET /mailbox.css", http.FileServerFS(pages))
	mux.Handle("GET /mailbox.js", http.FileServerFS(pages))
}

// letter is a message as the list and the reading pane show it.
type letter struct {
	Entry
	State   string // in words
	Tone    string // good, wait, bad
	Trouble string // the fault in words
	Title   string
	Snippet string
	Link    string
	Chosen  bool
}

// filter is what the list shows; it lives in the page's address.
type filter struct {
	Query, Channel string
	Trouble        bool
	Before         int64
}

func readFilter(q url.Values) filter {
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	return filter{Query: strings.TrimSpace(q.Get("q")), Channel: q.Get("channel"), Trouble: q.Get("trouble") != "", Before: before}
}

// link keeps the filter and sets what else the address should say.
func (f filter) link(pairs ...string) string {
	q := url.Values{}
	if f.Query != "" {
		q.Set("q", f.Query)
	}
	if f.Channel != "" {
		q.Set("channel", f.Channel)
	}
	if f.Trouble {
		q.Set("trouble", "1")
	}
	if f.Before != 0 {
		q.Set("before", strconv.FormatInt(f.Before, 10))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return "/?" + q.Encode()
}

func (f filter) shows(l letter) bool {
	if f.Channel != "" && l.Kind != f.Channel || f.Trouble && l.Tone != "bad" && l.Trouble == "" {
		return false
	}
	text := strings.ToLower(l.To + "\n" + l.From + "\n" + l.Subject + "\n" + l.Text + "\n" + l.Attempt)
	return strings.Contains(text, strings.ToLower(f.Query))
}

type tab struct {
	Name, Link string
	Count      int
	Chosen     bool
}

type mailboxView struct {
	Filter             filter
	Tabs               []tab
	Letters            []letter
	Total, Shown       int
	TroubleLink, Older string
	Back               string
	Chosen             *letter
	Views              []tab
	View, Raw          string
	Reports            []Entry
	Seq                int64
	Now                time.Time
	HasLab             bool
}

// mailbox is the page on which a person reads what was sent.
func (s *Server) mailbox(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := mailboxView{Filter: readFilter(q), Now: s.now(), HasLab: s.cfg.LabTime != nil}
	entries := s.Log()
	v.Back = v.Filter.link()
	s.list(&v, entries, q.Get("m"))
	if v.Chosen != nil {
		s.open(&v, entries, q.Get("view"))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if err := mailboxPage.Execute(w, v); err != nil {
		s.cfg.Logger.Error("mailbox", "error", err)
	}
}

func (s *Server) list(v *mailboxView, entries []Entry, chosen string) {
	states, counts := s.states(), map[string]int{}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if e.Kind == KindWebhook {
			continue
		}
		counts[e.Kind]++
		v.Total++
		l := describe(e, states[e.ProviderID])
		l.Link = v.Filter.link("m", strconv.FormatInt(e.Seq, 10))
		l.Chosen = strconv.FormatInt(e.Seq, 10) == chosen
		if l.Chosen {
			c := l
			v.Chosen = &c
		}
		if v.Filter.Before != 0 && e.Seq >= v.Filter.Before || !v.Filter.shows(l) {
			continue
		}
		if v.Shown++; v.Shown <= listLength {
			v.Letters = append(v.Letters, l)
		}
	}
	if v.Shown > listLength {
		v.Older = v.Filter.link("before", strconv.FormatInt(v.Letters[listLength-1].Seq, 10))
	}
	for _, c := range []struct{ kind, name string }{{"", "All"}, {KindEmail, "E-mail"}, {KindSMS, "SMS"}, {KindInbound, "Replies"}, {KindStock, "Shop"}} {
		n := counts[c.kind]
		if c.kind == "" {
			n = v.Total
		}
		v.Tabs = append(v.Tabs, tab{Name: c.name, Count: n, Link: v.Filter.link("channel", c.kind, "before", ""), Chosen: v.Filter.Channel == c.kind})
	}
	next := "1"
	if v.Filter.Trouble {
		next = ""
	}
	v.TroubleLink = v.Filter.link("trouble", next, "before", "")
}

// open fills the reading pane.
func (s *Server) open(v *mailboxView, entries []Entry, view string) {
	l := v.Chosen
	var raw strings.Builder
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false) // the template escapes
	e.SetIndent("", "  ")
	if e.Encode(l.Entry) == nil {
		v.Raw = raw.String()
	}
	names := []string{"text", "raw"}
	if l.HTML != "" {
		names = []string{"html", "text", "raw"}
	}
	v.View = names[0]
	for _, n := range names {
		if n == view {
			v.View = n
		}
	}
	titles := map[string]string{"html": "Message", "text": "Text", "raw": "Log entry"}
	for _, n := range names {
		v.Views = append(v.Views, tab{Name: titles[n], Link: v.Filter.link("m", strconv.FormatInt(l.Seq, 10), "view", n), Chosen: n == v.View})
	}
	for _, e := range entries[l.Seq-1:] {
		if e.Kind == KindWebhook && l.ProviderID != "" && e.ProviderID == l.ProviderID {
			v.Reports = append(v.Reports, e)
		}
	}
}

var faultWords = map[Fault]string{
	Slow: "slow answer", RateLimited: "rate limited", ErrorBefore: "server error", ErrorAfter: "taken, answered with an error", ResetBefore: "connection reset",
	ResetAfter: "taken, answer lost", HangAfter: "taken, no answer", Garbled: "taken, garbled answer", Unauthorized: "key refused", TooLarge: "too large",
	BadRequest: "refused", OptedOut: "opted out",
}

var stateWords = map[string][2]string{
	"processing": {"taken", "wait"}, "processed": {"taken", "wait"}, "queued": {"queued", "wait"}, "sent": {"sent", "wait"}, "deferred": {"deferred", "wait"},
	"delivered": {"delivered", "good"}, "bounce": {"bounced", "bad"}, "dropped": {"dropped", "bad"}, "spamreport": {"reported as spam", "bad"},
	"unsubscribe": {"unsubscribed", "bad"}, "undelivered": {"undelivered", "bad"}, "failed": {"failed", "bad"},
}

// describe says in words what the list shows.
func describe(e Entry, state string) letter {
	l := letter{Entry: e, Trouble: faultWords[e.Fault], Title: e.Subject}
	switch words, known := stateWords[state]; {
	case !e.Accepted:
		l.State, l.Tone = "not taken", "bad"
	case known:
		l.State, l.Tone = words[0], words[1]
	case e.Kind == KindInbound:
		l.State, l.Tone = "received", "good"
		if e.Status < 200 || e.Status > 299 {
			l.State, l.Tone = "not received", "bad"
		}
	default:
		l.State, l.Tone = "taken", "good"
	}
	l.Snippet = strings.Join(strings.Fields(e.Text), " ")
	switch {
	case e.Kind == KindStock:
		l.Title = "Stock released"
	case e.Kind == KindSMS || e.Kind == KindInbound:
		l.Title, l.Snippet = l.Snippet, ""
	}
	if l.Title == "" {
		l.Title = orElse(e.Error, "(no subject)")
	}
	if runes := []rune(l.Snippet); len(runes) > 140 {
		l.Snippet = string(runes[:140])
	}
	return l
}

// messageHTML shows the e-mail alone, locked into its frame: no scripts, no network.
func (s *Server) messageHTML(w http.ResponseWriter, r *http.Request) {
	e, ok := s.wanted(r)
	if !ok || e.HTML == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	_, _ = w.Write([]byte(e.HTML)) //nolint:gosec // sandboxed by the header above
}

// messageFile downloads an attachment, never opens it in the page.
func (s *Server) messageFile(w http.ResponseWriter, r *http.Request) {
	e, ok := s.wanted(r)
	for _, a := range e.Attachments {
		if !ok || a.SHA256 != r.PathValue("sum") {
			continue
		}
		data, err := s.File(a.SHA256)
		if err != nil {
			break
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
		_, _ = w.Write(data)
		return
	}
	http.NotFound(w, r)
}

func (s *Server) wanted(r *http.Request) (Entry, bool) {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		return Entry{}, false
	}
	return s.log.entry(seq)
}

func fileSize(n int) string {
	if n < 1000 {
		return strconv.Itoa(n) + " B"
	}
	return strconv.FormatFloat(float64(n)/1000, 'f', 1, 64) + " kB"
}
