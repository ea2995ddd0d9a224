// Package media keeps large files beside git: a tree holds a small pointer, the bucket the bytes under media/<sha256>.
//
// A pointer is a git LFS pointer file, so that a stock git with git-lfs sees the real file. Bytes are named by their hash:
// they are checked on the way in, stored once however often they are referred to, and never change. What no revision refers
// to any more is deleted by a sweep of the bucket, not here.
package media

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Prefix begins the keys of all media.
const Prefix = "media/"

// Threshold is the size above which a published file becomes media.
const Threshold = 1 << 20

var (
	// ErrTooLarge says that a file has more bytes than one may have here. It is kind.ErrInvalid.
	ErrTooLarge = fmt.Errorf("%w: the file is too large", kind.ErrInvalid)
	// ErrContent says that bytes are not those that were announced. It is kind.ErrInvalid.
	ErrContent = fmt.Errorf("%w: the content is not what its pointer says", kind.ErrInvalid)
)

// Options configure a Store.
type Options struct {
	BaseURL string           // of this server, without a slash at its end
	Secret  []byte           // signs addresses: 32 random bytes or more, the same on every node
	Through bool             // lets all bytes through this server, even if the bucket can take and give them itself
	Max     int64            // bytes of one file; 0 means 1 GB
	Temp    string           // folder for files on their way; "" is the system's
	Life    time.Duration    // of a signed address; 0 means an hour
	Now     func() time.Time // nil means time.Now
}

// Store keeps media in a blob store. It is safe for concurrent use.
type Store struct {
	blobs     blob.Store
	signer    *blob.Signer   // of this server's own addresses
	presigner blob.Presigner // the bucket's, or the signer
	o         Options
}

// New returns a store of the media in a bucket.
func New(b blob.Store, o Options) (*Store, error) {
	o.Max = cmp.Or(o.Max, 1<<30)
	o.Life = cmp.Or(o.Life, time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	signer, err := blob.NewSigner(o.Secret, o.BaseURL, o.Now)
	if err != nil {
		return nil, err
	}
	s := &Store{blobs: b, signer: signer, presigner: signer, o: o}
	if p, ok := b.(blob.Presigner); ok && !o.Through {
		s.presigner = p
	}
	return s, nil
}

// Max is how many bytes one file may have.
func (s *Store) Max() int64 { return s.o.Max }

// Size returns how many bytes are stored, or kind.ErrNotFound.
func (s *Store) Size(ctx context.Context, id OID) (int64, error) {
	o, err := s.object(ctx, id, blob.Range{Length: 1})
	if err != nil {
		return 0, err
	}
	return o.Size, o.Body.Close()
}

// Has reports whether the file is stored, with the pointer's size.
func (s *Store) Has(ctx context.Context, p Pointer) (bool, error) {
	size, err := s.Size(ctx, p.OID)
	if errors.Is(err, kind.ErrNotFound) {
		return false, nil
	}
	return err == nil && size == p.Size, err
}

// Open reads length bytes from start on; a length of 0 means to the end. It returns kind.ErrNotFound if nothing is stored.
func (s *Store) Open(ctx context.Context, id OID, start, length int64) (io.ReadCloser, error) {
	o, err := s.object(ctx, id, blob.Range{Start: start, Length: length})
	if err != nil {
		return nil, err
	}
	return o.Body, nil
}

func (s *Store) object(ctx context.Context, id OID, r blob.Range) (*blob.Object, error) {
	if !id.Valid() {
		return nil, fmt.Errorf("media %q: %w", id, kind.ErrInvalid)
	}
	o, err := s.blobs.Get(ctx, id.Key(), blob.GetOptions{Range: r})
	if errors.Is(err, blob.ErrNotFound) {
		err = fmt.Errorf("media %s: %w", id, kind.ErrNotFound)
	}
	return o, err
}

// Put stores the bytes of r under the pointer's name, durably when it returns. It reads r once, never into memory, and stores
// nothing unless r has exactly the pointer's content: else it returns ErrContent, or ErrTooLarge for a size that is not
// allowed here. Putting what is stored already changes nothing.
func (s *Store) Put(ctx context.Context, p Pointer, r io.Reader) error {
	if err := s.Check(p); err != nil {
		return err
	}
	body := blob.Grant{SHA256: string(p.OID), Size: p.Size}.Body(r)
	var err error
	if _, local := s.blobs.(blob.Local); local {
		_, err = s.blobs.Put(ctx, p.OID.Key(), body, blob.IfAbsent()) // into a temporary file of its own
	} else {
		err = s.spool(ctx, p, body)
	}
	switch {
	case errors.Is(err, blob.ErrConflict):
		return nil // the name says what it holds
	case errors.Is(err, blob.ErrChecksum):
		return fmt.Errorf("store media %s of %d bytes: %w: %w", p.OID, p.Size, ErrContent, err)
	case err != nil:
		return fmt.Errorf("store media %s: %w", p.OID, err)
	}
	return nil
}

// spool puts a body by way of a temporary file, for stores that read it more than once.
func (s *Store) spool(ctx context.Context, p Pointer, body io.Reader) error {
	tmp, err := os.CreateTemp(s.o.Temp, "commonplace-media-")
	if err != nil {
		return err
	}
	defer func() {
		_ = tmp.Close()
		_ = os.Remove(tmp.Name())
	}()
	if _, err := io.Copy(tmp, contextReader{ctx, body}); err != nil {
		return err
	}
	_, err = s.blobs.Put(ctx, p.OID.Key(), tmp, blob.IfAbsent())
	return err
}

// Check refuses pointers that cannot be stored here.
func (s *Store) Check(p Pointer) error {
	switch {
	case !p.OID.Valid() || p.Size <= 0:
		return fmt.Errorf("media %q of %d bytes: %w: want 64 lower-case hexadecimal digits and at least one byte", p.OID, p.Size, kind.ErrInvalid)
	case p.Size > s.o.Max:
		return fmt.Errorf("media %s of %d bytes: %w: at most %d bytes", p.OID, p.Size, ErrTooLarge, s.o.Max)
	}
	return nil
}

// Sum reads r to its end and returns the pointer to its content.
func Sum(r io.Reader) (Pointer, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	return Pointer{OID: OID(hex.EncodeToString(sum.Sum(nil))), Size: n}, err
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
