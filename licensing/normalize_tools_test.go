package licensing

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type toolCase struct {
	ID                         ID
	Unit, Version, Port, Title string
}

func allTools(t testing.TB) []toolCase {
	t.Helper()
	var file struct{ Tools []toolCase }
	mustDecode("tools.json", &file)
	require.Len(t, file.Tools, 639)
	return file.Tools
}

// addressVariants are ways in which people and programs write the address of one tool.
func addressVariants(path, unit, rest string) map[string]string {
	base := "creativecommons.org/" + path
	return map[string]string{
		"https":            "https://" + base,
		"http":             "http://" + base,
		"no scheme":        base,
		"www":              "https://www." + base,
		"www, no scheme":   "www." + base,
		"no slash":         "https://" + strings.TrimSuffix(base, "/"),
		"capitals":         strings.ToUpper("https://" + base),
		"deed":             "https://" + base + "deed",
		"Spanish deed":     "https://" + base + "deed.es",
		"old Spanish deed": "http://" + base + "deed.es_ES",
		"legal code":       "https://" + base + "legalcode",
		"translated code":  "https://" + base + "legalcode.fr",
		"plain text":       "https://" + base + "legalcode.txt",
		"RDF":              "https://" + base + "rdf",
		"query":            "https://" + base + "?lang=es",
		"fragment":         "https://" + base + "legalcode#s3a",
		"escaped":          "https%3A%2F%2F" + strings.ReplaceAll(base, "/", "%2F"),
		"JSON":             `https:\/\/` + strings.ReplaceAll(base, "/", `\/`),
		"angle brackets":   "<https://" + base + ">",
		"end of sentence":  "See https://" + base + ".",
		"Markdown":         "[license](https://" + base + ")",
		"HTML":             `<a rel="license" href="https://` + base + `">license</a>`,
		"glued":            "license=https://" + base,
		"badge":            "https://licensebuttons.net/l/" + unit + "/" + rest + "88x31.png",
		"old badge":        "http://i.creativecommons.org/l/" + unit + "/" + rest + "80x15.png",
	}
}

func (c toolCase) path() (path, rest string) {
	rest = c.Version + "/"
	if c.Port != "" {
		rest += strings.ToLower(c.Port) + "/"
	}
	dir := "licenses/"
	if c.Unit == "zero" || c.Unit == "mark" || c.Unit == "certification" {
		dir = "publicdomain/"
	}
	return dir + c.Unit + "/" + rest, rest
}

func TestNormalizeReadsEveryAddressOfEveryTool(t *testing.T) {
	n := 0
	for _, c := range allTools(t) {
		path, rest := c.path()
		for name, s := range addressVariants(path, c.Unit, rest) {
			got := Normalize(s)
			if got.ID != c.ID || got.Resolution != Exact {
				assert.Fail(t, "misread", "%s: %s: %q was read as %q, %s", c.ID, name, s, got.ID, got.Resolution)
			}
			n++
		}
	}
	assert.GreaterOrEqual(t, n, 639*12)
}

func TestNormalizeReadsEveryToolByItsIDs(t *testing.T) {
	for _, c := range allTools(t) {
		id := string(c.ID)
		for _, s := range []string{id, strings.ToLower(id), "LicenseRef-" + id, "SPDX-License-Identifier: " + id, " " + id + "\n"} {
			if s[0] == 'S' && c.Unit == "certification" {
				continue // no words of a license in "CC-PDDC"
			}
			got := Normalize(s)
			if got.ID != c.ID || got.Resolution != Exact {
				assert.Fail(t, "misread", "%q was read as %q, %s", s, got.ID, got.Resolution)
			}
		}
	}
}

// TestNormalizeReadsOfficialTitles accepts the titles as Creative Commons prints them. A title that does not name its
// port may only be read without it when the port is not in the text.
func TestNormalizeReadsOfficialTitles(t *testing.T) {
	exact := 0
	for _, c := range allTools(t) {
		got := Normalize("Creative Commons " + c.Title)
		if got.ID == c.ID {
			exact++
			continue
		}
		if !strings.Contains(c.Title, c.Version) { // three titles lost their version
			continue
		}
		want := ID(strings.TrimSuffix(string(c.ID), "-"+c.Port))
		nameless := c.Port != "" && (got.ID == want || got.Resolution == Invalid)
		assert.True(t, nameless, "%s: %q was read as %q, %s %v", c.ID, c.Title, got.ID, got.Resolution, got.Warnings)
	}
	assert.Greater(t, exact, 400)
	t.Logf("%d of 639 titles name their tool", exact)
}

func TestNormalizeRefusesToolsThatDoNotExist(t *testing.T) {
	real := map[string]bool{"by-nc-nd/1.0/": true}
	var ports []string
	seen := map[string]bool{}
	for _, c := range allTools(t) {
		_, rest := c.path()
		real[c.Unit+"/"+rest] = true
		if c.Unit == "by-nd-nc" {
			real["by-nc-nd/"+rest] = true
		}
		if p := strings.ToLower(c.Port); p != "" && !seen[p] {
			seen[p] = true
			ports = append(ports, p)
		}
	}
	units := []string{"by", "by-nc", "by-nd", "by-sa", "by-nc-nd", "by-nc-sa", "by-nd-nc", "by-nd-sa", "by-sa-nc", "nc", "nd", "sa", "nc-sa", "nd-nc", "nc-nd", "sa-by", "by-by", "bysa", "by-nc-sa-nd"}
	versions := []string{"0.9", "1.0", "1.5", "2.0", "2.1", "2.2", "2.5", "3.0", "3.5", "4.0", "4.1", "5.0", "40", "4"}
	refused := 0
	for _, u := range units {
		for _, v := range versions {
			for _, p := range append([]string{"", "xx", "eu"}, ports...) {
				path := u + "/" + v + "/"
				if p != "" {
					path += p + "/"
				}
				got := Normalize("https://creativecommons.org/licenses/" + path)
				if real[path] {
					continue
				}
				refused++
				if got.Resolution != Invalid || got.Cleared() {
					assert.Fail(t, "accepted", "%s was read as %q, %s", path, got.ID, got.Resolution)
				}
			}
		}
	}
	assert.Greater(t, refused, 10_000)
}

func TestNormalizeNeverRepairsCodes(t *testing.T) {
	for _, s := range []string{"CC BY 5.0", "CC BY-SA 2.2", "CC-BY-4.0-US", "CC BY 4.0 US", "CC BY-ND-SA 4.0", "CC BY-NC 2.1",
		"CC-BY-NC-SA-ND-4.0", "CC-BY-3.0-XX", "CC0 2.0", "CC0-4.0", "Creative Commons NonCommercial-ShareAlike 4.0", "CC BY-SA 3.0 Japan",
		"GFDL 2.0", "Attribution 4.0 United States", "CC-NC-4.0"} {
		got := Normalize(s)
		assert.Equal(t, Invalid, got.Resolution, "%q was read as %+v", s, got)
		assert.False(t, got.Cleared(), s)
		assert.Equal(t, NotCleared, got.License(), s)
		assert.NotEmpty(t, got.Warnings, s)
	}
}

func TestNormalizeReadsWhatItRenders(t *testing.T) {
	for id, r := range loadFacts().byID {
		for name, s := range map[string]string{"id": string(id), "address": r.URL, "short name": r.Short} {
			if s == "" {
				continue
			}
			if name == "address" && loadFacts().urls[urlKey(s)] != nil && loadFacts().urls[urlKey(s)] != r {
				continue // one page for several variants of a license
			}
			got := Normalize(s)
			if name != "id" && (r.class == classUnassessed && r.Family == "other" || r.custom || id == UnknownRights || id == "LicenseRef-Proprietary-School" || id == "LicenseRef-FairUse-Excerpt") {
				continue // not sought in running text
			}
			ok := got.ID == id || strings.HasSuffix(string(id), "-or-later") && name == "address" || r.Port == "" && got.ID == "" && name == "address"
			assert.True(t, ok, fmt.Sprintf("%s: %s %q was read as %q, %s", id, name, s, got.ID, got.Resolution))
		}
	}
}
