package web

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

// emptyTemp is a folder for temporary files; what a test leaves there is found at its end.
func emptyTemp(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left, "a temporary file is left")
	})
}

// listening is a world with an author on a port of this machine.
func listening(t *testing.T, change func(*Server)) (w *world, address, token string) {
	t.Helper()
	w = newWorld(t)
	w.signIn("rosa", accounts.Author)
	change(w.server)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = w.server.Serve(l) }()
	t.Cleanup(func() { require.NoError(t, w.server.Shutdown(context.Background())) })
	return w, l.Addr().String(), w.token("rosa")
}

func TestSpoolLeavesNothingWhenItFails(t *testing.T) {
	emptyTemp(t)
	for name, c := range map[string]struct {
		r      io.Reader
		status int
	}{
		"cut off":   {io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), http.StatusBadRequest},
		"too large": {strings.NewReader("more than ten bytes"), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := spool(c.r, 10)
			require.Error(t, err)
			assert.Nil(t, f)
			assert.Equal(t, c.status, classify(err).status)
		})
	}
}

func TestUploadThatIsCutOffIsTheSendersMistake(t *testing.T) {
	emptyTemp(t)
	_, address, token := listening(t, func(*Server) {})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = fmt.Fprintf(conn, "POST /api/v1/resources?owner=rosa&slug=cut HTTP/1.1\r\nHost: oer.test\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/zip\r\nContent-Length: %d\r\n\r\n%s", token, 1<<20, strings.Repeat("x", 200<<10))
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

// slow gives a body in pieces: the first at once, each other one after a rest.
type slow struct {
	mu sync.Mutex // for gaps
	gaps
	first  []byte
	pieces [][]byte
	rest   time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if n := copy(p, s.first); n > 0 {
		s.first = s.first[n:]
		return n, nil
	}
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.rest)
	s.mu.Lock()
	s.moved()
	s.mu.Unlock()
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

// lessonZip is a lesson with notes that are larger than what is read ahead of a body.
func lessonZip(t *testing.T) []byte {
	t.Helper()
	text := "---\ntitle: Strips\ntype: lesson\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Rosa}]\n---\nFold.\n"
	notes := strings.Repeat("0123456789abcde\n", 5*prefetched/16)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string]string{"index.md": text, "notes.txt": notes} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = io.WriteString(w, data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestSlowUploads(t *testing.T) {
	const readTimeout = 3 * time.Second // which an upload that moves may take longer than
	for name, c := range map[string]struct {
		stall, rest time.Duration
		status      int
	}{
		"as long as it moves": {3 * time.Second, 150 * time.Millisecond, http.StatusCreated},
		"standing still":      {400 * time.Millisecond, 900 * time.Millisecond, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			emptyTemp(t)
			_, address, token := listening(t, func(s *Server) {
				s.stall = c.stall
				s.app.Server().ReadTimeout = readTimeout
			})
			b := lessonZip(t)
			moving(t, max(c.stall, 4*c.rest), func() (gap time.Duration, err error) {
				body := &slow{rest: c.rest}
				first := prefetched + 1 // so that the handler is reached
				for body.first = b[:first]; first < len(b); first += 10 << 10 {
					body.pieces = append(body.pieces, b[first:min(first+10<<10, len(b))])
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/resources?owner=rosa&slug=strips", body)
				require.NoError(t, err)
				r.Host, r.ContentLength = "oer.test", int64(len(b))
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/zip")
				resp, err := http.DefaultClient.Do(r)
				if err == nil {
					defer resp.Body.Close()
					answer, _ := io.ReadAll(resp.Body)
					if resp.StatusCode != c.status {
						err = fmt.Errorf("%d: %s", resp.StatusCode, answer)
					}
				}
				body.mu.Lock()
				defer body.mu.Unlock()
				return body.longest(), err
			})
		})
	}
}
