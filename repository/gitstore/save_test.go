package gitstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestSaveMakesTheSameCommitEverywhere(t *testing.T) {
	files := tree("index.md", "# Pizzas\n", "b/c.txt", "c", "b.txt", "b", "a/x", "x")
	_, one := first(t, newFolder(t), files)
	_, two := first(t, gitstore.New(new(blob.Memory), gitstore.Options{}), files)
	require.Equal(t, one, two)

	dir := t.TempDir() // and the one that git makes
	git(t, dir, "init", "-q", "-b", "main")
	for name, f := range files {
		write(t, dir, name, string(f.Data))
	}
	t.Setenv("GIT_AUTHOR_DATE", "2026-03-01T12:00:00Z")
	t.Setenv("GIT_COMMITTER_DATE", "2026-03-01T12:00:00Z")
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=x", "commit", "-q", "-m", "Publish", "--author", "Rosa Delgado <rosa@example.org>")
	require.Equal(t, git(t, dir, "rev-parse", "HEAD^{tree}"), commitOf(t, files).Tree)
}

func TestTreeHashIsThatOfTheSave(t *testing.T) {
	s := newFolder(t)
	files := tree("index.md", "# Pizzas\n", "b/c.txt", "c")
	h, err := s.TreeHash(t.Context(), files)
	require.NoError(t, err)
	require.Equal(t, commitOf(t, files).Tree, h)
	_, err = s.TreeHash(t.Context(), tree("../x", "y"))
	require.ErrorIs(t, err, kind.ErrInvalid)
}

func commitOf(t *testing.T, files map[string]gitstore.File) gitstore.Commit {
	r, h := first(t, newFolder(t), files)
	c, err := r.Commit(t.Context(), h)
	require.NoError(t, err)
	return c
}

func TestSaveWritesOnePackAndOneManifest(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	s := gitstore.New(b, gitstore.Options{})
	r, _ := first(t, s, tree("index.md", "1"))
	b.Ops()
	r, _ = next(t, s, r, tree("index.md", "2"), 1)
	ops := b.Ops()
	require.Len(t, ops, 2)
	assert.True(t, strings.HasPrefix(ops[0].Key, "f/"+family+"/p/"))
	assert.Equal(t, blobtest.Op{Kind: blobtest.Put, Key: "f/" + family + "/r/" + lesson + "/manifest"}, ops[1])
	assert.Len(t, r.Manifest().Packs, 2)
	assert.Equal(t, 3, r.Manifest().Packs[1].Objects, "a commit, a tree and a file are new")

	_, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Len(t, b.Ops(), 1, "an unchanged manifest is only asked for")
}

func TestRemixCopiesNothing(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	s := gitstore.New(b, gitstore.Options{})
	source, h := first(t, s, tree("index.md", strings.Repeat("long ", 10_000)))
	b.Ops()
	save := revision(source, nil, 1)
	save.Old, save.Record = "", json.RawMessage(`{"slug":"remix"}`)
	save.Edits = map[string]*gitstore.File{"NOTES.md": {Data: []byte("n")}}
	r, mine, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	require.Len(t, b.Ops(), 2)
	m := r.Manifest()
	assert.Equal(t, source.Manifest().Packs, m.Packs[:1], "the source's pack is shared")
	assert.Less(t, m.Packs[1].Size, int64(1000))
	assert.Equal(t, map[string]gitstore.Hash{main: mine}, m.Refs)
	assert.JSONEq(t, `{"slug":"remix"}`, string(m.Record))
	c, err := r.Commit(t.Context(), mine)
	require.NoError(t, err)
	assert.Equal(t, []gitstore.Hash{h}, c.Parents)

	other := atRemix
	other.Family = "0192f0c1-7d2a-7000-8000-00000000000b"
	_, _, err = s.Save(t.Context(), other, save)
	require.ErrorIs(t, err, kind.ErrInvalid, "a base of another family")
}

func TestEditsChangeOnlyWhatTheyName(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "1", "a/b/c.md", "c", "a/b/d.md", "d", "a/e.md", "e"))
	save := revision(r, nil, 1)
	save.Edits = map[string]*gitstore.File{
		"index.md": {Data: []byte("2")}, "a/b/c.md": nil, "a/b/d.md": nil, "none/such": nil, "x/y.md": {Data: []byte("y")}, "a/b": {Data: []byte("file now")},
	}
	edited, h, err := s.Save(t.Context(), at, save)
	require.NoError(t, err)
	_, whole := next(t, s, edited, tree("index.md", "2", "x/y.md", "y", "a/e.md", "e", "a/b", "file now"), 2)
	one, err := edited.Commit(t.Context(), h)
	require.NoError(t, err)
	r, err = s.Open(t.Context(), at)
	require.NoError(t, err)
	two, err := r.Commit(t.Context(), whole)
	require.NoError(t, err)
	require.Equal(t, two.Tree, one.Tree)
}

func TestSaveRefusesStaleRevisions(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		r, _ := first(t, s, tree("index.md", "1"))
		mine := revision(r, tree("index.md", "mine"), 1)
		theirs, h := next(t, s, r, tree("index.md", "theirs"), 2)
		_, _, err := s.Save(t.Context(), at, mine)
		require.ErrorIs(t, err, kind.ErrConflict)
		_, _, err = s.Save(t.Context(), at, gitstore.Save{Ref: main, Tree: tree("index.md", "again"), When: noon})
		require.ErrorIs(t, err, kind.ErrConflict, "the repository exists")

		mine.Ref, mine.Old = "refs/heads/mine", ""
		_, _, err = s.Save(t.Context(), at, mine) // a stale view, but another ref
		require.NoError(t, err)
		now, err := s.Open(t.Context(), at)
		require.NoError(t, err)
		require.Equal(t, h, now.Head())
		require.Len(t, now.Manifest().Refs, 2)
		require.Equal(t, h, theirs.Head(), "a view does not change")
		clone(t, server(t, s, at).URL)
	})
}

func TestSaveRefuses(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{Limits: gitstore.Limits{Files: 5, FileBytes: 100, TreeBytes: 250}})
	r, h := first(t, s, tree("index.md", "1"))
	good := func() gitstore.Save { return revision(r, tree("index.md", "2"), 1) }
	for name, spoil := range map[string]func(*gitstore.Save){
		"a ref that is none":        func(s *gitstore.Save) { s.Ref = "main" },
		"a ref with dots":           func(s *gitstore.Save) { s.Ref = "refs/heads/a..b" },
		"a ref with a space":        func(s *gitstore.Save) { s.Ref = "refs/heads/a b" },
		"no time":                   func(s *gitstore.Save) { s.When = time.Time{} },
		"parents without a base":    func(s *gitstore.Save) { s.Base = nil },
		"edits without a parent":    func(s *gitstore.Save) { s.Tree, s.Parents = nil, nil },
		"an old that is no hash":    func(s *gitstore.Save) { s.Old = "HEAD" },
		"a parent that is no hash":  func(s *gitstore.Save) { s.Parents = []gitstore.Hash{h[:8]} },
		"a record that is not JSON": func(s *gitstore.Save) { s.Record = []byte("{") },
		"a file as a folder":        func(s *gitstore.Save) { s.Tree = tree("a", "1", "a/b", "2") },
		"case":                      func(s *gitstore.Save) { s.Tree = tree("A/x", "1", "a/y", "2") },
		"many files":                func(s *gitstore.Save) { s.Tree = tree("1", "", "2", "", "3", "", "4", "", "5", "", "6", "") },
		"a large file":              func(s *gitstore.Save) { s.Tree = tree("a", strings.Repeat("x", 101)) },
		"large files": func(s *gitstore.Save) {
			x := strings.Repeat("x", 90)
			s.Tree = tree("a", x, "b", x, "c", x)
		},
	} {
		save := good()
		spoil(&save)
		_, _, err := s.Save(t.Context(), at, save)
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
	save := good()
	save.Parents = []gitstore.Hash{strings.Repeat("1", 40)}
	_, _, err := s.Save(t.Context(), at, save)
	assert.ErrorIs(t, err, kind.ErrNotFound)
	for _, bad := range []gitstore.Location{{}, {Family: family}, {Family: "../x", Repository: lesson}, {Family: "A", Repository: "b"}, {Family: "a/b", Repository: "c"}} {
		_, _, err := s.Save(t.Context(), bad, gitstore.Save{Ref: main, Tree: tree("a", "b"), When: noon})
		assert.ErrorIs(t, err, kind.ErrInvalid)
		_, err = s.Open(t.Context(), bad)
		assert.ErrorIs(t, err, kind.ErrInvalid)
	}
	now, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, h, now.Head())
}

func TestPaths(t *testing.T) {
	for _, ok := range []string{"index.md", "a/b/c", "Lesson 1: Fractions.md", "año/ñandú.md", ".gitignore", ".gitattributes", "git", "a.git", "-x", "日本.md", "a..b", "...x"} {
		assert.NoError(t, gitstore.CheckPath(ok), ok)
	}
	for _, bad := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", `a\b`, `..\a`, ".git", "a/.git/config", ".GIT/x", ".Git", ".git.", ".git ", ".git:x",
		"git~1", "GIT~1/x", ".gitmodules", "a/.GITMODULES", "a\x00b", "a\nb", "a\x7fb", "a\xffb", ".g\u200cit", "\ufeff.git", ".git\u200b",
		strings.Repeat("x", 256), strings.Repeat("d/", 40) + "x", strings.Repeat(strings.Repeat("x", 200)+"/", 6) + "x",
	} {
		assert.ErrorIs(t, gitstore.CheckPath(bad), kind.ErrInvalid, "%q", bad)
	}
}

func TestNamesInCommitsAreMadeSafe(t *testing.T) {
	s := newFolder(t)
	for i, who := range []string{"", " ", "Rosa <evil>\nparent x", "\xff\xfe", "a\x00b", "<>", "...", "Ñandú O'Neil"} {
		loc := gitstore.Location{Family: family, Repository: fmt.Sprint("r", i)}
		_, _, err := s.Save(t.Context(), loc, gitstore.Save{
			Ref: main, Tree: tree("index.md", "x"), Author: who, Email: who, Message: who + "\x00\n\n", When: noon.In(time.FixedZone("x", 3600)),
		})
		require.NoError(t, err)
		dir := clone(t, server(t, s, loc).URL)
		require.Equal(t, "0", git(t, dir, "log", "--format=%at", "--until=2026-03-01T11:59:59Z")+"0")
		if who == "Ñandú O'Neil" {
			require.Equal(t, who, git(t, dir, "log", "--format=%an"))
		}
	}
}

func TestConcurrentSavesLoseNothing(t *testing.T) {
	root := t.TempDir()
	open := func() *gitstore.Store { // two servers on one bucket
		b, err := blob.OpenFolder(root)
		require.NoError(t, err)
		return gitstore.New(b, gitstore.Options{})
	}
	one, two := open(), open()
	first(t, one, tree("index.md", "0"))
	var all sync.WaitGroup
	var saved atomic.Int32
	for w := range 6 {
		all.Go(func() {
			s := []*gitstore.Store{one, two}[w%2]
			for done := 0; done < 5; {
				r, err := s.Open(t.Context(), at)
				if !assert.NoError(t, err) {
					return
				}
				_, _, err = s.Save(t.Context(), at, revision(r, tree("index.md", fmt.Sprint(w, done)), 1+w))
				if err == nil {
					done++
					saved.Add(1)
				} else if !assert.ErrorIs(t, err, kind.ErrConflict) {
					return
				}
			}
		})
	}
	all.Wait()
	dir := clone(t, server(t, two, at).URL)
	require.Equal(t, fmt.Sprint(saved.Load()+1), git(t, dir, "rev-list", "--count", "HEAD"))
}

// Whatever fails and wherever: afterwards the old state or the new one is there, whole, and trying again succeeds once.
func TestAFaultAtEveryPoint(t *testing.T) {
	for _, fault := range []blobtest.Fault{blobtest.Before, blobtest.After} {
		for call := range 4 {
			t.Run(fmt.Sprint("fault ", fault, " in call ", call), func(t *testing.T) {
				b := blobtest.NewFaulty(new(blob.Memory))
				s := gitstore.New(b, gitstore.Options{})
				r, old := first(t, s, tree("index.md", "1"))
				n := 0
				b.Plan(func(blobtest.Op) blobtest.Fault {
					n++
					if n-1 == call {
						return fault
					}
					return blobtest.None
				})
				save := revision(r, tree("index.md", "2"), 1)
				save.Txn = "txn-of-this-save"
				_, h, err := s.Save(t.Context(), at, save)
				b.Plan(nil)

				fresh := gitstore.New(b, gitstore.Options{}) // after a restart
				now, openErr := fresh.Open(t.Context(), at)
				require.NoError(t, openErr)
				if err == nil {
					require.Equal(t, h, now.Head(), "acknowledged and lost")
				} else {
					require.Contains(t, []gitstore.Hash{old, h}, now.Head())
					require.ErrorIs(t, err, blobtest.ErrInjected)
					_, h, err = s.Save(t.Context(), at, save) // the caller tries again
					require.NoError(t, err)
				}
				now, openErr = fresh.Open(t.Context(), at)
				require.NoError(t, openErr)
				log, err := now.Log(t.Context(), h, 10)
				require.NoError(t, err)
				require.Len(t, log, 2, "saved once")
				clone(t, server(t, fresh, at).URL)
			})
		}
	}
}

func TestDeathBetweenPackAndManifestShowsNothing(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	s := gitstore.New(b, gitstore.Options{})
	dead := func(op blobtest.Op) blobtest.Fault { // from the manifest on, nothing works any more
		if strings.HasSuffix(op.Key, "/manifest") {
			return blobtest.Before
		}
		return blobtest.None
	}
	b.Plan(dead)
	_, _, err := s.Save(t.Context(), at, gitstore.Save{Ref: main, Tree: tree("index.md", "1"), When: noon})
	require.ErrorIs(t, err, blobtest.ErrInjected)
	b.Plan(nil)

	s = gitstore.New(b, gitstore.Options{})
	_, err = s.Open(t.Context(), at)
	require.ErrorIs(t, err, kind.ErrNotFound)
	for listed, err := range s.Manifests(t.Context()) {
		t.Fatal("listed", listed, err)
	}
	r, old := first(t, s, tree("index.md", "1"))

	b.Plan(dead)
	_, _, err = s.Save(t.Context(), at, revision(r, tree("index.md", "2"), 1))
	require.ErrorIs(t, err, blobtest.ErrInjected)
	b.Plan(nil)
	s = gitstore.New(b, gitstore.Options{})
	r, err = s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, old, r.Head())
	require.Len(t, r.Manifest().Packs, 1)
	clone(t, server(t, s, at).URL)
}

func TestALostAnswerIsRecognized(t *testing.T) {
	b := blobtest.NewFaulty(new(blob.Memory))
	s := gitstore.New(b, gitstore.Options{})
	r, _ := first(t, s, tree("index.md", "1"))
	b.Plan(func(op blobtest.Op) blobtest.Fault {
		if op.Kind == blobtest.Put && strings.HasSuffix(op.Key, "/manifest") {
			return blobtest.After
		}
		return blobtest.None
	})
	_, h, err := s.Save(t.Context(), at, revision(r, tree("index.md", "2"), 1))
	require.NoError(t, err)
	now, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, h, now.Head())
}

// A save that was acknowledged is recognized by its transaction even after others have saved.
func TestASaveTriedAgainHappensOnce(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "1"))
	save := revision(r, tree("index.md", "2"), 1)
	save.Txn = "mine"
	done, h, err := s.Save(t.Context(), at, save)
	require.NoError(t, err)
	_, theirs := next(t, s, done, tree("index.md", "3"), 2)

	now, again, err := s.Save(t.Context(), at, save)
	require.NoError(t, err)
	require.Equal(t, h, again)
	require.Equal(t, theirs, now.Head())
}

func TestACanceledSaveStoresNothing(t *testing.T) {
	s := newFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.Save(ctx, at, gitstore.Save{Ref: main, Tree: tree("index.md", "1"), When: noon})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Open(t.Context(), at)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestSetRecord(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		r, old := first(t, s, tree("index.md", "1"))
		r, h := next(t, s, r, tree("index.md", "2"), 1)
		tag := r.Tag()
		r, err := s.SetRecord(t.Context(), at, tag, json.RawMessage(`{"deleted":true}`), nil)
		require.NoError(t, err)
		require.Equal(t, h, r.Head())
		require.JSONEq(t, `{"deleted":true}`, string(r.Manifest().Record))

		_, err = s.SetRecord(t.Context(), at, tag, nil, nil)
		require.ErrorIs(t, err, kind.ErrConflict)
		_, err = s.SetRecord(t.Context(), atRemix, tag, nil, nil)
		require.ErrorIs(t, err, kind.ErrNotFound)
		_, err = s.SetRecord(t.Context(), at, r.Tag(), json.RawMessage("{"), nil)
		require.ErrorIs(t, err, kind.ErrInvalid)
		_, err = s.SetRecord(t.Context(), at, r.Tag(), nil, map[string]gitstore.Hash{"refs/tags/v1": strings.Repeat("1", 40)})
		require.ErrorIs(t, err, kind.ErrInvalid)

		r, err = s.SetRecord(t.Context(), at, r.Tag(), nil, map[string]gitstore.Hash{"refs/tags/v1": old, main: old})
		require.NoError(t, err)
		require.JSONEq(t, `{"deleted":true}`, string(r.Manifest().Record), "nil keeps the record")
		_, err = r.Commit(t.Context(), h)
		require.ErrorIs(t, err, kind.ErrNotFound, "what no ref leads to is gone")
		dir := clone(t, server(t, s, at).URL)
		require.Equal(t, old, git(t, dir, "rev-parse", "v1"))
		_, err = tryGit(t, dir, "cat-file", "-e", h)
		require.Error(t, err, "what no ref leads to was sent")

		r, err = s.SetRecord(t.Context(), at, r.Tag(), nil, map[string]gitstore.Hash{"refs/tags/v1": "", main: ""})
		require.NoError(t, err)
		require.Empty(t, r.Head())
		dir = clone(t, server(t, s, at).URL)
		require.Empty(t, git(t, dir, "branch", "-r"))
	})
}

func TestManifestsListsEveryRepository(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		r, _ := first(t, s, tree("index.md", "1"))
		save := revision(r, tree("index.md", "2"), 1)
		save.Old = ""
		copied, _, err := s.Save(t.Context(), atRemix, save)
		require.NoError(t, err)
		var got []gitstore.Listed
		for listed, err := range s.Manifests(t.Context()) {
			require.NoError(t, err)
			got = append(got, listed)
		}
		require.Equal(t, []gitstore.Listed{{Location: at, Tag: r.Tag()}, {Location: atRemix, Tag: copied.Tag()}}, got)
	})
}

func TestPackIdsSortByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gitstore.New(new(blob.Memory), gitstore.Options{})
		r, _ := first(t, s, tree("index.md", "0"))
		for i := range 5 {
			time.Sleep(time.Millisecond)
			r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i)), i)
		}
		last := ""
		for _, p := range r.Manifest().Packs {
			require.Len(t, p.ID, 26)
			require.Less(t, last, p.ID)
			last = p.ID
		}
	})
}
