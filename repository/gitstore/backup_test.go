package gitstore_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// contents are all blobs of a bucket but what Sweep and Erase note for themselves.
func contents(t testing.TB, b blob.Store) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for info, err := range b.List(t.Context(), "") {
		require.NoError(t, err)
		if strings.HasPrefix(info.Key, "sweep/") || strings.HasPrefix(info.Key, "erase/") {
			continue
		}
		obj, err := b.Get(t.Context(), info.Key, blob.GetOptions{})
		require.NoError(t, err)
		raw, err := io.ReadAll(obj.Body)
		require.NoError(t, err)
		require.NoError(t, obj.Body.Close())
		all[info.Key] = string(raw)
	}
	return all
}

func putBlob(t testing.TB, b blob.Store, key, data string) {
	t.Helper()
	_, err := b.Put(t.Context(), key, strings.NewReader(data), blob.Always())
	require.NoError(t, err)
}

func TestCopyIsWholeAndThenOnlyWhatChanged(t *testing.T) {
	from, to := new(blob.Memory), new(blob.Memory)
	s, source, _, _ := exposed(t, from)
	putBlob(t, from, "media/"+strings.Repeat("ab", 32), strings.Repeat("film", 500_000))
	putBlob(t, from, "backup/accounts", "one")
	calls := 0
	done, err := gitstore.Copy(t.Context(), from, to, func(done, total int) {
		calls++
		require.Equal(t, 2, total)
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.Equal(t, 2, done.Repositories)
	want := contents(t, from)
	for key := range want {
		if strings.Contains(key, "/p/") && contents(t, to)[key] == "" {
			delete(want, key) // that no manifest lists
		}
	}
	require.Equal(t, want, contents(t, to))
	require.Empty(t, damages(t, gitstore.New(to, gitstore.Options{})))

	done, err = gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Zero(t, done.Blobs)

	next(t, s, source, tree("index.md", "new"), 60)
	putBlob(t, from, "backup/accounts", "two")
	done, err = gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Equal(t, 3, done.Blobs, "a pack, a manifest and the accounts")
	require.Equal(t, "two", contents(t, to)["backup/accounts"])

	restored := new(blob.Memory)
	_, err = gitstore.Copy(t.Context(), to, restored, nil)
	require.NoError(t, err)
	require.Equal(t, contents(t, to), contents(t, restored))
	clone(t, server(t, gitstore.New(restored, gitstore.Options{}), at).URL)
}

func TestCopyLosesWhatWasErased(t *testing.T) {
	from, to := new(blob.Memory), new(blob.Memory)
	s, _, _, _ := exposed(t, from)
	_, err := gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.NotEmpty(t, holding(t, to, secret))
	_, err = s.Erase(t.Context(), family, gitstore.Erasure{Paths: []string{"private"}})
	require.NoError(t, err)
	done, err := gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Positive(t, done.Deleted)
	require.Empty(t, holding(t, to, secret))
	require.Empty(t, damages(t, gitstore.New(to, gitstore.Options{})))
}

// Wherever a copy is cut off, it can be restored, and the next one ends its work.
func TestCopyLosesLettersThatAreGone(t *testing.T) {
	from, to := new(blob.Memory), new(blob.Memory)
	putBlob(t, from, "letters/held/a", "what is erased next")
	putBlob(t, from, "letters/held/b", "stays")
	putBlob(t, from, "backup/accounts.json", "deleted by mistake")
	_, err := gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.NoError(t, from.Delete(t.Context(), "letters/held/a"))
	require.NoError(t, from.Delete(t.Context(), "backup/accounts.json"))
	_, err = gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"letters/held/b": "stays", "backup/accounts.json": "deleted by mistake"}, contents(t, to))
}

func TestCopyCutOffAnywhereCanBeRestored(t *testing.T) {
	for dies := 1; ; dies++ {
		from := new(blob.Memory)
		s, source, _, _ := exposed(t, from)
		to := blobtest.NewFaulty(new(blob.Memory))
		if dies%2 == 0 { // over an older copy
			_, err := gitstore.Copy(t.Context(), from, to, nil)
			require.NoError(t, err)
			r, _ := next(t, s, source, tree("index.md", "new"), 60)
			for i := range 8 {
				r, _ = next(t, s, r, tree("index.md", fmt.Sprint("new", i)), i+61)
			}
			_, err = s.Compact(t.Context(), at)
			require.NoError(t, err)
		}
		n := 0
		to.Plan(func(blobtest.Op) blobtest.Fault {
			if n++; n == dies && dies%3 == 0 {
				return blobtest.After
			} else if n >= dies {
				return blobtest.Before
			}
			return blobtest.None
		})
		_, err := gitstore.Copy(t.Context(), from, to, nil)
		to.Plan(nil)
		require.Empty(t, damages(t, gitstore.New(to, gitstore.Options{})), "cut off at request %d", dies)
		_, again := gitstore.Copy(t.Context(), from, to, nil)
		require.NoError(t, again)
		require.Equal(t, contents(t, from)["f/"+family+"/r/"+lesson+"/manifest"], contents(t, to)["f/"+family+"/r/"+lesson+"/manifest"])
		if err == nil && dies > 1 {
			return
		}
	}
}

// watched is a bucket that is looked at after each of its changes.
type watched struct {
	blob.Store
	after func()
}

func (w watched) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	tag, err := w.Store.Put(ctx, key, body, when)
	w.after()
	return tag, err
}

func (w watched) Delete(ctx context.Context, key string) error {
	err := w.Store.Delete(ctx, key)
	w.after()
	return err
}

// Of a bucket in which people save, remix, compact, erase and sweep, the copy is whole at every moment, and in the end it
// has everything that had been saved when the last copy began.
func TestCopyOfABucketInUse(t *testing.T) {
	from, to := new(blob.Memory), new(blob.Memory)
	s := gitstore.New(from, gitstore.Options{Grace: 400 * time.Millisecond})
	r, _ := first(t, s, tree("index.md", "0"))
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 3 {
		loc := gitstore.Location{Family: family, Repository: fmt.Sprint("writer-", w)}
		writers.Go(func() {
			base := r
			for i := 0; i < 300; i++ {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
				save := revision(base, tree("index.md", fmt.Sprint(w, i)), i+1)
				if i == 0 {
					save.Old = ""
				}
				now, _, err := s.Save(t.Context(), loc, save)
				if err == nil {
					base = now
				} else if i == 0 {
					i = -1 // the remix took longer than it may
					if base, err = s.Open(t.Context(), at); !assert.NoError(t, err) {
						return
					}
					continue
				}
				if base.Manifest().Compactable() {
					_, _ = s.Compact(t.Context(), loc)
				}
				if base, err = s.Open(t.Context(), loc); !assert.NoError(t, err) {
					return
				}
			}
		})
	}
	writers.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = s.Sweep(t.Context(), gitstore.SweepOptions{})
			}
		}
	})
	looks := 0
	for range 4 {
		_, err := gitstore.Copy(t.Context(), from, watched{to, func() {
			if looks++; looks%7 == 0 {
				assert.Empty(t, damages(t, gitstore.New(to, gitstore.Options{})))
			}
		}}, nil)
		assert.NoError(t, err)
		time.Sleep(100 * time.Millisecond)
	}
	close(stop)
	writers.Wait()
	_, err := gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	require.Greater(t, looks, 20)
	a, b := gitstore.New(from, gitstore.Options{}), gitstore.New(to, gitstore.Options{})
	require.Empty(t, damages(t, a))
	require.Empty(t, damages(t, b))
	for listed, err := range a.Manifests(t.Context()) {
		require.NoError(t, err)
		want, err := a.Open(t.Context(), listed.Location)
		require.NoError(t, err)
		got, err := b.Open(t.Context(), listed.Location)
		require.NoError(t, err)
		require.Equal(t, want.Manifest(), got.Manifest())
	}
}

// A damaged pack is not copied over a good copy, and the error names it.
func TestCopyRefusesDamagedPacks(t *testing.T) {
	root := t.TempDir()
	from, err := blob.OpenFolder(root)
	require.NoError(t, err)
	s := gitstore.New(from, gitstore.Options{})
	r, _ := first(t, s, tree("index.md", "0"))
	to := new(blob.Memory)
	_, err = gitstore.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	r, _ = next(t, s, r, tree("index.md", "1"), 1)
	key := "f/" + family + "/p/" + r.Manifest().Packs[1].ID
	raw := []byte(contents(t, from)[key])
	raw[30] ^= 4
	putBlob(t, from, key, string(raw))
	_, err = gitstore.Copy(t.Context(), from, to, nil)
	require.ErrorContains(t, err, key)
	require.Empty(t, damages(t, gitstore.New(to, gitstore.Options{})))
	old, err := gitstore.New(to, gitstore.Options{}).Open(t.Context(), at)
	require.NoError(t, err)
	require.Len(t, old.Manifest().Packs, 1)
}
