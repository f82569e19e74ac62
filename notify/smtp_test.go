package notify_test

import (
	"bufio"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

// mailServer speaks just enough SMTP. Replies are overridden by command; an empty one hangs up.
type mailServer struct {
	net.Listener
	replies  map[string]string
	greet    []func() // called before the greeting
	mu       sync.Mutex
	mails    []string
	commands []string
	taken    atomic.Int32
}

func newMailServer(t *testing.T, replies map[string]string, greet ...func()) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &mailServer{Listener: l, replies: replies, greet: greet}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *mailServer) talk(c net.Conn) {
	defer c.Close()
	for _, f := range s.greet {
		f()
	}
	in := bufio.NewReader(c)
	_, _ = fmt.Fprint(c, "220 ready\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		s.mu.Lock()
		s.commands = append(s.commands, verb)
		s.mu.Unlock()
		reply, set := s.replies[verb]
		if !set {
			reply = map[string]string{"EHLO": "250-mail.example\r\n250 ENHANCEDSTATUSCODES", "DATA": "354 go on", "QUIT": "221 bye"}[verb]
			if reply == "" {
				reply = "250 ok"
			}
		}
		if reply == "" {
			return
		}
		_, _ = fmt.Fprint(c, reply+"\r\n")
		if verb == "DATA" && strings.HasPrefix(reply, "354") && !s.data(c, in) {
			return
		}
	}
}

func (s *mailServer) data(c net.Conn, in *bufio.Reader) bool {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(line)
	}
	s.mu.Lock()
	s.mails = append(s.mails, text.String())
	s.mu.Unlock()
	s.taken.Add(1)
	reply, set := s.replies["."]
	if set && reply == "" {
		return false
	}
	if !set {
		reply = "250 2.0.0 taken"
	}
	_, _ = fmt.Fprint(c, reply+"\r\n")
	return true
}

func smtp(t *testing.T, address string) *notify.SMTP {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	var n int
	_, err = fmt.Sscan(port, &n)
	require.NoError(t, err)
	s, err := notify.NewSMTP(notify.SMTPConfig{Host: host, Port: n, TLS: notify.SMTPPlain, LoopbackOnly: true})
	require.NoError(t, err)
	return s
}

func TestSMTPAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		replies map[string]string
		want    collection.ResultKind
		bad     bool
		stop    bool
		taken   int32
	}{
		{name: "taken", want: collection.SendAccepted, taken: 1},
		{name: "taken, then the line breaks", replies: map[string]string{"QUIT": ""}, want: collection.SendAccepted, taken: 1},
		{name: "no such mailbox", replies: map[string]string{"RCPT": "550 5.1.1 no such user"}, want: collection.SendRejected, bad: true},
		{name: "policy", replies: map[string]string{"RCPT": "550 5.7.1 not from you"}, want: collection.SendRejected},
		{name: "come back later", replies: map[string]string{"RCPT": "451 4.7.1 greylisted"}, want: collection.SendUnsent},
		{name: "sender refused", replies: map[string]string{"MAIL": "550 5.7.1 no"}, want: collection.SendRejected},
		{name: "text refused", replies: map[string]string{".": "554 5.6.0 no"}, want: collection.SendRejected, taken: 1},
		{name: "text not now", replies: map[string]string{".": "452 4.3.1 full"}, want: collection.SendUnsent, taken: 1},
		{name: "line breaks before the text", replies: map[string]string{"RCPT": ""}, want: collection.SendUnsent},
		{name: "line breaks after the text", replies: map[string]string{".": ""}, want: collection.SendUnknown, taken: 1},
		{name: "refuses us", replies: map[string]string{"EHLO": "554 no", "HELO": "554 no"}, want: collection.SendUnsent, stop: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, c.replies)
			got := smtp(t, server.Addr().String()).SendEmail(t.Context(), email("a-1"), time.Now())
			require.Equal(t, c.want, got.Kind, got.Reason)
			require.Equal(t, c.bad, got.BadAddress)
			require.Equal(t, c.stop, got.StopLine, got.Reason)
			require.Equal(t, c.taken, server.taken.Load())
			require.NotContains(t, got.Reason, "ap@debtor.example")
		})
	}
}

func TestSMTPMessage(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, nil)
	got := smtp(t, server.Addr().String()).SendEmail(t.Context(), email("a-1"), time.Now())
	require.Equal(t, "a-1@acme.example", got.ProviderID)
	m, err := mail.ReadMessage(strings.NewReader(server.mails[0]))
	require.NoError(t, err)
	require.Equal(t, "<a-1@acme.example>", m.Header.Get("Message-ID"))
	require.Equal(t, "a-1", m.Header.Get("X-Entity-Ref-ID"))
	to, err := m.Header.AddressList("To")
	require.NoError(t, err)
	require.Equal(t, []*mail.Address{{Name: "王小明", Address: "ap@debtor.example"}}, to)
}

func TestSMTPCertainlyUnsent(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		got := smtp(t, strings.TrimPrefix(closedPort(t), "http://")).SendEmail(t.Context(), email("a"), time.Now())
		require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
		require.False(t, got.RetryAt.IsZero())
	})
	t.Run("claim expires while the server greets", func(t *testing.T) {
		t.Parallel()
		claimed := time.Now().Add(100*time.Millisecond - collection.ClaimValid)
		server := newMailServer(t, nil, func() { <-time.After(time.Until(claimed.Add(collection.ClaimValid + 20*time.Millisecond))) })
		got := smtp(t, server.Addr().String()).SendEmail(t.Context(), email("a"), claimed)
		require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
		require.Contains(t, got.Reason, "claim expired")
		server.mu.Lock()
		defer server.mu.Unlock()
		require.NotContains(t, server.commands, "MAIL")
	})
	t.Run("no encryption where it is demanded", func(t *testing.T) {
		t.Parallel()
		server := newMailServer(t, nil)
		port := server.Addr().(*net.TCPAddr).Port
		s, err := notify.NewSMTP(notify.SMTPConfig{Host: "127.0.0.1", Port: port})
		require.NoError(t, err)
		got := s.SendEmail(t.Context(), email("a"), time.Now())
		require.Equal(t, collection.SendUnsent, got.Kind)
		require.True(t, got.StopLine, got.Reason)
		require.Zero(t, server.taken.Load())
	})
}
