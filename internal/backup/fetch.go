package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

const (
	attempts   = 3  // to read a blob
	mostUnread = 20 // blobs that may be left out because they cannot be read
)

var (
	errHarmed = errors.New("damaged")
	// errUnread says that the bucket did not give a blob that it has.
	errUnread = errors.New("cannot be read")
)

// fetch reads a whole blob of the bucket, and tries again where that breaks off. It is errUnread where it always does.
func (w *writer) fetch(ctx context.Context, key string) (plain *spool, tag blob.Tag, err error) {
	for n := range attempts {
		if n > 0 {
			select {
			case <-ctx.Done():
				return nil, "", context.Cause(ctx)
			case <-time.After(w.vault.lease / 20 << n):
			}
		}
		if plain, tag, err = w.fetchOnce(ctx, key); !errors.Is(err, errUnread) {
			break
		}
	}
	return plain, tag, err
}

func (w *writer) fetchOnce(ctx context.Context, key string) (*spool, blob.Tag, error) {
	obj, err := w.Bucket.Get(ctx, key, blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return nil, "", err
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errUnread, err)
	}
	defer obj.Body.Close()
	plain, err := newSpool(obj.Size)
	if err != nil {
		return nil, "", err
	}
	n, err := io.Copy(plain, unread{obj.Body})
	if err == nil && n != obj.Size {
		err = fmt.Errorf("%w: %w", errUnread, io.ErrUnexpectedEOF)
	}
	if err != nil {
		plain.close()
		return nil, "", fmt.Errorf("read %s: %w", key, err)
	}
	return plain, obj.Tag, nil
}

// unread tells errors of reading from those of writing.
type unread struct{ io.Reader }

func (u unread) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errUnread, err)
	}
	return n, err
}

// harmed tells errors of reading an object of the vault from those of writing. They are errUnread as well where the store did not
// give what it has.
type harmed struct{ io.Reader }

func (h harmed) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("the backup is %w: %w", errHarmed, err)
	}
	return n, err
}

// without goes on without a blob that is damaged or cannot be read, and names it. Where very many cannot be read, it is the
// bucket that does not answer: that, and every other error, stays one.
func (w *writer) without(ctx context.Context, key string, err error) error {
	unread := errors.Is(err, errUnread)
	if ctx.Err() != nil || !unread && !errors.Is(err, errHarmed) {
		return err
	}
	w.mu.Lock()
	if unread {
		w.unread++
	}
	many := w.unread > mostUnread
	w.mu.Unlock()
	if unread && many {
		return err
	}
	w.harm(key)
	return nil
}
