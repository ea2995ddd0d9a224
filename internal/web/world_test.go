package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	samples "github.com/commonplace-oer/commonplace/content-samples"
	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/drafts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

const testBase = "http://oer.test"

// world is a whole server in memory, with nothing published yet.
type world struct {
	t        *testing.T
	server   *Server
	options  Options
	repo     *repository.Service
	catalog  *catalog.Catalog
	accounts *accounts.Service
	index    *search.Index
	cookies  map[string]string
}

// What all worlds share, because nothing changes it.
var (
	defaultTheme  = sync.OnceValues(func() (*themes.Set, error) { return themes.OpenSet(themes.SetOptions{}) })
	sampleLibrary = sync.OnceValues(func() (*standards.Library, error) {
		names, err := fs.Glob(samples.Frameworks(), "*.json")
		if err != nil {
			return nil, err
		}
		var list []*standards.Framework
		for _, name := range names {
			b, err := fs.ReadFile(samples.Frameworks(), name)
			if err != nil {
				return nil, err
			}
			f, err := standards.ReadCASE(bytes.NewReader(b), strings.TrimSuffix(path.Base(name), ".json"))
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
		return standards.NewLibrary(list...), nil
	})
)

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, new(blob.Memory), testBase, media.Options{})
}

// newWorldOn is a world on a bucket and with a base URL of its own.
func newWorldOn(t *testing.T, store blob.Store, base string, o media.Options) *world {
	t.Helper()
	ctx := context.Background()
	var seconds atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(seconds.Add(1)) * time.Second)
	}
	db, err := sqldb.Open(ctx, "sqlite::memory:")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	w := &world{t: t, catalog: catalog.New(db, now), cookies: map[string]string{}}
	w.accounts, err = accounts.NewWithCheapPasswords(db, now, discard)
	require.NoError(t, err)

	library, err := sampleLibrary()
	require.NoError(t, err)
	o.BaseURL, o.Secret, o.Temp = base, bytes.Repeat([]byte("k"), 32), t.TempDir()
	large, err := media.New(store, o)
	require.NoError(t, err)
	git := gitstore.New(store, gitstore.Options{Now: now})
	renderer, err := render.New(render.Options{})
	require.NoError(t, err)
	w.repo = repository.New(repository.Options{
		Store: git, Catalog: w.catalog, Namespace: "oer.test", BaseURL: base, Remote: http.DefaultClient, Media: large, Renderer: renderer, Bucket: store, Now: now, Logger: discard,
		Standards: func() metadata.Standards { return library },
		Render: func(r repository.Resource, v metadata.View) repository.Records {
			return federation.Render(federation.Formats(), r, v)
		},
	})
	w.index, err = search.Open("", search.Options{Library: library})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.index.Close()) })
	theme, err := defaultTheme()
	require.NoError(t, err)
	oai, err := federation.NewProvider(federation.ProviderOptions{
		Records: w.catalog, Name: "Test", BaseURL: base + "/oai", SchemaURL: base + "/oai/lrmi.xsd", Namespace: "oer.test",
		Emails: []string{"oer@oer.test"}, Key: []byte("0123456789abcdef"), Now: now,
	})
	require.NoError(t, err)
	w.options = Options{
		Repository: w.repo, Git: git, Catalog: w.catalog, Search: w.index, Standards: func() *standards.Library { return library },
		Accounts: w.accounts, Renderer: renderer, Theme: theme, OAI: oai, Media: large, Drafts: drafts.New(store, now), BaseURL: base, SiteName: "Test Repository", Now: now, Logger: discard,
		Changed: func(ctx context.Context) { require.NoError(t, w.index.CatchUp(ctx, w.catalog)) },
	}
	w.server, err = New(w.options)
	require.NoError(t, err)
	return w
}

// filled is a world with the sample resources in it.
func filled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	indexes, err := fs.Glob(samples.Content(), "*/*/index.md")
	require.NoError(t, err)
	var list []repository.Publication
	for _, index := range indexes {
		owner, slug := path.Split(path.Dir(index))
		owner = strings.TrimSuffix(owner, "/")
		list = append(list, repository.Publication{
			Owner: owner, Slug: slug, Files: folderOf(t, samples.Content(), path.Dir(index)), Actor: repository.Actor{Name: owner, Display: owner},
		})
	}
	_, err = w.repo.PublishAll(t.Context(), list, func(_ int, o repository.Outcome, err error) { require.NoError(t, err) })
	require.NoError(t, err)
	require.NoError(t, w.index.CatchUp(t.Context(), w.catalog))
	return w
}

func folderOf(t *testing.T, fsys fs.FS, name string) fs.FS {
	t.Helper()
	sub, err := fs.Sub(fsys, name)
	require.NoError(t, err)
	return sub
}

// publish publishes a folder at owner/slug.
func (w *world) publish(address string, files fs.FS) repository.Resource {
	w.t.Helper()
	owner, slug := path.Split(address)
	owner = strings.TrimSuffix(owner, "/")
	out, err := w.repo.Publish(context.Background(), repository.Publication{
		Owner: owner, Slug: slug, Files: files, Actor: repository.Actor{Name: owner, Display: owner},
	})
	require.NoError(w.t, err)
	require.NoError(w.t, w.index.CatchUp(context.Background(), w.catalog))
	return out.Resource
}

// signIn makes an account and signs its browser in.
func (w *world) signIn(name string, role accounts.Role) {
	w.t.Helper()
	_, err := w.accounts.Add(context.Background(), name, strings.ToUpper(name[:1])+name[1:], role, "correct horse battery")
	require.NoError(w.t, err)
	a := w.post("/sign-in", url.Values{"name": {name}, "password": {"correct horse battery"}})
	require.Equal(w.t, http.StatusSeeOther, a.status)
	require.NotEmpty(w.t, w.cookies["session"])
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	r.Host = "oer.test"
	for name, value := range w.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := w.server.Test(r)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(w.cookies, c.Name)
		} else {
			w.cookies[c.Name] = c.Value
		}
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (w *world) get(address string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

func (w *world) post(address string, values url.Values, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

// call sends JSON with a token.
func (w *world) call(method, address, token string, in any, headers ...string) answer {
	w.t.Helper()
	b, err := json.Marshal(in)
	require.NoError(w.t, err)
	r := httptest.NewRequest(method, address, bytes.NewReader(b))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

func (w *world) token(name string) string {
	w.t.Helper()
	secret, _, err := w.accounts.CreateToken(context.Background(), name, "test", nil, 0)
	require.NoError(w.t, err)
	return secret
}
