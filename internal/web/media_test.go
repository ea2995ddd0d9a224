package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
)

func TestRangesOfBytes(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                            "0 10 false true",
		"bytes=0-":                    "0 10 true true",
		"bytes=0-0":                   "0 1 true true",
		"bytes=3-5":                   "3 3 true true",
		"bytes=9-20":                  "9 1 true true",
		"bytes=-4":                    "6 4 true true",
		"bytes=-40":                   "0 10 true true",
		"bytes=10-":                   "0 0 true false",
		"bytes=99-100":                "0 0 true false",
		"bytes=-0":                    "10 0 true false",
		"bytes=5-3":                   "0 10 false true",
		"bytes=1-2,4-5":               "0 10 false true",
		"bytes=a-b":                   "0 10 false true",
		"bytes=-":                     "0 10 false true",
		"lines=1-2":                   "0 10 false true",
		"bytes=99999999999999999999-": "0 10 false true",
	} {
		start, length, part, ok := byteRange(header, 10)
		assert.Equal(t, want, fmt.Sprint(start, length, part, ok), header)
	}
}

func TestMediaIsServedWholeAndInParts(t *testing.T) {
	t.Parallel()
	o := serve(t, new(blob.Memory), media.Options{})
	o.publish("rosa/halves", withFilm("a"))
	content := film("a")
	p := pointerTo(t, content)
	_, objects := o.batch("rosa/halves.git", "download", "", p)
	signed := objects[0].Actions["download"].Href
	raw := o.base + "/r/rosa/halves/raw/media/my%20film.mp4"
	for _, address := range []string{signed, raw} {
		whole := o.send(http.MethodGet, address, nil, nil)
		require.Equal(t, http.StatusOK, whole.status, address)
		assert.True(t, whole.body == string(content), address)
		assert.Equal(t, "nosniff", whole.header.Get("X-Content-Type-Options"))
		assert.Contains(t, whole.header.Get("Content-Security-Policy"), "sandbox")
		tag := whole.header.Get("ETag")
		assert.Equal(t, `"`+string(p.OID)+`"`, tag)

		head := o.send(http.MethodHead, address, nil, nil)
		assert.Equal(t, http.StatusOK, head.status)
		assert.Empty(t, head.body)
		assert.Equal(t, itoa(len(content)), head.header.Get("Content-Length"))

		part := o.send(http.MethodGet, address, nil, map[string]string{"Range": "bytes=10-19"})
		assert.Equal(t, http.StatusPartialContent, part.status)
		assert.Equal(t, "aaaaaaaaaa", part.body)
		assert.Equal(t, "bytes 10-19/"+itoa(len(content)), part.header.Get("Content-Range"))
		assert.Equal(t, http.StatusRequestedRangeNotSatisfiable,
			o.send(http.MethodGet, address, nil, map[string]string{"Range": "bytes=" + itoa(len(content)) + "-"}).status)
		assert.Equal(t, http.StatusNotModified, o.send(http.MethodGet, address, nil, map[string]string{"If-None-Match": tag}).status)
		assert.Equal(t, http.StatusPartialContent, o.send(http.MethodGet, address, nil, map[string]string{"Range": "bytes=0-1", "If-Range": tag}).status)
		assert.Equal(t, http.StatusOK, o.send(http.MethodGet, address, nil, map[string]string{"Range": "bytes=0-1", "If-Range": `"old"`}).status)
	}
	a := o.send(http.MethodGet, signed, nil, nil)
	assert.Contains(t, a.header.Get("Content-Disposition"), "attachment")
	assert.Contains(t, a.header.Get("Cache-Control"), "private", "who has the address may have it, until it ends")
	assert.Equal(t, "video/mp4", o.send(http.MethodGet, raw, nil, nil).header.Get("Content-Type"))

	forged := strings.Replace(signed, "signature=", "signature=A", 1)
	for _, address := range []string{forged, signed[:strings.Index(signed, "?")], strings.Replace(signed, "expires=", "expires=9", 1)} {
		a := o.send(http.MethodGet, address, nil, nil)
		assert.Equal(t, http.StatusForbidden, a.status, address)
		assert.Contains(t, a.header.Get("Content-Type"), "text/plain")
	}
	assert.Equal(t, http.StatusNotFound, o.send(http.MethodGet, o.base+"/media/short", nil, nil).status)
}

func TestExpiredAddressesAreRefused(t *testing.T) {
	t.Parallel()
	now := time.Now()
	o := serve(t, new(blob.Memory), media.Options{Now: func() time.Time { return now }})
	token := o.author("rosa")
	o.publish("rosa/halves", withFilm("a"))
	_, down := o.batch("rosa/halves.git", "download", "", pointerTo(t, film("a")))
	_, up := o.batch("rosa/halves.git", "upload", token, pointerTo(t, film("b")))
	get, put, verify := down[0].Actions["download"].Href, up[0].Actions["upload"].Href, up[0].Actions["verify"].Href
	require.Equal(t, http.StatusOK, o.send(http.MethodHead, get, nil, nil).status)
	now = now.Add(time.Hour)
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodHead, get, nil, nil).status)
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodPut, put, strings.NewReader("b"), nil).status)
	assert.Equal(t, http.StatusForbidden, o.send(http.MethodPost, verify, strings.NewReader("{}"), nil).status)
}

func TestLargeFilesStandBesideGit(t *testing.T) {
	t.Parallel()
	store := new(blob.Memory)
	w := newWorldOn(t, store, testBase, media.Options{})
	count := func() (n int) {
		for _, err := range store.List(t.Context(), "media/") {
			require.NoError(t, err)
			n++
		}
		return n
	}
	files := withFilm("a")
	files["media/small.bin"] = &fstest.MapFile{Data: bytes.Repeat([]byte("s"), media.Threshold)}
	publish := func(files fs.FS, dry bool) repository.Outcome {
		out, err := w.repo.Publish(t.Context(), repository.Publication{
			Owner: "rosa", Slug: "halves", Files: files, Actor: repository.Actor{Name: "rosa", Display: "rosa"}, DryRun: dry,
		})
		require.NoError(t, err)
		return out
	}
	publish(files, true)
	assert.Zero(t, count(), "checking stores nothing")
	first := publish(files, false)
	assert.True(t, first.Created)
	assert.Equal(t, 1, count())
	assert.Greater(t, first.Resource.Size, int64(2*media.Threshold), "the size is that of the real files")
	assert.True(t, publish(files, false).Unchanged)

	fsys, err := w.repo.Files(t.Context(), first.Resource)
	require.NoError(t, err)
	b, err := fs.ReadFile(fsys, "media/my film.mp4")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(film("a"), b))
	attributes, err := fs.ReadFile(fsys, ".gitattributes")
	require.NoError(t, err)
	assert.Equal(t, `"/media/my film.mp4" filter=lfs diff=lfs merge=lfs -text`+"\n", string(attributes))

	t.Run("an edit of the text keeps them", func(t *testing.T) {
		w.signIn("rosa", accounts.Author)
		page := w.get("/r/rosa/halves/edit").body
		values := fields(t, page)
		values.Set("text", strings.Replace(values.Get("text"), "twice", "three times", 1))
		a := w.post("/r/rosa/halves/edit", values)
		require.Equal(t, http.StatusSeeOther, a.status, a.body)
		assert.Equal(t, string(film("a")), w.get("/r/rosa/halves/raw/media/my%20film.mp4").body)
		assert.Equal(t, 1, count())
	})
	t.Run("a download has the real file", func(t *testing.T) {
		a := w.get("/r/rosa/halves/download.zip")
		require.Equal(t, http.StatusOK, a.status)
		z, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
		require.NoError(t, err)
		b, err := fs.ReadFile(z, "halves/media/my film.mp4")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(film("a"), b))
	})
	t.Run("a remix shares them", func(t *testing.T) {
		out, err := w.repo.Remix(t.Context(), repository.Remix{Source: first.Resource.ID, Owner: "ana", Slug: "ours",
			Actor: repository.Actor{Name: "ana", Display: "Ana"}})
		require.NoError(t, err)
		assert.Equal(t, 1, count())
		fsys, err := w.repo.Files(t.Context(), out.Resource)
		require.NoError(t, err)
		b, err := fs.ReadFile(fsys, "media/my film.mp4")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(film("a"), b))
	})
	t.Run("a rebuilt catalog shows the same", func(t *testing.T) {
		before, err := w.repo.Resource(t.Context(), first.Resource.Address)
		require.NoError(t, err)
		require.NoError(t, w.catalog.Forget(t.Context()))
		_, _, err = w.repo.Heal(t.Context(), nil)
		require.NoError(t, err)
		after, err := w.repo.Resource(t.Context(), first.Resource.Address)
		require.NoError(t, err)
		assert.Equal(t, before.Size, after.Size)
		assert.Equal(t, before.Revision, after.Revision)
	})
}

func TestRemixOfAPartTracksItsMedia(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := fstest.MapFS{"index.md": {Data: []byte(strings.Replace(lessonText, "type: lesson", "type: unit", 1))}}
	for name, f := range withFilm("a") {
		files["one/"+name] = f
	}
	w.publish("rosa/unit", files)
	part, err := w.repo.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "unit", Part: "one"})
	require.NoError(t, err)
	out, err := w.repo.Remix(t.Context(), repository.Remix{Source: part.ID, Owner: "ana", Actor: repository.Actor{Name: "ana", Display: "Ana"}})
	require.NoError(t, err)
	fsys, err := w.repo.Files(t.Context(), out.Resource)
	require.NoError(t, err)
	attributes, err := fs.ReadFile(fsys, ".gitattributes")
	require.NoError(t, err)
	assert.Contains(t, string(attributes), `"/media/my film.mp4" filter=lfs`)
}

func TestPointersToNothingAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := lessonFiles()
	files["media/film.mp4"] = &fstest.MapFile{Data: pointerTo(t, film("a")).Bytes()}
	publication := repository.Publication{Owner: "rosa", Slug: "halves", Files: files, Actor: repository.Actor{Name: "rosa", Display: "rosa"}}
	_, err := w.repo.Publish(t.Context(), publication)
	require.ErrorIs(t, err, kind.ErrInvalid)
	assert.Contains(t, err.Error(), "media/film.mp4")
	assert.Contains(t, err.Error(), "git lfs push")

	w.publish("rosa/other", withFilm("a"))
	out, err := w.repo.Publish(t.Context(), publication)
	require.NoError(t, err, "what is stored may be pointed to")
	fsys, err := w.repo.Files(t.Context(), out.Resource)
	require.NoError(t, err)
	b, err := fs.ReadFile(fsys, "media/film.mp4")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(film("a"), b))
}

// pattern is a long file that is nowhere in memory.
type pattern struct{ left int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), p.left)
	for i := range b[:n] {
		b[i] = byte(p.left - int64(i)>>8)
	}
	p.left -= n
	return int(n), nil
}

// TestLargeFilesNeverPassThroughMemory counts all that is allocated, by the client too, while 64 MB go up, come down and are
// published.
func TestLargeFilesNeverPassThroughMemory(t *testing.T) { // alone: it measures what the process allocates
	const size, bound = 64 << 20, 16 << 20
	folder, err := blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	o := serve(t, folder, media.Options{})
	token := o.author("rosa")
	p, err := media.Sum(&pattern{size})
	require.NoError(t, err)
	allocated := func(what string, do func()) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		do()
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(bound), what)
	}
	_, objects := o.batch("rosa/halves.git", "upload", token, p)
	allocated("upload", func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, objects[0].Actions["upload"].Href, &pattern{size})
		require.NoError(t, err)
		req.ContentLength = size
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
	})
	files := lessonFiles()
	allocated("publish", func() {
		o.publish("rosa/more", longFile{files, "media/long.mp4", size + 1000})
	})
	allocated("publish what is there", func() {
		o.publish("rosa/halves", longFile{files, "media/long.mp4", size})
	})
	read := func(address string) {
		resp, err := http.Get(address)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode)
		got, err := media.Sum(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, p, got)
	}
	allocated("raw", func() { read(o.base + "/r/rosa/halves/raw/media/long.mp4") })
	_, objects = o.batch("rosa/halves.git", "download", "", p)
	allocated("download", func() { read(objects[0].Actions["download"].Href) })
	allocated("zip", func() {
		resp, err := http.Get(o.base + "/r/rosa/halves/download.zip")
		require.NoError(t, err)
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		assert.Greater(t, n, int64(size))
	})
}

// longFile is a folder with one file more, which is made while it is read.
type longFile struct {
	fstest.MapFS
	name string
	size int64
}

// Open implements fs.FS.
func (l longFile) Open(name string) (fs.File, error) {
	if name == l.name {
		return &made{pattern: pattern{l.size}, info: madeInfo{l.size}}, nil
	}
	return l.listed().Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (l longFile) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(l.listed(), name)
	for i, e := range list {
		if name+"/"+e.Name() == l.name {
			list[i] = fs.FileInfoToDirEntry(madeInfo{l.size})
		}
	}
	return list, err
}

func (l longFile) listed() fstest.MapFS {
	files := fstest.MapFS{l.name: {Data: []byte("stands for the long one")}}
	for name, f := range l.MapFS {
		files[name] = f
	}
	return files
}

type made struct {
	pattern
	info madeInfo
}

func (m *made) Stat() (fs.FileInfo, error) { return m.info, nil }
func (m *made) Close() error               { return nil }

type madeInfo struct{ size int64 }

func (i madeInfo) Name() string       { return "long.mp4" }
func (i madeInfo) Size() int64        { return i.size }
func (i madeInfo) Mode() fs.FileMode  { return 0o444 }
func (i madeInfo) ModTime() time.Time { return time.Time{} }
func (i madeInfo) IsDir() bool        { return false }
func (i madeInfo) Sys() any           { return nil }

func TestRemixOfAHarvestedLessonBringsItsMedia(t *testing.T) {
	t.Parallel()
	state := serve(t, new(blob.Memory), media.Options{})
	published := state.publish("rosa/halves", withFilm("a"))
	store := new(blob.Memory)
	district := newWorldOn(t, store, "http://district.test", media.Options{})
	require.NoError(t, district.catalog.SavePeer(t.Context(), federation.Peer{Name: "state", URL: state.base + "/oai"}))
	harvester := federation.NewHarvester(federation.HarvesterOptions{Inbox: district.catalog, Client: http.DefaultClient, Namespace: "district.test"})
	_, err := harvester.Run(t.Context(), "state", federation.RunOptions{})
	require.NoError(t, err)
	harvested, err := district.repo.ByIdentifier(t.Context(), published.Identifier)
	require.NoError(t, err)

	remix := repository.Remix{Source: harvested.ID, Owner: "ana", Slug: "ours", Actor: repository.Actor{Name: "ana", Display: "Ana"}}
	out, err := district.repo.Remix(t.Context(), remix)
	require.NoError(t, err)
	a := district.get("/r/ana/ours/raw/media/my%20film.mp4")
	assert.Equal(t, http.StatusOK, a.status)
	assert.True(t, a.body == string(film("a")))
	assert.Greater(t, out.Resource.Size, int64(media.Threshold))

	require.NoError(t, store.Delete(t.Context(), pointerTo(t, film("a")).OID.Key()))
	require.NoError(t, state.repo.Withdraw(t.Context(), published.Address, "mistake"))
	remix.Slug = "again"
	_, err = district.repo.Remix(t.Context(), remix)
	require.ErrorIs(t, err, kind.ErrUnavailable, "a remix without its film is none")
	_, err = district.repo.Resource(t.Context(), repository.Address{Owner: "ana", Slug: "again"})
	assert.ErrorIs(t, err, kind.ErrNotFound)
}
