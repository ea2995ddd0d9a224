package pdf

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func printer(t *testing.T) *Printer {
	t.Helper()
	p := New(1)
	if p == nil && os.Getenv("CI") == "true" {
		t.Fatal("no Chromium: apt-get install -y --no-install-recommends chromium-headless-shell")
	}
	if p == nil {
		t.Skip("no Chromium: apt-get install -y --no-install-recommends chromium-headless-shell")
	}
	return p
}

func TestPageBecomesATaggedDocument(t *testing.T) {
	p := printer(t)
	var mu sync.Mutex
	var outside []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		outside = append(outside, r.URL.Path)
	}))
	defer other.Close()
	asked := map[string]http.Header{}
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.RequestURI] = r.Header
		mu.Unlock()
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Halves</title><h1>Halves</h1><h2>Warm-up</h2><p>Fold.</p>
<img src="/inside.png" alt="strips"><img src="%[1]s/a.png" alt=""><iframe src="%[1]s/b"></iframe><link rel="stylesheet" href="%[1]s/c.css">
<img src="http://example.com/d.png" alt=""><script>document.title = 'ran'; fetch('%[1]s/e')</script>`, other.URL)
	})
	b, err := p.Print(t.Context(), page, "/r/rosa/halves/print?view=student")
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(b, []byte("%PDF-")))
	assert.Contains(t, string(b), "/StructTreeRoot", "tagged")
	assert.Contains(t, string(b), "/Outlines")
	assert.Contains(t, asked, "/r/rosa/halves/print?view=student")
	assert.Contains(t, asked, "/inside.png")
	for path, header := range asked {
		assert.Empty(t, header.Values("Cookie"), path)
		assert.Empty(t, header.Values("User-Agent"), path)
	}
	mu.Lock()
	assert.Empty(t, outside, "another server was asked")
	mu.Unlock()
	if _, err := exec.LookPath("pdftotext"); err == nil {
		cmd := exec.Command("pdftotext", "-", "-")
		cmd.Stdin = bytes.NewReader(b)
		text, err := cmd.Output()
		require.NoError(t, err)
		assert.Contains(t, string(text), "Fold.")
	}
}

func TestProxyAnswersForOneServer(t *testing.T) {
	h := only("127.0.0.1:9", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.RequestURI)) }))
	for _, c := range []struct {
		method, url string
		status      int
	}{
		{"GET", "http://127.0.0.1:9/a?b=c", 200}, {"GET", "http://127.0.0.1:80/a", 403}, {"GET", "http://example.com/", 403},
		{"POST", "http://127.0.0.1:9/a", 403}, {"CONNECT", "http://example.com:443", 403},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.url, nil))
		assert.Equal(t, c.status, w.Code, c.url)
		if c.status == 200 {
			assert.Equal(t, "/a?b=c", w.Body.String())
		}
	}
}

func TestPrinterWaitsForItsTurn(t *testing.T) {
	p := &Printer{chromium: "/none", turns: make(chan struct{}, 1)}
	p.turns <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Print(ctx, http.NotFoundHandler(), "/")
	require.ErrorIs(t, err, ErrBusy)
	<-p.turns
	_, err = p.Print(t.Context(), http.NotFoundHandler(), "/")
	require.Error(t, err, "there is no such program")
	assert.Empty(t, p.turns, "the turn is given back")
	assert.False(t, strings.Contains(err.Error(), "busy"))
}
