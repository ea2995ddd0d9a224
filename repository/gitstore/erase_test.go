package gitstore_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const secret = "pomegranate-4711"

// holding are the blobs of a bucket in which a text stands, as it is or compressed anywhere.
func holding(t testing.TB, b blob.Store, text string) (all []string) {
	t.Helper()
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		obj, err := b.Get(t.Context(), info.Key, blob.GetOptions{})
		require.NoError(t, err)
		raw, err := io.ReadAll(obj.Body)
		require.NoError(t, err)
		require.NoError(t, obj.Body.Close())
		found := bytes.Contains(raw, []byte(text))
		for at := 0; at < len(raw)-2 && !found; at++ {
			if raw[at] != 0x78 {
				continue
			}
			if z, err := zlib.NewReader(bytes.NewReader(raw[at:])); err == nil {
				data, _ := io.ReadAll(z) // as far as it goes
				found = bytes.Contains(data, []byte(text))
			}
		}
		if found {
			all = append(all, info.Key)
		}
	}
	return all
}

// exposed is a family in which a secret stands in many ways: in an old revision, in later versions of the file, renamed in a
// remix, forced away, in packs that were compacted, and in deltas.
func exposed(t testing.TB, b blob.Store) (s *gitstore.Store, source, remixed *gitstore.Repository, clean gitstore.Hash) {
	t.Helper()
	s = gitstore.New(b, gitstore.Options{})
	private := strings.Repeat("A line that is the same in every version.\n", 30)
	r, clean := first(t, s, tree("index.md", "0", "part/index.md", "part"))
	r, _ = next(t, s, r, tree("index.md", "1", "part/index.md", "part", "private/names.md", private+secret), 1)
	for i := range 4 {
		r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i), "part/index.md", "part", "private/names.md", private+secret+fmt.Sprint(i)), i+2)
	}
	forced := revision(r, tree("index.md", "f", "private/names.md", private+secret+"forced"), 8)
	forced.Ref, forced.Old = "refs/heads/side", ""
	r, side, err := s.Save(t.Context(), at, forced)
	require.NoError(t, err)
	save := revision(r, tree("index.md", "mine", "part/index.md", "part", "my/copy.md", private+secret+"3"), 9)
	save.Old = ""
	x, _, err := s.Save(t.Context(), atRemix, save)
	require.NoError(t, err)
	r, err = s.SetRecord(t.Context(), at, r.Tag(), json.RawMessage(`{"side":"`+side+`"}`), map[string]gitstore.Hash{"refs/heads/side": ""})
	require.NoError(t, err)
	for i := range 3 {
		r, _ = next(t, s, r, tree("index.md", fmt.Sprint("later", i), "part/index.md", "part"), i+10)
	}
	x, _ = next(t, s, x, tree("index.md", "mine again", "part/index.md", "part", "my/copy.md", private+secret+"3"), 20)
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	r, err = s.Open(t.Context(), at)
	require.NoError(t, err)
	return s, r, x, clean
}

func TestEraseLeavesNothingOfAFileInTheBucket(t *testing.T) {
	b := new(blob.Memory)
	s, source, remixed, clean := exposed(t, b)
	require.NotEmpty(t, holding(t, b, secret))
	logs := make(map[gitstore.Location][]gitstore.Commit)
	for _, r := range []*gitstore.Repository{source, remixed} {
		log, err := r.Log(t.Context(), r.Head(), 100)
		require.NoError(t, err)
		logs[r.Location()] = log
	}
	calls := 0
	done, err := s.Erase(t.Context(), family, gitstore.Erasure{
		Paths: []string{"private/names.md"},
		Text:  func(path string) []byte { return []byte("Gone from " + path) },
		Record: func(at gitstore.Location, record json.RawMessage, revisions map[gitstore.Hash]gitstore.Hash) (json.RawMessage, error) {
			require.NotEmpty(t, revisions)
			return json.RawMessage(`{"erased":true}`), nil
		},
		Progress: func(done, total int) { calls++ },
	})
	require.NoError(t, err)
	require.Empty(t, holding(t, b, secret))
	require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
	require.Equal(t, 2, calls)
	require.ElementsMatch(t, []gitstore.Location{at, atRemix}, done.Repositories)
	require.Len(t, done.Blobs, 5, "five versions lead somewhere")
	require.NotContains(t, done.Revisions, clean, "what was before stays as it was")

	for _, fresh := range []*gitstore.Store{s, gitstore.New(b, gitstore.Options{})} {
		for loc, log := range logs {
			r, err := fresh.Open(t.Context(), loc)
			require.NoError(t, err)
			require.JSONEq(t, `{"erased":true}`, string(r.Manifest().Record))
			now, err := r.Log(t.Context(), r.Head(), 100)
			require.NoError(t, err)
			require.Len(t, now, len(log))
			for i := range log {
				want := log[i].Hash
				if h, changed := done.Revisions[want]; changed {
					want = h
				}
				assert.Equal(t, want, now[i].Hash)
				assert.Equal(t, log[i].Message, now[i].Message)
				assert.Equal(t, log[i].When, now[i].When)
			}
		}
	}
	dir := clone(t, server(t, s, atRemix).URL)
	require.Equal(t, "Gone from my/copy.md", read(t, dir, "my/copy.md"))
	require.Equal(t, "part", read(t, dir, "part/index.md"))
	dir = clone(t, server(t, s, at).URL)
	require.Equal(t, "later2", read(t, dir, "index.md"))

	_, err = s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private/names.md"}})
	require.NoError(t, err, "another text is another erasure")
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	save := revision(r, tree("index.md", "after"), 60)
	_, _, err = s.Save(t.Context(), at, save)
	require.NoError(t, err)
	for info, err := range b.List(t.Context(), "erase/") {
		require.NoError(t, err)
		t.Errorf("%s is left", info.Key)
	}
}

func TestEraseFindsAFolder(t *testing.T) {
	b := new(blob.Memory)
	s, _, _, _ := exposed(t, b)
	_, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
	require.NoError(t, err)
	require.Empty(t, holding(t, b, secret))
}

func TestEraseFindsABlob(t *testing.T) {
	b := new(blob.Memory)
	s, _, remixed, _ := exposed(t, b)
	fsys, err := remixed.Tree(t.Context(), remixed.Head())
	require.NoError(t, err)
	f, err := fsys.Open("my/copy.md")
	require.NoError(t, err)
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	done, err := s.Erase(t.Context(), family, gitstore.Erasure{Blobs: []gitstore.Hash{blobHash(data)}})
	require.NoError(t, err)
	require.Len(t, done.Blobs, 1)
	require.Empty(t, holding(t, b, secret+"3"))
	require.NotEmpty(t, holding(t, b, secret+"2"))
	require.Empty(t, damages(t, s))
}

func blobHash(data []byte) gitstore.Hash {
	return fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)))
}

func TestEraseOfWhatIsNotThereChangesNothing(t *testing.T) {
	b := new(blob.Memory)
	s, source, _, _ := exposed(t, b)
	for _, e := range []gitstore.Erasure{
		{Paths: []string{"no/such.md"}},
		{Blobs: []gitstore.Hash{strings.Repeat("ab", 20)}},
	} {
		_, err := s.Erase(t.Context(), family, e)
		require.ErrorIs(t, err, kind.ErrNotFound)
	}
	for _, e := range []gitstore.Erasure{{Paths: []string{"../x"}}, {Blobs: []gitstore.Hash{"x"}}} {
		_, err := s.Erase(t.Context(), family, e)
		require.ErrorIs(t, err, kind.ErrInvalid)
	}
	r, err := s.Open(t.Context(), at)
	require.NoError(t, err)
	require.Equal(t, source.Tag(), r.Tag())
}

// What no manifest lists, as what was compacted away an hour ago, is erased too.
func TestEraseReachesPacksThatWaitForTheSweep(t *testing.T) {
	b := new(blob.Memory)
	s := gitstore.New(b, gitstore.Options{})
	r, h := first(t, s, tree("index.md", "0"))
	r, _ = next(t, s, r, tree("index.md", "0", "names.md", secret), 1)
	save := revision(r, tree("index.md", "1"), 2)
	save.Parents = []gitstore.Hash{h}
	_, _, err := s.Save(t.Context(), at, save)
	require.NoError(t, err)
	_, err = s.Compact(t.Context(), at)
	require.NoError(t, err)
	require.NotEmpty(t, holding(t, b, secret))
	done, err := s.Erase(t.Context(), family, gitstore.Erasure{Blobs: []gitstore.Hash{blobHash([]byte(secret))}})
	require.NoError(t, err)
	require.Equal(t, 3, done.Packs)
	require.Empty(t, holding(t, b, secret))
	require.Empty(t, damages(t, s))
}

// An Erase that dies at any request leaves whole repositories, and the same Erase ends its work, and knows all revisions.
func TestEraseDyingAnywhereIsEndedByTheNext(t *testing.T) {
	whole := new(blob.Memory)
	s, _, _, _ := exposed(t, whole)
	want, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
	require.NoError(t, err)
	for dies := 1; ; dies++ {
		b := blobtest.NewFaulty(new(blob.Memory))
		s, _, _, _ := exposed(t, b)
		n := 0
		b.Plan(func(op blobtest.Op) blobtest.Fault {
			switch n++; {
			case n == dies && dies%2 == 0:
				return blobtest.After
			case n >= dies:
				return blobtest.Before
			}
			return blobtest.None
		})
		done, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
		b.Plan(nil)
		finished := err == nil
		require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})), "died at request %d", dies)
		if !finished {
			begun := len(holding(t, b, secret)) > 0
			for info, err := range b.List(t.Context(), "erase/") {
				require.NoError(t, err)
				begun = begun || info.Size > 0
			}
			done, err = gitstore.New(b, gitstore.Options{}).Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
			if begun {
				require.NoError(t, err)
			} else { // all was done, and only the last answer was lost
				require.ErrorIs(t, err, kind.ErrNotFound)
				done.Revisions = want.Revisions
			}
		}
		require.Empty(t, holding(t, b, secret), "died at request %d", dies)
		require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
		for old, now := range want.Revisions {
			require.Equal(t, now, done.Revisions[old], "died at request %d", dies)
		}
		if finished {
			return
		}
	}
}

// Saves, remixes and compactions while a family is being erased either come before it, and are rewritten, or conflict.
func TestEraseAmongOtherWriters(t *testing.T) {
	for seed := range 8 {
		b := new(blob.Memory)
		s, source, _, _ := exposed(t, b)
		stop, done := make(chan struct{}), make(chan int, 1)
		go func() {
			saved := 0
			defer func() { done <- saved }()
			other := gitstore.New(b, gitstore.Options{})
			r := source
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				save := revision(r, tree("index.md", fmt.Sprint("concurrent", i), "part/index.md", "part"), 100+i)
				_, _, err := other.Save(t.Context(), at, save)
				switch {
				case err == nil:
					saved++
				case !assert.ErrorIs(t, err, kind.ErrConflict):
					return
				}
				if i%3 == seed%3 {
					_, _ = other.Compact(t.Context(), at)
				}
				if r, err = other.Open(t.Context(), at); !assert.NoError(t, err) {
					return
				}
			}
		}()
		_, err := s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
		close(stop)
		saved := <-done
		require.NoError(t, err)
		_, err = s.Compact(t.Context(), at)
		require.NoError(t, err)
		require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
		r, err := s.Open(t.Context(), at)
		require.NoError(t, err)
		log, err := r.Log(t.Context(), r.Head(), 10_000)
		require.NoError(t, err)
		require.Len(t, log, 9+saved)
		for _, c := range log {
			fsys, err := r.Tree(t.Context(), c.Hash)
			require.NoError(t, err)
			if f, err := fsys.Open("private/names.md"); err == nil {
				data, err := io.ReadAll(f)
				require.NoError(t, err)
				require.NotContains(t, string(data), secret)
			}
		}
	}
}
