package catalog

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestPublicationsThatWaitAreShownTogetherAndFailAlone(t *testing.T) {
	c := open(t, fixed)
	var all sync.WaitGroup
	busy, free := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		assert.NoError(t, c.db.Write(t.Context(), func(*sql.Tx) error { close(busy); <-free; return nil }))
	})
	<-busy
	errs := make([]error, 6)
	apply := func(i int, slug string) {
		id := repository.ID(fmt.Sprint(i))
		all.Go(func() {
			errs[i] = c.Apply(t.Context(), repository.Projection{
				Reservation: repository.Reservation{Owner: "rosa", Slug: slug, Repository: id, Family: "f", Tag: "1"}, Generation: 1,
				Resources: []repository.Resource{{ID: id, Identifier: "oai:x:" + string(id), Repository: id, Address: repository.Address{Owner: "rosa", Slug: slug}}},
			})
		})
	}
	waiting := func(n int) {
		require.Eventually(t, func() bool {
			c.commits.mu.Lock()
			defer c.commits.mu.Unlock()
			return c.commits.writing && len(c.commits.waiting) == n
		}, time.Minute, time.Millisecond)
	}
	apply(0, "a")
	waiting(0) // it is being written
	for i, slug := range []string{"b", "c", "a", "d", "e"} {
		apply(i+1, slug)
	}
	waiting(5)
	close(free)
	all.Wait()
	for i, err := range errs {
		if i == 3 {
			require.ErrorIs(t, err, kind.ErrConflict, "the address is another's")
			continue
		}
		require.NoError(t, err)
	}
	changes, err := c.Changes(t.Context(), 0, 100)
	require.NoError(t, err)
	require.Len(t, changes, 5)
	assert.Equal(t, int64(5), changes[4].Seq, "what failed took no number")
}

// What one state is compared with is asked for before the other is stored, where they share a transaction.
func TestStatesOfOneRepositoryThatAreShownTogetherFollowEachOther(t *testing.T) {
	c := open(t, fixed)
	var states []*commit
	var all sync.WaitGroup
	busy, free := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		assert.NoError(t, c.db.Write(t.Context(), func(*sql.Tx) error { close(busy); <-free; return nil }))
	})
	<-busy
	for i, p := range []repository.Projection{
		shown(1, "Halves", false), // is being written
		shown(2, "Strips", false), shown(4, "", true), shown(3, "Strips, revised", false), shown(5, "Strips again", false),
	} {
		p.Records = map[repository.ID]repository.Records{"1": {Formats: map[string][]byte{"oai_dc": []byte("<dc/>")}, Sets: []string{p.Tag}}}
		all.Go(func() { assert.NoError(t, c.Apply(t.Context(), p), "state %d", i) })
		require.Eventually(t, func() bool {
			c.commits.mu.Lock()
			defer c.commits.mu.Unlock()
			states = c.commits.waiting
			return c.commits.writing && len(states) == i
		}, time.Minute, time.Millisecond)
	}
	before := c.db.Load()
	close(free)
	all.Wait()
	assert.LessOrEqual(t, c.db.Load().Writes-before.Writes, int64(3), "with the one that was under way")
	r, err := c.ByID(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, "Strips again", r.Metadata.Title)
	assert.False(t, r.Deleted)
	l, found, err := listedBy(t.Context(), c.db.Ready(), r.Identifier)
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, "tag 5", l.sets)
	assert.False(t, l.deleted)
	var kept, places, live int
	require.NoError(t, c.db.Read().QueryRow(`SELECT (SELECT COUNT(*) FROM records), (SELECT COUNT(*) FROM set_items),
		(SELECT SUM(resources) FROM holdings WHERE kind = 'peer' AND name = '')`).Scan(&kept, &places, &live))
	assert.Equal(t, []int{1, 2, 1}, []int{kept, places, live}, "one record, in the sets “tag” and “5”, of one resource")
	wrong, err := c.Recount(t.Context())
	require.NoError(t, err)
	assert.False(t, wrong, "counts are those of the tables")
}
