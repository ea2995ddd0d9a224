// Package corpus makes catalogs of any size for tests and benchmarks of search: the same ones every time, one resource
// at a time, so that a million of them need no room.
//
// A resource has a title of about seven words, a description of 1 to 2 kB, a text of about 5 kB, up to three alignments
// to a framework of about 10,000 statements in a tree, a license, grades, a subject, a type, a language and a date. Words
// follow Zipf's law: most are of words that all subjects share, the rest of words of the subject, and three words of each
// resource are its own. As in the textbook modules that this was compared with, a resource has about 400 different words,
// and 500 have about 30,000.
package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
)

// Corpus is a catalog that never ends. It is safe for use by many goroutines.
type Corpus struct {
	seed  uint64
	short bool
	zipf  []float64 // cumulated share of the words of each rank
}

const (
	vocabulary = 16_000 // words that all subjects share, and as many of each subject
	skew       = 1.1
	flat       = 4.0 // how much the first ranks differ less than by the law
	again      = .4  // how often a word is one that the text had before
)

// Broad is the rank of a word of list 0 that about half of the resources have.
const Broad = 88

// New makes the corpus of a seed. Resources of a short one have no text but a description of 300 bytes.
func New(seed uint64, short bool) *Corpus {
	c := &Corpus{seed: seed, short: short, zipf: make([]float64, vocabulary)}
	sum := 0.0
	for i := range c.zipf {
		sum += math.Pow(float64(i)+flat, -skew)
		c.zipf[i] = sum
	}
	for i := range c.zipf {
		c.zipf[i] /= sum
	}
	return c
}

var (
	subjects  = []string{"mathematics", "science", "english-language-arts", "social-studies", "arts", "health", "computing", "languages"}
	types     = []string{"lesson", "unit", "activity", "assessment", "text", "media", "guide"}
	languages = []string{"en", "es", "fr", "de", "pt", "vi"}
	licenses  = []licensing.ID{
		"CC-BY-4.0", "CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "CC-BY-ND-4.0", "CC-BY-3.0", licensing.NotCleared,
	}
	sources = []string{"", "ohio", "texas", "oregon", "merlot", "openstax", "district-12", "archive"}
	grades  = []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
)

// skewed takes the first of n more often than the last.
func skewed(r *rand.Rand, n int) int { return int(float64(n) * r.Float64() * r.Float64()) }

// Document makes the resource of a number, from 0.
func (c *Corpus) Document(i int) search.Document {
	r := rand.New(rand.NewPCG(c.seed, uint64(i)))
	subject := skewed(r, len(subjects))
	grade := r.IntN(len(grades))
	d := search.Document{
		ID:       fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), i),
		Subjects: []string{subjects[subject]}, Grades: grades[grade:min(grade+1+r.IntN(3), len(grades))],
		License: licenses[skewed(r, len(licenses))], Type: types[skewed(r, len(types))], Language: languages[skewed(r, len(languages))],
		Source: sources[skewed(r, len(sources))], Creators: []string{c.word(r, 9) + " " + c.word(r, 9)},
		Modified: time.Unix(1_400_000_000+r.Int64N(300_000_000), 0).UTC(), Minutes: 5 * r.IntN(24),
	}
	for range 1 + r.IntN(3) {
		d.Teaches = append(d.Teaches, guid(framework(r), subject%len(domains), grade, r.IntN(domainsEach), r.IntN(statementsEach)))
	}
	d.Title = strings.TrimSpace(c.text(r, subject, 50))
	d.Description = c.text(r, subject, 1000+r.IntN(1000))
	if c.short {
		d.Description = c.text(r, subject, 300)
		return d
	}
	own := fmt.Sprintf(" x%s x%s x%s ", Word(r.Uint64N(1<<40)), Word(r.Uint64N(1<<40)), Word(r.Uint64N(1<<40)))
	d.Body = c.text(r, subject, 2000+r.IntN(2000)) + own + c.text(r, subject, 1000+r.IntN(2000))
	return d
}

// Documents makes the resources of the numbers from up to but without to.
func (c *Corpus) Documents(from, to int) []search.Document {
	docs := make([]search.Document, 0, to-from)
	for i := from; i < to; i++ {
		docs = append(docs, c.Document(i))
	}
	return docs
}

// text makes at least so many bytes of sentences.
func (c *Corpus) text(r *rand.Rand, subject, bytes int) string {
	var b strings.Builder
	b.Grow(bytes + 16)
	var before []string
	for b.Len() < bytes {
		word := ""
		switch n := r.Float64(); {
		case n < again && len(before) > 20:
			word = before[r.IntN(len(before))]
		case n < again+.75*(1-again):
			word = c.word(r, 0)
		default:
			word = c.word(r, uint64(subject)+1)
		}
		before = append(before, word)
		b.WriteString(word)
		if len(before)%12 == 0 {
			b.WriteByte('.')
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// word takes a word of a list by its share.
func (c *Corpus) word(r *rand.Rand, list uint64) string {
	return Ranked(list, sort.SearchFloat64s(c.zipf, r.Float64()))
}

// Ranked is the word of a rank, from 0, in a list: 0 is shared by all subjects, 1 to 8 are those of a subject.
func Ranked(list uint64, rank int) string { return Word(uint64(rank) + list*vocabulary*7) }

// Word makes a pronounceable word of a number, two numbers never the same; small numbers make short words.
func Word(n uint64) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	b := make([]byte, 0, 16)
	for n += 70; n > 0; n /= 70 {
		b = append(b, consonants[n%70/5], vowels[n%5])
	}
	return string(b)
}

// The tree of the framework: names, subjects, grades, domains and statements.
const (
	frameworks     = 4
	domainsEach    = 6
	statementsEach = 7
)

var domains = []string{"MATH", "SCI", "ELA", "SS"}

func framework(r *rand.Rand) int { return skewed(r, frameworks) }

// guid is the GUID of a statement; -1 stands for a level that is not gone down to.
func guid(framework, subject, grade, domain, statement int) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", framework+1, subject+1, grade+1, domain+1, statement+1)
}

// Subtree is the key of one statement above others: of a whole domain of a grade, or of a whole subject.
func Subtree(n uint64, whole bool) string {
	f, s, g, d := int(n%frameworks), int(n/4%4), int(n/16%14), int(n/224%domainsEach)
	if whole {
		return guid(f, s, -1, -1, -1)
	}
	return guid(f, s, g, d, -1)
}

// Framework makes the standards that the resources are aligned to: about 10,000 statements in four levels.
func Framework() (*standards.Framework, error) {
	type item struct {
		Identifier string `json:"identifier"`
		Code       string `json:"humanCodingScheme"`
		Statement  string `json:"fullStatement"`
	}
	type node struct {
		Identifier string `json:"identifier"`
	}
	type association struct {
		Type        string `json:"associationType"`
		Origin      node   `json:"originNodeURI"`
		Destination node   `json:"destinationNodeURI"`
	}
	var items []item
	var associations []association
	add := func(id, code, above string) {
		items = append(items, item{id, code, "Statement " + code})
		if above != "" {
			associations = append(associations, association{"isChildOf", node{id}, node{above}})
		}
	}
	for f := range frameworks {
		for s, domain := range domains {
			root := guid(f, s, -1, -1, -1)
			add(root, fmt.Sprintf("F%d.%s", f, domain), "")
			for g := range grades {
				grade := guid(f, s, g, -1, -1)
				add(grade, fmt.Sprintf("F%d.%s.G%d", f, domain, g), root)
				for d := range domainsEach {
					above := guid(f, s, g, d, -1)
					add(above, fmt.Sprintf("F%d.%s.G%d.D%d", f, domain, g, d), grade)
					for n := range statementsEach {
						add(guid(f, s, g, d, n), fmt.Sprintf("F%d.%s.G%d.D%d.%d", f, domain, g, d, n+1), above)
					}
				}
			}
		}
	}
	src, err := json.Marshal(map[string]any{
		"CFDocument": map[string]any{"identifier": "00000000-0000-4000-8000-0000000000ff", "title": "Framework of the corpus"},
		"CFItems":    items, "CFAssociations": associations,
	})
	if err != nil {
		return nil, err
	}
	return standards.ReadCASE(bytes.NewReader(src), "corpus")
}
