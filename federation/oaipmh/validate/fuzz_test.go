package validate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// FuzzParse feeds the validator's reader of XML, and what judges what it read.
func FuzzParse(f *testing.F) {
	for _, doc := range written() {
		f.Add([]byte(doc))
	}
	f.Add([]byte(`<a xmlns="urn:x" xmlns:b="urn:b" b:c="1"><b:d><![CDATA[x]]>&#65;<!-- y --></b:d></a>`))
	shape := protocol()
	f.Fuzz(func(t *testing.T, body []byte) {
		root, err := parse(body)
		if err != nil {
			require.Nil(t, root, "what is refused is not half taken")
			return
		}
		require.True(t, same(root, root))
		_ = shape.wrong(root, oaipmh.Namespace)
		_ = wrongContainer(containers(), root)
		_ = wrongDublinCore(root)
		for n := root; len(n.children) > 0; n = n.children[0] {
			require.NotEmpty(t, n.children[0].name.Local)
		}
	})
}

func TestDocumentsInManyPiecesAreReadOnce(t *testing.T) {
	const pieces = 1_000_000
	root, err := parse([]byte("<a>" + strings.Repeat("x<!---->", pieces) + "<b>y</b>z</a>"))
	require.NoError(t, err)
	assert.Len(t, root.text, pieces+1)
	assert.Equal(t, "y", root.children[0].text)
	_, err = parse([]byte("<a" + strings.Repeat(" b=''", maxAttrs+1) + "/>"))
	require.ErrorContains(t, err, "attributes")
}
