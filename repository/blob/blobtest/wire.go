package blobtest

import (
	"net/http"
	"sync"
)

// Wire counts the HTTP requests of an S3 store, its own retries included. See Gateway.OpenWire.
type Wire struct {
	mu       sync.Mutex
	requests map[string]int
}

// Requests answers how many requests of each method were sent since it was last asked.
func (w *Wire) Requests() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	requests := w.requests
	w.requests = nil
	return requests
}

func (w *Wire) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		if w.requests == nil {
			w.requests = make(map[string]int)
		}
		w.requests[r.Method]++
		w.mu.Unlock()
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
