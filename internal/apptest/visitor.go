package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

// Visitor is somebody at a server, with a browser's cookies. Redirects are shown, not followed.
type Visitor struct {
	Client *http.Client
	URL    string // of the server, without a slash at its end
}

func newVisitor(address string) *Visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it returns none
	}
	return &Visitor{URL: address, Client: &http.Client{
		Jar:           jar,
		Timeout:       5 * time.Minute,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8}, // no proxy: every server is on this machine
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Browser is a browser of its own with nobody signed in.
func (s *Server) Browser() *Visitor { return newVisitor(s.URL) }

// SignIn signs in over the form, in a browser of its own. An account that does not exist is made, with the role.
func (s *Server) SignIn(t testing.TB, name string, role accounts.Role) *Visitor {
	t.Helper()
	s.account(t, name, role)
	v := newVisitor(s.URL)
	a := v.Post(t, "/sign-in", url.Values{"name": {name}, "password": {Password}})
	require.Equal(t, http.StatusSeeOther, a.Status, "sign in as %s: %s", name, a.Body)
	return v
}

// Answer is what a server answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Location is where a redirect leads, without the server.
func (a Answer) Location() string {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// JSON decodes the body.
func (a Answer) JSON(t testing.TB, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.Body), into), a.Body)
}

// Do sends a request. Headers are names and values in turn; an empty value means that the header is not sent.
func (v *Visitor) Do(t testing.TB, method, path string, body io.Reader, headers ...string) Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, v.URL+path, body)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := v.Client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return Answer{resp.StatusCode, resp.Header, string(b)}
}

// Get gets a page.
func (v *Visitor) Get(t testing.TB, path string, headers ...string) Answer {
	t.Helper()
	return v.Do(t, http.MethodGet, path, nil, headers...)
}

// Page gets a page that must be there.
func (v *Visitor) Page(t testing.TB, path string, headers ...string) string {
	t.Helper()
	a := v.Get(t, path, headers...)
	require.Equal(t, http.StatusOK, a.Status, "GET %s: %s", path, a.Body)
	return a.Body
}

// Post sends a form as a browser does from a page of the same server.
func (v *Visitor) Post(t testing.TB, path string, values url.Values, headers ...string) Answer {
	t.Helper()
	headers = append([]string{
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Origin", v.URL,
	}, headers...)
	return v.Do(t, http.MethodPost, path, strings.NewReader(values.Encode()), headers...)
}

// Call sends JSON with a token, if that is not empty.
func (v *Visitor) Call(t testing.TB, method, path, token string, in any, headers ...string) Answer {
	t.Helper()
	b, err := json.Marshal(in)
	require.NoError(t, err)
	return v.Do(t, method, path, bytes.NewReader(b), append(bearer(token, "application/json"), headers...)...)
}

// Upload sends bytes of a media type with a token, if that is not empty.
func (v *Visitor) Upload(t testing.TB, method, path, token, mediaType string, body []byte, headers ...string) Answer {
	t.Helper()
	return v.Do(t, method, path, bytes.NewReader(body), append(bearer(token, mediaType), headers...)...)
}

func bearer(token, mediaType string) []string {
	headers := []string{"Content-Type", mediaType}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	return headers
}
