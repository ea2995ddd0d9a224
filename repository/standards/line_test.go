package standards_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func TestResolveLineGivesJSONLines(t *testing.T) {
	const unknown = `"framework":null,"code":null,"uri":null,"candidates":[],"resolution":"unknown"}`
	const three = `"framework":"ccss-math","code":"5.NF.B.3","uri":"http://corestandards.org/Math/Content/5/NF/B/3","candidates":[],"resolution":"pattern"}`
	const teks = `"framework":"teks-math","code":"111.7.b.3.H","uri":null,"candidates":[],"resolution":"pattern"}`
	l := standards.NewLibrary()
	for in, want := range map[string][]string{
		"":                        {`{"input":"",` + unknown},
		"  ":                      {`{"input":"  ",` + unknown},
		"fractions, and decimals": {`{"input":"fractions, and decimals",` + unknown},
		"5.NF.3":                  {`{"input":"5.NF.3",` + three},
		"aligned to the 5.NF.3":   {`{"input":"aligned to the 5.NF.3",` + three},
		"5.NF.3, 99":              {`{"input":"5.NF.3",` + three, `{"input":"99",` + unknown},
		"\xff5.NF.3":              {`{"input":"\ufffd5.NF.3",` + unknown},
		`{"input":"5.3H","subject":"math","jurisdiction":"TX"}`: {`{"input":"5.3H",` + teks},
		`{"input":""}`: {`{"input":"",` + unknown},
		`{"x":1}`:      {`{"input":"{\"x\":1}",` + unknown},
		`{7e90e46b-4e7e-49cc-bfce-96c5c0900cfd}`: {`{"input":"{7e90e46b-4e7e-49cc-bfce-96c5c0900cfd}",` + three},
	} {
		var got []string
		for _, r := range l.ResolveLine(in, standards.Hint{}) {
			b, err := json.Marshal(r)
			require.NoError(t, err)
			got = append(got, string(b))
		}
		if assert.Len(t, got, len(want), in) {
			for i := range want {
				assert.JSONEq(t, want[i], got[i], in)
			}
		}
	}
	assert.Equal(t, "111.7.b.3.H", l.ResolveLine("5.3H", standards.Hint{Subject: "math", Jurisdiction: "TX"})[0].Code)
	assert.Len(t, l.ResolveLine(strings.Repeat("x", 4<<20), standards.Hint{}), 1)
}
