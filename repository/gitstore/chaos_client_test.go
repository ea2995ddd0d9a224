package gitstore_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// branch is a ref of a repository of the family.
type branch struct{ repository, ref string }

// chaos is what clients of several servers on one bucket were promised.
type chaos struct {
	stop    chan struct{}
	clients sync.WaitGroup

	mu       sync.Mutex
	urls     []string // of the servers
	promised map[branch][]gitstore.Hash
	open     map[gitstore.Hash]branch // nobody knows
	last     map[branch][]gitstore.Hash
	remixes  []string // acknowledged
	maybe    map[string]bool
	counts   map[string]int
}

func newChaos() *chaos {
	return &chaos{
		stop: make(chan struct{}), promised: map[branch][]gitstore.Hash{}, open: map[gitstore.Hash]branch{},
		last: map[branch][]gitstore.Hash{}, maybe: map[string]bool{}, counts: map[string]int{},
	}
}

// any is one of the servers.
func (c *chaos) any() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.urls[rand.IntN(len(c.urls))]
}

func (c *chaos) serve(i int, url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.urls[i] = url
}

// begin starts the clients: two push to main, one to a branch, one forces a branch, two save and one remixes.
func (c *chaos) begin(t *testing.T, b blob.Store) {
	t.Helper()
	s := gitstore.New(b, gitstore.Options{})
	files := prose(7)
	_, h, err := s.Save(t.Context(), at, gitstore.Save{Ref: main, Tree: files, Author: "Rosa Delgado", Message: "Publish", When: noon})
	require.NoError(t, err)
	c.promised[branch{lesson, main}] = []gitstore.Hash{h}
	for i, ref := range []string{main, main, "refs/heads/side", "refs/heads/draft"} {
		dir := t.TempDir()
		c.client(t, func(n int) { c.push(t, dir, i, n, branch{lesson, ref}) })
	}
	for i := range 2 {
		c.client(t, func(n int) { c.save(t, i, n) })
	}
	c.client(t, func(n int) { c.remix(t, n) })
}

func (c *chaos) client(t *testing.T, try func(n int)) {
	c.clients.Go(func() {
		for n := 0; !t.Failed(); n++ {
			select {
			case <-c.stop:
				return
			default:
				try(n)
			}
		}
	})
}

// needed are what a test is nothing without.
var needed = []string{"push acknowledged", "forced push acknowledged", "save acknowledged", "remix acknowledged"}

// end stops the clients, once each kind of them was acknowledged something, and all else that is wanted has happened: this
// machine may be busy.
func (c *chaos) end(t *testing.T, happened func() bool) {
	t.Helper()
	missing := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.ContainsFunc(needed, func(what string) bool { return c.counts[what] == 0 })
	}
	for until := time.Now().Add(3 * time.Minute); (missing() || !happened()) && time.Now().Before(until) && !t.Failed(); {
		time.Sleep(100 * time.Millisecond)
	}
	close(c.stop)
	c.clients.Wait()
}

func (c *chaos) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

func (c *chaos) promise(of branch, h gitstore.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.promised[of] = append(c.promised[of], h)
}

func (c *chaos) unknown(of branch, h gitstore.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[h] = of
}

// push commits on what a server has, and pushes to any server. To the branch draft it pushes another commit on main each
// time, by force.
func (c *chaos) push(t *testing.T, dir string, number, n int, to branch) {
	forced := to.ref == "refs/heads/draft"
	if n == 0 {
		git(t, dir, "init", "-q", "-b", "work")
	}
	from := to.ref
	if _, err := tryGit(t, dir, "rev-parse", "-q", "--verify", "HEAD"); err != nil || forced {
		from = main
	}
	address := func() string { return c.any() + "/" + to.repository + ".git" }
	if out, err := tryGit(t, dir, "fetch", "-q", address(), "+"+from+":refs/got"); err != nil {
		if strings.Contains(out, "couldn't find remote ref") { // the branch begins
			out, err = tryGit(t, dir, "fetch", "-q", address(), "+"+main+":refs/got")
		}
		if err != nil {
			c.count("fetch failed")
			assert.NotContains(t, out, "fsck error")
			time.Sleep(10 * time.Millisecond)
			return
		}
	}
	git(t, dir, "reset", "-q", "--hard", "refs/got")
	for i := range 1 + n%2 {
		name := filepath.Join(dir, fmt.Sprintf("pushed-%d.md", number))
		if !assert.NoError(t, os.WriteFile(name, []byte(lines(50, fmt.Sprint(n, i, rand.Uint64()))), 0o644)) {
			return
		}
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-q", "-m", fmt.Sprintf("Push %d of %d", n, number))
	}
	h := git(t, dir, "rev-parse", "HEAD")
	args := []string{"push", "-q", address(), "HEAD:" + to.ref}
	if forced {
		args = append(args, "--force")
	}
	out, err := tryGit(t, dir, args...)
	if forced && (err == nil || !known(out)) {
		c.mu.Lock()
		if err == nil {
			c.last[to] = nil
		}
		c.last[to] = append(c.last[to], h)
		c.mu.Unlock()
	}
	switch {
	case err == nil && forced:
		c.count("forced push acknowledged")
	case err == nil:
		c.promise(to, h)
		c.count("push acknowledged")
	case known(out):
		c.count("push refused")
	default:
		c.unknown(to, h)
		c.count("push unknown")
	}
}

// known tells whether what git says is that nothing happened.
func known(out string) bool {
	return strings.Contains(out, "rejected]") && !strings.Contains(out, "the server failed")
}

// post asks any server, and answers what it says, or "" where that is not an acknowledgement.
func (c *chaos) post(t *testing.T, path string, q url.Values) (said string, status int) {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Post(c.any()+path+"?"+q.Encode(), "text/plain", nil)
	if err != nil {
		return "", 0
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return "", 0
	}
	if r.StatusCode == http.StatusOK {
		assert.Len(t, string(raw), 40)
	}
	return string(raw), r.StatusCode
}

// save saves to the lesson, or to a remix of it.
func (c *chaos) save(t *testing.T, number, n int) {
	to := branch{lesson, main}
	c.mu.Lock()
	if k := len(c.remixes); k > 0 && n%2 == 0 {
		to.repository = c.remixes[rand.IntN(k)]
	}
	c.mu.Unlock()
	h, status := c.post(t, "/save", url.Values{"at": {to.repository}, "text": {fmt.Sprintf("%04d by %d, %x", n%30, number, rand.Uint64())}})
	switch status {
	case http.StatusOK:
		c.promise(to, h)
		c.count("save acknowledged")
	case http.StatusConflict:
		c.count("save refused")
	default:
		c.count("save unknown")
	}
	time.Sleep(50 * time.Millisecond)
}

// remix makes a remix of the lesson, or of a remix.
func (c *chaos) remix(t *testing.T, n int) {
	from, to := lesson, fmt.Sprintf("remix-%d", n)
	c.mu.Lock()
	if k := len(c.remixes); k > 0 && n%2 == 0 {
		from = c.remixes[rand.IntN(k)]
	}
	c.mu.Unlock()
	h, status := c.post(t, "/remix", url.Values{"at": {to}, "from": {from}, "text": {fmt.Sprintf("0000 remix %x", rand.Uint64())}})
	c.mu.Lock()
	switch status {
	case http.StatusOK:
		c.promised[branch{to, main}] = []gitstore.Hash{h}
		c.remixes = append(c.remixes, to)
		c.counts["remix acknowledged"]++
	case http.StatusConflict:
		c.counts["remix refused"]++
	default:
		c.maybe[to] = true
		c.counts["remix unknown"]++
	}
	c.mu.Unlock()
	time.Sleep(250 * time.Millisecond)
}
