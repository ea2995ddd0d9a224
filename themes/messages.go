package themes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// messages are all words of the interface in one language.
type messages struct {
	lang      string
	entries   map[string]entry
	plain     map[string]string // without placeholders or plural forms: no template to run
	filled    map[string][]part // with placeholders, without plural forms: likewise
	localizer *i18n.Localizer

	base      map[string]bool            // what the default theme has, in this language
	baseNames map[string]map[string]bool // its placeholders
}

// entry is one message where a theme gives it.
type entry struct {
	forms  map[string]string // by plural form; a text without them is "other"
	plural bool
	file   string
	line   int
	layer  int
}

// pluralForms are the names that CLDR has for them.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// loadMessages merges messages/<lang>.json of all layers, the topmost last.
func loadMessages(ls layers, lang string) (*messages, Problems) {
	tag := language.MustParse(lang) // as theme.toml was checked
	bundle := i18n.NewBundle(tag)
	m := &messages{lang: lang, entries: map[string]entry{}, plain: map[string]string{}, filled: map[string][]part{}, base: map[string]bool{}, baseNames: map[string]map[string]bool{}}
	var problems Problems
	for i, l := range ls {
		name := "messages/" + lang + ".json"
		b, ok := l.files[name]
		if !ok {
			continue
		}
		var values map[string]json.RawMessage
		if err := json.Unmarshal(b, &values); err != nil {
			p := Problem{File: l.at(name), Line: 1, Message: err.Error(), Remedy: "write one object: { \"key\": \"text\", … }"}
			if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
				p.Line = 1 + strings.Count(string(b[:min(int(syntax.Offset), len(b))]), "\n")
			}
			problems = append(problems, p)
			continue
		}
		lines := keyLines(b)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			e := entry{file: l.at(name), line: lines[key], layer: i, forms: map[string]string{}}
			var text string
			if json.Unmarshal(values[key], &text) == nil {
				e.forms["other"] = text
			} else if e.plural = true; json.Unmarshal(values[key], &e.forms) != nil {
				problems = append(problems, Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("%q is neither a text nor plural forms", key), Remedy: `write "text", or { "one": "…", "other": "…" }`})
				continue
			}
			if found := e.check(key); found != nil {
				problems = append(problems, *found)
				continue
			}
			f := e.forms
			msg := &i18n.Message{ID: key, Zero: f["zero"], One: f["one"], Two: f["two"], Few: f["few"], Many: f["many"], Other: f["other"]}
			if err := bundle.AddMessages(tag, msg); err != nil {
				problems = append(problems, Problem{File: e.file, Line: e.line, Message: err.Error()})
				continue
			}
			m.entries[key] = e
			if i == 0 {
				m.base[key], m.baseNames[key] = true, e.placeholders()
			}
			delete(m.plain, key)
			delete(m.filled, key)
			switch {
			case e.plural:
			case strings.Contains(msg.Other, "{{"):
				m.filled[key] = parts(msg.Other)
			default:
				m.plain[key] = msg.Other
			}
		}
	}
	m.localizer = i18n.NewLocalizer(bundle, lang)
	return m, problems
}

// keyLines are the lines of a JSON object's keys.
func keyLines(src []byte) map[string]int {
	lines := map[string]int{}
	d := json.NewDecoder(bytes.NewReader(src))
	depth, isKey := 0, false
	for {
		before := d.InputOffset()
		tok, err := d.Token()
		if err != nil {
			return lines
		}
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
		case string:
			if depth == 1 && isKey {
				at := int(before) + max(bytes.IndexByte(src[before:], '"'), 0)
				lines[v] = 1 + bytes.Count(src[:at], []byte("\n"))
				isKey = false
				continue
			}
			isKey = depth == 1
		default:
			isKey = depth == 1
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Z][A-Za-z0-9]*)\}\}`)

// part is a part of a message: its words, and the placeholder that follows them; "" at the end.
type part struct{ words, placeholder string }

// parts cuts a message, whose braces are all of placeholders, at these.
func parts(text string) (list []part) {
	at := 0
	for _, hit := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		list = append(list, part{text[at:hit[0]], text[hit[2]:hit[3]]})
		at = hit[1]
	}
	return append(list, part{words: text[at:]})
}

// fill puts values into a message.
func fill(list []part, key string, pairs []any) (string, error) {
	if err := checkPairs(key, pairs); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.words)
		if p.placeholder == "" {
			continue
		}
		var value any = "<no value>"
		for i := len(pairs) - 2; i >= 0; i -= 2 {
			if pairs[i] == p.placeholder {
				value = pairs[i+1]
				break
			}
		}
		fmt.Fprint(&b, value)
	}
	return b.String(), nil
}

// placeholders are the names that a message fills in.
func (e entry) placeholders() map[string]bool {
	names := map[string]bool{}
	for _, text := range e.forms {
		for _, hit := range placeholder.FindAllStringSubmatch(text, -1) {
			names[hit[1]] = true
		}
	}
	return names
}

// check is what is wrong with the message by itself.
func (e entry) check(key string) *Problem {
	for _, form := range slices.Sorted(maps.Keys(e.forms)) {
		if !slices.Contains(pluralForms, form) {
			return &Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("%q has a plural form %q, which no language has", key, form), Remedy: "use " + strings.Join(pluralForms, ", ")}
		}
		if strings.Contains(placeholder.ReplaceAllString(e.forms[form], ""), "{{") {
			return &Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("%q has braces that are no placeholder", key), Remedy: "write placeholders as {{.Name}}"}
		}
	}
	return nil
}

// formsOf are the plural forms that a language has for whole numbers, in the order of CLDR.
func formsOf(lang string) []string {
	tag := language.MustParse(lang)
	bundle := i18n.NewBundle(tag)
	err := bundle.AddMessages(tag, &i18n.Message{ID: "n", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"})
	if err != nil {
		return []string{"other"}
	}
	found := map[string]bool{"other": true}
	localizer := i18n.NewLocalizer(bundle, lang)
	for _, n := range append([]int{1000, 100_000, 1_000_000}, oneTo200()...) {
		if form, err := localizer.Localize(&i18n.LocalizeConfig{MessageID: "n", PluralCount: n}); err == nil {
			found[form] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(pluralForms), func(f string) bool { return !found[f] })
}

func oneTo200() []int {
	list := make([]int, 200)
	for i := range list {
		list[i] = i
	}
	return list
}

// text is the message for a key, with pairs of names and values for its placeholders.
func (m *messages) text(key string, pairs ...any) (string, error) {
	if s, ok := m.plain[key]; ok {
		return s, nil
	}
	if list, ok := m.filled[key]; ok {
		return fill(list, key, pairs)
	}
	data, err := pairData(key, pairs)
	if err != nil {
		return "", err
	}
	s, err := m.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
	if err != nil {
		return "", fmt.Errorf("message %q in %s: %w", key, m.lang, err)
	}
	return s, nil
}

// count is the message for a number, which the message may name as {{.N}}.
func (m *messages) count(key string, n any, pairs ...any) (string, error) {
	data, err := pairData(key, pairs)
	if err != nil {
		return "", err
	}
	v, err := integer(n)
	if err != nil {
		return "", fmt.Errorf("message %q: %w", key, err)
	}
	data["N"] = number(v)
	s, err := m.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: v})
	if err != nil {
		return "", fmt.Errorf("message %q in %s: %w", key, m.lang, err)
	}
	return s, nil
}

// label is the message "group.value", or the value itself where nobody has put it into words.
func (m *messages) label(group, value string) string {
	key := group + "." + strings.ToLower(value)
	if _, ok := m.entries[key]; !ok {
		return value
	}
	s, err := m.text(key)
	if err != nil {
		return value
	}
	return s
}

func checkPairs(key string, pairs []any) error {
	if len(pairs)%2 != 0 {
		return fmt.Errorf("message %q: a name without a value", key)
	}
	for i := 0; i < len(pairs); i += 2 {
		if _, ok := pairs[i].(string); !ok {
			return fmt.Errorf("message %q: placeholder %v is not a name", key, pairs[i])
		}
	}
	return nil
}

func pairData(key string, pairs []any) (map[string]any, error) {
	if err := checkPairs(key, pairs); err != nil {
		return nil, err
	}
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	return data, nil
}

// words are the messages in a language, or in the theme's first one.
func (t *Theme) words(lang string) *messages {
	if m, ok := t.messages[lang]; ok {
		return m
	}
	return t.messages[t.languages[0]]
}

// Text is a message of the interface: for the few words that are not in templates. Where it is missing, the key
// itself comes back.
func (t *Theme) Text(lang, key string, pairs ...any) string {
	m := t.words(lang)
	s, err := m.text(key, pairs...)
	if err != nil {
		return key
	}
	return s
}

// Label is the message "group.value", or the value itself where there is none.
func (t *Theme) Label(lang, group, value string) string {
	m := t.words(lang)
	return m.label(group, value)
}

// Minutes is a length of time in words.
func (t *Theme) Minutes(lang string, n int) string {
	m := t.words(lang)
	s, err := m.minutes(n)
	if err != nil {
		return strconv.Itoa(n)
	}
	return s
}

// Size is a number of bytes in words.
func (t *Theme) Size(lang string, n int64) string { return t.words(lang).size(n) }

// Span is how long something takes, in words.
func (t *Theme) Span(lang string, d time.Duration) string {
	m := t.words(lang)
	s, err := m.span(d)
	if err != nil {
		return d.String()
	}
	return s
}
