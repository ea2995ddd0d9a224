package licensing

import (
	"strings"
	"sync"
)

// sentence is what a code says, and the clause that it rests on.
type sentence struct{ Code, Clause, En, Es string }

type sentences struct{ reasons, obligations map[string]sentence }

var loadSentences = sync.OnceValue(func() sentences {
	var file struct{ Reasons, Obligations []sentence }
	mustDecode("sentences.json", &file)
	s := sentences{map[string]sentence{}, map[string]sentence{}}
	for _, r := range file.Reasons {
		s.reasons[r.Code] = r
	}
	for _, o := range file.Obligations {
		s.obligations[o.Code] = o
	}
	return s
})

// in picks the language: Spanish for "es" and "es-…", English for all others.
func (s sentence) in(lang string) string {
	if spanish(lang) {
		return s.Es
	}
	return s.En
}

func spanish(lang string) bool {
	return len(lang) >= 2 && strings.EqualFold(lang[:2], "es") && (len(lang) == 2 || lang[2] == '-' || lang[2] == '_')
}

// In is the reason's sentence in a language: "en" or "es"; any other is answered in English.
func (r Reason) In(lang string) string {
	code := r.Code
	if strings.HasPrefix(code, upstreamViolation) {
		code = upstreamViolation
	}
	text := loadSentences().reasons[code].in(lang)
	if !strings.Contains(text, "{") {
		return text
	}
	names := make([]string, len(r.Licenses))
	for i, id := range r.Licenses {
		names[i] = shortName(id)
	}
	and := " and "
	if spanish(lang) {
		and = " y "
	}
	text = strings.ReplaceAll(text, "{licenses}", enumerate(names, and))
	return strings.ReplaceAll(text, "{output}", shortName(r.Output))
}

// In is the obligation's sentence in a language: "en" or "es"; any other is answered in English.
func (o Obligation) In(lang string) string { return loadSentences().obligations[o.Code].in(lang) }

// Clause is where the license asks for it.
func (o Obligation) Clause() string { return loadSentences().obligations[o.Code].Clause }

// shortName is how people call a license; for an id that is not known, the id, shortened.
func shortName(id ID) string {
	if r := loadFacts().record(id); r != nil {
		return r.Short
	}
	if id == NotCleared {
		return "unknown rights"
	}
	return quoted(string(id))
}

// enumerate joins names: "a, b and c". More than six are cut.
func enumerate(names []string, and string) string {
	if len(names) > 6 {
		names = append(names[:6:6], "…")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + and + names[last]
}
