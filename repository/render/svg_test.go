package render

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const svgStart = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">`

func TestCheckSVGTellsScriptsFromWhatIsOutside(t *testing.T) {
	const far = `<image href="https://evil.example/a.png"/>`
	for inner, want := range map[string]SVGError{
		far: {Outside: true},
		`<style>@import "//evil.example/a.css";</style>`: {Outside: true},
		`<a xml:base="https://evil.example/" href="b"/>`: {Outside: true},
		far + `<script/>`: {Script: true},
		`<g fill="url(//evil.example)" onload="x"/>`:                 {Script: true},
		`<a href="//evil.example/" onclick="x"/>`:                    {Script: true},
		`<a href=" java&#10;script:alert(1)"/>`:                      {Script: true},
		`<a href="data:text/html,x"/>`:                               {Script: true},
		`<a href="page.html"/>`:                                      {Outside: true},
		`<a href="a/b:c"/>`:                                          {Outside: true},
		far + `<a><set attributeName="href" to="javascript:x"/></a>`: {Script: true},
		far + `&xxe;`: {},
		`<?xml-stylesheet href="//evil.example"?>`: {},
	} {
		var got *SVGError
		require.ErrorAs(t, CheckSVG([]byte(svgStart+inner+"</svg>")), &got, inner)
		assert.Equal(t, want, SVGError{Script: got.Script, Outside: got.Outside}, inner)
	}
}

func TestCheckSVG(t *testing.T) {
	for name, c := range map[string]struct{ inner, reason string }{
		"shapes":            {`<title>Two thirds</title><defs><linearGradient id="a"/></defs><rect fill="url(#a)" style="stroke: url('#a')"/><use xlink:href="#a"/>`, ""},
		"bitmap inside":     {`<image href="data:image/png;base64,iVBORw0KGgo="/>`, ""},
		"Inkscape":          {`<metadata xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://x/s"><rdf:RDF s:docname="C:\a.svg" rdf:resource="http://purl.org/dc/dcmitype/StillImage"/></metadata>`, ""},
		"style":             {`<style>.a{fill:#fff;mask:url(#m)}</style>`, ""},
		"animation":         {`<rect><animate attributeName="x" to="9"/></rect>`, ""},
		"script":            {`<script>alert(1)</script>`, `the element "script"`},
		"script, capitals":  {`<SCRIPT>alert(1)</SCRIPT>`, `the element "script"`},
		"script, prefix":    {`<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>`, `the element "script"`},
		"handler":           {`<g onload="alert(1)"/>`, `the event handler "onload"`},
		"foreign HTML":      {`<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>`, `the element "foreignobject"`},
		"HTML":              {`<p xmlns="http://www.w3.org/1999/xhtml">x</p>`, "HTML"},
		"outside image":     {`<image xlink:href="https://evil.example/a.png"/>`, "href refers to something outside"},
		"outside use":       {`<use href="b.svg#a"/>`, "href refers to something outside"},
		"javascript":        {`<a href="javascript:alert(1)"><text>x</text></a>`, "href refers to something outside"},
		"SVG in address":    {`<image href="data:image/svg+xml;base64,PHN2Zz4="/>`, "href refers to something outside"},
		"outside fill":      {`<rect fill="url( 'https://evil.example/a#b')"/>`, "fill refers to something outside"},
		"import":            {`<style>@IMPORT "//evil.example/a.css";</style>`, "a style refers to something outside"},
		"import in CDATA":   {`<style><![CDATA[@import "//evil.example/a.css";]]></style>`, "a style refers to something outside"},
		"escaped CSS":       {`<style>.a{fill:\75rl(//evil.example)}</style>`, "a style refers to something outside"},
		"animated address":  {`<a><set attributeName="xlink:href" to="javascript:alert(1)"/></a>`, "an animation may not change"},
		"style instruction": {`<?xml-stylesheet href="//evil.example"?>`, `the instruction "xml-stylesheet"`},
		"unknown entity":    {`<text>&xxe;</text>`, "not well-formed"},
		"not closed":        {`<g>`, "not well-formed"},
		"deep":              {strings.Repeat("<g>", 300) + strings.Repeat("</g>", 300), "nested deeper"},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckSVG([]byte("<?xml version=\"1.0\"?>\n" + svgStart + "\n" + c.inner + "</svg>"))
			if c.reason == "" {
				assert.NoError(t, err)
				return
			}
			var refused *SVGError
			require.ErrorAs(t, err, &refused)
			assert.Contains(t, refused.Reason, c.reason)
			assert.Equal(t, 3, refused.Line)
		})
	}
	for name, src := range map[string]string{
		"entities": `<!DOCTYPE svg [<!ENTITY a "b">]>` + svgStart + "</svg>", "HTML": "<html></html>", "nothing": "", "text": "hello",
		"other space": "<svg></svg>", "PNG": "\x89PNG\r\n\x1a\n",
	} {
		assert.Error(t, CheckSVG([]byte(src)), name)
	}
	assert.NoError(t, CheckSVG([]byte(`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">`+svgStart+"</svg>")))
}
