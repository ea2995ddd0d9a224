package app_test

import (
	"testing"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestBoardsInABrowser has axe look at a chair's and a reviewer's pages, on a phone and without scripts.
func TestBoardsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	t.Parallel()
	b := browser.New(t)
	s, rosa, _ := oneServer(t)
	withCall(t, s, rosa)
	approved(t, s, "rosa/halves")
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper three times."))
	p := b.Page(t)
	p.DisableScripts()
	p.SetViewport(320, 700, false)
	p.Open(s.URL + "/sign-in")
	p.Fill("#name", "okafor")
	p.Fill("#password", apptest.Password)
	p.Submit(`form[action="/sign-in"]`)
	for _, path := range []string{
		"/lists", "/lists/math", "/lists/math/newer", "/lists/math/letter", "/lists/math/log", "/lists/math/savings", "/lists/new", "/boards/board",
		"/boards/board/calls/new", "/boards/board/rubrics/new?from=achieve-oer", "/calls/spring", "/calls/spring/1", "/grants", "/r/rosa/halves",
	} {
		p.Open(s.URL + path)
		fits(t, p)
		accessible(t, p)
	}
}
