package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// pick chooses a radio button or a box: by the mouse, or as keyboards do, where one of a group is reached by Tab and the
// others by arrows.
func (h hand) pick(selector string) {
	h.t.Helper()
	if !h.keyboard {
		h.Click(selector)
		return
	}
	if h.Attribute(selector, "type") == "checkbox" {
		h.reach(selector)
		h.Press("Space")
		return
	}
	group := `input[name="` + h.Attribute(selector, "name") + `"]`
	h.reach(group)
	for range 8 {
		if h.Focused(selector) {
			h.Press("Space")
			return
		}
		h.Press("ArrowDown")
	}
	h.t.Fatalf("the arrows do not reach %s", selector)
}

// become signs somebody else in.
func (h hand) become(s *apptest.Server, name string) {
	h.t.Helper()
	h.Open(s.URL + "/account")
	h.follow(`form[action="/sign-out"] button`)
	h.Open(s.URL + "/sign-in")
	h.fill("#name", name)
	h.fill("#password", apptest.Password)
	h.follow(`form[action="/sign-in"] button`)
}

// stateOf is what a resource is and how it came to be: its text, and who said what of each version, without what names the way.
func stateOf(t *testing.T, s *apptest.Server, address, way string) string {
	t.Helper()
	r := s.At(t, strings.TrimPrefix(address, "/r/"))
	doc, err := s.App.Repository.Source(t.Context(), r)
	require.NoError(t, err)
	history, err := s.App.Repository.History(t.Context(), r, 100)
	require.NoError(t, err)
	files := s.Page(t, address+"/raw/index.md")
	for _, version := range history {
		files += "\n" + version.Author + ": " + version.Message
	}
	for _, source := range doc.Metadata.Sources {
		files = strings.NewReplacer(source.ID, "SOURCE", source.URL, "ADDRESS", source.Revision, "REVISION").Replace(files)
	}
	return strings.NewReplacer(string(r.ID), "ID", way, "WAY").Replace(files)
}

func TestLessonIsFoundAndAdaptedInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		s.Publish(t, "rosa/sevenths-"+way, lesson("Sevenths "+way, "Fold the paper in seven.\n\n::: teacher\nIt is hard.\n:::"))
		h.Open(s.URL + "/")
		h.fill("main input[name=q]", "sevenths "+way) // 1
		h.follow("main form[role=search] button")     // 2
		h.follow(`a[href="/r/rosa/sevenths-` + way + `"]`)
		assert.Contains(t, h.Text("main"), "CC BY-SA 4.0")
		h.follow(`a.button[href$="/remix"]`) // 3
		assert.Contains(t, h.Text("main"), "Rosa Delgado", "the credit is written")
		h.fill("#title", "My sevenths "+way)
		h.fill("#text", "Fold the ribbon in seven.")
		h.looks("remix-form")
		h.follow(`form[action$="/remix"] button:not([name])`) // 4
		assert.Contains(t, h.Text("[role=status]"), "Published")
		assert.True(t, h.Has("form.undo button"), "it can be undone")
		return stateOf(t, s, "/r/kim/my-sevenths-"+way, way)
	})
}

func TestRemixIsKeptCurrentInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		source := s.Publish(t, "rosa/strips-"+way, lesson("Strips "+way, "Fold.\n\nCount.\n\nCompare.\n\nThe end."))
		kim := repository.Actor{Name: "kim", Display: "Kim"}
		out, err := s.App.Repository.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Slug: "followed-" + way, Actor: kim})
		require.NoError(t, err)
		doc, err := s.App.Repository.Source(t.Context(), out.Resource)
		require.NoError(t, err)
		mine := strings.NewReplacer("Fold.", "Fold it my way.", "Count.", "Count aloud.").Replace(string(doc.Body))
		_, err = s.App.Repository.Revise(t.Context(), repository.Edit{
			Address: out.Resource.Address, Base: out.Resource.Revision, Actor: kim, Change: metadata.Edit{Body: &mine},
		})
		require.NoError(t, err)
		s.Publish(t, "rosa/strips-"+way, lesson("Strips "+way, "Fold it twice.\n\nCount the parts.\n\nCompare two strips.\n\nThe end."))

		h.Open(s.URL + "/r/kim/followed-" + way)
		h.follow(`a[href$="/pull"]`) // 1
		assert.Contains(t, h.Text("main"), "2 need you")
		h.pick("#" + h.Attribute("fieldset.choose", "id") + " input[value=theirs]")
		h.pick("fieldset.choose ~ fieldset.choose input[value=mine]")
		h.looks("pull")
		h.follow(`main form[action$="/pull"] button`) // 2
		got := body(t, s, "/r/kim/followed-"+way)
		assert.Contains(t, got, "Compare two strips.", "what fits comes along")
		assert.True(t, strings.Contains(got, "my way") != strings.Contains(got, "aloud"), "one is theirs, one is kept: %s", got)
		return stateOf(t, s, "/r/kim/followed-"+way, way)
	})
}

func TestSuggestionIsMadeAndReviewedInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		s.SignIn(t, "rosa", accounts.Author)
		at := "/r/rosa/thirds-" + way
		before := s.Publish(t, strings.TrimPrefix(at, "/r/"), lesson("Thirds "+way, "Fold.\n\nCount the part.\n\nCompare."))
		h.Open(s.URL + at)
		h.follow(`a.button[href$="/suggest"]`)
		h.fill("#text", "Fold twice.\n\nCount the parts.\n\nCompare.")
		h.fill("#message", "Clearer")
		h.looks("suggest")
		h.follow(".bar button:not([name])")
		assert.Contains(t, h.Text("[role=status]"), "The owner decides")
		assert.Equal(t, before.Revision, s.At(t, strings.TrimPrefix(at, "/r/")).Revision, "nothing changes before its owner says so")

		h.become(s, "rosa")
		h.Open(s.URL + at)
		h.follow(`a[href$="/suggestions"]`)
		h.follow(`.log a[href$="/suggestions/1"]`)
		h.pick(".blocks .take input") // the first block is left out
		h.looks("review")
		h.follow("[name=do][value=accept]")
		got := stateOf(t, s, at, way)
		assert.Contains(t, got, "Fold.\n\nCount the parts.", "one block is taken, the other is not")
		assert.Contains(t, read(s.Page(t, at+"/history")), "Rosa with Kim", "with credit")
		return got
	})
}

// TestFamilyReadsInEveryWay leaves nothing behind: no cookie of who only reads, and the same repository.
func TestFamilyReadsInEveryWay(t *testing.T) {
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		s.Publish(t, "rosa/halves-"+way, lesson("Halves "+way, "Fold.\n\n::: teacher\nFour.\n:::"))
		h.Open(s.URL + "/account")
		h.follow(`form[action="/sign-out"] button`)
		h.Open(s.URL + "/r/rosa/halves-" + way) // 1
		h.follow(`.switch a[href*="view=student"]`)
		assert.NotContains(t, h.Text("article"), "Four.")
		h.follow(`a.button[href*="/print"]`) // 2
		assert.Contains(t, h.Text("main"), "CC BY-SA 4.0")
		assert.True(t, h.Has("main svg"), "the way back to the lesson, for a phone")
		h.looks("print")
		var cookies string
		h.Eval("document.cookie", &cookies)
		assert.Empty(t, cookies)
		return stateOf(t, s, "/r/rosa/halves-"+way, way)
	})
}

func TestPeerIsAddedInEveryWay(t *testing.T) {
	state := func(t *testing.T) *apptest.Server {
		t.Helper()
		s := apptest.New(t).Server(t, "state", nil)
		s.Publish(t, "math/alpha", lesson("Alpha", "Text."))
		s.Publish(t, "math/bravo", lesson("Bravo", "Text."))
		return s
	}
	inEveryWay(t, func(t *testing.T, h hand, s *apptest.Server, way string) string {
		t.Helper()
		peer := state(t)
		s.SignIn(t, "ada", accounts.Admin)
		h.become(s, "ada")
		h.Open(s.URL + "/peers") // 1
		h.fill("#url", peer.URL)
		h.follow(`form[action="/peers/preview"] button`) // 2
		assert.Contains(t, h.Text("main"), "Alpha")
		h.fill("#name", "state-"+way)
		h.looks("peer-preview")
		h.follow(`form[action="/peers"] button:not([formaction])`) // 3
		require.Eventually(t, func() bool { return search(t, s, "source:state-"+way).Total == 2 }, time.Minute, 50*time.Millisecond)
		h.Open(s.URL + "/peers/state-" + way) // 4
		assert.Contains(t, h.Text("main"), "Up to date")
		var titles []string
		for _, hit := range search(t, s, "source:state-"+way).Hits {
			titles = append(titles, hit.Title+" "+hit.License)
		}
		h.follow(`a[href$="/remove"]`)
		h.follow(`form[action="/peers/remove"] button`)
		assert.Zero(t, search(t, s, "source:state-"+way).Total)
		slices.Sort(titles)
		return strings.Join(titles, "\n")
	})
}
