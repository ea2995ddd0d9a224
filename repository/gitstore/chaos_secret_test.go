package gitstore_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// What was forced away through one server cannot be had from any server, whoever asks for what, nor from remixes that were
// made later; compacted and swept it is not in the bucket.
func TestASecretForcedAwayIsGoneFromEveryServer(t *testing.T) {
	t.Parallel()
	b := new(blob.Memory)
	one := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
	two := gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()})
	force := gitstore.Push{AllowForce: func(string) bool { return true }}
	servers := map[*gitstore.Store]string{one: pushServer(t, one, at, force), two: pushServer(t, two, at, force)}
	remixes := map[*gitstore.Store]string{one: pushServer(t, one, atRemix, force), two: pushServer(t, two, atRemix, force)}

	dir := worktree(t, servers[one])
	edit(t, dir, "index.md", lines(50, "fractions"))
	edit(t, dir, "names/class.md", lines(300, "what nobody may read"))
	secrets := []string{
		git(t, dir, "rev-parse", "HEAD"), git(t, dir, "rev-parse", "HEAD^{tree}"), git(t, dir, "rev-parse", "HEAD:names"),
		git(t, dir, "rev-parse", "HEAD:names/class.md"),
	}
	git(t, dir, "tag", "-a", "-m", "tagged", "leak")
	secrets = append(secrets, git(t, dir, "rev-parse", "leak"))
	git(t, dir, "push", "-q", "origin", "main", "leak")
	mirror(t, strings.TrimSuffix(servers[two], "/x.git")) // the other server has it all in its caches
	require.Equal(t, len(secrets), inBucket(t, b, secrets))

	git(t, dir, "push", "-q", "origin", ":leak")
	git(t, dir, "reset", "-q", "--hard", "HEAD~1")
	edit(t, dir, "index.md", lines(50, "decimals"))
	git(t, dir, "push", "-q", "--force", "origin", "main")
	view, err := two.Open(t.Context(), at)
	require.NoError(t, err)
	save := revision(view, tree("index.md", "a remix"), 1)
	save.Old = ""
	_, _, err = two.Save(t.Context(), atRemix, save)
	require.NoError(t, err)

	refused := 0
	gone := func(when string) {
		t.Helper()
		for where, urls := range map[gitstore.Location]map[*gitstore.Store]string{at: servers, atRemix: remixes} {
			for s, url := range urls {
				again := mirror(t, strings.TrimSuffix(url, "/x.git"))
				r, err := s.Open(t.Context(), where)
				require.NoError(t, err)
				_, err = r.Commit(t.Context(), secrets[0])
				require.ErrorIs(t, err, kind.ErrNotFound)
				_, err = r.Tree(t.Context(), secrets[0])
				require.ErrorIs(t, err, kind.ErrNotFound)
				for i, id := range secrets {
					_, err := tryGit(t, again, "cat-file", "-e", id)
					require.Error(t, err, "%s: a clone has %s", when, id)
					ways := [][]string{{}, {"--depth", "1"}, {"--filter", "blob:none"}}
					for _, how := range ways[:1+2*(1-min(i, 1))] {
						out, err := tryGit(t, again, append(append([]string{"fetch"}, how...), url, id)...)
						require.Error(t, err, "%s: %s can be fetched", when, id)
						require.Contains(t, out, "not our ref")
						refused++
					}
				}
			}
		}
		// Who has it, and says so, gets no more of it than anybody else.
		head := pushed(t, one, at).Refs[main]
		got := ask(t, one, "want "+head+" ofs-delta thin-pack", "", "have "+secrets[0], "", "done")
		require.NotContains(t, got, "ERR")
		got = ask(t, one, "want "+secrets[0]+" ofs-delta", "", "have "+secrets[0], "", "done")
		require.NotContains(t, got, "PACK")
	}
	gone("at once")

	_, err = one.Compact(t.Context(), at)
	require.NoError(t, err)
	require.True(t, pushed(t, one, at).Closed)
	gone("after a compaction")
	require.NotZero(t, inBucket(t, b, secrets), "the remix still lists that pack")
	_, err = one.Compact(t.Context(), atRemix)
	require.NoError(t, err)
	gone("after a compaction of the remix")

	sweepNow(t, b)
	gone("after a sweep")
	require.NoError(t, b.Delete(t.Context(), "f/"+family+"/r/"+remix+"/manifest"))
	clear(remixes)
	swept := sweepNow(t, b)
	require.NotZero(t, swept)
	gone("without the remix")
	require.Zero(t, inBucket(t, b, secrets), "nothing of it is stored")
	require.Equal(t, (4*2+1)*2*(len(secrets)+2), refused)
	t.Logf("%d requests refused, %d packs swept", refused, swept)
}

// inBucket counts the ids that are in any blob.
func inBucket(t *testing.T, b blob.Store, ids []string) (n int) {
	t.Helper()
	var all []byte
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		obj, err := b.Get(t.Context(), info.Key, blob.GetOptions{})
		require.NoError(t, err)
		raw, err := io.ReadAll(obj.Body)
		require.NoError(t, err)
		require.NoError(t, obj.Body.Close())
		all = append(all, raw...)
	}
	for _, id := range ids {
		raw, err := hex.DecodeString(id)
		require.NoError(t, err)
		if bytes.Contains(all, raw) {
			n++
		}
	}
	return n
}

// sweepNow sweeps twice, the second time when the grace period is over.
func sweepNow(t *testing.T, b blob.Store) (packs int) {
	t.Helper()
	for _, later := range []time.Duration{0, 48 * time.Hour} {
		s := gitstore.New(b, gitstore.Options{Now: func() time.Time { return time.Now().Add(later) }})
		swept, err := s.Sweep(t.Context(), gitstore.SweepOptions{})
		require.NoError(t, err)
		require.Zero(t, swept.Skipped)
		packs += swept.Deleted
	}
	return packs
}
