package search

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Document is what the index knows of one resource.
type Document struct {
	ID          string // the resource's UUID
	Title       string
	Description string
	Body        string   // plain text
	Keywords    []string // searched as text
	Creators    []string // names, searched as text
	Language    string   // BCP 47; chooses the stemmer
	Type        string   // "lesson", "unit", …
	Owner       string   // namespace; "" for harvested resources
	Source      string   // name of the peer; "" is this server's own and indexed as "own"
	License     licensing.ID
	Grades      []string // PK, K, 1 … 12, HE, adult
	Subjects    []string
	Teaches     []string // codes, URIs or GUIDs of standards, as written
	Assesses    []string // the same, of what it tests
	Requires    []string // the same, of what must be known before
	Lists       []string // slugs of the approved lists that it is on
	Minutes     int      // time that it takes; 0 if not known
	Remixes     int      // how many remixes of it are known
	Modified    time.Time
	// Origin identifies the original record: resources with the same one are mirrors of each other. "" if none is known.
	Origin string
}

// Own is the source of this server's own resources.
const Own = "own"

// maxBody is how many bytes of a resource's text are indexed.
const maxBody = 1 << 20

// size is how many bytes of text there are.
func (d *Document) size() int {
	n := len(d.Title) + len(d.Description) + len(d.Body)
	for _, s := range d.Keywords {
		n += len(s)
	}
	for _, s := range d.Creators {
		n += len(s)
	}
	return n
}

// indexed is how many bytes of text are indexed, about.
func (d *Document) indexed() int {
	return min(len(d.Title), maxBody) + min(d.size()-len(d.Title), maxBody)
}

// fields gives the document in the form that the mapping indexes.
func (d *Document) fields(l *standards.Library) map[string]any {
	title := plainText(d.Title)
	text := plainText(strings.Join([]string{
		d.Description, d.Body, strings.Join(d.Keywords, "\n"), strings.Join(d.Creators, "\n"),
	}, "\n"))
	m := map[string]any{
		fieldTitle:       parted(title),
		fieldText:        parted(text),
		fieldTitleKey:    titleKey(title),
		fieldShown:       shownTitle(title),
		fieldModified:    timeKey(d.Modified),
		fieldLength:      fmt.Sprint(titleWeight*countWords(title) + countWords(text)),
		fieldLicense:     licenseTerms(d.License),
		string(License):  string(d.License),
		string(Grade):    mapped(d.Grades, gradeName),
		string(Subject):  subjects(d.Subjects),
		string(Type):     d.Type,
		string(Language): d.Language,
		string(Owner):    d.Owner,
		string(Source):   d.Source,
		string(List):     mapped(d.Lists, strings.TrimSpace),

		string(Permission): permissions(d.License),
	}
	if d.Remixes > 0 {
		m[fieldRemixes] = fmt.Sprint(min(d.Remixes, math.MaxInt32))
	}
	if d.Minutes > 0 {
		m[fieldMinutes], m[string(Time)] = minutesTerm(d.Minutes), band(d.Minutes)
	}
	if d.Source == "" {
		m[string(Source)] = Own
	}
	if language := stemLanguage(d.Language); language != "" {
		m[stemFieldOf(language)] = nil // of the words of title and text
	}
	var main []string
	for i, written := range [][]string{d.Teaches, d.Assesses, d.Requires} {
		k := alignmentKeys(l, written)
		m[alignmentFields[i].direct], m[alignmentFields[i].all] = k.direct, k.all
		if alignmentFields[i].field != Requires {
			main = append(main, k.main...)
		}
	}
	m[fieldAligned] = unique(main)
	m[fieldSuggest] = suggestTerms(l, unique(main), d.Subjects)
	return m
}

// alignments are the keys that a document's alignments of one kind are found by.
type alignments struct {
	main   []string // one for each statement
	direct []string // and the others that the statement is known by
	all    []string // and those of the statements above
}

// alignmentKeys gives the keys of the statements that the alignments mean. What is no known code is kept as it is
// written, so that the same spelling finds it.
func alignmentKeys(l *standards.Library, written []string) (k alignments) {
	for _, a := range written {
		for _, r := range l.ResolveAll(a) {
			if !r.Known() {
				k.direct = append(k.direct, literalKey(r.Input))
				continue
			}
			k.main = append(k.main, r.Key())
			k.direct = append(k.direct, l.Keys(r.Key())...)
			for _, above := range l.Ancestors(r.Key()) {
				k.all = append(k.all, l.Keys(above)...)
			}
		}
	}
	k.main, k.direct = unique(k.main), unique(k.direct)
	k.all = unique(append(k.all, k.direct...))
	return k
}

// literalKey is the key of an alignment that is not understood.
func literalKey(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	if len(s) > maxValue {
		s = s[:maxValue]
	}
	return "as written: " + s
}

// licenseTerms are what license: finds a license by: its id, the id without port and version, and what it permits.
func licenseTerms(id licensing.ID) []string {
	var terms []string
	if s := strings.ToLower(string(id)); id != licensing.NotCleared {
		terms = append(terms, s)
		for i := 1; i+1 < len(s); i++ {
			if s[i] == '-' && s[i+1] >= '0' && s[i+1] <= '9' {
				terms = append(terms, s[:i])
				break
			}
		}
	}
	for _, p := range permissions(id) {
		terms = append(terms, p)
		if p == "adaptable" {
			terms = append(terms, "translatable") // a translation is an adaptation
		}
	}
	return unique(terms)
}

// permissions are what a license permits and demands, as values of Permission.
func permissions(id licensing.ID) []string {
	l, ok := licensing.Lookup(id)
	if !ok || l.Unclear || id == licensing.NotCleared {
		return []string{"uncleared"}
	}
	var list []string
	for _, p := range []struct {
		name string
		is   bool
	}{
		{"adaptable", l.Adaptable}, {"commercial", l.Commercial}, {"shareable", l.Shareable}, {"open", l.Open},
		{"attribution", l.Attribution}, {"share-alike", l.ShareAlike},
	} {
		if p.is {
			list = append(list, p.name)
		}
	}
	return list
}

// titleKey is a title, or a query, as its folded words with one blank between them.
func titleKey(s string) string {
	words := strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	key := strings.Join(words, " ")
	if len(key) > maxValue {
		return key[:maxValue]
	}
	return key
}

// plainText makes sure of valid text within the bounds of the index.
func plainText(s string) string {
	if len(s) > maxBody {
		s = s[:maxBody]
	}
	if utf8.ValidString(s) { // which is quick to see
		return s
	}
	return strings.ToValidUTF8(s, " ")
}

func timeKey(t time.Time) string { return fmt.Sprintf("%011d", min(max(t.Unix(), 0), 99_999_999_999)) }

func countWords(s string) int {
	n, in := 0, false
	for i := 0; i < len(s); {
		word, size := false, 1
		if c := s[i]; c < utf8.RuneSelf {
			word = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			word = unicode.IsLetter(r) || unicode.IsNumber(r)
		}
		if word && !in {
			n++
		}
		in = word
		i += size
	}
	return n
}

func mapped(values []string, f func(string) string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		if v = f(v); v != "" {
			out = append(out, v)
		}
	}
	return unique(out)
}

func unique(values []string) []string {
	seen := make(map[string]bool, len(values))
	out := values[:0:0]
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// maxShown is how many bytes of a title are kept to be shown.
const maxShown = 300

func shownTitle(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") // the end of a character cut in two
}
