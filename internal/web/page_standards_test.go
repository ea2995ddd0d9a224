package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// aligned is a world with n lessons of two owners and a unit, aligned to what chance chooses.
func aligned(t *testing.T, n int, seed uint64) *world {
	t.Helper()
	w := newWorld(t)
	f, ok := w.options.Standards().Framework("ccss-math")
	require.True(t, ok)
	r := rand.New(rand.NewPCG(seed, 7))
	some := func() string {
		var codes []string
		for range r.IntN(4) {
			codes = append(codes, f.Statements[r.IntN(len(f.Statements))].Code)
		}
		return strings.Join(codes, ", ")
	}
	front := func(kind string) string {
		return fmt.Sprintf("---\ntitle: Lesson\ntype: %s\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\nalignments: {teaches: [%s], assesses: [%s], requires: [%s]}\n", kind, some(), some(), some())
	}
	for i := range n {
		w.publish(fmt.Sprintf("%s/lesson-%d", []string{"rosa", "maria"}[r.IntN(2)], i), files("index.md", front("lesson")+"---\nText.\n"))
	}
	w.publish("rosa/unit", files("index.md", front("unit")+"parts: [a, b]\n---\n", "a/index.md", front("lesson")+"---\nA.\n", "b/index.md", front("lesson")+"---\nB.\n"))
	return w
}

var cellLink = regexp.MustCompile(`<a href="([^"]*(?:search\?|[?&;]in=)[^"]*)">(?:<b>)?([\d,]+)<`)

func TestCoverageSaysWhatItsLinksFind(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := aligned(t, 25, seed)
		for _, of := range []string{"", "?of=owner:rosa", "?of=source:own", "?of=unit:rosa/unit", "?of=owner:nobody"} {
			page := w.get("/standards/ccss-math/coverage" + of)
			require.Equal(t, http.StatusOK, page.status, of)
			links := cellLink.FindAllStringSubmatch(page.body, -1)
			if of != "?of=owner:nobody" {
				require.NotEmpty(t, links, of)
			}
			for _, link := range links {
				address := html.UnescapeString(link[1])
				if strings.Contains(address, "/coverage") { // of a unit
					list := w.get(address)
					require.Equal(t, http.StatusOK, list.status, address)
					assert.Equal(t, link[2], strconv.Itoa(strings.Count(list.body, `<li class="card">`)), address)
					continue
				}
				u, err := url.Parse(address)
				require.NoError(t, err)
				request, hints := search.ReadParameters(u.Query())
				require.Empty(t, hints)
				found, err := w.index.Search(t.Context(), request)
				require.NoError(t, err)
				assert.Equal(t, link[2], strconv.Itoa(found.Total), address)
			}
		}
	}
}

func TestCoverageAsATableHasEveryStatement(t *testing.T) {
	t.Parallel()
	w := aligned(t, 10, 1)
	a := w.get("/standards/ccss-math/coverage?format=csv&enough=3")
	require.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.header.Get("Content-Disposition"), "coverage-ccss-math.csv")
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	require.NoError(t, err)
	f, _ := w.options.Standards().Framework("ccss-math")
	require.Len(t, rows, len(f.Statements)+1)
	n := counter{index: w.index, library: w.options.Standards()}
	for i, row := range rows[1:] {
		total, err := n.total(t.Context(), search.Standard, f.Statements[i].Key)
		require.NoError(t, err)
		assert.Equal(t, strconv.Itoa(total), row[5], row[1])
		state := "missing"
		if total >= 3 {
			state = "covered"
		} else if total > 0 {
			state = "thin"
		}
		assert.Equal(t, state, row[6], row[1])
	}
	assert.Equal(t, "'=1+1", cellText("=1+1"))
}

func TestCoverageFollowsWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/standards/ccss-math/coverage?state=thin"
	require.False(t, strings.Contains(w.get(page).body, "5.NF.A.1"))
	w.publish("rosa/sums", files("index.md", "---\ntitle: Sums\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\nalignments: {teaches: [5.NF.1]}\n---\nText.\n"))
	assert.True(t, strings.Contains(w.get(page).body, "5.NF.A.1"))
}

func TestUnitsAndOwnersLeadToTheirCoverage(t *testing.T) {
	t.Parallel()
	w := aligned(t, 12, 2)
	w.publish("rosa/sums", files("index.md", "---\ntitle: Sums\ntype: unit\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\nalignments: {teaches: [5.NF.1]}\nparts: [a]\n---\n",
		"a/index.md", "---\ntitle: A\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\n---\nA.\n"))
	for address, want := range map[string]string{
		"/r/rosa/sums":                          "/standards/ccss-math/coverage?of=unit%3Arosa%2Fsums",
		"/search?q=owner:rosa":                  "/standards/ccss-math/coverage?of=owner%3Arosa",
		"/search?owner=rosa&standard=ccss-math": "/standards/ccss-math/coverage?of=owner%3Arosa",
		"/search?source=own":                    "/standards/ccss-math/coverage?of=source%3Aown",
		"/search?q=lesson":                      "/standards/ccss-math/coverage",
	} {
		page := w.get(address)
		require.Equal(t, http.StatusOK, page.status, address)
		assert.Contains(t, page.body, `href="`+want+`"`, address)
		assert.Equal(t, http.StatusOK, w.get(want).status, want)
	}
	assert.NotContains(t, w.get("/r/rosa/sums/a").body, "/coverage")
}

func TestCoverageOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, address := range []string{"nothing/coverage", "ccss-math/coverage?of=unit:rosa/none", "ccss-math/coverage?of=moon:x", "ccss-math/coverage?under=none"} {
		assert.Equal(t, http.StatusNotFound, w.get("/standards/"+address).status, address)
	}
	for _, address := range []string{"?page=-1", "?page=99999", "?enough=-3", "?enough=x", "?state=odd", "?in=x"} {
		assert.Equal(t, http.StatusOK, w.get("/standards/ccss-math/coverage"+address).status, address)
	}
}

// large is a framework of 1,500 statements with long texts, in its second edition.
func large(t *testing.T) *standards.Library {
	t.Helper()
	var items, links []string
	add := func(id, parent int, code string) {
		text := strings.Repeat(fmt.Sprintf("Explain %d **why** strategy %d works. ", id*7919%1000, id), 6)
		items = append(items, fmt.Sprintf(`{"identifier":"7d9c9c2e-0000-4000-8000-%012d","humanCodingScheme":%q,"fullStatement":%q,"educationLevel":["%02d"]}`, id, code, text, id%9+1))
		if parent > 0 {
			links = append(links, fmt.Sprintf(`{"identifier":"7d9c9c2e-0000-4000-9000-%012d","associationType":"isChildOf","originNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-%012d"},"destinationNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-%012d"}}`, id, id, parent))
		}
	}
	id := 0
	for d := range 30 {
		id++
		domain := id
		add(domain, 0, fmt.Sprintf("XQ.%d", d))
		for k := range 7 {
			id++
			cluster := id
			add(cluster, domain, fmt.Sprintf("XQ.%d.%d", d, k))
			for s := range 6 {
				id++
				add(id, cluster, fmt.Sprintf("XQ.%d.%d.%d", d, k, s))
			}
		}
	}
	links = append(links, `{"identifier":"r","associationType":"replacedBy","originNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000009999"},"destinationNodeURI":{"identifier":"7d9c9c2e-0000-4000-8000-000000000001"}}`)
	read := func(version string, items []string) *standards.Framework {
		f, err := standards.ReadCASE(strings.NewReader(`{"CFDocument":{"identifier":"d","title":"Large","version":"`+version+`","notes":"n"},"CFItems":[`+strings.Join(items, ",")+`],"CFAssociations":[`+strings.Join(links, ",")+`]}`), "large")
		require.NoError(t, err)
		return f
	}
	older := append([]string{`{"identifier":"7d9c9c2e-0000-4000-8000-000000009999","humanCodingScheme":"XQ.OLD","fullStatement":"<script>Old</script> words"}`}, items...)
	return standards.NewLibrary(standards.Editions("large", []*standards.Framework{read("1", older), read("2", items)})...)
}

func TestLargeFrameworkComesInSmallPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	library := large(t)
	w.index.SetLibrary(library)
	w.options.Standards = func() *standards.Library { return library }
	var err error
	w.server, err = New(w.options)
	require.NoError(t, err)
	var docs []search.Document
	for i := range 400 {
		docs = append(docs, search.Document{ID: fmt.Sprint(i), Title: "Lesson", Language: "en", Teaches: []string{fmt.Sprintf("XQ.%d.%d.%d", i%30, i%7, i%6)}})
	}
	require.NoError(t, w.index.Apply(t.Context(), 1, docs, nil))
	for _, address := range []string{"/standards", "/standards/large", "/standards/large@1", "/standards/large/XQ.3", "/standards/large/XQ.3.2.1", "/standards/large/coverage", "/standards/large/coverage?state=missing", "/standards/large/coverage?under=7d9c9c2e-0000-4000-8000-000000000001"} {
		a := w.get(address, "Accept-Encoding", "br")
		require.Equal(t, http.StatusOK, a.status, address)
		assert.Less(t, len(a.body), 14_600, address)
		assert.NoError(t, wellFormed(w.get(address).body), address)
	}

	old := w.get("/standards/large@1").body
	assert.Contains(t, old, "1 removed")
	assert.Contains(t, old, `href="/standards/large/XQ.0"`, "what it was replaced by")
	assert.NotContains(t, old, "<script>")
	replaced := w.get("/standards/large@1/XQ.OLD").body
	assert.Contains(t, replaced, "This standard has been replaced")
	assert.Contains(t, replaced, `href="/standards/large/XQ.0"`)
	assert.NotContains(t, replaced, "<script>")
	assert.Contains(t, w.get("/standards/large@1/XQ.3").body, `href="/standards/large/XQ.3">This standard in the newest edition`)
	assert.Contains(t, w.get("/standards/large/XQ.0").body, `href="/standards/large@1/XQ.OLD"`, "what it takes the place of")
	assert.Contains(t, w.get("/standards/large/XQ.3").body, "<strong>why</strong>", "its text is Markdown")

	lesson := w.publish("rosa/old", files("index.md", "---\ntitle: Old\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: R}]\nalignments: {teaches: [XQ.OLD]}\n---\nText.\n"))
	assert.Regexp(t, `replaced by</span> <a href="/standards/large/XQ.0">XQ.0</a>`, w.get(pathOf(lesson.Address, "")).body)
}

func TestStatementOverTheAPI(t *testing.T) {
	t.Parallel()
	w := filled(t)
	var got apiStatement
	require.NoError(t, json.Unmarshal([]byte(w.get("/api/v1/standards/5.NF.3").body), &got))
	assert.Equal(t, "5.NF.B.3", got.Code)
	assert.NotEmpty(t, got.Above)
	assert.NotEmpty(t, got.Notice)
	found, err := w.index.Search(t.Context(), search.Request{Filters: search.Filters{search.Standard: {got.Key}}})
	require.NoError(t, err)
	assert.Equal(t, found.Total, got.Resources[search.Standard])
	assert.Positive(t, found.Total)
	assert.Equal(t, http.StatusNotFound, w.get("/api/v1/standards/no%20such%20code").status)
}

// files is a folder of names and texts.
func files(pairs ...string) fstest.MapFS {
	folder := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		folder[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return folder
}
