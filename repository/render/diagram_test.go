package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var diagramSamples = map[string]string{
	"fraction-bar":     "bar: 3/4\nbar: 6/8 the same\nlabels: parts",
	"fraction-circle":  "circle: 7/4 seven fourths",
	"number-line":      "from: 0\nto: 5\nstep: 1/3\njumps: 3 x 5/3\njump: 5 -> 4 1/3 back\npoint: 5/3 A",
	"array":            "rows: 3\ncolumns: 5 + 2",
	"area-model":       "across: 20 + 4\ndown: 10 + 3",
	"bar-model":        "bar: Ana: 12 + [12] + 12 = 36\nbar: Leo: 12 + ? = 30",
	"coordinate-plane": "x: -5 to 5\ny: -4 to 6\npoint: (2, 3) A\npolygon: (0, 0) (4, 0) (4, 3) T\nline: (-4, -3) (5, 6) y = x + 1",
}

var labelForm = regexp.MustCompile(`<svg role="img" aria-label="([^"]*)"`)

func draw(t *testing.T, name, sheet, language string) Page {
	t.Helper()
	v := part
	v.Language = language
	page, err := newRenderer(t).Render([]byte("```"+name+"\n"+sheet+"\n```\n"), v)
	require.NoError(t, err)
	return page
}

func TestDiagramsSayWhatTheyShow(t *testing.T) {
	for name, want := range map[string][2]string{
		"fraction-bar": {
			"Fraction bar: 3 of 4 equal parts are shaded. Fraction bar: 6 of 8 equal parts are shaded (the same).",
			"Barra de fracciones: 3 de 4 partes iguales están sombreadas. Barra de fracciones: 6 de 8 partes iguales están sombreadas (the same).",
		},
		"fraction-circle": {
			"Fraction circle: 2 wholes of 4 equal parts each; 7 parts are shaded (seven fourths).",
			"Círculo de fracciones: 2 enteros de 4 partes iguales cada uno; 7 partes están sombreadas (seven fourths).",
		},
		"number-line": {
			"Number line from 0 to 5, marked every 1/3. Jump from 5 to 13/3 (back). 3 jumps of 5/3 from 0 to 5. Point A at 5/3.",
			"Recta numérica de 0 a 5, con marcas cada 1/3. Salto de 5 a 13/3 (back). 3 saltos de 5/3 desde 0 hasta 5. Punto A en 5/3.",
		},
		"array": {"Array of dots: 3 rows and 5 + 2 columns.", "Arreglo de puntos: 3 filas y 5 + 2 columnas."},
		"area-model": {
			"Area model: 20 + 4 across and 10 + 3 down. 20 times 10 is 200. 20 times 3 is 60. 4 times 10 is 40. 4 times 3 is 12.",
			"Modelo de área: 20 + 4 a lo ancho y 10 + 3 a lo alto. 20 por 10 es 200. 20 por 3 es 60. 4 por 10 es 40. 4 por 3 es 12.",
		},
		"bar-model": {
			"Bar model. Ana: 12 + 12 + 12, 36 in all. Leo: 12 + unknown, 30 in all.",
			"Modelo de barras. Ana: 12 + 12 + 12, 36 en total. Leo: 12 + desconocido, 30 en total.",
		},
		"coordinate-plane": {
			"Coordinate plane, x from −5 to 5, y from −4 to 6. Point A at (2, 3). Polygon T with vertices (0, 0), (4, 0), (4, 3). Line y = x + 1 through (−4, −3), (5, 6).",
			"Plano de coordenadas, x de −5 a 5, y de −4 a 6. Punto A en (2, 3). Polígono T con vértices (0, 0), (4, 0), (4, 3). Línea y = x + 1 por (−4, −3), (5, 6).",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i, language := range []string{"en", "es-MX"} {
				page := draw(t, name, diagramSamples[name], language)
				assertSafe(t, page)
				assert.Empty(t, page.Problems)
				assert.True(t, page.Diagrams)
				assert.Less(t, len(page.HTML), 3000)
				m := labelForm.FindStringSubmatch(string(page.HTML))
				require.NotNil(t, m, "%s", page.HTML)
				assert.Equal(t, want[i], m[1])
			}
			own := draw(t, name, diagramSamples[name]+"\nalt: In my <words>\ncaption: Look\n", "en")
			assert.Contains(t, own.HTML, `aria-label="In my &lt;words&gt;"`)
			assert.Contains(t, own.HTML, "<figcaption>Look</figcaption>")
			assert.Equal(t, "In my <words> Look", own.Text)
		})
	}
}

func TestShadesAreAsLargeAsTheFraction(t *testing.T) {
	page := draw(t, "fraction-bar", "bar: 3/4", "en")
	assert.Contains(t, page.HTML, `d="M2 2h300v44h-300z"`, "three fourths of 400")
	assert.Equal(t, 3, strings.Count(string(page.HTML), "v44M")+strings.Count(string(page.HTML), `v44"`), "three cuts")
	page = draw(t, "fraction-circle", "circle: 1/4", "en")
	assert.Contains(t, page.HTML, `d="M58 58V2A56 56 0 0 1 114 58z"`, "a quarter turn from the top, clockwise")
	page = draw(t, "number-line", "to: 2\nstep: 1/2\npoint: 1/2", "en")
	assert.Contains(t, page.HTML, `d="M127 50h0"`, "a quarter of 420 from 22")
}

func TestDiagramsThatCannotBeDrawnAreShownAsText(t *testing.T) {
	for sheet, want := range map[string]string{
		"fraction-bar\nbar: 3/0":                                     ":12: fraction-bar: bar: 3/0 cannot be drawn",
		"fraction-bar\nbar: 1/1000000000":                            "is not a fraction",
		"fraction-bar\nbar: 1/101":                                   "1 to 100 parts",
		"fraction-bar\nbar: 1001/100":                                "10 wholes at most",
		"fraction-bar\n":                                             "there is no bar",
		"fraction-bar\nbar: 1/2\n\nparts 4":                          ":14: fraction-bar: the line has no colon",
		"fraction-bar\nbar: 1/2\nlabels: parts\nlabels: none":        "stands here twice",
		"fraction-bar\nbar:":                                         "bar has no value",
		"fraction-circle\ncircle: 70/10":                             "more than 6 circles",
		"number-line\nfrom: 2\nto: 2":                                "the line has no length",
		"number-line\nto: 1000000000":                                "not a number that can be drawn",
		"number-line\nto: NaN":                                       "not a number that can be drawn",
		"number-line\nto: 1e9":                                       "not a number that can be drawn",
		"number-line\nto: 1000000\nstep: 0.0001":                     "more than 200 marks",
		"number-line\nto: 5\nstep: 0":                                "marks, or none",
		"number-line\nto: 5\nstep: -1":                               "marks, or none",
		"number-line\nto: 5\npoint: 6":                               "not on the line",
		"number-line\nto: 5\njumps: 100 x 1":                         "100 jumps cannot be drawn",
		"number-line\nto: 5\njumps: 3 x 2":                           "leaves the line",
		"number-line\nto: 5\njump: 1 -> 1":                           "goes nowhere",
		"number-line\nto: 5\nlabels: 0":                              "must be more than 0",
		"number-line\nto: 100\nlabels: all":                          "more than 31 numbers",
		"array\nrows: 30\ncolumns: 30":                               "400 dots",
		"array\nrows: 3\ncolumns: 20 + 20":                           "more than 30",
		"array\nrows: three\ncolumns: 2":                             "whole number from 1 to 30",
		"area-model\nacross: 1+1+1+1+1+1+1\ndown: 1":                 "more than 6 terms",
		"area-model\nacross: 20 +\ndown: 1":                          "a term is missing",
		"bar-model\nbar: 1 + + 2":                                    "a part is missing",
		"bar-model\nbar: " + strings.Repeat("1+", 20) + "1":          "more than 20 parts",
		"bar-model\nbar: " + strings.Repeat("x", 61):                 "more than 60 characters",
		"coordinate-plane\nx: 0 to 1000":                             "40 lines at most",
		"coordinate-plane\nx: 5 to 10":                               "let the range hold 0",
		"coordinate-plane\npoint: (11, 3)":                           "lies outside",
		"coordinate-plane\npolygon: (1, 1) (2, 2)":                   "is not understood",
		"coordinate-plane\ngrid: 0":                                  "must be more than 0",
		"coordinate-plane\nfoo: 0":                                   `there is no key "foo"`,
		"array\nrows: 1\ncolumns: 1\n" + strings.Repeat("#\n", 5000): "longer than 8000 bytes",
	} {
		t.Run(sheet[:min(len(sheet), 60)], func(t *testing.T) {
			page := render(t, "```"+sheet+"\n```\n")
			require.NotEmpty(t, page.Problems)
			assert.Contains(t, fmt.Sprint(page.Problems), want)
			assert.Equal(t, "diagram-invalid", page.Problems[0].Code)
			assert.NotContains(t, page.HTML, "<svg")
			assert.Contains(t, page.HTML, `<pre class="refused" tabindex="0"><code>`)
			assert.False(t, page.Diagrams)
		})
	}
}

func TestReadNumber(t *testing.T) {
	for written, want := range map[string]string{
		"3": "3", "-2": "-2", "−2": "-2", "0.25": "1/4", ".5": "1/2", "6/8": "3/4", "1 3/4": "7/4", "-1 1/2": "-3/2", "1000000": "1000000",
		"": "", "1e3": "", "Inf": "", "NaN": "", "1/0": "", "0x10": "", "1_000": "", "--1": "", "1 2": "", "1000001": "", "9999999/7": "", "1/2/3": "", "0.00001": "",
	} {
		r, ok := readNumber(written)
		assert.Equal(t, want != "", ok, written)
		if ok {
			assert.Equal(t, want, r.RatString(), written)
		}
	}
}
