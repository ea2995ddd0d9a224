package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Bounds of what a CASE server lists.
const (
	casePage     = 100 // documents asked for at once
	maxDocuments = 5000
	maxCasePages = 200
)

// CASEDocument is a framework that a CASE server offers.
type CASEDocument struct {
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Creator    string `json:"creator,omitempty"`
	Version    string `json:"version,omitempty"`
	URL        string `json:"url"` // of its package
}

// Short is a name to import it under, made from its title.
func (d CASEDocument) Short() string {
	var b strings.Builder
	for _, c := range strings.ToLower(d.Title) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 50 {
			break
		}
	}
	if name := strings.Trim(b.String(), "-"); name != "" {
		return name
	}
	return "framework"
}

// FetchFramework asks for what is at an address: a package, or any file that standards.Read takes, is returned as it is.
// The address of a CASE document is answered with its package. Where the address is a CASE server, as its root, its
// …/ims/case/v1p0 or v1p1, or its CFDocuments, the documents that it offers are returned instead.
//
// Only public addresses are asked, and hosts that the operator allowed (allow-peers). What cannot be had is of kind
// ErrUnavailable, what is too large or no such thing ErrInvalid.
func (a *App) FetchFramework(ctx context.Context, address string) ([]byte, []CASEDocument, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, nil, fmt.Errorf("%s: %w: not an http or https address", address, kind.ErrInvalid)
	}
	u.Fragment = ""
	clean := strings.TrimSuffix(u.Path, "/")
	switch {
	case clean == "":
		var last error
		for _, version := range []string{"v1p1", "v1p0"} {
			found, err := a.caseDocuments(ctx, u.JoinPath("ims", "case", version))
			if err == nil {
				return nil, found, nil
			}
			last = err
		}
		return nil, nil, last
	case path.Base(clean) == "CFDocuments", path.Base(clean) == "CFPackages":
		found, err := a.caseDocuments(ctx, u.JoinPath(".."))
		return nil, found, err
	case strings.HasSuffix(clean, "/ims/case/v1p0"), strings.HasSuffix(clean, "/ims/case/v1p1"):
		found, err := a.caseDocuments(ctx, u)
		return nil, found, err
	case path.Base(path.Dir(clean)) == "CFDocuments":
		u = u.JoinPath("..", "..", "CFPackages", path.Base(clean))
	}
	body, _, err := a.ask(ctx, u.String(), standards.MaxSize)
	return body, nil, err
}

// caseDocuments lists all documents below …/ims/case/vNpN, page by page, until the server's X-Total-Count is reached or
// a page has nothing new. A server that ignores the offset is so asked once more than needed, no more.
func (a *App) caseDocuments(ctx context.Context, base *url.URL) ([]CASEDocument, error) {
	var all []CASEDocument
	seen := map[string]bool{}
	for range maxCasePages {
		u := base.JoinPath("CFDocuments")
		u.RawQuery = url.Values{"limit": {strconv.Itoa(casePage)}, "offset": {strconv.Itoa(len(all))}}.Encode()
		body, header, err := a.ask(ctx, u.String(), 16<<20)
		if err != nil {
			return nil, err
		}
		var page struct {
			Documents []struct {
				Identifier string `json:"identifier"`
				Title      string `json:"title"`
				Creator    string `json:"creator"`
				Version    string `json:"version"`
			} `json:"CFDocuments"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, fmt.Errorf("%s: %w: no list of CASE documents: %w", u.Redacted(), kind.ErrInvalid, err)
		}
		before := len(all)
		for _, d := range page.Documents {
			if d.Identifier == "" || seen[d.Identifier] || len(all) == maxDocuments {
				continue
			}
			seen[d.Identifier] = true
			all = append(all, CASEDocument{
				Identifier: d.Identifier, Title: d.Title, Creator: d.Creator, Version: d.Version,
				URL: base.JoinPath("CFPackages", url.PathEscape(d.Identifier)).String(),
			})
		}
		total, err := strconv.Atoi(header.Get("X-Total-Count"))
		if len(all) == before || len(all) == maxDocuments || err == nil && len(all) >= total {
			break
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: %w: it offers no CASE documents", base.Redacted(), kind.ErrInvalid)
	}
	return all, nil
}

// ask gets a body of at most limit bytes, and its header.
func (a *App) ask(ctx context.Context, address string, limit int64) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w: %w", address, kind.ErrInvalid, err)
	}
	r.Header.Set("Accept", "application/json, text/csv;q=0.8, */*;q=0.5")
	resp, err := a.client.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case errors.Is(err, fetch.ErrTooLarge), int64(len(body)) > limit:
		return nil, nil, fmt.Errorf("%s: %w: it has more than %d MB", r.URL.Redacted(), kind.ErrInvalid, limit>>20)
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w: %w", r.URL.Redacted(), kind.ErrUnavailable, err)
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return nil, nil, fmt.Errorf("%s: %w: it asks for credentials, which are not supported; download the package and import the file", r.URL.Redacted(), kind.ErrUnavailable)
	case resp.StatusCode != http.StatusOK:
		return nil, nil, fmt.Errorf("%s: %w: it answers %s%s", r.URL.Redacted(), kind.ErrUnavailable, resp.Status, caseError(body))
	}
	return body, resp.Header, nil
}

// caseError is what a CASE server says of a refusal, in imsx_StatusInfo.
func caseError(body []byte) string {
	var status struct {
		Description string `json:"imsx_description"`
	}
	if json.NewDecoder(io.LimitReader(bytes.NewReader(body), 64<<10)).Decode(&status) != nil || status.Description == "" {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, status.Description)
	return ": " + strings.ToValidUTF8(text[:min(len(text), 200)], "")
}
