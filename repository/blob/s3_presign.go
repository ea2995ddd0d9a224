package blob

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

var _ Presigner = (*S3)(nil)

// PresignGet implements Presigner. The type of content is part of what is signed, whatever the object was stored with.
func (s *S3) PresignGet(ctx context.Context, key string, d Download) (Signed, error) {
	d, err := d.check(key)
	if err != nil {
		return Signed{}, err
	}
	q := url.Values{"response-content-type": {d.ContentType}}
	u, err := s.public.PresignHeader(ctx, http.MethodGet, s.bucket, s.prefix+key, d.Expires, q, nil)
	if err != nil {
		return Signed{}, fmt.Errorf("sign get of %s: %w", key, err)
	}
	return Signed{Method: http.MethodGet, URL: u.String()}, nil
}

// PresignPut implements Presigner. The server compares the content with x-amz-checksum-sha256, and that with the signature.
func (s *S3) PresignPut(ctx context.Context, key string, up Upload) (Signed, error) {
	sum, err := up.check(key)
	if err != nil {
		return Signed{}, err
	}
	send := map[string]string{
		"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum),
		"If-None-Match":         "*",
	}
	signed := http.Header{"Content-Length": {strconv.FormatInt(up.Size, 10)}}
	for name, value := range send {
		signed.Set(name, value)
	}
	u, err := s.public.PresignHeader(ctx, http.MethodPut, s.bucket, s.prefix+key, up.Expires, nil, signed)
	if err != nil {
		return Signed{}, fmt.Errorf("sign put of %s: %w", key, err)
	}
	return Signed{Method: http.MethodPut, URL: u.String(), Header: send}, nil
}
