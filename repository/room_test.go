package repository

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRoomHoldsNoMoreThanItsBytesAndLetsALargeOneInAlone(t *testing.T) {
	r := newRoom(100)
	var held, most atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		n := int64(30)
		if i%10 == 0 {
			n = 1_000
		}
		all.Go(func() {
			leave := r.take(n)
			now := held.Add(min(n, 100))
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			held.Add(-min(n, 100))
			leave()
		})
	}
	all.Wait()
	assert.LessOrEqual(t, most.Load(), int64(100))
	assert.Equal(t, int64(100), r.free)
	var none *room
	none.take(1 << 40)()
}
