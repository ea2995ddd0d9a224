package gitstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// receive asks a remote for want, or its HEAD, and writes the pack that it sends. The pack may hold anything yet.
func receive(ctx context.Context, src Remote, want Hash, w io.Writer) (tip oid, size int64, err error) {
	if err := src.check(); err != nil {
		return tip, 0, err
	}
	bound := &boundedTransport{base: src.Client.Transport}
	bound.left.Store(src.MaxBytes)
	client := *src.Client
	client.Transport = bound
	defer func() { err = remoteError(err, bound, src.MaxBytes) }()

	endpoint, err := transport.NewEndpoint(src.URL)
	if err != nil {
		return tip, 0, err
	}
	session, err := githttp.NewClient(&client).NewUploadPackSession(endpoint, nil)
	if err != nil {
		return tip, 0, err
	}
	defer session.Close()
	advertised, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return tip, 0, err
	}
	tip, ask, err := choose(advertised, want)
	if err != nil {
		return tip, 0, err
	}
	req := packp.NewUploadPackRequestFromCapabilities(advertised.Capabilities)
	req.Wants = []oid{ask}
	if advertised.Capabilities.Supports(capability.NoProgress) {
		if err := req.Capabilities.Set(capability.NoProgress); err != nil {
			return tip, 0, err
		}
	}
	response, err := session.UploadPack(ctx, req)
	if err != nil {
		return tip, 0, err
	}
	defer response.Close()
	var pack io.Reader = response
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		pack = sideband.NewDemuxer(sideband.Sideband64k, response)
	case req.Capabilities.Supports(capability.Sideband):
		pack = sideband.NewDemuxer(sideband.Sideband, response)
	}
	size, err = io.Copy(w, contextReader{ctx, pack})
	return tip, size, err
}

func (src Remote) check() error {
	if src.Client == nil {
		return fmt.Errorf("%w: a remote needs a client", kind.ErrInvalid)
	}
	u, err := url.Parse(src.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%w: remote %q, want http or https and no password", kind.ErrInvalid, src.URL)
	}
	return nil
}

// choose decides which commit to ask for so that tip comes with it. A remote that gives out only what its refs name is asked
// for its HEAD, which usually descends from what is wanted.
func choose(a *packp.AdvRefs, want Hash) (tip, ask oid, err error) {
	head := cmp.Or(a.References[defaultHead], a.References["refs/heads/master"])
	if a.Head != nil {
		head = *a.Head
	}
	if want == "" {
		if head.IsZero() {
			return tip, ask, fmt.Errorf("the remote is empty: %w", kind.ErrNotFound)
		}
		return head, head, nil
	}
	if tip, err = parseHash(want); err != nil {
		return tip, ask, err
	}
	if a.Capabilities.Supports(capability.AllowReachableSHA1InWant) || head.IsZero() {
		return tip, tip, nil
	}
	for _, h := range a.References {
		if h == tip {
			return tip, tip, nil
		}
	}
	return tip, head, nil
}

// remoteError gives an error of the transport its kind.
func remoteError(err error, bound *boundedTransport, limit int64) error {
	switch {
	case err == nil:
		return nil
	case bound.left.Load() < 0:
		return fmt.Errorf("%w: the remote sent more than %d bytes", kind.ErrInvalid, limit)
	case errors.Is(err, transport.ErrRepositoryNotFound), errors.Is(err, transport.ErrEmptyRemoteRepository):
		return fmt.Errorf("%w: %w", kind.ErrNotFound, err)
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		return fmt.Errorf("%w: %w", kind.ErrDenied, err)
	}
	return err
}

// boundedTransport ends the answers of a remote when they are too many bytes in all.
type boundedTransport struct {
	base http.RoundTripper // nil means the default one
	left atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (b *boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	base := b.base
	if base == nil {
		base = http.DefaultTransport
	}
	res, err := base.RoundTrip(req)
	if err == nil {
		res.Body = &boundedBody{res.Body, &b.left}
	}
	return res, err
}

type boundedBody struct {
	io.ReadCloser
	left *atomic.Int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left.Add(-int64(n)) < 0 {
		return 0, errTooLarge
	}
	return n, err
}
