package gitstore_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// What was erased does not come back with a clone that still has it, nor by any other way, on any server.
func TestWhatWasErasedMayNotComeBack(t *testing.T) {
	b := new(blob.Memory)
	s, other := gitstore.New(b, gitstore.Options{}), gitstore.New(b, gitstore.Options{})
	r, _ := first(t, s, tree("index.md", "0", "part/index.md", "part"))
	next(t, s, r, tree("index.md", "1", "part/index.md", "part", "names.md", secret), 1)
	save := revision(r, tree("index.md", "mine", "part/index.md", "part"), 2) // a remix that never had the file
	save.Old = ""
	_, _, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	everything := gitstore.Push{AllowForce: func(string) bool { return true }}
	url := pushServer(t, other, at, everything)
	old := clone(t, strings.TrimSuffix(url, "/x.git"))
	foreign := nativeServer(t, bareOf(t, old))

	done, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"names.md"}})
	require.NoError(t, err)
	require.Equal(t, []gitstore.Hash{blobHash([]byte(secret))}, done.Blobs)

	refused := func(dir, url string, args ...string) {
		t.Helper()
		before, _ := stored(t, b)
		out, err := tryGit(t, dir, append([]string{"push", url}, args...)...)
		require.Error(t, err, out)
		require.Contains(t, out, "erased from this server")
		require.Contains(t, out, blobHash([]byte(secret)))
		after, _ := stored(t, b)
		require.Equal(t, before, after, "a refused push leaves nothing behind")
	}
	refused(old, url, "--force", "main")
	refused(old, url, "HEAD:refs/heads/again")
	refused(old, pushServer(t, other, atRemix, everything), "HEAD:refs/heads/again")
	fresh := clone(t, strings.TrimSuffix(url, "/x.git"))
	edit(t, fresh, "elsewhere.txt", secret)
	refused(fresh, url, "main")
	git(t, fresh, "reset", "-q", "--hard", "origin/main")
	edit(t, fresh, "elsewhere.txt", "something else")
	git(t, fresh, "push", "-q", "origin", "main")

	for _, loc := range []gitstore.Location{at, atRemix} {
		now, err := other.Open(t.Context(), loc)
		require.NoError(t, err)
		save := revision(now, tree("index.md", "2", "copy/of.md", secret), 9)
		_, _, err = other.Save(t.Context(), loc, save)
		require.ErrorIs(t, err, kind.ErrInvalid)
		require.ErrorContains(t, err, "copy/of.md has content that was erased")
		save.Old = ""
		_, _, err = other.Save(t.Context(), gitstore.Location{Family: family, Repository: "new-" + loc.Repository}, save)
		require.ErrorIs(t, err, kind.ErrInvalid, "nor in a remix")
		next(t, other, now, tree("index.md", "2"), 10)
	}
	_, err = other.Fetch(t.Context(), family, gitstore.Remote{URL: foreign, Client: http.DefaultClient}, "")
	require.ErrorIs(t, err, kind.ErrInvalid)
	require.ErrorContains(t, err, "erased")
	require.Empty(t, holding(t, b, secret))
	require.Empty(t, damages(t, other))

	// a restored backup knows of it too
	copied, err := blob.OpenFolder(filepath.Join(t.TempDir(), "backup"))
	require.NoError(t, err)
	_, err = gitstore.Copy(t.Context(), b, copied, nil)
	require.NoError(t, err)
	refused(old, pushServer(t, gitstore.New(copied, gitstore.Options{}), at, everything), "HEAD:refs/heads/again")
}

// The bytes of large files are not in the family's packs: they are the caller's to delete.
func TestAnErasureNamesTheLargeFilesThatItOrphaned(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	sum := strings.Repeat("ab", 32)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + sum + "\nsize 5000000\n"
	r, _ := first(t, s, tree("index.md", "0", "film.mp4", pointer))
	next(t, s, r, tree("index.md", "1"), 1)
	done, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"film.mp4"}})
	require.NoError(t, err)
	require.Equal(t, []string{sum}, done.Media)
	now, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	_, _, err = s.Save(t.Context(), at, revision(now, tree("index.md", "2", "film.mp4", pointer), 5))
	require.ErrorIs(t, err, kind.ErrInvalid, "the pointer may not come back either")
}
