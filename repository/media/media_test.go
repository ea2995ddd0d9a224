package media_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
)

const base = "http://oer.test"

var secret = bytes.Repeat([]byte("k"), 32)

// both runs a test over a store that is a folder and one that is not.
func both(t *testing.T, o media.Options, test func(t *testing.T, s *media.Store, b blob.Store)) {
	o.BaseURL, o.Secret = base, secret
	for name, open := range map[string]func(t *testing.T) blob.Store{
		"memory": func(*testing.T) blob.Store { return new(blob.Memory) },
		"folder": func(t *testing.T) blob.Store {
			b, err := blob.OpenFolder(t.TempDir())
			require.NoError(t, err)
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			o.Temp = t.TempDir()
			s, err := media.New(b, o)
			require.NoError(t, err)
			test(t, s, b)
		})
	}
}

func pointerOf(t testing.TB, content string) media.Pointer {
	t.Helper()
	p, err := media.Sum(strings.NewReader(content))
	require.NoError(t, err)
	return p
}

func keys(t *testing.T, b blob.Store) (list []string) {
	t.Helper()
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		list = append(list, info.Key)
	}
	return list
}

func TestPutStoresExactlyWhatThePointerSays(t *testing.T) {
	both(t, media.Options{Max: 10}, func(t *testing.T, s *media.Store, b blob.Store) {
		p := pointerOf(t, "film")
		for name, c := range map[string]struct {
			pointer media.Pointer
			body    string
			want    error
		}{
			"other bytes": {p, "filn", media.ErrContent},
			"fewer":       {p, "fil", media.ErrContent},
			"more":        {p, "film!", media.ErrContent},
			"wrong size":  {media.Pointer{OID: p.OID, Size: 3}, "film", media.ErrContent},
			"too large":   {media.Pointer{OID: p.OID, Size: 11}, "film", media.ErrTooLarge},
			"no name":     {media.Pointer{OID: "../" + p.OID[3:], Size: 4}, "film", kind.ErrInvalid},
			"empty":       {pointerOf(t, ""), "", kind.ErrInvalid},
		} {
			assert.ErrorIs(t, s.Put(t.Context(), c.pointer, strings.NewReader(c.body)), c.want, name)
		}
		assert.Empty(t, keys(t, b))
		has, err := s.Has(t.Context(), p)
		require.NoError(t, err)
		assert.False(t, has)
		_, err = s.Open(t.Context(), p.OID, 0, 0)
		assert.ErrorIs(t, err, kind.ErrNotFound)

		for range 2 {
			require.NoError(t, s.Put(t.Context(), p, strings.NewReader("film")))
		}
		assert.Equal(t, []string{"media/" + string(p.OID)}, keys(t, b))
		size, err := s.Size(t.Context(), p.OID)
		require.NoError(t, err)
		assert.Equal(t, int64(4), size)
		has, err = s.Has(t.Context(), media.Pointer{OID: p.OID, Size: 5})
		require.NoError(t, err)
		assert.False(t, has, "another size is another file")
		r, err := s.Open(t.Context(), p.OID, 1, 2)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		assert.Equal(t, "il", string(got))
	})
}

func TestPointersAreReadInOneFormOnly(t *testing.T) {
	p := media.Pointer{OID: media.OID(strings.Repeat("4d7a", 16)), Size: 12345}
	canonical := "version https://git-lfs.github.com/spec/v1\noid sha256:" + string(p.OID) + "\nsize 12345\n"
	assert.Equal(t, canonical, string(p.Bytes()))
	got, ok := media.ParsePointer([]byte(canonical))
	assert.True(t, ok)
	assert.Equal(t, p, got)
	for name, text := range map[string]string{
		"no last line break": strings.TrimSuffix(canonical, "\n"),
		"line break more":    canonical + "\n",
		"Windows lines":      strings.ReplaceAll(canonical, "\n", "\r\n"),
		"upper case":         strings.ReplaceAll(canonical, "4d7a", "4D7A"),
		"other hash":         strings.ReplaceAll(canonical, "sha256", "sha512"),
		"old version":        strings.ReplaceAll(canonical, "git-lfs.github.com", "hawser.github.com"),
		"extension":          strings.Replace(canonical, "oid", "ext-0-x sha256:"+string(p.OID)+"\noid", 1),
		"zero before":        strings.Replace(canonical, "size ", "size 0", 1),
		"plus":               strings.Replace(canonical, "size ", "size +", 1),
		"negative":           strings.Replace(canonical, "size ", "size -", 1),
		"nothing":            strings.Replace(canonical, "12345", "0", 1),
		"huge":               strings.Replace(canonical, "12345", "99999999999999999999", 1),
		"keys swapped":       "version https://git-lfs.github.com/spec/v1\nsize 12345\noid sha256:" + string(p.OID) + "\n",
		"short":              canonical[:40],
		"empty":              "",
	} {
		_, ok := media.ParsePointer([]byte(text))
		assert.False(t, ok, name)
	}
}

func FuzzParsePointer(f *testing.F) {
	f.Add(media.Pointer{OID: media.OID(strings.Repeat("0", 64)), Size: 1}.Bytes())
	f.Add(media.Pointer{OID: media.OID(strings.Repeat("f", 64)), Size: 1<<63 - 1}.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := media.ParsePointer(b)
		if ok && (!bytes.Equal(p.Bytes(), b) || !p.OID.Valid() || p.Size <= 0 || !media.MayPoint(int64(len(b)))) {
			t.Fatalf("%q is read as %+v", b, p)
		}
	})
}

func TestOwnAddressesAreSignedForOneThingAndForAWhile(t *testing.T) {
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	both(t, media.Options{Now: func() time.Time { return now }, Life: time.Minute}, func(t *testing.T, s *media.Store, _ blob.Store) {
		now := &now
		p, other := pointerOf(t, "film"), pointerOf(t, "another film")
		upload, err := s.Upload(t.Context(), p)
		require.NoError(t, err)
		download, err := s.Download(t.Context(), p)
		require.NoError(t, err)
		verification, err := s.Verification(t.Context(), p)
		require.NoError(t, err)
		query := func(a media.Address) url.Values {
			u, err := url.Parse(a.URL)
			require.NoError(t, err)
			assert.Equal(t, "oer.test", u.Host)
			return u.Query()
		}
		may := func(q url.Values, id media.OID) (list string) {
			if got, err := s.AuthorizeUpload(id, q); err == nil && got == p {
				list += "upload "
			}
			if s.AuthorizeDownload(id, q) == nil {
				list += "download "
			}
			if s.AuthorizeVerification(id, q) == nil {
				list += "verify "
			}
			return list
		}
		for want, a := range map[string]media.Address{"upload ": upload, "download ": download, "verify ": verification} {
			assert.Equal(t, want, may(query(a), p.OID))
			assert.Empty(t, may(query(a), other.OID))
			assert.Equal(t, now.Add(time.Minute), a.Expires)
			for name := range query(a) {
				forged := query(a)
				forged.Set(name, forged.Get(name)+"0")
				assert.Empty(t, may(forged, p.OID), "%s with another %s", want, name)
			}
		}
		before := *now
		*now = now.Add(time.Minute)
		for _, a := range []media.Address{upload, download, verification} {
			assert.Empty(t, may(query(a), p.OID))
		}
		*now = before
		_, err = s.Upload(t.Context(), media.Pointer{OID: p.OID, Size: 2 << 30})
		assert.ErrorIs(t, err, media.ErrTooLarge)
	})
}

func TestFilesShowsTheRealFileInThePlaceOfAPointer(t *testing.T) {
	both(t, media.Options{}, func(t *testing.T, s *media.Store, _ blob.Store) {
		p, gone := pointerOf(t, "a long film"), pointerOf(t, "never uploaded")
		require.NoError(t, s.Put(t.Context(), p, strings.NewReader("a long film")))
		tree := fstest.MapFS{
			"index.md":         {Data: []byte("text")},
			"media/film.mp4":   {Data: p.Bytes()},
			"media/gone.mp4":   {Data: gone.Bytes()},
			"media/like.txt":   {Data: bytes.Repeat([]byte("x"), len(p.Bytes()))},
			"media/deep/b.mp4": {Data: p.Bytes()},
		}
		fsys := s.Files(t.Context(), tree)
		whole := fstest.MapFS{"index.md": tree["index.md"], "media/film.mp4": tree["media/film.mp4"], "media/deep/b.mp4": tree["media/deep/b.mp4"]}
		require.NoError(t, fstest.TestFS(s.Files(t.Context(), whole), "index.md", "media/film.mp4", "media/deep/b.mp4"))

		b, err := fs.ReadFile(fsys, "media/film.mp4")
		require.NoError(t, err)
		assert.Equal(t, "a long film", string(b))
		info, err := fs.Stat(fsys, "media/film.mp4")
		require.NoError(t, err)
		assert.Equal(t, int64(11), info.Size())
		assert.Equal(t, p, info.Sys())
		b, err = fs.ReadFile(fsys, "media/like.txt")
		require.NoError(t, err)
		assert.Equal(t, string(tree["media/like.txt"].Data), string(b))
		_, err = fs.ReadFile(fsys, "media/gone.mp4")
		assert.ErrorIs(t, err, kind.ErrNotFound)
		_, err = fs.ReadFile(fsys, "none")
		assert.ErrorIs(t, err, fs.ErrNotExist)

		sub, err := fs.Sub(fsys, "media")
		require.NoError(t, err)
		entries, err := fs.ReadDir(sub, ".")
		require.NoError(t, err)
		sizes := map[string]int64{}
		for _, e := range entries {
			if info, err := e.Info(); assert.NoError(t, err) && !e.IsDir() {
				sizes[e.Name()] = info.Size()
			}
		}
		assert.Equal(t, map[string]int64{"film.mp4": 11, "gone.mp4": 14, "like.txt": int64(len(p.Bytes()))}, sizes)

		f, err := sub.Open("film.mp4")
		require.NoError(t, err)
		seeker := f.(io.ReadSeeker)
		_, err = seeker.Seek(-4, io.SeekEnd)
		require.NoError(t, err)
		b, err = io.ReadAll(seeker)
		require.NoError(t, err)
		assert.Equal(t, "film", string(b))
		_, err = seeker.Seek(2, io.SeekStart)
		require.NoError(t, err)
		b, err = io.ReadAll(io.LimitReader(seeker, 4))
		require.NoError(t, err)
		assert.Equal(t, "long", string(b))
		require.NoError(t, f.Close())
	})
}

func TestTrackNamesEachFileOnce(t *testing.T) {
	const filter = " filter=lfs diff=lfs merge=lfs -text\n"
	for name, c := range map[string]struct {
		old   string
		names []string
		want  string
	}{
		"new file":          {"", []string{"media/b.mp4", "a.wav"}, "/a.wav" + filter + "/media/b.mp4" + filter},
		"spaces and globs":  {"", []string{`my film [1]*.mp4`}, `"/my film \\[1]\\*.mp4"` + filter},
		"quotes":            {"", []string{`a "b".mp4`}, `"/a \"b\".mp4"` + filter},
		"nothing":           {"*.txt text\n", nil, "*.txt text\n"},
		"kept and added":    {"# ours\n*.txt text", []string{"a.mp4"}, "# ours\n*.txt text\n/a.mp4" + filter},
		"kept as it is":     {"*.mp4 filter=lfs -text", []string{"x/a.mp4"}, "*.mp4 filter=lfs -text"},
		"exact":             {"/a.mp4" + filter, []string{"a.mp4"}, "/a.mp4" + filter},
		"folder":            {"media/** filter=lfs\n", []string{"media/x/a.mp4", "b.mp4"}, "media/** filter=lfs\n/b.mp4" + filter},
		"anywhere":          {"**/*.mp4 filter=lfs\n", []string{"x/a.mp4"}, "**/*.mp4 filter=lfs\n"},
		"taken back":        {"*.mp4 filter=lfs\nx/*.mp4 -filter\n", []string{"x/a.mp4"}, "*.mp4 filter=lfs\nx/*.mp4 -filter\n/x/a.mp4" + filter},
		"other filter":      {"*.mp4 filter=crypt\n", []string{"a.mp4"}, "*.mp4 filter=crypt\n/a.mp4" + filter},
		"about other names": {"*.mp3 filter=lfs\n", []string{"a.mp4"}, "*.mp3 filter=lfs\n/a.mp4" + filter},
	} {
		t.Run(name, func(t *testing.T) {
			once := media.Track([]byte(c.old), c.names)
			assert.Equal(t, c.want, string(once))
			assert.Equal(t, string(once), string(media.Track(once, c.names)), "tracking again changes nothing")
		})
	}
}

func TestFetchTakesWhatItAskedForAndNothingElse(t *testing.T) {
	good, bad := pointerOf(t, "film"), pointerOf(t, "another film")
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/r/rosa/strips.git/info/lfs/objects/batch":
			assert.Equal(t, media.MediaType, r.Header.Get("Accept"))
			_, _ = io.WriteString(w, `{"objects":[
				{"oid":"`+string(good.OID)+`","size":4,"actions":{"download":{"href":"`+server.URL+`/file","header":{"X-Key":"1"}}}},
				{"oid":"`+string(bad.OID)+`","size":12,"actions":{"download":{"href":"`+server.URL+`/file","header":{"X-Key":"1"}}}}]}`)
		case "/file":
			assert.Equal(t, "1", r.Header.Get("X-Key"))
			_, _ = io.WriteString(w, "film")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	both(t, media.Options{Max: 20}, func(t *testing.T, s *media.Store, b blob.Store) {
		ctx, client, git := context.Background(), server.Client(), server.URL+"/r/rosa/strips.git"
		require.NoError(t, s.Fetch(ctx, client, git, []media.Pointer{good}))
		assert.ErrorIs(t, s.Fetch(ctx, client, git, []media.Pointer{bad}), kind.ErrUnavailable)
		assert.ErrorIs(t, s.Fetch(ctx, client, git, []media.Pointer{pointerOf(t, "third")}), kind.ErrUnavailable)
		assert.ErrorIs(t, s.Fetch(ctx, client, server.URL+"/r/rosa/none.git", []media.Pointer{good}), kind.ErrUnavailable)
		assert.ErrorIs(t, s.Fetch(ctx, client, git, []media.Pointer{{OID: good.OID, Size: 15}, {OID: bad.OID, Size: 15}}), media.ErrTooLarge)
		assert.Equal(t, []string{good.OID.Key()}, keys(t, b))
	})
}
