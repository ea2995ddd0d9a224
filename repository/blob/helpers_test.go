package blob_test

import (
	"context"
	"encoding/base64"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// alternating sends every call to the other of two stores.
type alternating struct {
	stores [2]blob.Store
	calls  atomic.Uint32
}

func (a *alternating) next() blob.Store { return a.stores[a.calls.Add(1)%2] }

func (a *alternating) Get(ctx context.Context, key string, o blob.GetOptions) (*blob.Object, error) {
	return a.next().Get(ctx, key, o)
}

func (a *alternating) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	return a.next().Put(ctx, key, body, when)
}

func (a *alternating) Delete(ctx context.Context, key string) error { return a.next().Delete(ctx, key) }

func (a *alternating) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return a.next().List(ctx, prefix)
}

// watchedBody calls during once, when half of it has been read.
type watchedBody struct {
	*strings.Reader
	during func()
}

func (w *watchedBody) Read(p []byte) (int, error) {
	if w.during != nil && w.Len() < int(w.Size())/2 {
		w.during()
		w.during = nil
	}
	return w.Reader.Read(p[:min(len(p), 1000)])
}

func (w *watchedBody) WriteTo(dst io.Writer) (int64, error) {
	return io.Copy(dst, struct{ io.Reader }{w})
}

func tagOf(t *testing.T, s blob.Store, key string) blob.Tag {
	t.Helper()
	obj, err := s.Get(t.Context(), key, blob.GetOptions{})
	require.NoError(t, err)
	require.NoError(t, obj.Body.Close())
	return obj.Tag
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
