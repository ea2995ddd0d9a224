package gitstore_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// long is a text of a few KB that deltas are worth while for.
func long(seed uint64) string { return newAuthor(seed).text(6000) }

// remixWith is a remix of main with some edits.
func remixWith(t testing.TB, s *gitstore.Store, source *gitstore.Repository, name string, edits map[string]*gitstore.File) *gitstore.Repository {
	t.Helper()
	save := remixOf(t, source)
	save.Edits = edits
	r, _, err := s.Save(t.Context(), gitstore.Location{Family: source.Location().Family, Repository: name}, save)
	require.NoError(t, err)
	return r
}

func edits(pairs ...string) map[string]*gitstore.File {
	all := make(map[string]*gitstore.File)
	for name, f := range tree(pairs...) {
		all[name] = &f
	}
	return all
}

func lastPack(r *gitstore.Repository) gitstore.PackRef {
	all := r.Manifest().Packs
	return all[len(all)-1]
}

// A remix is stored as what it changes, and is read, cloned, compacted and swept like any other.
func TestARemixIsStoredAsWhatItChanges(t *testing.T) {
	stores(t, func(t *testing.T, s *gitstore.Store) {
		text := long(1)
		source, _ := first(t, s, tree("index.md", text, "part/index.md", long(2), "part/other.md", "other"))
		r := remixWith(t, s, source, remix, edits("index.md", text+"One line more.\n", "new.md", "new"))
		require.Less(t, lastPack(r).Size, int64(700))
		require.Empty(t, damages(t, s))
		url := pushServer(t, s, atRemix, gitstore.Push{})
		cloned := func() string {
			t.Helper()
			dir := clone(t, strings.TrimSuffix(url, "/x.git"))
			require.Equal(t, text+"One line more.\n", read(t, dir, "index.md"))
			require.Equal(t, "new", read(t, dir, "new.md"))
			return dir
		}
		dir := cloned()
		shallow := clone(t, strings.TrimSuffix(url, "/x.git"), "--depth", "1")
		require.Equal(t, text+"One line more.\n", read(t, shallow, "index.md"))

		// the source goes on, and is compacted; so is the remix
		for i := range 8 {
			source, _ = next(t, s, source, tree("index.md", text+fmt.Sprint(i)), i+1)
		}
		_, err := s.Compact(t.Context(), at)
		require.NoError(t, err)
		cloned()
		edit(t, dir, "new.md", "newer")
		git(t, dir, "push", "-q", "origin", "main")
		git(t, dir, "revert", "--no-edit", "HEAD")
		git(t, dir, "push", "-q", "origin", "main")
		for i := range 8 {
			r, err = s.Open(t.Context(), atRemix)
			require.NoError(t, err)
			save := revision(r, nil, 100+i)
			save.Edits = edits("side.md", fmt.Sprint(i))
			_, _, err = s.Save(t.Context(), atRemix, save)
			require.NoError(t, err)
		}
		_, err = s.Compact(t.Context(), atRemix)
		require.NoError(t, err)
		cloned()
		require.Empty(t, damages(t, s))
	})
}

// Remixes of remixes build on each other only so deep.
func TestManyGenerationsOfRemixes(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	text := long(1)
	r, _ := first(t, s, tree("index.md", text))
	whole := 0
	for i := range 130 {
		text += fmt.Sprintf("Generation %d added this.\n", i)
		if r = remixWith(t, s, r, fmt.Sprint("remix-", i), edits("index.md", text)); lastPack(r).Size > 2000 {
			whole++
		}
	}
	require.Equal(t, 2, whole, "130 generations, at most 60 deltas each")
	require.Empty(t, damages(t, s))
	dir := clone(t, server(t, gitstore.New(b, gitstore.Options{}), r.Location()).URL)
	require.Equal(t, text, read(t, dir, "index.md"))
}

// What a remix builds on may be what is erased, or what only that led to.
func TestEraseOfWhatARemixBuildsOn(t *testing.T) {
	for name, erased := range map[string]string{"the file itself": "index.md", "a file beside it": "names.md"} {
		t.Run(name, func(t *testing.T) {
			b := new(blob.Memory)
			s := gitstore.New(b, gitstore.Options{})
			text := long(1)
			source, _ := first(t, s, tree("index.md", text+secret, "names.md", long(3)+secret, "part/index.md", "part"))
			r := remixWith(t, s, source, remix, edits("index.md", text+"without", "names.md", "none"))
			require.Less(t, lastPack(r).Size, int64(700))
			var gone gitstore.Hash
			if erased == "index.md" {
				gone = blobHash([]byte(text + secret))
			} else {
				gone = blobHash([]byte(long(3) + secret))
			}
			_, err := s.Erase(t.Context(), family, gitstore.Erasure{Blobs: []gitstore.Hash{gone}})
			require.NoError(t, err)
			require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
			dir := clone(t, server(t, gitstore.New(b, gitstore.Options{}), atRemix).URL)
			require.Equal(t, text+"without", read(t, dir, "index.md"))
		})
	}
}

// lateBucket does something once, just before the first pack is deleted.
type lateBucket struct {
	blob.Store
	late func()
}

func (b *lateBucket) Delete(ctx context.Context, key string) error {
	if late := b.late; late != nil && strings.Contains(key, "/p/") {
		b.late = nil
		late()
	}
	return b.Store.Delete(ctx, key)
}

// A remix that began before an erasure, and ends while that deletes the packs which it builds on, is whole afterwards.
func TestARemixThatIsLateForAnErasure(t *testing.T) {
	stored := new(blob.Memory)
	b := &lateBucket{Store: stored}
	s, other := gitstore.New(b, gitstore.Options{}), gitstore.New(stored, gitstore.Options{})
	text := long(1)
	first(t, s, tree("index.md", text+secret, "part/index.md", "part"))
	source, err := other.Open(t.Context(), at)
	require.NoError(t, err)
	_, err = source.Commit(t.Context(), source.Head())
	require.NoError(t, err)
	b.late = func() { remixWith(t, other, source, remix, edits("index.md", text+"without")) }
	_, err = s.Erase(t.Context(), family, gitstore.Erasure{Blobs: []gitstore.Hash{blobHash([]byte(text + secret))}})
	require.NoError(t, err)
	require.Nil(t, b.late)
	require.Empty(t, holding(t, stored, secret))
	require.Empty(t, damages(t, gitstore.New(stored, gitstore.Options{})))
	dir := clone(t, server(t, gitstore.New(stored, gitstore.Options{}), atRemix).URL)
	require.Equal(t, text+"without", read(t, dir, "index.md"))
	require.Equal(t, "2", git(t, dir, "rev-list", "--count", "HEAD"))
}

// Damage of what a remix builds on is damage of the remix.
func TestVerifyFollowsWhatARemixBuildsOn(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	text := long(1)
	source, _ := first(t, s, tree("index.md", text, "part/index.md", "part"))
	pack := lastPack(source)
	r := remixWith(t, s, source, remix, edits("index.md", text+"more"))
	require.Empty(t, damages(t, s))
	key := "f/" + family + "/p/" + pack.ID
	obj, err := b.Get(t.Context(), key, blob.GetOptions{})
	require.NoError(t, err)
	raw := new(bytes.Buffer)
	_, err = raw.ReadFrom(obj.Body)
	require.NoError(t, err)
	require.NoError(t, obj.Body.Close())
	for _, kill := range []func(){
		func() {
			bad := bytes.Clone(raw.Bytes())
			bad[pack.Size/2] ^= 1 // in the middle of index.md, the largest object
			_, err = b.Put(t.Context(), key, bytes.NewReader(bad), blob.Always())
			require.NoError(t, err)
		},
		func() { require.NoError(t, b.Delete(t.Context(), key)) },
	} {
		kill()
		hurt := make(map[gitstore.Hash]bool)
		for _, d := range damages(t, gitstore.New(b, gitstore.Options{})) {
			for _, h := range d.Hurts {
				for _, rev := range h.Revisions {
					hurt[rev] = hurt[rev] || h.Location == atRemix
				}
			}
		}
		assert.True(t, hurt[r.Head()], "the remix's own revision cannot be read")
	}
}

// A thin pack that a crash left is no damage when what it would build on is gone.
func TestAThinPackThatNobodyListsIsNoDamage(t *testing.T) {
	b := new(blob.Memory)
	now := noon
	s := gitstore.New(b, gitstore.Options{Now: func() time.Time { return now }, Grace: time.Hour})
	text := long(1)
	source, h := first(t, s, tree("index.md", text))
	source, _ = next(t, s, source, tree("index.md", text+"second"), 1)
	remixWith(t, s, source, remix, edits("index.md", text+"more"))
	require.NoError(t, b.Delete(t.Context(), "f/"+family+"/r/"+remix+"/manifest"))
	_, err := s.SetRecord(t.Context(), at, source.Tag(), nil, map[string]gitstore.Hash{main: h})
	require.NoError(t, err)
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
}
