package licensing

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Credit is the credit for one work and everything it was made from, in reading order: first the work itself, then what
// it came from, nearest first, each under the license it was offered with.
type Credit struct {
	Lang  string // "en" or "es"
	lines []creditLine
	tree  *creditTree
}

// creditLine is the credit of one work.
type creditLine struct {
	about  string // address of the work that the line is about
	pieces []piece
	links  []relation // what the line leaves unsaid, for programs
}

// relation leads from the work of a line to another work.
type relation struct{ rel, to string }

// piece is a run of text, perhaps with a link and a meaning.
type piece struct {
	text string
	href string
	role pieceRole
}

type pieceRole uint8

const (
	roleNone pieceRole = iota
	roleTitle
	roleCreator
	roleLicense
	roleSource
)

// Empty reports whether there is nothing to credit.
func (c Credit) Empty() bool { return len(c.lines) == 0 }

// Attribute writes the credit for the work target of the graph. Languages: "en" and "es"; any other is answered in
// English. The credit of an unknown target is empty.
func Attribute(g Graph, target string, lang string) Credit {
	w := newNetwork(loadFacts(), g.Works)
	i, ok := w.find(target)
	if !ok {
		return Credit{}
	}
	b := crediting{network: w, words: creditIn(lang), target: i, seen: map[string]bool{}}
	c := Credit{Lang: "en"}
	if spanish(lang) {
		c.Lang = "es"
	}
	order := w.ancestors([]int32{i})
	b.self()
	for _, k := range order[1:] {
		b.source(k)
	}
	c.lines = b.lines
	c.tree = b.treeOf(i, map[int32]bool{}, 0)
	return c
}

// crediting builds the lines.
type crediting struct {
	*network
	words  creditWords
	target int32
	lines  []creditLine
	seen   map[string]bool
}

func (b *crediting) line(about string, pieces ...piece) {
	b.lines = append(b.lines, creditLine{about: about, pieces: pieces})
}

// about names a work in RDFa: by its address, or else as a node without one, so that nothing is said of the page itself.
func about(w *Work) string {
	if u := safeURL(w.URL); u != "" {
		return u
	}
	return "[_:" + blankName(w.Ref) + "]"
}

// madeFrom are the works that a work is an adaptation of: not the pieces that merely stand in it.
func (b *crediting) madeFrom(n *node) []int32 {
	if n.work.Mode != "" && n.work.Mode != Adaptation {
		return nil
	}
	var made []int32
	for _, p := range b.parents(n) {
		if b.nodes[p].part == partAdapted || b.nodes[p].part == partProduced {
			made = append(made, p)
		}
	}
	return made
}

// links lead from a work to what it was made from and to its pieces, but for those that its line names with their address.
func (b *crediting) links(n *node, named []int32) []relation {
	var out []relation
	for _, p := range b.parents(n) {
		l := relation{"dct:source", about(b.nodes[p].work)}
		switch {
		case b.holds(n, p):
			l.rel = "dct:hasPart"
		case slices.Contains(named, p) && safeURL(b.nodes[p].work.URL) != "":
			continue
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// holds reports whether p is a piece of the work, and not something that it was adapted from.
func (b *crediting) holds(n *node, p int32) bool {
	part := b.nodes[p].part
	return n.work.Mode == Collection || part == partIncluded || part == partComponent || part == partExcerpt
}

// self writes the line of the work itself. A remix says what it is made from.
func (b *crediting) self() {
	n := &b.nodes[b.target]
	made := b.madeFrom(n)
	if len(made) == 0 {
		b.work(n, false)
		return
	}
	words := b.words
	pieces := b.head(n)
	translated := true
	for _, p := range made {
		translated = translated && b.nodes[p].work.Transform == "translation"
	}
	switch name := words.languages[base(n.work.Language)]; {
	case translated && name != "":
		pieces = append(pieces, piece{text: words.translation + words.into + name + words.of})
	case translated:
		pieces = append(pieces, piece{text: words.translation + words.of})
	default:
		pieces = append(pieces, piece{text: words.adaptation})
	}
	for k, p := range made {
		switch {
		case k == 0:
		case k == len(made)-1:
			pieces = append(pieces, piece{text: words.and})
		default:
			pieces = append(pieces, piece{text: ", "})
		}
		src := b.nodes[p].work
		pieces = append(pieces, piece{b.title(src), "", roleSource})
		if href := safeURL(src.URL); href != "" {
			pieces[len(pieces)-1].href = href
		}
	}
	pieces = append(pieces, piece{text: words.period})
	if n.work.License != "" {
		pieces = append(pieces, piece{text: words.adapted}, b.license(n.rec), piece{text: words.remains})
	}
	b.line(about(n.work), pieces...)
	b.lines[len(b.lines)-1].links = b.links(n, made)
}

// source writes the line of one ancestor. The same work is credited once, by its address and title and not by its
// author's name.
func (b *crediting) source(i int32) {
	n := &b.nodes[i]
	key := n.work.URL + "\x00" + n.work.Title
	if key == "\x00" {
		key = n.work.Ref
	}
	if b.seen[key] {
		return
	}
	b.seen[key] = true
	direct := false
	for _, p := range b.parents(&b.nodes[b.target]) {
		direct = direct || p == i
	}
	b.work(n, direct)
}

// work writes the credit of one work under its own license: title, author, source, license, notices and changes.
func (b *crediting) work(n *node, direct bool) {
	words, w := b.words, n.work
	about := about(w)
	pieces := b.head(n)
	switch {
	case n.part == partExcerpt:
		why := cmp.Or(clean(w.Excluded), words.exception)
		b.line(about, append(pieces, piece{text: words.excluded + sentenceEnd(why)})...)
		b.lines[len(b.lines)-1].links = b.links(n, nil)
		return
	case n.rec.class == classPD:
		pieces = append(pieces, piece{text: words.cc0}, b.license(n.rec), piece{text: words.period})
	case n.rec.class == classDesignation:
		pieces = append(pieces, piece{text: words.marked}, b.license(n.rec), piece{text: ")."})
	case n.rec.class == classUSGov:
		pieces = append(pieces, piece{text: words.usgov})
	case n.rec.class == classClaim:
		pieces = append(pieces, piece{text: words.free})
	case n.rec.class == classClosed:
		pieces = append(pieces, piece{text: words.reserved})
	case n.rec.class == classUnclear:
		pieces = append(pieces, piece{text: words.unknown})
	default:
		pieces = append(pieces, piece{text: words.licensed}, b.license(n.rec), piece{text: words.period})
	}
	pieces = append(pieces, b.notices(n)...)
	b.line(about, pieces...)
	b.lines[len(b.lines)-1].links = b.links(n, nil)
	if w.Anonymous {
		b.line(about, piece{text: words.withheld})
	}
	b.statements(n, about)
	switch {
	case direct && b.nodes[b.target].work.Mode == Collection:
		b.line(about, piece{text: b.title(w) + words.keeps})
	case w.Excluded != "":
		b.line(about, piece{text: b.title(w) + words.excluded + sentenceEnd(clean(w.Excluded))})
	}
}

// statements adds the sentences that some licenses ask for word by word.
func (b *crediting) statements(n *node, about string) {
	switch n.rec.class {
	case classOGL:
		b.line(about, piece{text: b.words.ogl}, b.license(n.rec), piece{text: b.words.period})
	case classODbL, classODCBy:
		b.line(about, piece{text: b.words.odbl + b.title(n.work) + b.words.ofDatabase}, b.license(n.rec), piece{text: b.words.period})
	}
}

// head is title and authors.
func (b *crediting) head(n *node) []piece {
	pieces := []piece{{b.title(n.work), safeURL(n.work.URL), roleTitle}}
	if clean(n.work.Title) == "" {
		pieces[0].role = roleNone
	}
	if n.work.Anonymous {
		return pieces
	}
	for k, c := range n.work.Creators {
		name := clean(c.Name)
		if name == "" {
			continue
		}
		before := ", "
		switch {
		case len(pieces) == 1:
			before = b.words.by
		case k == len(n.work.Creators)-1:
			before = b.words.and
		}
		pieces = append(pieces, piece{text: before}, piece{name, safeURL(c.URL), roleCreator})
	}
	return pieces
}

func (b *crediting) title(w *Work) string {
	if t := clean(w.Title); t != "" {
		return b.words.open + t + b.words.shut
	}
	return b.words.untitled
}

func (b *crediting) license(r *record) piece {
	return piece{r.Short, r.URL, roleLicense}
}

func (b *crediting) notices(n *node) []piece {
	var out []piece
	add := func(before, text string) {
		if text = clean(text); text != "" {
			out = append(out, piece{text: before + sentenceEnd(text)})
		}
	}
	add(" ", n.work.Notice)
	add(b.words.disclaimer, n.work.Disclaimer)
	add(b.words.modified, n.work.Changes)
	add(b.words.earlier, n.work.PriorChanges)
	return out
}

func sentenceEnd(s string) string {
	for _, end := range [...]string{".", "!", "?", "…"} {
		if s == "" || strings.HasSuffix(s, end) {
			return s
		}
	}
	return s + "."
}

// maxField bounds every foreign text of a credit, in bytes.
const maxField = 2000

// clean makes a foreign text safe to stand in a line: no controls, no line breaks, no characters that turn the
// direction of what follows.
func clean(s string) string {
	if len(s) > maxField {
		s = s[:maxField]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == 0xFEFF, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// safeURL lets through what a reader may follow: http and https, with nothing that could end an attribute or a link.
func safeURL(u string) string {
	u = strings.TrimSpace(u)
	if len(u) > maxField || !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u) {
		switch {
		case c < ' ' || c == 0x7F:
			return ""
		case strings.IndexByte(" \"'<>`\\^{|}()[]*", c) >= 0, c >= 0x80:
			const digits = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// base is the language of a BCP 47 tag: "es" of "es-MX".
func base(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	return tag
}
