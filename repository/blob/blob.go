// Package blob keeps named bytes with conditional writes: in memory, in a folder, in a bucket.
//
// It is the whole of what the repository asks of its storage. Everything published rests on one promise made here: of
// several writers that put the same key on the same condition, exactly one wins, and who was told so finds its bytes
// there after a crash.
//
// # Keys
//
// A key is one or more segments of A–Z, a–z, 0–9, "-", "_" and ".", joined by "/". A segment does not begin with a dot,
// so there is no "." and no ".."; a segment has at most 200 bytes and a key at most 600. No key is the folder of another:
// "a" and "a/b" cannot both be stored, for object stores that are folders underneath refuse that.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

var (
	// ErrNotFound says that nothing is stored under the key.
	ErrNotFound = errors.New("blob not found")
	// ErrConflict says that the condition of a Put did not hold: another writer was first. Nothing was stored.
	ErrConflict = errors.New("blob changed by another writer")
	// ErrNotModified answers a Get whose IfNoneMatch is still the tag of what is stored.
	ErrNotModified = errors.New("blob not modified")
	// ErrKey says that the key breaks the rules of this package.
	ErrKey = errors.New("invalid blob key")
	// ErrRange says that a Get asked for bytes beyond the end.
	ErrRange = errors.New("blob range beyond its end")
)

// Tag names one stored state of one key. Two puts of the same key never give the same tag unless they stored the same
// bytes. It says nothing else: not when, not what.
type Tag string

// Info is what a store knows of a blob without reading it.
type Info struct {
	Key  string
	Size int64 // bytes of the whole blob
	Tag  Tag
}

// Object is a blob being read. Close the Body.
type Object struct {
	Info
	Body io.ReadCloser
}

// Range is a part of a blob. Its zero value is the whole.
type Range struct {
	Start  int64 // first byte, from 0
	Length int64 // at most so many bytes; 0 means to the end
}

// GetOptions narrow a Get. The zero value asks for the whole blob.
type GetOptions struct {
	Range       Range
	IfNoneMatch Tag // answer ErrNotModified where this is still the tag
}

// Condition is what must hold for a Put to store anything.
type Condition struct {
	absent bool
	tag    Tag
}

// Always stores, whatever was there.
func Always() Condition { return Condition{} }

// IfAbsent stores only where the key holds nothing.
func IfAbsent() Condition { return Condition{absent: true} }

// IfMatch stores only where the key still has the tag. An empty tag is IfAbsent.
func IfMatch(tag Tag) Condition { return Condition{absent: tag == "", tag: tag} }

// holds tells whether a put may replace what is stored now.
func (c Condition) holds(found bool, current Tag) bool {
	switch {
	case c.absent:
		return !found
	case c.tag != "":
		return found && current == c.tag
	}
	return true
}

// Store keeps blobs. It may be used by any number of goroutines, and several stores may share one folder or bucket.
//
// Every method ends with the context's error when the context ends first; a Put cut off like that, or by any error other
// than ErrConflict and ErrKey, may or may not have stored its bytes, but never a part of them.
type Store interface {
	// Get opens the blob. What it reads is one state, even while others write; the Info returned belongs to that state.
	// It answers ErrNotFound, ErrNotModified, or ErrRange where the range does not begin before the end.
	Get(ctx context.Context, key string, o GetOptions) (*Object, error)

	// Put stores all of body, from its start, and answers the new tag; body may be read more than once. When it returns
	// without error the bytes are durable. It answers ErrConflict, and stores nothing, where the condition does not hold.
	Put(ctx context.Context, key string, body io.ReadSeeker, when Condition) (Tag, error)

	// Delete removes the blob. A key that holds nothing is not an error.
	Delete(ctx context.Context, key string) error

	// List yields what is stored under keys that begin with prefix, in the byte order of the keys. What is put or deleted
	// while it runs may or may not be seen; all else is, exactly once. The sequence ends after its first error.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
}

// Local is a store whose blobs are files of this machine.
type Local interface {
	Store
	// Path is the file of a key, whether it exists or not. Read it only, and only for keys that are never written twice.
	Path(key string) string
}

const (
	maxKey     = 600
	maxSegment = 200
)

// CheckKey answers an error of kind ErrKey where key breaks the rules.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fmt.Errorf("%w: %d bytes, want 1 to %d", ErrKey, len(key), maxKey)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || len(segment) > maxSegment || segment[0] == '.' || strings.IndexFunc(segment, foreign) >= 0 {
			return fmt.Errorf("%w: %q", ErrKey, key)
		}
	}
	return nil
}

func foreign(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
		return false
	}
	return true
}

// whole gives the size of a body and puts it back to its start.
func whole(body io.ReadSeeker) (int64, error) {
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	_, err = body.Seek(0, io.SeekStart)
	return size, err
}

// clip gives the first byte and the number of bytes of r in a blob of the size.
func (r Range) clip(size int64) (start, length int64, err error) {
	if r == (Range{}) {
		return 0, size, nil
	}
	if r.Start < 0 || r.Length < 0 || r.Start >= size {
		return 0, 0, fmt.Errorf("%w: from %d of %d", ErrRange, r.Start, size)
	}
	length = size - r.Start
	if r.Length > 0 {
		length = min(length, r.Length)
	}
	return r.Start, length, nil
}
