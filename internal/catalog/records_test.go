package catalog

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
)

// While a list is asked for, more is published.
func TestAListIsCountedWithoutWhatCameLater(t *testing.T) {
	at := fixed()
	c := open(t, func() time.Time { return at })
	for i := range 4 {
		publish(t, c, fmt.Sprint(i), 1, false)
	}
	asked := at
	count := func(until time.Time, set string) int {
		t.Helper()
		w := federation.Window{Prefix: federation.DublinCore, Until: until, Set: set, Limit: 1000}
		n, err := c.Count(t.Context(), w)
		require.NoError(t, err)
		page, err := c.Window(t.Context(), w)
		require.NoError(t, err)
		require.Len(t, page, n, "until %s, set %q", until, set)
		return n
	}
	both := func(until time.Time) []int { return []int{count(until, ""), count(until, "grade:5")} }
	assert.Equal(t, []int{4, 4}, both(asked))
	at = at.Add(time.Hour)
	publish(t, c, "0", 2, true) // it stands at the end of the list now
	for i := range 3 {
		publish(t, c, fmt.Sprint("later", i), 1, false)
	}
	assert.Equal(t, []int{3, 3}, both(asked))
	assert.Equal(t, []int{7, 7}, both(at))
	assert.Equal(t, []int{7, 7}, both(time.Time{}))
	assert.Equal(t, []int{0, 0}, both(asked.Add(-time.Hour)))
	assert.Zero(t, count(at, "grade:6"))
	for i := range maxNewer { // more than are counted
		publish(t, c, fmt.Sprint("many", i), 1, false)
	}
	assert.Equal(t, []int{3, 3}, both(asked))
}
