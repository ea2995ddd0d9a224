package metadata

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flat is a tree without what the two readers may differ in: empty lists.
type flat struct {
	name, space, words string
	attrs              map[string]string
	nodes              []flat
}

func flatten(n *node) flat {
	f := flat{name: n.name, space: n.space, words: string(n.words), attrs: n.attrs}
	for _, x := range n.nodes {
		f.nodes = append(f.nodes, flatten(x))
	}
	return f
}

// sameTree checks that what is read quickly is what is read patiently.
func sameTree(t *testing.T, src []byte) bool {
	t.Helper()
	root, ok := quickTree(src)
	if !ok {
		return false
	}
	patient, err := patientTree(src)
	require.NoError(t, err, "%q", src)
	require.Equal(t, flatten(patient), flatten(root), "%q", src)
	return true
}

func TestRecordsAreReadQuicklyOnlyWhereThatIsTheSame(t *testing.T) {
	for src, quickly := range map[string]bool{
		`<a>x</a>`:                                   true,
		"\n <a b=\"1\" c=\"2\"/> ":                   true,
		`<o:a xmlns:o="u"><b/></o:a>`:                true,
		`<o:a><p:b xmlns:p="">t</p:b></o:a>`:         true,
		`<a xmlns="u"><b xmlns="">x</b><c>y</c></a>`: true,
		`<a xmlns="u"><b xmlns:q="v"/><q:c/></a>`:    true,
		`<Title XML:Lang="EN">A &amp; B &lt;i&gt; &quot;x&quot; &apos;</Title>`: true,
		`<a>one <b>two</b> three <c/> four</a>`:                                 true,
		"<a>\u00a0</a>":                                                         true,
		`<a x="1" X="2">é</a>`:                                                  true,
		`<a>&nbsp;</a>`:                                                         false,
		`<a>&#65;</a>`:                                                          false,
		`<a>R & D</a>`:                                                          false,
		`<a><![CDATA[x]]></a>`:                                                  false,
		`<a>x<!-- c -->y</a>`:                                                   false,
		`<?xml version="1.0"?><a/>`:                                             false,
		`<a b='1'/>`:                                                            false,
		`<a b=1>x</a>`:                                                          false,
		`<a><b></a>`:                                                            false,
		`<a>x`:                                                                  false,
		`<a/><b/>`:                                                              false,
		`<a/>text`:                                                              false,
		`<a>]]></a>`:                                                            false,
		"<a>x\r\ny</a>":                                                         false,
		"<a>\x01</a>":                                                           false,
		"<a>\xff</a>":                                                           false,
		"\ufeff<a/>":                                                            false,
		`<xml:a/>`:                                                              false,
		`<a:b:c/>`:                                                              false,
		`<a b="<"/>`:                                                            false,
		`<a b="1"c="2"/>`:                                                       false,
		``:                                                                      false,
		`<`:                                                                     false,
		`</a>`:                                                                  false,
	} {
		assert.Equal(t, quickly, sameTree(t, []byte(src)), "%q", src)
	}
	files, err := filepath.Glob("testdata/records/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		sameTree(t, src)
	}
	for _, src := range [][]byte{DublinCore(View{Metadata: Metadata{Title: "T & <U>", Language: "en"}}), WriteLOM(View{Metadata: Metadata{Title: "T", Language: "en"}})} {
		assert.True(t, sameTree(t, src), "%s", src)
	}
}

// FuzzQuickTree compares the two readers on whatever the quick one accepts.
func FuzzQuickTree(f *testing.F) {
	files, err := filepath.Glob("testdata/records/*.xml")
	require.NoError(f, err)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(src)
	}
	f.Add([]byte(`<o:a xmlns:o="u" x="1">one <b xmlns="">t&amp;wo</b> three<c/></o:a>`))
	f.Fuzz(func(t *testing.T, src []byte) { sameTree(t, src) })
}

func BenchmarkReadRecord(b *testing.B) {
	v := View{Identifier: "oai:x.example.org:1", URL: "https://x.example.org/r/1", Metadata: Metadata{
		Title: "Sharing pizzas fairly", Description: "Students share pizzas among friends with drawings and paper circles.", Type: Lesson,
		Language: "en", License: "CC-BY-4.0", Creators: []Agent{{Name: "Rosa Delgado"}, {Name: "Kim Lee"}}, Subjects: []string{"mathematics"},
		Grades: []string{"5"}, Keywords: []string{"fractions", "division"}, Alignments: Alignments{Teaches: []string{"CCSS.MATH.CONTENT.5.NF.B.3"}},
	}}
	for prefix, src := range map[string][]byte{"oai_dc": DublinCore(v), "lom": WriteLOM(v), "mods": WriteMODS(v)} {
		b.Run(prefix, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := ReadRecord(prefix, src); problems.Refuse() {
					b.Fatal(problems)
				}
			}
		})
	}
}
