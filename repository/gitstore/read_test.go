package gitstore_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestTreeIsAFileSystem(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		files := tree("index.md", "# Unit\n", "01-strips/index.md", "# Strips\n", "01-strips/media/a.svg", "<svg/>", "01-strips.md", "between", "empty", "")
		files["run.sh"] = gitstore.File{Data: []byte("#!/bin/sh"), Executable: true}
		r, h := first(t, s, files)
		fsys, err := r.Tree(t.Context(), h)
		require.NoError(t, err)
		require.NoError(t, fstest.TestFS(fsys, "index.md", "01-strips/index.md", "01-strips/media/a.svg", "01-strips.md", "empty", "run.sh"))

		st, err := fs.Stat(fsys, "run.sh")
		require.NoError(t, err)
		assert.NotZero(t, st.Mode()&0o100)
		assert.True(t, st.ModTime().Equal(noon))
		_, err = fs.Stat(fsys, "none")
		assert.ErrorIs(t, err, fs.ErrNotExist)
		_, err = fs.ReadFile(fsys, "index.md/x")
		assert.ErrorIs(t, err, fs.ErrNotExist)
		_, err = fs.ReadFile(fsys, "01-strips")
		assert.Error(t, err)
		_, err = fs.ReadFile(fsys, "../index.md")
		assert.ErrorIs(t, err, fs.ErrInvalid)

		mine, err := fs.ReadFile(fsys, "index.md") // belongs to the caller
		require.NoError(t, err)
		mine[0] = 'X'
		again, err := fs.ReadFile(fsys, "index.md")
		require.NoError(t, err)
		assert.Equal(t, "# Unit\n", string(again))
	})
}

func TestTreeEndsWithItsContext(t *testing.T) {
	s := newFolder(t)
	r, h := first(t, s, tree("index.md", "x"))
	ctx, cancel := context.WithCancel(t.Context())
	fsys, err := r.Tree(ctx, h)
	require.NoError(t, err)
	cancel()
	_, err = fs.ReadFile(fsys, "index.md")
	require.ErrorIs(t, err, context.Canceled)
}

func TestLogAndHistory(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		r, one := first(t, s, tree("index.md", "1", "part/index.md", "p"))
		r, two := next(t, s, r, tree("index.md", "2", "part/index.md", "p"), 1)
		r, three := next(t, s, r, tree("index.md", "2", "part/index.md", "p2"), 2)
		r, four := next(t, s, r, tree("index.md", "2"), 3)
		names := func(all []gitstore.Commit, err error) []gitstore.Hash {
			require.NoError(t, err)
			hashes := []gitstore.Hash{}
			for _, c := range all {
				hashes = append(hashes, c.Hash)
			}
			return hashes
		}
		assert.Equal(t, []gitstore.Hash{four, three, two, one}, names(r.Log(t.Context(), four, 10)))
		assert.Equal(t, []gitstore.Hash{three, two}, names(r.Log(t.Context(), three, 2)))
		assert.Equal(t, []gitstore.Hash{four, three, one}, names(r.History(t.Context(), four, "part", 10)))
		assert.Equal(t, []gitstore.Hash{two, one}, names(r.History(t.Context(), four, "index.md", 10)))
		assert.Equal(t, []gitstore.Hash{four, three, one}, names(r.History(t.Context(), four, "part/index.md", 10)))
		assert.Equal(t, []gitstore.Hash{four, three, two, one}, names(r.History(t.Context(), four, "", 10)))
		assert.Empty(t, names(r.History(t.Context(), four, "none", 10)))

		c, err := r.Commit(t.Context(), two)
		require.NoError(t, err)
		assert.Equal(t, gitstore.Commit{
			Hash: two, Parents: []gitstore.Hash{one}, Tree: c.Tree, Author: "Rosa Delgado", AuthorEmail: "rosa@example.org",
			When: noon.Add(60e9), Message: "Revise\n",
		}, c)
		for _, bad := range []gitstore.Hash{strings.Repeat("1", 40), c.Tree} {
			_, err = r.Log(t.Context(), bad, 10)
			assert.ErrorIs(t, err, kind.ErrNotFound)
		}
		_, err = r.Log(t.Context(), "HEAD", 10)
		assert.ErrorIs(t, err, kind.ErrInvalid)
	})
}

func TestMergesAreLoggedOnce(t *testing.T) {
	s := newFolder(t)
	r, root := first(t, s, tree("index.md", "1"))
	left := revision(r, tree("index.md", "left"), 1)
	left.Ref, left.Old = "refs/heads/left", ""
	r, l, err := s.Save(t.Context(), at, left)
	require.NoError(t, err)
	r, m := next(t, s, r, tree("index.md", "main"), 2)
	merge := revision(r, tree("index.md", "both"), 3)
	merge.Parents = append(merge.Parents, l)
	r, h, err := s.Save(t.Context(), at, merge)
	require.NoError(t, err)
	log, err := r.Log(t.Context(), h, 10)
	require.NoError(t, err)
	var got []gitstore.Hash
	for _, c := range log {
		got = append(got, c.Hash)
	}
	require.Equal(t, []gitstore.Hash{h, m, l, root}, got)
	clone(t, server(t, s, at).URL)
}

func TestChanges(t *testing.T) {
	s := newFolder(t)
	files := tree("same.md", "s", "edit.md", "1", "gone.md", "g", "d/same.md", "s", "d/gone.md", "g", "file", "becomes a folder", "fold/a", "becomes a file", "mode.sh", "#!")
	r, a := first(t, s, files)
	now := tree("same.md", "s", "edit.md", "2", "d/same.md", "s", "d/new.md", "n", "file/x", "x", "fold", "f")
	now["mode.sh"] = gitstore.File{Data: []byte("#!"), Executable: true}
	r, b := next(t, s, r, now, 1)
	got, err := r.Changes(t.Context(), a, b)
	require.NoError(t, err)
	require.Equal(t, []gitstore.Change{
		{Path: "d/gone.md", Kind: gitstore.Deleted},
		{Path: "d/new.md", Kind: gitstore.Added},
		{Path: "edit.md", Kind: gitstore.Modified},
		{Path: "file", Kind: gitstore.Deleted},
		{Path: "file/x", Kind: gitstore.Added},
		{Path: "fold", Kind: gitstore.Added},
		{Path: "fold/a", Kind: gitstore.Deleted},
		{Path: "gone.md", Kind: gitstore.Deleted},
		{Path: "mode.sh", Kind: gitstore.Modified},
	}, got)
	got, err = r.Changes(t.Context(), "", a)
	require.NoError(t, err)
	require.Len(t, got, len(files))
	for _, c := range got {
		require.Equal(t, gitstore.Added, c.Kind)
	}
	got, err = r.Changes(t.Context(), b, b)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestARemixDoesNotShowTheRestOfItsFamily(t *testing.T) {
	s := newFolder(t)
	source, old := first(t, s, tree("index.md", "public"))
	source, secret := next(t, s, source, tree("index.md", "later"), 1)
	save := revision(source, tree("index.md", "remix"), 2)
	save.Old, save.Parents = "", []gitstore.Hash{old}
	r, _, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	_, err = r.Tree(t.Context(), old)
	require.NoError(t, err)
	_, err = r.Tree(t.Context(), secret)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestDeletingTheSourceLeavesItsRemixes(t *testing.T) {
	root := t.TempDir()
	b, err := blob.OpenFolder(root)
	require.NoError(t, err)
	s := gitstore.New(b, gitstore.Options{})
	source, _ := first(t, s, tree("index.md", "source"))
	save := revision(source, tree("index.md", "remix"), 1)
	save.Old = ""
	_, h, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	require.NoError(t, b.Delete(t.Context(), "f/"+family+"/r/"+lesson+"/manifest"))

	s = gitstore.New(b, gitstore.Options{})
	_, err = s.Open(t.Context(), at)
	require.ErrorIs(t, err, kind.ErrNotFound)
	dir := clone(t, server(t, s, atRemix).URL)
	require.Equal(t, h, git(t, dir, "rev-parse", "HEAD"))
}

func TestDamagedStorageIsAnErrorNotAPanic(t *testing.T) {
	root := t.TempDir()
	b, err := blob.OpenFolder(root)
	require.NoError(t, err)
	_, h := first(t, gitstore.New(b, gitstore.Options{}), tree("index.md", strings.Repeat("lesson ", 100), "part/index.md", "p"))
	packs, err := filepath.Glob(filepath.Join(root, "f", family, "p", "*"))
	require.NoError(t, err)
	require.Len(t, packs, 1)
	whole, err := os.ReadFile(packs[0])
	require.NoError(t, err)
	failed := 0
	for i := range whole {
		damaged := append([]byte{}, whole...)
		damaged[i] ^= 0x55
		require.NoError(t, os.WriteFile(packs[0], damaged, 0o644))
		if err := readAll(t, gitstore.New(b, gitstore.Options{}), h); err != nil {
			failed++
		}
	}
	require.Greater(t, failed, len(whole)*8/10, "damage goes unnoticed")
	for _, size := range []int{0, 1, 100, len(whole) - 1} {
		require.NoError(t, os.WriteFile(packs[0], whole[:size], 0o644))
		require.Error(t, readAll(t, gitstore.New(b, gitstore.Options{}), h))
	}
	require.NoError(t, os.Remove(packs[0]))
	require.Error(t, readAll(t, gitstore.New(b, gitstore.Options{}), h))
}

func readAll(t *testing.T, s *gitstore.Store, h gitstore.Hash) error {
	r, err := s.Open(t.Context(), at)
	if err != nil {
		return err
	}
	fsys, err := r.Tree(t.Context(), h)
	if err != nil {
		return err
	}
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		_, err = fs.ReadFile(fsys, name)
		return err
	})
}

func TestDiskCacheIsBoundedAndSurvives(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	dir := t.TempDir()
	open := func() *gitstore.Store {
		return gitstore.New(b, gitstore.Options{CacheDir: dir, CacheBytes: 5000})
	}
	r, _ := first(t, open(), tree("index.md", "0"))
	for i := range 20 {
		r, _ = next(t, gitstore.New(b, gitstore.Options{}), r, tree("index.md", fmt.Sprint(i)), i+1)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "get-left"), []byte("by a crash"), 0o644))
	require.NoError(t, readHistory(t, open(), r.Head()))
	total := int64(0)
	cached, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, cached)
	for _, e := range cached {
		st, err := e.Info()
		require.NoError(t, err)
		total += st.Size()
		require.NoError(t, os.Truncate(filepath.Join(dir, e.Name()), 10), "and cut what is there")
	}
	require.LessOrEqual(t, total, int64(5000))
	require.NoError(t, readHistory(t, open(), r.Head()))
	require.NoFileExists(t, filepath.Join(dir, "get-left"))
}

func readHistory(t *testing.T, s *gitstore.Store, h gitstore.Hash) error {
	r, err := s.Open(t.Context(), at)
	if err != nil {
		return err
	}
	all, err := r.Log(t.Context(), h, 100)
	if err == nil && len(all) != 21 {
		err = fmt.Errorf("%d commits", len(all))
	}
	return err
}

func TestManyReadersShareOneDownload(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	_, h := first(t, gitstore.New(b, gitstore.Options{}), tree("index.md", "x"))
	b.Ops()
	s := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { assert.NoError(t, readAll(t, s, h)) })
	}
	all.Wait()
	packs := 0
	for _, op := range b.Ops() {
		if strings.Contains(op.Key, "/p/") {
			packs++
		}
	}
	require.Equal(t, 1, packs)
}

func TestATruncatedDownloadIsNotKept(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	_, h := first(t, gitstore.New(b, gitstore.Options{}), tree("index.md", "x"))
	for name, o := range map[string]gitstore.Options{"memory": {}, "disk": {CacheDir: t.TempDir()}} {
		s := gitstore.New(b, o)
		b.Plan(func(op blobtest.Op) blobtest.Fault {
			if strings.Contains(op.Key, "/p/") {
				return blobtest.Truncate
			}
			return blobtest.None
		})
		require.ErrorIs(t, readAll(t, s, h), blobtest.ErrInjected, name)
		b.Plan(nil)
		require.NoError(t, readAll(t, s, h), name)
	}
}
