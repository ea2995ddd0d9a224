package blob_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

func TestMemory(t *testing.T) {
	blobtest.Run(t, func(*testing.T) blob.Store { return new(blob.Memory) })
}

func TestFolder(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return openFolder(t, t.TempDir()) })
}

// Two stores over one folder behave as one, as two processes would.
func TestFolderSharedByTwo(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		root := t.TempDir()
		return &alternating{stores: [2]blob.Store{openFolder(t, root), openFolder(t, root)}}
	})
}

func TestFaultyWithoutPlanIsAStore(t *testing.T) {
	blobtest.Run(t, func(*testing.T) blob.Store { return blobtest.NewFaulty(new(blob.Memory)) })
}

func openFolder(t *testing.T, root string) *blob.Folder {
	t.Helper()
	f, err := blob.OpenFolder(root)
	require.NoError(t, err)
	return f
}

func TestFolderSweepsWhatACrashLeft(t *testing.T) {
	root := t.TempDir()
	openFolder(t, root)
	left := filepath.Join(root, ".tmp", "put-123")
	require.NoError(t, os.WriteFile(left, []byte("half a pa"), 0o644))

	f := openFolder(t, root)
	require.NoFileExists(t, left)
	for info, err := range f.List(t.Context(), "") {
		t.Fatal("listed", info, err)
	}
}

func TestFolderKeepsWhatALivingWriterWrites(t *testing.T) {
	root := t.TempDir()
	f := openFolder(t, root)
	body := &watchedBody{Reader: strings.NewReader(strings.Repeat("x", 100_000)), during: func() {
		openFolder(t, root) // sweeps while the put is under way
	}}
	_, err := f.Put(t.Context(), "k", body, blob.Always())
	require.NoError(t, err)
	obj, err := f.Get(t.Context(), "k", blob.GetOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 100_000, obj.Size)
	require.NoError(t, obj.Body.Close())
}

func TestFolderLeavesNothingBehind(t *testing.T) {
	root := t.TempDir()
	f := openFolder(t, root)
	_, err := f.Put(t.Context(), "f/a/p/1", strings.NewReader("x"), blob.IfAbsent())
	require.NoError(t, err)
	_, err = f.Put(t.Context(), "f/a/p/1", strings.NewReader("y"), blob.IfAbsent())
	require.ErrorIs(t, err, blob.ErrConflict)
	require.NoError(t, f.Delete(t.Context(), "f/a/p/1"))

	left, err := os.ReadDir(filepath.Join(root, ".tmp"))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.NoDirExists(t, filepath.Join(root, "f"))
}

func TestFolderTagsDifferThoughTheClockGoesBack(t *testing.T) {
	root := t.TempDir()
	f := openFolder(t, root)
	_, err := f.Put(t.Context(), "k", strings.NewReader("one"), blob.Always())
	require.NoError(t, err)
	future := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(f.Path("k"), future, future))

	old := tagOf(t, f, "k")
	replaced, err := f.Put(t.Context(), "k", strings.NewReader("two"), blob.IfMatch(old))
	require.NoError(t, err)
	require.NotEqual(t, old, replaced)
	require.Equal(t, replaced, tagOf(t, f, "k"))
	st, err := os.Stat(f.Path("k"))
	require.NoError(t, err)
	require.True(t, st.ModTime().After(future))
}

// Somebody has moved a part of the bucket, and left a link.
func TestFolderFollowsLinks(t *testing.T) {
	t.Parallel()
	root, elsewhere := t.TempDir(), t.TempDir()
	f, err := blob.OpenFolder(root)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(root, "media")))
	require.NoError(t, os.Symlink(root, filepath.Join(elsewhere, "circle")))
	for _, key := range []string{"media-2", "media/a", "media/b", "media/c"} {
		_, err := f.Put(t.Context(), key, strings.NewReader("film"), blob.IfAbsent())
		require.NoError(t, err)
	}
	require.NoError(t, os.Remove(filepath.Join(elsewhere, "circle")))
	list := func() (keys []string) {
		for info, err := range f.List(t.Context(), "") {
			require.NoError(t, err)
			assert.EqualValues(t, 4, info.Size)
			keys = append(keys, info.Key)
		}
		return keys
	}
	assert.Equal(t, []string{"media-2", "media/a", "media/b", "media/c"}, list())
	for _, key := range []string{"media/a", "media/b", "media/c"} {
		require.NoError(t, f.Delete(t.Context(), key))
		assert.FileExists(t, filepath.Join(root, "media-2"))
		_, err := os.Lstat(filepath.Join(root, "media"))
		require.NoError(t, err, "the link stays, with all that is behind it")
	}
	require.NoError(t, os.Symlink(root, filepath.Join(root, "circle")))
	assert.Contains(t, list(), "media-2", "a circle ends")
}

func TestFolderRefusesAKeyThatIsAFolder(t *testing.T) {
	for name, s := range map[string]blob.Store{"folder": openFolder(t, t.TempDir()), "memory": new(blob.Memory)} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Put(t.Context(), "a/b", strings.NewReader("x"), blob.Always())
			require.NoError(t, err)
			_, err = s.Put(t.Context(), "a", strings.NewReader("x"), blob.Always())
			assert.ErrorIs(t, err, blob.ErrKey)
			_, err = s.Put(t.Context(), "a/b/c", strings.NewReader("x"), blob.Always())
			assert.ErrorIs(t, err, blob.ErrKey)
		})
	}
}

func TestOpen(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a folder", "bucket")
	s, err := blob.Open(t.Context(), (&url.URL{Scheme: "file", Path: root}).String())
	require.NoError(t, err)
	_, err = s.Put(t.Context(), "k", strings.NewReader("x"), blob.IfAbsent())
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "k"))

	s, err = blob.Open(t.Context(), "mem:")
	require.NoError(t, err)
	require.IsType(t, new(blob.Memory), s)

	for _, bad := range []string{"", "relative/path", "file://", "file://host/path", "ftp://host/path", "http://[", "mem"} {
		_, err := blob.Open(t.Context(), bad)
		assert.Error(t, err, "%q", bad)
	}
}
