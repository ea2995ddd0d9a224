package gitstore_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

const (
	family = "0192f0c1-7d2a-7000-8000-00000000000a"
	lesson = "0192f0c1-7d2a-7000-8000-000000000001"
	remix  = "0192f0c1-7d2a-7000-8000-000000000002"
	main   = "refs/heads/main"
)

var (
	at      = gitstore.Location{Family: family, Repository: lesson}
	atRemix = gitstore.Location{Family: family, Repository: remix}
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// stores runs a test over each kind of bucket, and so over each way of reading packs.
func stores(t *testing.T, test func(t *testing.T, s *gitstore.Store)) {
	t.Run("folder", func(t *testing.T) { test(t, newFolder(t)) })
	t.Run("memory", func(t *testing.T) { test(t, gitstore.New(new(blob.Memory), gitstore.Options{})) })
	t.Run("disk cache", func(t *testing.T) {
		test(t, gitstore.New(new(blob.Memory), gitstore.Options{CacheDir: t.TempDir()}))
	})
}

func newFolder(t testing.TB) *gitstore.Store {
	t.Helper()
	b, err := blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	return gitstore.New(b, gitstore.Options{})
}

func tree(pairs ...string) map[string]gitstore.File {
	files := make(map[string]gitstore.File)
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = gitstore.File{Data: []byte(pairs[i+1])}
	}
	return files
}

// first starts a family.
func first(t testing.TB, s *gitstore.Store, files map[string]gitstore.File) (*gitstore.Repository, gitstore.Hash) {
	t.Helper()
	r, h, err := s.Save(t.Context(), at, gitstore.Save{
		Ref: main, Tree: files, Author: "Rosa Delgado", Email: "rosa@example.org", Message: "Publish", When: noon,
	})
	require.NoError(t, err)
	return r, h
}

// next saves on top of main.
func next(t testing.TB, s *gitstore.Store, base *gitstore.Repository, files map[string]gitstore.File, minutes int) (*gitstore.Repository, gitstore.Hash) {
	t.Helper()
	r, h, err := s.Save(t.Context(), base.Location(), revision(base, files, minutes))
	require.NoError(t, err)
	return r, h
}

func revision(base *gitstore.Repository, files map[string]gitstore.File, minutes int) gitstore.Save {
	return gitstore.Save{
		Base: base, Ref: main, Old: base.Head(), Parents: []gitstore.Hash{base.Head()}, Tree: files,
		Author: "Rosa Delgado", Email: "rosa@example.org", Message: "Revise", When: noon.Add(time.Duration(minutes) * time.Minute),
	}
}

// server answers git over HTTP for one location.
func server(t testing.TB, s *gitstore.Store, at gitstore.Location) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/info/refs"):
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			if err := s.AdvertiseRefs(r.Context(), at, r.URL.Query().Get("service"), r.Header.Get("Git-Protocol"), w); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
			}
		case strings.HasSuffix(r.URL.Path, "/git-upload-pack"):
			var body io.Reader = r.Body
			if r.Header.Get("Content-Encoding") == "gzip" {
				body, _ = gzip.NewReader(r.Body)
			}
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			if err := s.UploadPack(r.Context(), at, r.Header.Get("Git-Protocol"), body, w); err != nil {
				t.Log("upload pack:", err)
			}
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// git runs the real one, with nobody's configuration.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(t, dir, args...)
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(out)
}

func tryGit(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is missing: apt-get install git")
		}
		t.Skip("git is missing: apt-get install git")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"HOME="+os.TempDir(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@example.org", "GIT_ALLOW_PROTOCOL=http:file")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// clone clones and checks every object.
func clone(t testing.TB, url string, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	git(t, "", append(append([]string{"clone", "-q"}, args...), url+"/x.git", dir)...)
	fsck(t, dir)
	return dir
}

func fsck(t testing.TB, dir string) {
	t.Helper()
	out, err := tryGit(t, dir, "fsck", "--strict", "--no-dangling", "--full")
	require.NoError(t, err, out)
	require.NotContains(t, out, "warning")
}

func read(t testing.TB, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}
