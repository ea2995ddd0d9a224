package gitstore_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// edited changes some lines of one to three texts.
func edited(random *rand.Rand, files map[string]gitstore.File) map[string]gitstore.File {
	next := maps.Clone(files)
	for range 1 + random.IntN(3) {
		name := fmt.Sprintf("part-%02d/index.md", random.IntN(24))
		lines := strings.SplitAfter(string(next[name].Data), ". ")
		at := random.IntN(len(lines))
		lines[at] = fmt.Sprintf("Sentence %d of %d says something else now. ", at, random.Uint32())
		next[name] = gitstore.File{Data: []byte(strings.Join(lines, ""))}
	}
	return next
}

// prose is a lesson whose texts have sentences.
func prose(seed uint64) map[string]gitstore.File {
	files := lessonFiles(seed)
	for name, f := range files {
		if strings.HasSuffix(name, ".md") {
			words := bytes.Fields(f.Data)
			for i := 9; i < len(words); i += 10 {
				words[i] = append(bytes.Clone(words[i]), '.')
			}
			files[name] = gitstore.File{Data: bytes.Join(words, []byte(" "))}
		}
	}
	return files
}

// packBytes are those of the packs that the manifest lists.
func packBytes(r *gitstore.Repository) (n int64) {
	for _, p := range r.Manifest().Packs {
		n += p.Size
	}
	return n
}

// nativeBytes are those of the pack that git makes of a clone.
func nativeBytes(t testing.TB, dir string) (n int64) {
	t.Helper()
	git(t, dir, "repack", "-q", "-a", "-d", "-f")
	packs, err := filepath.Glob(filepath.Join(dir, "objects/pack/*.pack"))
	require.NoError(t, err)
	for _, p := range packs {
		st, err := os.Stat(p)
		require.NoError(t, err)
		n += st.Size()
	}
	return n
}

func mirror(t testing.TB, url string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mirror.git")
	git(t, "", "clone", "-q", "--mirror", url+"/x.git", dir)
	fsck(t, dir)
	return dir
}

// After each save no more than 8 packs are listed, and all of them take at most 1.25 of the bytes that git packs them to.
func TestCompactKeepsManySavesSmall(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{CacheDir: t.TempDir()})
	random := rand.New(rand.NewPCG(1, 1))
	files := prose(1)
	r, _ := first(t, s, files)
	runs, written, most := 0, int64(0), 0
	for i := 1; i < 80; i++ {
		files = edited(random, files)
		r, _ = next(t, s, r, files, i)
		most = max(most, len(r.Manifest().Packs))
		if r.Manifest().Compactable() {
			c, err := s.Compact(t.Context(), at)
			require.NoError(t, err)
			runs++
			written += c.Written
			r, err = s.Open(t.Context(), at)
			require.NoError(t, err)
		}
	}
	require.LessOrEqual(t, most, 8)
	dir := mirror(t, server(t, s, at).URL)
	require.Equal(t, "80", git(t, dir, "rev-list", "--count", "main"))
	native := nativeBytes(t, dir)
	t.Logf("%d packs, %d bytes, native %d: %.3f; %d compactions wrote %d bytes", len(r.Manifest().Packs), packBytes(r), native,
		float64(packBytes(r))/float64(native), runs, written)
	assert.LessOrEqual(t, float64(packBytes(r)), 1.25*float64(native))

	fsys, err := r.Tree(t.Context(), r.Head())
	require.NoError(t, err)
	for name, f := range files {
		data, err := fs.ReadFile(fsys, name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(f.Data, data), name)
	}
}

func TestCompactLeavesWhatIsSmallAlone(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "0"))
	require.False(t, r.Manifest().Compactable())
	c, err := s.Compact(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, gitstore.Compaction{Before: 1, After: 1}, c)
	again, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, r.Tag(), again.Tag())
}

// A save whose base was repacked while it was being made is made again on the new packs, and is the same save.
func TestSaveSurvivesACompaction(t *testing.T) {
	s := newFolder(t)
	r, _ := first(t, s, tree("index.md", "0", "a.md", "a"))
	for i := range 7 {
		r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i+1), "a.md", "a"), i+1)
	}
	_, err := s.Compact(t.Context(), at)
	require.NoError(t, err)
	after, h := next(t, s, r, tree("index.md", "new", "a.md", "a"), 60) // r is from before
	require.Equal(t, h, after.Head())
	log, err := after.Log(t.Context(), h, 100)
	require.NoError(t, err)
	require.Len(t, log, 9)
	clone(t, server(t, s, at).URL)
}

// What was forced away is not in the packs after a compaction, and a clone streams them again.
func TestCompactDropsWhatWasForcedAway(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	r, h := first(t, s, tree("index.md", "0"))
	r, _ = next(t, s, r, tree("index.md", "0", "secret.md", "the secret is pomegranate"), 1)
	save := revision(r, tree("index.md", "1"), 2)
	save.Parents = []gitstore.Hash{h}
	r, _, err := s.Save(t.Context(), at, save)
	require.NoError(t, err)
	require.False(t, r.Manifest().Closed)
	require.True(t, r.Manifest().Compactable())
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	r, err = s.Open(t.Context(), at)
	require.NoError(t, err)
	require.True(t, r.Manifest().Closed)
	require.Len(t, r.Manifest().Packs, 1)
	require.Equal(t, 2*3, r.Manifest().Packs[0].Objects)
	clone(t, server(t, s, at).URL)
}

// A remix shares the packs of its source whatever becomes of either, and compacts only what is its own.
func TestCompactOfARemixLeavesWhatItShares(t *testing.T) {
	s := newFolder(t)
	source, _ := first(t, s, prose(1))
	files := prose(1)
	save := revision(source, files, 1)
	save.Old, save.Message = "", "Remix"
	r, _, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	require.Equal(t, 1, r.Manifest().Shared)
	for i := range 8 {
		files["part-01/index.md"] = gitstore.File{Data: fmt.Appendf(nil, "Revision %d", i)}
		r, _ = next(t, s, r, files, i+2)
	}
	c, err := s.Compact(t.Context(), atRemix)
	require.NoError(t, err)
	require.Less(t, c.Written, int64(20_000))
	r, err = s.Open(t.Context(), atRemix)
	require.NoError(t, err)
	require.Equal(t, source.Manifest().Packs[0], r.Manifest().Packs[0])
	require.Len(t, r.Manifest().Packs, 2)
	clone(t, server(t, s, atRemix).URL)

	for i := range 8 { // and the source compacts without its remix noticing
		source, _ = next(t, s, source, tree("index.md", fmt.Sprint(i)), i+10)
	}
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	clone(t, server(t, s, atRemix).URL)
	clone(t, server(t, s, at).URL)
}

// Saves go on while compactions run: every one of them is in the history.
func TestCompactLosesNoConcurrentSave(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		r, _ := first(t, s, tree("index.md", "0"))
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
					if _, err := s.Compact(t.Context(), at); err != nil {
						done <- err
						return
					}
				}
			}
		}()
		for i := range 60 {
			r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i), fmt.Sprintf("%d.md", i%7), strings.Repeat("text ", i)), i)
		}
		close(stop)
		require.NoError(t, <-done)
		dir := clone(t, server(t, s, at).URL)
		require.Equal(t, "61", git(t, dir, "rev-list", "--count", "HEAD"))
	})
}

// Damage is found before it is copied.
func TestCompactRefusesDamagedPacks(t *testing.T) {
	root := t.TempDir()
	b, err := blob.OpenFolder(root)
	require.NoError(t, err)
	s := gitstore.New(b, gitstore.Options{})
	r, _ := first(t, s, prose(1))
	for i := range 8 {
		r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i)), i+1)
	}
	path := b.Path("f/" + family + "/p/" + r.Manifest().Packs[0].ID)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	raw[len(raw)/3] ^= 1
	require.NoError(t, os.WriteFile(path, raw, 0o644))
	fresh := gitstore.New(b, gitstore.Options{})
	big := revision(r, prose(2), 60) // so that the first pack is no longer much larger than the rest
	_, _, err = fresh.Save(t.Context(), at, big)
	require.NoError(t, err)
	_, err = fresh.Compact(t.Context(), at)
	require.Error(t, err)
	now, err := fresh.Open(t.Context(), at)
	require.NoError(t, err)
	require.Len(t, now.Manifest().Packs, 10)
}
