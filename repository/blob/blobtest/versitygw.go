package blobtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Gateway is a versitygw that a test started: a real S3 server over a temporary folder.
type Gateway struct {
	// Addr is where it listens, host:port. It stays the same when it is started again.
	Addr string
	// Folder holds the buckets, each a folder of its own with a file for each key.
	Folder string
	// AccessKey and SecretKey are the only credentials it knows.
	AccessKey, SecretKey string

	program string
	buckets atomic.Int64

	mu       sync.Mutex
	cmd      *exec.Cmd
	lifeline io.Closer
	output   bytes.Buffer
}

const (
	gatewayRegion  = "us-east-1"
	gatewayInstall = "go install github.com/versity/versitygw/cmd/versitygw@v1.8.0"

	// tied runs its arguments and kills them at the end of its input: a test that is killed leaves no server behind.
	tied = `"$@" </dev/null & read -r _; kill -9 $!; wait $!`
)

// VersityGW starts a versitygw that ends with the test. Where the program is not found the test is skipped; with CI=true in
// the environment it fails.
func VersityGW(t testing.TB) *Gateway {
	t.Helper()
	program := findGateway()
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("versitygw is not installed: " + gatewayInstall)
		}
		t.Skip("needs an S3 server: " + gatewayInstall)
	}
	g := &Gateway{Folder: t.TempDir(), AccessKey: "commonplace", SecretKey: rand.Text(), program: program}
	t.Cleanup(g.Kill)
	g.Addr = FreeAddress(t)
	g.Start(t)
	return g
}

// findGateway looks in PATH and where go install puts programs.
func findGateway() string {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	folders := []string{os.Getenv("GOBIN")}
	if out, err := exec.Command("go", "env", "GOBIN", "GOPATH").Output(); err == nil {
		lines := strings.Split(strings.TrimRight(string(out), "\r\n"), "\n")
		folders = append(folders, lines[0], filepath.Join(lines[len(lines)-1], "bin"))
	}
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(folder, "versitygw")); err == nil {
			return path
		}
	}
	return ""
}

// Kill ends the server as kill -9 does. What it answered for is on disk.
func (g *Gateway) Kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cmd == nil {
		return
	}
	g.end()
}

func (g *Gateway) end() {
	_ = g.lifeline.Close() // its other end may be gone
	_ = g.cmd.Wait()       // it ends by being killed
	g.cmd = nil
}

// Start starts a killed server again, at the same address over the same folder, and returns when it answers.
func (g *Gateway) Start(t testing.TB) {
	t.Helper()
	var err error
	for range 20 { // the port may take a moment to be free again
		if err = g.start(t.Context()); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	require.NoError(t, err)
}

func (g *Gateway) start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cmd != nil {
		return nil
	}
	cmd := exec.Command("sh", "-c", tied, "sh",
		g.program, "--port", g.Addr, "--region", gatewayRegion, "--keep-alive", "--quiet", "posix", g.Folder)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+g.AccessKey, "ROOT_SECRET_KEY="+g.SecretKey)
	g.output.Reset()
	cmd.Stdout, cmd.Stderr = &g.output, &g.output
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	g.cmd, g.lifeline = cmd, lifeline
	for range 3000 { // more than half a minute, which nearly all machines have
		if g.answers(ctx) {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	g.end()
	return fmt.Errorf("versitygw does not answer at %s: %s", g.Addr, &g.output)
}

func (g *Gateway) answers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.Addr+"/", nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusForbidden
}

// NewBucket is the name of a bucket that nobody uses yet.
func (g *Gateway) NewBucket() string { return fmt.Sprintf("bucket-%d", g.buckets.Add(1)) }

// URL is the address of a bucket for blob.Open, which makes the bucket where it is missing. The credentials are not in it:
// see Env and Setenv.
func (g *Gateway) URL(bucket string) string { return g.URLAt(g.Addr, bucket) }

// URLAt is URL with another address before the server, such as that of a Proxy.
func (g *Gateway) URLAt(addr, bucket string) string {
	q := url.Values{"endpoint": {"http://" + addr}, "region": {gatewayRegion}, "create": {"true"}}
	return "s3://" + bucket + "?" + q.Encode()
}

// Env holds the credentials as blob.Open reads them, for the environment of another process.
func (g *Gateway) Env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + g.AccessKey, "AWS_SECRET_ACCESS_KEY=" + g.SecretKey, "AWS_SESSION_TOKEN="}
}

// Setenv puts the credentials into the environment for the time of the test, which cannot be parallel then.
func (g *Gateway) Setenv(t testing.TB) {
	t.Helper()
	for _, pair := range g.Env() {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// Options open a bucket without any environment, and make it where it is missing.
func (g *Gateway) Options(bucket string) blob.S3Options {
	return blob.S3Options{
		Endpoint: "http://" + g.Addr, Region: gatewayRegion, Bucket: bucket, Create: true,
		AccessKey: g.AccessKey, SecretKey: g.SecretKey,
	}
}

// Open opens a new bucket.
func (g *Gateway) Open(t testing.TB) *blob.S3 {
	t.Helper()
	s, err := blob.OpenS3(t.Context(), g.Options(g.NewBucket()))
	require.NoError(t, err)
	return s
}

// OpenWire opens a new bucket, and counts what goes over the wire from then on.
func (g *Gateway) OpenWire(t testing.TB) (*blob.S3, *Wire) {
	t.Helper()
	o, wire := g.Options(g.NewBucket()), new(Wire)
	o.Wrap = wire.wrap
	s, err := blob.OpenS3(t.Context(), o)
	require.NoError(t, err)
	wire.Requests()
	return s, wire
}
