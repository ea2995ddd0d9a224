package gitstore_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// native serves a folder of repositories as git's own http-backend does.
func native(t *testing.T, root string) string {
	t.Helper()
	backend := filepath.Join(git(t, "", "--exec-path"), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Skip("git-http-backend is missing: apt-get install git")
	}
	srv := httptest.NewServer(&cgi.Handler{
		Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"},
		Stderr: io.Discard,
	})
	t.Cleanup(srv.Close)
	return srv.URL
}

// foreign is a repository made by git itself.
func foreign(t *testing.T) (root, dir string) {
	t.Helper()
	root = t.TempDir()
	dir = filepath.Join(root, "x.git")
	git(t, "", "init", "-q", "-b", "main", dir)
	return root, dir
}

func write(t *testing.T, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
}

func commit(t *testing.T, dir string) gitstore.Hash {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "change")
	return git(t, dir, "rev-parse", "HEAD")
}

func TestImportFromNativeGit(t *testing.T) {
	if testing.Short() {
		t.Skip("one client at a time; takes long")
	}
	stores(t, func(t *testing.T, s *gitstore.Store) {
		root, dir := foreign(t)
		var old gitstore.Hash
		for i := range 30 { // text that packs into deltas
			write(t, dir, "index.md", strings.Repeat("A line that stays.\n", 200)+fmt.Sprint(i))
			write(t, dir, fmt.Sprintf("part/%02d.md", i), "x")
			h := commit(t, dir)
			if i == 20 {
				old = h
			}
		}
		tip := git(t, dir, "rev-parse", "HEAD")
		git(t, dir, "gc", "-q", "--aggressive")
		remote := gitstore.Remote{URL: native(t, root) + "/x.git/.git", Client: http.DefaultClient}

		r, err := s.Import(t.Context(), at, remote, "")
		require.NoError(t, err)
		require.Equal(t, tip, r.Head())
		log, err := r.Log(t.Context(), tip, 100)
		require.NoError(t, err)
		require.Len(t, log, 30)
		cloned := clone(t, server(t, s, at).URL)
		require.Equal(t, tip, git(t, cloned, "rev-parse", "HEAD"))

		// A save on top, a clone of stored deltas together with a pack of our own, and a fetch that has to leave bases out.
		_, h := next(t, s, r, tree("index.md", "ours now"), 1)
		git(t, cloned, "fetch", "-q")
		require.Equal(t, h, git(t, cloned, "rev-parse", "origin/main"))
		fsck(t, cloned)
		clone(t, server(t, s, at).URL)
		clone(t, server(t, s, at).URL, "--depth", "2")

		// An older revision, which git's server does not give out by itself.
		r, err = s.Import(t.Context(), atRemix, remote, old)
		require.NoError(t, err)
		require.Equal(t, old, r.Head())
		dir = clone(t, server(t, s, atRemix).URL)
		require.Equal(t, old, git(t, dir, "rev-parse", "HEAD"))
		_, err = tryGit(t, dir, "cat-file", "-e", tip)
		require.Error(t, err, "what the older revision does not lead to was sent")

		_, err = s.Import(t.Context(), at, remote, "")
		require.ErrorIs(t, err, kind.ErrConflict)
	})
}

func TestRemixAcrossServers(t *testing.T) {
	theirs, ours := newFolder(t), newFolder(t)
	r, old := first(t, theirs, tree("index.md", "theirs", "part/index.md", "a part"))
	next(t, theirs, r, tree("index.md", "theirs, later", "part/index.md", "a part"), 1)
	remote := gitstore.Remote{URL: server(t, theirs, at).URL + "/r/theirs/lesson.git", Client: http.DefaultClient}

	base, err := ours.Fetch(t.Context(), family, remote, old)
	require.NoError(t, err)
	_, err = ours.Open(t.Context(), atRemix)
	require.ErrorIs(t, err, kind.ErrNotFound, "nothing is visible before the save")

	save := revision(base, tree("index.md", "ours", "part/index.md", "a part"), 9)
	save.Old, save.Record = "", []byte(`{"owner":"us"}`)
	_, h, err := ours.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	dir := clone(t, server(t, ours, atRemix).URL)
	require.Equal(t, h, git(t, dir, "rev-parse", "HEAD"))
	require.Equal(t, old, git(t, dir, "rev-parse", "HEAD~1"))
}

func TestImportOfWhatIsNotThere(t *testing.T) {
	s := newFolder(t)
	root, dir := foreign(t)
	write(t, dir, "index.md", "x")
	commit(t, dir)
	url := native(t, root)
	for name, c := range map[string]struct {
		remote gitstore.Remote
		want   gitstore.Hash
		err    error
	}{
		"repository": {gitstore.Remote{URL: url + "/none", Client: http.DefaultClient}, "", kind.ErrNotFound},
		"revision":   {gitstore.Remote{URL: url + "/x.git/.git", Client: http.DefaultClient}, strings.Repeat("1", 40), kind.ErrInvalid},
		"client":     {gitstore.Remote{URL: url + "/x.git/.git"}, "", kind.ErrInvalid},
		"scheme":     {gitstore.Remote{URL: "file://" + dir, Client: http.DefaultClient}, "", kind.ErrInvalid},
		"a path":     {gitstore.Remote{URL: dir, Client: http.DefaultClient}, "", kind.ErrInvalid},
		"ssh":        {gitstore.Remote{URL: "git@example.org:x/y.git", Client: http.DefaultClient}, "", kind.ErrInvalid},
		"password":   {gitstore.Remote{URL: "http://user:pass@127.0.0.1/x.git", Client: http.DefaultClient}, "", kind.ErrInvalid},
		"room":       {gitstore.Remote{URL: url + "/x.git/.git", Client: http.DefaultClient, MaxBytes: 300}, "", kind.ErrInvalid},
		"bad hash":   {gitstore.Remote{URL: url + "/x.git/.git", Client: http.DefaultClient}, "main", kind.ErrInvalid},
	} {
		_, err := s.Import(t.Context(), at, c.remote, c.want)
		assert.ErrorIs(t, err, c.err, name)
	}
}

// Each of these a careless server would hand on to everyone who clones.
func TestImportRefusesTrickery(t *testing.T) {
	blobOf := func(t *testing.T, dir string) string {
		write(t, dir, "file", "x")
		return git(t, dir, "hash-object", "-w", "file")
	}
	entry := func(mode, name, id string) string {
		raw := mode + " " + name + "\x00"
		for i := 0; i < len(id); i += 2 {
			var b byte
			fmt.Sscanf(id[i:i+2], "%02x", &b)
			raw += string([]byte{b})
		}
		return raw
	}
	object := func(t *testing.T, dir, kind, data string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", "hash-object", "--literally", "-t", kind, "-w", "--stdin")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(data)
		out, err := cmd.Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(out))
	}
	commitOf := func(tree string) string {
		return "tree " + tree + "\nauthor a <a@example.org> 1772366400 +0000\ncommitter a <a@example.org> 1772366400 +0000\n\nx\n"
	}
	for name, root := range map[string]func(x string) string{
		".git":                 func(x string) string { return entry("100644", ".git", x) },
		".GIT":                 func(x string) string { return entry("100644", ".GIT", x) },
		".git with a stream":   func(x string) string { return entry("100644", ".git::$INDEX_ALLOCATION", x) },
		".git with a dot":      func(x string) string { return entry("100644", ".git. .", x) },
		"short name":           func(x string) string { return entry("100644", "GIT~1", x) },
		"ignored character":    func(x string) string { return entry("100644", ".g\u200cit", x) },
		".gitmodules":          func(x string) string { return entry("100644", ".gitmodules", x) },
		"parent folder":        func(x string) string { return entry("100644", "..", x) },
		"this folder":          func(x string) string { return entry("100644", ".", x) },
		"slash":                func(x string) string { return entry("100644", "a/b", x) },
		"backslash":            func(x string) string { return entry("100644", `a\b`, x) },
		"line feed":            func(x string) string { return entry("100644", "a\nb", x) },
		"not UTF-8":            func(x string) string { return entry("100644", "a\xff", x) },
		"empty name":           func(x string) string { return entry("100644", "", x) },
		"symbolic link":        func(x string) string { return entry("120000", "link", x) },
		"submodule":            func(x string) string { return entry("160000", "sub", strings.Repeat("1", 40)) },
		"group may write":      func(x string) string { return entry("100664", "a", x) },
		"zero in front":        func(x string) string { return entry("0100644", "a", x) },
		"case":                 func(x string) string { return entry("100644", "README", x) + entry("100644", "readme", x) },
		"sharp s":              func(x string) string { return entry("100644", "STRASSE", x) + entry("100644", "stra\u00dfe", x) },
		"composed":             func(x string) string { return entry("100644", "e\u0301", x) + entry("100644", "\u00e9", x) },
		"twice":                func(x string) string { return entry("100644", "a", x) + entry("100644", "a", x) },
		"order":                func(x string) string { return entry("100644", "b", x) + entry("100644", "a", x) },
		"file that is no file": func(x string) string { return entry("40000", "a", x) },
		"damaged tree":         func(x string) string { return entry("100644", "a", x)[:20] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, dir := foreign(t)
			tree := object(t, dir, "tree", root(blobOf(t, dir)))
			tip := object(t, dir, "commit", commitOf(tree))
			refused(t, base, dir, tip)
		})
	}
	for name, commit := range map[string]func(tree string) string{
		"commit without an author": func(tree string) string { return "tree " + tree + "\n\nx\n" },
		"commit without a tree":    func(tree string) string { return "author a <a@b> 1 +0000\n\nx\n" },
		"commit with a zero byte":  func(tree string) string { return commitOf(tree) + "\x00" },
		"author in brackets":       func(tree string) string { return strings.Replace(commitOf(tree), "author a", "author <a>", 1) },
		"tree that is a commit":    func(tree string) string { return commitOf(tree) + "again" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, dir := foreign(t)
			tree := object(t, dir, "tree", entry("100644", "index.md", blobOf(t, dir)))
			if name == "tree that is a commit" {
				tree = object(t, dir, "commit", commitOf(tree))
			}
			refused(t, base, dir, object(t, dir, "commit", commit(tree)))
		})
	}
	t.Run("deep folders", func(t *testing.T) {
		base, dir := foreign(t)
		tree := object(t, dir, "tree", entry("100644", "index.md", blobOf(t, dir)))
		for range 40 {
			tree = object(t, dir, "tree", entry("40000", "d", tree))
		}
		refused(t, base, dir, object(t, dir, "commit", commitOf(tree)))
	})
}

// refused packs everything that a repository holds, serves it as a hostile server might, and wants it refused.
func refused(t *testing.T, root, dir, tip string) {
	t.Helper()
	list := git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
	cmd := exec.CommandContext(t.Context(), "git", "pack-objects", "--stdout", "-q")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(list+"\n")
	pack, err := cmd.Output()
	require.NoError(t, err)
	importRefuses(t, tip, pack)
}

func importRefuses(t *testing.T, tip string, pack []byte) {
	t.Helper()
	b := blobtest.NewFaulty(new(blob.Memory))
	s := gitstore.New(b, gitstore.Options{})
	srv := hostile(t, tip, pack)
	_, err := s.Import(t.Context(), at, gitstore.Remote{URL: srv + "/x.git", Client: http.DefaultClient}, tip)
	require.ErrorIs(t, err, kind.ErrInvalid)
	for _, op := range b.Ops() {
		require.NotEqual(t, blobtest.Put, op.Kind, "something was stored: %s", op.Key)
	}
}

// hostile is a server that answers every request with one pack.
func hostile(t *testing.T, tip string, pack []byte) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/info/refs") {
			line := tip + " refs/heads/main\x00ofs-delta\n"
			fmt.Fprintf(w, "001e# service=git-upload-pack\n0000%04x%s0000", len(line)+4, line)
			return
		}
		io.WriteString(w, "0008NAK\n")
		w.Write(pack)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestImportRefusesDamagedPacks(t *testing.T) {
	_, dir := foreign(t)
	write(t, dir, "index.md", strings.Repeat("A line that stays.\n", 100))
	write(t, dir, "other.md", strings.Repeat("A line that stays.\n", 100)+"x")
	tip := commit(t, dir)
	pack := func(args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"pack-objects", "--stdout", "-q"}, args...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")+"\n")
		out, err := cmd.Output()
		require.NoError(t, err)
		return out
	}
	whole := pack()
	t.Run("whole", func(t *testing.T) { // else the rest would prove nothing
		s := gitstore.New(new(blob.Memory), gitstore.Options{})
		_, err := s.Import(t.Context(), at, gitstore.Remote{URL: hostile(t, tip, whole) + "/x.git", Client: http.DefaultClient}, tip)
		require.NoError(t, err)
	})
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	count := bytes.Clone(whole)
	count[11]++
	for name, damaged := range map[string][]byte{
		"cut":          whole[:len(whole)-30],
		"flipped bit":  flipped,
		"count":        count,
		"version":      append([]byte("PACK\x00\x00\x00\x03"), whole[8:]...),
		"more bytes":   append(bytes.Clone(whole), "and more"...),
		"empty":        whole[:12],
		"many objects": append([]byte("PACK\x00\x00\x00\x02\xff\xff\xff\xff"), whole[12:]...),
	} {
		t.Run(name, func(t *testing.T) { importRefuses(t, tip, damaged) })
	}
	t.Run("missing objects", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), "git", "pack-objects", "--stdout", "-q")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(tip+"\n"+git(t, dir, "rev-parse", "HEAD^{tree}")+"\n")
		out, err := cmd.Output()
		require.NoError(t, err)
		importRefuses(t, tip, out)
	})
}
