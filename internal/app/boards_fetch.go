package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// maxSignature bounds the signature of a list, in bytes.
const maxSignature = 64 << 10

// ListKey is the key that the server of a list names as the one that it signs lists with, as OpenSSH writes it.
func ListKey(ctx context.Context, client *http.Client, list string) (string, error) {
	text, err := get(ctx, client, siteOf(list)+"/lists.json", approval.MaxIndex)
	if err != nil {
		return "", err
	}
	x, err := approval.ReadIndex(text)
	return x.Key, err
}

// FetchList reads a list of at most approval.MaxForeign bytes at an address, with or without .json, and verifies its
// signature; an answer that is not signed is kind.ErrDenied. It answers the key that signed it, which is for the caller to
// trust or not.
func FetchList(ctx context.Context, client *http.Client, address string) (approval.File, approval.Sums, ed25519.PublicKey, error) {
	return fetchAll(ctx, client, address, io.Discard)
}

// fetchAll is FetchList that writes the bytes somewhere, too.
func fetchAll(ctx context.Context, client *http.Client, address string, to io.Writer) (approval.File, approval.Sums, ed25519.PublicKey, error) {
	return fetchTo(ctx, client, address, reading{most: approval.MaxForeign, entries: approval.MaxEntries, to: to})
}

// reading is how a list of another server is read.
type reading struct {
	most    int64 // bytes
	entries int
	each    func(approval.FileItem) approval.FileItem // what is held of an entry; nil: all
	to      io.Writer                                 // takes the bytes
}

// fetchTo is FetchList within bounds.
func fetchTo(ctx context.Context, client *http.Client, address string, x reading) (f approval.File, sums approval.Sums, signer ed25519.PublicKey, err error) {
	address = listAddress(address)
	signature, err := get(ctx, client, address+".json.sig", maxSignature)
	if err != nil {
		return f, sums, nil, err
	}
	body, err := ask(ctx, client, address+".json")
	if err != nil {
		return f, sums, nil, err
	}
	defer body.Close()
	f, sums, err = approval.ReadFrom(io.TeeReader(body, x.to), x.most, x.entries, x.each)
	if sums.SHA256 == "" { // too long, or cut off
		return f, sums, nil, err
	}
	signer, unsigned := approval.VerifySum(signature, approval.Namespace, sums.SHA512)
	if unsigned != nil {
		return approval.File{}, sums, nil, fmt.Errorf("%s: %w", address, unsigned)
	}
	return f, sums, signer, err
}

func listAddress(address string) string {
	return strings.TrimSuffix(strings.TrimSuffix(address, ".json"), ".html")
}

// ask begins to read an answer of another server.
func ask(ctx context.Context, client *http.Client, address string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", address, kind.ErrInvalid, err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return resp.Body, nil
	case http.StatusNotFound:
		err = fmt.Errorf("%s: %w", address, kind.ErrNotFound)
	default:
		err = fmt.Errorf("%w: %s answers %s", kind.ErrUnavailable, address, resp.Status)
	}
	_ = resp.Body.Close()
	return nil, err
}

// get reads a small answer of another server.
func get(ctx context.Context, client *http.Client, address string, limit int64) ([]byte, error) {
	body, err := ask(ctx, client, address)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(body, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("%s: %w: the answer has more than %d bytes", address, kind.ErrInvalid, limit)
	}
	return b.Bytes(), err
}
