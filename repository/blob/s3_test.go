package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

func TestS3(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	blobtest.Run(t, func(t *testing.T) blob.Store { return gateway.Open(t) })
}

// Two stores with a prefix of one bucket behave as one, and other keys of the bucket are not theirs.
func TestS3SharedByTwo(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	blobtest.Run(t, func(t *testing.T) blob.Store {
		o := gateway.Options(gateway.NewBucket())
		beside := openS3(t, o)
		for _, key := range []string{"a/other", "a/schoolyard/x", "z"} {
			_, err := beside.Put(t.Context(), key, strings.NewReader("not ours"), blob.IfAbsent())
			require.NoError(t, err)
		}
		o.Prefix = "a/school"
		return &alternating{stores: [2]blob.Store{openS3(t, o), openS3(t, o)}}
	})
}

func openS3(t *testing.T, o blob.S3Options) *blob.S3 {
	t.Helper()
	s, err := blob.OpenS3(t.Context(), o)
	require.NoError(t, err)
	return s
}

func TestOpenS3ByURL(t *testing.T) {
	gateway := blobtest.VersityGW(t)
	gateway.Setenv(t)
	address := gateway.URL("lessons")

	_, err := blob.Open(t.Context(), strings.ReplaceAll(address, "create=true", "create=false"))
	require.ErrorContains(t, err, "create=true")
	require.NoDirExists(t, filepath.Join(gateway.Folder, "lessons"))

	s, err := blob.Open(t.Context(), address+"&prefix=school/")
	require.NoError(t, err)
	_, err = s.Put(t.Context(), "k", strings.NewReader("x"), blob.IfAbsent())
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(gateway.Folder, "lessons", "school", "k"))

	_, err = blob.Open(t.Context(), address)
	require.NoError(t, err, "the bucket is there already")

	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("MINIO_ACCESS_KEY", gateway.AccessKey)
	t.Setenv("MINIO_SECRET_KEY", gateway.SecretKey)
	_, err = blob.Open(t.Context(), address)
	require.NoError(t, err)
}

func TestOpenS3SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for name, c := range map[string]struct {
		change func(*blob.S3Options)
		want   string
	}{
		"unknown access key": {func(o *blob.S3Options) { o.AccessKey = "somebody" }, "check AWS_ACCESS_KEY_ID"},
		"wrong secret":       {func(o *blob.S3Options) { o.SecretKey = "guessed" }, "check AWS_SECRET_ACCESS_KEY"},
		"no credentials":     {func(o *blob.S3Options) { o.SecretKey = "" }, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
		"a token too many":   {func(o *blob.S3Options) { o.SessionToken = "old" }, "clear AWS_SESSION_TOKEN"},
		"no bucket":          {func(o *blob.S3Options) { o.Create = false }, "make the bucket, or add create=true"},
		"bad bucket":         {func(o *blob.S3Options) { o.Bucket = "No Bucket" }, "want s3://name"},
		"wrong region":       {func(o *blob.S3Options) { o.Region = "mars-north-1" }, "set region="},
		"nobody listens":     {func(o *blob.S3Options) { o.Endpoint = "http://" + nobody.Addr().String() }, "check endpoint="},
		"not S3":             {func(o *blob.S3Options) { o.Endpoint = other.URL }, ""},
		"plain HTTP":         {func(o *blob.S3Options) { o.Endpoint = "https://" + gateway.Addr }, "endpoint=http://"},
		"no scheme":          {func(o *blob.S3Options) { o.Endpoint = gateway.Addr }, "want http://host:port"},
		"bad prefix":         {func(o *blob.S3Options) { o.Prefix = "../x" }, "prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := gateway.Options("missing")
			c.change(&o)
			_, err := blob.OpenS3(t.Context(), o)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, o.Bucket)
			assert.NotContains(t, err.Error(), gateway.SecretKey)
			if strings.Contains(err.Error(), " at ") {
				assert.ErrorContains(t, err, o.Endpoint)
			}
		})
	}
	assert.NoDirExists(t, filepath.Join(gateway.Folder, "missing"))
}

func TestOpenRefusesURLsThatWereMeantOtherwise(t *testing.T) {
	for address, want := range map[string]string{
		"s3://":                            "want s3://name",
		"s3://key:secret@bucket":           "AWS_SECRET_ACCESS_KEY",
		"s3://bucket/folder":               "prefix=",
		"s3://bucket?endpont=http://x":     `"endpont"`,
		"s3://bucket?create=yes":           "true or false",
		"s3://bucket?endpoint=http://x/y":  "http://host:port",
		"s3://bucket?endpoint=ftp://x":     "http://host:port",
		"s3://bucket?endpoint=%zz":         "escape",
		"s3://bucket?public=files.example": "http://host:port",
	} {
		t.Setenv("AWS_ACCESS_KEY_ID", "a")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
		_, err := blob.Open(t.Context(), address)
		assert.ErrorContains(t, err, want, address)
	}
}

// A server that stores whatever the condition says must not be used: two writers would both win.
func TestOpenS3RefusesAServerThatIgnoresConditions(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	o := gateway.Options(gateway.NewBucket())
	o.Wrap = func(next http.RoundTripper) http.RoundTripper {
		return fake(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut && r.URL.Path != "/"+o.Bucket+"/" {
				return &http.Response{
					StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"1"`}}, Body: http.NoBody, Request: r,
				}, nil
			}
			return next.RoundTrip(r)
		})
	}
	_, err := blob.OpenS3(t.Context(), o)
	require.ErrorContains(t, err, "conditional writes")
}

func TestS3LeavesNothingBehindWhenOpened(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	for info, err := range gateway.Open(t).List(t.Context(), "") {
		t.Fatal("listed", info, err)
	}
}

func TestS3SendsOneRequestForEachCall(t *testing.T) {
	t.Parallel()
	s, wire := blobtest.VersityGW(t).OpenWire(t)
	ctx := t.Context()
	tag, err := s.Put(ctx, "k", strings.NewReader("one"), blob.IfAbsent())
	require.NoError(t, err)
	tag, err = s.Put(ctx, "k", strings.NewReader("two"), blob.IfMatch(tag))
	require.NoError(t, err)
	_, err = s.Put(ctx, "k", strings.NewReader("three"), blob.IfAbsent())
	require.ErrorIs(t, err, blob.ErrConflict)
	_, err = s.Put(ctx, "big", bytes.NewReader(make([]byte, 20<<20)), blob.IfAbsent())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"PUT": 4}, wire.Requests())

	require.Equal(t, "two", string(readAll(t, s, "k", blob.GetOptions{})))
	require.Equal(t, "w", string(readAll(t, s, "k", blob.GetOptions{Range: blob.Range{Start: 1, Length: 1}})))
	_, err = s.Get(ctx, "k", blob.GetOptions{IfNoneMatch: tag})
	require.ErrorIs(t, err, blob.ErrNotModified)
	_, err = s.Get(ctx, "nothing", blob.GetOptions{})
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.Equal(t, map[string]int{"GET": 4}, wire.Requests())

	require.NoError(t, s.Delete(ctx, "k"))
	require.Equal(t, map[string]int{"DELETE": 1}, wire.Requests())
}

func TestS3ListsAThousandKeysInARequest(t *testing.T) {
	t.Parallel()
	s, wire := blobtest.VersityGW(t).OpenWire(t)
	const n = 1100
	var all sync.WaitGroup
	for part := range 8 {
		all.Go(func() {
			for i := part; i < n; i += 8 {
				_, err := s.Put(t.Context(), fmt.Sprintf("d/%02d/%04d", i%7, i), strings.NewReader("x"), blob.Always())
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	wire.Requests()
	last, seen := "", 0
	for info, err := range s.List(t.Context(), "d/") {
		require.NoError(t, err)
		require.Less(t, last, info.Key)
		last = info.Key
		seen++
	}
	require.Equal(t, n, seen)
	require.Equal(t, map[string]int{"GET": 2}, wire.Requests())
}

func TestS3SendsLargeUnconditionalPutsInParts(t *testing.T) {
	t.Parallel()
	s, wire := blobtest.VersityGW(t).OpenWire(t)
	data := randomBytes(65 << 20)
	bodies := map[string]io.ReadSeeker{
		"where it is": bytes.NewReader(data),
		"as it comes": struct{ io.ReadSeeker }{bytes.NewReader(data)},
		"from a file": fileOf(t, data),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			tag, err := s.Put(t.Context(), "large", body, blob.Always())
			require.NoError(t, err)
			requests := wire.Requests()
			require.Equal(t, 5, requests["PUT"], "%v", requests)
			require.True(t, bytes.Equal(data, readAll(t, s, "large", blob.GetOptions{})))
			require.Equal(t, data[50<<20:50<<20+10], readAll(t, s, "large", blob.GetOptions{Range: blob.Range{Start: 50 << 20, Length: 10}}))
			_, err = s.Put(t.Context(), "large", strings.NewReader("small"), blob.IfMatch(tag))
			require.NoError(t, err)
			wire.Requests()
		})
	}
}

func fileOf(t *testing.T, data []byte) io.ReadSeeker {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(path, data, 0o644))
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// What a put is given is what is signed: a byte that changes on the way is refused by the server.
func TestS3RefusesBytesChangedOnTheWay(t *testing.T) {
	t.Parallel()
	gateway := blobtest.VersityGW(t)
	o := gateway.Options(gateway.NewBucket())
	o.Wrap = func(next http.RoundTripper) http.RoundTripper {
		return fake(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/damaged") {
				data, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				data[0] ^= 1
				r.Body = io.NopCloser(bytes.NewReader(data))
			}
			return next.RoundTrip(r)
		})
	}
	s := openS3(t, o)
	for _, when := range []blob.Condition{blob.Always(), blob.IfAbsent()} {
		_, err := s.Put(t.Context(), "damaged", strings.NewReader("a lesson"), when)
		require.Error(t, err)
		require.NotErrorIs(t, err, blob.ErrConflict)
	}
	_, err := openS3(t, gateway.Options(o.Bucket)).Get(t.Context(), "damaged", blob.GetOptions{})
	require.ErrorIs(t, err, blob.ErrNotFound)
}

// A body that breaks while it is sent is not a broken connection: it is not tried again, and nothing is stored.
func TestS3TellsABrokenBodyFromABrokenConnection(t *testing.T) {
	t.Parallel()
	s, wire := blobtest.VersityGW(t).OpenWire(t)
	for _, when := range []blob.Condition{blob.Always(), blob.IfAbsent()} {
		body := &failsWhenReadAgain{Reader: strings.NewReader(strings.Repeat("x", 1<<20))}
		_, err := s.Put(t.Context(), "k", body, when)
		require.ErrorIs(t, err, errReadAgain)
		require.Equal(t, map[string]int{"PUT": 1}, wire.Requests())
		_, err = s.Get(t.Context(), "k", blob.GetOptions{})
		require.ErrorIs(t, err, blob.ErrNotFound)
		wire.Requests()
	}
}

var errReadAgain = errors.New("unexpected EOF") // as clients say of connections

type failsWhenReadAgain struct {
	*strings.Reader
	whole bool // it was read to its end
}

func (b *failsWhenReadAgain) Read(p []byte) (int, error) {
	if b.whole && b.Len() < 1<<19 {
		return 0, errReadAgain
	}
	n, err := b.Reader.Read(p)
	b.whole = b.whole || err == io.EOF
	return n, err
}

func (b *failsWhenReadAgain) WriteTo(dst io.Writer) (int64, error) {
	return io.Copy(dst, struct{ io.Reader }{b})
}

// fake answers requests instead of the network.
type fake func(*http.Request) (*http.Response, error)

func (f fake) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func readAll(t testing.TB, s blob.Store, key string, o blob.GetOptions) []byte {
	t.Helper()
	data, err := fetch(t.Context(), s, key, o)
	require.NoError(t, err)
	return data
}

func fetch(ctx context.Context, s blob.Store, key string, o blob.GetOptions) ([]byte, error) {
	obj, err := s.Get(ctx, key, o)
	if err != nil {
		return nil, err
	}
	defer obj.Body.Close()
	return io.ReadAll(obj.Body)
}

// randomBytes are the same in every run.
func randomBytes(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8(sha256.Sum256(nil)).Read(data)
	return data
}
