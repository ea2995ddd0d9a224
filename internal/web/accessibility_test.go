package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLessonSaysWhoCanUseIt(t *testing.T) {
	for name, c := range map[string]struct {
		text                    string
		modes, features, hazard []string
		shown                   string
	}{
		"words":       {"Fold.\n", []string{"textual"}, []string{"displayTransformability"}, []string{"none"}, "<p>Text</p>"},
		"much":        {"## Fold\n\n![strips](a.png)\n\n$$\\frac{1}{2}$$\n", []string{"textual", "visual"}, []string{"structuralNavigation", "alternativeText", "MathML", "latex", "displayTransformability"}, []string{"none"}, "Descriptions of pictures"},
		"undescribed": {"![](a.gif)\n", []string{"textual", "visual"}, []string{"displayTransformability"}, nil, "Text · Pictures"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publish("rosa/halves", fstest.MapFS{"index.md": {Data: []byte(lessonHead + c.text)}, "a.png": {Data: picture(t)}, "a.gif": {Data: []byte("GIF89a")}})
			page := w.get("/r/rosa/halves").body
			assert.Contains(t, page, c.shown)
			ld := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindStringSubmatch(page)
			require.NotNil(t, ld)
			for _, src := range []string{ld[1], w.get("/r/rosa/halves/metadata.jsonld").body} {
				var m struct{ AccessMode, AccessibilityFeature, AccessibilityHazard []string }
				require.NoError(t, json.NewDecoder(strings.NewReader(src)).Decode(&m))
				assert.Equal(t, c.modes, m.AccessMode)
				assert.Equal(t, c.features, m.AccessibilityFeature)
				assert.Equal(t, c.hazard, m.AccessibilityHazard)
			}
		})
	}
}
