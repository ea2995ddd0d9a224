// Package browser drives a headless Chromium in tests: it opens pages, fills forms, presses keys, takes pictures and finds
// what keeps people out (with axe-core). It reaches 127.0.0.1 and nothing else.
//
//	b := browser.New(t)
//	p := b.Page(t)
//	p.Open(server.URL)
//	p.Fill("#q", "5.NF.B.3")
//	p.Submit("form[role=search]")
//	require.Empty(t, p.Axe())
//
// What a page refuses to do fails the test at once; nothing returns an error.
package browser

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Missing is what a test says where there is no browser.
const Missing = "no chromium-headless-shell or chromium in PATH: apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-core fonts-stix"

// patience is how long anything may take, on a machine that does much else.
const patience = 3 * time.Minute

// Browser is one running browser.
type Browser struct{ pipe *pipe }

// New returns a browser that lasts as long as the test. Tests that run at the same time have one together, whose pages share
// nothing. Where there is none it skips the test; it fails it where CI=true, so that nothing stays untested unnoticed.
func New(t testing.TB) *Browser {
	t.Helper()
	path := find()
	switch {
	case path == "" && os.Getenv("CI") == "true":
		t.Fatal(Missing)
	case path == "":
		t.Skip(Missing)
	}
	b, leave, err := common.join(path)
	if err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(leave)
	return b
}

// common is what the tests of this process have together: a browser takes longer to start than most tests do in it.
var common shared

// shared is a browser while somebody uses it.
type shared struct {
	mu      sync.Mutex
	users   int
	browser *Browser
	stop    func()
}

// join starts the browser for the first who comes, and for the first after it has crashed. The last who leaves stops it.
func (s *shared) join(path string) (*Browser, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browser != nil && s.browser.pipe.isGone() {
		s.stop()
		s.browser, s.users = nil, 0
	}
	if s.browser == nil {
		b, stop, err := start(path)
		if err != nil {
			return nil, nil, err
		}
		s.browser, s.stop = b, stop
	}
	b := s.browser
	s.users++
	return b, func() { s.leave(b) }, nil
}

func (s *shared) leave(b *Browser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browser != b { // it crashed, and another took its place
		return
	}
	if s.users--; s.users == 0 {
		s.stop()
		s.browser = nil
	}
}

func find() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// arguments make a browser that shows the same on every machine and speaks with nobody but the test. Scripts are not
// optimized: axe-core begins anew in every page, and is done before that would pay.
func arguments(profile string) []string {
	args := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--no-first-run", "--disable-dev-shm-usage",
		"--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--disable-extensions", "--metrics-recording-only", "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb",
		"--font-render-hinting=none", "--lang=en-US", "--js-flags=--no-opt --no-maglev", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE *.localhost",
	}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium's sandbox refuses root
	}
	return append(args, "about:blank")
}

// start starts a browser over two pipes; when they close, it ends.
func start(path string) (*Browser, func(), error) {
	profile, err := os.MkdirTemp("", "browser-")
	if err != nil {
		return nil, nil, err
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(path, arguments(profile)...)
	cmd.ExtraFiles = []*os.File{childIn, childOut} // descriptors 3 and 4
	err = cmd.Start()
	_, _ = childIn.Close(), childOut.Close()
	if err != nil {
		_, _, _ = in.Close(), out.Close(), os.RemoveAll(profile)
		return nil, nil, err
	}
	b := &Browser{newPipe(in, out)}
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = b.pipe.call(ctx, "", "Browser.close", nil, nil)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
		_, _ = in.Close(), out.Close()
		_ = os.RemoveAll(profile)
	}
	return b, stop, nil
}
