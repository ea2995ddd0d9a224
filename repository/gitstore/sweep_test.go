package gitstore_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func packKeys(t testing.TB, b blob.Store) (all []string) {
	t.Helper()
	for info, err := range b.List(t.Context(), "f/") {
		require.NoError(t, err)
		if strings.Contains(info.Key, "/p/") {
			all = append(all, info.Key)
		}
	}
	return all
}

func TestSweepDeletesReplacedPacksAfterTheGracePeriod(t *testing.T) {
	b, c := new(blob.Memory), &clock{noon}
	s := gitstore.New(b, gitstore.Options{Now: c.Now})
	r, _ := first(t, s, tree("index.md", "0"))
	for i := range 7 {
		r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i)), i+1)
	}
	_, err := s.Compact(t.Context(), at)
	require.NoError(t, err)
	require.Len(t, packKeys(t, b), 9)

	swept, err := s.Sweep(t.Context(), gitstore.SweepOptions{})
	require.NoError(t, err)
	require.Equal(t, gitstore.Swept{Families: 1, Marked: 8}, swept)
	c.now = noon.Add(23 * time.Hour)
	swept, err = s.Sweep(t.Context(), gitstore.SweepOptions{})
	require.NoError(t, err)
	require.Zero(t, swept.Deleted)
	c.now = noon.Add(25 * time.Hour)
	calls := 0
	swept, err = s.Sweep(t.Context(), gitstore.SweepOptions{Progress: func(done, total int) {
		calls++
		require.Equal(t, [2]int{1, 1}, [2]int{done, total})
	}})
	require.NoError(t, err)
	require.Equal(t, 1, calls)
	require.Equal(t, 8, swept.Deleted)
	require.Positive(t, swept.Bytes)
	require.Len(t, packKeys(t, b), 1)
	clone(t, server(t, gitstore.New(b, gitstore.Options{}), at).URL)
}

// A source that is withdrawn, or even taken out of the bucket by hand, takes nothing from its remixes.
func TestDeletedSourceLeavesItsRemixesWhole(t *testing.T) {
	for _, how := range []string{"withdrawn", "repacked", "deleted"} {
		t.Run(how, func(t *testing.T) {
			b, c := new(blob.Memory), &clock{noon}
			s := gitstore.New(b, gitstore.Options{Now: c.Now})
			source, _ := first(t, s, tree("index.md", "0", "media/a.png", "picture"))
			save := revision(source, tree("index.md", "mine", "media/a.png", "picture"), 1)
			save.Old = ""
			_, _, err := s.Save(t.Context(), atRemix, save)
			require.NoError(t, err)
			switch how {
			case "withdrawn":
				_, err = s.SetRecord(t.Context(), at, source.Tag(), []byte(`{"withdrawn":"yes"}`), map[string]gitstore.Hash{main: ""})
				require.NoError(t, err)
				_, err = s.Compact(t.Context(), at)
				require.NoError(t, err)
			case "repacked":
				for i := range 8 {
					source, _ = next(t, s, source, tree("index.md", fmt.Sprint(i)), i+2)
				}
				_, err = s.Compact(t.Context(), at)
				require.NoError(t, err)
			case "deleted":
				require.NoError(t, b.Delete(t.Context(), "f/"+family+"/r/"+lesson+"/manifest"))
			}
			for range 3 {
				_, err := s.Sweep(t.Context(), gitstore.SweepOptions{})
				require.NoError(t, err)
				c.now = c.now.Add(25 * time.Hour)
			}
			dir := clone(t, server(t, gitstore.New(b, gitstore.Options{}), atRemix).URL)
			require.Equal(t, "picture", read(t, dir, "media/a.png"))
			require.Equal(t, "2", git(t, dir, "rev-list", "--count", "HEAD"))
			require.Empty(t, damages(t, s))
		})
	}
}

func TestSweepRefusesAShorterGracePeriod(t *testing.T) {
	s := gitstore.New(new(blob.Memory), gitstore.Options{Grace: time.Hour})
	_, err := s.Sweep(t.Context(), gitstore.SweepOptions{Grace: time.Minute})
	require.ErrorIs(t, err, kind.ErrInvalid)
	_, err = s.Sweep(t.Context(), gitstore.SweepOptions{Grace: 2 * time.Hour})
	require.NoError(t, err)
}

// A manifest that cannot be read keeps its whole family from being swept, and no other.
func TestSweepLeavesAFamilyWithADamagedManifestAlone(t *testing.T) {
	b, c := new(blob.Memory), &clock{noon}
	s := gitstore.New(b, gitstore.Options{Now: c.Now})
	put := func(key, data string) {
		_, err := b.Put(t.Context(), key, strings.NewReader(data), blob.Always())
		require.NoError(t, err)
	}
	put("f/bad/p/orphan", "x")
	put("f/bad/r/one/manifest", "{")
	put("f/good/p/orphan", "x")
	for range 2 {
		_, err := s.Sweep(t.Context(), gitstore.SweepOptions{})
		require.ErrorContains(t, err, "f/bad/r/one/manifest")
		c.now = c.now.Add(25 * time.Hour)
	}
	require.Equal(t, []string{"f/bad/p/orphan"}, packKeys(t, b))
}

// A sweep that dies at any request leaves everything that is listed, and the next ones finish its work.
func TestSweepDyingAnywhereHarmsNothing(t *testing.T) {
	for dies := 1; ; dies++ {
		b, c := blobtest.NewFaulty(new(blob.Memory)), &clock{noon}
		s := gitstore.New(b, gitstore.Options{Now: c.Now})
		r, _ := first(t, s, tree("index.md", "0"))
		for i := range 7 {
			r, _ = next(t, s, r, tree("index.md", fmt.Sprint(i)), i+1)
		}
		_, err := s.Compact(t.Context(), at)
		require.NoError(t, err)
		n, failed := 0, false
		b.Plan(func(blobtest.Op) blobtest.Fault {
			if n++; n >= dies && n < dies+3 {
				failed = true
				return []blobtest.Fault{blobtest.Before, blobtest.After}[dies%2]
			}
			return blobtest.None
		})
		for range 2 {
			_, _ = s.Sweep(t.Context(), gitstore.SweepOptions{})
			c.now = c.now.Add(25 * time.Hour)
		}
		b.Plan(nil)
		for range 2 {
			_, err := s.Sweep(t.Context(), gitstore.SweepOptions{})
			require.NoError(t, err)
			c.now = c.now.Add(25 * time.Hour)
		}
		require.Len(t, packKeys(t, b), 1, "died at request %d", dies)
		require.Empty(t, damages(t, gitstore.New(b, gitstore.Options{})))
		if !failed {
			return
		}
	}
}

// A remix of what was read long ago could list packs that Sweep has deleted.
func TestRemixOfAnOldViewConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := gitstore.New(new(blob.Memory), gitstore.Options{Grace: time.Hour})
		source, _ := first(t, s, tree("index.md", "0"))
		save := revision(source, tree("index.md", "mine"), 1)
		save.Old = ""
		time.Sleep(31 * time.Minute)
		_, _, err := s.Save(t.Context(), atRemix, save)
		require.ErrorIs(t, err, kind.ErrConflict)
		save.Base, err = s.Open(t.Context(), at)
		require.NoError(t, err)
		_, _, err = s.Save(t.Context(), atRemix, save)
		require.NoError(t, err)
	})
}
