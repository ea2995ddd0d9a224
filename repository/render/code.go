package render

import (
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// What is highlighted of one page; further code is plain.
const (
	maxHighlighted = 60_000 // bytes
	maxCodeBlocks  = 300
)

// codeLanguages are the languages of school and of the work around it. Highlighting the others is not worth their risk:
// a lexer is a stack of regular expressions that run on foreign bytes.
const codeLanguages = " bash c c++ cpp c# csharp css csv diff go html ini java javascript js json kotlin latex tex lua markdown md " +
	"python py python3 r ruby rust scala sh sql swift toml typescript ts xml yaml yml "

func knownLanguage(language string) bool {
	return language != "" && strings.Contains(codeLanguages, " "+strings.ToLower(language)+" ")
}

// codeWriter writes blocks of code, with a span for each token where the pass named a language.
type codeWriter struct{ formatter *chromahtml.Formatter }

func newCodeWriter() codeWriter {
	return codeWriter{chromahtml.New(chromahtml.WithClasses(true), chromahtml.ClassPrefix("k-"), chromahtml.PreventSurroundingPre(true))}
}

func (c codeWriter) render(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	_, _ = w.WriteString(`<pre tabindex="0"><code>`)
	code := n.Lines().Value(src)
	if language := attribute(n, "language"); language == "" || !c.highlight(w, string(code), language) {
		_, _ = w.Write(util.EscapeHTML(code))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, nil
}

func (c codeWriter) highlight(w util.BufWriter, code, language string) bool {
	lexer := lexers.Get(language)
	if lexer == nil {
		return false
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	return err == nil && c.formatter.Format(w, styles.Fallback, tokens) == nil
}
