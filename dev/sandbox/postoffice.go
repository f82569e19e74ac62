package sandbox

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	batchSize   = 500 // events in one request
	couriers    = 8   // requests at once
	eventTries  = 40  // SendGrid repeats for a day; here a few minutes must do
	longestWait = 5 * time.Second
)

// parcel is what is still to be said about one message, in order.
type parcel struct {
	mail    *mailMessage
	text    *textMessage
	reports []report
	delay   time.Duration
	times   map[string]time.Time // when each event happened, on the lab's clock
	due     time.Time            // on the lab's clock
	retry   time.Time            // on the wall clock
	tries   int
}

func (p *parcel) time(s *Server) time.Time {
	event := p.reports[0].event
	if _, ok := p.times[event]; !ok {
		p.times[event] = s.now()
	}
	return p.times[event]
}

// postOffice posts reports when they are due and repeats those that fail.
type postOffice struct {
	s      *Server
	client *http.Client
	wake   chan struct{}
	slots  chan struct{}

	mu     sync.Mutex
	queue  []*parcel
	flying int
}

func newPostOffice(s *Server) *postOffice {
	return &postOffice{
		s: s, wake: make(chan struct{}, 1), slots: make(chan struct{}, couriers),
		client: &http.Client{
			Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: couriers, IdleConnTimeout: 10 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// schedule queues the reports of a message as the mode wants them.
func (o *postOffice) schedule(p *parcel, mode *Webhooks) {
	if mode == nil {
		mode = &Webhooks{}
	}
	p.times = map[string]time.Time{}
	plain := p.reports
	if mode.Reversed {
		plain = slices.Clone(plain)
		slices.Reverse(plain)
	}
	var all []report
	for _, r := range plain {
		r.stale = mode.Stale
		if mode.Forged {
			f := r
			f.forged = true
			all = append(all, f)
		}
		all = append(all, r)
		for range mode.Duplicates {
			c := r
			c.copy = true
			all = append(all, c)
		}
	}
	if mode.Never || !o.reachable(p) || len(all) == 0 {
		for _, r := range plain {
			o.s.progress(p, r)
		}
		return
	}
	p.reports, p.delay = all, time.Duration(mode.Delay)
	p.due = o.s.now().Add(p.delay)
	o.put(p)
}

func (o *postOffice) reachable(p *parcel) bool {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if o.s.cfg.Silent {
		return false
	}
	if p.mail != nil {
		return o.s.hooks.events != ""
	}
	return p.text.callback != ""
}

func (o *postOffice) put(parcels ...*parcel) {
	o.mu.Lock()
	o.queue = append(o.queue, parcels...)
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *postOffice) run() {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		mails, texts, waiting := o.collect()
		for _, batch := range mails {
			o.fly(func(ctx context.Context) (int, error) { return o.s.postEvents(ctx, batch) }, batch...)
		}
		for _, p := range texts {
			o.fly(func(ctx context.Context) (int, error) { return o.s.postStatus(ctx, p.text, p.reports[0]) }, p)
		}
		next := tick.C
		if !waiting {
			next = nil
		}
		select {
		case <-o.s.ctx.Done():
			return
		case <-o.wake:
		case <-next:
		}
	}
}

// collect takes what is due out of the queue: events in batches, each forged or stale one by itself.
func (o *postOffice) collect() (mails [][]*parcel, texts []*parcel, waiting bool) {
	lab, wall := o.s.now(), time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	var batch, rest []*parcel
	for _, p := range o.queue {
		switch {
		case p.due.After(lab) || p.retry.After(wall):
			rest = append(rest, p)
			continue
		case p.text != nil:
			texts = append(texts, p)
		case p.reports[0].forged || p.reports[0].stale:
			mails = append(mails, []*parcel{p})
		default:
			if batch = append(batch, p); len(batch) == batchSize {
				mails, batch = append(mails, batch), nil
			}
		}
		o.flying++
	}
	if len(batch) > 0 {
		mails = append(mails, batch)
	}
	o.queue = rest
	return mails, texts, len(rest) > 0
}

// fly posts in the background and puts back what is left to say.
func (o *postOffice) fly(post func(context.Context) (int, error), parcels ...*parcel) {
	select {
	case o.slots <- struct{}{}:
	case <-o.s.ctx.Done():
		return
	}
	for _, p := range parcels {
		if !p.reports[0].forged {
			o.s.progress(p, p.reports[0])
		}
	}
	go func() {
		defer func() { <-o.slots }()
		status, err := post(o.s.ctx)
		if o.s.ctx.Err() != nil {
			return
		}
		var again []*parcel
		for _, p := range parcels {
			o.s.log.append(o.s.stamp(p.entry(status, err)))
			if p.advance(status >= 200 && status < 300) {
				again = append(again, p)
			}
		}
		o.put(again...)
		o.mu.Lock()
		o.flying -= len(parcels)
		o.mu.Unlock()
	}()
}

func (o *postOffice) do(req *http.Request) (int, error) {
	res, err := o.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, err
}

// advance goes on to the next report, or sets the time of the next try. It answers false when nothing
// is left to say.
func (p *parcel) advance(done bool) bool {
	if !done && !p.reports[0].forged && p.tries+1 < p.allowed() {
		wait := min(100*time.Millisecond<<min(p.tries, 8), longestWait)
		p.tries++
		p.retry = time.Now().Add(wait)
		return true
	}
	p.reports, p.tries, p.retry = p.reports[1:], 0, time.Time{}
	p.due = p.due.Add(p.delay) // not from now: a lab's clock jumps
	return len(p.reports) > 0
}

// allowed is how often a report is tried. Twilio tries once, and more only if the callback's address
// asks for it with #rc=.
func (p *parcel) allowed() int {
	if p.mail != nil {
		return eventTries
	}
	_, fragment, _ := strings.Cut(p.text.callback, "#")
	q, err := url.ParseQuery(fragment)
	if err != nil {
		return 1
	}
	n, _ := strconv.Atoi(q.Get("rc"))
	return 1 + min(max(n, 0), 5)
}

func (p *parcel) entry(status int, err error) Entry {
	r := p.reports[0]
	e := Entry{Kind: KindWebhook, Event: r.event, Status: status, Accepted: status >= 200 && status < 300, Duplicate: r.copy, Forged: r.forged}
	if p.mail != nil {
		e.To, e.Attempt, e.ProviderID = p.mail.to, p.mail.attempt, p.mail.id
	} else {
		e.To, e.Attempt, e.ProviderID = p.text.to, p.text.attempt, p.text.sid
	}
	if err != nil {
		e.Error = err.Error()
	}
	return e
}

// Pending returns how many reports are due or under way, and when the next one falls due on the lab's
// clock (zero: none waits).
func (s *Server) Pending() (due int, next time.Time) {
	lab := s.now()
	s.posts.mu.Lock()
	defer s.posts.mu.Unlock()
	due = s.posts.flying
	for _, p := range s.posts.queue {
		if !p.due.After(lab) {
			due++
		} else if next.IsZero() || p.due.Before(next) {
			next = p.due
		}
	}
	return due, next
}
