package mirror

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// searchScript is the script's place in the mirror, and script what is in it. It reads files of the same folder as other
// scripts, because a page that was opened from a disk may not fetch.
const searchScript = "search.js"

//go:embed search.js
var script string

// How the index is divided: results in blocks of blockSize, words by a hash into files of about shardSize bytes. Of a word
// that very many have, the mostOf best are kept.
const (
	blockSize = 16
	shardSize = 12 << 10
	mostOf    = 2000
)

// Weights of where a word stands.
const (
	inTitle       = 8
	inCode        = 8
	inWords       = 4
	inDescription = 3
	inBody        = 1
)

type posting struct {
	doc    int32
	weight float32
}

// index is what the script searches.
type index struct {
	docs  []json.RawMessage
	terms map[string][]posting
}

func newIndex() *index { return &index{terms: map[string][]posting{}} }

// add puts a resource into the index, with the file of its page.
func (x *index) add(file string, e Entry) {
	facts := strings.Join(slices.DeleteFunc([]string{e.Source, e.License}, func(s string) bool { return s == "" }), " · ")
	row, err := json.Marshal([]string{file, e.Title, cut(e.Description, 160), facts, e.Language})
	if err != nil {
		panic(err) // strings always encode
	}
	doc := int32(len(x.docs))
	x.docs = append(x.docs, row)
	sums := map[string]float32{}
	count := func(text string, weight float32) {
		for _, w := range words(text) {
			sums[w] += weight
		}
	}
	count(e.Title, inTitle)
	count(e.Description, inDescription)
	count(e.Text, inBody)
	for _, c := range e.Codes {
		count(c, inCode)
	}
	for _, w := range e.Words {
		count(w, inWords)
	}
	count(e.Type+" "+strings.Join(e.Grades, " "), inBody)
	for w, sum := range sums {
		x.terms[w] = append(x.terms[w], posting{doc, sum / (sum + 4)}) // the tenth time says little
	}
}

// write puts the index into the mirror.
func (x *index) write(put func(name string, data io.Reader) error) error {
	size := 0
	lines := make(map[string]string, len(x.terms))
	for w, all := range x.terms {
		lines[w] = x.line(w, all)
		size += len(lines[w])
	}
	shards := 1
	for shards*shardSize < size {
		shards *= 2
	}
	files := make([][]string, shards)
	for w, l := range lines {
		i := hash(w) & uint32(shards-1)
		files[i] = append(files[i], l)
	}
	for i, list := range files {
		slices.Sort(list)
		if err := put(fmt.Sprintf("search/w%d.js", i), strings.NewReader(fmt.Sprintf("mirror(\"w%d\",{%s})\n", i, strings.Join(list, ",\n")))); err != nil {
			return err
		}
	}
	block := 0
	for docs := range slices.Chunk(x.docs, blockSize) {
		var b strings.Builder
		fmt.Fprintf(&b, "mirror(\"d%d\",[", block)
		for i, d := range docs {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.Write(d)
		}
		b.WriteString("])\n")
		if err := put(fmt.Sprintf("search/d%d.js", block), strings.NewReader(b.String())); err != nil {
			return err
		}
		block++
	}
	return put("search/all.js", strings.NewReader(fmt.Sprintf("mirror(\"all\",{\"shards\":%d,\"block\":%d})\n", shards, blockSize)))
}

// line is what the index says of a word: how many have it, then pairs of a resource and how well it fits, from 1 to 255 times
// the rarity of the word, the best first.
func (x *index) line(word string, all []posting) string {
	slices.SortFunc(all, func(a, b posting) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.doc, b.doc))
	})
	rare := math.Log(1 + float64(len(x.docs))/float64(len(all)))
	var b strings.Builder
	fmt.Fprintf(&b, "%q:[%d", word, len(all)) // words are letters and digits
	for _, p := range all[:min(len(all), mostOf)] {
		fmt.Fprintf(&b, ",%d,%d", p.doc, max(1, int(math.Round(float64(p.weight)*rare*100))))
	}
	b.WriteString("]")
	return b.String()
}

// words are the words of a text as the index has them. The script does the same with a query.
func words(text string) []string {
	var out []string
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
	for _, w := range strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' }) {
		w = strings.Trim(w, ".-")
		parts := strings.FieldsFunc(w, func(r rune) bool { return r == '.' || r == '-' })
		if len(parts) > 1 && strings.ContainsFunc(w, unicode.IsDigit) {
			out = append(out, strings.Join(parts, "")) // a code: 5.nf.b.3
			continue
		}
		for _, p := range parts {
			out = append(out, stem(p))
		}
	}
	return out
}

// stem makes one word of singular and plural, in English and Spanish: fracciones and fracción, slices and slice. It is crude
// on purpose: the script has the same few lines.
func stem(w string) string {
	if n := len(w); n > 3 && w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i' {
		w = w[:n-1]
	}
	if n := len(w); n > 4 && w[n-1] == 'e' {
		w = w[:n-1]
	}
	return w
}

// hash is FNV-1a over the units of UTF-16, which are what the script sees.
func hash(w string) uint32 {
	h := uint32(2166136261)
	for _, u := range utf16.Encode([]rune(w)) {
		h = (h ^ uint32(u)) * 16777619
	}
	return h
}

// cut is the text up to about n bytes, whole words.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if i := strings.LastIndexByte(s[:n], ' '); i > 0 {
		return s[:i] + " …"
	}
	return ""
}
