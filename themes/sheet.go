package themes

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// sheet is a style sheet whose rules know what a page must have for them.
type sheet []styleRule

type styleRule struct {
	around    string // the condition that it stands in, such as @media print; "" for none
	selectors []styleSelector
	body      string // declarations
	variables []string
	verbatim  string // in the place of all others: what is no rule, such as @page
}

type styleSelector struct {
	text  string
	needs []string // names of elements, .classes and #ids
}

// matches reports whether a page that has some names may have what the selector matches.
func (s *styleSelector) matches(has func(string) bool) bool {
	for _, n := range s.needs {
		if !has(n) {
			return false
		}
	}
	return true
}

// parseSheet reads a minified style sheet. What it cannot read is kept as it is.
func parseSheet(css string) (list sheet) {
	s := scanner{src: css, line: 1}
	around := ""
	asItIs := func(text string) styleRule {
		return styleRule{around: around, verbatim: text, variables: variablesOf(text)}
	}
	for {
		rest := s.src
		prelude, _, end := s.until("{};")
		name, _, _ := strings.Cut(prelude, " ")
		switch {
		case end == 0:
			if rest != "" {
				list = append(list, asItIs(rest))
			}
			return list
		case end == '}' && prelude == "":
			around = ""
		case end == '{' && around == "" && (name == "@media" || name == "@supports"):
			around = prelude
		case end == '{':
			start := s.src
			if _, _, end := s.until("{}"); end != '}' { // something nested: nobody's rule
				return append(list, asItIs(rest))
			}
			body := start[:len(start)-len(s.src)-1]
			if strings.HasPrefix(prelude, "@") {
				list = append(list, asItIs(prelude+"{"+body+"}"))
				continue
			}
			r := styleRule{around: around, body: body, variables: variablesOf(body)}
			for _, text := range splitSelectors(rest[:strings.IndexByte(rest, '{')]) {
				r.selectors = append(r.selectors, styleSelector{text, needsOf(text)})
			}
			list = append(list, r)
		default:
			list = append(list, asItIs(prelude+";"))
		}
	}
}

// write writes the rules that a page can use which has some names, and notes the variables that they use.
func (s sheet) write(b *strings.Builder, has func(string) bool, uses map[string]bool) {
	around := ""
	for _, r := range s {
		text := r.verbatim
		if text == "" {
			var kept []string
			for _, sel := range r.selectors {
				if sel.matches(has) {
					kept = append(kept, sel.text)
				}
			}
			if len(kept) == 0 {
				continue
			}
			text = strings.Join(kept, ",") + "{" + r.body + "}"
		}
		if r.around != around {
			if around != "" {
				b.WriteByte('}')
			}
			if r.around != "" {
				b.WriteString(r.around + "{")
			}
			around = r.around
		}
		b.WriteString(text)
		for _, v := range r.variables {
			uses[v] = true
		}
	}
	if around != "" {
		b.WriteByte('}')
	}
}

// splitSelectors splits at the commas that are in no parenthesis, bracket or string.
func splitSelectors(text string) (list []string) {
	depth, from := 0, 0
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			list = append(list, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(list, strings.TrimSpace(text[from:]))
}

// needsOf are the names without which a selector matches nothing. What is in parentheses and brackets is not looked at: it
// may be what an element must not have.
func needsOf(selector string) (needs []string) {
	depth := 0
	for i := 0; i < len(selector); i++ {
		c := selector[i]
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth > 0:
		case c == ':': // of pseudo-classes and -elements, the name
			for i+1 < len(selector) && (selector[i+1] == ':' || nameByte(selector[i+1])) {
				i++
			}
		case c == '\\': // an escape: whatever it means
			return nil
		case c == '.' || c == '#' || nameByte(c):
			end := i + 1
			for end < len(selector) && nameByte(selector[end]) {
				end++
			}
			name := selector[i:end]
			if c != '.' && c != '#' {
				name = strings.ToLower(name)
			}
			needs = append(needs, name)
			i = end - 1
		}
	}
	return needs
}

func nameByte(c byte) bool {
	return c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// namesIn tells which names the tags of a page have: of elements, in lower case, of .classes and of #ids.
func namesIn(page []byte) (has func(string) bool) {
	names := make(map[string]bool, 128)
	for _, implied := range []string{"html", "head", "body", "tbody"} {
		names[implied] = true
	}
	for {
		i := bytes.IndexByte(page, '<')
		if i < 0 || i+1 == len(page) {
			return func(name string) bool { return names[name] }
		}
		page = page[i+1:]
		end := 0
		for end < len(page) && nameByte(page[end]) {
			end++
		}
		if end == 0 {
			continue
		}
		if tag := page[:end]; !names[string(tag)] { // most are, and this makes no string
			names[strings.ToLower(string(tag))] = true
		}
		page = namesOfTag(page[end:], names)
	}
}

// namesOfTag notes the classes and the id among the attributes of a tag, and returns what follows it.
func namesOfTag(page []byte, names map[string]bool) []byte {
	for len(page) > 0 {
		i := bytes.IndexAny(page, ">=")
		if i < 0 {
			return nil
		}
		if page[i] == '>' {
			return page[i+1:]
		}
		attribute := page[:i]
		if at := bytes.LastIndexAny(attribute, " \t\n/\"'"); at >= 0 {
			attribute = attribute[at+1:]
		}
		page = page[i+1:]
		var value []byte
		if len(page) > 0 && (page[0] == '"' || page[0] == '\'') {
			end := bytes.IndexByte(page[1:], page[0])
			if end < 0 {
				return nil
			}
			value, page = page[1:1+end], page[end+2:]
		} else if end := bytes.IndexAny(page, " \t\n>"); end >= 0 {
			value, page = page[:end], page[end:]
		}
		switch string(attribute) {
		case "class":
			for class := range bytes.FieldsSeq(value) {
				names["."+string(class)] = true
			}
		case "id":
			names["#"+string(value)] = true
		}
	}
	return nil
}

func variablesOf(text string) []string {
	found := map[string]bool{}
	variablesIn([]byte(text), found)
	return slices.Collect(maps.Keys(found))
}

// variablesIn notes the names of the custom properties that a text uses.
func variablesIn(text []byte, uses map[string]bool) {
	for {
		i := bytes.Index(text, []byte("var(--"))
		if i < 0 {
			return
		}
		text = text[i+len("var("):]
		end := 2
		for end < len(text) && nameByte(text[end]) {
			end++
		}
		uses[string(text[:end])] = true
	}
}
