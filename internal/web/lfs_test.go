package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/media"
)

// online is a world that answers on a port of this machine.
type online struct {
	*world
	base string
}

func serve(t *testing.T, store blob.Store, o media.Options) online {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	base := "http://" + l.Addr().String()
	w := newWorldOn(t, store, base, o)
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(l) }()
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		require.NoError(t, w.server.Shutdown(stop))
		require.NoError(t, <-served)
	})
	return online{w, base}
}

// author makes an account and returns its token.
func (o online) author(name string) string {
	o.t.Helper()
	_, err := o.accounts.Add(o.t.Context(), name, name, accounts.Author, "correct horse battery")
	require.NoError(o.t, err)
	return o.token(name)
}

// send makes a request over the network and reads the answer.
func (o online) send(method, address string, body io.Reader, headers map[string]string) answer {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, address, body)
	require.NoError(o.t, err)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(o.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(o.t, err)
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// refused reports whether an upload was turned away: by a status, or by a server that had seen enough and hung up.
func (o online) refused(address string, body []byte, headers map[string]string) bool {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPut, address, bytes.NewReader(body))
	require.NoError(o.t, err)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return true
	}
	defer resp.Body.Close()
	return resp.StatusCode >= 400
}

// batch asks the git LFS API of a repository.
func (o online) batch(repo, operation, token string, objects ...media.Pointer) (answer, []media.Object) {
	o.t.Helper()
	question := media.BatchRequest{Operation: operation, Transfers: []string{"lfs-standalone-file", "basic"}, HashAlgo: "sha256"}
	for _, p := range objects {
		question.Objects = append(question.Objects, media.Object{OID: p.OID, Size: p.Size})
	}
	b, err := json.Marshal(question)
	require.NoError(o.t, err)
	headers := map[string]string{"Accept": media.MediaType, "Content-Type": media.MediaType}
	if token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	a := o.send(http.MethodPost, o.base+"/r/"+repo+"/info/lfs/objects/batch", bytes.NewReader(b), headers)
	assert.Equal(o.t, media.MediaType, a.header.Get("Content-Type"))
	var got media.BatchAnswer
	require.NoError(o.t, json.Unmarshal([]byte(a.body), &got), a.body)
	return a, got.Objects
}

// film is a file that becomes media, of one letter.
func film(letter string) []byte { return bytes.Repeat([]byte(letter), media.Threshold+1000) }

func pointerTo(t *testing.T, b []byte) media.Pointer {
	t.Helper()
	p, err := media.Sum(bytes.NewReader(b))
	require.NoError(t, err)
	return p
}

// withFilm is a lesson with a large file.
func withFilm(letter string) fstest.MapFS {
	files := lessonFiles()
	files["media/my film.mp4"] = &fstest.MapFile{Data: film(letter)}
	return files
}

func TestUploadTakesExactlyWhatWasAnnounced(t *testing.T) {
	t.Parallel()
	folder, err := blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	o := serve(t, folder, media.Options{})
	token := o.author("rosa")
	good := film("a")
	p := pointerTo(t, good)

	a, objects := o.batch("rosa/halves.git", "upload", token, p)
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Len(t, objects, 1)
	require.Nil(t, objects[0].Error)
	upload, verify := objects[0].Actions["upload"], objects[0].Actions["verify"]
	question := `{"oid":"` + string(p.OID) + `","size":` + itoa(int(p.Size)) + `}`
	assert.Equal(t, http.StatusNotFound, o.send(http.MethodPost, verify.Href, strings.NewReader(question), nil).status)

	for name, body := range map[string][]byte{"other bytes": film("b"), "fewer": good[1:]} {
		a := o.send(http.MethodPut, upload.Href, bytes.NewReader(body), nil)
		assert.Equal(t, http.StatusUnprocessableEntity, a.status, name)
	}
	chunked := o.send(http.MethodPut, upload.Href, io.MultiReader(bytes.NewReader(film("b"))), nil)
	assert.Equal(t, http.StatusUnprocessableEntity, chunked.status, "without a length")
	assert.Equal(t, http.StatusRequestEntityTooLarge,
		o.send(http.MethodPut, upload.Href, bytes.NewReader(append(film("a"), 'x')), nil).status, "more")
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodPut, strings.Replace(upload.Href, "size=", "size=1", 1), strings.NewReader("x"), nil).status)
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodGet, upload.Href, nil, nil).status, "an address for one thing is for nothing else")
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodPost, strings.Replace(upload.Href, "/media/", "/media/verify/", 1), strings.NewReader(question), nil).status)
	_, objects = o.batch("rosa/halves.git", "upload", token, p)
	assert.NotEmpty(t, objects[0].Actions, "nothing was stored")

	assert.Equal(t, http.StatusOK, o.send(http.MethodPut, upload.Href, bytes.NewReader(good), nil).status)
	assert.Equal(t, http.StatusOK, o.send(http.MethodPut, upload.Href, bytes.NewReader(good), nil).status, "again changes nothing")
	assert.Equal(t, http.StatusOK, o.send(http.MethodPost, verify.Href, strings.NewReader(question), nil).status)
	assert.Equal(t, http.StatusUnprocessableEntity,
		o.send(http.MethodPost, verify.Href, strings.NewReader(strings.Replace(question, `"size":1`, `"size":2`, 1)), nil).status)
	_, objects = o.batch("rosa/halves.git", "upload", token, p)
	assert.Empty(t, objects[0].Actions, "what is here need not be sent")
	assert.Nil(t, objects[0].Error)
}

func TestUploadIsForThoseWhoMayWriteThere(t *testing.T) {
	t.Parallel()
	o := serve(t, new(blob.Memory), media.Options{})
	rosa, ana := o.author("rosa"), o.author("ana")
	p := pointerTo(t, film("a"))
	a, _ := o.batch("rosa/halves.git", "upload", "", p)
	assert.Equal(t, http.StatusUnauthorized, a.status)
	assert.Contains(t, a.header.Get("LFS-Authenticate"), "Basic")
	a, _ = o.batch("rosa/halves.git", "upload", "cpt_wrong", p)
	assert.Equal(t, http.StatusUnauthorized, a.status)
	a, _ = o.batch("rosa/halves.git", "upload", ana, p)
	assert.Equal(t, http.StatusForbidden, a.status)
	reading, _, err := o.accounts.CreateToken(t.Context(), "rosa", "read", []accounts.Scope{accounts.ScopeRead}, 0)
	require.NoError(t, err)
	a, _ = o.batch("rosa/halves.git", "upload", reading, p)
	assert.Equal(t, http.StatusForbidden, a.status)
	for _, repo := range []string{"rosa/halves.git", "rosa/halves", "rosa/unit/part.git"} {
		a, objects := o.batch(repo, "upload", rosa, p)
		require.Equal(t, http.StatusOK, a.status, repo)
		assert.NotEmpty(t, objects[0].Actions["upload"].Href, repo)
	}
}

func TestBatchAnswersByTheSpecification(t *testing.T) {
	t.Parallel()
	o := serve(t, new(blob.Memory), media.Options{})
	token := o.author("rosa")
	o.publish("rosa/halves", withFilm("a"))
	p := pointerTo(t, film("a"))
	post := func(path, body string) answer {
		return o.send(http.MethodPost, o.base+"/r/rosa/halves.git/info/lfs/"+path, strings.NewReader(body),
			map[string]string{"Authorization": "Bearer " + token})
	}
	many := strings.Repeat(`{"oid":"x","size":1},`, lfsObjects)
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"no operation":   {"objects/batch", `{"objects":[]}`, 422},
		"not JSON":       {"objects/batch", `operation=download`, 422},
		"other hash":     {"objects/batch", `{"operation":"download","hash_algo":"sha512","objects":[]}`, 409},
		"other transfer": {"objects/batch", `{"operation":"download","transfers":["tus"],"objects":[]}`, 422},
		"too many":       {"objects/batch", `{"operation":"download","objects":[` + many + `{}]}`, 413},
		"too long":       {"objects/batch", `{"operation":"download"}` + strings.Repeat(" ", lfsLimit), 413},
		"locks":          {"locks/verify", `{}`, 404},
		"minimal":        {"objects/batch", `{"operation":"download","objects":[]}`, 200},
	} {
		a := post(c.path, c.body)
		assert.Equal(t, c.status, a.status, name)
		assert.Equal(t, media.MediaType, a.header.Get("Content-Type"), name)
		var answer struct{ Message, Transfer string }
		require.NoError(t, json.Unmarshal([]byte(a.body), &answer), name)
		assert.NotEmpty(t, answer.Message+answer.Transfer, name)
	}
	assert.Equal(t, http.StatusNotFound, o.send(http.MethodGet, o.base+"/r/rosa/halves.git/info/lfs/locks", nil, nil).status)
	assert.Equal(t, http.StatusMethodNotAllowed, o.send(http.MethodGet, o.base+"/r/rosa/halves.git/info/lfs/objects/batch", nil, nil).status)

	_, objects := o.batch("rosa/halves.git", "upload", token, media.Pointer{OID: pointerTo(t, film("z")).OID, Size: 2 << 30},
		media.Pointer{OID: "short", Size: 1}, p)
	require.Len(t, objects, 3)
	for _, refused := range objects[:2] {
		require.NotNil(t, refused.Error)
		assert.Equal(t, http.StatusUnprocessableEntity, refused.Error.Code)
		assert.Empty(t, refused.Actions)
	}
	assert.Nil(t, objects[2].Error, "one bad object does not spoil the others")
}

func TestDownloadIsForWhatAPublishedRevisionPointsTo(t *testing.T) {
	t.Parallel()
	o := serve(t, new(blob.Memory), media.Options{})
	token := o.author("rosa")
	first := o.publish("rosa/halves", withFilm("a"))
	o.publish("rosa/halves", withFilm("b"))
	o.publish("rosa/halves", lessonFiles())
	o.publish("ana/other", withFilm("c"))
	a, b, c := pointerTo(t, film("a")), pointerTo(t, film("b")), pointerTo(t, film("c"))
	draft := pointerTo(t, film("d"))
	_, objects := o.batch("rosa/halves.git", "upload", token, draft)
	require.Equal(t, http.StatusOK, o.send(http.MethodPut, objects[0].Actions["upload"].Href, bytes.NewReader(film("d")), nil).status)

	codes := func(repo string, list ...media.Pointer) (codes []int) {
		_, objects := o.batch(repo, "download", "", list...)
		for _, object := range objects {
			code := http.StatusOK
			if object.Error != nil {
				code = object.Error.Code
				assert.Empty(t, object.Actions)
			}
			codes = append(codes, code)
		}
		return codes
	}
	for range 2 {
		assert.Equal(t, []int{200, 200, 404, 404}, codes("rosa/halves.git", a, b, c, draft), "old revisions count, others' media do not")
	}
	assert.Equal(t, []int{404, 404, 200, 404}, codes("ana/other", a, b, c, draft))
	assert.Equal(t, []int{422}, codes("ana/other", media.Pointer{OID: c.OID, Size: 5}))
	none, _ := o.batch("rosa/none.git", "download", "", a)
	assert.Equal(t, http.StatusNotFound, none.status)

	require.NoError(t, o.repo.Withdraw(t.Context(), first.Address, "mistake"))
	gone, _ := o.batch("rosa/halves.git", "download", "", a)
	assert.Equal(t, http.StatusNotFound, gone.status)
}

// gitLFS runs git with git-lfs set up, as its own user.
type gitLFS struct {
	t   *testing.T
	env []string
}

func newGitLFS(t *testing.T) gitLFS {
	t.Helper()
	for _, program := range []string{"git", "git-lfs"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: apt-get install %s", program, program)
			}
			t.Skipf("needs %s: apt-get install %s", program, program)
		}
	}
	home := t.TempDir()
	g := gitLFS{t, append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "HOME="+home, "XDG_CONFIG_HOME="+home)}
	g.run("", "lfs", "install", "--skip-repo")
	g.run("", "config", "--global", "user.name", "Rosa")
	g.run("", "config", "--global", "user.email", "rosa@example.org")
	return g
}

func (g gitLFS) run(folder string, args ...string) string {
	g.t.Helper()
	out, err := g.try(folder, args...)
	require.NoError(g.t, err, out)
	return out
}

func (g gitLFS) try(folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(g.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = folder, g.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// buckets are those whose addresses are this server's, and the store's own.
func buckets(t *testing.T, test func(t *testing.T, store blob.Store)) {
	t.Run("folder", func(t *testing.T) {
		folder, err := blob.OpenFolder(t.TempDir())
		require.NoError(t, err)
		test(t, folder)
	})
	t.Run("S3", func(t *testing.T) { test(t, blobtest.VersityGW(t).Open(t)) })
}

func TestCloneWithGitLFSHasTheRealFiles(t *testing.T) {
	t.Parallel()
	g := newGitLFS(t)
	buckets(t, func(t *testing.T, store blob.Store) {
		g := gitLFS{t, g.env}
		o := serve(t, store, media.Options{})
		files := withFilm("a")
		files["ünïcode [1]*.wav"] = &fstest.MapFile{Data: film("b")}
		o.publish("rosa/halves", files)
		for _, address := range []string{"/r/rosa/halves", "/r/rosa/halves.git"} {
			into := filepath.Join(t.TempDir(), "clone")
			g.run("", "clone", "-q", o.base+address, into)
			for name, want := range files {
				b, err := os.ReadFile(filepath.Join(into, name))
				require.NoError(t, err)
				assert.True(t, bytes.Equal(want.Data, b), name)
			}
			assert.Empty(t, g.run(into, "status", "--porcelain"))
			assert.Len(t, strings.Split(strings.TrimSpace(g.run(into, "lfs", "ls-files")), "\n"), 2)
			assert.Equal(t, string(pointerTo(t, film("a")).Bytes()), g.run(into, "show", "HEAD:media/my film.mp4"))
			g.run(into, "fsck", "--strict")
			g.run(into, "lfs", "fsck")

			again, err := o.repo.Publish(t.Context(), repository.Publication{
				Owner: "rosa", Slug: "halves", Files: os.DirFS(into), Actor: repository.Actor{Name: "rosa", Display: "rosa"},
			})
			require.NoError(t, err)
			assert.True(t, again.Unchanged, "the clone is what was published")
		}
	})
}

func TestGitLFSUploadsTheFilesOfAClone(t *testing.T) {
	t.Parallel()
	g := newGitLFS(t)
	buckets(t, func(t *testing.T, store blob.Store) {
		g := gitLFS{t, g.env}
		o := serve(t, store, media.Options{})
		token := o.author("rosa")
		o.publish("rosa/halves", withFilm("a"))
		into := filepath.Join(t.TempDir(), "clone")
		u, err := url.Parse(o.base + "/r/rosa/halves.git")
		require.NoError(t, err)
		u.User = url.UserPassword("rosa", token)
		g.run("", "clone", "-q", u.String(), into)
		require.NoError(t, os.WriteFile(filepath.Join(into, "media/my film.mp4"), film("b"), 0o644))
		g.run(into, "commit", "-q", "-a", "-m", "Another film")

		b := pointerTo(t, film("b"))
		g.run(into, "lfs", "push", "--object-id", "origin", string(b.OID))
		_, objects := o.batch("rosa/halves.git", "upload", token, b)
		assert.Empty(t, objects[0].Actions, "it has arrived")

		stranger := filepath.Join(t.TempDir(), "stranger")
		g.run("", "clone", "-q", o.base+"/r/rosa/halves.git", stranger)
		require.NoError(t, os.WriteFile(filepath.Join(stranger, "media/my film.mp4"), film("c"), 0o644))
		g.run(stranger, "commit", "-q", "-a", "-m", "A third film")
		c := pointerTo(t, film("c"))
		_, err = g.try(stranger, "lfs", "push", "--object-id", "origin", string(c.OID))
		require.Error(t, err)
		_, objects = o.batch("rosa/halves.git", "upload", token, c)
		assert.NotEmpty(t, objects[0].Actions, "nothing has arrived")
	})
}

func TestBucketItselfRefusesWrongBytes(t *testing.T) {
	t.Parallel()
	o := serve(t, blobtest.VersityGW(t).Open(t), media.Options{})
	token := o.author("rosa")
	p := pointerTo(t, film("a"))
	_, objects := o.batch("rosa/halves.git", "upload", token, p)
	upload := objects[0].Actions["upload"]
	require.NotContains(t, upload.Href, o.base, "the address is the bucket's own")
	assert.True(t, o.refused(upload.Href, film("b"), upload.Header))
	assert.True(t, o.refused(upload.Href, film("a"), nil), "without the checksum")
	forged := maps.Clone(upload.Header)
	for name := range forged {
		if strings.Contains(strings.ToLower(name), "checksum") {
			forged[name] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
		}
	}
	assert.True(t, o.refused(upload.Href, film("b"), forged))
	_, objects = o.batch("rosa/halves.git", "upload", token, p)
	require.NotEmpty(t, objects[0].Actions, "nothing was stored")
	assert.Equal(t, http.StatusOK, o.send(http.MethodPut, upload.Href, bytes.NewReader(film("a")), upload.Header).status)
	_, objects = o.batch("rosa/halves.git", "upload", token, p)
	assert.Empty(t, objects[0].Actions)

	through := serve(t, new(blob.Memory), media.Options{Through: true})
	_, objects = through.batch("rosa/halves.git", "upload", through.author("rosa"), p)
	assert.Contains(t, objects[0].Actions["upload"].Href, through.base)
}

func TestGitPushBringsLargeFilesAlong(t *testing.T) {
	t.Parallel()
	g := newGitLFS(t)
	buckets(t, func(t *testing.T, store blob.Store) {
		g := gitLFS{t, g.env}
		o := serve(t, store, media.Options{})
		u, err := url.Parse(o.base + "/r/rosa/halves.git")
		require.NoError(t, err)
		u.User = url.UserPassword("rosa", o.author("rosa"))
		work := t.TempDir()
		write := func(name string, b []byte) { require.NoError(t, os.WriteFile(filepath.Join(work, name), b, 0o644)) }
		g.run(work, "init", "-q", "-b", "main")
		g.run(work, "lfs", "track", "*.mp4")
		write("index.md", []byte(lessonText))
		write("film.mp4", film("a"))
		g.run(work, "add", ".")
		g.run(work, "commit", "-q", "-m", "A lesson with a film")
		g.run(work, "remote", "add", "origin", u.String())
		g.run(work, "push", "-q", "origin", "main")
		assert.Equal(t, string(film("a")), o.send(http.MethodGet, o.base+"/r/rosa/halves/raw/film.mp4", nil, nil).body)

		write("film.mp4", film("b"))
		g.run(work, "commit", "-q", "-a", "-m", "Another film")
		without := gitLFS{t, append(g.env, "GIT_LFS_SKIP_PUSH=1")}
		out, err := without.try(work, "push", "-q", "origin", "main")
		require.Error(t, err)
		assert.Contains(t, out, "film.mp4: error:")
		assert.Contains(t, out, "git lfs push")
		g.run(work, "push", "-q", "origin", "main")

		into := filepath.Join(t.TempDir(), "clone")
		g.run("", "clone", "-q", o.base+"/r/rosa/halves", into)
		for revision, want := range map[string][]byte{"HEAD": film("b"), "HEAD~1": film("a")} {
			g.run(into, "checkout", "-q", revision)
			b, err := os.ReadFile(filepath.Join(into, "film.mp4"))
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, b), revision)
			g.run(into, "checkout", "-q", "main")
		}
		again, err := o.repo.Publish(t.Context(), repository.Publication{
			Owner: "rosa", Slug: "halves", Files: os.DirFS(into), Actor: repository.Actor{Name: "rosa", Display: "rosa"},
		})
		require.NoError(t, err)
		assert.True(t, again.Unchanged, "its own pattern tracks the film already")
	})
}
