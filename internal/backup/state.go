package backup

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"io"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// seen is a blob of the source as a writer found it: one that still has the tag has the same bytes.
type seen struct {
	Entry
	Tag blob.Tag `json:"tag,omitempty"`
}

// maxState bounds what is read of a writer's state.
const maxState = 2 << 30

// saveState keeps what the writer knows of the source, sealed: neither who keeps the vault can read it nor write another.
func (v *Vault) saveState(ctx context.Context, secret []byte, all map[string]seen) error {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	e := json.NewEncoder(z)
	for _, s := range all {
		if err := e.Encode(s); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	c, err := sealer(secret)
	if err != nil {
		return err
	}
	_, err = v.store.Put(ctx, stateKey, bytes.NewReader(c.Seal(nil, nil, b.Bytes(), []byte(v.about.ID))), blob.Always())
	return err
}

// loadState reads it again; nothing where it is another's, damaged or missing.
func (v *Vault) loadState(ctx context.Context, secret []byte) map[string]seen {
	all := map[string]seen{}
	raw, err := readAll(ctx, v.store, stateKey, maxState)
	if err != nil {
		return all
	}
	c, err := sealer(secret)
	if err != nil {
		return all
	}
	plain, err := c.Open(nil, nil, raw, []byte(v.about.ID))
	if err != nil {
		return all
	}
	z, err := gzip.NewReader(bytes.NewReader(plain))
	if err != nil {
		return all
	}
	for d := json.NewDecoder(z); ; {
		var s seen
		if err := d.Decode(&s); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			return map[string]seen{}
		}
		all[s.Key] = s
	}
}

// sealer encrypts with a secret of 32 bytes.
func sealer(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
