package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// impostor serves everything that a server has, under the same identifiers, as CC0. It says that its own repository
// identifier is this one.
func impostor(t *testing.T, of *apptest.Server, identifier string) *httptest.Server {
	t.Helper()
	to, err := url.Parse(of.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(a *http.Response) error {
			body, err := io.ReadAll(a.Body)
			if err != nil {
				return err
			}
			body = bytes.ReplaceAll(body, []byte("creativecommons.org/licenses/by-sa/4.0/"), []byte("creativecommons.org/publicdomain/zero/1.0/"))
			body = bytes.ReplaceAll(body, []byte("<repositoryIdentifier>state.commonplace.example<"), []byte("<repositoryIdentifier>"+identifier+"<"))
			a.Body, a.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			a.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return nil
		},
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s
}

// harvestAs adds a peer and harvests it.
func harvestAs(t *testing.T, s *apptest.Server, name, address string) {
	t.Helper()
	_, err := s.App.Harvests.Register(t.Context(), name, address)
	require.NoError(t, err)
	_, err = s.App.Harvests.Run(t.Context(), name, false, nil)
	require.NoError(t, err)
}

// translated is a lesson that names what it translates.
func translated(identifier, license string) fstest.MapFS {
	return fstest.MapFS{"index.md": {Data: []byte("---\ntitle: Mitades\ntype: lesson\nlanguage: es\nlicense: " + license +
		"\ncreators: [{name: Kim}]\ntranslation_of: {id: '" + identifier + "'}\n---\n\nDobla el papel.\n")}}
}

func TestAFakePeerDoesNotSpeakForAnother(t *testing.T) {
	t.Parallel()
	for _, fakeFirst := range []bool{true, false} {
		w := apptest.New(t)
		state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
		original := state.Publish(t, "math/halves", lesson("Halves", "Fold the paper twice."))
		fake := impostor(t, state, "fake.example.org")
		catalog, actor := district.App.Catalog, repository.Actor{Name: "kim", Display: "Kim"}
		if fakeFirst {
			harvestAs(t, district, "0aa", fake.URL)
			_, err := catalog.ByIdentifier(t.Context(), original.Identifier)
			require.ErrorIs(t, err, kind.ErrNotFound, "it speaks for the state before the state is known")
			harvestAs(t, district, "state", state.URL)
		} else {
			harvestAs(t, district, "state", state.URL)
			harvestAs(t, district, "0aa", fake.URL)
		}
		known, err := catalog.ByIdentifier(t.Context(), original.Identifier)
		require.NoError(t, err)
		assert.Equal(t, "state", known.Origin.Peer)
		found := search(t, district, "source:0aa")
		require.Equal(t, 1, found.Total, "what an aggregator has is found")
		require.Equal(t, "CC0-1.0", found.Hits[0].License)
		has(t, read(district.Page(t, "/id/"+found.Hits[0].ID)), "Halves", "CC0")

		publish := func(slug, license string) (repository.Outcome, error) {
			return district.App.Repository.Publish(t.Context(), repository.Publication{
				Owner: "kim", Slug: slug, Files: translated(original.Identifier, license), Actor: actor,
			})
		}
		_, err = publish("mitades", "CC0 1.0")
		var refused *repository.InvalidError
		require.ErrorAs(t, err, &refused, "a license laundered")
		out, err := publish("mitades", "CC BY-SA 4.0")
		require.NoError(t, err)
		require.Len(t, out.Resource.Metadata.Sources, 1)
		assert.Equal(t, "CC-BY-SA-4.0", out.Resource.Metadata.Sources[0].License)

		// A remix of the aggregated record is one of the original, under the original's license, and pulls from the state.
		made, err := district.App.Repository.Remix(t.Context(), repository.Remix{
			Source: repository.ID(found.Hits[0].ID), Owner: "kim", Slug: "ours", Actor: actor,
		})
		require.NoError(t, err)
		assert.EqualValues(t, "CC-BY-SA-4.0", made.Resource.License)
		state.Publish(t, "math/halves", lesson("Halves", "Fold the paper three times."))
		w.Pass(2 * time.Second)
		for _, peer := range []string{"state", "0aa"} {
			_, err = district.App.Harvests.Run(t.Context(), peer, false, nil)
			require.NoError(t, err)
		}
		pulled, err := district.App.Repository.Pull(t.Context(), repository.Pull{
			Address: repository.Address{Owner: "kim", Slug: "ours"}, Actor: actor, DryRun: true,
		})
		require.NoError(t, err)
		require.NotNil(t, pulled.Source.Origin)
		assert.Equal(t, "state", pulled.Source.Origin.Peer)
	}
}

func TestAPeerThatTakesAnothersPlaceIsRefused(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	refused := func(name, address string, says ...string) {
		t.Helper()
		_, err := district.App.Harvests.Register(t.Context(), name, address)
		require.ErrorIs(t, err, kind.ErrConflict)
		for _, text := range says {
			assert.ErrorContains(t, err, text)
		}
	}
	fake, other := impostor(t, state, "State.commonplace.example"), impostor(t, state, "fake.example.org")
	refused("self", impostor(t, state, "district.commonplace.example").URL, "this server's own")
	harvestAs(t, district, "state", state.URL)
	refused("0aa", fake.URL, "state.commonplace.example", "the peer state at "+state.URL)
	refused("state", fake.URL, "there is a peer state at "+state.URL)
	refused("state", other.URL, "there is a peer state at "+state.URL)
	harvestAs(t, district, "state", state.URL) // the same again is none of it

	admin := district.SignIn(t, "ada", accounts.Admin)
	a := admin.Post(t, "/peers", url.Values{"url": {fake.URL}})
	assert.Equal(t, http.StatusUnprocessableEntity, a.Status)
	has(t, read(a.Body), "state.commonplace.example")

	// Who was added first has it, until an operator decides otherwise.
	require.NoError(t, district.App.Catalog.RemovePeer(t.Context(), "state"))
	harvestAs(t, district, "0aa", fake.URL)
	refused("state", state.URL, "the peer 0aa at "+fake.URL, "remove it first")
}
