package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"filippo.io/age"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// inMemory is how large a blob may be, in bytes, that does not pass through a file.
const inMemory = 1 << 20

// Entry is one blob of a backup.
type Entry struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // of them, in hexadecimal
	Object string `json:"object"` // that has them
}

func objectKey(name string) string { return objectsPrefix + name[:2] + "/" + name }

// isSum reports whether a text is a SHA-256 in hexadecimal.
func isSum(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// spool holds bytes until they are all there: in memory, or in a file where they are many.
type spool struct {
	buffer bytes.Buffer
	file   *os.File
	sum    hash.Hash
	size   int64
}

func newSpool(size int64) (*spool, error) {
	s := &spool{sum: sha256.New()}
	if size <= inMemory {
		return s, nil
	}
	var err error
	s.file, err = os.CreateTemp("", "commonplace-backup-")
	return s, err
}

func (s *spool) Write(p []byte) (int, error) {
	s.sum.Write(p)
	s.size += int64(len(p))
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.buffer.Write(p)
}

func (s *spool) name() string { return hex.EncodeToString(s.sum.Sum(nil)) }

// body is all that was written, from its start.
func (s *spool) body() (io.ReadSeeker, error) {
	if s.file != nil {
		_, err := s.file.Seek(0, io.SeekStart)
		return s.file, err
	}
	return bytes.NewReader(s.buffer.Bytes()), nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}

// store puts the bytes of a spool into the vault, encrypted where it is, and answers the object's name, and how many bytes
// were written; 0 where it was there.
func (v *Vault) put(ctx context.Context, plain *spool) (name string, written int64, err error) {
	stored := plain
	if v.Encrypted() {
		if stored, err = newSpool(plain.size); err != nil {
			return "", 0, err
		}
		defer stored.close()
		w, err := age.Encrypt(stored, v.keys.Recipients...)
		if err != nil {
			return "", 0, err
		}
		body, err := plain.body()
		if err != nil {
			return "", 0, err
		}
		if _, err := io.Copy(w, body); err != nil {
			return "", 0, err
		}
		if err := w.Close(); err != nil {
			return "", 0, err
		}
	}
	body, err := stored.body()
	if err != nil {
		return "", 0, err
	}
	name = stored.name()
	_, err = v.store.Put(ctx, objectKey(name), body, blob.IfAbsent())
	if errors.Is(err, blob.ErrConflict) {
		return name, 0, nil // bytes of the same hash
	}
	if err != nil {
		return "", 0, fmt.Errorf("write %s: %w", objectKey(name), err)
	}
	return name, stored.size, nil
}

// object opens an object. Its bytes as they are stored go to stored as well, unless that is nil. The vault must be readable.
func (v *Vault) object(ctx context.Context, name string, stored io.Writer) (io.ReadCloser, error) {
	if !isSum(name) {
		return nil, fmt.Errorf("an object cannot be called %q", name)
	}
	obj, err := v.store.Get(ctx, objectKey(name), blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnread, err)
	}
	r := io.Reader(unread{obj.Body})
	if stored != nil {
		r = io.TeeReader(r, stored)
	}
	if v.Encrypted() {
		if r, err = age.Decrypt(r, v.keys.Identities...); err != nil {
			return nil, errors.Join(fmt.Errorf("object %s: %w", name, err), obj.Body.Close())
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{r, obj.Body}, nil
}
