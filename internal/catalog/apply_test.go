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
