package app_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

func TestASingleHarvestedRecordIsTakenDownHere(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	page := harvested(t, district, "Sharing pizzas fairly")
	mod, kim := district.SignIn(t, "mod", accounts.Moderator), district.SignIn(t, "kim", accounts.Author)
	address := "record:" + strings.TrimPrefix(page, "/id/")
	form := "/moderation/takedown?address=" + url.QueryEscape(address)
	has(t, mod.Page(t, page), strings.ReplaceAll(form, "&", "&amp;"))
	hasNot(t, kim.Page(t, page), "/moderation/takedown")
	values := url.Values{"address": {address}, "basis": {"law"}, "notice": {"A court in Maplewood said so."}}
	require.Equal(t, http.StatusForbidden, kim.Post(t, "/moderation/takedown", values).Status)
	require.Equal(t, "/moderation?notice=taken-down", mod.Post(t, "/moderation/takedown", values).Location())

	gone := func() {
		t.Helper()
		for _, path := range []string{page, "/api/v1/resources/" + strings.TrimPrefix(page, "/id/")} {
			a := district.Get(t, path)
			assert.Equal(t, http.StatusUnavailableForLegalReasons, a.Status, path)
			assert.Contains(t, a.Body, "A court in Maplewood said so.", path)
			assert.NotContains(t, a.Body, "Sharing pizzas fairly", path)
		}
		assert.NotContains(t, search(t, district, `"Sharing pizzas fairly"`).titles(), "Sharing pizzas fairly")
	}
	gone()
	has(t, mod.Page(t, "/moderation"), "Sharing pizzas fairly")
	hasNot(t, district.Page(t, "/feed.atom"), ">Sharing pizzas fairly<")
	files, err := state.App.Repository.Files(t.Context(), state.At(t, "state-math/sharing-fairly"))
	require.NoError(t, err)
	state.Publish(t, "state-math/sharing-fairly", edited(t, files, "index.md", "Will each friend get a whole pizza?", "Will each friend get a whole pie?"))
	district.Harvest(t, state)
	gone()
	assert.Equal(t, http.StatusOK, state.Get(t, "/r/state-math/sharing-fairly").Status, "its home is another's")

	require.Equal(t, http.StatusForbidden, kim.Post(t, "/moderation/restore", values).Status)
	require.Equal(t, "/moderation?notice=restored", mod.Post(t, "/moderation/restore", values).Location())
	require.Equal(t, http.StatusOK, district.Get(t, page).Status)
	assert.Equal(t, page, harvested(t, district, "Sharing pizzas fairly"))
}

func TestTheTitleOfWhatIsTakenDownIsNotShown(t *testing.T) {
	t.Parallel()
	s, rosa, maria := oneServer(t)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{"address": {"rosa/halves"}, "basis": {"rules"}, "notice": {"A name in the title."}}).Status)
	for _, v := range []*apptest.Visitor{s.Visitor, maria} {
		a := v.Get(t, "/r/rosa/halves")
		assert.Equal(t, http.StatusGone, a.Status)
		hasNot(t, a.Body, "Halves")
		has(t, a.Body, "rosa/halves", "A name in the title.")
	}
	has(t, rosa.Get(t, "/r/rosa/halves").Body, "Halves")
	appeal := "/id/" + string(s.At(t, "rosa/halves").ID) + "/appeal"
	require.Equal(t, http.StatusSeeOther, rosa.Post(t, appeal, url.Values{"words": {"It is a paper."}}).Status)
	require.Equal(t, http.StatusConflict, rosa.Post(t, appeal, url.Values{"words": {"Really."}}).Status, "one waits at a time")
}

func TestWhoIsBlockedSuggestsNothingToOtherServers(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	page := harvested(t, district, "Sharing pizzas fairly")
	kim, mod := district.SignIn(t, "kim", accounts.Author), district.SignIn(t, "mod", accounts.Moderator)
	form := kim.Get(t, page+"/suggest").Form(t, page+"/suggest")
	form.Set("text", form.Get("text")+"\n\nEat them afterwards.")
	form.Set("message", "Dessert")
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/blocks", url.Values{"owner": {"kim"}, "reason": {"Spam."}, "do": {"block"}}).Status)
	a := kim.Post(t, page+"/suggest", form)
	require.Equal(t, http.StatusForbidden, a.Status)
	has(t, a.Body, "Moderators have blocked")
	waiting, err := state.App.Repository.Waiting(t.Context(), state.At(t, "state-math/sharing-fairly").Address)
	require.NoError(t, err)
	assert.Zero(t, waiting)
	sent, err := district.App.Letters.SentBy(t.Context(), "kim")
	require.NoError(t, err)
	assert.Empty(t, sent)
}

func TestAPushWithErrorsIsRefusedBeforeItIsHeld(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "careful", func(c *config.Config) { c.ReviewNew = true })
	s.SignIn(t, "newcomer", accounts.Author)
	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=New", "-c", "user.email=n@x"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	commit := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "index.md"), []byte(text), 0o600))
		for _, args := range [][]string{{"add", "."}, {"commit", "-qm", "A lesson"}} {
			out, err := run(args...)
			require.NoError(t, err, out)
		}
	}
	out, err := run("init", "-qb", "main")
	require.NoError(t, err, out)
	address := strings.Replace(s.URL, "://", "://newcomer:"+s.Token(t, "newcomer")+"@", 1) + "/r/newcomer/first.git"
	commit("---\ntitle: First\nlanguage: en\n---\nFold.\n")
	out, err = run("push", address, "main")
	require.Error(t, err)
	assert.Regexp(t, `index\.md:\d+: `, out)
	held, err := s.App.Accounts.Takedowns(t.Context())
	require.NoError(t, err)
	assert.Empty(t, held, "nothing waits for a moderator that is not stored")
	commit(lessonText("First", "Fold."))
	out, err = run("push", address, "main")
	require.NoError(t, err, out)
	assert.Contains(t, out, "not shown: held: review")
	held, err = s.App.Accounts.Takedowns(t.Context())
	require.NoError(t, err)
	assert.Len(t, held, 1)
}

func TestALeaversPseudonymIsOnOldPagesToo(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	by := func(text string) string { return strings.Replace(lessonText("Mine", text), "Rosa Delgado", "Rosa", 1) }
	s.Publish(t, "rosa/mine", folder(map[string]string{"index.md": by("Fold.")}))
	first := s.At(t, "rosa/mine")
	release(t, s, "rosa/mine", "v1", "")
	s.Publish(t, "rosa/mine", folder(map[string]string{"index.md": by("Fold twice.")}))
	has(t, s.Page(t, "/r/rosa/mine@v1"), "Rosa")
	history := s.Page(t, "/r/rosa/mine/history")
	has(t, history, ">v1<")
	require.Equal(t, "/?notice=left", rosa.Post(t, "/account/erase", url.Values{"credit": {"pseudonym"}, "pseudonym": {"R. D."}, "sure": {"rosa"}}).Location())
	for _, path := range []string{
		"/r/rosa/mine", "/r/rosa/mine@v1", "/r/rosa/mine@" + first.Revision, "/r/rosa/mine@v1/print", "/r/rosa/mine@v1/metadata.jsonld",
		"/r/rosa/mine/history", "/r/rosa/mine/releases", "/r/rosa/mine/releases/v1", "/r/rosa/mine/compare/" + first.Revision[:7] + ".." + s.At(t, "rosa/mine").Revision[:7],
	} {
		body := s.Page(t, path)
		assert.NotRegexp(t, `\bRosa\b`, body, path)
	}
	has(t, s.Page(t, "/r/rosa/mine@v1"), "R. D.")
	has(t, s.Page(t, "/r/rosa/mine@v1/raw/index.md"), "Rosa") // the history is what was published
}

// TestATakedownReachesCaches: what is taken down is not in a shared cache for long, and nobody gets a file of it.
func TestATakedownReachesCaches(t *testing.T) {
	t.Parallel()
	s, rosa, _ := oneServer(t)
	mod := s.SignIn(t, "mod", accounts.Moderator)
	at := s.At(t, "rosa/halves")
	files, err := s.App.Repository.Files(t.Context(), at)
	require.NoError(t, err)
	index, err := fs.ReadFile(files, "index.md")
	require.NoError(t, err)
	s.Publish(t, "rosa/halves", fstest.MapFS{"index.md": {Data: index}, "strips.png": {Data: []byte("\x89PNG\r\n\x1a\n a picture")}})
	revision := s.At(t, "rosa/halves").Revision
	paths := []string{"/r/rosa/halves@" + revision + "/raw/index.md", "/r/rosa/halves@" + revision + "/raw/strips.png", "/r/rosa/halves/raw/strips.png"}
	for _, path := range paths {
		a := s.Get(t, path)
		require.Equal(t, http.StatusOK, a.Status, path)
		kept := a.Header.Get("Cache-Control")
		assert.NotContains(t, kept, "immutable", path)
		for field := range strings.SplitSeq(kept, ", ") {
			name, seconds, _ := strings.Cut(field, "=")
			if name == "s-maxage" || name == "stale-while-revalidate" || name == "max-age" && !strings.Contains(kept, "s-maxage") {
				n, err := strconv.Atoi(seconds)
				require.NoError(t, err)
				assert.LessOrEqual(t, n, 300, path)
			}
		}
		tag := a.Header.Get("ETag")
		require.NotEmpty(t, tag, path)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		require.NoError(t, err)
		r.Header.Set("If-None-Match", tag)
		again, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		again.Body.Close()
		assert.Equal(t, http.StatusNotModified, again.StatusCode, "to ask again costs little")
	}
	require.Equal(t, http.StatusSeeOther, mod.Post(t, "/moderation/takedown", url.Values{"address": {"rosa/halves"}, "basis": {"rules"}, "notice": {"A name in the picture."}}).Status)
	for _, path := range paths {
		for _, v := range []*apptest.Visitor{s.Visitor, rosa, mod} {
			a := v.Get(t, path)
			assert.Equal(t, http.StatusGone, a.Status, path)
			assert.NotContains(t, a.Header.Get("Cache-Control"), "s-maxage", path)
		}
	}
}
