package themes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	asked   = regexp.MustCompile(`[{( ](tn?) "([^"]+)"`)
	labeled = regexp.MustCompile(`[{( ]label "([^"]+)"`)
)

// checkMessages names what a template asks for and a language does not have, what only some languages have, plural forms
// that are missing or that the language does not know, placeholders that nothing fills, and messages that nobody asks for.
func (t *Theme) checkMessages() (problems Problems) {
	known := map[string]bool{}
	groups := map[string]bool{"subject": true, "language": true}
	for _, file := range slices.Concat([]string{"layout.html"}, t.layers.list("partials", ".html"), t.layers.list("pages", ".html")) {
		src, l, err := t.layers.find(file)
		if err != nil {
			continue
		}
		for i, line := range strings.Split(string(src), "\n") {
			for _, hit := range labeled.FindAllStringSubmatch(line, -1) {
				groups[hit[1]] = true
			}
			for _, hit := range asked.FindAllStringSubmatch(line, -1) {
				known[hit[2]] = true
				problems = append(problems, t.checkAsked(Problem{File: l.at(file), Line: i + 1}, hit[2], hit[1] == "tn")...)
			}
		}
	}
	for _, a := range t.languages {
		forms := formsOf(a)
		for _, key := range slices.Sorted(maps.Keys(t.messages[a].entries)) {
			e := t.messages[a].entries[key]
			for _, b := range t.languages {
				if _, ok := t.messages[b].entries[key]; !ok {
					problems = append(problems, Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("messages/%s.json does not have %q", b, key), Remedy: "write it there too"})
				}
			}
			if e.plural {
				problems = append(problems, e.checkForms(key, a, forms)...)
			}
			if e.layer > 0 && !known[key] {
				problems = append(problems, t.checkOwn(key, e, groups)...)
			}
			problems = append(problems, t.checkPlaceholders(key, e)...)
		}
	}
	return problems
}

// checkAsked looks for a message in every language; p says where it is asked for.
func (t *Theme) checkAsked(p Problem, key string, counted bool) (problems Problems) {
	for _, l := range t.languages {
		e, ok := t.messages[l].entries[key]
		switch {
		case !ok:
			p.Message = fmt.Sprintf("messages/%s.json does not have %q", l, key)
			p.Remedy = "write it in " + t.layers[len(t.layers)-1].at("messages/"+l+".json")
		case e.plural && !counted:
			p.Message, p.Remedy = fmt.Sprintf("%q has plural forms in messages/%s.json, and no number is given", key, l), "ask for it by tn, with a number"
		case !e.plural && counted:
			p.File, p.Line = e.file, e.line
			p.Message, p.Remedy = fmt.Sprintf("%q is counted, and has no plural forms in messages/%s.json", key, l), "write { \"one\": \"…\", \"other\": \"…\" }"
		default:
			continue
		}
		problems = append(problems, p)
	}
	return problems
}

func (e entry) checkForms(key, lang string, forms []string) (problems Problems) {
	for _, form := range forms {
		if e.forms[form] == "" {
			problems = append(problems, Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("%q has no plural form %q, which %s has", key, form, lang), Remedy: "write " + strings.Join(forms, ", ")})
		}
	}
	for form := range e.forms {
		if !slices.Contains(forms, form) {
			problems = append(problems, Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("%q has the plural form %q, which %s does not have", key, form, lang), Remedy: "write " + strings.Join(forms, ", ")})
		}
	}
	return problems
}

// checkOwn looks at a message that no template asks for: the program does, or a list that can be made longer.
func (t *Theme) checkOwn(key string, e entry, groups map[string]bool) Problems {
	for _, l := range Languages {
		if m, ok := t.messages[l]; ok && m.base[key] {
			return nil
		}
	}
	if dot := strings.LastIndexByte(key, '.'); dot > 0 && groups[key[:dot]] {
		return nil
	}
	return Problems{{File: e.file, Line: e.line, Message: fmt.Sprintf("nobody asks for %q", key), Remedy: "look up its name in messages/en.json of the default theme, or remove it"}}
}

// checkPlaceholders compares a message with those of the same name in the default theme.
func (t *Theme) checkPlaceholders(key string, e entry) (problems Problems) {
	if e.layer == 0 {
		return nil
	}
	allowed := map[string]bool{"N": e.plural}
	inBase := false
	for _, m := range t.messages {
		if m.base[key] {
			inBase = true
			maps.Copy(allowed, m.baseNames[key])
		}
	}
	if !inBase {
		return nil
	}
	for name := range e.placeholders() {
		if !allowed[name] {
			problems = append(problems, Problem{File: e.file, Line: e.line, Message: fmt.Sprintf("nothing fills {{.%s}} of %q", name, key), Remedy: "use the placeholders of the default theme's message"})
		}
	}
	return problems
}
