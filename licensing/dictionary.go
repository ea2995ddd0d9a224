package licensing

import "strings"

// phrase is what a word or a sequence of words says.
type phrase struct {
	kind  string
	value string
	elem  elements
}

// dictionary finds phrases in folded text. Spaces and hyphens inside a phrase do not matter: "share alike",
// "Share-Alike" and "ShareAlike" are the same key.
type dictionary struct {
	entries map[string][]phrase
	starts  map[string]bool // every beginning of a key, so that a search stops early
	longest int
}

func loadDictionary() *dictionary {
	var file struct {
		Phrases []struct {
			Kind, Value string
			Words       []string
		}
	}
	mustDecode("words.json", &file)
	d := &dictionary{entries: map[string][]phrase{}, starts: map[string]bool{}}
	for _, p := range file.Phrases {
		for _, w := range p.Words {
			d.add(w, phrase{kind: p.Kind, value: p.Value})
		}
	}
	return d
}

func (d *dictionary) add(words string, p phrase) {
	if p.kind == "element" {
		p.elem, _ = elementNamed(p.value)
	}
	s := scanText(words)
	key := string(s.folded)
	d.entries[key] = append(d.entries[key], p)
	d.longest = max(d.longest, len(key))
	for i := 1; i <= len(key); i++ {
		d.starts[key[:i]] = true
	}
}

// at returns what the longest phrase at token i says, and how many tokens it takes. A phrase never goes over
// punctuation, except the dots of initials as in "U.S. Government".
func (d *dictionary) at(s *scan, i int) (found []phrase, n int) {
	for j := i; j < len(s.tokens); j++ {
		if j > i && !s.joins(j) {
			break
		}
		key := s.word(i, j+1)
		if len(key) > d.longest || !d.starts[string(key)] {
			break
		}
		if e, ok := d.entries[string(key)]; ok {
			found, n = e, j+1-i
		}
	}
	return found, n
}

// joins reports whether token j may go on with the phrase before it.
func (s *scan) joins(j int) bool {
	g := s.tokens[j].before
	if g&^inPhrase == 0 {
		return true
	}
	before := s.tokens[j-1]
	return before.stop && before.end-before.start == 1 && g&^(inPhrase|gapStop) == 0
}

// codeWord reads a word made of short codes: "ccbysa" is cc, by and sa. ok is false if anything else is in it.
func codeWord(w []byte) (mark bool, e elements, ok bool) {
	s := string(w)
	s, mark = strings.CutPrefix(s, "cc")
	n := 0
	for len(s) >= 2 {
		bit, is := elementNamed(s[:2])
		if !is || e.has(bit) {
			break
		}
		e |= bit
		s = s[2:]
		n++
	}
	return mark, e, s == "" && (mark || n > 0)
}
