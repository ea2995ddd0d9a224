package themes

import (
	"errors"
	"html/template"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
	"time"
)

// pageTemplates are the templates of a page in a language. Most of the time of a page goes into calls from templates, which
// are made by reflection. So once html/template has decided how each value is escaped, what it has decided is kept, and said
// with fewer calls: messages that are the same each time stand in the text, an address is escaped by one call and not by
// three, words by the call that finds them, and what cannot need escaping by none. The bytes are the same. Where html/template calls its functions otherwise one
// day, nothing is changed.
type pageTemplates struct {
	tmpl     *template.Template
	messages *messages
	once     sync.Once
}

// layout returns the templates, ready to execute "layout".
func (p *pageTemplates) layout() *template.Template {
	p.once.Do(func() {
		// Escaping comes before executing, which ends with the first byte. Whatever is wrong is so again when the page is shown.
		_ = p.tmpl.ExecuteTemplate(refuse{}, "layout", frame{})
		p.tmpl.Funcs(template.FuncMap{textCall: escapedText, attributeCall: escapedAttribute, addressCall: escapedAddress})
		fused := p.messages.withEscaping()
		p.tmpl.Funcs(fused)
		for _, t := range p.tmpl.Templates() {
			if t.Tree != nil {
				p.fold(t.Tree.Root, fused)
			}
		}
	})
	return p.tmpl
}

type refuse struct{}

func (refuse) Write([]byte) (int, error) { return 0, errors.New("nothing is to be written") }

// Names that html/template gives to what escapes, and ours for what does the same.
const (
	inText      = "_html_template_htmlescaper"
	inTitle     = "_html_template_rcdataescaper"
	inAttribute = "_html_template_attrescaper"
	inTag       = "_html_template_htmlnamefilter"
	filter      = "_html_template_urlfilter"
	normalizer  = "_html_template_urlnormalizer"

	textCall      = "_text"
	attributeCall = "_attribute"
	addressCall   = "_address"
)

// withEscaping are functions whose words are escaped in the same call, by their names behind an underscore.
func (m *messages) withEscaping() template.FuncMap {
	return template.FuncMap{
		"_t":       func(key string, pairs ...any) (string, error) { return escaping(m.text(key, pairs...)) },
		"_tn":      func(key string, n any, pairs ...any) (string, error) { return escaping(m.count(key, n, pairs...)) },
		"_label":   func(group, value string) string { return escape(m.label(group, value)) },
		"_grades":  func(gs []string) (string, error) { return escaping(m.grades(gs)) },
		"_minutes": func(n int) (string, error) { return escaping(m.minutes(n)) },
		"_date":    func(at time.Time) (string, error) { return escaping(m.date(at)) },
	}
}

func escaping(s string, err error) (string, error) { return escape(s), err }

// unescaped are the functions whose results those that escape leave as they are: digits and signs, or attributes.
var unescaped = map[string][]string{
	"number": {inText, inAttribute}, "iso": {inText, inAttribute}, "stamp": {inText, inAttribute}, "foreign": {inTag},
}

// fold makes a list of nodes cheaper to execute.
func (p *pageTemplates) fold(list *parse.ListNode, fused template.FuncMap) {
	if list == nil {
		return
	}
	var out []parse.Node
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			p.fold(n.List, fused)
			p.fold(n.ElseList, fused)
		case *parse.WithNode:
			p.fold(n.List, fused)
			p.fold(n.ElseList, fused)
		case *parse.RangeNode:
			p.fold(n.List, fused)
			p.fold(n.ElseList, fused)
		case *parse.ActionNode:
			if s, ok := p.constant(n.Pipe); ok {
				out = withText(out, &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(escape(s))})
				continue
			}
			shorten(n.Pipe, fused)
		case *parse.TextNode:
			out = withText(out, n)
			continue
		}
		out = append(out, n)
	}
	list.Nodes = out
}

// withText puts a text behind nodes: into the last one where that is a text too.
func withText(nodes []parse.Node, text *parse.TextNode) []parse.Node {
	if len(nodes) > 0 {
		if last, ok := nodes[len(nodes)-1].(*parse.TextNode); ok {
			last.Text = append(last.Text, text.Text...)
			return nodes
		}
	}
	return append(nodes, text)
}

// constant is the message that a pipe gives each time: {{t "key"}}, where the message has no placeholders.
func (p *pageTemplates) constant(pipe *parse.PipeNode) (string, bool) {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 2 || !slices.Contains([]string{inText, inTitle, inAttribute}, called(pipe.Cmds[1])) {
		return "", false
	}
	args := pipe.Cmds[0].Args
	if len(args) != 2 || called(pipe.Cmds[0]) != "t" {
		return "", false
	}
	key, ok := args[1].(*parse.StringNode)
	if !ok {
		return "", false
	}
	s, ok := p.messages.plain[key.Text]
	return s, ok
}

// shorten has a pipe escape its value with fewer calls.
func shorten(pipe *parse.PipeNode, fused template.FuncMap) {
	n := len(pipe.Cmds)
	if n < 2 || len(pipe.Decl) > 0 {
		return
	}
	last := called(pipe.Cmds[n-1])
	if n == 2 && slices.Contains(unescaped[called(pipe.Cmds[0])], last) {
		pipe.Cmds = pipe.Cmds[:1]
		return
	}
	if own := "_" + called(pipe.Cmds[0]); n == 2 && (last == inText || last == inAttribute) && fused[own] != nil {
		pipe.Cmds = pipe.Cmds[:1]
		pipe.Cmds[0].Args[0] = parse.NewIdentifier(own).SetPos(pipe.Pos)
		return
	}
	call := ""
	switch last {
	case inText:
		call = textCall
	case inAttribute:
		call = attributeCall
		if n > 3 && called(pipe.Cmds[n-2]) == normalizer && called(pipe.Cmds[n-3]) == filter {
			pipe.Cmds = append(pipe.Cmds[:n-3:n-3], pipe.Cmds[n-1])
			call = addressCall
		}
	default:
		return
	}
	pipe.Cmds[len(pipe.Cmds)-1].Args = []parse.Node{parse.NewIdentifier(call).SetPos(pipe.Pos)}
}

// called is the function that a command calls; "" for another command.
func called(c *parse.CommandNode) string {
	if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return f.Ident
	}
	return ""
}

const special = "\x00\"&'+<>"

var specials = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// escape is a string in a text, or in an attribute in quotes, as html/template writes it.
func escape(s string) string {
	if !strings.ContainsAny(s, special) {
		return s
	}
	return specials.Replace(s)
}

func escapedText(v any) string {
	switch v := v.(type) {
	case string:
		return escape(v)
	case template.HTML:
		return string(v)
	}
	return usual["p"].of(v)
}

func escapedAttribute(v any) string {
	if s, ok := v.(string); ok {
		return escape(s)
	}
	return usual["title"].of(v)
}

func escapedAddress(v any) string {
	if s, ok := v.(string); ok && plainAddress(s) {
		return escape(s)
	}
	return usual["href"].of(v)
}

// plainAddress reports whether an address is one of those that html/template filters and normalizes to themselves.
func plainAddress(s string) bool {
	if !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~!#$&*+,/:;=?@[]", c) >= 0:
		case c == '%' && i+2 < len(s) && hexDigit(s[i+1]) && hexDigit(s[i+2]):
		default:
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// usually is html/template itself, for values that are not the usual ones: what stands before and behind them.
type usually struct {
	tmpl          *template.Template
	before, after string
}

var usual = map[string]usually{"p": around("<p>", "</p>"), "title": around(`<p title="`, `">`), "href": around(`<a href="`, `">`)}

func around(before, after string) usually {
	return usually{template.Must(template.New("").Parse(before + "{{.}}" + after)), before, after}
}

func (u usually) of(v any) string {
	var b strings.Builder
	if err := u.tmpl.Execute(&b, v); err != nil {
		panic(err) // text/template makes an error of the page of it
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), u.before), u.after)
}
