package blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// presigning is a store, and what signs URLs for it.
type presigning struct {
	store  blob.Store
	signer blob.Presigner
}

// eachPresigner runs a test on S3 itself and on a folder behind a handler like that of the web layer.
func eachPresigner(t *testing.T, test func(t *testing.T, p presigning)) {
	t.Run("S3", func(t *testing.T) {
		s := blobtest.VersityGW(t).Open(t)
		test(t, presigning{s, s})
	})
	t.Run("folder", func(t *testing.T) {
		s := openFolder(t, t.TempDir())
		var signer *blob.Signer
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveSigned(s, signer, w, r) }))
		t.Cleanup(server.Close)
		signer = newSigner(t, server.URL+"/blobs/", time.Now)
		test(t, presigning{s, signer})
	})
}

func newSigner(t testing.TB, base string, now func() time.Time) *blob.Signer {
	t.Helper()
	s, err := blob.NewSigner(bytes.Repeat([]byte("secret.."), 4), base, now)
	require.NoError(t, err)
	return s
}

func serveSigned(s blob.Store, signer *blob.Signer, w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.URL.Path, "/blobs/")
	grant, err := signer.Verify(r.Method, key, r.URL.Query())
	if err == nil && r.Method == http.MethodPut && r.ContentLength != grant.Size {
		err = blob.ErrDenied
	}
	var obj *blob.Object
	if err == nil && r.Method == http.MethodPut {
		_, err = s.Put(r.Context(), key, grant.Body(r.Body), blob.IfAbsent())
	} else if err == nil {
		obj, err = s.Get(r.Context(), key, blob.GetOptions{})
	}
	switch {
	case errors.Is(err, blob.ErrDenied):
		w.WriteHeader(http.StatusForbidden)
	case errors.Is(err, blob.ErrChecksum):
		w.WriteHeader(http.StatusBadRequest)
	case errors.Is(err, blob.ErrConflict):
		w.WriteHeader(http.StatusPreconditionFailed)
	case errors.Is(err, blob.ErrNotFound):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	case obj != nil:
		defer obj.Body.Close()
		w.Header().Set("Content-Type", grant.ContentType)
		_, _ = io.Copy(w, obj.Body) // the client sees a body cut short
	}
}

// send makes a signed request, with changes.
func send(t *testing.T, s blob.Signed, body string, change func(*http.Request)) (status int, answer, contentType string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), s.Method, s.URL, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range s.Header {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data), resp.Header.Get("Content-Type")
}

func upload(data string) blob.Upload {
	sum := sha256.Sum256([]byte(data))
	return blob.Upload{Expires: time.Minute, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
}

func TestSignedURLsMoveABlob(t *testing.T) {
	t.Parallel()
	eachPresigner(t, func(t *testing.T, p presigning) {
		for name, data := range map[string]string{"media/a1": "a picture of a plant cell", "media/empty": "", "media/big": strings.Repeat("film", 1<<20)} {
			put, err := p.signer.PresignPut(t.Context(), name, upload(data))
			require.NoError(t, err)
			require.Equal(t, http.MethodPut, put.Method)
			status, answer, _ := send(t, put, data, nil)
			require.Equal(t, http.StatusOK, status, answer)
			require.Equal(t, data, string(readAll(t, p.store, name, blob.GetOptions{})))

			get, err := p.signer.PresignGet(t.Context(), name, blob.Download{Expires: time.Minute})
			require.NoError(t, err)
			status, answer, contentType := send(t, get, "", nil)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, data, answer)
			require.Equal(t, "application/octet-stream", contentType)
		}
		get, err := p.signer.PresignGet(t.Context(), "media/a1", blob.Download{Expires: time.Minute, ContentType: "image/png"})
		require.NoError(t, err)
		_, _, contentType := send(t, get, "", nil)
		require.Equal(t, "image/png", contentType)
	})
}

func TestSignedPutStoresNothingElse(t *testing.T) {
	t.Parallel()
	const announced = "a picture of a plant cell"
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   []int
	}{
		"other bytes":         {"a picture of a plant cel!", nil, []int{400}},
		"more bytes":          {announced + "more", nil, []int{403}},
		"fewer bytes":         {announced[:5], nil, []int{403}},
		"another key":         {announced, anotherKey, []int{403}},
		"no signature":        {announced, func(r *http.Request) { r.URL.RawQuery = "" }, []int{403}},
		"another method":      {announced, func(r *http.Request) { r.Method = http.MethodDelete }, []int{403}},
		"a GET":               {"", func(r *http.Request) { r.Method = http.MethodGet }, []int{403}},
		"a later expiry":      {announced, set("expires", "X-Amz-Expires", "99999999999"), []int{400, 403}},
		"another checksum":    {"a picture of a plant cel!", claimOther, []int{403}},
		"a broken signature":  {announced, set("signature", "X-Amz-Signature", "00"), []int{403}},
		"an unsigned purpose": {announced, set("size", "X-Amz-SignedHeaders", "host"), []int{400, 403}},
	} {
		t.Run(name, func(t *testing.T) {
			eachPresigner(t, func(t *testing.T, p presigning) {
				put, err := p.signer.PresignPut(t.Context(), "k", upload(announced))
				require.NoError(t, err)
				status, answer, _ := send(t, put, c.body, c.change)
				require.Contains(t, c.want, status, answer)
				for info, err := range p.store.List(t.Context(), "") {
					t.Fatal("stored", info, err)
				}
			})
		})
	}
}

func anotherKey(r *http.Request) { r.URL.Path = strings.TrimSuffix(r.URL.Path, "k") + "l" }

// set changes a part of the query, which the folder and S3 name differently.
func set(folder, s3, value string) func(*http.Request) {
	return func(r *http.Request) {
		q := r.URL.Query()
		for _, name := range []string{folder, s3} {
			if q.Has(name) {
				q.Set(name, value)
			}
		}
		r.URL.RawQuery = q.Encode()
	}
}

// claimOther announces other bytes than those that were signed for.
func claimOther(r *http.Request) {
	other := upload("a picture of a plant cel!")
	sum, _ := hex.DecodeString(other.SHA256)
	if r.Header.Get("X-Amz-Checksum-Sha256") != "" {
		r.Header.Set("X-Amz-Checksum-Sha256", base64Of(sum))
		return
	}
	set("sha256", "", other.SHA256)(r)
}

func TestSignedPutDoesNotReplace(t *testing.T) {
	t.Parallel()
	eachPresigner(t, func(t *testing.T, p presigning) {
		_, err := p.store.Put(t.Context(), "k", strings.NewReader("there"), blob.IfAbsent())
		require.NoError(t, err)
		put, err := p.signer.PresignPut(t.Context(), "k", upload("new"))
		require.NoError(t, err)
		status, _, _ := send(t, put, "new", nil)
		require.Equal(t, http.StatusPreconditionFailed, status)
		if len(put.Header) > 0 {
			status, _, _ = send(t, put, "new", func(r *http.Request) { r.Header.Del("If-None-Match") })
			require.Equal(t, http.StatusForbidden, status)
		}
		require.Equal(t, "there", string(readAll(t, p.store, "k", blob.GetOptions{})))
	})
}

func TestSignedGetIsForOneBlob(t *testing.T) {
	t.Parallel()
	eachPresigner(t, func(t *testing.T, p presigning) {
		for _, key := range []string{"k", "l"} {
			_, err := p.store.Put(t.Context(), key, strings.NewReader("secret of "+key), blob.IfAbsent())
			require.NoError(t, err)
		}
		get, err := p.signer.PresignGet(t.Context(), "k", blob.Download{Expires: time.Minute})
		require.NoError(t, err)
		for name, change := range map[string]func(*http.Request){
			"another key":  anotherKey,
			"another type": set("type", "response-content-type", "text/html"),
			"a PUT":        func(r *http.Request) { r.Method = http.MethodPut },
		} {
			status, answer, _ := send(t, get, "", change)
			require.Equal(t, http.StatusForbidden, status, "%s: %s", name, answer)
		}
	})
}

func TestPresignRefusesWhatCannotBeSigned(t *testing.T) {
	t.Parallel()
	eachPresigner(t, func(t *testing.T, p presigning) {
		for name, change := range map[string]func(*blob.Upload, *blob.Download, *string){
			"key":          func(_ *blob.Upload, _ *blob.Download, key *string) { *key = "../k" },
			"expiry":       func(u *blob.Upload, d *blob.Download, _ *string) { u.Expires, d.Expires = 0, 0 },
			"long expiry":  func(u *blob.Upload, d *blob.Download, _ *string) { u.Expires, d.Expires = 200*time.Hour, 200*time.Hour },
			"checksum":     func(u *blob.Upload, d *blob.Download, _ *string) { u.SHA256, d.Expires = "abc", 0 },
			"upper case":   func(u *blob.Upload, d *blob.Download, _ *string) { u.SHA256, d.Expires = strings.ToUpper(u.SHA256), 0 },
			"size":         func(u *blob.Upload, d *blob.Download, _ *string) { u.Size, d.Expires = -1, 0 },
			"content type": func(u *blob.Upload, d *blob.Download, _ *string) { u.Size, d.ContentType = -1, "text/plain\r\nx: y" },
		} {
			u, d, key := upload("x"), blob.Download{Expires: time.Minute}, "k"
			change(&u, &d, &key)
			_, err := p.signer.PresignPut(t.Context(), key, u)
			assert.Error(t, err, name)
			_, err = p.signer.PresignGet(t.Context(), key, d)
			assert.Error(t, err, name)
		}
	})
}

func TestS3SignsForThePublicAddress(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	proxy := blobtest.NewProxy(t, gateway.Addr)
	o := gateway.Options(gateway.NewBucket())
	o.Public = "http://" + proxy.Addr
	s := openS3(t, o)
	put, err := s.PresignPut(t.Context(), "k", upload("x"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(put.URL, "http://"+proxy.Addr+"/"), put.URL)
	status, answer, _ := send(t, put, "x", nil)
	require.Equal(t, http.StatusOK, status, answer)
}

func TestSignedURLsExpire(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 999)
	s := newSigner(t, "https://oer.example/blobs", func() time.Time { return now })
	for _, sign := range []func() (blob.Signed, error){
		func() (blob.Signed, error) {
			return s.PresignGet(t.Context(), "a/b", blob.Download{Expires: time.Minute})
		},
		func() (blob.Signed, error) { return s.PresignPut(t.Context(), "a/b", upload("x")) },
	} {
		now = time.Unix(1_800_000_000, 999)
		signed, err := sign()
		require.NoError(t, err)
		u, err := url.Parse(signed.URL)
		require.NoError(t, err)
		require.Equal(t, "/blobs/a/b", u.Path)
		grant, err := s.Verify(signed.Method, "a/b", u.Query())
		require.NoError(t, err)
		require.Equal(t, now.Add(time.Minute).Unix(), grant.Expires.Unix())

		now = now.Add(time.Minute)
		_, err = s.Verify(signed.Method, "a/b", u.Query())
		require.ErrorIs(t, err, blob.ErrDenied)
		require.ErrorContains(t, err, "expired")
	}
}

func TestSignersWithOtherSecretsDoNotAgree(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "", time.Now)
	other, err := blob.NewSigner(bytes.Repeat([]byte("another."), 4), "", time.Now)
	require.NoError(t, err)
	signed, err := other.PresignGet(t.Context(), "k", blob.Download{Expires: time.Minute})
	require.NoError(t, err)
	u, err := url.Parse(signed.URL)
	require.NoError(t, err)
	_, err = other.Verify(http.MethodHead, "k", u.Query())
	require.NoError(t, err)
	_, err = s.Verify(http.MethodGet, "k", u.Query())
	require.ErrorIs(t, err, blob.ErrDenied)

	_, err = blob.NewSigner([]byte("short"), "", time.Now)
	require.Error(t, err)
}

func FuzzVerify(f *testing.F) {
	signer, err := blob.NewSigner(bytes.Repeat([]byte("secret.."), 4), "", time.Now)
	require.NoError(f, err)
	real, err := signer.PresignPut(f.Context(), "k", upload("x"))
	require.NoError(f, err)
	u, err := url.Parse(real.URL)
	require.NoError(f, err)
	f.Add(http.MethodPut, "k", u.RawQuery)
	f.Add(http.MethodGet, "k", u.RawQuery)
	f.Add(http.MethodPut, "k", "expires=1&signature=&size=1&sha256=")
	f.Fuzz(func(t *testing.T, method, key, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		grant, err := signer.Verify(method, key, q)
		if err != nil {
			require.ErrorIs(t, err, blob.ErrDenied)
			return
		}
		require.Equal(t, http.MethodPut, grant.Method)
		require.Equal(t, "k", grant.Key)
		require.Equal(t, upload("x").SHA256, grant.SHA256)
		require.EqualValues(t, 1, grant.Size)
	})
}

// Of two uploads of one blob one is stored and the other is told so.
func TestSignedPutsRace(t *testing.T) {
	t.Parallel()
	eachPresigner(t, func(t *testing.T, p presigning) {
		data := strings.Repeat("x", 4<<10) // small: who is refused early must have sent it all
		put, err := p.signer.PresignPut(t.Context(), "k", upload(data))
		require.NoError(t, err)
		var mu sync.Mutex
		answers := map[int]int{}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), put.Method, put.URL, strings.NewReader(data))
				if !assert.NoError(t, err) {
					return
				}
				for name, value := range put.Header {
					req.Header.Set(name, value)
				}
				resp, err := http.DefaultClient.Do(req)
				if !assert.NoError(t, err) {
					return
				}
				resp.Body.Close()
				mu.Lock()
				answers[resp.StatusCode]++
				mu.Unlock()
			})
		}
		all.Wait()
		require.Equal(t, map[int]int{200: 1, 412: 3}, answers)
	})
}
