package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// clone is a working copy of somebody who pushes with real git.
type clone struct{ dir, origin string }

// cloned makes an empty one, which pushes to an address as an account.
func cloned(t *testing.T, s *apptest.Server, account, path string) clone {
	t.Helper()
	c := clone{t.TempDir(), strings.Replace(s.URL, "://", "://"+account+":"+s.Token(t, account)+"@", 1) + "/r/" + path + ".git"}
	c.must(t, "init", "-qb", "main")
	c.must(t, "remote", "add", "origin", c.origin)
	return c
}

func (c clone) git(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", c.dir, "-c", "user.name=Rosa", "-c", "user.email=r@x"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (c clone) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.git(t, args...)
	require.NoError(t, err, out)
	return out
}

// commit records a file and returns the revision.
func (c clone) commit(t *testing.T, file, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, file), []byte(text), 0o600))
	c.must(t, "add", ".")
	c.must(t, "commit", "-qm", file)
	return c.must(t, "rev-parse", "HEAD")
}

// object writes an object past git's own checks.
func (c clone) object(t *testing.T, kind, text string) string {
	t.Helper()
	file := filepath.Join(c.dir, ".git", "raw")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return c.must(t, "hash-object", "--literally", "-w", "-t", kind, file)
}

// TestATagThatIsNoReleaseIsRefused has nobody believe that a pushed tag released something, while no page shows it.
func TestATagThatIsNoReleaseIsRefused(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	c := cloned(t, s, "rosa", "rosa/tagged")
	c.commit(t, "index.md", lessonText("Tagged", "Fold."))
	c.must(t, "tag", "-a", "v1", "-m", "First")
	assert.Contains(t, c.must(t, "push", "origin", "main", "v1"), "Released:  "+s.URL+"/r/rosa/tagged/releases/v1")
	has(t, s.Page(t, "/r/rosa/tagged/releases"), "v1")
	newest := c.commit(t, "index.md", lessonText("Tagged", "Fold twice."))
	c.must(t, "push", "origin", "main")
	before := c.must(t, "ls-remote", "origin")

	c.must(t, "checkout", "-qb", "draft")
	draft := c.commit(t, "index.md", lessonText("Tagged", "Fold thrice."))
	c.must(t, "push", "origin", "draft")
	with := c.must(t, "ls-remote", "origin")
	require.NotEqual(t, before, with, "the draft is there")

	const signed = "tagger R <r@x> 1700000000 +0000\n"
	tree := c.must(t, "rev-parse", newest+"^{tree}")
	c.must(t, "tag", "-a", "inner", "-m", "x", newest)
	for name, row := range map[string]struct {
		tag, object string
		says        []string
	}{
		"lightweight":       {"v2", newest, []string{"Tag v2: ", "annotated", "git tag -f -a v2"}},
		"of a tree":         {"v2", c.object(t, "tag", "object "+tree+"\ntype tree\ntag v2\n"+signed+"\nx\n"), []string{"v2", "of a tree, want a commit"}},
		"of a tag":          {"v2", c.object(t, "tag", "object "+c.must(t, "rev-parse", "inner")+"\ntype tag\ntag v2\n"+signed+"\nx\n"), []string{"Tag v2: ", "annotated"}},
		"of a wrong tagger": {"v2", c.object(t, "tag", "object "+newest+"\ntype commit\ntag v2\ntagger R\n\nx\n"), []string{"v2", "tagger's line"}},
		"of another name":   {"v2", c.object(t, "tag", "object "+newest+"\ntype commit\ntag v3\n"+signed+"\nx\n"), []string{"Tag v2: ", `the tag itself says "v3"`, "git tag -f -a v2"}},
		"no version":        {"spring/2", c.object(t, "tag", "object "+newest+"\ntype commit\ntag spring/2\n"+signed+"\nx\n"), []string{"Tag spring/2: not a version", "v2 or 2026.1"}},
		"too long":          {strings.Repeat("v", 41), c.object(t, "tag", "object "+newest+"\ntype commit\ntag v\n"+signed+"\nx\n"), []string{"not a version", "1 to 40"}},
		"a draft":           {"v2", c.object(t, "tag", "object "+draft+"\ntype commit\ntag v2\n"+signed+"\nx\n"), []string{"Tag v2: ", draft[:7], "git push origin main v2"}},
	} {
		out, err := c.git(t, "push", "origin", row.object+":refs/tags/"+row.tag)
		require.Error(t, err, "%s: %s", name, out)
		for _, words := range row.says {
			assert.Contains(t, out, words, name)
		}
		assert.Equal(t, with, c.must(t, "ls-remote", "origin"), name)
	}
	// With main it is all or nothing: what the pusher meant to release is not published without it.
	c.must(t, "checkout", "-q", "main")
	c.commit(t, "index.md", lessonText("Tagged", "Fold four times."))
	out, err := c.git(t, "push", "origin", "main", "HEAD:refs/tags/v2")
	require.Error(t, err, out)
	assert.Contains(t, out, "Tag v2: ")
	assert.Equal(t, with, c.must(t, "ls-remote", "origin"))
	hasNot(t, s.Page(t, "/r/rosa/tagged"), "Fold four times.")
	list, err := s.App.Repository.Releases(t.Context(), s.At(t, "rosa/tagged").Address)
	require.NoError(t, err)
	assert.Len(t, list, 1)
}

func TestATakenVersionIsNotPushedAgain(t *testing.T) {
	t.Parallel()
	s, _, _ := oneServer(t)
	made := release(t, s, "rosa/halves", "v1", "Made on its page.")
	c := cloned(t, s, "rosa", "rosa/halves")
	c.must(t, "fetch", "-q", "--no-tags", "origin", "main")
	c.must(t, "reset", "-q", "--hard", "FETCH_HEAD")
	c.commit(t, "index.md", lessonText("Halves", "Fold again."))
	c.must(t, "push", "origin", "main")
	before := c.must(t, "ls-remote", "origin")
	c.must(t, "tag", "-a", "v1", "-m", "Mine")
	for _, force := range []bool{false, true} {
		args := []string{"push", "origin", "v1"}
		says := "already exists"
		if force {
			args, says = append(args, "--force"), "v1 (this tag is there already, and stays as it is: fetch it, and take another name)"
		}
		out, err := c.git(t, args...)
		require.Error(t, err, out)
		assert.Contains(t, out, says)
		assert.Equal(t, before, c.must(t, "ls-remote", "origin"))
	}
	list, err := s.App.Repository.Releases(t.Context(), s.At(t, "rosa/halves").Address)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, made, list[0])
}
