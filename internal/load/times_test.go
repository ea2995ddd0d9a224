package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestQuantilesAreWithinFivePercent(t *testing.T) {
	var a, b Times
	for i := 1; i <= 1000; i++ {
		x := &a
		if i%2 == 0 {
			x = &b
		}
		x.add(time.Duration(i) * time.Millisecond)
	}
	a.join(&b)
	assert.Equal(t, 1000, a.N)
	assert.InDelta(t, 500, a.Quantile(.5).Milliseconds(), 25)
	assert.InDelta(t, 990, a.Quantile(.99).Milliseconds(), 50)
	assert.Equal(t, time.Second, a.Quantile(1))
	assert.Zero(t, new(Times).Quantile(.5))
	var long Times
	long.add(time.Hour)
	assert.Equal(t, time.Hour, long.Quantile(.5))
}

func TestLedgerGivesAResourceToOneAtATime(t *testing.T) {
	l := NewLedger()
	_, _, found := l.take(0, true)
	assert.False(t, found)
	l.created("a", "/r/o/a", "A", "1")
	id, w, found := l.take(7, true)
	assert.True(t, found)
	assert.Equal(t, "a1", id+w.acknowledged)
	_, _, found = l.take(7, true)
	assert.False(t, found, "somebody has it")
	l.revised("a", "B", "2")
	_, w, _ = l.take(7, true)
	assert.Equal(t, "2B", w.acknowledged+w.title)
	l.revised("a", "C", "")
	_, _, found = l.take(7, true)
	assert.False(t, found, "what it is at is not known")
	l.created("b", "/r/o/b", "B", "1")
	_, _, _ = l.take(7, true)
	l.withdrawn("b", true)
	_, _, found = l.take(7, true)
	assert.False(t, found, "it is gone")
	l.try("/r/o/c")
	assert.Equal(t, 2, l.Unanswered())
}
