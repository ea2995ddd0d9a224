package samples_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	samples "github.com/commonplace-oer/commonplace/content-samples"
)

// source and front are what these tests need to know of the front matter.
type source struct {
	ID      string   `yaml:"id"`
	License string   `yaml:"license"`
	Changes string   `yaml:"changes"`
	Sources []source `yaml:"sources"`
}

type front struct {
	Title         string              `yaml:"title"`
	Type          string              `yaml:"type"`
	Language      string              `yaml:"language"`
	License       string              `yaml:"license"`
	Subjects      []string            `yaml:"subjects"`
	Audience      []string            `yaml:"audience"`
	Alignments    map[string][]string `yaml:"alignments"`
	Time          string              `yaml:"time"`
	Parts         []string            `yaml:"parts"`
	Assets        map[string]struct{ Alt string }
	Sources       []source `yaml:"sources"`
	TranslationOf *source  `yaml:"translation_of"`
}

type document struct {
	file, body string
	front      front
}

// documents reads every index.md, and fails on one that is not front matter and a body.
func documents(t *testing.T) []document {
	t.Helper()
	var found []document
	require.NoError(t, fs.WalkDir(samples.Content(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || path.Base(name) != "index.md" {
			return err
		}
		src, err := fs.ReadFile(samples.Content(), name)
		require.NoError(t, err)
		rest, ok := strings.CutPrefix(string(src), "---\n")
		require.True(t, ok, "%s starts without front matter", name)
		matter, body, ok := strings.Cut(rest, "\n---\n")
		require.True(t, ok, "%s does not end its front matter", name)
		d := document{file: name, body: body}
		require.NoError(t, yaml.Unmarshal([]byte(matter), &d.front), name)
		found = append(found, d)
		return nil
	}))
	return found
}

func TestResourcesSayWhatTheyAre(t *testing.T) {
	for _, d := range documents(t) {
		assert.NotEmpty(t, d.front.Title, d.file)
		assert.NotEmpty(t, d.front.Type, d.file)
		if strings.Count(d.file, "/") == 2 { // owner/slug/index.md: nothing to inherit from
			assert.NotEmpty(t, d.front.Language, d.file)
			assert.NotEmpty(t, d.front.License, d.file)
			assert.NotEmpty(t, d.front.Subjects, d.file)
		}
		for _, p := range d.front.Parts {
			_, err := fs.Stat(samples.Content(), path.Join(path.Dir(d.file), p, "index.md"))
			assert.NoError(t, err, d.file)
		}
		opened := strings.Count("\n"+d.body, "\n::: ")
		closed := strings.Count(d.body+"\n", "\n:::\n")
		assert.Equal(t, opened, closed, "%s: blocks that are opened and closed", d.file)
	}
}

var planned = regexp.MustCompile(`(?m)^##+ .*\((\d+) minut[eo]s`)

// TestMinutesAddUp: a lesson takes as long as its sections, and a unit as long as its parts.
func TestMinutesAddUp(t *testing.T) {
	minutes := map[string]int{}
	for _, d := range documents(t) {
		whole := strings.NewReplacer("PT", "", "H", "h", "M", "m").Replace(d.front.Time)
		span, err := time.ParseDuration(whole)
		require.NoError(t, err, d.file)
		minutes[path.Dir(d.file)] = int(span.Minutes())
		student, _, _ := strings.Cut(d.body, "\n::: teacher")
		sum := 0
		for _, m := range planned.FindAllStringSubmatch(student, -1) {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			sum += n
		}
		if d.front.Type == "lesson" || sum > 0 && d.front.Type == "activity" {
			assert.Equal(t, minutes[path.Dir(d.file)], sum, "%s: minutes of its sections", d.file)
		}
	}
	for _, d := range documents(t) {
		sum := 0
		for _, p := range d.front.Parts {
			sum += minutes[path.Join(path.Dir(d.file), p)]
		}
		if d.front.Type == "unit" {
			assert.Equal(t, minutes[path.Dir(d.file)], sum, "%s: minutes of its parts", d.file)
		}
	}
}

var target = regexp.MustCompile(`(!?)\[([^\]]*)\]\(([^)\s]+)\)`)

func TestLinksAndImagesLeadSomewhere(t *testing.T) {
	for _, d := range documents(t) {
		dir := path.Dir(d.file)
		for _, m := range target.FindAllStringSubmatch(d.body, -1) {
			if m[1] == "!" {
				assert.NotEmpty(t, m[2], "%s: the image %s has no alternative text", d.file, m[3])
			}
			to := path.Join(dir, m[3])
			if strings.HasSuffix(m[3], "/") {
				to = path.Join(to, "index.md")
			}
			_, err := fs.Stat(samples.Content(), to)
			assert.NoError(t, err, "%s links to %s", d.file, m[3])
		}
		for name, a := range d.front.Assets {
			_, err := fs.Stat(samples.Content(), path.Join(dir, name))
			assert.NoError(t, err, d.file)
			if path.Ext(name) == ".svg" {
				assert.NotEmpty(t, a.Alt, "%s: %s", d.file, name)
			}
		}
	}
}

func TestPicturesAreCleanDrawings(t *testing.T) {
	pictures, err := glob("*.svg")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(pictures), 8)
	for _, name := range pictures {
		src, err := fs.ReadFile(samples.Content(), name)
		require.NoError(t, err)
		elements := map[string]int{}
		decoder := xml.NewDecoder(bytes.NewReader(src))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			elements[start.Name.Local]++
			for _, a := range start.Attr {
				assert.NotEqual(t, "href", a.Name.Local, "%s points outside itself", name)
				assert.False(t, strings.HasPrefix(a.Name.Local, "on"), "%s has an event attribute", name)
			}
		}
		assert.Equal(t, 1, elements["title"], name)
		assert.Equal(t, 1, elements["desc"], name)
		assert.Zero(t, elements["script"]+elements["style"]+elements["foreignObject"]+elements["image"], name)
		assert.Contains(t, string(src), "viewBox=", name)
	}
}

func TestDataFilesAreTables(t *testing.T) {
	tables, err := glob("*.csv")
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, name := range tables {
		f, err := samples.Content().Open(name)
		require.NoError(t, err)
		rows, err := csv.NewReader(f).ReadAll() // it refuses rows of different lengths
		require.NoError(t, err, name)
		require.NoError(t, f.Close())
		assert.Greater(t, len(rows), 2, name)
	}
}

// TestCodeInLessonsIsTheCodeInFiles keeps what students read and what they run the same.
func TestCodeInLessonsIsTheCodeInFiles(t *testing.T) {
	programs, err := glob("*.py")
	require.NoError(t, err)
	require.NotEmpty(t, programs)
	for _, name := range programs {
		program, err := fs.ReadFile(samples.Content(), name)
		require.NoError(t, err)
		lesson, err := fs.ReadFile(samples.Content(), path.Join(path.Dir(name), "index.md"))
		require.NoError(t, err)
		assert.Contains(t, string(lesson), "```python\n"+string(program)+"```\n", name)
	}
}

func TestSourcesAndTranslationsNameOtherSamples(t *testing.T) {
	deepest, translations := 0, 0
	for _, d := range documents(t) {
		deepest = max(deepest, depth(t, d.file, d.front.Sources))
		if o := d.front.TranslationOf; o != nil {
			translations++
			_, err := fs.Stat(samples.Content(), path.Join(o.ID, "index.md"))
			assert.NoError(t, err, d.file)
		}
	}
	assert.GreaterOrEqual(t, deepest, 2, "a remix of a remix")
	assert.GreaterOrEqual(t, translations, 2)
}

func depth(t *testing.T, file string, sources []source) int {
	n := 0
	for _, s := range sources {
		_, err := fs.Stat(samples.Content(), path.Join(s.ID, "index.md"))
		assert.NoError(t, err, "%s comes from %s", file, s.ID)
		assert.NotEmpty(t, s.License, file)
		assert.NotEmpty(t, s.Changes, file)
		n = max(n, 1+depth(t, file, s.Sources))
	}
	return n
}

type link struct{ Identifier, URI, Title string }

type casePackage struct {
	CFDocument struct {
		Identifier, URI, Title, Creator, Notes string
		LicenseURI                             *link
	}
	CFItems []struct {
		Identifier, URI, HumanCodingScheme, AlternativeLabel, FullStatement string
	}
	CFAssociations []struct {
		Identifier, AssociationType       string
		OriginNodeURI, DestinationNodeURI link
	}
}

func frameworks(t *testing.T) map[string]casePackage {
	t.Helper()
	found := map[string]casePackage{}
	names, err := fs.Glob(samples.Frameworks(), "*.json")
	require.NoError(t, err)
	for _, name := range names {
		src, err := fs.ReadFile(samples.Frameworks(), name)
		require.NoError(t, err)
		var p casePackage
		require.NoError(t, json.Unmarshal(src, &p), name)
		found[name] = p
	}
	require.Len(t, found, 4)
	return found
}

func TestFrameworksAreWholeTrees(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	for name, p := range frameworks(t) {
		known := map[string]string{p.CFDocument.Identifier: p.CFDocument.URI}
		for _, i := range p.CFItems {
			assert.Regexp(t, uuid, i.Identifier, name)
			assert.NotContains(t, known, i.Identifier, "%s uses an identifier twice", name)
			assert.NotEmpty(t, i.FullStatement, i.HumanCodingScheme)
			known[i.Identifier] = i.URI
		}
		parents := map[string]int{}
		for _, a := range p.CFAssociations {
			require.Equal(t, "isChildOf", a.AssociationType)
			for _, end := range []link{a.OriginNodeURI, a.DestinationNodeURI} {
				require.Contains(t, known, end.Identifier, "%s: %s leads nowhere", name, a.Identifier)
				assert.Equal(t, known[end.Identifier], end.URI, name)
			}
			parents[a.OriginNodeURI.Identifier]++
		}
		for _, i := range p.CFItems {
			assert.Equal(t, 1, parents[i.Identifier], "%s: parents of %s", name, i.HumanCodingScheme)
		}
	}
}

// TestCommonCoreCarriesItsNotice: its public license requires the notice with the statements.
func TestCommonCoreCarriesItsNotice(t *testing.T) {
	const notice = "© Copyright 2010 National Governors Association Center for Best Practices and Council of Chief State School Officers. All rights reserved."
	all := frameworks(t)
	for _, name := range []string{"ccss-math.json", "ccss-ela.json"} {
		assert.Equal(t, notice, all[name].CFDocument.Notes)
		require.NotNil(t, all[name].CFDocument.LicenseURI, name)
		assert.Equal(t, "Common Core State Standards Public License", all[name].CFDocument.LicenseURI.Title)
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), notice)
}

var (
	prefix    = regexp.MustCompile(`(?i)^CCSS\.(MATH\.CONTENT|ELA-LITERACY)\.`)
	component = regexp.MustCompile(`(\d)([a-z])$`)
)

func TestAlignmentsAreInTheFrameworks(t *testing.T) {
	var codes []string
	for _, p := range frameworks(t) {
		for _, i := range p.CFItems {
			codes = append(codes, i.HumanCodingScheme)
		}
	}
	for _, d := range documents(t) {
		for kind, aligned := range d.front.Alignments {
			assert.Contains(t, []string{"teaches", "assesses", "requires"}, kind, d.file)
			for _, code := range aligned {
				short := component.ReplaceAllString(prefix.ReplaceAllString(code, ""), "$1.$2")
				assert.True(t, slices.Contains(codes, short), "%s: no framework has %s", d.file, code)
			}
		}
	}
}

// TestReadmeNamesEveryResource keeps the list of what comes from where complete.
func TestReadmeNamesEveryResource(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, d := range documents(t) {
		if address := path.Dir(d.file); strings.Count(address, "/") == 1 {
			assert.Contains(t, string(readme), "`"+address+"`")
		}
	}
	for name := range frameworks(t) {
		assert.Contains(t, string(readme), "`frameworks/"+name+"`")
	}
}

// glob finds files by their name anywhere in the content.
func glob(pattern string) (found []string, err error) {
	err = fs.WalkDir(samples.Content(), ".", func(name string, e fs.DirEntry, err error) error {
		if ok, bad := path.Match(pattern, path.Base(name)); err == nil && bad == nil && ok && !e.IsDir() {
			found = append(found, name)
		}
		return err
	})
	return found, err
}
