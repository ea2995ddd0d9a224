package render

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTablesHaveCaptionsAndHeads(t *testing.T) {
	for _, src := range []string{"Table: Shares & more\n\n| | each |\n|-|-|\n| two | 1 |\n", "| | each |\n|-|-|\n| two | 1 |\n\nTabla: Shares & more\n"} {
		page := render(t, src)
		assertSafe(t, page)
		assert.Contains(t, page.HTML, `aria-label="Shares &amp; more"><table>`)
		assert.Contains(t, page.HTML, "<caption>Shares &amp; more</caption>")
		assert.Contains(t, page.HTML, `<th scope="col">each</th>`)
		assert.Contains(t, page.HTML, `<th scope="row">two</th>`)
		assert.NotContains(t, page.HTML, "<p>")
	}
	page := render(t, "| a | b |\n|-|-|\n| c | d |\n\nTable of nothing\n")
	assert.NotContains(t, page.HTML, "<caption>")
	assert.NotContains(t, page.HTML, `scope="row"`)
	assert.Contains(t, render(t, "- [x] a\n- [ ] b").HTML, `<span class="task" role="img" aria-label="Done">☑</span>`)
}
