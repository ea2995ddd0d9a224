package themes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	keys      map[string]bool
	plural    map[string]bool
	plain     map[string]string // without placeholders or plural forms: no template to run
	localizer *i18n.Localizer
}

// loadMessages merges messages/<lang>.json of all layers, the topmost last.
func loadMessages(ls layers, lang string) (*messages, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(tag)
	m := &messages{lang: lang, keys: map[string]bool{}, plural: map[string]bool{}, plain: map[string]string{}}
	for _, layer := range ls {
		name := "messages/" + lang + ".json"
		b, err := fs.ReadFile(layer, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var entries map[string]any
		if err := json.Unmarshal(b, &entries); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, v := range entries {
			msg, err := i18n.NewMessage(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
			msg.ID = key
			if err := bundle.AddMessages(tag, msg); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
			m.keys[key] = true
			_, simple := v.(string)
			m.plural[key] = !simple
			delete(m.plain, key)
			if simple && !strings.Contains(msg.Other, "{{") {
				m.plain[key] = msg.Other
			}
		}
	}
	m.localizer = i18n.NewLocalizer(bundle, lang)
	return m, nil
}

// text is the message for a key, with pairs of names and values for its placeholders.
func (m *messages) text(key string, pairs ...any) (string, error) {
	if s, ok := m.plain[key]; ok {
		return s, nil
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
	if !m.keys[key] {
		return value
	}
	s, err := m.text(key)
	if err != nil {
		return value
	}
	return s
}

func pairData(key string, pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("message %q: a name without a value", key)
	}
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("message %q: placeholder %v is not a name", key, pairs[i])
		}
		data[name] = pairs[i+1]
	}
	return data, nil
}

// Text is a message of the interface: for the few words that are not in templates. Where it is missing, the key
// itself comes back.
func (t *Theme) Text(lang, key string, pairs ...any) string {
	m, ok := t.messages[lang]
	if !ok {
		m = t.messages[Languages[0]]
	}
	s, err := m.text(key, pairs...)
	if err != nil {
		return key
	}
	return s
}

// Label is the message "group.value", or the value itself where there is none.
func (t *Theme) Label(lang, group, value string) string {
	m, ok := t.messages[lang]
	if !ok {
		m = t.messages[Languages[0]]
	}
	return m.label(group, value)
}

// Minutes is a length of time in words.
func (t *Theme) Minutes(lang string, n int) string {
	m, ok := t.messages[lang]
	if !ok {
		m = t.messages[Languages[0]]
	}
	s, err := m.minutes(n)
	if err != nil {
		return strconv.Itoa(n)
	}
	return s
}

// Span is how long something takes, in words.
func (t *Theme) Span(lang string, d time.Duration) string {
	m, ok := t.messages[lang]
	if !ok {
		m = t.messages[Languages[0]]
	}
	s, err := m.span(d)
	if err != nil {
		return d.String()
	}
	return s
}

var asked = regexp.MustCompile(`[{( ](tn?) "([^"]+)"`)

// checkMessages refuses a theme in which a template asks for words that a language does not have, or that are in one
// language only.
func (t *Theme) checkMessages() error {
	var missing []string
	files := []string{"layout.html"}
	for _, dir := range []string{"partials", "pages"} {
		names, err := t.layers.list(dir)
		if err != nil {
			return err
		}
		files = append(files, names...)
	}
	for _, file := range files {
		src, err := t.layers.read(file)
		if err != nil {
			return err
		}
		for _, hit := range asked.FindAllStringSubmatch(string(src), -1) {
			for _, l := range Languages {
				m := t.messages[l]
				if !m.keys[hit[2]] {
					missing = append(missing, fmt.Sprintf("%s asks for %q, which messages/%s.json does not have", file, hit[2], l))
				} else if m.plural[hit[2]] != (hit[1] == "tn") {
					missing = append(missing, fmt.Sprintf("%s: %q in messages/%s.json must be plural exactly where it is counted", file, hit[2], l))
				}
			}
		}
	}
	for _, a := range Languages {
		for _, b := range Languages {
			for key := range t.messages[a].keys {
				if !t.messages[b].keys[key] {
					missing = append(missing, fmt.Sprintf("messages/%s.json does not have %q of messages/%s.json", b, key, a))
				}
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return errors.New(strings.Join(slices.Compact(missing), "\n"))
}
