package load

import (
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/search/corpus"
)

// Lesson is a lesson of a generated catalog.
type Lesson struct {
	Title string
	Index string // its index.md
}

// Lessons makes lessons, the same ones every time: words as in real catalogs, about 7 kB each.
type Lessons struct{ corpus *corpus.Corpus }

// NewLessons makes the lessons of a seed.
func NewLessons(seed uint64) *Lessons { return &Lessons{corpus.New(seed, false)} }

// codes are statements of the frameworks that come with the program.
var codes = []string{"5.NF.B.3", "4.NF.B.4", "5.NF.A.1", "4.NF.A.1", "5.NF.B.4", "6.NS.A.1", "5.OA.A.1", "MS-PS1-2", "5-LS2-1", "RI.5.8"}

// Lesson makes the lesson of a number, from 0. Every one may be remixed.
func (l *Lessons) Lesson(i int) Lesson {
	d := l.document(i)
	return Lesson{Title: d.Title, Index: index(d, codes[i%len(codes)])}
}

func (l *Lessons) document(i int) search.Document {
	d := l.corpus.Document(i)
	d.License = []licensing.ID{"CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"}[i%3]
	return d
}

func index(d search.Document, code string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\ndescription: %s\ntype: lesson\nlanguage: %s\nlicense: %s\ncreators: [{name: %s}]\n", d.Title, d.Description, d.Language,
		d.License, d.Creators[0])
	fmt.Fprintf(&b, "subjects: [%s]\ngrades: [%s]\nalignments: {teaches: [%s]}\ntime: PT45M\n---\n\n", d.Subjects[0], quoted(d.Grades), code)
	for i, paragraph := range strings.SplitAfter(d.Body, ". ") {
		if i%8 == 0 {
			fmt.Fprintf(&b, "\n\n## Step %d\n\n", i/8+1)
		}
		b.WriteString(paragraph)
	}
	b.WriteString("\n\n$$\\frac{3}{4} + \\frac{1}{4} = 1$$\n\n::: teacher\nAsk who shared in another way.\n:::\n")
	return b.String()
}

func quoted(words []string) string { return `"` + strings.Join(words, `", "`) + `"` }
