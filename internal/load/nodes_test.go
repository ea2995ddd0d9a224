package load_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/load"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// nodeVariable has this test binary be a server, with the settings that it holds, until it is killed.
const nodeVariable = "COMMONPLACE_LOAD_NODE"

func TestMain(m *testing.M) {
	if settings := os.Getenv(nodeVariable); settings != "" {
		if err := serveNode(settings); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if settings := os.Getenv(readersVariable); settings != "" {
		if err := beReaders(settings); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	sqldbtest.Stop()
	os.Exit(code)
}

// serveNode serves as the program does, with a clock that the test moves by lines on the standard input. It ends with that
// input, so that nothing outlives the test.
func serveNode(settings string) error {
	var c config.Config
	if err := json.Unmarshal([]byte(settings), &c); err != nil {
		return err
	}
	if c.MetricsListen != "" { // it is profiled
		runtime.SetBlockProfileRate(int(time.Millisecond))
		runtime.SetMutexProfileFraction(10)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var ahead atomic.Int64
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if d, err := time.ParseDuration(lines.Text()); err == nil {
				ahead.Store(int64(d))
			}
		}
		os.Exit(2)
	}()
	a, err := app.Open(ctx, c, app.Options{
		Background: true, SharedTime: true, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	s, err := a.NewServer("test", nil)
	if err != nil {
		return err
	}
	l, err := blobtest.Listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	if err := s.Serve(ctx, l); err != nil {
		return err
	}
	return a.Close(context.Background())
}

// late bounds what must be true soon, on a machine that has much else to do.
const late = 3 * time.Minute

// node is a server in a process of its own.
type node struct {
	URL      string
	settings config.Config
	program  string // a test binary of this package; "" is this one
	env      []string
	database *load.Proxy // nil without one
	bucket   *load.Proxy

	cmd   *exec.Cmd
	stdin interface {
		Write([]byte) (int, error)
		Close() error
	}
	gone chan error // gets the process's end
	log  logbook
}

// logbook is a log that can be read while it is written; it keeps the end.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.b.Len() > 4<<20 {
		l.b.Next(2 << 20)
	}
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newNode prepares a server with a data folder of its own at an address that stays the same. Change, if not nil, changes its
// settings.
func newNode(t testing.TB, name string, change func(*config.Config)) *node {
	t.Helper()
	c := config.Default()
	c.Name, c.Email, c.Harvest, c.BaseURL = "state", "oer@state.commonplace.example", "0", "http://oer.test"
	c.Identifier = "state.commonplace.example"
	c.AllowPeers = []string{"127.0.0.1"}
	c.SearchRate, c.ConnectionsOfOne = 0, 0 // all users of this load have one address
	if !*goals {
		c.AtOnce = 1000 // a machine that has much else to do turns nobody away
	}
	c.Listen = blobtest.FreeAddress(t)
	if *profiles != "" {
		c.MetricsListen = blobtest.FreeAddress(t)
	}
	if change != nil {
		change(&c)
	}
	if c.Data == config.Default().Data {
		folder, err := os.MkdirTemp("", "cp") // its socket's path must be short
		require.NoError(t, err)
		c.Data = folder
		t.Cleanup(func() { assert.NoError(t, os.RemoveAll(c.Data)) })
	}
	n := &node{URL: "http://" + c.Listen, settings: c}
	t.Cleanup(func() {
		n.kill()
		said := n.log.String()
		assert.NotContains(t, said, "msg=panic", "%s panicked", name)
		assert.NotContains(t, said, "\npanic: ", "%s panicked", name)
		if t.Failed() {
			file := filepath.Join(t.ArtifactDir(), strings.ReplaceAll(name, " ", "-")+".log")
			assert.NoError(t, os.WriteFile(file, []byte(said), 0o600))
			t.Logf("end of the log of %s (all of it with -artifacts in %s):\n%s", name, file, said[max(0, len(said)-8000):])
		}
	})
	return n
}

// open is the server in this process, to prepare what it holds; the function closes it.
func (n *node) open(t testing.TB) (a *app.App, done func()) {
	t.Helper()
	for _, pair := range n.env {
		name, value, _ := strings.Cut(pair, "=")
		require.NoError(t, os.Setenv(name, value))
	}
	a, err := app.Open(t.Context(), n.settings, app.Options{CheapPasswords: true})
	require.NoError(t, err)
	return a, func() {
		t.Helper()
		require.NoError(t, a.Close(context.Background()))
	}
}

func (n *node) start(t testing.TB) {
	t.Helper()
	text, err := json.Marshal(n.settings)
	require.NoError(t, err)
	n.cmd = exec.Command(cmp.Or(n.program, os.Args[0]))
	n.cmd.Env = append(append(os.Environ(), n.env...), nodeVariable+"="+string(text))
	n.cmd.Stdout, n.cmd.Stderr = &n.log, &n.log
	stdin, err := n.cmd.StdinPipe()
	require.NoError(t, err)
	n.stdin = stdin
	require.NoError(t, n.cmd.Start())
	gone := make(chan error, 1)
	n.gone = gone
	go func(cmd *exec.Cmd) { gone <- cmd.Wait() }(n.cmd)
}

// kill ends it as kill -9 does, and waits.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.gone
	_ = n.stdin.Close()
	n.cmd = nil
}

// stop ends it as an operator does.
func (n *node) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-n.gone:
		assert.NoError(t, err, "it ends well")
	case <-time.After(late):
		require.Fail(t, "the server does not stop")
	}
	_ = n.stdin.Close()
	n.cmd = nil
}

// ended reports whether the process has ended by itself.
func (n *node) ended() bool {
	if n.cmd == nil {
		return true
	}
	select {
	case err := <-n.gone:
		n.gone <- err
		return true
	default:
		return false
	}
}

// clock moves the node's clock ahead of the machine's, or behind.
func (n *node) clock(ahead time.Duration) {
	if n.cmd != nil {
		_, _ = fmt.Fprintln(n.stdin, ahead) // it may have ended
	}
}

var patient = &http.Client{Timeout: 20 * time.Second}

func (n *node) ready() bool {
	r, err := patient.Get(n.URL + "/readyz")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// stacks has every node end with its stacks in its log.
func stacks(nodes []*node) {
	for _, n := range nodes {
		if !n.ended() {
			_ = n.cmd.Process.Signal(syscall.SIGQUIT) // it may have ended
		}
	}
	time.Sleep(time.Second)
}

// await waits until every node is ready, and starts those that have ended.
func await(t testing.TB, nodes []*node) {
	t.Helper()
	for _, n := range nodes {
		deadline := time.Now().Add(late)
		for !n.ready() {
			if n.ended() {
				n.kill()
				n.start(t)
			}
			if time.Now().After(deadline) {
				stacks(nodes)
				require.Fail(t, "a node is not ready", n.URL)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// threeNodes share a database of PostgreSQL and a bucket on versitygw. Each reaches both over proxies of its own. Change,
// if not nil, changes the settings of each. They are not started. Direct ones have no proxies, which cost time.
func threeNodes(t testing.TB, direct bool, change func(*config.Config)) (nodes []*node, s3 *blobtest.Gateway) {
	t.Helper()
	database, err := url.Parse(sqldbtest.Postgres(t))
	require.NoError(t, err)
	s3 = blobtest.VersityGW(t)
	bucket := s3.NewBucket()
	proxy := func(network, target string) *load.Proxy {
		p, err := load.NewProxy(network, target)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, p.Close()) })
		return p
	}
	for i := range 3 {
		toDatabase := proxy("unix", filepath.Join(database.Query().Get("host"), ".s.PGSQL.5432"))
		toBucket := proxy("tcp", s3.Addr)
		n := newNode(t, fmt.Sprint("node ", i), func(c *config.Config) {
			host, port, err := net.SplitHostPort(toDatabase.Addr)
			require.NoError(t, err)
			c.Database = "postgres://" + database.Path + "?" + url.Values{"host": {host}, "port": {port}, "user": {"postgres"}, "sslmode": {"disable"}}.Encode()
			c.Bucket = s3.URLAt(toBucket.Addr, bucket)
			if direct {
				c.Database, c.Bucket = database.String(), s3.URL(bucket)
			}
			if change != nil {
				change(c)
			}
		})
		n.env, n.database, n.bucket = s3.Env(), toDatabase, toBucket
		nodes = append(nodes, n)
	}
	return nodes, s3
}

// memory says how much of its own the process holds, without the files that it has mapped, which are page cache.
func (n *node) memory() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid))
	if err != nil {
		return "unknown memory"
	}
	size := map[string]int{}
	for line := range strings.Lines(string(status)) {
		var name string
		var kB int
		if _, err := fmt.Sscanf(line, "%s %d kB", &name, &kB); err == nil {
			size[name] = kB / 1024
		}
	}
	return fmt.Sprintf("%d MB of its own and %d MB of files mapped", size["RssAnon:"]+size["RssShmem:"], size["RssFile:"])
}

// busy is how long the process has used a processor so far.
func (n *node) busy() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * time.Second / 100 // of Linux's clock ticks
}
