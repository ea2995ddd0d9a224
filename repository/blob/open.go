package blob

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
)

// Open opens the store that a URL names:
//
//   - "file:///var/lib/commonplace/bucket", made where it does not exist;
//   - "s3://bucket?endpoint=https://host&region=us-east-1&prefix=folder", a bucket of an S3 server. Without an endpoint it is
//     Amazon's, without a region that of AWS_REGION. "create=true" makes the bucket where it is missing, and
//     "public=https://host" is where clients reach the server, for signed URLs. The credentials are in the environment:
//     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where they are temporary, AWS_SESSION_TOKEN, or else MINIO_ACCESS_KEY
//     and MINIO_SECRET_KEY (or MINIO_ROOT_USER and MINIO_ROOT_PASSWORD);
//   - "mem:", an empty one that ends with the process.
func Open(ctx context.Context, address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	switch u.Scheme {
	case "mem":
		return new(Memory), nil
	case "file":
		if u.Host != "" || u.Path == "" {
			return nil, fmt.Errorf("open bucket %q: want file:///absolute/path", address)
		}
		return OpenFolder(filepath.FromSlash(u.Path))
	case "s3":
		o, err := s3URL(u)
		if err != nil {
			return nil, err
		}
		return OpenS3(ctx, o)
	}
	return nil, fmt.Errorf("open bucket %q: unknown scheme; want mem:, file:///absolute/path or s3://bucket", address)
}
