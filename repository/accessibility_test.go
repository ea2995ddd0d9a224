package repository_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// TestTextsTellWhoCanUseThem: by publishing and, the same, by healing a catalog that is new.
func TestTextsTellWhoCanUseThem(t *testing.T) {
	type access = metadata.Accessibility
	cases := map[string]struct {
		text  string
		files []string
		want  access
	}{
		"words":         {"Fold.\n", nil, access{Modes: []string{"textual"}, Features: []string{"displayTransformability"}, Hazards: []string{"none"}}},
		"broken":        {"$$\\nothing$$\n", nil, access{Modes: []string{"textual"}, Features: []string{"MathML", "latex", "displayTransformability"}, Hazards: []string{"none"}}},
		"one described": {"![strips](a.png) ![](a.png)\n", []string{"a.png"}, access{Modes: []string{"textual", "visual"}, Features: []string{"displayTransformability"}, Hazards: []string{"none"}}},
		"elsewhere":     {"![strips](https://far.example/a.png)\n", nil, access{Modes: []string{"textual"}, Features: []string{"displayTransformability"}, Hazards: []string{"none"}}},
		"of teachers":   {"Fold.\n\n::: teacher\n![strips](a.png)\n:::\n", []string{"a.png"}, access{Modes: []string{"textual", "visual"}, Features: []string{"alternativeText", "displayTransformability"}, Hazards: []string{"none"}}},
		"sound":         {"![An interview](a.mp3)\n", []string{"a.mp3"}, access{Modes: []string{"textual", "auditory"}, Features: []string{"displayTransformability"}, Hazards: []string{"none"}}},
		"film":          {"![A film](a.mp4)\n", []string{"a.mp4", "a.vtt"}, access{Modes: []string{"textual", "visual", "auditory"}, Features: []string{"captions", "displayTransformability"}}},
		"silent films":  {"![A film](a.mp4)\n\n![Another](b.mp4)\n", []string{"a.mp4", "a.vtt", "b.mp4"}, access{Modes: []string{"textual", "visual", "auditory"}, Features: []string{"displayTransformability"}}},
	}
	w := newWorld(t)
	for name, c := range cases {
		files := lesson(name, "CC0", "")
		index := files["index.md"]
		unit := fstest.MapFS{
			"index.md":      {Data: []byte("---\ntitle: Unit\ntype: unit\nlanguage: en\nlicense: CC0\ncreators: [{name: Rosa}]\n---\n\nAll.\n")},
			"part/index.md": {Data: append(append([]byte(nil), index.Data...), "\n"+c.text...)},
		}
		for _, f := range c.files {
			unit["part/"+f] = &fstest.MapFile{Data: []byte("bytes of " + f)}
		}
		w.publish(t, slug(name), fs.FS(unit))
	}
	check := func(t *testing.T) {
		for name, c := range cases {
			r := w.get(t, "rosa/"+slug(name)+"/part")
			want := c.want
			assert.Equal(t, want, r.Access, name)
			v, err := w.View(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, want, v.Access, name)
			assert.Equal(t, []string{"textual"}, w.get(t, "rosa/"+slug(name)).Access.Modes, "a unit is what its own text is")
		}
	}
	check(t)
	old := w.get(t, "rosa/film/part")
	w.publish(t, "film", fstest.MapFS{
		"index.md":      {Data: []byte("---\ntitle: Unit\ntype: unit\nlanguage: en\nlicense: CC0\ncreators: [{name: Rosa}]\n---\n\nAll.\n")},
		"part/index.md": {Data: append(append([]byte(nil), lesson("film", "CC0", "")["index.md"].Data...), "\nWithout it.\n"...)},
	})
	now := w.get(t, "rosa/film/part")
	assert.Equal(t, []string{"textual"}, now.Access.Modes)
	was, err := w.At(t.Context(), old.Address, old.Revision)
	require.NoError(t, err)
	assert.Equal(t, old.Access, was.Access)
	cases["film"] = struct {
		text  string
		files []string
		want  access
	}{want: now.Access}

	w.restart(t)
	_, failed, err := w.Heal(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, failed)
	check(t)
}

func slug(name string) string { return strings.ReplaceAll(name, " ", "-") }
