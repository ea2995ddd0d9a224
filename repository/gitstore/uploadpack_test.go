package gitstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

func TestCloneAndFetchWithGit(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		noise := make([]byte, 300_000) // a pack that is not kept in memory
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		files := tree("index.md", "# Pizzas\n", "media/strips.svg", "<svg/>", "01-strips/index.md", "# Strips\n", "media/noise.bin", string(noise))
		files["run.sh"] = gitstore.File{Data: []byte("#!/bin/sh\n"), Executable: true}
		r, h := first(t, s, files)
		url := server(t, s, at).URL

		dir := clone(t, url)
		require.Equal(t, h, git(t, dir, "rev-parse", "HEAD"))
		require.Equal(t, "main", git(t, dir, "branch", "--show-current"))
		require.Equal(t, "# Strips\n", read(t, dir, "01-strips/index.md"))
		require.True(t, string(noise) == read(t, dir, "media/noise.bin"))
		st, err := os.Stat(filepath.Join(dir, "run.sh"))
		require.NoError(t, err)
		require.NotZero(t, st.Mode()&0o100)

		for i := range 3 { // several packs
			files["index.md"] = gitstore.File{Data: fmt.Appendf(nil, "# Pizzas %d\n", i)}
			r, h = next(t, s, r, files, i+1)
		}
		git(t, dir, "fetch", "-q")
		require.Equal(t, h, git(t, dir, "rev-parse", "origin/main"))
		fsck(t, dir)
		git(t, dir, "merge", "-q", "--ff-only", "origin/main")
		require.Equal(t, "# Pizzas 2\n", read(t, dir, "index.md"))
		git(t, dir, "fetch", "-q") // nothing new

		again := clone(t, url)
		require.Equal(t, h, git(t, again, "rev-parse", "HEAD"))
		require.Equal(t, "4", git(t, again, "rev-list", "--count", "HEAD"))
	})
}

func TestFetchSendsOnlyWhatIsNew(t *testing.T) {
	s := newFolder(t)
	files := tree("index.md", "one")
	for i := range 50 {
		files[fmt.Sprintf("media/%02d.txt", i)] = gitstore.File{Data: []byte(strings.Repeat(fmt.Sprint(i), 50))}
	}
	r, _ := first(t, s, files)
	old := r.Head()
	files["index.md"] = gitstore.File{Data: []byte("two")}
	_, h := next(t, s, r, files, 1)

	got := ask(t, s, "want "+h, "", "have "+old, "", "done")
	require.Equal(t, 3, objects(t, got), "a commit, a tree and a file are new")
	require.Equal(t, 54+3, objects(t, ask(t, s, "want "+h, "", "done")))
}

// ask sends the lines of a request, "" for a flush, and answers the response.
func ask(t *testing.T, s *gitstore.Store, lines ...string) string {
	t.Helper()
	var in, out bytes.Buffer
	for _, l := range lines {
		if l == "" {
			in.WriteString("0000")
		} else {
			fmt.Fprintf(&in, "%04x%s\n", len(l)+5, l)
		}
	}
	require.NoError(t, s.UploadPack(t.Context(), at, "", &in, &out))
	return out.String()
}

// objects is the number of objects of the pack in a response.
func objects(t *testing.T, response string) int {
	t.Helper()
	_, pack, ok := strings.Cut(response, "PACK\x00\x00\x00\x02")
	require.True(t, ok, "%.200q", response)
	return int(binary.BigEndian.Uint32([]byte(pack)))
}

func TestShallowCloneAndDeepen(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		files := tree("index.md", "0", "same.md", "never changes")
		r, _ := first(t, s, files)
		for i := 1; i < 6; i++ {
			files["index.md"] = gitstore.File{Data: []byte(fmt.Sprint(i))}
			r, _ = next(t, s, r, files, i)
		}
		url := server(t, s, at).URL
		count := func(dir, want string) {
			t.Helper()
			fsck(t, dir)
			require.Equal(t, want, git(t, dir, "rev-list", "--count", "origin/main"))
		}
		dir := clone(t, url, "--depth", "1")
		count(dir, "1")
		require.Equal(t, "never changes", read(t, dir, "same.md"))

		git(t, dir, "fetch", "-q", "--depth", "3")
		count(dir, "3")

		files["index.md"] = gitstore.File{Data: []byte("6")}
		r, h := next(t, s, r, files, 6)
		git(t, dir, "fetch", "-q")
		count(dir, "4")
		require.Equal(t, h, git(t, dir, "rev-parse", "origin/main"))

		git(t, dir, "fetch", "-q", "--depth", "1")
		count(dir, "1")

		git(t, dir, "fetch", "-q", "--unshallow")
		count(dir, "7")

		_ = r
	})
}

func TestCloneOfARemixHasBothHistories(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		source, old := first(t, s, tree("index.md", "source"))
		secret, _ := next(t, s, source, tree("index.md", "source, edited later"), 1)

		save := revision(secret, tree("index.md", "remixed"), 5)
		save.Old, save.Parents = "", []gitstore.Hash{old} // of the older revision
		_, h, err := s.Save(t.Context(), atRemix, save)
		require.NoError(t, err)

		dir := clone(t, server(t, s, atRemix).URL)
		require.Equal(t, h, git(t, dir, "rev-parse", "HEAD"))
		require.Equal(t, old, git(t, dir, "rev-parse", "HEAD~1"))
		out, err := tryGit(t, dir, "cat-file", "-e", secret.Head())
		require.Error(t, err, "a later revision of the source came with the remix: %s", out)
		out, err = tryGit(t, dir, "fetch", "origin", secret.Head())
		require.Error(t, err)
		require.Contains(t, out, "not our ref")
	})
}

func TestARevisionMayBeFetchedByItsHash(t *testing.T) {
	s := newFolder(t)
	r, old := first(t, s, tree("index.md", "1"))
	next(t, s, r, tree("index.md", "2"), 1)
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "fetch", "-q", server(t, s, at).URL+"/x.git", old)
	require.Equal(t, old, git(t, dir, "rev-parse", "FETCH_HEAD"))
}

func TestOldClientsAreServed(t *testing.T) {
	s := newFolder(t)
	r, old := first(t, s, tree("index.md", "1"))
	_, h := next(t, s, r, tree("index.md", "2"), 1)
	got := ask(t, s, "want "+h, "", "have "+old, "", "done") // no capabilities: one ACK, then a bare pack
	require.True(t, strings.HasPrefix(got, "0031ACK "+old+"\nPACK"), "%.80q", got)
	got = ask(t, s, "want "+h, "", "done")
	require.True(t, strings.HasPrefix(got, "0008NAK\nPACK"), "%.80q", got)
	got = ask(t, s, "want "+h, "", "have "+strings.Repeat("1", 40), "")
	require.Equal(t, "0008NAK\n", got)
	require.Empty(t, ask(t, s, ""))
}

func TestBadRequestsAreRefused(t *testing.T) {
	s := newFolder(t)
	_, h := first(t, s, tree("index.md", "1"))
	hex := strings.Repeat("1", 40)
	for name, in := range map[string]string{
		"unknown want":      "0032want " + hex + "\n00000009done\n",
		"upper case":        "0032want " + strings.ToUpper(strings.Repeat("a", 40)) + "\n0000",
		"no hash":           "000bwant x\n0000",
		"unknown filter":    "0032want " + h + "\n0014filter tree:0\n0000",
		"unknown line":      "0009what\n0000",
		"negative depth":    "0032want " + h + "\n000edeepen -1\n0000",
		"damaged length":    "zzzzwant",
		"cut off":           "0032want 1234",
		"have of nothing":   "0032want " + h + "\n00000009have \n",
		"done is not have":  "0032want " + h + "\n00000009push\n",
		"length of one":     "0001",
		"too long to be so": "ffffwant ",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, s.UploadPack(t.Context(), at, "", strings.NewReader(in), &out))
			assert.Contains(t, out.String(), "ERR upload-pack: ")
			assert.NotContains(t, out.String(), "PACK")
		})
	}
}
