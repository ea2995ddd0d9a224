package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// TestTeacherRemixesAHarvestedLesson is the main job, end to end, over HTTP and git as they are on the wire.
func TestTeacherRemixesAHarvestedLesson(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	source := state.At(t, "state-math/sharing-fairly")
	page := harvested(t, district, "Sharing pizzas fairly")

	// Found by its standard, on the page and by programs.
	has(t, district.Page(t, "/search?q=5.NF.B.3"), `href="`+page+`"`, "Sharing pizzas fairly")
	found := search(t, district, "5.NF.B.3")
	assert.Contains(t, found.titles(), "Sharing pizzas fairly")
	assert.Greater(t, found.Total, 3)

	// License and credit are on the page.
	has(t, read(district.Page(t, page)), "Sharing pizzas fairly", "CC BY 4.0", "Amina Yusuf", "5.NF.B.3",
		"git clone "+state.URL+"/r/state-math/sharing-fairly")

	// Remix leads to signing in, and from there to the form.
	asked := district.Get(t, page+"/remix")
	require.Equal(t, http.StatusSeeOther, asked.Status)
	require.Equal(t, "/sign-in?next="+url.QueryEscape(page+"/remix"), asked.Location())
	kim := district.SignIn(t, "kim", accounts.Author)
	form := kim.Get(t, page+"/remix")
	require.Equal(t, http.StatusOK, form.Status)
	typed := form.Form(t, page+"/remix")
	require.Equal(t, "Sharing pizzas fairly", typed.Get("title"))
	require.Contains(t, typed.Get("text"), "Will each friend get a whole pizza?")

	// One sentence is changed and published: nothing else was asked.
	typed.Set("text", strings.ReplaceAll(typed.Get("text"), "Will each friend get a whole pizza?", "Will each friend get a whole tamale?"))
	done := kim.Post(t, page+"/remix", typed)
	require.Equal(t, http.StatusSeeOther, done.Status, read(done.Body))
	at := strings.TrimSuffix(done.Location(), "?notice=published")
	require.True(t, strings.HasPrefix(at, "/r/kim/"), at)

	// It carries attribution, its source and an allowed license.
	shown := district.Page(t, at)
	has(t, read(shown), "Will each friend get a whole tamale?", "Kim", "Based on", "Sharing pizzas fairly", "Amina Yusuf", "CC BY 4.0")
	has(t, shown, `href="`+state.URL+`/r/state-math/sharing-fairly"`) // the page leads to the source
	remix := district.At(t, strings.TrimPrefix(at, "/r/"))
	require.Len(t, remix.Metadata.Sources, 1)
	assert.Equal(t, source.Identifier, remix.Metadata.Sources[0].ID)
	assert.Equal(t, source.Revision, remix.Metadata.Sources[0].Revision)
	assert.EqualValues(t, "CC-BY-4.0", remix.License)
	has(t, district.Page(t, page), at) // the source's page names its remix

	// It is found at once.
	has(t, district.Page(t, "/search?q="+url.QueryEscape(`"whole tamale"`)), `href="`+at+`"`)
	found = search(t, district, `"whole tamale"`)
	require.Equal(t, 1, found.Total)
	assert.Equal(t, district.URL+at, found.Hits[0].URL)
	assert.Equal(t, "CC-BY-4.0", found.Hits[0].License)
	has(t, district.Page(t, "/search?q="+url.QueryEscape("standard:5.NF.B owner:kim")), `href="`+at+`"`)

	clonesWithHistory(t, district.URL+at, source.Revision, "Will each friend get a whole tamale?")

	// Others can harvest it, in both formats, with license, creator and source.
	identifier := "oai:district.commonplace.example:" + string(remix.ID)
	for prefix, wants := range map[string][]string{
		"oai_dc": {"Sharing pizzas fairly", "https://creativecommons.org/licenses/by/4.0/", "Kim", state.URL + "/r/state-math/sharing-fairly"},
		"lrmi":   {"Sharing pizzas fairly", "https://creativecommons.org/licenses/by/4.0/", "Kim", source.Identifier, "isBasedOn"},
	} {
		records := harvestable(t, district, prefix)
		require.Contains(t, records, identifier)
		own := 0
		for name := range records {
			if strings.HasPrefix(name, "oai:district.") {
				own++
			}
		}
		assert.Equal(t, 1, own, "what the district passes on keeps its origin's identifier")
		for _, want := range wants {
			assert.Contains(t, records[identifier].Metadata.XML, want, prefix)
		}
	}

	// The state harvests the district, and its teachers find the remix.
	run := state.Harvest(t, district)
	assert.Equal(t, 1, run.New)
	found = search(t, state, `license:CC-BY-4.0 source:district`)
	require.Equal(t, 1, found.Total)
	has(t, state.Page(t, "/id/"+found.Hits[0].ID), "Kim", "/r/state-math/sharing-fairly")
}

// clonesWithHistory clones an address with the git of this machine.
func clonesWithHistory(t *testing.T, address, parent, sentence string) {
	t.Helper()
	git := gitOf(t)
	into := filepath.Join(t.TempDir(), "clone")
	git("clone", "--quiet", address, into)
	git("-C", into, "fsck", "--strict")
	assert.Equal(t, parent, strings.TrimSpace(git("-C", into, "rev-parse", "HEAD^")), "the source's history is the remix's")
	text, err := os.ReadFile(filepath.Join(into, "index.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), sentence)
	assert.FileExists(t, filepath.Join(into, "media", "pizzas.svg"))
}

// gitOf runs the git of this machine. Without one it skips the test, or fails it where CI=true.
func gitOf(t *testing.T) func(args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is needed: apt-get install git")
		}
		t.Skip("git is needed: apt-get install git")
	}
	home := t.TempDir()
	return func(args ...string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), "git", args...)
		c.Env = append(os.Environ(), "HOME="+home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "NO_PROXY=127.0.0.1")
		out, err := c.CombinedOutput()
		require.NoError(t, err, "git %s: %s", strings.Join(args, " "), out)
		return string(out)
	}
}

func TestRemixOfAShareAlikeLessonStaysShareAlike(t *testing.T) {
	t.Parallel()
	_, _, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	source := harvested(t, district, "Sharing trail mix") // CC BY-SA 4.0
	page := source + "/remix"
	form := kim.Get(t, page)
	require.Equal(t, http.StatusOK, form.Status)
	typed := form.Form(t, page)
	assert.Equal(t, "CC-BY-SA-4.0", typed.Get("license"))

	typed.Set("license", "CC-BY-4.0")
	typed.Set("changes", "words that must not be lost")
	no := kim.Post(t, page, typed)
	require.Equal(t, http.StatusUnprocessableEntity, no.Status)
	has(t, no.Body, "words that must not be lost")

	token := district.Token(t, "kim")
	call := func(license string) apptest.Answer {
		return district.Call(t, http.MethodPost, "/api/v1/resources/"+strings.TrimPrefix(page, "/id/"), token, map[string]any{"license": license})
	}
	p := refused(t, call("CC-BY-NC-4.0"), http.StatusUnprocessableEntity)
	assert.Contains(t, p.Allowed, "CC-BY-SA-4.0", "the licenses that would do are named")
	assert.NotContains(t, p.Allowed, "CC-BY-4.0")
	assert.Zero(t, search(t, district, "owner:kim").Total)

	done := call("")
	require.Equal(t, http.StatusCreated, done.Status, done.Body)
	var made struct{ License, URL, Git, Revision string }
	require.NoError(t, json.Unmarshal([]byte(done.Body), &made))
	assert.Equal(t, "CC-BY-SA-4.0", made.License)
	gitOf(t)("ls-remote", "--exit-code", made.Git, "refs/heads/main")
}

func TestRemixWhileThePeerIsAway(t *testing.T) {
	t.Parallel()
	_, state, district := twoServers(t)
	kim := district.SignIn(t, "kim", accounts.Author)
	page := harvested(t, district, "Sharing pizzas fairly")
	trail := harvested(t, district, "Sharing trail mix")
	typed := kim.Get(t, page+"/remix").Form(t, page+"/remix")
	state.Stop(t)

	has(t, read(district.Page(t, page)), "Sharing pizzas fairly", "Amina Yusuf")
	assert.NotZero(t, search(t, district, "5.NF.B.3 source:state").Total)
	away := kim.Get(t, trail+"/remix")
	assert.Contains(t, []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, away.Status, read(away.Body))
	has(t, read(away.Body), "State OER Repository") // who cannot be reached
	assert.NotContains(t, district.Log(), "level=ERROR")

	// Who has the form already can publish, or at least loses no word.
	typed.Set("text", "An evening's work.")
	done := kim.Post(t, page+"/remix", typed)
	if done.Status == http.StatusSeeOther {
		assert.Equal(t, 1, search(t, district, "owner:kim").Total)
		return
	}
	has(t, done.Body, "An evening&#39;s work.")
	assert.Contains(t, []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, done.Status)
}
