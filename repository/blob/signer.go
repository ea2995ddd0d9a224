package blob

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Signer signs URLs of this server for the blobs of a store that has no URLs of its own, such as a Folder, and checks them when
// they come back. Whoever serves the URLs asks Verify first, and then gets the blob, or puts the Grant's Body.
type Signer struct {
	secret []byte
	base   string
	now    func() time.Time
}

var _ Presigner = (*Signer)(nil)

const minSecret = 32 // bytes

// NewSigner signs with a secret of at least 32 random bytes, which all nodes of a server share. A URL is base, a slash and the
// key.
func NewSigner(secret []byte, base string, now func() time.Time) (*Signer, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("sign blobs: a secret of %d bytes, want at least %d", len(secret), minSecret)
	}
	u, err := url.Parse(base)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("sign blobs: base URL %q", base)
	}
	// The derived key signs nothing but these URLs, whatever else the secret is used for.
	return &Signer{secret: mac(secret, "commonplace blob urls 1"), base: strings.TrimSuffix(base, "/"), now: now}, nil
}

// Grant is what a signed URL allows until it expires.
type Grant struct {
	Method  string // GET or PUT
	Key     string
	Expires time.Time

	ContentType string // of the answer to a GET

	SHA256 string // of the bytes of a PUT, 64 hexadecimal digits
	Size   int64  // of a PUT; refuse a request with another Content-Length before reading it
}

// PresignGet implements Presigner.
func (s *Signer) PresignGet(_ context.Context, key string, d Download) (Signed, error) {
	d, err := d.check(key)
	if err != nil {
		return Signed{}, err
	}
	return s.sign(Grant{Method: http.MethodGet, Key: key, Expires: s.now().Add(d.Expires), ContentType: d.ContentType}), nil
}

// PresignPut implements Presigner.
func (s *Signer) PresignPut(_ context.Context, key string, u Upload) (Signed, error) {
	if _, err := u.check(key); err != nil {
		return Signed{}, err
	}
	return s.sign(Grant{Method: http.MethodPut, Key: key, Expires: s.now().Add(u.Expires), SHA256: u.SHA256, Size: u.Size}), nil
}

func (s *Signer) sign(g Grant) Signed {
	q := g.query()
	q.Set("signature", base64.RawURLEncoding.EncodeToString(mac(s.secret, g.message())))
	return Signed{Method: g.Method, URL: s.base + "/" + g.Key + "?" + q.Encode()}
}

// Verify answers what the query of a signed URL allows, where it was signed for the key and the method and has not expired,
// and ErrDenied where not. A HEAD is allowed where a GET is.
func (s *Signer) Verify(method, key string, q url.Values) (Grant, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	g := Grant{Method: method, Key: key, ContentType: q.Get("type"), SHA256: q.Get("sha256")}
	var err error
	if method == http.MethodPut {
		g.Size, err = strconv.ParseInt(q.Get("size"), 10, 64)
	}
	seconds, secondsErr := strconv.ParseInt(q.Get("expires"), 10, 64)
	g.Expires = time.Unix(seconds, 0)
	given, encodingErr := base64.RawURLEncoding.DecodeString(q.Get("signature"))
	if errors.Join(err, secondsErr, encodingErr, CheckKey(key)) != nil || !hmac.Equal(given, mac(s.secret, g.message())) {
		return Grant{}, fmt.Errorf("%s %s: %w: not signed for this", method, key, ErrDenied)
	}
	if !s.now().Before(g.Expires) {
		return Grant{}, fmt.Errorf("%s %s: %w: expired", method, key, ErrDenied)
	}
	return g, nil
}

func (g Grant) query() url.Values {
	q := url.Values{"expires": {strconv.FormatInt(g.Expires.Unix(), 10)}}
	if g.Method == http.MethodPut {
		q.Set("sha256", g.SHA256)
		q.Set("size", strconv.FormatInt(g.Size, 10))
	} else {
		q.Set("type", g.ContentType)
	}
	return q
}

// message is what is signed: no two grants have the same.
func (g Grant) message() string {
	return fmt.Sprintf("%q %q %d %q %q %d", g.Method, g.Key, g.Expires.Unix(), g.ContentType, g.SHA256, g.Size)
}

func mac(secret []byte, message string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(message))
	return h.Sum(nil)
}
