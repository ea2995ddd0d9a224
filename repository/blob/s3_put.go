package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	attempts      = 5                      // of one request
	pause         = 100 * time.Millisecond // before the second, twice as long before each further one
	inParts       = 64 << 20               // unconditional puts above this size are sent in parts
	partSize      = 16 << 20
	partsAtOnce   = 2
	maxSinglePut  = 5 << 30
	putIDMetadata = "Commonplace-Put" // names one call of Put
)

// Put implements Store. The SHA-256 of the body is signed, so that the server itself refuses bytes that were changed on their
// way. A conditional put is one request of at most 5 GiB; an unconditional one of more than 64 MiB is sent in parts.
func (s *S3) Put(ctx context.Context, key string, body io.ReadSeeker, when Condition) (Tag, error) {
	if err := ready(ctx, key); err != nil {
		return "", err
	}
	size, err := whole(body)
	if err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	watched := &watchedBody{ReadSeeker: body}
	var tag Tag
	switch {
	case when == Always() && size > inParts:
		tag, err = s.putParts(ctx, key, watched, size)
	case size > maxSinglePut:
		return "", fmt.Errorf("put %s: %d bytes, at most %d go in one conditional put", key, size, int64(maxSinglePut))
	default:
		tag, err = s.putWhole(ctx, key, watched, size, when)
	}
	if watched.err != nil {
		err = watched.err
	}
	if err != nil {
		return "", s.translate(ctx, "put", key, err)
	}
	return tag, nil
}

func (s *S3) putParts(ctx context.Context, key string, body *watchedBody, size int64) (Tag, error) {
	var reader io.Reader = body
	if at, ok := body.ReadSeeker.(io.ReaderAt); ok {
		reader = io.NewSectionReader(at, 0, size) // parts are read where they are, not copied to memory
	}
	done, err := s.again.Client.PutObject(ctx, s.bucket, s.prefix+key, reader, size, minio.PutObjectOptions{
		PartSize: partSize, NumThreads: partsAtOnce, SendContentMd5: true,
	})
	return Tag(done.ETag), err
}

func (s *S3) putWhole(ctx context.Context, key string, body *watchedBody, size int64, when Condition) (Tag, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, contextReader{ctx, body}); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	put := func(client *minio.Core, o minio.PutObjectOptions) (Tag, error) {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
		o.DisableContentSha256 = true // of chunks; the sum of the whole is signed
		done, err := client.PutObject(ctx, s.bucket, s.prefix+key, body, size, "", sum, o)
		return Tag(done.ETag), err
	}
	if when == Always() {
		return put(s.again, minio.PutObjectOptions{})
	}
	id := rand.Text()
	o := minio.PutObjectOptions{UserMetadata: map[string]string{putIDMetadata: id}}
	if when.absent {
		o.SetMatchETagExcept("*")
	} else {
		o.SetMatchETag(string(when.tag))
	}
	var unknown error // of the last attempt that may have been done
	for attempt := range attempts {
		if attempt > 0 {
			if err := sleep(ctx, pause<<(attempt-1)); err != nil {
				return "", err
			}
		}
		tag, err := put(s.once, o)
		switch {
		case err == nil:
			return tag, nil
		case body.err != nil || ctx.Err() != nil:
			return "", err
		case refusedByCondition(err) && unknown != nil:
			return s.settle(ctx, key, id, unknown)
		case refusedByCondition(err), definite(err):
			return "", err
		case !busy(err):
			unknown = err
		default:
			if unknown == nil && attempt == attempts-1 {
				return "", err
			}
		}
	}
	return "", unknown
}

// settle finds out whether the stored blob is that of the put with the id, which failed for an unknown outcome.
func (s *S3) settle(ctx context.Context, key, id string, unknown error) (Tag, error) {
	found, err := s.again.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err == nil && found.UserMetadata[putIDMetadata] == id {
		return Tag(found.ETag), nil
	}
	return "", fmt.Errorf("%w; whether it was stored before another writer's is not known", unknown)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// refusedByCondition tells whether the server refused a put for what is stored. A tag cannot match where nothing is.
func refusedByCondition(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusPreconditionFailed || answer.StatusCode == http.StatusNotFound && answer.Code == minio.NoSuchKey
}

// busy tells whether the server refused a request for no fault of its own, having done nothing.
func busy(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.Code == "SlowDown" || answer.Code == "ConditionalRequestConflict" || answer.StatusCode == http.StatusTooManyRequests
}

// definite tells whether the server refused a request for good.
func definite(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode >= 400 && answer.StatusCode < 500 && answer.StatusCode != http.StatusRequestTimeout && !busy(err)
}

// watchedBody remembers why it could not be read, which clients take for a broken connection. It hides Close.
type watchedBody struct {
	io.ReadSeeker
	err error
}

// Read implements io.Reader.
func (w *watchedBody) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.ReadSeeker.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// Seek implements io.Seeker.
func (w *watchedBody) Seek(offset int64, whence int) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	return w.ReadSeeker.Seek(offset, whence)
}
