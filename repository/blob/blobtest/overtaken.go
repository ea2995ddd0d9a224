package blobtest

import (
	"context"
	"io"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Overtaken is a store in which somebody else is first: Meanwhile runs just before the first put, once. One goroutine may
// put at a time.
type Overtaken struct {
	blob.Store
	Meanwhile func()
}

// Put implements blob.Store.
func (o *Overtaken) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	if first := o.Meanwhile; first != nil {
		o.Meanwhile = nil
		first()
	}
	return o.Store.Put(ctx, key, body, when)
}
