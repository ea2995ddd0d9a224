package themes

import (
	"html/template"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPageHasTheTemplatesThatItComesTo(t *testing.T) {
	t.Parallel()
	all := template.Must(template.New("").Parse(`{{define "layout"}}{{if .}}{{template "a" .}}{{else}}{{template "b" .}}{{end}}{{end}}` +
		`{{define "a"}}{{range .}}{{with .}}<b>{{template "c" .}}</b>{{end}}{{else}}{{template "d"}}{{end}}{{template "missing"}}{{end}}` +
		`{{define "b"}}{{end}}{{define "c"}}{{block "e" .}}{{.}}{{end}}{{template "a"}}{{end}}{{define "d"}}d{{end}}{{define "unused"}}{{template "b"}}{{end}}`))
	own := template.New("")
	require.NoError(t, addReached(own, all, "layout"))
	for _, name := range []string{"layout", "a", "b", "c", "d", "e"} {
		require.NotNil(t, own.Lookup(name), name)
		assert.Equal(t, all.Lookup(name).Tree.Root.String(), own.Lookup(name).Tree.Root.String())
	}
	assert.Nil(t, own.Lookup("unused"))
	assert.Nil(t, own.Lookup("missing"))
}

func TestPagesLeaveOutWhatTheyHaveNoUseFor(t *testing.T) {
	t.Parallel()
	pages, problems := opened(t, Default).loadPages("en")
	require.Empty(t, problems)
	assert.NotNil(t, pages["search"].tmpl.Lookup("result"))
	assert.Nil(t, pages["search"].tmpl.Lookup("choosing"))
	assert.Nil(t, pages["privacy"].tmpl.Lookup("result"))
}
