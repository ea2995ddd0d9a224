package browser

import (
	"context"
	"testing"
	"time"
)

// Crash ends a browser as none of its users would.
func Crash(t *testing.T, b *Browser) {
	t.Helper()
	_ = b.pipe.call(t.Context(), "", "Browser.crash", nil, nil)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !b.pipe.isGone() {
		select {
		case <-ctx.Done():
			t.Fatal("the browser does not crash")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
