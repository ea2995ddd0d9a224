package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

// remixed makes a copy of what a page shows, with its text changed by edit, and returns the copy's page.
func remixed(t *testing.T, v *apptest.Visitor, page string, edit func(string) string) string {
	t.Helper()
	typed := v.Get(t, page+"/remix").Form(t, page+"/remix")
	typed.Set("text", edit(typed.Get("text")))
	done := v.Post(t, page+"/remix", typed)
	require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
	return strings.TrimSuffix(done.Location(), "?notice=published")
}

const threeParagraphs = "Fold the paper.\n\nCut it.\n\nCompare the parts."

// twoOfThree changes two paragraphs of three.
func twoOfThree(text string) string {
	return strings.NewReplacer("Fold the paper.", "Fold the map.", "Compare", "Weigh").Replace(text)
}

func TestACopySaysByHowManyBlocksItDiffers(t *testing.T) {
	t.Parallel()
	s, _, maria := oneServer(t)
	withBoard(t, s)
	s.Publish(t, "rosa/halves", lesson("Halves", threeParagraphs))
	approved(t, s, "rosa/halves")
	copied := remixed(t, maria, "/r/rosa/halves", func(text string) string { return text })
	assert.Contains(t, read(s.Page(t, copied)), "The original is approved: State board: Mathematics · the text of this copy is the same")
	changed := remixed(t, maria, "/r/rosa/halves", twoOfThree)
	assert.Contains(t, read(s.Page(t, changed)), "The original is approved: State board: Mathematics · this copy differs by 2 blocks")
}

// TestApprovalsOfPeersAreShown harvests a state that has a list, and copies what is on it.
func TestApprovalsOfPeersAreShown(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	state.Publish(t, "rosa/halves", lesson("Halves", threeParagraphs))
	state.Publish(t, "rosa/thirds", lesson("Thirds", "Fold it in three."))
	withBoard(t, state)
	r := approved(t, state, "rosa/halves")
	district.Harvest(t, state)
	peers, err := district.App.Catalog.Peers(t.Context())
	require.NoError(t, err)
	require.Len(t, peers, 1)
	list := peers[0].Name + "/math"

	page := harvested(t, district, "Halves")
	named := "State board: Mathematics (" + peers[0].Title + ")"
	assert.Contains(t, read(district.Page(t, page)), "This exact version is approved: "+named)
	assert.NotContains(t, read(district.Page(t, harvested(t, district, "Thirds"))), "approved")
	assert.Equal(t, []string{"Halves"}, search(t, district, "list:"+list).titles())
	assert.Contains(t, read(district.Page(t, "/search?q=halves")), "Mathematics ("+peers[0].Title+")", "the filter has the list's name")
	assert.Contains(t, district.Page(t, "/lists"), "/search?list="+strings.ReplaceAll(list, "/", "%2F"))
	assert.Contains(t, district.Get(t, "/oai?verb=ListSets").Body, "<setName>Mathematics</setName>")

	kim := district.SignIn(t, "kim", accounts.Author)
	assert.Contains(t, read(district.Page(t, remixed(t, kim, page, twoOfThree))), "The original is approved: "+named+" · this copy differs by 2 blocks")

	_, err = state.App.Boards.Step(t.Context(), "math", boardChair, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Withdrawn, Resource: r.Identifier, Note: "Out of print"}}, nil
	})
	require.NoError(t, err)
	district.Harvest(t, state)
	assert.Zero(t, search(t, district, "list:"+list).Total)
	assert.Contains(t, read(district.Page(t, page)), "The approval was withdrawn: "+named)
}

func TestWhatIsLeftOutIsTakenBack(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	state.Publish(t, "rosa/halves", lesson("Halves", threeParagraphs))
	on := withBoard(t, district)
	withBoard(t, state)
	r := approved(t, state, "rosa/halves")
	district.Harvest(t, state)
	_, err := district.App.Boards.Adopt(t.Context(), approval.About{Slug: "ours", Board: "board", Title: "Ours"}, state.URL+"/lists/math", boardChair)
	require.NoError(t, err)
	chair := on["okafor"]
	require.Equal(t, http.StatusSeeOther, chair.Post(t, "/lists/ours/entry", url.Values{"do": {"exclude"}, "resource": {r.Identifier}, "note": {"Too long"}}).Status)
	assert.NotContains(t, read(district.Page(t, "/lists/ours")), "Take back in", "only the chair takes it back")
	page := chair.Get(t, "/lists/ours")
	assert.Contains(t, read(page.Body), r.Identifier+" Too long")
	form := page.Form(t, "/lists/ours/entry")
	form.Set("do", "include")
	require.Equal(t, http.StatusSeeOther, chair.Post(t, "/lists/ours/entry", form).Status)
	assert.Contains(t, read(district.Page(t, "/lists/ours")), "Halves")
	assert.NotContains(t, read(chair.Page(t, "/lists/ours")), "Take back in")
}
