package app

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

func TestWhoWaitsGetsWhatBeganAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times, hold, broken := 0, make(chan struct{}), errors.New("the disk is full")
		g := &together{do: func() error {
			times++
			<-hold
			if times == 2 {
				return broken
			}
			return nil
		}}
		var all sync.WaitGroup
		all.Go(func() { assert.NoError(t, g.wait(t.Context())) })
		synctest.Wait() // the first one is under way, and may have looked already
		for range 20 {
			all.Go(func() { assert.ErrorIs(t, g.wait(t.Context()), broken) })
		}
		impatient, stop := context.WithCancel(t.Context())
		all.Go(func() { assert.ErrorIs(t, g.wait(impatient), context.Canceled) })
		synctest.Wait()
		stop()
		hold <- struct{}{}
		synctest.Wait()
		hold <- struct{}{}
		all.Wait()
		assert.Equal(t, 2, times, "once for the first, and once for all that came meanwhile")
		all.Go(func() { assert.NoError(t, g.wait(t.Context())) })
		hold <- struct{}{}
		all.Wait()
		assert.Equal(t, 3, times)
	})
}
