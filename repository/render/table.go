package render

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// table takes the paragraph before a table, or after it, that begins with "Table:" or "Tabla:" as its caption.
func (p *pass) table(n *east.Table) {
	for _, c := range []ast.Node{n.PreviousSibling(), n.NextSibling()} {
		paragraph, ok := c.(*ast.Paragraph)
		if !ok {
			continue
		}
		text := plain(paragraph, p.src)
		word, caption, found := strings.Cut(text, ":")
		if caption = strings.TrimSpace(caption); !found || caption == "" || word != "Table" && word != "Tabla" {
			continue
		}
		paragraph.Parent().RemoveChild(paragraph.Parent(), paragraph)
		n.SetAttributeString("caption", caption)
		n.SetAttributeString("aria-label", caption)
		return
	}
}
