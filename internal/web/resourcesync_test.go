package web

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog"
)

// synced is what a client reads of any document of ResourceSync.
type synced struct {
	XMLName xml.Name
	MD      struct {
		Capability string `xml:"capability,attr"`
	} `xml:"http://www.openarchives.org/rs/terms/ md"`
	Entries []syncedEntry `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 url"`
	Maps    []syncedEntry `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemap"`
}

type syncedEntry struct {
	Loc string `xml:"loc"`
	MD  struct {
		Capability string `xml:"capability,attr"`
		Change     string `xml:"change,attr"`
	} `xml:"http://www.openarchives.org/rs/terms/ md"`
}

func (w *world) sync(address string) synced {
	w.t.Helper()
	a := w.get(strings.TrimPrefix(address, testBase))
	require.Equal(w.t, http.StatusOK, a.status, address)
	var d synced
	require.NoError(w.t, xml.Unmarshal([]byte(a.body), &d), address)
	return d
}

func TestResourceSyncLeadsToEveryResourceAndChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	w.publish("rosa/thirds", lessonFiles())
	changed := lessonFiles()
	changed["index.md"].Data = []byte(strings.Replace(lessonText, "twice", "2 times", 1))
	w.publish("rosa/halves", changed)
	gone := w.publish("rosa/fourths", lessonFiles())
	require.NoError(t, w.repo.Withdraw(t.Context(), gone.Address, ""))

	source := w.sync("/.well-known/resourcesync")
	require.Len(t, source.Entries, 1)
	assert.Equal(t, "description", source.MD.Capability)
	capabilities := w.sync(source.Entries[0].Loc)
	found := map[string][]syncedEntry{}
	for _, c := range capabilities.Entries {
		index := w.sync(c.Loc)
		assert.Equal(t, c.MD.Capability, index.MD.Capability)
		for _, part := range index.Maps {
			found[c.MD.Capability] = append(found[c.MD.Capability], w.sync(part.Loc).Entries...)
		}
	}
	var resources []string
	for _, r := range found["resourcelist"] {
		resources = append(resources, strings.TrimPrefix(r.Loc, testBase))
	}
	assert.Equal(t, []string{"/r/rosa/thirds", "/r/rosa/halves"}, resources, "in the order of their changes")
	var changes []string
	for _, c := range found["changelist"] {
		changes = append(changes, strings.TrimPrefix(c.Loc, testBase)+" "+c.MD.Change)
	}
	assert.Equal(t, []string{"/r/rosa/thirds created", "/r/rosa/halves updated", "/r/rosa/fourths deleted"}, changes)
	for _, missing := range []string{"/resourcesync/changelist-2.xml", "/resourcesync/resourcelist-0.xml", "/resourcesync/resourcelist-x.xml", "/sitemap-2.xml"} {
		assert.Equal(t, http.StatusNotFound, w.get(missing).status, missing)
	}
	assert.Contains(t, w.get("/sitemap-1.xml").body, "/r/rosa/thirds")
	assert.NotContains(t, w.get("/sitemap.xml").body, "fourths")
}

// Numbers have gaps: those of harvested records, and a large one after a restore. No crawler asks for files without end.
func TestFilesOfASitemapHaveSomethingInThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("rosa/halves", lessonFiles())
	require.NoError(t, w.catalog.Raise(t.Context(), catalog.Floor{Seq: 50_000_001}))
	w.publish("rosa/thirds", lessonFiles())
	for address, want := range map[string][]string{
		"/sitemap.xml":                   {testBase + "/sitemap-1.xml", testBase + "/sitemap-5001.xml"},
		"/resourcesync/changelist.xml":   {testBase + "/resourcesync/changelist-1.xml", testBase + "/resourcesync/changelist-5001.xml"},
		"/resourcesync/resourcelist.xml": {testBase + "/resourcesync/resourcelist-1.xml", testBase + "/resourcesync/resourcelist-5001.xml"},
	} {
		var found []string
		for _, part := range w.sync(address).Maps {
			found = append(found, part.Loc)
		}
		assert.Equal(t, want, found, address)
	}
	assert.Contains(t, w.get("/sitemap-1.xml").body, "/r/rosa/halves")
	assert.Contains(t, w.get("/sitemap-5001.xml").body, "/r/rosa/thirds")
}

func TestSignpostsNameLicenseMetadataAndFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := lessonFiles()
	files["index.md"].Data = []byte(strings.Replace(lessonText, "{name: Rosa Delgado}", `{name: Rosa Delgado, url: "https://rosa.example/a>b\"c"}`, 1))
	r := w.publish("rosa/halves", files)
	links := strings.Join(w.get("/r/rosa/halves").header.Values("Link"), ", ")
	for _, want := range []string{
		`</id/` + string(r.ID) + `>; rel="cite-as"`, `/r/rosa/halves/metadata.jsonld>; rel="describedby"; type="application/ld+json"`,
		`/r/rosa/halves/download.zip>; rel="item"`, `<https://schema.org/LearningResource>; rel="type"`,
		`<https://creativecommons.org/licenses/by-sa/4.0/>; rel="license"`, `rel="author"`,
	} {
		assert.Contains(t, links, strings.Replace(want, "</id/", "/id/", 1))
	}
	assert.NotContains(t, links, "a>b", "an author cannot write headers")
	assert.Contains(t, strings.Join(w.get("/r/rosa/halves/metadata.jsonld").header.Values("Link"), ", "), `/r/rosa/halves>; rel="describes"`)
}
