package merge

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Mark says what became of a block or of words.
type Mark string

// The marks.
const (
	Same     Mark = "same"
	Inserted Mark = "added"
	Removed  Mark = "removed"
	Revised  Mark = "changed"
)

// Block is a part of two versions of a text. The A of all blocks are the first version, byte for byte, the B the second.
type Block struct {
	Kind   Mark
	Type   BlockType
	A, B   []byte        // nil where a version does not have it; with the blank lines after it
	In     string        // the kind of ::: block that it stands in, such as "teacher"
	Under  string        // the heading that it stands under, in B
	Words  []WordChange  // of Revised, unless it is very long or the front matter
	Fields []FieldChange // of front matter that was revised
}

// WordChange is some words of a block. The text of those that are Same or Removed is A's, of Same or Inserted B's.
type WordChange struct {
	Kind Mark
	Text string
}

// FieldChange is a field of the front matter that differs. A list has one item a line.
type FieldChange struct {
	Field string
	A, B  string
}

// Diff compares two versions of a Markdown file block by block. A block that is inside a changed ::: block stands by
// itself; the lines that open and close that are blocks of the type Fence.
func Diff(a, b []byte) []Block { return diff(a, b, newMeter(0)) }

func diff(a, b []byte, m *meter) []Block {
	d := differ{m: m, x: newAligner(m)}
	af, ab := cutFront(a)
	bf, bb := cutFront(b)
	if len(af)+len(bf) > 0 {
		d.add(Front, af, bf)
	}
	aLead, p := parseBlocks(ab)
	bLead, q := parseBlocks(bb)
	if len(aLead)+len(bLead) > 0 {
		d.list = append(d.list, Block{Kind: Same, Type: Paragraph, A: aLead, B: bLead})
	}
	d.blocks(p, q, "")
	return d.list
}

// DiffLines compares two versions of another text.
func DiffLines(a, b []byte) []Block { return diffLines(a, b, newMeter(0)) }

func diffLines(a, b []byte, m *meter) []Block {
	d := differ{m: m}
	in := interner{}
	p, q := lines(a), lines(b)
	i := 0
	for _, h := range append(hunks(in.ids(p), in.ids(q), m), hunk{len(p), len(p), len(q), len(q)}) {
		if i < h.a0 {
			same := join(p[i:h.a0]...)
			d.list = append(d.list, Block{Kind: Same, Type: Lines, A: same, B: same})
		}
		if h.a0 < h.a1 || h.b0 < h.b1 {
			d.add(Lines, join(p[h.a0:h.a1]...), join(q[h.b0:h.b1]...))
		}
		i = h.a1
	}
	return d.list
}

// Pick makes a text of a, in which the blocks of a comparison that take chooses are as in b.
func Pick(blocks []Block, take func(i int) bool) []byte {
	var out bytes.Buffer
	fromA, fromB := true, true // which version the last block stands in
	for i, block := range blocks {
		text, inA, inB := block.A, true, bytes.Equal(block.A, block.B)
		if block.Kind != Same && take(i) {
			text, inA, inB = block.B, inB, true
		}
		if len(text) == 0 {
			if len(block.A) > 0 || len(block.B) > 0 {
				fromA, fromB = fromA && inA, fromB && inB
			}
			continue
		}
		if n := out.Len(); n > 0 && block.Type != Lines {
			if out.Bytes()[n-1] != '\n' {
				out.WriteByte('\n')
			}
			if !(fromA && inA || fromB && inB) && !endsBlank(out.Bytes()) && blocks[i].Type != Front {
				out.WriteByte('\n')
			}
		}
		out.Write(text)
		fromA, fromB = inA, inB
	}
	return out.Bytes()
}

func endsBlank(text []byte) bool {
	return bytes.HasSuffix(text, []byte("\n\n")) || bytes.HasSuffix(text, []byte("\n\r\n"))
}

type differ struct {
	m     *meter
	x     *aligner
	under string
	list  []Block
}

func (d *differ) add(kind BlockType, a, b []byte) *Block {
	block := Block{Kind: Revised, Type: kind, A: a, B: b, Under: d.under}
	switch {
	case bytes.Equal(a, b):
		block.Kind = Same
	case len(a) == 0:
		block.Kind, block.A = Inserted, nil
	case len(b) == 0:
		block.Kind, block.B = Removed, nil
	case kind == Front:
		block.Fields = fieldChanges(a, b)
	default:
		block.Words = words(a, b, d.m)
	}
	d.list = append(d.list, block)
	return &d.list[len(d.list)-1]
}

func (d *differ) blocks(a, b []block, in string) {
	partner := d.x.pairs(a, b)
	j := 0
	for i := 0; i <= len(a); i++ {
		to := len(b)
		if i < len(a) {
			if partner[i] < 0 {
				d.add(a[i].kind, a[i].whole(), nil).In = in
				continue
			}
			to = partner[i]
		}
		for ; j < to; j++ {
			d.heading(b[j])
			d.add(b[j].kind, nil, b[j].whole()).In = in
		}
		if i == len(a) {
			break
		}
		p, q := a[i], b[j]
		d.heading(q)
		j++
		switch {
		case bytes.Equal(p.text, q.text):
			d.list = append(d.list, Block{Kind: Same, Type: q.kind, A: p.whole(), B: q.whole(), In: in, Under: d.under})
		case p.kind == Container && q.kind == Container && len(p.kids) > 0 && len(q.kids) > 0:
			d.blocks(p.closed(), q.closed(), q.name)
		default:
			d.add(q.kind, p.whole(), q.whole()).In = in
		}
	}
}

// closed is the blocks in a container, the last with the blank lines after it.
func (b block) closed() []block {
	kids := slices.Clone(b.kids)
	kids[len(kids)-1].gap = join(kids[len(kids)-1].gap, b.gap)
	return kids
}

func (d *differ) heading(b block) {
	if b.kind == Heading {
		d.under = b.headingText()
	}
}

const maxWordDiff = 256 << 10 // bytes of two versions that are compared by words

var word = regexp.MustCompile(`!\[[^\]\n]*\]\([^)\n]*\)|\$\$[^$]*\$\$|\$[^$\s](?:[^$\n]*[^$\s])?\$|` + "`[^`\n]*`" +
	`|[\p{L}\p{M}\p{N}]+(?:[’'][\p{L}\p{M}\p{N}]+)*|[ \t]+|\r?\n|[^\p{L}\p{M}\p{N} \t\r\n]|\r`)

// words compares two texts word by word. An image, a formula and `code` are words.
func words(a, b []byte, m *meter) []WordChange {
	if len(a)+len(b) > maxWordDiff || m.exhausted() {
		return nil
	}
	p, q := cut(a), cut(b)
	in := interner{}
	var list []WordChange
	put := func(kind Mark, words ...[]byte) {
		text := string(join(words...))
		switch last := len(list) - 1; {
		case text == "":
		case last >= 0 && list[last].Kind == kind:
			list[last].Text += text
		case last >= 1 && kind == Removed && list[last].Kind == Inserted && list[last-1].Kind == Removed:
			list[last-1].Text += text
		default:
			list = append(list, WordChange{kind, text})
		}
	}
	i, j := 0, 0
	changes := hunks(in.spaced(p), in.spaced(q), m)
	for n, h := range append(changes, hunk{len(p), len(p), len(q), len(q)}) {
		between := n > 0 && n < len(changes) && len(bytes.TrimSpace(join(p[i:h.a0]...))) == 0 // a space between two changes
		for ; i < h.a0; i, j = i+1, j+1 {
			if between || !bytes.Equal(p[i], q[j]) {
				put(Removed, p[i])
				put(Inserted, q[j])
			} else {
				put(Same, p[i])
			}
		}
		put(Removed, p[h.a0:h.a1]...)
		put(Inserted, q[h.b0:h.b1]...)
		i, j = h.a1, h.b1
	}
	return list
}

// spaced gives words their numbers; all white space has one.
func (in interner) spaced(words [][]byte) []int32 {
	ids := make([]int32, len(words))
	for i, w := range words {
		if len(bytes.TrimSpace(w)) == 0 {
			w = []byte(" ")
		}
		ids[i] = in.id(w)
	}
	return ids
}

func cut(text []byte) (list [][]byte) {
	at := 0
	for _, m := range word.FindAllIndex(text, -1) {
		if m[0] > at { // bytes that are no UTF-8
			list = append(list, text[at:m[0]])
		}
		list, at = append(list, text[m[0]:m[1]]), m[1]
	}
	if at < len(text) {
		list = append(list, text[at:])
	}
	return list
}

// fieldChanges compares front matters by field, known ones by what they mean.
func fieldChanges(a, b []byte) (list []FieldChange) {
	differs := map[string]bool{}
	for _, name := range changedFields(metadataOf(a), metadataOf(b)) {
		differs[name] = true
	}
	p, q := entries(a), entries(b)
	old, now := byKey(p), byKey(q)
	for _, e := range append(q, p...) {
		known := knownField(e.key)
		if known && !differs[e.key] || !known && old[e.key] == now[e.key] {
			continue
		}
		list = append(list, FieldChange{e.key, fieldValue(old[e.key]), fieldValue(now[e.key])})
		delete(differs, e.key)
		old[e.key], now[e.key] = "", ""
	}
	return list
}

// fieldValue is what is written of a field.
func fieldValue(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for len(lines) > 0 && (strings.HasPrefix(lines[0], "#") || strings.TrimSpace(lines[0]) == "") {
		lines = lines[1:]
	}
	_, value, _ := strings.Cut(strings.Join(lines, ""), ":")
	return strings.TrimSpace(value)
}
