package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestPagesOfPeopleAreForEverybody looks at the pages of accounts, teams and moderators on a small screen.
func TestPagesOfPeopleAreForEverybody(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s, rosa, _ := oneServer(t)
	ctx := t.Context()
	r := s.At(t, "rosa/halves")
	admin := s.SignIn(t, "admin", accounts.Admin)
	require.NoError(t, s.App.Accounts.AddTeam(ctx, "math", "Mathematics of the district of Springfield"))
	for _, name := range []string{"rosa", "maria", "admin"} {
		require.NoError(t, s.App.Accounts.SetMember(ctx, "math", name, accounts.Maintainer))
	}
	require.Equal(t, http.StatusOK, admin.Post(t, "/teams/math", url.Values{"do": {"invite"}, "role": {"member"}, "note": {"Ana"}}).Status)
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, "/id/"+string(r.ID)+"/report", url.Values{"why": {"rights"}, "words": {"A photo."}}).Status)
	s.Publish(t, "rosa/down", lesson("Down", "Fold the paper."))
	require.Equal(t, http.StatusSeeOther, admin.Post(t, "/moderation/takedown", url.Values{"address": {"rosa/down"}, "basis": {"law"}, "notice": {"A court said so."}}).Status)
	require.NoError(t, s.App.Accounts.BlockOwner(ctx, "maria", "Spam."))

	p := b.Page(t)
	p.DisableScripts()
	p.SetViewport(320, 700, false)
	p.Open(s.URL + "/sign-in")
	p.Fill("#name", "admin")
	p.Fill("#password", apptest.Password)
	p.Submit(`form[action="/sign-in"]`)
	for _, path := range []string{
		"/account", "/account/erase", "/teams", "/teams/math", "/moderation", "/moderation/takedown?address=rosa%2Fdown",
		"/moderation/erase?address=rosa%2Fdown", "/audit", "/id/" + string(r.ID) + "/report", "/r/rosa/halves/share", "/r/rosa/down",
	} {
		a := admin.Get(t, path, "Accept-Encoding", "gzip")
		assert.LessOrEqual(t, len(a.Body), 14_600, path)
		for _, lang := range []string{"en", "es"} {
			u := s.URL + path
			if lang == "es" {
				u = withLanguage(u)
			}
			p.Open(u)
			fits(t, p)
			accessible(t, p)
		}
	}
}

// withLanguage asks for the page in Spanish.
func withLanguage(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set("lang", "es")
	u.RawQuery = q.Encode()
	return u.String()
}
