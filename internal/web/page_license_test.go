package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

const advice = "information, not legal advice"

// harvest brings in a record of a peer that says this of its rights.
func (w *world) harvest(identifier, title, rights string) repository.Resource {
	w.t.Helper()
	ctx, now := w.t.Context(), w.options.Now()
	require.NoError(w.t, w.catalog.SavePeer(ctx, federation.Peer{Name: "far", URL: "https://far.example/oai", Namespace: "far.example"}))
	run, err := w.catalog.Begin(ctx, federation.Run{Peer: "far", Started: now})
	require.NoError(w.t, err)
	_, err = w.catalog.Commit(ctx, federation.Page{Run: run.ID, Peer: "far", At: now, Records: []federation.Harvested{{
		Identifier: identifier, Datestamp: now, Raw: []byte(title), URL: "https://far.example/1", Git: "https://far.example/1.git", Revision: strings.Repeat("a", 40),
		Metadata: metadata.Metadata{Title: title, Type: metadata.Lesson, Language: "en", License: rights},
		License:  licensing.Normalize(rights).License(),
	}}})
	require.NoError(w.t, err)
	r, err := w.repo.ByIdentifier(ctx, identifier)
	require.NoError(w.t, err)
	require.NoError(w.t, w.index.CatchUp(ctx, w.catalog))
	return r
}

func TestLicensePagesSayThatTheyAreNoAdvice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	for _, page := range []string{"/licenses", "/licenses/explore", "/licenses/explore?text=CC+BY+4.0", "/licenses/chart", "/r/rosa/halves", "/"} {
		a := w.get(page)
		require.Equal(t, http.StatusOK, a.status, page)
		assert.NoError(t, wellFormed(a.body), page)
		assert.Contains(t, a.body, advice, page)
		assert.Contains(t, a.body, `href="/licenses"`, page)
		assert.Contains(t, w.get(page, "Accept-Language", "es").body, "información, no asesoramiento jurídico", page)
	}
	main, _, _ := strings.Cut(w.get("/r/rosa/halves").body, "<footer")
	assert.Contains(t, main, advice, "beside what you may do")
	w.signIn("kim", accounts.Author)
	main, _, _ = strings.Cut(w.get("/r/rosa/halves/remix").body, "<footer")
	assert.Contains(t, main, advice, "beside the verdicts of the remix form")
}

func TestExplorerShowsWhatWasUnderstoodAndWhereItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		text, from string
		says       []string
		not        string
	}{
		{"This is CC BY-NC-SA 3.0 US, sort of", "", []string{">CC BY-NC-SA 3.0 US</mark>, sort of", "<code>CC-BY-NC-SA-3.0-US</code>", "license and version are stated"}, "License not cleared"},
		{"CC BY 5.0", "", []string{`<mark title="?">CC BY 5.0</mark>`, "there is none of that name", "License not cleared"}, "You may copy"},
		{"free for classroom use", "", []string{"terms of somebody’s own", "it is not cleared for use until"}, "You may copy"},
		{"have fun", "", []string{"License not cleared", "Nobody has said under which terms"}, "You may copy"},
		{"4", "Flickr", []string{"<code>CC-BY-2.0</code>", `<option value="Flickr" selected>`}, ""},
		{"4", "", []string{"nothing in it names a license"}, "CC-BY-2.0"},
		{"CC BY-SA 4.0 or GPL-3.0-or-later", "", []string{"several licenses are named"}, "You may copy"},
		{`<script>alert(1)</script> CC BY 4.0`, "", []string{"&lt;script&gt;alert(1)&lt;/script&gt; <mark"}, "<script>"},
	} {
		a := w.get("/licenses/explore?" + url.Values{"text": {c.text}, "from": {c.from}}.Encode())
		require.Equal(t, http.StatusOK, a.status, c.text)
		assert.NoError(t, wellFormed(a.body), c.text)
		for _, text := range c.says {
			assert.Contains(t, a.body, text, c.text)
		}
		if c.not != "" {
			assert.NotContains(t, a.body, c.not, c.text)
		}
	}
	long := w.get("/licenses/explore?text=" + strings.Repeat("cc+by+", 1500))
	assert.Equal(t, http.StatusOK, long.status)
}

func TestExplorerMarksEachCharacterOnce(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"CC BY 4.0", "a CC BY 4.0 b https://creativecommons.org/licenses/by/4.0/ c", "© all rights reserved; CC BY-SA", "", "  ", "Creative Commons Reconocimiento 3.0 España é"} {
		var back strings.Builder
		for _, m := range readingView(licensing.Normalize(text), "en").Marks {
			back.WriteString(m.Text)
		}
		assert.Equal(t, strings.TrimSpace(text), strings.TrimSpace(back.String()))
	}
}

func TestChartsHaveAWordAndAReasonInEveryCell(t *testing.T) {
	t.Parallel()
	body := newWorld(t).get("/licenses/chart").body
	assert.Equal(t, 3, strings.Count(body, `<table class="chart">`))
	assert.Equal(t, 8*7+8*8+8*7, strings.Count(body, "<td class="))
	for cell := range strings.SplitSeq(body[strings.Index(body, "<td class="):], "<td class=") {
		if cell == "" {
			continue
		}
		cell, _, _ = strings.Cut(cell, "</td>")
		_, rest, _ := strings.Cut(cell, "<summary>")
		word, why, _ := strings.Cut(rest, "</summary>")
		assert.Contains(t, []string{"yes", "no", "yes, not advised"}, word)
		assert.Contains(t, why, "<p>", "a reason")
	}
	assert.Contains(t, body, "ShareAlike")
}

func TestHarvestedResourceShowsItsOriginalRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known := w.harvest("oai:far.example:1", "Known", "Licensed CC BY-SA 4.0 by the authors")
	vague := w.harvest("oai:far.example:2", "Vague", "Free for teachers <b>everywhere</b>")
	invalid := w.harvest("oai:far.example:3", "Invalid", "CC BY-NC 5.0")
	silent := w.harvest("oai:far.example:4", "Silent", "")

	page := w.get("/id/" + string(known.ID)).body
	assert.Contains(t, page, "Licensed <mark")
	assert.Contains(t, page, ">CC BY-SA 4.0</mark> by the authors")
	assert.Contains(t, page, "/remix")

	for r, says := range map[*repository.Resource]string{
		&vague: "</mark> &lt;b&gt;everywhere&lt;/b&gt;", &invalid: "there is none of that name", &silent: "Nothing is said about rights",
	} {
		page := w.get("/id/" + string(r.ID)).body
		assert.Contains(t, page, says)
		assert.Contains(t, page, "not cleared")
		assert.NotContains(t, page, "/remix", "no button")
		assert.Contains(t, page, "it cannot be remixed here")
		refused := w.get("/id/" + string(r.ID) + "/remix")
		assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
		assert.Contains(t, refused.body, "This cannot be published as a remix")
		assert.Contains(t, refused.body, "What its source says about rights")
		assert.NoError(t, wellFormed(refused.body))
	}
	w.signIn("kim", accounts.Author)
	sent := w.post("/id/"+string(vague.ID)+"/remix", url.Values{"title": {"Mine"}, "text": {"Mine."}, "license": {"CC-BY-4.0"}})
	assert.Equal(t, http.StatusUnprocessableEntity, sent.status, "there is no apply anyway")
	api := w.call(http.MethodPost, "/api/v1/resources/"+string(vague.ID)+"/remix", w.token("kim"), map[string]any{"license": "CC-BY-4.0"})
	assert.Equal(t, http.StatusUnprocessableEntity, api.status)
	assert.Contains(t, api.body, `"reasons"`)
}

func TestSearchByWhatALicensePermits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for slug, license := range map[string]string{
		"by": "CC BY 4.0", "sa": "CC BY-SA 3.0 US", "nc": "CC BY-NC 4.0", "nd": "CC BY-ND 4.0", "ncnd": "CC BY-NC-ND 4.0", "zero": "CC0", "all": "All rights reserved",
	} {
		files := lessonFiles()
		files["index.md"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("CC BY-SA 4.0", license, "Halves and quarters", "Lesson "+slug).Replace(lessonText))}
		w.publish("rosa/"+slug, files)
	}
	w.harvest("oai:far.example:1", "Lesson vague", "free for teachers")
	w.harvest("oai:far.example:2", "Lesson silent", "")
	for query, want := range map[string][]string{
		"license:adaptable":       {"by", "sa", "nc", "zero"},
		"license:translatable":    {"by", "sa", "nc", "zero"},
		"license:commercial":      {"by", "sa", "nd", "zero"},
		"license:uncleared":       {"vague", "silent"},
		"license:CC-BY-4.0":       {"by"},
		"license:CC-BY-SA-3.0-US": {"sa"},
		"license:cc-by-sa":        {"sa"},
		"license:CC-BY-NC-ND-4.0": {"ncnd"},
		"-license:adaptable":      {"nd", "ncnd", "all", "vague", "silent"},
		"license:CC-BY-SA-4.0":    nil,
	} {
		page := w.get("/search?q=" + url.QueryEscape(query))
		require.Equal(t, http.StatusOK, page.status)
		var found struct {
			Total int
			Hits  []struct{ Title string }
		}
		require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/search?q="+url.QueryEscape(query)).body), &found))
		var titles []string
		for _, h := range found.Hits {
			titles = append(titles, strings.TrimPrefix(h.Title, "Lesson "))
		}
		assert.ElementsMatch(t, want, titles, query)
		for _, slug := range []string{"by", "sa", "nc", "nd", "ncnd", "zero", "all", "vague", "silent"} {
			assert.Equal(t, contains(want, slug), strings.Contains(page.body, ">Lesson "+slug+"</a>"), "%s: %s on the page", query, slug)
		}
	}
	filtered := w.get("/search?license=uncleared").body
	assert.Contains(t, filtered, ">Lesson vague</a>")
	assert.NotContains(t, filtered, ">Lesson by</a>")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func TestUnitShowsWhichPartsHaveALicenseOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	game := w.publish("rosa/game", lessonFiles())
	part := func(title, more string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("---\ntitle: " + title + "\ntype: lesson\n" + more + "---\n\nDo.\n")}
	}
	unit := w.publish("rosa/unit", fstest.MapFS{
		"index.md": {Data: []byte("---\ntitle: Unit\ntype: unit\nlanguage: en\nlicense: CC BY 4.0\ncreators: [{name: Rosa}]\nfunding: {funder: US-ED, grant: S367D}\n" +
			"parts: [01-same, 02-other, {resource: rosa/game, revision: " + game.Revision + "}]\n---\n\nAll.\n")},
		"01-same/index.md":  part("Same", ""),
		"02-other/index.md": part("Other", "license: CC BY-ND 4.0\n"),
	})
	page := w.get("/r/rosa/unit").body
	_, parts, found := strings.Cut(page, `<ol class="parts">`)
	require.True(t, found)
	items := strings.Split(parts, "<li>")
	require.GreaterOrEqual(t, len(items), 4)
	assert.NotContains(t, items[1], `class="lic"`)
	assert.Contains(t, items[2], "CC BY-ND 4.0")
	assert.Contains(t, items[3], "CC BY-SA 4.0")
	assert.Contains(t, items[3], "Halves and quarters")
	assert.Contains(t, items[3], "/r/rosa/game@")
	assert.Contains(t, page, "The license fits the grant")
	assert.Contains(t, page, "2 CFR 3474.20")
	assert.Len(t, unit.Parts, 2)
	_, credit, _ := strings.Cut(page, `<div class="credit"`)
	assert.Contains(t, credit, "Other")
	assert.Contains(t, credit, "CC BY-ND 4.0")
	assert.Contains(t, credit, "Halves and quarters")
	assert.NotContains(t, credit[:strings.Index(credit, "</div>")], "Same", "the unit's credit covers it")
}

func TestAPINormalizesAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got map[string]any
	a := w.get("/api/v1/licenses/normalize?text=" + url.QueryEscape("CC BY-SA 3.0 ES"))
	require.Equal(t, http.StatusOK, a.status)
	require.NoError(t, json.Unmarshal([]byte(a.body), &got))
	assert.Equal(t, "CC-BY-SA-3.0-ES", got["id"])
	assert.Len(t, got, 6)
	assert.Equal(t, http.StatusBadRequest, w.get("/api/v1/licenses/normalize?text="+strings.Repeat("a", explored+1)).status)
}
