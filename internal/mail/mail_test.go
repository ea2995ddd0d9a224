package mail

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/jobs"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestMain(m *testing.M) { sqldbtest.Main(m) }

// office is an SMTP server of this machine.
type office struct {
	addr     string
	implicit bool
	starttls bool
	tls      *tls.Config
	roots    *x509.CertPool

	mu     sync.Mutex
	answer func(to string) string // to RCPT; nil: yes
	sender string                 // answer to MAIL; "": yes
	got    []received
}

type received struct {
	to, auth, text string
	secure         bool
}

func newOffice(t *testing.T, implicit, starttls bool) *office {
	t.Helper()
	web := httptest.NewTLSServer(nil) // a certificate for 127.0.0.1, and who trusts it
	t.Cleanup(web.Close)
	o := &office{implicit: implicit, starttls: starttls, tls: web.TLS.Clone(), roots: x509.NewCertPool()}
	o.tls.NextProtos = nil
	o.roots.AddCert(web.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	o.addr = l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(conn)
		}
	}()
	return o
}

func (o *office) serve(conn net.Conn) {
	defer conn.Close()
	secure := o.implicit
	if secure {
		conn = tls.Server(conn, o.tls)
	}
	r := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	var one received
	say("220 office")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-office")
			if o.starttls && !secure {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, o.tls)
			r, secure = bufio.NewReader(conn), true
		case "AUTH":
			one.auth = rest
			say("235 ok")
		case "MAIL":
			o.mu.Lock()
			answer := o.sender
			o.mu.Unlock()
			say(cmp.Or(answer, "250 ok"))
		case "RCPT":
			one.to = strings.TrimSuffix(strings.TrimPrefix(rest, "TO:<"), ">")
			o.mu.Lock()
			answer := o.answer
			o.mu.Unlock()
			if answer != nil && answer(one.to) != "" {
				say(answer(one.to))
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go")
			b, _ := textproto.NewReader(r).ReadDotBytes()
			one.text, one.secure = string(b), secure
			o.mu.Lock()
			o.got = append(o.got, one)
			o.mu.Unlock()
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (o *office) received() []received {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]received(nil), o.got...)
}

func (o *office) server(scheme string) Server {
	return Server{URL: scheme + "://us@" + o.addr, Password: "pass", From: "Springfield <oer@springfield.example>", Roots: o.roots, Now: time.Now}
}

func TestAMessageGoesOutWithTLS(t *testing.T) {
	t.Parallel()
	for name, scheme := range map[string]string{"implicit": "smtps", "starttls": "smtp"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, scheme == "smtps", scheme == "smtp")
			s := o.server(scheme)
			require.NoError(t, s.Check())
			m := Message{ID: "release-1", To: "rosa@school.example", Subject: "Edición nueva\r\nBcc: all@school.example", Text: "Línea uno.\n.\nLínea dos.", Off: "https://x.example/off"}
			require.NoError(t, s.Send(t.Context(), m))
			got := o.received()
			require.Len(t, got, 1)
			assert.True(t, got[0].secure)
			assert.NotEmpty(t, got[0].auth)
			assert.Equal(t, "rosa@school.example", got[0].to)
			read, err := netmail.ReadMessage(strings.NewReader(got[0].text))
			require.NoError(t, err)
			assert.Empty(t, read.Header.Get("Bcc"), "a subject is one line")
			assert.Equal(t, "<release-1@springfield.example>", read.Header.Get("Message-ID"))
			assert.Equal(t, "<https://x.example/off>", read.Header.Get("List-Unsubscribe"))
			text, err := io.ReadAll(quotedprintable.NewReader(read.Body))
			require.NoError(t, err)
			assert.Equal(t, "Línea uno.\n.\nLínea dos.", strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))

			s.Roots = x509.NewCertPool()
			require.ErrorIs(t, s.Send(t.Context(), m), kind.ErrUnavailable, "a server that nobody vouches for gets nothing")
			assert.Len(t, o.received(), 1)
		})
	}
}

func TestAddressesAndServersAreChecked(t *testing.T) {
	t.Parallel()
	require.NoError(t, CheckAddress("rosa@school.example"))
	for _, bad := range []string{"", "rosa", "Rosa <rosa@school.example>", "a@b\r\nBcc: c@d", "a b@c", "<a@b.example>", strings.Repeat("a", 250) + "@b.example"} {
		assert.ErrorIs(t, CheckAddress(bad), kind.ErrInvalid, bad)
	}
	for _, bad := range []string{"", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://u:p@mail.example.org", "smtp://h/x"} {
		assert.Error(t, Server{URL: bad, From: "a@b.example"}.Check(), bad)
	}
	assert.Error(t, Server{URL: "smtp://h", From: "nobody"}.Check())
}

// A server that wants a password, or has closed its doors to this one, says so with numbers from 500 on, to every message.
func TestWhatIsAboutTheSenderGivesNoMessageUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false, true)
	m := Message{ID: "m", To: "rosa@school.example"}
	o.sender = "530 5.7.0 authentication required"
	err := o.server("smtp").Send(t.Context(), m)
	require.ErrorIs(t, err, kind.ErrUnavailable)
	require.NotErrorIs(t, err, ErrRefused)
	o.mu.Lock()
	o.sender = ""
	o.answer = func(string) string { return "550 nobody here" }
	o.mu.Unlock()
	require.ErrorIs(t, o.server("smtp").Send(t.Context(), m), ErrRefused)
}

func TestTheQueueTriesAgainGivesUpAndIsBounded(t *testing.T) {
	db := sqldbtest.Open(t)
	o := newOffice(t, false, true)
	unwanted := ""
	wanted := func(_ context.Context, m Message) (bool, error) { return m.To != unwanted, nil }
	node := func() *Queue {
		q, err := NewQueue(jobs.New(db, slog.New(slog.DiscardHandler)), o.server("smtp"), bytes.Repeat([]byte("k"), 32), slog.New(slog.DiscardHandler), wanted)
		require.NoError(t, err)
		return q
	}
	one, two := node(), node()
	ctx := t.Context()
	require.ErrorIs(t, one.Add(ctx, Message{ID: "x", To: "nobody"}), kind.ErrInvalid)
	for _, to := range []string{"a@x.example", "b@x.example", "c@x.example", "a@x.example"} {
		require.NoError(t, one.Add(ctx, Message{ID: "m-" + to, To: to, Subject: "s", Text: "t"}))
	}
	var all sync.WaitGroup
	for _, q := range []*Queue{one, two, one, two} {
		all.Go(func() { _, err := q.Deliver(context.WithoutCancel(ctx)); assert.NoError(t, err) })
	}
	all.Wait()
	assert.Len(t, o.received(), 3, "each goes out once, whoever sends it")
	unwanted = "d@x.example"
	require.NoError(t, one.Add(ctx, Message{ID: "m-d", To: unwanted}))
	_, err := one.Deliver(ctx)
	require.NoError(t, err)
	n, err := one.jobs.Count(ctx, jobKind)
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Len(t, o.received(), 3, "who does not want it any more gets nothing")

	o.mu.Lock()
	o.answer = func(to string) string {
		if to == "gone@x.example" {
			return "550 nobody here"
		}
		return "451 later"
	}
	o.mu.Unlock()
	require.NoError(t, one.Add(ctx, Message{ID: "a-gone", To: "gone@x.example"}))
	require.NoError(t, one.Add(ctx, Message{ID: "b-later", To: "later@x.example"}))
	_, err = one.Deliver(ctx)
	require.NoError(t, err)
	n, err = one.jobs.Count(ctx, jobKind)
	require.NoError(t, err)
	assert.Equal(t, 1, n, "what is refused is given up, what may come later waits")
	sent, err := two.Deliver(ctx)
	require.NoError(t, err)
	assert.Zero(t, sent)
	assert.Len(t, o.received(), 3, "it is not due yet")
	assert.Equal(t, []time.Duration{time.Minute, 3 * time.Minute, 9 * time.Minute}, []time.Duration{wait(1), wait(2), wait(3)})
	assert.Equal(t, longest, wait(maxTries))
	require.ErrorIs(t, sorted(&textproto.Error{Code: 554}), ErrRefused)
	require.NotErrorIs(t, sorted(errors.New("cut off")), ErrRefused)
}

// What waits cannot be read in the database: an invitation's link is as good as a password.
func TestWhatWaitsIsSealed(t *testing.T) {
	db := sqldbtest.Open(t)
	o := newOffice(t, false, true)
	wanted := func(context.Context, Message) (bool, error) { return true, nil }
	q, err := NewQueue(jobs.New(db, slog.New(slog.DiscardHandler)), o.server("smtp"), bytes.Repeat([]byte("k"), 32), slog.New(slog.DiscardHandler), wanted)
	require.NoError(t, err)
	ctx := t.Context()
	const secret = "https://oer.example/invitations/s3cret"
	require.NoError(t, q.Add(ctx, Message{ID: "invitation-1", To: "ana@x.example", Subject: "Join", Text: secret}))
	rows, err := db.Read().Query(`SELECT kind || ' ' || name || ' ' || payload FROM jobs`)
	require.NoError(t, err)
	defer rows.Close()
	looked := 0
	for ; rows.Next(); looked++ {
		var row string
		require.NoError(t, rows.Scan(&row))
		assert.NotContains(t, row, "s3cret")
		assert.NotContains(t, row, "ana@")
		assert.NotContains(t, row, base64.StdEncoding.EncodeToString([]byte(`{"id":"invitation-1"`))[:20], "nor is it only written otherwise")
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 1, looked)

	// What a version queued that did not seal goes out all the same.
	require.NoError(t, q.jobs.Add(ctx, plainKind, "old", `{"id":"old","to":"kim@x.example","subject":"s","text":"t"}`, time.Time{}))
	sent, err := q.Deliver(ctx)
	require.NoError(t, err)
	assert.Equal(t, 2, sent)
	got := o.received()
	require.Len(t, got, 2)
	assert.Contains(t, fmt.Sprint(got), "s3cret")

	// What is sealed with another key is no message, and keeps none of the others.
	other, err := NewQueue(q.jobs, q.server, bytes.Repeat([]byte("x"), 32), q.log, wanted)
	require.NoError(t, err)
	require.NoError(t, other.Add(ctx, Message{ID: "a", To: "ana@x.example"}))
	require.NoError(t, q.Add(ctx, Message{ID: "b", To: "ana@x.example"}))
	_, err = q.Deliver(ctx)
	require.Error(t, err)
	sent, err = q.Deliver(ctx)
	require.NoError(t, err)
	assert.Equal(t, 1, sent)
}
