package browser

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed axe/axe.min.js
var axeSource string

// Violation is a rule of axe-core that a page breaks.
type Violation struct {
	ID, Impact, Help string
	Nodes            []Node
}

// Node is one place where a page breaks a rule.
type Node struct{ HTML, Summary string }

// String tells the rule and each place.
func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n\t%s\n\t%s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n\t"))
	}
	return b.String()
}

// Axe checks the page as it is now by the rules of WCAG 2.2 A and AA and by axe-core's best practices.
func (p *Page) Axe() []Violation {
	p.t.Helper()
	var found []Violation
	p.withScripts(func() {
		var loaded bool
		if p.Eval("typeof axe === 'object'", &loaded); !loaded {
			p.Eval(axeSource+"\n;0", nil)
		}
		p.Eval(`axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
			.then(r => r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help,
				nodes: v.nodes.map(n => ({html: n.html.slice(0, 200), summary: n.failureSummary}))})))`, &found)
	})
	return found
}
