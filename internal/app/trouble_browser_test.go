package app_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestTroubleIsMetInABrowser goes through what happens to forms: a session that ended, a mistake, a peer that is away, an
// address that is refused, a lesson to withdraw.
func TestTroubleIsMetInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	_, state, district := twoServers(t)
	source := harvested(t, district, "Sharing pizzas fairly")
	other := harvested(t, district, "Sharing trail mix")
	pages := map[int]*browser.Page{}
	here := func(t *testing.T, p *browser.Page) {
		t.Helper()
		fits(t, p)
		accessible(t, p)
		stays(t, p, district)
	}
	for width, dark := range map[int]bool{1280: false, 320: true} {
		name := fmt.Sprintf("kim-%d", width)
		district.SignIn(t, name, accounts.Admin)
		p := b.Page(t)
		pages[width] = p
		p.DisableScripts()
		p.SetViewport(width, 700, dark)
		p.Open(district.URL + "/sign-in")
		p.Fill("#name", name)
		p.Fill("#password", apptest.Password)
		p.Submit(`form[action="/sign-in"]`)
		at := "/r/" + name + "/own"
		district.Publish(t, at[len("/r/"):], lesson("Own", "Fold."))

		p.Open(district.URL + at + "/edit")
		p.Fill("#text", "What took an evening.")
		require.NoError(t, district.App.Accounts.SetPassword(t.Context(), name, apptest.Password)) // which ends its sessions
		p.Submit(`form[action="` + at + `/edit"]`)
		assert.True(t, p.Has("#password"), "the session had ended")
		here(t, p)
		p.Fill("#name", name)
		p.Fill("#password", apptest.Password)
		p.Submit(`form[action="/sign-in"]`)
		here(t, p)
		p.Submit(`form[action="` + at + `/edit"]`)
		assert.Contains(t, p.Text("article"), "What took an evening.")
		here(t, p)
		p.Submit(`form[action="` + at + `/undo"]`)
		assert.Contains(t, p.Text("article"), "Fold.")
		here(t, p)

		p.Follow(`a[href="` + at + `/withdraw"]`)
		here(t, p)
		p.Submit(`form[action="` + at + `/withdraw"]`)
		here(t, p)
		assert.Equal(t, http.StatusGone, district.Get(t, at).Status)

		p.Open(district.URL + "/peers")
		p.Fill("#url", "http://10.0.0.1/oai")
		p.Submit(`form[action="/peers/preview"]`)
		assert.Contains(t, p.Text("[role=alert]"), "allow-peers")
		here(t, p)
		p.Open(district.URL + source + "/remix")
		p.Fill("#text", "What took another evening.")
	}
	state.Stop(t)
	for _, p := range pages {
		p.Submit(`form[action="` + source + `/remix"]`)
		if p.Has("[role=alert]") { // else what had been fetched before was enough
			assert.Contains(t, p.Text("[role=alert]"), "State OER Repository")
			assert.Contains(t, p.Text("#text"), "What took another evening.")
		}
		here(t, p)
		p.Open(district.URL + other + "/remix")
		assert.Contains(t, p.Text("[role=alert]"), "State OER Repository")
		assert.False(t, p.Has("#text"), "there is nothing to change yet")
		here(t, p)
	}
}
