package app_test

import (
	"bufio"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
)

// postOffice is a mail server of this machine that keeps what it gets.
type postOffice struct {
	mu   sync.Mutex
	busy bool // it takes nothing now
	got  []string
}

func (o *postOffice) setBusy(busy bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.busy = busy
}

func newPostOffice(t *testing.T) (o *postOffice, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	o = new(postOffice)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(conn)
		}
	}()
	return o, "smtp://" + l.Addr().String()
}

func (o *postOffice) serve(conn net.Conn) {
	defer conn.Close()
	r := textproto.NewReader(bufio.NewReader(conn))
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 office")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		o.mu.Lock()
		busy := o.busy
		o.mu.Unlock()
		if busy && strings.HasPrefix(line, "MAIL") {
			say("451 later")
			continue
		}
		if strings.HasPrefix(line, "DATA") {
			say("354 go")
			b, _ := r.ReadDotBytes()
			o.mu.Lock()
			o.got = append(o.got, string(b))
			o.mu.Unlock()
		}
		say("250 ok")
	}
}

// take returns what came since, as text.
func (o *postOffice) take(t *testing.T) (list []string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, raw := range o.got {
		head, body, _ := strings.Cut(raw, "\n\n")
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		require.NoError(t, err)
		list = append(list, head+"\n\n"+string(text))
	}
	o.got = nil
	return list
}

var mailLink = regexp.MustCompile(`/mail/[a-z0-9][a-z0-9-]*/[A-Za-z0-9_-]+`)

func TestReleasesAndDecisionsAreToldByMailToWhoAskedForIt(t *testing.T) {
	t.Parallel()
	office, address := newPostOffice(t)
	s := apptest.New(t).Server(t, "mailing", func(c *config.Config) { c.Mail = address })
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	post := func() []string {
		t.Helper()
		_, err := server.Mail.Post(t.Context())
		require.NoError(t, err)
		return office.take(t)
	}
	source := s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	s.SignIn(t, "rosa", accounts.Author)
	kim, mod := s.SignIn(t, "kim", accounts.Author), s.SignIn(t, "mod", accounts.Moderator)
	_, err = s.App.Repository.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Slug: "mine", Actor: repository.Actor{Name: "kim", Display: "Kim"}})
	require.NoError(t, err)

	ask := func(address string) int {
		return kim.Post(t, "/account/mail", url.Values{"address": {address}, "language": {"es"}}).Status
	}
	require.Equal(t, http.StatusUnprocessableEntity, ask("kim@x\r\nBcc: all@x.example"))
	require.Equal(t, http.StatusSeeOther, ask("kim@school.example"))
	require.Equal(t, http.StatusTooManyRequests, ask("other@school.example"), "nobody is written to by the dozen")
	asked := post()
	require.Len(t, asked, 1)
	assert.Contains(t, asked[0], "To: kim@school.example")
	link := mailLink.FindString(asked[0])
	require.NotEmpty(t, link)

	s.Publish(t, "rosa/halves", lesson("Halves", "Fold it again."))
	release(t, s, "rosa/halves", "v2", "")
	assert.Empty(t, post(), "nobody has said yes")
	require.Equal(t, http.StatusNotFound, s.Get(t, forged(link)).Status)
	shown := s.Get(t, link)
	require.Equal(t, http.StatusOK, shown.Status)
	assertSecret(t, shown)
	require.Equal(t, http.StatusOK, s.Post(t, link, url.Values{"do": {"yes"}}).Status)
	release(t, s, "rosa/halves", "v3", "")
	told := post()
	require.Len(t, told, 1)
	assert.Contains(t, told[0], "Hay una nueva edición de Halves, v3: "+s.URL+"/r/rosa/halves/releases/v3")
	assert.Contains(t, told[0], "List-Unsubscribe: <"+s.URL+link+">")
	assert.Empty(t, post(), "once")

	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{"address": {"kim/mine"}, "basis": {"rules"}, "notice": {"Advertising."}}).Status)
	told = post()
	require.Len(t, told, 1)
	assert.Contains(t, told[0], "kim/mine")
	has(t, kim.Get(t, "/account/export").Body, "kim@school.example")

	click, err := http.Post(s.URL+link, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"))
	require.NoError(t, err)
	require.NoError(t, click.Body.Close())
	require.Equal(t, http.StatusOK, click.StatusCode)
	release(t, s, "rosa/halves", "v4", "")
	assert.Empty(t, post(), "one click ends it")
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status)
	exported, err := s.App.Accounts.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(exported), "kim@school.example")
}
