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

// maxHighlighted bounds the code that is highlighted, in bytes a block; longer code is plain.
const maxHighlighted = 20_000

// codeLanguages are the languages of school and of the work around it. Highlighting the others is not worth their risk:
// a lexer is a stack of regular expressions that run on foreign bytes.
const codeLanguages = " bash c c++ cpp c# csharp css csv diff go html ini java javascript js json kotlin latex tex lua markdown md " +
	"python py python3 r ruby rust scala sh sql swift toml typescript ts xml yaml yml "

func knownLanguage(language string) bool {
	return language != "" && strings.Contains(codeLanguages, " "+strings.ToLower(language)+" ")
}

func newFormatter() *chromahtml.Formatter {
	return chromahtml.New(chromahtml.WithClasses(true), chromahtml.ClassPrefix("k-"), chromahtml.PreventSurroundingPre(true))
}

func renderCode(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	_, _ = w.WriteString(`<pre tabindex="0"><code>`)
	code := n.Lines().Value(src)
	if !highlight(w, code, n, src) {
		_, _ = w.Write(util.EscapeHTML(code))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, nil
}

func highlight(w util.BufWriter, code []byte, n ast.Node, src []byte) bool {
	fenced, ok := n.(*ast.FencedCodeBlock)
	if !ok || len(code) > maxHighlighted || !knownLanguage(string(fenced.Language(src))) {
		return false
	}
	lexer := lexers.Get(string(fenced.Language(src)))
	if lexer == nil {
		return false
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, string(code))
	if err != nil {
		return false
	}
	return newFormatter().Format(w, styles.Fallback, tokens) == nil
}
