package catalog

import (
	"database/sql"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

func TestResourcesAreAsTheyWereWrittenLast(t *testing.T) {
	c := open(t, fixed)
	steps := []func(){
		func() { require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false))) },
		func() { require.NoError(t, c.Apply(t.Context(), shown(2, "Strips of paper", false))) },
		func() { // by another node
			require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
				for _, statement := range []string{
					`UPDATE resources SET doc = REPLACE(doc, 'of paper', 'of felt'), body = 'cut', seq = seq + 1`,
					`INSERT INTO changes (seq, resource, kind, at) SELECT seq, id, 'put', datestamp FROM resources`,
					`UPDATE clock SET seq = seq + 1, counted = seq + 1`,
				} {
					if _, err := tx.ExecContext(t.Context(), statement); err != nil {
						return err
					}
				}
				return nil
			}))
		},
		func() { require.NoError(t, c.Apply(t.Context(), shown(3, "", true))) },
	}
	titles := map[string]bool{}
	for _, step := range steps {
		step()
		want, err := c.ByID(t.Context(), "1")
		require.NoError(t, err)
		for range 2 {
			got, err := c.Resources(t.Context(), []repository.ID{"1"})
			require.NoError(t, err)
			assert.Equal(t, []repository.Resource{want}, got)
		}
		titles[want.Metadata.Title] = true
	}
	assert.Equal(t, map[string]bool{"Strips": true, "Strips of paper": true, "Strips of felt": true}, titles)
}

// What was read before a change, and is to be kept after somebody has followed it, would be kept for good.
func TestWhatWasReadBeforeAChangeIsNotKept(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	seq, err := c.follow(t.Context())
	require.NoError(t, err)
	old, err := c.ByID(t.Context(), "1")
	require.NoError(t, err)
	require.NoError(t, c.Apply(t.Context(), shown(2, "Strips of paper", false)))
	_, err = c.follow(t.Context())
	require.NoError(t, err)
	c.recent.keep(seq, old)
	got, err := c.Resources(t.Context(), []repository.ID{"1"})
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "Strips of paper", got[0].Metadata.Title)
}

func TestReadersSeeWhatWasAcknowledged(t *testing.T) {
	c := open(t, fixed)
	const revisions, readers = 40, 4
	require.NoError(t, c.Apply(t.Context(), shown(1, "1", false)))
	var acknowledged atomic.Int64
	acknowledged.Store(1)
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for before := int64(0); before < revisions; {
				before = acknowledged.Load()
				list, err := c.Resources(t.Context(), []repository.ID{"1"})
				if !assert.NoError(t, err) || !assert.Len(t, list, 1) {
					return
				}
				n, err := strconv.ParseInt(list[0].Metadata.Title, 10, 64)
				if !assert.NoError(t, err) || !assert.GreaterOrEqual(t, n, before) {
					return
				}
			}
		})
	}
	for i := int64(2); i <= revisions; i++ {
		assert.NoError(t, c.Apply(t.Context(), shown(i, strconv.FormatInt(i, 10), false)))
		acknowledged.Store(i)
	}
	reading.Wait()
}

// A harvest changes more than is followed.
func TestAllIsReadAnewAfterManyChanges(t *testing.T) {
	c := open(t, fixed)
	require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false)))
	_, err := c.Resources(t.Context(), []repository.ID{"1"})
	require.NoError(t, err)
	require.Equal(t, 1, c.recent.kept.Len())
	require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
		for seq := 2; seq < 2*followed; seq++ {
			if _, err := tx.ExecContext(t.Context(), insertChange, seq, "other", "put", 0); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(t.Context(), `UPDATE clock SET seq = $1, counted = $1`, 2*followed-1)
		return err
	}))
	seq, err := c.follow(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 2*followed-1, seq)
	assert.Zero(t, c.recent.kept.Len())
}
