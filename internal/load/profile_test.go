package load_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// profile takes profiles of a node that listens for those who watch it.
func profile(t *testing.T, n *node, name string, took time.Duration) {
	t.Helper()
	get := func(what, query string) {
		r, err := http.Get("http://" + n.settings.MetricsListen + "/debug/pprof/" + what + query)
		if !assert.NoError(t, err) {
			return
		}
		defer r.Body.Close()
		f, err := os.Create(filepath.Join(*profiles, name+"."+what))
		if assert.NoError(t, err) {
			_, err = io.Copy(f, r.Body)
			assert.NoError(t, err)
			assert.NoError(t, f.Close())
		}
	}
	seconds := fmt.Sprintf("?seconds=%d", max(1, int(took.Seconds())-1))
	var all sync.WaitGroup
	for _, what := range []string{"profile", "block", "mutex"} {
		all.Go(func() { get(what, seconds) })
	}
	all.Wait()
	get("heap", "")
	get("goroutine", "")
}
