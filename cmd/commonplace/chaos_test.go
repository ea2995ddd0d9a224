package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// TestNothingAcknowledgedIsLostByKills kills the real server at random moments, while it starts too, under git pushers and
// savers. After each restart everything that it acknowledged is in the history of its ref, every clone is whole, and pages,
// catalog and search show what git has.
func TestNothingAcknowledgedIsLostByKills(t *testing.T) {
	kills := chaosKills(t, 20)
	c := newChaos(t, nil)
	c.begin(t)
	for range kills {
		c.live(t, 500*time.Millisecond)
		c.kill(t)
		c.gate.Lock()
		for c.random.IntN(3) == 0 {
			c.killStarting(t)
		}
		c.start(t)
		c.check(t, c.changed(), true)
		c.gate.Unlock()
	}
	c.end(t)
}

// TestNothingAcknowledgedIsLostOnS3 kills the S3 server and the server in turns.
func TestNothingAcknowledgedIsLostOnS3(t *testing.T) {
	kills := chaosKills(t, 10)
	s3 := blobtest.VersityGW(t)
	c := newChaos(t, s3.Env(), "--bucket", s3.URL(s3.NewBucket()))
	c.begin(t)
	for n := range kills {
		c.live(t, 500*time.Millisecond)
		if n%2 == 0 {
			s3.Kill()
			time.Sleep(time.Duration(c.random.IntN(200)) * time.Millisecond)
			s3.Start(t)
			c.count("kill of the S3 server")
			c.gate.Lock()
			c.check(t, c.changed(), false) // what was stored and not answered shows up with the next start
		} else {
			c.kill(t)
			c.gate.Lock()
			c.start(t)
			c.check(t, c.changed(), true)
		}
		c.gate.Unlock()
	}
	c.end(t)
}

// chaosKills is how often a server is killed: COMMONPLACE_CHAOS times, or as often as there is time for usually.
func chaosKills(t *testing.T, usually int) int {
	t.Helper()
	if many, err := strconv.Atoi(os.Getenv("COMMONPLACE_CHAOS")); err == nil {
		return many
	}
	if testing.Short() {
		t.Skip("kills servers for many seconds")
	}
	return usually
}

// chaos is a server that dies again and again, its clients, and what it promised them.
type chaos struct {
	program, data, token string
	flags, env           []string
	random               *rand.Rand
	began                time.Time

	// gate is held for reading by a client while it tries something, and by the test while it looks at the server.
	gate    sync.RWMutex
	server  *exec.Cmd
	address string
	stop    chan struct{}
	clients sync.WaitGroup

	mu       sync.Mutex
	promised map[string][]string // revisions acknowledged, by resource
	open     map[string]string   // resource by revision: pushed, and nobody knows
	dirty    map[string]bool     // resources with promises since the last look
	counts   map[string]int
}

func newChaos(t *testing.T, env []string, flags ...string) *chaos {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "git is needed: apt-get install git")
		t.Skip("git is needed: apt-get install git")
	}
	program, err := exec.LookPath("commonplace") // this test's binary, which begins as the program under that name
	require.NoError(t, err)
	data, err := os.MkdirTemp("", "cp") // holds a socket, whose path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &chaos{
		program: program, data: data, env: env, random: rand.New(rand.NewPCG(seed, 0)), began: time.Now(), stop: make(chan struct{}),
		// The address changes with every start; the base URL must not, or each start would show everything anew.
		flags:    append([]string{"--data", data, "--base-url", "http://oer.example"}, flags...),
		promised: map[string][]string{}, open: map[string]string{}, dirty: map[string]bool{}, counts: map[string]int{},
	}
	c.run(t, "user", "add", "rosa")
	c.token = strings.TrimSpace(c.run(t, "token", "create", "rosa"))
	t.Cleanup(func() {
		if c.server != nil {
			_ = c.server.Process.Kill()
			_ = c.server.Wait()
		}
	})
	return c
}

func (c *chaos) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.program, append(args, c.flags...)...)
	if args[0] != "serve" {
		cmd.Args = append(cmd.Args[:len(args)+1], without(c.flags, "--base-url")...)
	}
	cmd.Env = append(os.Environ(), c.env...)
	return cmd
}

// without leaves out a flag and its value.
func without(flags []string, name string) (rest []string) {
	for i := 0; i < len(flags); i += 2 {
		if flags[i] != name {
			rest = append(rest, flags[i], flags[i+1])
		}
	}
	return rest
}

func (c *chaos) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := c.command(args...)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	require.NoError(t, err, "%v: %s", args, &problem)
	return string(out)
}

// start starts the server, and waits until it listens. The caller holds the gate, or there are no clients yet.
func (c *chaos) start(t *testing.T) {
	t.Helper()
	c.server = c.command("serve", "--listen", "127.0.0.1:0")
	var said strings.Builder
	c.server.Stderr = &said
	out, err := c.server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.server.Start())
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if _, address, ok := strings.Cut(line, "(listening on "); ok {
			c.address = strings.TrimSuffix(strings.TrimSpace(address), ")")
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return
		}
		if err != nil {
			_ = c.server.Wait()
			require.Fail(t, "the server does not start", said.String())
		}
	}
}

// killStarting starts a server, and kills it before anybody can ask it anything.
func (c *chaos) killStarting(t *testing.T) {
	t.Helper()
	cmd := c.command("serve", "--listen", "127.0.0.1:0")
	require.NoError(t, cmd.Start())
	time.Sleep(time.Duration(c.random.IntN(150)) * time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	c.count("kill while starting")
}

func (c *chaos) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.server.Process.Kill())
	require.Error(t, c.server.Wait(), "it was killed")
	c.count("kill of the server")
}

// live lets the clients have the server for a while.
func (c *chaos) live(t *testing.T, most time.Duration) {
	t.Helper()
	time.Sleep(time.Duration(c.random.Int64N(int64(most))))
	require.False(t, t.Failed())
}

// begin starts the server with two resources, and the clients: four that push, two that save.
func (c *chaos) begin(t *testing.T) {
	t.Helper()
	c.start(t)
	ids := map[string]string{}
	for _, slug := range []string{"shared", "saved"} {
		o := c.send(t, http.MethodPost, "/api/v1/resources", "", map[string]any{"slug": slug, "files": map[string]string{"index.md": lessonOf(slug, 0)}})
		require.Equal(t, http.StatusCreated, o.status, o.body)
		c.promise(slug, o.Revision)
		ids[slug] = string(o.ID)
	}
	one := func(slug string) func(int) string { return func(int) string { return slug } }
	slugs := []func(int) string{
		one("shared"), one("shared"), one("pushed"),
		func(n int) string { return fmt.Sprintf("new-%d", n/5) },
	}
	for i, slug := range slugs {
		dir := t.TempDir()
		c.clients.Go(func() { c.pusher(t, dir, i, slug) })
	}
	c.clients.Go(func() { c.saver(t, "saved", ids["saved"], true) })
	c.clients.Go(func() { c.saver(t, "shared", ids["shared"], false) })
}

// end stops the clients, and holds everything against what was promised, once more after a last start.
func (c *chaos) end(t *testing.T) {
	t.Helper()
	// On a busy machine too something of each kind is promised, while nobody is killed any more.
	assert.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.counts["push acknowledged"] > 0 && c.counts["save acknowledged"] > 0 && c.counts["remix acknowledged"] > 0
	}, 3*time.Minute, 10*time.Millisecond)
	close(c.stop)
	c.clients.Wait()
	c.kill(t)
	c.start(t)
	var all []string
	c.mu.Lock()
	for slug := range c.promised {
		all = append(all, slug)
	}
	c.mu.Unlock()
	happened := c.check(t, all, true)
	promises := 0
	for _, revisions := range c.promised {
		promises += len(revisions)
	}
	t.Logf("%d promises about %d resources in %s; %d pushes without an answer, of which %d had happened; %v",
		promises, len(all), time.Since(c.began).Round(time.Second), len(c.open), happened, c.counts)
	for _, outcome := range []string{"push acknowledged", "save acknowledged", "remix acknowledged", "clone checked"} {
		assert.NotZero(t, c.counts[outcome], "%s: nothing was tested", outcome)
	}
}

func (c *chaos) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

func (c *chaos) promise(slug, revision string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.promised[slug] = append(c.promised[slug], revision)
	c.dirty[slug] = true
}

// changed are the resources that were promised something since it was last asked.
func (c *chaos) changed() (slugs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for slug := range c.dirty {
		slugs = append(slugs, slug)
	}
	clear(c.dirty)
	return slugs
}

// check looks at resources while nobody changes anything: git has every revision that was promised, clones are whole, and
// where the server has just started the rest of it soon shows what git has: what was saved and not shown before the kill is
// brought back beside. It answers how many pushes without an answer are there.
func (c *chaos) check(t *testing.T, slugs []string, started bool) (happened int) {
	t.Helper()
	var each sync.WaitGroup
	turn := make(chan struct{}, 4)
	for _, slug := range slugs {
		turn <- struct{}{}
		each.Go(func() {
			defer func() { <-turn }()
			n := c.checkOne(t, slug, started)
			c.mu.Lock()
			happened += n
			c.counts["clone checked"]++
			c.mu.Unlock()
		})
	}
	each.Wait()
	return happened
}

var markOf = regexp.MustCompile(`mark[0-9a-z]+`)

func (c *chaos) checkOne(t *testing.T, slug string, started bool) (happened int) {
	dir := filepath.Join(t.TempDir(), slug)
	defer os.RemoveAll(dir)
	if out, err := c.git("", "clone", "-q", "--bare", c.repository(slug), dir); !assert.NoError(t, err, "%s: %s", slug, out) {
		return 0
	}
	out, err := c.git(dir, "fsck", "--strict", "--full")
	assert.NoError(t, err, "%s: %s", slug, out)
	out, err = c.git(dir, "rev-list", "main")
	assert.NoError(t, err, "%s: %s", slug, out)
	history := map[string]bool{}
	for _, revision := range strings.Fields(out) {
		history[revision] = true
	}
	c.mu.Lock()
	for _, revision := range c.promised[slug] {
		assert.True(t, history[revision], "%s: %s was acknowledged and is lost", slug, revision)
	}
	for revision, of := range c.open {
		if of == slug && history[revision] {
			happened++
		}
	}
	c.mu.Unlock()
	if !started {
		return happened
	}
	head, _, _ := strings.Cut(out, "\n")
	shown := ""
	soon(func() bool { shown = c.catalog(t)[slug]; return shown == head })
	if !assert.Equal(t, head, shown, "%s: the catalog shows what git has", slug) {
		return happened
	}
	text, err := c.git(dir, "show", "main:index.md")
	assert.NoError(t, err, text)
	mark := markOf.FindString(text)
	assert.NotEmpty(t, mark, slug)
	assert.Contains(t, c.page(t, "/r/rosa/"+slug), mark, "%s: its page", slug)
	found := ""
	soon(func() bool {
		found = c.page(t, "/api/v1/search?q="+mark)
		return strings.Contains(found, "/r/rosa/"+slug)
	})
	assert.Contains(t, found, "/r/rosa/"+slug, "%s is found", slug)
	return happened
}

// soon waits until something is true, on a machine that has much else to do.
func soon(is func() bool) {
	for late := time.Now().Add(3 * time.Minute); !is() && time.Now().Before(late); {
		time.Sleep(20 * time.Millisecond)
	}
}

// catalog is the newest revision of every resource that the catalog knows, by its slug.
func (c *chaos) catalog(t *testing.T) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for after, more := int64(0), true; more; {
		var feed struct {
			Changes []struct{ URL, Revision string }
			Next    int64
		}
		assert.NoError(t, json.Unmarshal([]byte(c.page(t, fmt.Sprintf("/api/v1/changes?limit=1000&after=%d", after))), &feed))
		for _, change := range feed.Changes {
			shown[change.URL[strings.LastIndexByte(change.URL, '/')+1:]] = change.Revision
		}
		more = feed.Next > after
		after = feed.Next
	}
	return shown
}

func (c *chaos) page(t *testing.T, path string) string {
	r, err := chaosClient.Get("http://" + c.address + path)
	if !assert.NoError(t, err) {
		return ""
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	assert.NoError(t, err)
	assert.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", path, body)
	return string(body)
}

func (c *chaos) repository(slug string) string {
	return "http://" + c.address + "/r/rosa/" + url.PathEscape(slug) + ".git"
}

// git runs the real one, signed in.
func (c *chaos) git(dir string, args ...string) (string, error) {
	basic := base64.StdEncoding.EncodeToString([]byte("rosa:" + c.token))
	cmd := exec.Command("git", append([]string{"-c", "http.extraHeader=Authorization: Basic " + basic, "-c", "gc.auto=0"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0", "NO_PROXY=127.0.0.1",
		"HOME="+c.data, "GIT_AUTHOR_NAME=Rosa", "GIT_AUTHOR_EMAIL=rosa@example.org", "GIT_COMMITTER_NAME=Rosa", "GIT_COMMITTER_EMAIL=rosa@example.org")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
