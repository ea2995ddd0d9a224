package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
)

var previewLink = regexp.MustCompile(`/preview/[A-Za-z0-9_-]{43}[^"<]*`)

// previewed makes a preview and returns its path.
func previewed(t *testing.T, v *apptest.Visitor, page, kind string) string {
	t.Helper()
	a := v.Post(t, page+"/previews", url.Values{"kind": {kind}, "days": {"7"}, "note": {"Ms. Lee"}})
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	link := previewLink.FindString(a.Body)
	require.NotEmpty(t, link, a.Body)
	hasNot(t, v.Page(t, page+"/previews"), link) // it is shown once
	return link
}

func assertSecret(t *testing.T, a apptest.Answer) {
	t.Helper()
	assert.Equal(t, "no-referrer", a.Header.Get("Referrer-Policy"))
	assert.Contains(t, a.Header.Get("X-Robots-Tag"), "noindex")
	assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	assert.Empty(t, a.Header.Values("Set-Cookie"))
}

func TestADraftIsReadByItsLinkUntilThatEnds(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	s := w.Server(t, "server", nil)
	files := lesson("Halves", "Fold the paper twice. ![Strips](strips.png)")
	files["strips.png"] = &fstest.MapFile{Data: []byte("\x89PNG\r\n\x1a\n")}
	s.Publish(t, "rosa/halves", files)
	rosa, maria := s.SignIn(t, "rosa", accounts.Author), s.SignIn(t, "maria", accounts.Author)
	const page = "/r/rosa/halves"
	hasNot(t, rosa.Page(t, page+"/previews"), `value="draft"`)
	form := rosa.Get(t, page+"/edit").Form(t, page+"/edit")
	form.Set("text", "Fold the paper in three. [elsewhere](nowhere.png)\n\n#### Too deep")
	form.Set("title", "Thirds")
	form.Set("do", "draft")
	require.Equal(t, http.StatusOK, rosa.Post(t, page+"/edit", form).Status)
	require.Equal(t, http.StatusForbidden, maria.Post(t, page+"/previews", url.Values{"kind": {"draft"}, "days": {"7"}}).Status)
	require.Equal(t, http.StatusUnprocessableEntity, rosa.Post(t, page+"/previews", url.Values{"kind": {"draft"}, "days": {"4000"}}).Status)
	link := previewed(t, rosa, page, "draft")

	a := s.Get(t, link)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	assertSecret(t, a)
	has(t, a.Body, "Thirds", "in three", "not published", "Ms. Lee", `name="robots" content="noindex"`, "Order of headings", "index.md:")
	assert.Less(t, len(a.Body), 14_600*3) // before it is compressed
	hasNot(t, s.Page(t, page), "in three")
	form.Set("text", "Fold the paper in four.")
	form.Set("draft", rosa.Get(t, page+"/edit").Form(t, page+"/edit").Get("draft"))
	require.Equal(t, http.StatusOK, rosa.Post(t, page+"/edit", form).Status)
	has(t, s.Get(t, link).Body, "in four") // the draft as it is
	raw := s.Get(t, link+"/raw/strips.png")
	require.Equal(t, http.StatusOK, raw.Status)
	assertSecret(t, raw)
	for _, path := range []string{link[:len(link)-1] + "x", link + "/raw/..%2f..%2fetc", link + "/raw/none.png", link + "/none", "/preview/none"} {
		none := s.Get(t, path)
		assert.Equal(t, http.StatusNotFound, none.Status, path)
		assert.Equal(t, "no-referrer", none.Header.Get("Referrer-Policy"), path)
	}
	exported, err := s.App.Accounts.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(exported), strings.TrimPrefix(link, "/preview/"), "the secret is kept hashed")
	assert.NotContains(t, s.Log(), strings.TrimPrefix(link, "/preview/"))

	w.Pass(8 * 24 * time.Hour)
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status, "it has expired")
	rosa = s.SignIn(t, "rosa", accounts.Author)
	link = previewed(t, rosa, page, "draft")
	require.Equal(t, http.StatusOK, s.Get(t, link).Status)
	end := rosa.Get(t, page+"/previews").Form(t, page+"/previews")
	list, err := s.App.Accounts.Previews(t.Context(), "rosa/halves")
	require.NoError(t, err)
	require.Len(t, list, 1)
	end.Set("do", "end")
	end.Set("id", list[0].ID)
	require.Equal(t, page+"/previews?notice=preview-ended", rosa.Post(t, page+"/previews", end).Location())
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status, "it was ended")

	// A link ends with the right of who made it.
	link = previewed(t, rosa, page, "draft")
	require.NoError(t, s.App.Accounts.BlockOwner(t.Context(), "rosa", "Spam."))
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status)
}

// TestErasureReachesDrafts erases a text that somebody is about to change, and a picture beside another.
func TestErasureReachesDrafts(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	files := lesson("Thirds", "Fold it in three. ![Strips](strips.png)")
	files["strips.png"] = &fstest.MapFile{Data: []byte("\x89PNG\r\n\x1a\n")}
	s.Publish(t, "rosa/thirds", files)
	began := func(page string) (text string) {
		form := rosa.Get(t, page+"/edit").Form(t, page+"/edit")
		return form.Get("text")
	}
	for _, name := range []string{"halves", "thirds"} {
		page := "/r/rosa/" + name
		form := rosa.Get(t, page+"/edit").Form(t, page+"/edit")
		form.Set("text", form.Get("text")+"\n\nOne line more.")
		form.Set("do", "draft")
		require.Equal(t, http.StatusOK, rosa.Post(t, page+"/edit", form).Status)
		assert.Contains(t, began(page), "One line more.")
	}
	for name, file := range map[string]string{"halves": "index.md", "thirds": "strips.png"} {
		_, err := s.App.Erase(t.Context(), repository.Address{Owner: "rosa", Slug: name}, []string{file}, false, nil)
		require.NoError(t, err)
	}
	var mine struct{ Drafts []struct{ Resource string } }
	rosa.Get(t, "/account/export").JSON(t, &mine)
	require.Len(t, mine.Drafts, 1)
	assert.Contains(t, began("/r/rosa/thirds"), "One line more.", "its text is not erased")
}

func TestAReleaseCandidateIsReadAsItWas(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	files := fstest.MapFS{
		"index.md":         {Data: []byte(strings.Replace(lessonText("Unit", "Two lessons."), "type: lesson", "type: unit", 1))},
		"01-fold/index.md": {Data: []byte(lessonText("Fold", "Fold it."))},
	}
	s.Publish(t, "rosa/unit", files)
	link := previewed(t, rosa, "/r/rosa/unit", "revision")
	files["01-fold/index.md"] = &fstest.MapFile{Data: []byte(lessonText("Fold", "Cut it."))}
	s.Publish(t, "rosa/unit", files)
	has(t, s.Page(t, link), "not released yet", "Two lessons.", link+"/01-fold")
	has(t, s.Page(t, link+"/01-fold"), "Fold it.", `href="`+link+`"`)
	hasNot(t, s.Page(t, link+"/01-fold"), "Cut it.")
	s.Withdraw(t, "rosa/unit")
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status, "what is withdrawn has no candidate")
}

func TestWhatIsHeldIsShownByItsOwnersLinkAlone(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "careful", func(c *config.Config) { c.ReviewNew = true })
	newcomer, mod := s.SignIn(t, "newcomer", accounts.Author), s.SignIn(t, "mod", accounts.Moderator)
	a := s.Call(t, http.MethodPost, "/api/v1/resources", s.Token(t, "newcomer"), map[string]any{
		"owner": "newcomer", "slug": "first", "files": map[string]string{"index.md": lessonText("A first lesson", "Fold it.")},
	})
	require.Equal(t, http.StatusCreated, a.Status)
	require.Equal(t, http.StatusSeeOther, s.Get(t, "/r/newcomer/first/previews").Status)
	has(t, newcomer.Get(t, "/r/newcomer/first").Body, `href="/r/newcomer/first/previews"`)
	link := previewed(t, newcomer, "/r/newcomer/first", "held")
	shown := s.Get(t, link)
	require.Equal(t, http.StatusOK, shown.Status, shown.Body)
	assertSecret(t, shown)
	has(t, shown.Body, "A first lesson", "Fold it.", "waits for a moderator")
	require.NoError(t, s.App.Accounts.BlockOwner(t.Context(), "newcomer", "Spam."))
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status, "who is blocked shows nobody what no moderator has seen")
	require.Equal(t, http.StatusForbidden, newcomer.Post(t, "/r/newcomer/first/previews", url.Values{"kind": {"held"}, "days": {"7"}}).Status)
	require.NoError(t, s.App.Accounts.Unblock(t.Context(), "newcomer"))
	require.Equal(t, http.StatusOK, s.Get(t, link).Status)
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{"address": {"newcomer/first"}, "basis": {"law"}, "notice": {"A court."}}).Status)
	require.Equal(t, http.StatusNotFound, s.Get(t, link).Status, "what is taken down is shown to nobody")
	require.Equal(t, http.StatusForbidden, newcomer.Get(t, "/r/newcomer/first/previews").Status)
}
