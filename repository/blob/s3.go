package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
)

// S3 is a store in a bucket of an S3 server. Any number of processes may share the bucket.
//
// A tag is the object's ETag. Most servers make it of the content alone, so two puts of the same bytes may give the same tag,
// and a key that gets back the bytes it had gets back its tag: what is replaced by IfMatch should hold something unique.
//
// # Unknown outcomes
//
// A request whose answer is lost may have been done, and is sent again, up to five times in all with growing pauses. Get,
// Delete, List and an unconditional Put may be done twice without harm. A conditional Put that is done and then sent again is
// refused because of itself. So it carries an id, and where a refusal follows an attempt of unknown outcome the id of what is
// stored is read: its own means that it won, and Put answers the tag; another one may have come before or after, so that Put
// answers neither a tag nor ErrConflict, but the error of the attempt. ErrConflict is therefore certain: nothing was stored.
// After any other error an attempt may even be done later, by a server that was slow to read it.
type S3 struct {
	again  *minio.Core // sends again by itself; all that may be done twice
	once   *minio.Core // sends once; conditional puts
	public *minio.Core // signs URLs for others
	bucket string
	prefix string // of every key; empty or with a slash at its end
	place  string // for messages
}

var _ Store = (*S3)(nil)

// Get implements Store. A connection that breaks while the body is read is made again, and the rest is asked for on the
// condition that the blob is still the same.
func (s *S3) Get(ctx context.Context, key string, o GetOptions) (*Object, error) {
	if err := ready(ctx, key); err != nil {
		return nil, err
	}
	if o.Range.Start < 0 || o.Range.Length < 0 {
		return nil, fmt.Errorf("get %s: %w: from %d", key, ErrRange, o.Range.Start)
	}
	var ask minio.GetObjectOptions
	if o.IfNoneMatch != "" {
		ask.Set("If-None-Match", quote(o.IfNoneMatch))
	}
	if o.Range != (Range{}) {
		ask.Set("Range", o.Range.header())
	}
	body, info, err := s.get(ctx, key, ask)
	if err != nil {
		return nil, s.translate(ctx, "get", key, err)
	}
	start, length, err := o.Range.clip(info.Size)
	if err != nil { // a server that sends what it was not asked for
		body.Close()
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return &Object{Info: info, Body: &s3Body{ctx: ctx, s: s, info: info, body: body, next: start, end: start + length}}, nil
}

// get asks once and checks that the answer is what was asked for.
func (s *S3) get(ctx context.Context, key string, ask minio.GetObjectOptions) (io.ReadCloser, Info, error) {
	body, found, header, err := s.again.GetObject(ctx, s.bucket, s.prefix+key, ask)
	if err != nil {
		return nil, Info{}, err
	}
	info := Info{Key: key, Size: found.Size, Tag: Tag(found.ETag)}
	if ask.Header().Get("Range") != "" {
		if info.Size, err = wholeSize(header); err != nil {
			body.Close()
			return nil, Info{}, err
		}
	}
	return body, info, nil
}

// wholeSize is the size of the blob that a part belongs to.
func wholeSize(header http.Header) (int64, error) {
	_, total, ok := strings.Cut(header.Get("Content-Range"), "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("the server sent no range: %q", header.Get("Content-Range"))
	}
	return size, nil
}

func (r Range) header() string {
	if r.Length == 0 || r.Length > math.MaxInt64-r.Start {
		return fmt.Sprintf("bytes=%d-", r.Start)
	}
	return fmt.Sprintf("bytes=%d-%d", r.Start, r.Start+r.Length-1)
}

func quote(t Tag) string { return `"` + string(t) + `"` }

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	err := s.again.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err = s.translate(ctx, "delete", key, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// List implements Store. One request answers a thousand keys.
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		if !startsKey(prefix) {
			return
		}
		withoutOwner := false
		for found := range s.again.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{
			Prefix: s.prefix + prefix, Recursive: true, FetchOwner: &withoutOwner,
		}) {
			if found.Err != nil {
				yield(Info{}, s.translate(ctx, "list", prefix, found.Err))
				return
			}
			key := strings.TrimPrefix(found.Key, s.prefix)
			if CheckKey(key) != nil {
				continue // not put by us
			}
			if !yield(Info{Key: key, Size: found.Size, Tag: Tag(found.ETag)}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // ends the loop above without a word
			yield(Info{}, err)
		}
	}
}

// startsKey tells whether any key can begin with the prefix.
func startsKey(prefix string) bool {
	return prefix == "" || CheckKey(strings.TrimSuffix(prefix, "/")) == nil
}
