package gitstore_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// What gitstore promises beside git's own server is measured and counted in the files goals_*: docs/measurements.md has the
// figures and says how to take them again.

// A place is where a bucket may be.
type place struct {
	name  string
	store func(t testing.TB) (*gitstore.Store, blob.Store) // over a new bucket
}

func places() []place {
	return []place{
		{"folder", func(t testing.TB) (*gitstore.Store, blob.Store) {
			b, err := blob.OpenFolder(t.TempDir())
			require.NoError(t, err)
			return gitstore.New(b, gitstore.Options{}), b
		}},
		{"S3", func(t testing.TB) (*gitstore.Store, blob.Store) {
			b := blobtest.VersityGW(t).Open(t)
			return gitstore.New(b, gitstore.Options{CacheDir: t.TempDir()}), b
		}},
	}
}

// fill pushes all that a repository has, in one push.
func fill(t testing.TB, s *gitstore.Store, loc gitstore.Location, dir string) *gitstore.Repository {
	t.Helper()
	head := git(t, dir, "rev-parse", "HEAD")
	receiveAt(t, s, loc, pushOf(t, dir, "", head))
	r, err := s.Open(t.Context(), loc)
	require.NoError(t, err)
	return r
}

// pushOf is the request of a push of main from one revision, "" for none, to another.
func pushOf(t testing.TB, dir, from, to string) string {
	t.Helper()
	caps := "\x00 report-status side-band-64k ofs-delta quiet object-format=sha1"
	old, revs := from, []string{to, "^" + from}
	if from == "" {
		old, revs = strings.Repeat("0", 40), revs[:1]
	}
	return pkt(old+" "+to+" "+main+caps) + "0000" + string(packFor(t, dir, revs...))
}

func receiveAt(t testing.TB, s *gitstore.Store, loc gitstore.Location, body string) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, s.ReceivePack(t.Context(), loc, strings.NewReader(body), &out, gitstore.Push{}))
	require.Contains(t, out.String(), "ok "+main)
}

// copyManifest puts a repository as it is at another location of its family.
func copyManifest(t testing.TB, b blob.Store, from, to gitstore.Location) {
	t.Helper()
	key := func(at gitstore.Location) string { return "f/" + at.Family + "/r/" + at.Repository + "/manifest" }
	obj, err := b.Get(t.Context(), key(from), blob.GetOptions{})
	require.NoError(t, err)
	raw, err := io.ReadAll(obj.Body)
	require.NoError(t, err)
	require.NoError(t, obj.Body.Close())
	_, err = b.Put(t.Context(), key(to), bytes.NewReader(raw), blob.IfAbsent())
	require.NoError(t, err)
}

// wantOf is the request of a clone of a revision, or of a fetch to it from what the client has.
func wantOf(h gitstore.Hash, haves ...gitstore.Hash) string {
	body := pkt("want "+h+" multi_ack_detailed no-done side-band-64k thin-pack ofs-delta agent=git/2.39.5\n") + "0000"
	for _, have := range haves {
		body += pkt("have " + have + "\n")
	}
	return body + pkt("done\n")
}

// nativeServer serves a bare repository with git's own http-backend.
func nativeServer(t testing.TB, bare string) string {
	t.Helper()
	root, name := filepath.Split(bare)
	program := filepath.Join(git(t, "", "--exec-path"), "git-http-backend")
	if _, err := os.Stat(program); err != nil {
		t.Skip("git's http-backend is missing: apt-get install git")
	}
	srv := httptest.NewServer(&cgi.Handler{Path: program, Dir: root, Env: []string{
		"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "PATH=" + os.Getenv("PATH"),
	}})
	t.Cleanup(srv.Close)
	return srv.URL + "/" + name
}

// bareOf is a bare copy of a repository, packed as git packs it.
func bareOf(t testing.TB, dir string) string {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "native.git")
	git(t, "", "clone", "-q", "--bare", dir, bare)
	git(t, bare, "config", "gc.auto", "0")
	git(t, bare, "repack", "-adq")
	return bare
}

// stored is the number and the bytes of all blobs in a bucket.
func stored(t testing.TB, b blob.Store) (n int, size int64) {
	t.Helper()
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		n, size = n+1, size+info.Size
	}
	return n, size
}

// A race takes the times of both sides in turn, for what else the machine does slows both.
type race struct {
	ours, native []time.Duration
	ratios       []float64
}

func (r *race) run(ours, native func()) {
	timed := func(f func()) time.Duration {
		begin := time.Now()
		f()
		return time.Since(begin)
	}
	var o, n time.Duration
	if len(r.ours)%2 == 0 {
		o, n = timed(ours), timed(native)
	} else {
		n, o = timed(native), timed(ours)
	}
	r.ours, r.native, r.ratios = append(r.ours, o), append(r.native, n), append(r.ratios, float64(o)/float64(n))
}

// report gives medians: of the ratios, and of each side. The ratio of the fastest of each is what a busy machine changes least.
func (r *race) report(b *testing.B) {
	b.Helper()
	slices.Sort(r.ratios)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(slices.Min(r.ours))/float64(slices.Min(r.native)), "fastest-of-native")
	b.ReportMetric(r.ratios[len(r.ratios)/2], "of-native")
	b.ReportMetric(milliseconds(median(r.ours)), "ours-ms")
	b.ReportMetric(milliseconds(median(r.native)), "native-ms")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// highWater is how much more memory heap and stacks take at most while f runs.
func highWater(f func()) int64 {
	debug.FreeOSMemory()
	before := memoryNow()
	peak, stop, done := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			peak = max(peak, memoryNow())
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(stop)
	<-done
	return peak - before
}

func memoryNow() (n int64) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	for _, s := range samples {
		n += int64(s.Value.Uint64())
	}
	return n
}

// saved is a lesson after so many web saves, with the compactions that follow saves.
func saved(t testing.TB, s *gitstore.Store, saves int) *gitstore.Repository {
	t.Helper()
	random, files := newAuthor(11).Rand, prose(1)
	r, _ := first(t, s, files)
	compact := func() {
		_, err := s.Compact(t.Context(), at)
		require.NoError(t, err)
		r, err = s.Open(t.Context(), at)
		require.NoError(t, err)
	}
	for i := range saves {
		files = edited(random, files)
		if r, _ = next(t, s, r, files, i+1); r.Manifest().Compactable() {
			compact()
		}
	}
	compact()
	return r
}

// remixed is a remix of the source in a repository of its own.
func remixed(t testing.TB, s *gitstore.Store, source *gitstore.Repository, name string) *gitstore.Repository {
	t.Helper()
	save := remixOf(t, source)
	r, h, err := s.Save(t.Context(), gitstore.Location{Family: source.Location().Family, Repository: name}, save)
	require.NoError(t, err)
	require.NotEqual(t, source.Head(), h)
	return r
}

// remixOf is a remix as the form makes it: the source's tree with another index.md.
func remixOf(t testing.TB, source *gitstore.Repository) gitstore.Save {
	t.Helper()
	page := "---\ntitle: Fractions for everyone\nlicense: CC-BY-SA-4.0\nbased-on: https://example.org/id/0192f0c1-7d2a-7000-8000-000000000001\n---\n\nThe same, for everyone.\n"
	return gitstore.Save{
		Base: source, Ref: main, Parents: []gitstore.Hash{source.Head()}, Edits: map[string]*gitstore.File{"index.md": {Data: []byte(page)}},
		Author: "Rosa Delgado", Email: "rosa@example.org", Message: "Remix", When: noon.Add(time.Hour),
		Record: fmt.Appendf(nil, `{"owner":"rosa","slug":"fractions-for-everyone"}`),
	}
}

// unitFiles are the files of the unit of twenty lessons, 20 MB.
func unitFiles() map[string]gitstore.File {
	unit, a := shapes()[2], newAuthor(7)
	files := map[string]gitstore.File{"index.md": {Data: []byte(a.text(3000))}}
	for i := range unit.texts {
		files[fmt.Sprintf("sec%d/p%d.md", i%unit.folders, i)] = gitstore.File{Data: []byte(a.text(unit.textSize[0] + a.IntN(unit.textSize[1]-unit.textSize[0])))}
	}
	for i, n := range unit.pictures {
		files[fmt.Sprintf("img/i%d.jpg", i)] = gitstore.File{Data: a.picture(n)}
	}
	return files
}

// nativeAnswer asks git's own upload-pack, and answers how many bytes it sends.
func nativeAnswer(t testing.TB, bare, body string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "upload-pack", "--stateless-rpc", bare)
	cmd.Stdin = strings.NewReader(body)
	n := new(counter)
	cmd.Stdout = n
	require.NoError(t, cmd.Run())
	return int(*n)
}
