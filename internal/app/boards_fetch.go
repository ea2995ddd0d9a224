package app

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// ListBytes reads the JSON of a list at an address, with or without .json, and its signature.
func ListBytes(ctx context.Context, client *http.Client, address string) (text, signature []byte, err error) {
	address = strings.TrimSuffix(strings.TrimSuffix(address, ".json"), ".html")
	if text, err = get(ctx, client, address+".json", approval.MaxFile); err != nil {
		return nil, nil, err
	}
	signature, err = get(ctx, client, address+".json.sig", 64<<10)
	return text, signature, err
}

// ListKey is the key that the server of a list names as the one that it signs lists with, as OpenSSH writes it.
func ListKey(ctx context.Context, client *http.Client, list string) (string, error) {
	text, err := get(ctx, client, siteOf(list)+"/lists.json", approval.MaxIndex)
	if err != nil {
		return "", err
	}
	x, err := approval.ReadIndex(text)
	return x.Key, err
}

// FetchList reads a list at an address, with or without .json, and verifies its signature. It answers the key that signed
// it, which is for the caller to trust or not.
func FetchList(ctx context.Context, client *http.Client, address string) (approval.File, []byte, ed25519.PublicKey, error) {
	text, signature, err := ListBytes(ctx, client, address)
	if err != nil {
		return approval.File{}, text, nil, err
	}
	key, err := approval.VerifySignature(signature, approval.Namespace, text)
	if err != nil {
		return approval.File{}, text, nil, fmt.Errorf("%s: %w", address, err)
	}
	f, err := approval.ReadFile(text)
	return f, text, key, err
}

// get reads a small answer of another server.
func get(ctx context.Context, client *http.Client, address string, limit int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", address, kind.ErrInvalid, err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", address, kind.ErrNotFound)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s answers %s", kind.ErrUnavailable, address, resp.Status)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: %w: the answer has more than %d bytes", address, kind.ErrInvalid, limit)
	}
	return b, err
}
