package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// pageOf is a page with one record.
func pageOf(run federation.Run, n int) federation.Page {
	return federation.Page{Run: run.ID, Peer: run.Peer, At: fixed(), State: federation.State{Round: 1}, Records: []federation.Harvested{{
		Identifier: fmt.Sprintf("oai:%s.example:%d", run.Peer, n), Datestamp: fixed(), Stamp: "2026-03-01", Prefix: "oai_dc", Raw: []byte("<dc/>"),
	}}}
}

func TestPagesThatWaitAreStoredTogetherAndFailAlone(t *testing.T) {
	c := open(t, fixed)
	var runs []federation.Run
	for i := range 6 {
		name := fmt.Sprint("p", i)
		require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: name}))
		run, err := c.Begin(t.Context(), federation.Run{Peer: name, Started: fixed()})
		require.NoError(t, err)
		runs = append(runs, run)
	}
	_, err := c.Begin(t.Context(), federation.Run{Peer: "p0", Started: fixed()}) // so that the first run may store nothing more
	require.NoError(t, err)
	gone, cancel := context.WithCancel(t.Context())

	_, err = c.Commit(t.Context(), pageOf(runs[5], 100)) // statements are prepared
	require.NoError(t, err)

	var all sync.WaitGroup
	errs := make([]error, len(runs))
	tallies := make([]federation.Tally, len(runs))
	busy, free := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		assert.NoError(t, c.db.Write(t.Context(), func(*sql.Tx) error { close(busy); <-free; return nil }))
	})
	<-busy
	commit := func(ctx context.Context, i int) {
		all.Go(func() { tallies[i], errs[i] = c.Commit(ctx, pageOf(runs[i], i)) })
	}
	state := func(writing bool, waiting int) {
		require.Eventually(t, func() bool {
			c.commits.mu.Lock()
			defer c.commits.mu.Unlock()
			return c.commits.writing == writing && len(c.commits.waiting) == waiting
		}, time.Minute, time.Millisecond)
	}
	state(false, 0) // the writer of the first page has gone
	commit(t.Context(), 5)
	state(true, 0) // it is being written
	commit(gone, 1)
	for _, i := range []int{0, 2, 3, 4} {
		commit(t.Context(), i)
	}
	state(true, 5)
	cancel()
	close(free)
	all.Wait()
	require.ErrorIs(t, errs[0], kind.ErrConflict)
	require.ErrorIs(t, errs[1], context.Canceled)
	for i := 2; i < len(runs); i++ {
		require.NoError(t, errs[i])
		assert.Equal(t, federation.Tally{New: 1}, tallies[i], "counted once, however often it was tried")
	}
	changes, err := c.Changes(t.Context(), 0, 100)
	require.NoError(t, err)
	require.Len(t, changes, 5)
	assert.Equal(t, int64(5), changes[4].Seq, "what failed took no number")
}
