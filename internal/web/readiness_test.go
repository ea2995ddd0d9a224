package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAServerIsReadyWhileItsIndexFollows(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	after := func(d time.Duration) time.Time { return at.Add(d) }
	var r readiness
	assert.False(t, r.follows(3, 10, at), "it has just started")
	assert.False(t, r.follows(9, 12, after(time.Hour)), "and lacks what there was then")
	assert.True(t, r.follows(10, 12, after(time.Hour)))
	for i := range int64(100) { // there is always a newer change than the index has
		assert.True(t, r.follows(12+i, 14+i, after(time.Hour+time.Duration(i)*time.Second)))
	}
	assert.True(t, r.follows(112, 113, after(2*time.Hour)), "nobody asked for an hour")
	assert.True(t, r.follows(112, 114, after(2*time.Hour+indexPatience-1)))
	assert.False(t, r.follows(112, 114, after(2*time.Hour+indexPatience)), "it no longer follows")
	assert.True(t, r.follows(113, 120, after(3*time.Hour)), "it follows again")
	assert.False(t, r.follows(0, 120, after(4*time.Hour)), "it is of another catalog")
}
