package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// fits fails the test if the page is wider than the window, so that a reader would have to move it sideways.
func fits(t *testing.T, p *browser.Page) {
	t.Helper()
	var wide string
	p.Eval(`document.documentElement.scrollWidth <= innerWidth ? '' : 'the page is ' + document.documentElement.scrollWidth + ' px wide: ' +
		[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
			.map(e => e.outerHTML.slice(0, 80)).join(' ')`, &wide)
	assert.Empty(t, wide, p.URL())
}

func accessible(t *testing.T, p *browser.Page) {
	t.Helper()
	for _, v := range p.Axe() {
		assert.Fail(t, "axe: "+v.ID, "%s: %.1500s", p.URL(), v)
	}
}

func silent(t *testing.T, p *browser.Page) {
	t.Helper()
	assert.Empty(t, p.Console(), p.URL())
}

// stays fails the test if the page loaded anything from elsewhere, or anything that did not come.
func stays(t *testing.T, p *browser.Page, s *apptest.Server) {
	t.Helper()
	for _, r := range p.Requests() {
		assert.True(t, strings.HasPrefix(r.URL, s.URL+"/") || strings.HasPrefix(r.URL, "data:"), "%s loaded %s", p.URL(), r.URL)
		if r.Type == "Script" { // suggestions in the search box, keeping a lesson
			assert.True(t, strings.HasPrefix(r.URL, s.URL+"/suggest.js?") || strings.HasPrefix(r.URL, s.URL+"/editor.js?") || strings.HasPrefix(r.URL, s.URL+"/offline.js?"), "%s loaded %s", p.URL(), r.URL)
		}
	}
}

// TestTeacherRemixesInABrowser is the main job by clicks, with scripts disabled.
func TestTeacherRemixesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	_, _, district := twoServers(t)
	district.SignIn(t, "kim", accounts.Author) // so that there is an account
	lesson := harvested(t, district, "Sharing pizzas fairly")
	for _, width := range []int{1280, 320} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			p := b.Page(t)
			p.DisableScripts()
			p.SetViewport(width, 700, false)
			here := func(title string) {
				t.Helper()
				assert.Contains(t, p.Text("h1"), title)
				fits(t, p)
				accessible(t, p)
			}
			p.Open(district.URL)
			p.Fill("main input[name=q]", "5.NF.B.3")
			p.Submit("main form[role=search]")
			here("5.NF.B.3")
			p.Follow(`a[href="` + lesson + `"]`)
			here("Sharing pizzas fairly")
			assert.Contains(t, p.Text("main"), "CC BY 4.0")
			assert.Contains(t, p.Text("main"), "Amina Yusuf")
			p.Follow(`a.button[href="` + lesson + `/remix"]`)
			assert.True(t, p.Has("#password"), "signing in comes between")
			here("")
			p.Fill("#name", "kim")
			p.Fill("#password", apptest.Password)
			p.Submit(`form[action="/sign-in"]`)
			require.True(t, strings.HasSuffix(p.URL(), lesson+"/remix"), "and leads back: %s", p.URL())
			here("")
			text := p.Text("#text")
			require.Contains(t, text, "Will each friend get a whole pizza?")
			sentence := fmt.Sprintf("Will each friend get a whole empanada of %d?", width)
			p.Fill("#text", strings.ReplaceAll(text, "Will each friend get a whole pizza?", sentence))
			p.Submit(`form[action="` + lesson + `/remix"]`)
			require.Contains(t, p.URL(), district.URL+"/r/kim/sharing-pizzas-fairly")
			here("Sharing pizzas fairly")
			assert.Contains(t, p.Text("[role=status]"), "Published")
			for _, want := range []string{sentence, "Based on", "Amina Yusuf", "CC BY 4.0"} {
				assert.Contains(t, p.Text("main"), want)
			}
			at := strings.SplitN(strings.TrimPrefix(p.URL(), district.URL), "?", 2)[0]
			p.Fill("header input[name=q]", fmt.Sprintf(`"empanada of %d"`, width))
			p.Submit("header form[role=search]")
			assert.Equal(t, at, p.Attribute(".cards a", "href"), "the remix is found at once")

			// It is changed once more, and meets somebody else's change.
			p.Follow(`.cards a`)
			p.Follow(`a[href="` + at + `/edit"]`)
			here("")
			p.Fill("#text", "My text.")
			token := district.Token(t, "kim")
			r := district.At(t, strings.TrimPrefix(at, "/r/"))
			require.Equal(t, http.StatusOK, district.Call(t, http.MethodPut, "/api/v1/resources/"+string(r.ID), token,
				map[string]any{"files": map[string]string{"index.md": lessonText("Sharing pizzas fairly", "Their text.")}}, "If-Match", r.Revision).Status)
			silent(t, p)
			stays(t, p, district)
			p.Submit(`form[action="` + at + `/edit"]`)
			here("")
			assert.Contains(t, p.Text("main"), "My text.")
			assert.Contains(t, p.Text("main"), "Their text.")
			p.Click(".choose input[value=mine]")
			p.Submit(`form[action="` + at + `/edit"]`)
			assert.Contains(t, p.Text("article"), "My text.")
		})
	}
}

// followedRemix is the page on which a remix takes in what its source changed; one change needs a decision.
func followedRemix(t *testing.T, s *apptest.Server) string {
	t.Helper()
	kim := repository.Actor{Name: "kim", Display: "Kim"}
	source := s.Publish(t, "kim/source", lesson("Source", "Fold.\n\nCount.\n\n$$\\frac{1}{2}$$"))
	out, err := s.App.Repository.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Slug: "followed", Actor: kim})
	require.NoError(t, err)
	doc, err := s.App.Repository.Source(t.Context(), out.Resource)
	require.NoError(t, err)
	mine := strings.Replace(string(doc.Body), "Fold.", "Fold it my way.", 1)
	_, err = s.App.Repository.Revise(t.Context(), repository.Edit{
		Address: out.Resource.Address, Base: out.Resource.Revision, Actor: kim, Change: metadata.Edit{Body: &mine},
	})
	require.NoError(t, err)
	s.Publish(t, "kim/source", lesson("Source", "Fold it twice.\n\nCount the parts.\n\n$$\\frac{1}{4}$$"))
	return "/r/kim/followed/pull"
}

// suggestedChange is the page of a suggestion.
func suggestedChange(t *testing.T, s *apptest.Server, r repository.Resource) string {
	t.Helper()
	text := []byte(lessonText("Own", "Fold three times.\n\n| a |\n|---|\n| 3 |"))
	_, err := s.App.Repository.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &text}, Actor: repository.Actor{Name: "lee", Display: "Lee"}, Message: "Thrice",
	})
	require.NoError(t, err)
	return "/r/kim/own/suggestions/1"
}
