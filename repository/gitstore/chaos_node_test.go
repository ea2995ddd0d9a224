package gitstore_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// chaosGrace is as short as operations allow, which end within half of it.
const (
	chaosGrace = 2 * time.Second
	chaosPause = chaosGrace / 5 // of a fault that only is late: long enough for two sweeps of the other server
)

// node is one of several servers on a bucket: git over HTTP for a family, saves and remixes by POST, compaction and sweep all
// the time.
type node struct {
	store *gitstore.Store

	mu     sync.Mutex
	counts map[string]int
	broken []string // what must not happen whatever fails
}

func newNode(b blob.Store, cache string) *node {
	return &node{counts: make(map[string]int), store: gitstore.New(b, gitstore.Options{Grace: chaosGrace, CacheDir: cache})}
}

// note counts how something ended.
func (n *node) note(what string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	text := fmt.Sprint(err)
	switch {
	case err == nil:
		n.counts[what]++
	case strings.Contains(text, "object missing") || strings.Contains(text, "damaged git data"):
		if n.counts[what+" broken"]++; len(n.broken) < 5 {
			n.broken = append(n.broken, what+": "+text)
		}
	case errors.Is(err, kind.ErrConflict) || errors.Is(err, blob.ErrConflict):
		n.counts[what+" conflicts"]++
	default:
		n.counts[what+" fails"]++
	}
}

// count adds how often everything has happened so far.
func (n *node) count(to map[string]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for what, k := range n.counts {
		to[what] += k
	}
}

// work compacts and sweeps until the context ends.
func (n *node) work(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() {
		for ctx.Err() == nil {
			for listed, err := range n.store.Manifests(ctx) {
				if err != nil {
					break
				}
				c, err := n.store.Compact(ctx, listed.Location)
				if err != nil || c.Before != c.After {
					n.note("compaction", err)
				}
			}
			pauseFor(ctx, 20*time.Millisecond)
		}
	})
	both.Go(func() {
		for ctx.Err() == nil {
			swept, err := n.store.Sweep(ctx, gitstore.SweepOptions{})
			n.note("sweep", err)
			n.mu.Lock()
			n.counts["pack swept"] += swept.Deleted
			n.mu.Unlock()
			pauseFor(ctx, 50*time.Millisecond)
		}
	})
	both.Wait()
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at := gitstore.Location{Family: family, Repository: q.Get("at")}
	switch r.URL.Path {
	case "/counts":
		n.mu.Lock()
		defer n.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"counts": n.counts, "broken": n.broken})
		return
	case "/save", "/remix":
		h, err := n.save(r.Context(), at, q.Get("from"), q.Get("text"))
		n.note(r.URL.Path[1:], err)
		switch {
		case errors.Is(err, kind.ErrConflict):
			http.Error(w, err.Error(), http.StatusConflict)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			_, _ = io.WriteString(w, h)
		}
		return
	}
	part := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)
	at.Repository = strings.TrimSuffix(part[0], ".git")
	if err := n.git(w, r, at, part[1]); errors.Is(err, kind.ErrNotFound) {
		http.NotFound(w, r)
	} else if err != nil {
		n.note("git", err)
		panic(http.ErrAbortHandler) // an answer that is cut off
	}
}

// git answers a git client, who may force whatever is not main.
func (n *node) git(w http.ResponseWriter, r *http.Request, at gitstore.Location, path string) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(r.Body); err != nil {
			return err
		}
	}
	service := path
	if path == "info/refs" {
		service = r.URL.Query().Get("service")
		w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
		return n.store.AdvertiseRefs(r.Context(), at, service, r.Header.Get("Git-Protocol"), w)
	}
	w.Header().Set("Content-Type", "application/x-"+service+"-result")
	if service == "git-upload-pack" {
		return n.store.UploadPack(r.Context(), at, r.Header.Get("Git-Protocol"), body, w)
	}
	return n.store.ReceivePack(r.Context(), at, body, w, gitstore.Push{AllowForce: func(ref string) bool { return ref != main }})
}

// save changes a file on main, in a new remix of from where that is not empty.
func (n *node) save(ctx context.Context, at gitstore.Location, from, text string) (gitstore.Hash, error) {
	source := at
	if from != "" {
		source.Repository = from
	}
	base, err := n.store.Open(ctx, source)
	if err != nil {
		return "", err
	}
	save := gitstore.Save{
		Base: base, Ref: main, Old: base.Head(), Parents: []gitstore.Hash{base.Head()},
		Edits:  map[string]*gitstore.File{"saved.md": {Data: []byte(text)}, "more/" + text[:4] + ".md": {Data: []byte(strings.Repeat(text+"\n", 20))}},
		Author: "Rosa Delgado", Message: "Save", When: time.Now(),
	}
	if from != "" {
		save.Old = ""
	}
	_, h, err := n.store.Save(ctx, at, save)
	return h, err
}

// nodeProcess is a node in a process of its own.
const nodeProcess = "COMMONPLACE_TEST_NODE"

// startNode starts a node on a bucket, and answers its address and how to end it as kill -9 does.
func startNode(t *testing.T, bucket string, env []string) (url string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNodeProcess$")
	cmd.Env = append(append(os.Environ(), env...), nodeProcess+"="+bucket, "TMPDIR="+t.TempDir()) // what a killed process leaves goes with the test
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	_, err = cmd.StdinPipe() // it ends with its input, should this process be killed
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	address, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, address, "http://", "a node starts")
	done := make(chan struct{})
	go func() {
		defer close(done)
		rest, _ := io.ReadAll(lines) // of a process that is killed
		assert.NotContains(t, string(rest), "FAIL")
	}()
	return strings.TrimSpace(address), func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	}
}

// TestNodeProcess is not a test: it is the process that is killed.
func TestNodeProcess(t *testing.T) {
	bucket := os.Getenv(nodeProcess)
	if bucket == "" {
		return
	}
	b, err := blob.Open(t.Context(), bucket)
	require.NoError(t, err)
	faulty := blobtest.NewFaulty(b)
	faulty.Pause = chaosPause
	faulty.EveryFault(rand.Uint64(), 0.01)
	n := newNode(faulty, t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	fmt.Println("http://" + l.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	go n.work(t.Context())
	require.NoError(t, (&http.Server{Handler: n}).Serve(l))
}

// localNode is a node in this process, with its address and how to end it.
func localNode(t *testing.T, b blob.Store) (n *node, url string, end func()) {
	t.Helper()
	n = newNode(b, t.TempDir())
	srv := httptest.NewServer(n)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.work(ctx)
	}()
	end = sync.OnceFunc(func() {
		cancel()
		srv.Close()
		<-done
	})
	t.Cleanup(end)
	return n, srv.URL, end
}
