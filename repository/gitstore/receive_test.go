package gitstore_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// pushServer answers git over HTTP for one location, pushes too, and answers its address.
func pushServer(t testing.TB, s *gitstore.Store, at gitstore.Location, o gitstore.Push) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			body = z
		}
		service := strings.TrimPrefix(filepath.Base(r.URL.Path), "/")
		var err error
		switch service {
		case "refs":
			service = r.URL.Query().Get("service")
			w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
			err = s.AdvertiseRefs(r.Context(), at, service, r.Header.Get("Git-Protocol"), w)
		case "git-upload-pack":
			w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
			err = s.UploadPack(r.Context(), at, r.Header.Get("Git-Protocol"), body, w)
		case "git-receive-pack":
			w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
			err = s.ReceivePack(r.Context(), at, body, w, o)
		}
		if errors.Is(err, kind.ErrNotFound) {
			http.NotFound(w, r)
		} else if err != nil {
			t.Log(service, err)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/x.git"
}

// worktree is an empty repository whose origin is the address.
func worktree(t testing.TB, url string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "remote", "add", "origin", url)
	return dir
}

// edit writes a file, commits it, and answers the commit.
func edit(t testing.TB, dir, name, text string) gitstore.Hash {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "edit "+name)
	return git(t, dir, "rev-parse", "HEAD")
}

// pushed is what is in the store now.
func pushed(t testing.TB, s *gitstore.Store, at gitstore.Location) gitstore.Manifest {
	t.Helper()
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	return r.Manifest()
}

// bucketPacks are the packs in a bucket.
func bucketPacks(t testing.TB, b blob.Store) (keys []string) {
	t.Helper()
	for info, err := range b.List(t.Context(), "f/") {
		require.NoError(t, err)
		if strings.Contains(info.Key, "/p/") {
			keys = append(keys, info.Key)
		}
	}
	return keys
}

func lines(n int, text string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Line %d of %s.\n", i, text)
	}
	return b.String()
}

func TestPushAndFetch(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		url := pushServer(t, s, at, gitstore.Push{})
		dir := worktree(t, url)
		h := edit(t, dir, "index.md", lines(200, "pizza"))
		out := git(t, dir, "push", "-u", "origin", "main")
		require.Contains(t, out, "* [new branch]      main -> main")
		m := pushed(t, s, at)
		require.Equal(t, map[string]gitstore.Hash{main: h}, m.Refs)
		require.True(t, m.Closed)
		require.Len(t, m.Packs, 1)

		for i := range 10 { // thin packs: a change of a long file
			h = edit(t, dir, "index.md", lines(200, "pizza")+fmt.Sprint(i))
			if i%3 == 0 {
				h = edit(t, dir, fmt.Sprintf("more/%d.md", i), "more")
			}
			git(t, dir, "push", "-q", "origin", "main")
			require.Equal(t, h, pushed(t, s, at).Refs[main])
			require.True(t, pushed(t, s, at).Closed)
		}
		require.Contains(t, git(t, dir, "push", "origin", "main"), "Everything up-to-date")

		again := clone(t, strings.TrimSuffix(url, "/x.git"))
		require.Equal(t, h, git(t, again, "rev-parse", "HEAD"))
		require.Equal(t, read(t, dir, "index.md"), read(t, again, "index.md"))
		h = edit(t, again, "index.md", "short")
		git(t, again, "push", "-q")
		git(t, dir, "pull", "-q", "--ff-only")
		require.Equal(t, h, git(t, dir, "rev-parse", "HEAD"))
		fsck(t, dir)
	})
}

func TestEachObjectOfAPushIsStoredOnce(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{})
	dir := worktree(t, url)
	edit(t, dir, "a.md", lines(300, "a"))
	edit(t, dir, "b.md", "b")
	git(t, dir, "push", "-q", "origin", "main")
	edit(t, dir, "a.md", lines(300, "a")+"more")
	git(t, dir, "push", "-q", "origin", "main")
	edit(t, dir, "a.md", lines(300, "a")) // as it was: git may send the file again
	git(t, dir, "push", "-q", "origin", "main")
	git(t, dir, "push", "-q", "origin", "main:refs/heads/other") // an empty pack
	total := 0
	for _, p := range pushed(t, s, at).Packs {
		total += p.Objects
	}
	require.Equal(t, git(t, dir, "rev-list", "--all", "--objects"), strings.TrimSpace(git(t, dir, "rev-list", "--all", "--objects")))
	require.Len(t, strings.Split(git(t, dir, "rev-list", "--all", "--objects"), "\n"), total)
	require.Len(t, pushed(t, s, at).Packs, 3)
	clone(t, strings.TrimSuffix(url, "/x.git"))
}

func TestPushOfBranchesTagsAndDeletes(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{AllowDelete: func(ref string) bool { return ref != "refs/tags/kept" }})
	dir := worktree(t, url)
	edit(t, dir, "index.md", "1")
	git(t, dir, "tag", "plain")
	git(t, dir, "tag", "-a", "-m", "Kept.", "kept")
	git(t, dir, "branch", "side")
	git(t, dir, "push", "-q", "--all", "origin")
	git(t, dir, "push", "-q", "--tags", "origin")
	m := pushed(t, s, at)
	require.Len(t, m.Refs, 4)
	require.Equal(t, main, m.Head)
	require.Equal(t, git(t, dir, "rev-parse", "kept"), m.Refs["refs/tags/kept"])

	again := clone(t, strings.TrimSuffix(url, "/x.git"))
	require.Equal(t, "kept\nplain", git(t, again, "tag"))
	require.Contains(t, git(t, again, "cat-file", "-p", "kept"), "Kept.")
	require.Contains(t, git(t, dir, "ls-remote", "origin"), "refs/tags/kept^{}")

	git(t, dir, "push", "-q", "origin", ":side", ":plain")
	require.Len(t, pushed(t, s, at).Refs, 2)
	for _, ref := range []string{"main", "kept"} {
		out, err := tryGit(t, dir, "push", "origin", ":"+ref)
		require.Error(t, err)
		require.Regexp(t, "cannot be deleted|may not be deleted", out)
	}
	edit(t, dir, "index.md", "2")
	git(t, dir, "tag", "-f", "-a", "-m", "Moved.", "kept")
	out, err := tryGit(t, dir, "push", "--force", "origin", "kept")
	require.Error(t, err)
	require.Contains(t, out, "there already, and stays as it is")
}

func TestForceOnlyWhereAllowed(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{AllowForce: func(ref string) bool { return strings.HasPrefix(ref, "refs/heads/draft") }})
	dir := worktree(t, url)
	edit(t, dir, "index.md", "first")
	git(t, dir, "push", "-q", "origin", "main", "main:draft")
	git(t, dir, "commit", "-q", "--amend", "-m", "rewritten")
	out, err := tryGit(t, dir, "push", "--force", "origin", "main")
	require.Error(t, err)
	require.Contains(t, out, "[remote rejected] main -> main (non-fast-forward")
	git(t, dir, "push", "-q", "--force", "origin", "main:draft")
	require.Equal(t, git(t, dir, "rev-parse", "HEAD"), pushed(t, s, at).Refs["refs/heads/draft"])
	require.True(t, pushed(t, s, at).Closed, "main still leads to the old commit")
}

func TestAForcedAwaySecretIsGone(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		url := pushServer(t, s, at, gitstore.Push{AllowForce: func(string) bool { return true }})
		dir := worktree(t, url)
		edit(t, dir, "index.md", "first")
		edit(t, dir, "secret.md", lines(100, "the secret"))
		git(t, dir, "push", "-q", "origin", "main")
		secret := git(t, dir, "rev-parse", "HEAD")
		file, folder := git(t, dir, "rev-parse", "HEAD:secret.md"), git(t, dir, "rev-parse", "HEAD^{tree}")
		git(t, dir, "tag", "-a", "-m", "tagged", "leak")
		git(t, dir, "push", "-q", "origin", "leak")
		tag := git(t, dir, "rev-parse", "leak")
		git(t, dir, "push", "-q", "origin", ":leak")
		git(t, dir, "reset", "-q", "--hard", "HEAD~1")
		edit(t, dir, "index.md", "second")
		git(t, dir, "push", "-q", "--force", "origin", "main")

		again := clone(t, strings.TrimSuffix(url, "/x.git"))
		for _, id := range []string{secret, file, folder, tag} {
			_, err := tryGit(t, again, "cat-file", "-e", id)
			require.Error(t, err, "a clone has %s", id)
			out, err := tryGit(t, again, "fetch", "origin", id)
			require.Error(t, err, "%s can be fetched", id)
			require.Contains(t, out, "not our ref")
			require.NotContains(t, ask(t, s, "want "+id+" ofs-delta", "", "done"), "PACK")
			require.NotContains(t, ask(t, s, "want "+id+" ofs-delta filter", "filter blob:none", "", "done"), "PACK")
		}
		// Nor can it be had by building on it.
		reach := worktree(t, url)
		git(t, reach, "fetch", "-q", "origin")
		head := git(t, reach, "rev-parse", "origin/main")
		body := "tree " + folder + "\nparent " + head + "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n"
		got := pushRaw(t, s, gitstore.Push{}, head, []object{{1, body}})
		require.Contains(t, got, "object missing: tree "+folder)
		body = "tree " + git(t, reach, "rev-parse", "origin/main^{tree}") + "\nparent " + secret + "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n"
		got = pushRaw(t, s, gitstore.Push{}, head, []object{{1, body}})
		require.Contains(t, got, "object missing: commit "+secret)
		text := lines(100, "the secret")
		leak := object{2, entry("100644", "leak.md", object{3, text + text}.id())}
		got = pushRaw(t, s, gitstore.Push{}, head, []object{commitObject(leak.id(), head), leak, copyOf(file, len(text), 2)})
		require.Contains(t, got, "object missing: blob "+file)
		leak = object{2, entry("100644", "leak.md", file)}
		got = pushRaw(t, s, gitstore.Push{}, head, []object{commitObject(leak.id(), head), leak, copyOf(file, len(text), 1)})
		require.Contains(t, got, "a delta of itself")
		known := git(t, reach, "rev-parse", "origin/main:index.md")
		fine := object{3, "secondsecond"}
		more := object{2, entry("100644", "fine.md", fine.id())}
		got = pushRaw(t, s, gitstore.Push{}, head, []object{commitObject(more.id(), head), more, copyOf(known, len("second"), 2)})
		require.Contains(t, got, "ok "+main, "what the refs lead to may be built on")
	})
}

func TestOfTwoPushersOneIsFirst(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{})
	a := worktree(t, url)
	edit(t, a, "index.md", "first")
	git(t, a, "push", "-q", "origin", "main")
	b := clone(t, strings.TrimSuffix(url, "/x.git"))
	ha := edit(t, a, "a.md", "a")
	edit(t, b, "b.md", "b")
	git(t, a, "push", "-q", "origin", "main")
	out, err := tryGit(t, b, "push", "origin", "main")
	require.Error(t, err)
	require.Contains(t, out, "rejected")
	require.Equal(t, ha, pushed(t, s, at).Refs[main])

	// A client that believes in the old state, whatever it was told.
	base := git(t, b, "rev-parse", "HEAD~1")
	got := pushRaw(t, s, gitstore.Push{AllowForce: func(string) bool { return true }}, base, []object{{1, "tree " + git(t, b, "rev-parse", "HEAD~1^{tree}") +
		"\nparent " + base + "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n"}})
	require.Contains(t, got, "ng refs/heads/main fetch first")
	require.Equal(t, ha, pushed(t, s, at).Refs[main])
}

func TestPushersRace(t *testing.T) {
	s := newFolder(t)
	url := pushServer(t, s, at, gitstore.Push{})
	seed := worktree(t, url)
	edit(t, seed, "index.md", "first")
	git(t, seed, "push", "-q", "origin", "main")
	const n = 6
	var dirs, heads []string
	for i := range n {
		dir := clone(t, strings.TrimSuffix(url, "/x.git"))
		heads = append(heads, edit(t, dir, fmt.Sprintf("%d.md", i), fmt.Sprint(i)))
		dirs = append(dirs, dir)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var winners []string
	for i, dir := range dirs {
		all.Go(func() {
			if _, err := tryGit(t, dir, "push", "origin", "main"); err == nil {
				mu.Lock()
				winners = append(winners, heads[i])
				mu.Unlock()
			}
			// Other refs do not stand in each other's way.
			out, err := tryGit(t, dir, "push", "origin", fmt.Sprintf("main:side-%d", i))
			assert.NoError(t, err, out)
		})
	}
	all.Wait()
	require.Len(t, winners, 1)
	m := pushed(t, s, at)
	require.Equal(t, winners[0], m.Refs[main])
	require.Len(t, m.Refs, 1+n)
	for i, h := range heads {
		require.Equal(t, h, m.Refs[fmt.Sprintf("refs/heads/side-%d", i)])
	}
	git(t, seed, "fetch", "-q")
	fsck(t, seed)
}

func TestAtomicPush(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	url := pushServer(t, s, at, gitstore.Push{})
	dir := worktree(t, url)
	edit(t, dir, "index.md", "first")
	git(t, dir, "push", "-q", "origin", "main")
	git(t, dir, "checkout", "-q", "-b", "side")
	side := edit(t, dir, "side.md", "side")
	git(t, dir, "checkout", "-q", "main")
	git(t, dir, "commit", "-q", "--amend", "-m", "rewritten")
	secret := edit(t, dir, "rewritten.md", "only main leads here")

	out, err := tryGit(t, dir, "push", "--atomic", "--force", "origin", "main", "side")
	require.Error(t, err)
	require.Contains(t, out, "atomic")
	require.Len(t, pushed(t, s, at).Refs, 1)
	require.Len(t, bucketPacks(t, b), 1, "the refused push left a pack")

	_, err = tryGit(t, dir, "push", "--force", "origin", "main", "side")
	require.Error(t, err, "main is refused")
	require.Equal(t, side, pushed(t, s, at).Refs["refs/heads/side"])
	require.True(t, pushed(t, s, at).Closed)
	require.NotContains(t, ask(t, s, "want "+secret, "", "done"), "PACK", "what came with the refused branch was stored")

	git(t, dir, "push", "-q", "--atomic", "origin", "side:one", "side:two")
	require.Len(t, pushed(t, s, at).Refs, 4)
}

func TestHooksOfAPush(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	var accepted []gitstore.RefUpdate
	o := gitstore.Push{
		Accept: func(ctx context.Context, p gitstore.Proposal) (json.RawMessage, error) {
			tree, err := p.After.Tree(ctx, p.After.Head())
			require.NoError(t, err)
			index, err := fs.ReadFile(tree, "index.md")
			if err != nil {
				return nil, &gitstore.Refusal{Reason: "1 problem", Lines: []string{"index.md:1: there is no \x1b[31mindex.md"}}
			}
			log, err := p.After.Log(ctx, p.After.Head(), 100)
			require.NoError(t, err)
			p.Say("%d revisions", len(log))
			return json.Marshal(map[string]any{"text": string(index), "options": p.Options, "first": p.Before == nil})
		},
		Accepted: func(_ context.Context, p gitstore.Proposal) {
			accepted = append(accepted, p.Updates...)
			require.Equal(t, main, p.Updates[0].Ref)
			require.Equal(t, p.Updates[0].New, p.After.Head())
		},
	}
	url := pushServer(t, s, at, o)
	dir := worktree(t, url)
	edit(t, dir, "other.md", "x")
	out, err := tryGit(t, dir, "push", "origin", "main")
	require.Error(t, err)
	require.Contains(t, out, "remote: index.md:1: there is no ?[31mindex.md")
	require.Contains(t, out, "(1 problem)")
	require.Empty(t, bucketPacks(t, b))
	_, err = s.Open(t.Context(), at)
	require.ErrorIs(t, err, kind.ErrNotFound)

	edit(t, dir, "index.md", "hello")
	out = git(t, dir, "push", "-o", "message=hi", "-o", "two", "origin", "main")
	require.Contains(t, out, "remote: 2 revisions")
	require.JSONEq(t, `{"text":"hello","options":["message=hi","two"],"first":true}`, string(pushed(t, s, at).Record))
	require.Len(t, accepted, 1)
}

func TestAFailingHookIsNotAnAnswer(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	url := pushServer(t, s, at, gitstore.Push{Accept: func(context.Context, gitstore.Proposal) (json.RawMessage, error) {
		return nil, errors.New("password of the database")
	}})
	dir := worktree(t, url)
	edit(t, dir, "index.md", "x")
	out, err := tryGit(t, dir, "push", "origin", "main")
	require.Error(t, err)
	require.Contains(t, out, "the server failed")
	require.NotContains(t, out, "password")
	require.Empty(t, bucketPacks(t, b))
}

func TestSuggestions(t *testing.T) {
	s := newFolder(t)
	refuse := false
	o := gitstore.Push{
		Accept: func(context.Context, gitstore.Proposal) (json.RawMessage, error) { return nil, kind.ErrDenied },
		Suggest: func(_ context.Context, p gitstore.Proposal, n int) (json.RawMessage, error) {
			if refuse {
				return nil, fmt.Errorf("%w: no more", kind.ErrDenied)
			}
			require.Len(t, p.Updates, 1)
			p.Say("Thank you: suggestion %d.", n)
			return json.Marshal(n)
		},
	}
	_, base := first(t, s, tree("index.md", "published"))
	url := pushServer(t, s, at, o)
	dir := clone(t, strings.TrimSuffix(url, "/x.git"))
	h := edit(t, dir, "index.md", "suggested")
	out := git(t, dir, "push", "origin", "HEAD:refs/for/main")
	require.Contains(t, out, "remote: Thank you: suggestion 1.")
	git(t, dir, "commit", "-q", "--amend", "-m", "another")
	h2 := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "push", "-q", "origin", "HEAD:refs/for/main")
	m := pushed(t, s, at)
	require.Equal(t, map[string]gitstore.Hash{main: base, "refs/suggestions/1/head": h, "refs/suggestions/2/head": h2}, m.Refs)
	require.JSONEq(t, "2", string(m.Record))
	require.NotContains(t, git(t, clone(t, strings.TrimSuffix(url, "/x.git")), "log", "--all"), "another")
	git(t, dir, "fetch", "-q", "origin", "refs/suggestions/1/head")
	require.Equal(t, h, git(t, dir, "rev-parse", "FETCH_HEAD"))

	_, err := tryGit(t, dir, "push", "origin", "HEAD:main")
	require.Error(t, err, "who may suggest may not push")
	out, err = tryGit(t, dir, "push", "origin", ":refs/suggestions/1/head", "HEAD:refs/other/x")
	require.Error(t, err)
	require.Contains(t, out, "only branches, tags")
	refuse = true
	edit(t, dir, "index.md", "once more")
	out, err = tryGit(t, dir, "push", "origin", "HEAD:refs/for/main")
	require.Error(t, err)
	require.Contains(t, out, "no more")
	require.Len(t, pushed(t, s, at).Refs, 3)

	_, err = tryGit(t, dir, "push", pushServer(t, s, at, gitstore.Push{}), "HEAD:refs/for/main")
	require.Error(t, err, "nobody takes suggestions")
}
