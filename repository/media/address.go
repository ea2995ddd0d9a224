package media

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Address is where a client sends or fetches one file, for a while.
type Address struct {
	URL     string
	Header  map[string]string // what the request must say
	Expires time.Time
}

// verifyPrefix begins the keys that only stand for questions about media: nothing is stored there.
const verifyPrefix = Prefix + "verify/"

// Upload gives the address that takes the pointer's bytes by PUT, and no others. A bucket that signs addresses itself takes
// them without this server in between.
func (s *Store) Upload(ctx context.Context, p Pointer) (Address, error) {
	if err := s.Check(p); err != nil {
		return Address{}, err
	}
	signed, err := s.presigner.PresignPut(ctx, p.OID.Key(), blob.Upload{Expires: s.o.Life, SHA256: string(p.OID), Size: p.Size})
	return s.address(signed), err
}

// Download gives the address that answers a GET with the pointer's bytes.
func (s *Store) Download(ctx context.Context, p Pointer) (Address, error) {
	if err := s.Check(p); err != nil {
		return Address{}, err
	}
	signed, err := s.presigner.PresignGet(ctx, p.OID.Key(), blob.Download{Expires: s.o.Life})
	return s.address(signed), err
}

// Verification gives the address of this server, /media/verify/<sha256>, that answers a POST about whether an upload arrived.
func (s *Store) Verification(ctx context.Context, p Pointer) (Address, error) {
	if err := s.Check(p); err != nil {
		return Address{}, err
	}
	signed, err := s.signer.PresignGet(ctx, verifyPrefix+string(p.OID), blob.Download{Expires: s.o.Life})
	return s.address(signed), err
}

func (s *Store) address(signed blob.Signed) Address {
	return Address{URL: signed.URL, Header: signed.Header, Expires: s.o.Now().UTC().Add(s.o.Life).Truncate(time.Second)}
}

// AuthorizeUpload returns what a PUT to one of this server's own addresses may bring, or kind.ErrDenied if the address is not
// signed for it, or no longer.
func (s *Store) AuthorizeUpload(id OID, query url.Values) (Pointer, error) {
	g, err := s.authorize(http.MethodPut, id.Key(), query)
	if err == nil && g.SHA256 != string(id) {
		err = fmt.Errorf("media %s: %w", id, kind.ErrDenied)
	}
	return Pointer{OID: id, Size: g.Size}, err
}

// AuthorizeDownload returns kind.ErrDenied unless the address is signed for reading the file, and not expired.
func (s *Store) AuthorizeDownload(id OID, query url.Values) error {
	_, err := s.authorize(http.MethodGet, id.Key(), query)
	return err
}

// AuthorizeVerification is AuthorizeDownload for addresses that Verification gave.
func (s *Store) AuthorizeVerification(id OID, query url.Values) error {
	_, err := s.authorize(http.MethodGet, verifyPrefix+string(id), query)
	return err
}

func (s *Store) authorize(method, key string, query url.Values) (blob.Grant, error) {
	g, err := s.signer.Verify(method, key, query)
	if errors.Is(err, blob.ErrDenied) {
		err = fmt.Errorf("%w: %w", kind.ErrDenied, err)
	}
	return g, err
}
