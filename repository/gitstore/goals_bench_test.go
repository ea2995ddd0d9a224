package gitstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// BenchmarkGoals takes the times of ours and of native git in turn, and reports the median ratio. Names are
// what/repository/place.
func BenchmarkGoals(b *testing.B) {
	made := make([]func() goalRepository, len(shapes()))
	for i, shape := range shapes() {
		made[i] = sync.OnceValue(func() goalRepository { return newGoalRepository(b, shape) })
	}
	for _, goal := range []struct {
		name string
		run  func(b *testing.B, repo goalRepository, p place)
	}{
		{"server time of a clone", goalServer},
		{"server time of a clone of two packs", goalServerTwo},
		{"clone", goalClone},
		{"push of one commit", goalPushOne},
		{"first push", goalPushFirst},
		{"fetch of one commit", goalFetchOne},
		{"save", goalSave},
		{"remix", goalRemix},
	} {
		b.Run(goal.name, func(b *testing.B) {
			for i, shape := range shapes() {
				b.Run(shape.name, func(b *testing.B) {
					for _, p := range places() {
						b.Run(p.name, func(b *testing.B) { goal.run(b, made[i](), p) })
					}
				})
			}
		})
	}
	b.Run("after 200 saves", func(b *testing.B) {
		for _, p := range places() {
			b.Run(p.name, func(b *testing.B) { goalSaved(b, p) })
		}
	})
}

// goalRepository is a repository to be measured with.
type goalRepository struct {
	dir, bare    string // as made, and native git's
	head, parent gitstore.Hash
	all          string // a push of everything
	before, last string // pushes of everything but the last commit, and of that
}

func newGoalRepository(b *testing.B, shape shape) goalRepository {
	r := goalRepository{dir: makeRepository(b, shape)}
	r.bare = bareOf(b, r.dir)
	r.head, r.parent = git(b, r.dir, "rev-parse", "HEAD"), git(b, r.dir, "rev-parse", "HEAD~1")
	r.all, r.before, r.last = pushOf(b, r.dir, "", r.head), pushOf(b, r.dir, "", r.parent), pushOf(b, r.dir, r.parent, r.head)
	return r
}

// goalServer is the answer to the request for the pack, of which info/refs went before.
func goalServer(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	fill(b, s, at, repo.dir)
	raceOfPacks(b, s, repo.bare, wantOf(repo.head))
}

// goalServerTwo is goalServer of what was pushed in two, which is made one pack on the way and summed up again.
func goalServerTwo(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	receiveAt(b, s, at, repo.before)
	receiveAt(b, s, at, repo.last)
	raceOfPacks(b, s, repo.bare, wantOf(repo.head))
}

func raceOfPacks(b *testing.B, s *gitstore.Store, bare, body string) (ours, native int) {
	b.Helper()
	var r race
	for b.Loop() {
		_, err := s.Open(b.Context(), at)
		require.NoError(b, err)
		r.run(func() {
			n := new(counter)
			require.NoError(b, s.UploadPack(b.Context(), at, "", strings.NewReader(body), n))
			ours = int(*n)
		}, func() { native = nativeAnswer(b, bare, body) })
	}
	r.report(b)
	return ours, native
}

// goalClone is what git clone takes, without the work tree, which takes the same for both.
func goalClone(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	fill(b, s, at, repo.dir)
	raceOfClones(b, server(b, s, at).URL+"/x.git", nativeServer(b, repo.bare))
}

func raceOfClones(b *testing.B, ours, native string) {
	b.Helper()
	var r race
	dir := filepath.Join(b.TempDir(), "clones")
	n := 0
	cloned := func(url string) func() {
		return func() {
			n++
			git(b, "", "clone", "-q", "--bare", url, filepath.Join(dir, fmt.Sprint(n)))
		}
	}
	for b.Loop() {
		r.run(cloned(ours), cloned(native))
		forget(b, dir)
	}
	r.report(b)
}

// forget deletes a folder.
func forget(b *testing.B, dir string) {
	b.Helper()
	require.NoError(b, os.RemoveAll(dir))
}

func goalPushOne(b *testing.B, repo goalRepository, p place) {
	s, bucket := p.store(b)
	seed := emptyBare(b)
	nativePush(b, seed, repo.before)
	receiveAt(b, s, at, repo.before)
	goalPush(b, s, seed, repo.last, func(loc gitstore.Location) { copyManifest(b, bucket, at, loc) })
}

func goalPushFirst(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	goalPush(b, s, emptyBare(b), repo.all, func(gitstore.Location) {})
}

func emptyBare(b *testing.B) string {
	seed := filepath.Join(b.TempDir(), "seed.git")
	git(b, "", "init", "-q", "--bare", seed)
	return seed
}

// goalPush pushes to a new copy of what was prepared each time.
func goalPush(b *testing.B, s *gitstore.Store, seed, body string, prepare func(loc gitstore.Location)) {
	b.Helper()
	var r race
	bare := filepath.Join(b.TempDir(), "native.git")
	n := 0
	for b.Loop() {
		n++
		loc := gitstore.Location{Family: family, Repository: fmt.Sprint("r", n)}
		prepare(loc)
		require.NoError(b, os.CopyFS(bare, os.DirFS(seed)))
		_, _ = s.Open(b.Context(), loc) // info/refs went before
		r.run(func() { receiveAt(b, s, loc, body) }, func() { nativePush(b, bare, body) })
		forget(b, bare)
	}
	r.report(b)
}

// goalFetchOne is a fetch of the last commit by a client that has the one before, from a server to which both were pushed.
func goalFetchOne(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	receiveAt(b, s, at, repo.before)
	receiveAt(b, s, at, repo.last)
	ours, native := raceOfPacks(b, s, repo.bare, wantOf(repo.head, repo.parent))
	b.ReportMetric(float64(ours)/float64(native), "of-its-bytes")
	require.LessOrEqual(b, ours, 3*native)
}

// goalSave is a save of one file on the web: the manifest is asked for, then comes the save. Compactions run between.
func goalSave(b *testing.B, repo goalRepository, p place) {
	s, _ := p.store(b)
	fill(b, s, at, repo.dir)
	var took, least []time.Duration
	text, dir := newAuthor(9), b.TempDir()
	for n := 1; b.Loop(); n++ {
		page := gitstore.File{Data: []byte(text.text(3000))}
		least = append(least, twoFiles(b, dir))
		begin := time.Now()
		r, err := s.Open(b.Context(), at)
		require.NoError(b, err)
		save := revision(r, nil, n)
		save.Edits = map[string]*gitstore.File{"sec0/index.md": &page}
		r, _, err = s.Save(b.Context(), at, save)
		took = append(took, time.Since(begin))
		require.NoError(b, err)
		if r.Manifest().Compactable() {
			_, err := s.Compact(b.Context(), at)
			require.NoError(b, err)
		}
	}
	report(b, took, least)
}

// twoFiles is how long it takes now to write two files of a few KB durably, which is the least that a save in a folder does.
func twoFiles(b *testing.B, dir string) time.Duration {
	b.Helper()
	data := make([]byte, 3000)
	begin := time.Now()
	for _, name := range []string{"pack", "manifest"} {
		file, err := os.Create(filepath.Join(dir, "temp"))
		require.NoError(b, err)
		_, err = file.Write(data)
		require.NoError(b, err)
		require.NoError(b, file.Sync())
		require.NoError(b, file.Close())
		require.NoError(b, os.Rename(filepath.Join(dir, "temp"), filepath.Join(dir, name)))
		folder, err := os.Open(dir)
		require.NoError(b, err)
		require.NoError(b, folder.Sync())
		require.NoError(b, folder.Close())
	}
	return time.Since(begin)
}

func report(b *testing.B, took, least []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(took[len(took)/2]), "median-ms")
	b.ReportMetric(milliseconds(took[len(took)/10]), "p10-ms")
	b.ReportMetric(milliseconds(median(least)), "two-files-ms")
}

func goalRemix(b *testing.B, repo goalRepository, p place) {
	s, bucket := p.store(b)
	source := fill(b, s, at, repo.dir)
	_, before := stored(b, bucket)
	var took, least []time.Duration
	dir := b.TempDir()
	for b.Loop() {
		least = append(least, twoFiles(b, dir))
		begin := time.Now()
		remixed(b, s, source, fmt.Sprint("remix-", len(took)))
		took = append(took, time.Since(begin))
	}
	_, after := stored(b, bucket)
	report(b, took, least)
	b.ReportMetric(float64(after-before)/float64(len(took)), "bytes")
}

// goalSaved clones a lesson of 200 web saves, which native git has packed in one.
func goalSaved(b *testing.B, p place) {
	s, _ := p.store(b)
	r := saved(b, s, 200)
	ours := server(b, s, at).URL + "/x.git"
	bare := filepath.Join(b.TempDir(), "native.git")
	git(b, "", "clone", "-q", "--mirror", ours, bare)
	native := nativeBytes(b, bare)
	b.Run("server time", func(b *testing.B) {
		raceOfPacks(b, s, bare, wantOf(r.Head()))
		b.ReportMetric(float64(len(r.Manifest().Packs)), "packs")
		b.ReportMetric(float64(packBytes(r))/float64(native), "of-its-bytes")
	})
	b.Run("clone", func(b *testing.B) { raceOfClones(b, ours, nativeServer(b, bare)) })
}
