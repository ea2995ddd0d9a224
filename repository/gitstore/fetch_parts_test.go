package gitstore_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// revisions is main with n commits, a minute apart, and the address that it is served at.
func revisions(t *testing.T, s *gitstore.Store, n int) (*gitstore.Repository, string) {
	t.Helper()
	files := tree("index.md", lines(200, "0"), "same.md", "never changes", "part/a.md", "a")
	r, _ := first(t, s, files)
	for i := 1; i < n; i++ {
		files["index.md"] = gitstore.File{Data: []byte(lines(200, "0") + fmt.Sprint(i))}
		r, _ = next(t, s, r, files, i)
	}
	return r, pushServer(t, s, at, gitstore.Push{})
}

func count(t *testing.T, dir string) string {
	t.Helper()
	fsck(t, dir)
	return git(t, dir, "rev-list", "--count", "origin/main")
}

func TestDeepenByCommitsDatesAndRefs(t *testing.T) {
	s := newFolder(t)
	_, url := revisions(t, s, 10)
	base := strings.TrimSuffix(url, "/x.git")
	dir := clone(t, base, "--depth", "2")
	require.Equal(t, "2", count(t, dir))
	git(t, dir, "fetch", "-q", "--deepen", "3")
	require.Equal(t, "5", count(t, dir))
	git(t, dir, "fetch", "-q", "--shallow-since", noon.Add(150e9).Format("2006-01-02T15:04:05Z"))
	require.Equal(t, "7", count(t, dir), "minutes 3 to 9")
	git(t, dir, "fetch", "-q", "--unshallow")
	require.Equal(t, "10", count(t, dir))

	git(t, dir, "tag", "old", "HEAD~6")
	git(t, dir, "push", "-q", "origin", "old")
	dir = clone(t, base, "--shallow-exclude", "old", "--no-tags")
	require.Equal(t, "6", count(t, dir))
	git(t, dir, "fetch", "-q", "--unshallow")
	require.Equal(t, "10", count(t, dir))

	out, err := tryGit(t, "", "clone", "-q", "--shallow-since", "2030-01-01", url, filepath.Join(t.TempDir(), "x"))
	require.Error(t, err)
	require.Contains(t, out, "no commits are within")
	out, err = tryGit(t, "", "clone", "-q", "--shallow-exclude", "unknown", url, filepath.Join(t.TempDir(), "x"))
	require.Error(t, err)
	require.Contains(t, out, "there is no ref")
}

func TestPushFromAShallowClone(t *testing.T) {
	s := newFolder(t)
	_, url := revisions(t, s, 5)
	dir := clone(t, strings.TrimSuffix(url, "/x.git"), "--depth", "1")
	h := edit(t, dir, "index.md", "from a shallow clone")
	git(t, dir, "push", "-q", "origin", "main")
	require.Equal(t, h, pushed(t, s, at).Refs[main])
	require.Equal(t, "6", count(t, clone(t, strings.TrimSuffix(url, "/x.git"))))

	empty := pushServer(t, s, atRemix, gitstore.Push{})
	out, err := tryGit(t, dir, "push", empty, "main")
	require.Error(t, err, "its history is not whole")
	require.Contains(t, out, "object missing")
}

func TestPartialClone(t *testing.T) {
	for name, forced := range map[string]bool{"closed": false, "after a forced push": true} {
		t.Run(name, func(t *testing.T) {
			s := newFolder(t)
			_, url := revisions(t, s, 5)
			if forced {
				dir := clone(t, strings.TrimSuffix(url, "/x.git"))
				edit(t, dir, "index.md", "gone")
				git(t, dir, "push", "-q", "origin", "main")
				git(t, dir, "reset", "-q", "--hard", "HEAD~1")
				git(t, dir, "push", "-q", "--force", pushServer(t, s, at, gitstore.Push{AllowForce: func(string) bool { return true }}), "main")
				require.False(t, pushed(t, s, at).Closed)
			}
			dir := filepath.Join(t.TempDir(), "clone")
			git(t, "", "clone", "-q", "--filter=blob:none", "--no-checkout", url, dir)
			missing := git(t, dir, "rev-list", "--objects", "--missing=print", "--all")
			require.Equal(t, 5+2, strings.Count(missing, "?"), "files came: %s", missing)
			git(t, dir, "checkout", "-q", "main") // asks for the files of one revision
			require.Equal(t, "never changes", read(t, dir, "same.md"))
			require.Equal(t, 4, strings.Count(git(t, dir, "rev-list", "--objects", "--missing=print", "--all"), "?"))
			require.Contains(t, git(t, dir, "log", "-p", "--", "index.md"), "Line 7 of 0.")
			fsck(t, dir)

			small := filepath.Join(t.TempDir(), "small")
			git(t, "", "clone", "-q", "--filter=blob:limit=1k", "--no-checkout", url, small)
			require.Equal(t, 5, strings.Count(git(t, small, "rev-list", "--objects", "--missing=print", "--all"), "?"))

			out, err := tryGit(t, "", "clone", "-q", "--filter=tree:0", url, filepath.Join(t.TempDir(), "x"))
			require.Error(t, err)
			require.Contains(t, out, "is not supported")
		})
	}
}

func TestAnnotatedTagsFollow(t *testing.T) {
	s := newFolder(t)
	_, url := revisions(t, s, 3)
	base := strings.TrimSuffix(url, "/x.git")
	reader, author := clone(t, base), clone(t, base)
	edit(t, author, "index.md", "tagged")
	git(t, author, "tag", "-a", "-m", "First edition.", "v1")
	git(t, author, "push", "-q", "origin", "main", "v1")
	git(t, reader, "fetch", "-q")
	require.Equal(t, git(t, author, "rev-parse", "v1"), git(t, reader, "rev-parse", "v1"))
	fsck(t, reader)
	single := clone(t, base, "--single-branch", "--depth", "1")
	require.Equal(t, "v1", git(t, single, "tag"))
}

// However a revision came to be stored, whoever has the one before is sent little more than what changed.
func TestAFetchOfOneCommitIsSmall(t *testing.T) {
	for _, how := range []string{"saved", "pushed"} {
		t.Run(how, func(t *testing.T) {
			s := newFolder(t)
			files := lessonFiles(1)
			for i := range 20 {
				files[fmt.Sprintf("part-03/more-%d.md", i)] = gitstore.File{Data: []byte(fmt.Sprint(i))}
			}
			r, old := first(t, s, files)
			url := pushServer(t, s, at, gitstore.Push{})
			dir := clone(t, strings.TrimSuffix(url, "/x.git"))
			text := string(files["part-03/index.md"].Data)
			text = text[:3000] + " This sentence is new. " + text[3000:]
			var h gitstore.Hash
			if how == "pushed" {
				h = edit(t, dir, "part-03/index.md", text)
				git(t, dir, "push", "-q", "origin", "main")
			} else {
				files["part-03/index.md"] = gitstore.File{Data: []byte(text)}
				_, h = next(t, s, r, files, 1)
				git(t, dir, "pull", "-q")
			}
			want := "want " + h + " multi_ack_detailed side-band-64k thin-pack ofs-delta"
			body := pkt(want+"\n") + "0000" + pkt("have "+old+"\n") + pkt("done\n")
			var ours bytes.Buffer
			require.NoError(t, s.UploadPack(t.Context(), at, "", strings.NewReader(body), &ours))

			bare := filepath.Join(t.TempDir(), "bare.git")
			git(t, "", "clone", "-q", "--bare", dir, bare)
			git(t, bare, "repack", "-adq")
			cmd := exec.CommandContext(t.Context(), "git", "upload-pack", "--stateless-rpc", bare)
			cmd.Stdin = strings.NewReader(body)
			native, err := cmd.Output()
			require.NoError(t, err)
			t.Log(ours.Len(), "bytes, native", len(native))
			require.Less(t, ours.Len(), 3*len(native))
		})
	}
}
