package gitstore_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// packFor is what git push would send: all that the revisions lead to, thin.
func packFor(t testing.TB, dir string, revs ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "-C", dir, "pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "-q")
	cmd.Stdin = strings.NewReader(strings.Join(revs, "\n") + "\n")
	pack, err := cmd.Output()
	require.NoError(t, err)
	return pack
}

// median is the middle of some durations.
func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkReceivePack compares the server's time for a push with that of git's own receive-pack, which checks less,
// in one run and in turn: of a whole repository, and of its last commit.
func BenchmarkReceivePack(b *testing.B) {
	for _, shape := range shapes() {
		dir := makeRepository(b, shape)
		head, parent := git(b, dir, "rev-parse", "HEAD"), git(b, dir, "rev-parse", "HEAD~1")
		caps := "\x00 report-status side-band-64k ofs-delta quiet object-format=sha1"
		none := strings.Repeat("0", 40)
		all := pkt(none+" "+head+" "+main+caps) + "0000" + string(packFor(b, dir, head))
		before := pkt(none+" "+parent+" "+main+caps) + "0000" + string(packFor(b, dir, parent))
		last := pkt(parent+" "+head+" "+main+caps) + "0000" + string(packFor(b, dir, head, "^"+parent))
		for _, c := range []struct{ name, prepare, body string }{{"first", "", all}, {"one commit", before, last}} {
			b.Run(shape.name+"/"+c.name, func(b *testing.B) {
				s := newFolder(b)
				root := b.TempDir()
				seed := filepath.Join(root, "seed.git")
				git(b, "", "init", "-q", "--bare", seed)
				if c.prepare != "" {
					nativePush(b, seed, c.prepare)
				}
				var ours, native []time.Duration
				n := 0
				for b.Loop() {
					n++
					loc := gitstore.Location{Family: fmt.Sprint("f", n), Repository: "r"}
					b.StopTimer()
					if c.prepare != "" {
						require.NoError(b, s.ReceivePack(b.Context(), loc, strings.NewReader(c.prepare), new(bytes.Buffer), gitstore.Push{}))
					}
					bare := filepath.Join(root, fmt.Sprint(n))
					require.NoError(b, os.CopyFS(bare, os.DirFS(seed)))
					native = append(native, nativePush(b, bare, c.body))
					require.NoError(b, os.RemoveAll(bare))
					b.StartTimer()

					begin := time.Now()
					var out bytes.Buffer
					err := s.ReceivePack(b.Context(), loc, strings.NewReader(c.body), &out, gitstore.Push{})
					ours = append(ours, time.Since(begin))
					require.NoError(b, err)
					require.Contains(b, out.String(), "ok "+main)
				}
				b.ReportMetric(float64(median(ours))/float64(median(native)), "of-native")
				b.ReportMetric(float64(median(native).Microseconds())/1000, "native-ms")
			})
		}
	}
}

func nativePush(b *testing.B, bare, body string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), "git", "receive-pack", "--stateless-rpc", bare)
	cmd.Stdin = strings.NewReader(body)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	begin := time.Now()
	out, err := cmd.Output()
	took := time.Since(begin)
	require.NoError(b, err)
	require.Contains(b, string(out), "ok "+main, "%s", out)
	return took
}
