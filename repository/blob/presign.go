package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrDenied says that a signed URL is not one of ours, is not for this request, or has expired.
	ErrDenied = errors.New("blob request denied")
	// ErrChecksum says that the bytes that arrived are not those that were announced.
	ErrChecksum = errors.New("blob bytes are not those announced")
)

// Presigner makes URLs with which a client moves the bytes of one blob itself, without credentials, for a time. Whoever has
// the URL may use it: give it only to those who may read or write the blob.
//
// Both answer ErrKey for a bad key. Neither asks whether the blob is stored.
type Presigner interface {
	// PresignGet signs a GET.
	PresignGet(ctx context.Context, key string, d Download) (Signed, error)
	// PresignPut signs a PUT that stores exactly the bytes announced, and only where the key holds nothing: the store refuses
	// all else by itself, with status 400 or 403 for other bytes and 412 for a key that is taken.
	PresignPut(ctx context.Context, key string, u Upload) (Signed, error)
}

// Download is a signed GET.
type Download struct {
	Expires     time.Duration // from now; more than 0 and at most 7 days
	ContentType string        // of the answer; empty for application/octet-stream
}

// Upload is a signed PUT.
type Upload struct {
	Expires time.Duration // from now; more than 0 and at most 7 days
	SHA256  string        // of the bytes, 64 hexadecimal digits in lower case
	Size    int64         // in bytes; the request must have this Content-Length
}

// Signed is a request that may be made until it expires.
type Signed struct {
	Method string
	URL    string
	Header map[string]string // to be sent as they are, besides Content-Length
}

const (
	octets   = "application/octet-stream"
	longest  = 7 * 24 * time.Hour // the most that S3 signs
	shaBytes = sha256.Size
)

func (d Download) check(key string) (Download, error) {
	if d.ContentType == "" {
		d.ContentType = octets
	}
	if strings.IndexFunc(d.ContentType, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		return d, fmt.Errorf("sign get of %s: content type %q", key, d.ContentType)
	}
	return d, checkSigned("get", key, d.Expires)
}

func (u Upload) check(key string) (sum []byte, err error) {
	if err := checkSigned("put", key, u.Expires); err != nil {
		return nil, err
	}
	sum, err = hex.DecodeString(u.SHA256)
	if err != nil || len(sum) != shaBytes || strings.ToLower(u.SHA256) != u.SHA256 {
		return nil, fmt.Errorf("sign put of %s: %q is not a SHA-256 in hexadecimal", key, u.SHA256)
	}
	if u.Size < 0 || u.Size > maxSinglePut {
		return nil, fmt.Errorf("sign put of %s: %d bytes, want 0 to %d", key, u.Size, int64(maxSinglePut))
	}
	return sum, nil
}

func checkSigned(op, key string, expires time.Duration) error {
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("sign %s: %w", op, err)
	}
	if expires < time.Second || expires > longest {
		return fmt.Errorf("sign %s of %s: for %s, want 1s to %s", op, key, expires, longest)
	}
	return nil
}
