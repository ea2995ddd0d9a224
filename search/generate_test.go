package search_test

import (
	"cmp"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/commonplace-oer/commonplace/search"
)

// Judged queries are made here from the texts of a corpus: of each it is known which resource it is made of, so that this is
// what must be found. What makes a query differs by kind:
//
//	known            a title with words left out, and a telling word of the text
//	term             a word or pair that a text has often; other texts that have it are relevant too
//	definition       what a sentence says that something is; the sentence is taken out of the text
//	definition_kept  the same with words left out; the sentence stays
//	question         a question of the text, which is taken out of it
//	question_asked   a sentence with words left out and in other forms, in the words of a question
//	objective        a part of a sentence behind a verb like "Explain"; most of the sentences are taken out
//	objective_kw     telling words of a sentence
//	typo_KIND        a term with one mistake: a key beside, two letters swapped, one left out, doubled, one more, the first
//	                 letter wrong, two mistakes, or the blank left out
//	code             a code that the resource teaches, as people write it, with and without words
//	grade            a term and a grade, in words
//	es_...           the same of Spanish texts; es_noaccent is es_objective without accents
//
// Half of the resources, by a checksum of their identifiers, are for choosing numbers; the queries of the others are held
// out. All of them are searched.

var (
	judgedMade = flag.Bool("judged-made", false, "replace the queries of -judged by made ones")
	judgedHalf = flag.Int("judged-half", -1, "with -judged-made, only the queries of one half: 0 to choose numbers with, 1 is held out")
)

// maker makes queries of a corpus; it takes what it asks for out of the texts.
type maker struct {
	docs    []search.Document
	least   int        // bytes of a text that queries other than of its title are made of
	random  *rand.Rand // of one document, so that others make no difference to it
	words   [][]string // of each document, folded
	counts  []map[string]int
	pairs   []map[string]int
	having  map[string]int // documents, by word
	queries []judgment
	asked   map[string]bool
}

// generate gives the documents, without what the queries quote, and the queries.
func generate(docs []search.Document, least int) judgedSet {
	m := maker{docs: slices.Clone(docs), least: least, asked: map[string]bool{}}
	m.count()
	for i := range m.docs {
		d := &m.docs[i]
		m.random = rand.New(rand.NewPCG(uint64(checksum(d.ID)), 5))
		d.Grades = []string{fmt.Sprint(1 + m.random.IntN(12))}
		d.Teaches = []string{m.anyCode()}
	}
	for i := range m.docs {
		d := &m.docs[i]
		m.random = rand.New(rand.NewPCG(uint64(checksum(d.ID)), 7))
		if len(d.Body) > m.least {
			m.sentences(i)
		}
		m.known(i)
	}
	m.count() // of what is left
	for i := range m.docs {
		m.random = rand.New(rand.NewPCG(uint64(checksum(m.docs[i].ID)), 11))
		if len(m.docs[i].Body) > m.least {
			m.terms(i)
		}
		m.codes(i)
	}
	return judgedSet{resources: m.docs, queries: m.queries}
}

func checksum(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	x := h.Sum32()
	x ^= x >> 16 // its low bits alone say little
	x *= 0x45d9f3b
	return x ^ x>>16
}

var wordLike = regexp.MustCompile(`[\p{L}\p{M}]+|\p{N}+`)

func unaccented(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func foldedOf(s string) []string { return wordLike.FindAllString(unaccented(strings.ToLower(s)), -1) }

func (m *maker) count() {
	m.words, m.counts, m.pairs, m.having = nil, nil, nil, map[string]int{}
	for _, d := range m.docs {
		words := foldedOf(d.Title + " . " + d.Description + " . " + d.Body)
		counts, pairs := map[string]int{}, map[string]int{}
		for i, w := range words {
			counts[w]++
			if i > 0 {
				pairs[words[i-1]+" "+w]++
			}
		}
		for w := range counts {
			m.having[w]++
		}
		m.words, m.counts, m.pairs = append(m.words, words), append(m.counts, counts), append(m.pairs, pairs)
	}
}

// telling lists the words that say something: neither short nor everywhere.
func (m *maker) telling(s string) (out []string) {
	for _, w := range wordLike.FindAllString(strings.ToLower(s), -1) {
		if f := unaccented(w); len(f) > 3 && float64(m.having[f]) < 0.3*float64(len(m.docs)) {
			out = append(out, w)
		}
	}
	return out
}

func (m *maker) add(i int, kind, text string, relevant map[string]int) {
	if m.asked[kind+text] || strings.TrimSpace(text) == "" {
		return
	}
	m.asked[kind+text] = true
	d := m.docs[i]
	if strings.HasPrefix(d.Language, "es") && !strings.HasPrefix(kind, "es_") {
		kind = "es_" + kind
	}
	if relevant == nil {
		relevant = map[string]int{d.ID: 2}
	}
	m.queries = append(m.queries, judgment{Kind: kind, Language: d.Language, Text: text, Relevant: relevant})
}

func (m *maker) chance(p float64) bool     { return m.random.Float64() < p }
func (m *maker) pick(list []string) string { return list[m.random.IntN(len(list))] }
func (m *maker) take(i int, sentence string) {
	m.docs[i].Body = strings.ReplaceAll(m.docs[i].Body, sentence, " ")
}
func (m *maker) spanish(i int) bool { return strings.HasPrefix(m.docs[i].Language, "es") }
func (m *maker) choose(i int, a, b []string) string {
	if m.spanish(i) {
		return m.pick(b)
	}
	return m.pick(a)
}

// without leaves out a share of the words.
func (m *maker) without(words []string, share float64) (out []string) {
	for _, w := range words {
		if !m.chance(share) {
			out = append(out, w)
		}
	}
	return out
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?]\s+`)
	unclean     = regexp.MustCompile(`[\\=_{}\[\]<>|#*]|(?i:figure|table|example|equation|figura|tabla|ejemplo|ecuación)`)
	defines     = regexp.MustCompile(`^(?:(?:An?|The|El|La|Los|Las|Un|Una) )?[\p{L}-]+(?: [\p{L}-]+){0,2} (?:is called|refers to|is|are|se llama|se define como|se refiere a|es|son) ((?:an?|the|any|when|un|una|el|la|los|las) .*)[.]$`)

	verbs = [2][]string{
		{"Explain", "Describe", "Identify", "Discuss", "Analyze", "Define", "Explain how", "Describe the", "Explain the importance of", "By the end of this section, you will be able to describe"},
		{"Explicar", "Describir", "Identificar", "Resolver", "Determinar", "Definir", "Explicar cómo", "Aplicar", "Utilizar", "Al final de la lección, podrá describir"},
	}
	asking = [2][]string{
		{"Why is it important that %s?", "How does it happen that %s?", "What is the reason that %s?", "What would you expect if %s?", "Why do %s?", "Can you tell me how %s?", "What do we know about %s?", "How do I teach that %s?"},
		{"¿Por qué %s?", "¿Cómo se explica que %s?", "¿Cuál es la razón por la que %s?", "¿Qué sabemos de %s?", "¿Cómo puedo enseñar que %s?", "¿Es verdad que %s?"},
	}
)

func sentencesOf(body string) (out []string) {
	for body != "" {
		end := sentenceEnd.FindStringIndex(body)
		if end == nil {
			return append(out, strings.TrimSpace(body))
		}
		out = append(out, strings.TrimSpace(body[:end[0]+1]))
		body = body[end[1]:]
	}
	return out
}

// sentences makes the queries that are made of sentences.
func (m *maker) sentences(i int) {
	var questions, statements, definitions []string
	for _, s := range sentencesOf(m.docs[i].Body) {
		n := len(strings.Fields(s))
		if n < 7 || n > 36 || unclean.MatchString(s) || len(m.telling(s)) < 3 {
			continue
		}
		switch {
		case strings.HasSuffix(s, "?"):
			questions = append(questions, s)
		case defines.MatchString(s):
			definitions = append(definitions, s)
		case strings.HasSuffix(s, ".") && n >= 9:
			statements = append(statements, s)
		}
	}
	if len(questions) > 0 {
		s := m.pick(questions)
		m.take(i, s)
		m.add(i, "question", s, nil)
	}
	if len(definitions) > 0 {
		s := m.pick(definitions)
		what := defines.FindStringSubmatch(s)[1]
		if m.chance(.5) {
			m.take(i, s)
			m.add(i, "definition", what, nil)
		} else {
			m.add(i, "definition_kept", strings.Join(m.without(strings.Fields(what), .3), " "), nil)
		}
	}
	if len(statements) == 0 {
		return
	}
	if m.chance(.5) {
		words := m.without(strings.Fields(strings.TrimSuffix(m.pick(statements), ".")), .17)
		for j, w := range words {
			if !m.spanish(i) && m.chance(.25) {
				words[j] = otherForm(w)
			}
		}
		asked := strings.Join(words, " ")
		m.add(i, "question_asked", fmt.Sprintf(m.choose(i, asking[0], asking[1]), strings.ToLower(asked[:1])+asked[1:]), nil)
	}
	s := m.pick(statements)
	words := strings.Fields(strings.TrimSuffix(s, "."))
	n := min(len(words), 5+m.random.IntN(9))
	from := m.random.IntN(len(words) - n + 1)
	if m.chance(.6) {
		m.take(i, s)
	}
	if part := strings.Join(words[from:from+n], " "); len(m.telling(part)) >= 2 {
		text := m.choose(i, verbs[0], verbs[1]) + " " + part
		m.add(i, "objective", text, nil)
		if m.spanish(i) {
			m.add(i, "es_noaccent", unaccented(text), nil)
		}
	}
	if said := m.telling(s); len(said) >= 3 {
		for len(said) > 3+m.random.IntN(3) {
			at := m.random.IntN(len(said))
			said = slices.Delete(said, at, at+1)
		}
		m.add(i, "objective_kw", strings.Join(said, " "), nil)
	}
}

// otherForm gives an English word in a form that it may have elsewhere, right or wrong.
func otherForm(w string) string {
	switch {
	case len(w) < 5 || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }):
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ss"):
		return w + "es"
	case strings.HasSuffix(w, "s"):
		return w[:len(w)-1]
	case strings.HasSuffix(w, "ing"):
		return w[:len(w)-3] + "ed"
	case strings.HasSuffix(w, "ed"):
		return w[:len(w)-2] + "ing"
	}
	return w + "s"
}

// known makes a query by somebody who half remembers a title.
func (m *maker) known(i int) {
	words := foldedOf(m.docs[i].Title)
	if len(words) < 3 {
		return
	}
	kept := m.without(words, .4)
	if text := m.telling(strings.Join(kept, " ")); len(text) == 0 {
		return
	}
	if best := m.best(i); len(best) > 0 {
		kept = append(kept, m.pick(best[:min(len(best), 8)]))
	}
	m.add(i, "known", strings.Join(kept, " "), nil)
}

// best lists words that tell a document from others, the best first.
func (m *maker) best(i int) []string { return m.ranked(m.counts[i], 1) }

func (m *maker) ranked(counts map[string]int, size int) (out []string) {
	score := map[string]float64{}
	for text, n := range counts {
		words := strings.Fields(text)
		if n < 2 || len(words) != size {
			continue
		}
		value, good := float64(n), true
		for _, w := range words {
			share := float64(m.having[w]) / float64(len(m.docs))
			good = good && m.having[w] > 1 && share < .2 && len(w) > 5-size && !strings.ContainsFunc(w, unicode.IsNumber)
			value *= -math.Log(share)
		}
		if good {
			score[text] = value
			out = append(out, text)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), strings.Compare(a, b))
	})
	return out[:min(len(out), 8)]
}

// of gives how much each document is about a term: how often it has it, five times as much where the title has it.
func (m *maker) of(text string) map[string]float64 {
	out := map[string]float64{}
	pair := strings.Contains(text, " ")
	for i, d := range m.docs {
		n := m.counts[i][text]
		if pair {
			n = m.pairs[i][text]
		}
		if n == 0 {
			continue
		}
		score := float64(n)
		if strings.Contains(" "+strings.Join(foldedOf(d.Title), " ")+" ", " "+text+" ") {
			score *= 5
		}
		out[d.ID] = score
	}
	return out
}

// relevance judges documents by how much they are about a term: 2 for the one that is most, 1 for at most three others that are half as
// much.
func relevance(of map[string]float64) map[string]int {
	var list []string
	for id := range of {
		list = append(list, id)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), strings.Compare(a, b)) })
	out := map[string]int{}
	for rank, id := range list[:min(len(list), 4)] {
		if rank == 0 {
			out[id] = 2
		} else if of[id] >= .5*of[list[0]] {
			out[id] = 1
		}
	}
	return out
}

// terms makes the queries that are terms, right and misspelled.
func (m *maker) terms(i int) {
	for _, from := range [][]string{m.best(i), m.ranked(m.pairs[i], 2)} {
		if len(from) == 0 {
			continue
		}
		term := m.pick(from)
		if m.asked["of "+term] {
			continue
		}
		m.asked["of "+term] = true
		of := m.of(term)
		relevant := relevance(of)
		if m.chance(.5) {
			m.add(i, "term", term, relevant)
		}
		if m.chance(.4) {
			m.grade(i, term, of)
		}
		kind := m.pick(mistakes)
		if kind == "joined" && !strings.Contains(term, " ") {
			kind = "swapped"
		}
		if wrong := m.mistake(kind, term); wrong != term {
			m.add(i, "typo_"+kind, wrong, relevant)
		}
	}
}

// grade asks for a term in a grade that some document of several has: those of that grade are relevant.
func (m *maker) grade(i int, term string, of map[string]float64) {
	grade := m.docs[i].Grades[0]
	if _, ok := of[m.docs[i].ID]; !ok || len(of) < 3 {
		return
	}
	for _, d := range m.docs {
		if d.Grades[0] != grade {
			delete(of, d.ID)
		}
	}
	n := 0
	_, _ = fmt.Sscan(grade, &n)
	ordinal := [...]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"}
	spoken := [...]string{"primer", "segundo", "tercer", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo", "undécimo", "duodécimo"}
	suffix := map[int]string{1: "st", 2: "nd", 3: "rd"}[n]
	if suffix == "" {
		suffix = "th"
	}
	text := m.choose(i,
		[]string{term + " " + grade + suffix + " grade", "grade " + grade + " " + term, ordinal[n-1] + " grade " + term, term + " for " + grade + suffix + " graders"},
		[]string{term + " " + grade + ".º grado", term + " grado " + grade, term + " para " + spoken[n-1] + " grado", term + " de " + grade + "° grado"})
	m.add(i, "grade", text, relevance(of))
}

var mistakes = []string{"beside", "swapped", "left_out", "doubled", "more", "first", "two", "joined"}

var keysBeside = func() map[byte]string {
	out := map[byte]string{}
	rows := []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}
	for r, row := range rows {
		for i := range len(row) {
			for _, other := range rows[max(r-1, 0):min(r+2, len(rows))] {
				if from, to := max(i-1, 0), min(i+2, len(other)); from < to {
					out[row[i]] += strings.ReplaceAll(other[from:to], row[i:i+1], "")
				}
			}
		}
	}
	return out
}()

// mistake misspells one word of a term, of ASCII letters.
func (m *maker) mistake(kind, term string) string {
	words := strings.Fields(term)
	if kind == "joined" {
		return strings.Join(words, "")
	}
	at := m.random.IntN(len(words))
	w := words[at]
	if len(w) < 5 || strings.ContainsFunc(w, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return term
	}
	i := 1 + m.random.IntN(len(w)-2) // neither first nor last
	letter := string(rune('a' + m.random.IntN(26)))
	beside := keysBeside[w[i]]
	switch kind {
	case "beside":
		w = w[:i] + string(beside[m.random.IntN(len(beside))]) + w[i+1:]
	case "swapped":
		w = w[:i] + string(w[i+1]) + string(w[i]) + w[i+2:]
	case "left_out":
		w = w[:i] + w[i+1:]
	case "doubled":
		w = w[:i] + string(w[i]) + w[i:]
	case "more":
		w = w[:i] + letter + w[i:]
	case "first":
		beside = keysBeside[w[0]]
		switch m.random.IntN(3) {
		case 0:
			w = string(beside[m.random.IntN(len(beside))]) + w[1:]
		case 1:
			w = string(w[1]) + string(w[0]) + w[2:]
		default:
			w = w[1:]
		}
	case "two":
		term = m.mistake("swapped", w)
		return strings.Join(append(append(slices.Clone(words[:at]), m.mistake("left_out", term)), words[at+1:]...), " ")
	}
	words[at] = w
	return strings.Join(words, " ")
}

// anyCode is a code of the Common Core, of mathematics.
func (m *maker) anyCode() string {
	return fmt.Sprintf("%d.%s", 3+m.random.IntN(3), m.pick([]string{
		"OA.A.1", "OA.A.2", "NBT.A.1", "NBT.A.2", "NBT.A.3", "NF.A.1", "NF.A.2", "MD.A.1", "G.A.1", // of each of the three grades
	}))
}

// codes asks for the code that a resource teaches: all that teach it are relevant, and with words those that have them.
func (m *maker) codes(i int) {
	if !m.chance(.1) {
		return
	}
	code := m.docs[i].Teaches[0]
	parts := strings.Split(code, ".")
	text := m.pick([]string{
		code, parts[0] + "." + parts[1] + "." + parts[3], "CCSS.MATH.CONTENT." + code, "ccss " + strings.ToLower(code), strings.Join(parts, "-"),
	})
	best := m.best(i)
	if len(best) == 0 {
		return
	}
	word := m.pick(best)
	of := m.of(word)
	for _, d := range m.docs {
		if d.Teaches[0] != code {
			delete(of, d.ID)
		}
	}
	if of[m.docs[i].ID] > 0 {
		m.add(i, "code", text+" "+word, relevance(of))
	}
}

// halved keeps the queries of one half; -1 keeps all.
func (s judgedSet) halved(which int) judgedSet {
	if which >= 0 {
		s.queries = slices.DeleteFunc(slices.Clone(s.queries), func(j judgment) bool {
			best := ""
			for id, g := range j.Relevant {
				if g == 2 {
					best = id
				}
			}
			return int(checksum(best)>>8&1) != which
		})
	}
	return s
}
