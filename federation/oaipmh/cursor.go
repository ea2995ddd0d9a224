package oaipmh

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// Cursor is what a resumption token of ours says: the whole question and how far its answer has come. Nothing of it is
// kept on the server, so a token is good across restarts, on every node that has the key, and as often as it is sent.
type Cursor struct {
	Verb   Verb      `json:"v"`
	Prefix string    `json:"p,omitempty"`
	From   time.Time `json:"f,omitzero"`
	Until  time.Time `json:"u,omitzero"` // as asked, or pinned by the first page so that the list ends
	Pinned bool      `json:"o,omitempty"`
	Set    string    `json:"s,omitempty"`
	After  int64     `json:"a,omitempty"` // keyset: number of the last record sent
	Last   string    `json:"l,omitempty"` // keyset of ListSets: spec of the last set sent
	Count  int       `json:"c"`           // entries sent so far
	Size   int       `json:"n,omitempty"` // of the complete list
}

// errToken says no more to whoever forged a token.
var errToken = errors.New("the token was not issued here or was changed")

const (
	tokenSum = 16 // bytes of the signature that are kept
	maxToken = maxArgument
)

// Seal signs the cursor with the key and returns the token: characters that need no escaping in a URL.
func (c Cursor) Seal(key []byte) string {
	body, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of strings and numbers, and times from 1 to 9999
	}
	return base64.RawURLEncoding.EncodeToString(append(signature(key, body), body...))
}

// Unseal reads a token back. It returns an error if the token was not sealed with this key.
func Unseal(token string, key []byte) (Cursor, error) {
	if len(token) > maxToken {
		return Cursor{}, errToken
	}
	// Strict: the unused bits of the last character are part of the token too.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < tokenSum || !hmac.Equal(raw[:tokenSum], signature(key, raw[tokenSum:])) {
		return Cursor{}, errToken
	}
	var c Cursor
	if err := json.Unmarshal(raw[tokenSum:], &c); err != nil {
		return Cursor{}, errToken
	}
	return c, nil
}

func signature(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("oai-pmh resumption token 1\n"))
	mac.Write(body)
	return mac.Sum(nil)[:tokenSum]
}
