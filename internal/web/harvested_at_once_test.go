package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHarvestersWaitForEachOther: thousands who ask at one moment would have thousands of pages in memory.
func TestHarvestersWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := "http://" + w.listening(func(s *Server) { s.work.harvesting.wait = time.Minute })
	get := func(path string) int {
		answer, err := http.Get(address + path)
		if !assert.NoError(t, err) {
			return 0
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	places := w.server.work.harvesting.places
	for range cap(places) {
		places <- struct{}{}
	}
	answered := make(chan int)
	go func() { answered <- get("/oai?verb=Identify") }()
	assert.Equal(t, http.StatusOK, get("/"), "others read")
	select {
	case <-answered:
		require.Fail(t, "it did not wait")
	case <-time.After(100 * time.Millisecond):
	}
	<-places
	assert.Equal(t, http.StatusOK, <-answered)
	require.Eventually(t, func() bool { return len(places) == cap(places)-1 }, time.Minute, time.Millisecond, "its place is free again")
}
