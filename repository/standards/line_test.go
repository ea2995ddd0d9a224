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
		`{"input":""}`:                           {`{"input":"",` + unknown},
		`{"x":1}`:                                {`{"input":"{\"x\":1}",` + unknown},
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

func FuzzResolveLine(f *testing.F) {
	for _, s := range []string{"5.NF.1–3, 4b and RL.9-10.1-3", "19 TAC § 111.7 (b) (3) (A)–(C)", `{"input":"5.3H","subject":"math","jurisdiction":"TX"}`, "MS-PS1-1 to 3; MP 1/2 • x", "see 5.NF.Z.9: or not"} {
		f.Add(s)
	}
	l := standards.NewLibrary(teks(f, "teks-math"))
	f.Fuzz(func(t *testing.T, in string) {
		all := l.ResolveLine(in, standards.Hint{})
		assert.NotEmpty(t, all)
		assert.LessOrEqual(t, len(all), 1000)
		for _, r := range all {
			assert.Equal(t, r.Known(), r.Key() != "")
			assert.Equal(t, r.Resolution == standards.Ambiguous, len(r.Candidates) > 0)
			if r.Known() {
				again := l.ResolveWith(r.Code, standards.Hint{Framework: r.Framework})
				assert.True(t, again.Resolution == standards.Ambiguous || again.Key() == r.Key(), "%s means %s, then %s", in, r.Key(), again.Key())
			}
		}
		if len(all) == 1 && all[0].Resolution == standards.Unknown {
			assert.False(t, l.Resolve(in).Known(), "a code is found in a line of its own")
		}
	})
}
