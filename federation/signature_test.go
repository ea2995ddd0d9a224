package federation

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

const inboxURL = "https://state.example/api/v1/suggestions"

func signedRequest(t *testing.T, body []byte, at time.Time) (*http.Request, ed25519.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodPost, inboxURL, bytes.NewReader(body))
	r.Header.Set("Content-Type", LetterType)
	SignRequest(r, body, private, at)
	return r, public
}

func TestSignedRequestIsVerified(t *testing.T) {
	body, now := []byte(`{"a":1}`), time.Unix(1_790_000_000, 0)
	r, public := signedRequest(t, body, now)
	key, err := VerifyRequest(http.MethodPost, inboxURL, r.Header, body, now.Add(time.Minute))
	require.NoError(t, err)
	assert.Equal(t, public, key)
}

func TestChangedRequestIsRefused(t *testing.T) {
	body, now := []byte(`{"a":1}`), time.Unix(1_790_000_000, 0)
	other, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	for name, change := range map[string]func(h http.Header, method, target *string, body *[]byte, at *time.Time){
		"another body":   func(_ http.Header, _, _ *string, b *[]byte, _ *time.Time) { *b = []byte(`{"a":2}`) },
		"another target": func(_ http.Header, _, target *string, _ *[]byte, _ *time.Time) { *target += "/x" },
		"another method": func(_ http.Header, method, _ *string, _ *[]byte, _ *time.Time) { *method = "PUT" },
		"too old":        func(_ http.Header, _, _ *string, _ *[]byte, at *time.Time) { *at = at.Add(time.Hour) },
		"of the future":  func(_ http.Header, _, _ *string, _ *[]byte, at *time.Time) { *at = at.Add(-time.Hour) },
		"another digest": func(h http.Header, _, _ *string, b *[]byte, _ *time.Time) {
			*b = []byte("x")
			h.Set("Content-Digest", digestOf(*b))
		},
		"another key": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) {
			h.Set("Signature-Input", parameter.ReplaceAllStringFunc(h.Get("Signature-Input"), func(p string) string {
				if strings.HasPrefix(p, ";keyid") {
					return `;keyid="` + KeyID(other) + `"`
				}
				return p
			}))
		},
		"less covered": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), ` "content-digest"`, "", 1))
		},
		"another content type": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) { h.Set("Content-Type", "text/plain") },
		"another algorithm": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), "ed25519", "none", 1))
		},
		"two inputs": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) {
			h.Add("Signature-Input", h.Get("Signature-Input"))
		},
		"no signature":  func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) { h.Del("Signature") },
		"no input":      func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) { h.Del("Signature-Input") },
		"broken base64": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) { h.Set("Signature", "sig1=:***:") },
		"zeros": func(h http.Header, _, _ *string, _ *[]byte, _ *time.Time) {
			h.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(make([]byte, 64))+":")
		},
	} {
		r, _ := signedRequest(t, body, now)
		method, target, sent, at := http.MethodPost, inboxURL, body, now
		change(r.Header, &method, &target, &sent, &at)
		_, err := VerifyRequest(method, target, r.Header, sent, at)
		assert.ErrorIs(t, err, kind.ErrDenied, name)
	}
}

func TestLetterIsReadWithinBounds(t *testing.T) {
	good := `{"id":"0192a1b2-0000-7000-8000-000000000001","server":"https://d.example/","resource":"oai:s.example:1","base":"` +
		strings.Repeat("a", 40) + `","by":"kim","name":"Kim Lee","files":[{"path":"index.md","data":"YQ=="},{"path":"b","deleted":true}]}`
	l, err := ReadLetter([]byte(good))
	require.NoError(t, err)
	assert.Equal(t, "https://d.example", l.Server)
	assert.Equal(t, "a", string(l.Files[0].Data))
	for name, bad := range map[string]string{
		"no JSON":   "{",
		"no id":     strings.Replace(good, "0192a1b2", "x", 1),
		"no server": strings.Replace(good, "https://d.example/", "ftp://d.example", 1),
		"no name":   strings.Replace(good, "Kim Lee", " ", 1),
		"no files":  strings.Replace(good, `[{"path":"index.md","data":"YQ=="},{"path":"b","deleted":true}]`, "[]", 1),
		"long":      strings.Replace(good, "Kim Lee", strings.Repeat("k", 201), 1),
	} {
		_, err := ReadLetter([]byte(bad))
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
	_, err = ReadLetter(make([]byte, MaxLetter+1))
	assert.ErrorIs(t, err, kind.ErrInvalid)
}

func FuzzLetter(f *testing.F) {
	f.Add([]byte(`{"id":"0192a1b2-0000-7000-8000-000000000001","server":"https://d.example","files":[{"path":"a"}]}`), `sig1=("@method");created=1;keyid="a";alg="ed25519"`)
	f.Fuzz(func(t *testing.T, body []byte, input string) {
		_, _ = ReadLetter(body)
		h := http.Header{"Signature-Input": {input}, "Signature": {"sig1=:AA==:"}, "Content-Digest": {digestOf(body)}}
		_, err := VerifyRequest(http.MethodPost, inboxURL, h, body, time.Unix(1, 0))
		require.Error(t, err)
	})
}
