package blob

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// S3Options name a bucket and the way to it.
type S3Options struct {
	Endpoint string // "https://host:port" of the server; empty for Amazon's
	Region   string // empty asks Amazon for the bucket's region, and is us-east-1 elsewhere
	Bucket   string
	Prefix   string // under which all keys are kept, without a slash at its end; empty for the whole bucket
	Create   bool   // make the bucket where it is missing
	Public   string // "https://host" at which clients reach the server, for signed URLs; empty for the Endpoint

	AccessKey, SecretKey string
	SessionToken         string // of temporary credentials

	Stall time.Duration                             // after which a connection on which nothing moves is given up; 0 for a minute
	Wrap  func(http.RoundTripper) http.RoundTripper // where it is set, goes around what sends the requests
}

// OpenS3 opens a bucket. It asks the server whether the bucket is there, may be used with these credentials, and whether a put
// whose condition does not hold is refused: two requests that leave nothing behind.
func OpenS3(ctx context.Context, o S3Options) (*S3, error) {
	s, err := o.store()
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, o); err != nil {
		return nil, err
	}
	return s, nil
}

func (o S3Options) store() (*S3, error) {
	s := &S3{bucket: o.Bucket, prefix: o.Prefix, place: fmt.Sprintf("%s at %s", o.Bucket, cmp.Or(o.Endpoint, "Amazon S3"))}
	if err := s3utils.CheckValidBucketNameStrict(o.Bucket); err != nil {
		return nil, fmt.Errorf("open bucket %q: %w; want s3://name?endpoint=https://host", o.Bucket, err)
	}
	if o.AccessKey == "" || o.SecretKey == "" {
		return nil, fmt.Errorf("open bucket %s: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", s.place)
	}
	if s.prefix != "" {
		if err := CheckKey(s.prefix); err != nil {
			return nil, fmt.Errorf("open bucket %s: prefix: %w", s.place, err)
		}
		s.prefix += "/"
	}
	transport := http.RoundTripper(newTransport(cmp.Or(o.Stall, time.Minute)))
	if o.Wrap != nil {
		transport = o.Wrap(transport)
	}
	var err error
	if s.again, err = o.client(o.Endpoint, transport, attempts); err != nil {
		return nil, err
	}
	if s.once, err = o.client(o.Endpoint, transport, 1); err != nil {
		return nil, err
	}
	if s.public = s.again; o.Public != "" {
		s.public, err = o.client(o.Public, transport, 1)
	}
	return s, err
}

func (o S3Options) client(endpoint string, transport http.RoundTripper, retries int) (*minio.Core, error) {
	u, err := url.Parse(cmp.Or(endpoint, "https://s3.amazonaws.com"))
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil ||
		u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("open bucket %s: endpoint %q: want http://host:port or https://host", o.Bucket, endpoint)
	}
	options := &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken),
		Secure: u.Scheme == "https", Region: o.Region, Transport: transport, MaxRetries: retries,
	}
	if endpoint != "" {
		options.BucketLookup, options.Region = minio.BucketLookupPath, cmp.Or(o.Region, "us-east-1")
	}
	client, err := minio.NewCore(u.Host, options)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s at %s: %w", o.Bucket, endpoint, err)
	}
	return client, nil
}

// check asks what OpenS3 promises.
func (s *S3) check(ctx context.Context, o S3Options) error {
	err := s.reach(ctx)
	if o.Create && minio.ToErrorResponse(err).Code == minio.NoSuchBucket {
		err = s.again.MakeBucket(ctx, s.bucket, minio.MakeBucketOptions{Region: o.Region})
		if code := minio.ToErrorResponse(err).Code; code == "BucketAlreadyOwnedByYou" || code == "BucketAlreadyExists" {
			err = nil // another process was first; reach tells whether it is ours
		}
		if err == nil {
			err = s.reach(ctx)
		}
	}
	if err != nil {
		return s.explain(ctx, err)
	}
	probe := "probe-" + rand.Text()
	_, err = s.Put(ctx, probe, strings.NewReader("may be deleted"), IfMatch("00000000000000000000000000000000"))
	switch {
	case errors.Is(err, ErrConflict):
		return nil
	case err != nil:
		return s.explain(ctx, err)
	}
	return errors.Join(
		fmt.Errorf("open bucket %s: %w; use a server with conditional writes (If-Match, If-None-Match)", s.place, errIgnoresConditions),
		s.Delete(ctx, probe))
}

// reach lists at most one key, for an answer that says what is wrong.
func (s *S3) reach(ctx context.Context) error {
	for found := range s.again.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true, MaxKeys: 1}) {
		return found.Err
	}
	return ctx.Err()
}

// s3URL reads s3://bucket?endpoint=…&region=…&prefix=…&public=…&create=true, with credentials from the environment.
func s3URL(u *url.URL) (S3Options, error) {
	o := S3Options{Bucket: u.Host}
	if u.User != nil {
		return o, fmt.Errorf("open bucket %s: no credentials in its URL, which ends up in logs: set AWS_ACCESS_KEY_ID and "+
			"AWS_SECRET_ACCESS_KEY", o.Bucket)
	}
	if strings.Trim(u.Path, "/") != "" {
		return o, fmt.Errorf("open bucket %s: the name of a bucket has no slash; for keys under %q add prefix=", o.Bucket, u.Path)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return o, fmt.Errorf("open bucket %s: %w", o.Bucket, err)
	}
	for name, values := range q {
		value := values[len(values)-1]
		switch name {
		case "endpoint":
			o.Endpoint = value
		case "region":
			o.Region = value
		case "prefix":
			o.Prefix = strings.Trim(value, "/")
		case "public":
			o.Public = value
		case "create":
			if value != "true" && value != "false" {
				return o, fmt.Errorf("open bucket %s: create=%s: want true or false", o.Bucket, value)
			}
			o.Create = value == "true"
		default:
			return o, fmt.Errorf("open bucket %s: unknown setting %q; there are endpoint, region, prefix, public and create", o.Bucket, name)
		}
	}
	o.Region = cmp.Or(o.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	o.AccessKey, o.SecretKey, o.SessionToken = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")
	if o.AccessKey == "" {
		o.SessionToken = ""
		o.AccessKey = cmp.Or(os.Getenv("MINIO_ACCESS_KEY"), os.Getenv("MINIO_ROOT_USER"))
		o.SecretKey = cmp.Or(os.Getenv("MINIO_SECRET_KEY"), os.Getenv("MINIO_ROOT_PASSWORD"))
	}
	return o, nil
}

const (
	dialTimeout = 5 * time.Second
	idleTimeout = 30 * time.Second
	idleConns   = 64
)

// newTransport gives up connections that neither bring nor take a byte for so long.
func newTransport(stall time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return stallConn{c, stall}, nil
		},
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConns:        2 * idleConns,
		MaxIdleConnsPerHost: idleConns,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true, // a range counts the bytes that are stored
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	}
}

// stallConn ends when nothing moves in either direction.
type stallConn struct {
	net.Conn
	after time.Duration
}

// Read implements net.Conn.
func (c stallConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.after)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write implements net.Conn.
func (c stallConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.after)); err != nil { // the answer waits for this too
		return 0, err
	}
	return c.Conn.Write(p)
}
