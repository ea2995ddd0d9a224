// Package pdf prints pages of a web server with Chromium: tagged PDF, with an outline of the headings, as the page's own
// styles for paper have it.
//
// Chromium runs as a program that ends after each page. All its requests go to a proxy on the loopback that is this process:
// it answers those for the page's server from a handler and refuses all others, so that nothing outside is reached,
// whatever the page asks for.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Limits of one print.
const (
	Time    = 40 * time.Second
	MaxSize = 64 << 20 // bytes of a document
)

// ErrBusy says that other pages are being printed and the time to wait for them is over.
var ErrBusy = errors.New("other pages are being printed")

// Printer prints pages, a few at once. It is safe for concurrent use.
type Printer struct {
	chromium string
	turns    chan struct{}
}

// programs are the names that Chromium has.
var programs = [...]string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

// New returns a printer that prints so many pages at once, or nil where there is no Chromium in PATH.
func New(atOnce int) *Printer {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return &Printer{chromium: path, turns: make(chan struct{}, atOnce)}
		}
	}
	return nil
}

// Print prints the page at a path of a server, which answers as it does to a reader without cookies. The path has its query.
func (p *Printer) Print(ctx context.Context, server http.Handler, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Time)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	folder, err := os.MkdirTemp("", "commonplace-pdf-")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	defer os.RemoveAll(folder)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	at := l.Addr().String()
	proxy := &http.Server{Handler: only(at, server), ReadHeaderTimeout: Time}
	go func() { _ = proxy.Serve(l) }()
	defer proxy.Close()
	return p.run(ctx, folder, at, "http://"+at+path)
}

func (p *Printer) run(ctx context.Context, folder, proxy, address string) ([]byte, error) {
	file := filepath.Join(folder, "page.pdf")
	cmd := exec.CommandContext(ctx, p.chromium, arguments(folder, proxy, file, address)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &bounded{b: &said}, &bounded{b: &said}
	cmd.Env = append(os.Environ(), "HOME="+folder)
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("print: %w: %.300s", err, said.String())
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("print: nothing was written: %.300s", said.String())
	}
	if info.Size() > MaxSize {
		return nil, fmt.Errorf("print: the document has %d bytes", info.Size())
	}
	return os.ReadFile(file)
}

// arguments make Chromium print one page and end. Tagging is what it does unless told not to.
func arguments(folder, proxy, file, address string) []string {
	args := []string{
		"--headless", "--print-to-pdf=" + file, "--no-pdf-header-footer", "--generate-pdf-document-outline", "--user-data-dir=" + filepath.Join(folder, "profile"),
		"--proxy-server=http://" + proxy, "--proxy-bypass-list=<-loopback>", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--no-first-run", "--mute-audio",
		"--timeout=20000",
	}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium's sandbox refuses root
	}
	return append(args, address)
}

// only is a proxy that passes GETs for one host to a handler, without anything that says who asks, and refuses all else.
func only(host string, server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.Method != http.MethodGet {
			http.Error(w, "outside of the page", http.StatusForbidden)
			return
		}
		inner := r.Clone(r.Context())
		inner.URL.Scheme, inner.URL.Host = "", ""
		inner.RequestURI = inner.URL.RequestURI()
		inner.Header = http.Header{"Accept-Language": r.Header["Accept-Language"]}
		server.ServeHTTP(w, inner)
	})
}

// bounded keeps the beginning of what a program says.
type bounded struct{ b *bytes.Buffer }

// Write implements io.Writer.
func (w *bounded) Write(p []byte) (int, error) {
	w.b.Write(p[:min(len(p), max(0, 4096-w.b.Len()))])
	return len(p), nil
}
