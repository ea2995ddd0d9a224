package federation

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// AboutPath is where a server of our kind says who it is.
const AboutPath = "/.well-known/commonplace.json"

// About is what a server of our kind says of itself at AboutPath.
type About struct {
	Name      string `json:"name"`
	URL       string `json:"url"`       // base URL
	OAI       string `json:"oai"`       // base URL of its OAI-PMH provider
	Namespace string `json:"namespace"` // of its own OAI identifiers
	Key       string `json:"key"`       // ed25519, as KeyID writes it: signs the suggestions that it sends
}

// maxAbout bounds the answer.
const maxAbout = 64 << 10

// Ask reads what the server at a base URL says of itself. It returns kind.ErrNotFound where there is no server of our kind,
// and where another host is named instead, which cannot speak for it.
func Ask(ctx context.Context, client *http.Client, base string) (a About, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+AboutPath, nil)
	if err != nil {
		return a, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	if final := resp.Request.URL; strings.TrimPrefix(final.Host, "www.") != strings.TrimPrefix(r.URL.Host, "www.") {
		return a, fmt.Errorf("%s leads to %s: %w", base+AboutPath, final.Host, kind.ErrNotFound)
	}
	if resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%s answers %d: %w", base+AboutPath, resp.StatusCode, kind.ErrNotFound)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAbout))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("%s: %w: %w", base+AboutPath, kind.ErrInvalid, err)
	}
	if key, err := base64.RawURLEncoding.DecodeString(a.Key); err != nil || len(key) != 32 {
		return a, fmt.Errorf("%s: %w: it names no ed25519 key", base+AboutPath, kind.ErrInvalid)
	}
	return a, nil
}
