package blob

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
)

// Open opens the store that a URL names: "file:///var/lib/commonplace/bucket", made where it does not exist, or "mem:",
// an empty one that ends with the process.
func Open(_ context.Context, address string) (Store, error) {
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
	}
	return nil, fmt.Errorf("open bucket %q: unknown scheme; want file:///absolute/path or mem:", address)
}
