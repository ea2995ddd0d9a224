package licensing

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fact is what a form of the credit says of one work, by its address.
type fact struct {
	Title           string
	License         ID
	Creators        []Creator
	MadeFrom, Holds []string
}

// factsOf is what the graph itself says, as the credit should.
func factsOf(g Graph) map[string]*fact {
	facts, address := map[string]*fact{}, map[string]string{}
	works := map[string]Work{}
	for _, w := range g.Works {
		works[w.Ref] = w
		address[w.Ref] = w.URL
		if w.URL == "" {
			address[w.Ref] = "_:" + blankName(w.Ref)
		}
	}
	for _, w := range g.Works {
		f := &fact{Title: w.Title, License: w.License, Creators: w.Creators}
		for _, from := range w.From {
			if w.Mode == Collection || slices.Contains([]Role{Included, Component, Excerpt}, works[from].Role) {
				f.Holds = append(f.Holds, address[from])
			} else {
				f.MadeFrom = append(f.MadeFrom, address[from])
			}
		}
		slices.Sort(f.MadeFrom)
		slices.Sort(f.Holds)
		facts[address[w.Ref]] = f
	}
	return facts
}

// readRDFa reads the credit's HTML as RDFa does.
func readRDFa(t *testing.T, page string) map[string]*fact {
	facts := map[string]*fact{}
	d := xml.NewDecoder(strings.NewReader(page))
	var about *fact
	property, author := "", ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.CharData:
			switch text := string(e); property {
			case "dct:title":
				about.Title = text
			case "cc:attributionName":
				about.Creators = append(about.Creators, Creator{text, author})
			}
		case xml.EndElement:
			property, author = "", ""
		case xml.StartElement:
			at := map[string]string{}
			for _, a := range e.Attr {
				at[a.Name.Local] = a.Value
			}
			property = at["property"]
			if e.Name.Local == "p" {
				subject := unbracketed(at["about"])
				if facts[subject] == nil {
					facts[subject] = &fact{}
				}
				about = facts[subject]
			}
			to := at["href"] + unbracketed(at["resource"])
			switch at["rel"] {
			case "license":
				about.License = Normalize(to).License()
			case "cc:attributionURL":
				author = to
			case "dct:source":
				about.MadeFrom = append(about.MadeFrom, to)
			case "dct:hasPart":
				about.Holds = append(about.Holds, to)
			}
		}
	}
	for _, f := range facts {
		slices.Sort(f.MadeFrom)
		slices.Sort(f.Holds)
	}
	return facts
}

// unbracketed is a safe CURIE without its brackets.
func unbracketed(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "["), "]") }

// readJSONLD reads the credit as schema.org does.
func readJSONLD(t *testing.T, b []byte) map[string]*fact {
	var root creditTree
	require.NoError(t, json.Unmarshal(b, &root))
	facts := map[string]*fact{}
	var read func(n *creditTree) string
	read = func(n *creditTree) string {
		if n.Type == "" {
			return n.ID // named elsewhere
		}
		f := &fact{Title: n.Name, License: Normalize(n.License).License()}
		for _, c := range n.Creators {
			f.Creators = append(f.Creators, Creator(c))
		}
		facts[n.ID] = f
		made := n.BasedOn
		if n.Translate != nil {
			made = append(made, n.Translate)
		}
		for _, p := range made {
			f.MadeFrom = append(f.MadeFrom, read(p))
		}
		for _, p := range n.Parts {
			f.Holds = append(f.Holds, read(p))
		}
		slices.Sort(f.MadeFrom)
		slices.Sort(f.Holds)
		return n.ID
	}
	read(&root)
	return facts
}

func TestCreditReadsBackAsTheSameGraph(t *testing.T) {
	ana, bo := []Creator{{Name: "Ana"}}, []Creator{{"Bo", "https://ex.org/bo"}, {Name: "Kim & Sons"}}
	a := Work{Ref: "a", License: CCBY, Title: "A", URL: "https://ex.org/a", Creators: ana}
	for name, g := range map[string]Graph{
		"one work": {Works: []Work{a}},
		"a chain": {Works: []Work{a,
			{Ref: "b", License: "CC-BY-NC-SA-3.0-US", Title: "B", URL: "https://ex.org/b", From: []string{"a"}, Creators: bo},
			{Ref: "c", License: CCBYNCSA, Title: "C", URL: "https://ex.org/c", From: []string{"b"}},
			{Ref: "d", License: CCBYNCSA, Title: "D", From: []string{"c"}, Creators: ana}}},
		"a diamond with a work that has no address": {Works: []Work{a,
			{Ref: "b", License: CCBYSA, Title: "B", From: []string{"a"}, Creators: bo},
			{Ref: "c", License: "CC-BY-SA-3.0-DE", Title: "C", URL: "https://ex.org/c?x=1&y=2", From: []string{"a"}},
			{Ref: "d", License: CCBYSA, Title: "D", URL: "https://ex.org/d", From: []string{"b", "c"}}}},
		"a collection of a remix": {Works: []Work{a,
			{Ref: "b", License: CCBYSA, Title: "B", URL: "https://ex.org/b", From: []string{"a"}},
			{Ref: "c", License: CCBYND, Title: "C", URL: "https://ex.org/c"},
			{Ref: "d", License: CCBY, Title: "D", URL: "https://ex.org/d", From: []string{"b", "c"}, Mode: Collection}}},
		"a lesson with a picture": {Works: []Work{a,
			{Ref: "p", License: CC0, Title: "Picture", URL: "https://ex.org/p.png", Role: Component, Creators: bo},
			{Ref: "l", License: CCBY, Title: "Lesson", URL: "https://ex.org/l", From: []string{"a", "p"}}}},
		"a translation": {Works: []Work{
			{Ref: "a", License: CCBY, Title: "A", URL: "https://ex.org/a", Transform: "translation"},
			{Ref: "t", License: CCBY, Title: "T", URL: "https://ex.org/t", Language: "es", From: []string{"a"}}}},
	} {
		for _, lang := range []string{"en", "es"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				target, one := g.Result()
				require.True(t, one)
				c := Attribute(g, target, lang)
				want := factsOf(g)
				assert.Equal(t, want, readRDFa(t, string(c.HTML())))
				assert.Equal(t, want, readJSONLD(t, c.JSONLD()))
				var tree creditTree
				require.NoError(t, json.Unmarshal(c.JSONLD(), &tree))
				assert.Equal(t, c.Text(), tree.Credit)
			})
		}
	}
}

func TestTheResultOfAGraphIsWhatNothingWasMadeFrom(t *testing.T) {
	ref, one := Graph{Works: []Work{{Ref: "a"}, {Ref: "b", From: []string{"a"}}}}.Result()
	assert.True(t, one)
	assert.Equal(t, "b", ref)
	for name, g := range map[string]Graph{
		"empty": {}, "two": {Works: []Work{{Ref: "a"}, {Ref: "b"}}}, "a circle": {Works: []Work{{Ref: "a", From: []string{"a"}}}},
	} {
		_, one := g.Result()
		assert.False(t, one, name)
	}
}

// TestWhoIsNotUnderstoodIsNotToldThatAllIsAllowed asks as people do who have not read the documentation.
func TestWhoIsNotUnderstoodIsNotToldThatAllIsAllowed(t *testing.T) {
	for asked, says := range map[string]string{
		`{}`:                           "names no works",
		`{"target":"a"}`:               "names no works",
		`{"sources":["CC-BY-ND-4.0"]}`: "names no works",
		`{"graph":{}}`:                 "names no works",
		`{"works":[{"ref":"a","license":"CC-BY-ND-4.0"}]}`:                 `"inputs"`,
		`{"inputs":[{"license":"CC-BY-SA-4.0"}],"license":"CC-BY-4.0"}`:    `"output"`,
		`{"inputs":[{"license":"CC-BY-SA-4.0"}],"licence":"CC-BY-NC-4.0"}`: `"output"`,
	} {
		var q Question
		assert.ErrorContains(t, json.Unmarshal([]byte(asked), &q), says, asked)
	}
	for _, own := range []string{`{"inputs":[]}`, `{"sources":[],"output":"CC-BY-4.0"}`} {
		var q Question
		require.NoError(t, json.Unmarshal([]byte(own), &q), own)
		assert.Equal(t, Allowed, Evaluate(q).Verdict, own)
	}
}

func TestAQuestionMayCiteWhereItComesFrom(t *testing.T) {
	var q Question
	require.NoError(t, json.Unmarshal([]byte(`{"inputs":[{"ref":"A","licence":"CC-BY-4.0"}],"sources":["cc-faq",{"ref":"B","license":"CC BY-SA 4.0"}]}`), &q))
	require.Len(t, q.Sources, 2)
	assert.Equal(t, [2]string{"A", "B"}, [2]string{q.Sources[0].Ref, q.Sources[1].Ref})
	assert.Equal(t, CCBYSA, q.Sources[1].License)
}
