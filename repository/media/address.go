package media

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Address is where a client sends or fetches one file, for a while.
type Address struct {
	URL     string
	Header  map[string]string // what the request must say
	Expires time.Time
}

// Upload gives the address that takes the pointer's bytes by PUT, and no others. A store that signs addresses itself takes
// them without this server in between.
func (s *Store) Upload(ctx context.Context, p Pointer) (Address, error) {
	if err := s.Check(p); err != nil {
		return Address{}, err
	}
	return s.own(http.MethodPut, p), nil
}

// Download gives the address that answers a GET with the pointer's bytes.
func (s *Store) Download(ctx context.Context, p Pointer) (Address, error) {
	if err := s.Check(p); err != nil {
		return Address{}, err
	}
	return s.own(http.MethodGet, p), nil
}

// Verification gives the address of this server that answers a POST about whether an upload arrived.
func (s *Store) Verification(p Pointer) Address { return s.own(http.MethodPost, p) }

// own is an address of this server.
func (s *Store) own(method string, p Pointer) Address {
	expires := s.o.Now().UTC().Add(s.o.Life).Truncate(time.Second)
	query := url.Values{
		"size": {strconv.FormatInt(p.Size, 10)}, "expires": {strconv.FormatInt(expires.Unix(), 10)},
		"signature": {s.sign(method, p, expires.Unix())},
	}
	return Address{URL: s.o.BaseURL + "/" + p.OID.Key() + "?" + query.Encode(), Expires: expires}
}

// Authorize returns what a request to one of this server's own addresses is about, or kind.ErrDenied if the address is not
// signed for the method, or no longer.
func (s *Store) Authorize(method string, id OID, query url.Values) (Pointer, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	size, err1 := strconv.ParseInt(query.Get("size"), 10, 64)
	expires, err2 := strconv.ParseInt(query.Get("expires"), 10, 64)
	p := Pointer{OID: id, Size: size}
	if err1 != nil || err2 != nil || s.Check(p) != nil ||
		!hmac.Equal([]byte(s.sign(method, p, expires)), []byte(query.Get("signature"))) {
		return Pointer{}, fmt.Errorf("media %s: %w: the address is not signed by this server", id, kind.ErrDenied)
	}
	if s.o.Now().Unix() >= expires {
		return Pointer{}, fmt.Errorf("media %s: %w: the address has expired", id, kind.ErrDenied)
	}
	return p, nil
}

func (s *Store) sign(method string, p Pointer, expires int64) string {
	key := hmac.New(sha256.New, s.o.Key)
	key.Write([]byte("commonplace media address 1"))
	mac := hmac.New(sha256.New, key.Sum(nil)) // the key signs other things elsewhere
	fmt.Fprintf(mac, "%s\n%s\n%d\n%d", method, p.OID, p.Size, expires)
	return hex.EncodeToString(mac.Sum(nil))
}
