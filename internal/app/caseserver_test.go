package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// caseServer is a CASE 1.0 server with n documents that gives at most most of them at once. It counts what it is asked.
func caseServer(t *testing.T, n, most int, total bool) (*httptest.Server, *int) {
	t.Helper()
	asked := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ims/case/v1p0/CFDocuments", func(w http.ResponseWriter, r *http.Request) {
		asked++
		limit, err := strconv.Atoi(r.FormValue("limit"))
		assert.NoError(t, err)
		offset, err := strconv.Atoi(r.FormValue("offset"))
		assert.NoError(t, err)
		docs := []map[string]string{}
		for i := offset; i < min(n, offset+min(limit, most)); i++ {
			docs = append(docs, map[string]string{"identifier": fmt.Sprintf("doc-%d", i), "title": fmt.Sprintf("Grade %d: Math!", i)})
		}
		if total {
			w.Header().Set("X-Total-Count", strconv.Itoa(n))
		}
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"CFDocuments": docs}))
	})
	mux.HandleFunc("GET /ims/case/v1p0/CFPackages/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.PathValue("id"), "doc-") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"imsx_codeMajor":"failure","imsx_description":"no such framework"}`)
			return
		}
		fmt.Fprintf(w, `{"CFDocument":{"identifier":%q,"title":"T"}}`, r.PathValue("id"))
	})
	mux.HandleFunc("GET /ims/case/v1p1/CFPackages/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s, &asked
}

func TestFetchFrameworkListsACASEServerPageByPage(t *testing.T) {
	for _, tt := range []struct {
		n, most int
		total   bool
		asked   int
	}{{250, 100, true, 3}, {250, 100, false, 4}, {3, 100, true, 1}, {90, 40, false, 4}} {
		s, asked := caseServer(t, tt.n, tt.most, tt.total)
		a := &App{client: fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}})}
		for _, address := range []string{s.URL, s.URL + "/ims/case/v1p0", s.URL + "/ims/case/v1p0/CFDocuments"} {
			*asked = 0
			body, found, err := a.FetchFramework(t.Context(), address)
			require.NoError(t, err)
			assert.Nil(t, body)
			require.Len(t, found, tt.n)
			assert.Equal(t, tt.asked, *asked)
			last := found[tt.n-1]
			assert.Equal(t, s.URL+"/ims/case/v1p0/CFPackages/"+last.Identifier, last.URL)
			assert.Equal(t, fmt.Sprintf("grade-%d-math", tt.n-1), last.Short())
		}
	}
}

func TestFetchFrameworkGetsThePackage(t *testing.T) {
	s, _ := caseServer(t, 1, 1, true)
	a := &App{client: fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}})}
	for _, path := range []string{"/CFPackages/doc-0", "/CFDocuments/doc-0", "/CFDocuments/doc-0/"} {
		body, found, err := a.FetchFramework(t.Context(), s.URL+"/ims/case/v1p0"+path)
		require.NoError(t, err)
		assert.Nil(t, found)
		assert.JSONEq(t, `{"CFDocument":{"identifier":"doc-0","title":"T"}}`, string(body))
	}
}

func TestFetchFrameworkSaysWhatIsWrong(t *testing.T) {
	s, _ := caseServer(t, 1, 1, true)
	empty, _ := caseServer(t, 0, 1, true)
	ignoring := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) }))
	defer ignoring.Close()
	open := &App{client: fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}})}
	guarded := &App{client: fetch.New(fetch.Options{})}
	for _, tt := range []struct {
		app     *App
		address string
		kind    error
		message string
	}{
		{guarded, s.URL + "/ims/case/v1p0/CFPackages/doc-0", kind.ErrUnavailable, "allow-peers"},
		{open, s.URL + "/ims/case/v1p0/CFPackages/none", kind.ErrUnavailable, "404 Not Found: no such framework"},
		{open, s.URL + "/ims/case/v1p1/CFPackages/doc-0", kind.ErrUnavailable, "credentials"},
		{open, empty.URL, kind.ErrInvalid, "offers no CASE documents"},
		{open, ignoring.URL, kind.ErrInvalid, "no list of CASE documents"},
		{open, "ftp://127.0.0.1/x", kind.ErrInvalid, "not an http"},
		{open, "no address", kind.ErrInvalid, "not an http"},
	} {
		_, _, err := tt.app.FetchFramework(t.Context(), tt.address)
		require.ErrorIs(t, err, tt.kind, tt.address)
		assert.ErrorContains(t, err, tt.message, tt.address)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := open.FetchFramework(ctx, s.URL)
	require.ErrorIs(t, err, context.Canceled)
}

func TestFetchFrameworkEndsWhereAServerIgnoresTheOffset(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		fmt.Fprint(w, `{"CFDocuments":[{"identifier":"a","title":"A"},{"identifier":"a"},{"identifier":""}]}`)
	}))
	defer s.Close()
	a := &App{client: fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}})}
	_, found, err := a.FetchFramework(t.Context(), s.URL+"/ims/case/v1p0")
	require.NoError(t, err)
	assert.Len(t, found, 1)
	assert.Equal(t, 2, asked)
}
