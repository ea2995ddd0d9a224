package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// sealed is the form of a backup object: JSON with the checksum of its bytes.
type sealed struct {
	Format  int             `json:"format"`
	SHA256  string          `json:"sha256"` // of content's bytes as they are stored, in hexadecimal
	Content json.RawMessage `json:"content"`
}

// sealedFormat grows when older programs would misread the content.
const sealedFormat = 1

// seal returns the object that keeps content, which must be JSON.
func seal(content []byte) ([]byte, error) {
	stored, err := json.Marshal(json.RawMessage(content)) // as it will stand in the object
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(stored)
	return json.Marshal(sealed{Format: sealedFormat, SHA256: hex.EncodeToString(sum[:]), Content: stored})
}

// unseal returns what seal was given, and an error if a single byte of it is another one.
func unseal(object []byte) ([]byte, error) {
	var s sealed
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("it goes on after its JSON value")
	}
	if s.Format != sealedFormat {
		return nil, fmt.Errorf("format %d, where this program reads format %d", s.Format, sealedFormat)
	}
	sum := sha256.Sum256(s.Content)
	if s.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, errors.New("its checksum does not match")
	}
	return s.Content, nil
}
