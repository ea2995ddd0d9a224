package licensing

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type creditExample struct {
	ID, What      string
	Inputs        []json.RawMessage
	Result        struct{ Title map[string]string }
	OutputLicense ID `json:"output_licence"`
	Expected      map[string][]string
}

// graphOf builds the graph of an example: its inputs and, where there is a result, the work made from them.
func (e creditExample) graphOf(t *testing.T, lang string) (Graph, string) {
	var g Graph
	var refs []string
	for i, raw := range e.Inputs {
		var words struct {
			Changes map[string]string
			Prior   []map[string]string
		}
		require.NoError(t, json.Unmarshal(raw, &words))
		var w Work
		require.NoError(t, json.Unmarshal(raw, &w))
		w.Ref = fmt.Sprint(i)
		w.Changes = words.Changes[lang]
		for _, p := range words.Prior {
			w.PriorChanges = p[lang]
		}
		if strings.Contains(e.What, "translation") {
			w.Transform = "translation"
		}
		if strings.Contains(e.What, "collection item") {
			w.Role = Included
		}
		refs = append(refs, w.Ref)
		g.Works = append(g.Works, w)
	}
	if e.Result.Title == nil && e.ID != "A11" {
		return g, "0"
	}
	mode := Adaptation
	if e.ID == "A11" {
		mode = Collection
	}
	g.Works = append(g.Works, Work{Ref: "result", Title: e.Result.Title[lang], License: e.OutputLicense, From: refs, Mode: mode, Language: "es"})
	return g, "result"
}

func TestCreditsAsPeopleWriteThem(t *testing.T) {
	var examples []creditExample
	readTestdata(t, "credits.json", &examples)
	require.Len(t, examples, 15)
	for _, e := range examples {
		for _, lang := range []string{"en", "es"} {
			t.Run(e.ID+" "+lang+" "+e.What, func(t *testing.T) {
				g, target := e.graphOf(t, lang)
				got := Attribute(g, target, lang).Text()
				for _, line := range e.Expected[lang] {
					if e.ID == "A12" && !strings.Contains(line, "ex.org") {
						continue // a figure that is no work of the graph
					}
					assert.Contains(t, strings.Split(got, "\n"), line)
				}
			})
		}
	}
}

func hostile() Graph {
	bad := `<script>alert(1)</script> [x](javascript:alert(1)) "'&amp; ` + "\u202e" + "\n# h `c` *b* _i_ https://evil.example"
	return Graph{Works: []Work{
		{Ref: `a"><`, License: CCBY, Title: bad, URL: `https://ex.org/"><img src=x onerror=alert(1)>?a=1&b=2`, Creators: []Creator{{bad, "javascript:alert(1)"}, {"B", `https://ex.org/b)`}}, Changes: bad, Notice: bad, PriorChanges: bad, Disclaimer: bad},
		{Ref: "r", License: CCBYSA, Title: bad, From: []string{`a"><`}, Creators: []Creator{{Name: bad}}},
	}}
}

func TestCreditEscapesEverythingForeign(t *testing.T) {
	for _, lang := range []string{"en", "es"} {
		c := Attribute(hostile(), "r", lang)
		h := string(c.HTML())
		assert.NotContains(t, h, "<script")
		assert.NotContains(t, h, "<img")
		assert.NotContains(t, h, `href="javascript`)
		d := xml.NewDecoder(strings.NewReader(h))
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err, h)
			if el, ok := tok.(xml.StartElement); ok {
				assert.Contains(t, []string{"div", "p", "a", "span"}, el.Name.Local)
				for _, a := range el.Attr {
					assert.Contains(t, []string{"class", "lang", "prefix", "about", "rel", "property", "href", "resource"}, a.Name.Local)
				}
			}
		}
		md := c.Markdown()
		assert.NotContains(t, md, "](javascript")
		assert.NotContains(t, md, "\n#")
		assert.NotContains(t, md, "<script>")
		assert.NotContains(t, c.Text(), "\u202e")
		assert.NotContains(t, string(c.JSONLD()), "</script")
		assert.True(t, json.Valid(c.JSONLD()))
	}
}

func TestCreditOfAnUnknownWorkIsEmpty(t *testing.T) {
	assert.True(t, Attribute(Graph{}, "x", "en").Empty())
	assert.Empty(t, Attribute(Graph{}, "x", "en").HTML())
}

func TestCreditOfACircleEnds(t *testing.T) {
	g := Graph{Works: []Work{{Ref: "a", Title: "A", License: CCBY, From: []string{"b"}}, {Ref: "b", Title: "B", License: CCBY, From: []string{"a"}}}}
	assert.Contains(t, Attribute(g, "a", "en").Text(), "“B”")
}

func TestAPictureInALessonIsNoSourceOfIt(t *testing.T) {
	g := Graph{Works: []Work{
		{Ref: "p", Title: "Strips", License: "CC-BY-SA-3.0", Role: Component, Creators: []Creator{{Name: "Bo"}}},
		{Ref: "l", Title: "Pizza", License: CCBY, From: []string{"p"}, Creators: []Creator{{Name: "Ana"}}},
	}}
	c := Attribute(g, "l", "en")
	assert.Equal(t, "“Pizza” by Ana is licensed under CC BY 4.0 <https://creativecommons.org/licenses/by/4.0/>.\n"+
		"“Strips” by Bo is licensed under CC BY-SA 3.0 <https://creativecommons.org/licenses/by-sa/3.0/>.", c.Text())
	assert.Contains(t, string(c.HTML()), `<p about="[_:wl]">`)
	assert.Contains(t, string(c.JSONLD()), `"hasPart"`)
	assert.NotContains(t, string(c.JSONLD()), `"isBasedOn"`)
}
