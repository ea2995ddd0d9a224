package gitstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// flipped is a bucket in which one byte of one blob is wrong.
type flipped struct {
	blob.Store
	key string
	at  int
	xor byte
}

func (f *flipped) Get(ctx context.Context, key string, o blob.GetOptions) (*blob.Object, error) {
	obj, err := f.Store.Get(ctx, key, o)
	if err == nil && key == f.key {
		raw, err := io.ReadAll(obj.Body)
		if err != nil {
			return nil, err
		}
		raw[f.at] ^= f.xor
		obj.Body = io.NopCloser(bytes.NewReader(raw))
	}
	return obj, err
}

// smallFamily is a source of 10 revisions, some of them compacted, and its remix of one more.
func smallFamily(t testing.TB, b blob.Store) (source, remix *Repository) {
	t.Helper()
	s := New(b, Options{})
	at := Location{Family: "f", Repository: "source"}
	text := strings.Repeat("One line of the lesson that stays as it is.\n", 12)
	var r *Repository
	for i := range 10 {
		save := Save{
			Base: r, Ref: "refs/heads/main", When: time.Unix(1_700_000_000+int64(i), 0), Author: "a", Email: "a@example.org", Message: "m",
			Tree: map[string]File{"index.md": {Data: []byte(text + fmt.Sprint("Line ", i))}, "part/index.md": {Data: []byte("part")}},
		}
		if r != nil {
			save.Old, save.Parents = r.Head(), []Hash{r.Head()}
		}
		var err error
		r, _, err = s.Save(t.Context(), at, save)
		require.NoError(t, err)
		if i == 7 {
			_, err = s.Compact(t.Context(), at)
			require.NoError(t, err)
			r, err = s.Open(t.Context(), at)
			require.NoError(t, err)
		}
	}
	save := Save{
		Base: r, Ref: "refs/heads/main", When: time.Unix(1_700_000_100, 0), Author: "a", Email: "a@example.org", Message: "m",
		Parents: []Hash{r.Head()}, Edits: map[string]*File{"mine.md": {Data: []byte("my own")}},
	}
	x, _, err := s.Save(t.Context(), Location{Family: "f", Repository: "remix"}, save)
	require.NoError(t, err)
	return r, x
}

func damagesOf(t testing.TB, b blob.Store) (all []Damage) {
	t.Helper()
	_, err := New(b, Options{}).Verify(t.Context(), func(d Damage) { all = append(all, d) }, nil)
	require.NoError(t, err)
	return all
}

func TestVerifyFindsNothingWrongWithAWholeBucket(t *testing.T) {
	b := new(blob.Memory)
	source, remix := smallFamily(t, b)
	var all []Damage
	calls := 0
	got, err := New(b, Options{}).Verify(t.Context(), func(d Damage) { all = append(all, d) }, func(done, total int) { calls++ })
	require.NoError(t, err)
	require.Empty(t, all)
	require.Equal(t, 1, calls)
	require.Equal(t, 2, got.Repositories)
	require.Greater(t, got.Packs, len(source.manifest.Packs)+1, "those that nobody lists are checked too")
	require.Len(t, remix.manifest.Packs, len(source.manifest.Packs)+1)
}

// Every byte of every pack counts: whichever is wrong, the pack is named, and the object that the byte belongs to, and
// whom it hurts.
func TestVerifyNamesWhatASingleByteDamages(t *testing.T) {
	b := new(blob.Memory)
	source, remix := smallFamily(t, b)
	wrong := &flipped{Store: b}
	s := New(wrong, Options{}) // one for all: what it has cached must not hide anything
	for _, ref := range remix.manifest.Packs {
		key := packKey("f", ref.ID)
		p, err := remix.store.openPack(t.Context(), "f", ref)
		require.NoError(t, err)
		_, _, err = p.bounds(p.index.offset(0))
		require.NoError(t, err)
		step := 1
		if testing.Short() {
			step = 7
		}
		for at := 0; at < int(ref.stored()); at += step {
			if at > int(ref.Size)+8 && at < int(ref.stored())-indexTail-storedTail && at%23 != 0 {
				continue // of the index, which has a checksum of its own, a sample
			}
			wrong.key, wrong.at, wrong.xor = key, at, 1<<(at%8)
			var all []Damage
			_, err := s.Verify(t.Context(), func(d Damage) { all = append(all, d) }, nil)
			require.NoError(t, err)
			require.NotEmpty(t, all, "byte %d of %s", at, key)
			var object Hash
			for _, position := range p.order {
				end, _, err := p.bounds(p.index.offset(int(position)))
				require.NoError(t, err)
				if p.index.offset(int(position)) <= int64(at) && int64(at) < end {
					object = p.index.id(int(position)).String()
				}
			}
			named := object == ""
			for _, d := range all {
				require.Equal(t, key, d.Key, "byte %d of %s: %+v, packs %+v", at, key, all, remix.manifest.Packs)
				named = named || d.Object == object
			}
			require.True(t, named, "byte %d of %s is object %s's: %v", at, key, object, all)
		}
	}
	require.Equal(t, source.Head(), source.Manifest().Refs["refs/heads/main"])
}

// What is hurt are exactly the revisions that lead to the object.
func TestVerifyNamesTheRevisionsHurt(t *testing.T) {
	b := new(blob.Memory)
	source, remix := smallFamily(t, b)
	flip := func(r *Repository, rev Hash, path string) []Damage {
		c, err := r.Commit(t.Context(), rev)
		require.NoError(t, err)
		e, err := r.packs.lookup(t.Context(), oidOf(t, c.Tree), path)
		require.NoError(t, err)
		p, offset, err := r.packs.find(t.Context(), e.id)
		require.NoError(t, err)
		end, _, err := p.bounds(offset)
		require.NoError(t, err)
		return damagesOf(t, &flipped{b, packKey("f", p.id), int(end) - 3, 0x10})
	}
	of := func(d Damage) map[string][]Hash {
		all := make(map[string][]Hash)
		for _, h := range d.Hurts {
			all[h.Location.Repository] = h.Revisions
		}
		return all
	}
	for _, d := range flip(remix, remix.Head(), "mine.md") {
		if d.Object != "" {
			assert.Equal(t, map[string][]Hash{"remix": {remix.Head()}}, of(d))
		}
	}
	newest := flip(source, source.Head(), "index.md")
	require.NotEmpty(t, newest)
	for _, d := range newest {
		if d.Object != "" {
			assert.Equal(t, map[string][]Hash{"remix": {remix.Head(), source.Head()}, "source": {source.Head()}}, of(d))
		}
	}
	log, err := source.Log(t.Context(), source.Head(), 100)
	require.NoError(t, err)
	for _, d := range flip(source, log[9].Hash, "part/index.md") { // in all of them
		if d.Object != "" {
			assert.Len(t, of(d)["source"], 10)
			assert.Len(t, of(d)["remix"], 11)
		}
	}
}

func oidOf(t testing.TB, h Hash) oid {
	t.Helper()
	id, err := parseHash(h)
	require.NoError(t, err)
	return id
}

func TestVerifyNamesWhatIsMissing(t *testing.T) {
	b := new(blob.Memory)
	source, remix := smallFamily(t, b)
	key := packKey("f", source.manifest.Packs[0].ID)
	require.NoError(t, b.Delete(t.Context(), key))
	all := damagesOf(t, b)
	require.Len(t, all, 1)
	require.Equal(t, key, all[0].Key)
	require.Len(t, all[0].Hurts, 2)
	require.Contains(t, all[0].Hurts[0].Revisions, remix.Head())

	b = new(blob.Memory)
	source, _ = smallFamily(t, b)
	m := source.manifest.next("t")
	m.Refs["refs/heads/lost"] = strings.Repeat("ab", 20)
	raw, err := m.encode(new(codecs))
	require.NoError(t, err)
	_, err = b.Put(t.Context(), manifestKey(source.location), bytes.NewReader(raw), blob.Always())
	require.NoError(t, err)
	all = damagesOf(t, b)
	require.Len(t, all, 1)
	require.Equal(t, manifestKey(source.location), all[0].Key)
	require.Equal(t, strings.Repeat("ab", 20), all[0].Object)

	_, err = b.Put(t.Context(), manifestKey(source.location), strings.NewReader(`{"version":1`), blob.Always())
	require.NoError(t, err)
	all = damagesOf(t, b)
	require.Len(t, all, 1)
	require.Equal(t, []Hurt{{Location: source.location}}, all[0].Hurts)
}
