package standards_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// variant is one spelling of testdata/code-variants.json with what it means.
type variant struct {
	In        string
	Framework string
	Code      string
	Why       string
	Ambiguous bool
	Hint      struct{ Subject, Jurisdiction string }
}

func variants(t *testing.T) []variant {
	t.Helper()
	b, err := os.ReadFile("testdata/code-variants.json")
	require.NoError(t, err)
	var vs []variant
	require.NoError(t, json.Unmarshal(b, &vs))
	require.Len(t, vs, 79)
	return vs
}

func TestResolveSpellingsWithoutImport(t *testing.T) {
	l := standards.NewLibrary()
	for _, v := range variants(t) {
		t.Run(v.Why+" "+v.In, func(t *testing.T) {
			got := l.ResolveWith(v.In, standards.Hint{Subject: v.Hint.Subject, Jurisdiction: v.Hint.Jurisdiction})
			assert.Equal(t, v.In, got.Input)
			assert.Equal(t, v.Framework, got.Framework)
			assert.Equal(t, v.Code, got.Code)
			want := standards.Pattern
			switch {
			case v.Ambiguous:
				want = standards.Ambiguous
				assert.NotEmpty(t, got.Candidates)
			case v.Code == "":
				want = standards.Unknown
			}
			assert.Equal(t, want, got.Resolution)
			assert.Equal(t, v.Code, got.Key())
		})
	}
}

func TestResolveSpellingsOfAnImportedFramework(t *testing.T) {
	l := standards.NewLibrary(teks(t, "teks-math"))
	const key = "bc58f0f4-c764-5350-83e1-2aeffb85f057"
	exact := 0
	for _, v := range variants(t) {
		got := l.ResolveWith(v.In, standards.Hint{Subject: v.Hint.Subject, Jurisdiction: v.Hint.Jurisdiction})
		assert.Equal(t, v.Code, got.Code, v.In)
		assert.Equal(t, v.Framework, got.Framework, v.In)
		if v.Code == "111.7.b.3.H" {
			exact++
			assert.Equal(t, standards.Exact, got.Resolution, v.In)
			assert.Equal(t, key, got.Key(), v.In)
		}
	}
	assert.Equal(t, 8, exact)
	for _, in := range []string{key, "{BC58F0F4C764535083E12AEFFB85F057}", "urn:uuid:" + key,
		"http://teks-api.texasgateway.org/ims/case/v1p0/CFItems/" + key + "/", "https://elsewhere.org/items/" + key} {
		assert.Equal(t, key, l.Resolve(in).GUID, in)
	}
}

func TestResolveUnderAnotherShortName(t *testing.T) {
	l := standards.NewLibrary(teks(t, "texas"))
	got := l.Resolve("§111.7(b)(3)(H)")
	assert.Equal(t, "texas", got.Framework)
	assert.Equal(t, "111.7.b.3.H", got.Code)
	assert.Equal(t, standards.Exact, got.Resolution)
}

func TestResolveRepeatedCodeIsAmbiguous(t *testing.T) {
	got := standards.NewLibrary(teks(t, "teks-math")).Resolve("111")
	assert.Equal(t, standards.Ambiguous, got.Resolution)
	assert.Empty(t, got.Key())
	require.Len(t, got.Candidates, 2)
	assert.Equal(t, "Subchapter A. Elementary", got.Candidates[0].Text)
	assert.NotEqual(t, got.Candidates[0].GUID, got.Candidates[1].GUID)
}

func TestResolveCodesOfAnyImportedFramework(t *testing.T) {
	local, err := standards.ReadCASE(strings.NewReader(pack([]string{item("i1", "ART-7.2"), item("i2", "5.NF.B.3")}, nil)), "district")
	require.NoError(t, err)
	l := standards.NewLibrary(local)
	assert.Equal(t, "i1", l.Resolve("art 7.2").Key(), "any separators, any case")
	assert.Equal(t, standards.Unknown, l.Resolve("ART-72").Resolution, "digits are not joined")
	assert.Equal(t, "ccss-math", l.Resolve("5.NF.B.3").Framework, "a code that the Common Core owns stays with it")
	assert.Equal(t, "i2", l.ResolveWith("5.NF.B.3", standards.Hint{Framework: "district"}).Key(), "unless the framework is named")
}

func TestResolveMoreSpellings(t *testing.T) {
	l := standards.NewLibrary()
	for in, want := range map[string]string{
		"5NF3": "5.NF.B.3", "5 NF 3": "5.NF.B.3", "5.nf.b.3.": "5.NF.B.3", "Math.5.NF.B.3": "5.NF.B.3", "5.NF.B.3\u200b": "5.NF.B.3",
		"５.NF.B.3": "5.NF.B.3", "CCSS.Math.Practice.3": "MP3", "hsa-rei.b.3": "HSA-REI.B.3", "N-VM.5a": "HSN-VM.B.5.a",
		"https://www.corestandards.org/Math/Content/5/NF/B/4a": "5.NF.B.4.a", "http://corestandards.org/Math/Practice/MP3": "MP3",
		"7E90E46B4E7E49CCBFCE96C5C0900CFD": "5.NF.B.3", "7e90e46b-4e7e-49cc-bfce-96c5c0900cfd": "5.NF.B.3",
		"RH.6-8": "RH.6-8", "W-6-8": "W.6.8", "RH.6-8.1": "RH.6-8.1", "L.1.1j": "L.1.1.j", "HS-LS1-7": "HS-LS1-7", "MS-PS1": "MS-PS1",
		"TEKS 111.7.b.3.H": "111.7.b.3.H", "TEKS Math 5.3(H)": "111.7.b.3.H", "BEST ELA.5.R.1.1": "ELA.5.R.1.1",
	} {
		assert.Equal(t, want, l.Resolve(in).Code, in)
	}
}

func TestResolveNeverGuesses(t *testing.T) {
	l := standards.NewLibrary()
	for _, in := range []string{
		"5G", "5", "3-5", "K-2", "5.NF.C.1", "5.NF.B.9", "5.NF.B.4.z", "9.NF.A.1", "HSA-XYZ.1", "MP9", "RL.5.11", "6-PS1-1", "MS-PS1-7", "S ID",
		"111.7.b.11", "111.99", "114", "www.corestandards.org", "http://corestandards.org/Math/Content/5/NF/Z/9", "http://[::1", "\xff\xfe",
		"00000000-0000-0000-0000-000000000000", "grade 5", "5.NF.B.3 and more", "é", "…", strings.Repeat("5.NF.B.3 ", 500),
	} {
		got := l.Resolve(in)
		assert.Equal(t, standards.Unknown, got.Resolution, in)
		assert.Empty(t, got.Key(), in)
	}
}

func TestResolutionAsJSON(t *testing.T) {
	l := standards.NewLibrary()
	for in, want := range map[string]string{
		"5.NF.3": `{"input":"5.NF.3","framework":"ccss-math","code":"5.NF.B.3","uri":"http://corestandards.org/Math/Content/5/NF/B/3","candidates":[],"resolution":"pattern"}`,
		"nix":    `{"input":"nix","framework":null,"code":null,"uri":null,"candidates":[],"resolution":"unknown"}`,
		"5.3H":   `{"input":"5.3H","framework":null,"code":null,"uri":null,"candidates":[{"framework":"teks-math","code":"111.7.b.3.H"}],"resolution":"ambiguous"}`,
	} {
		b, err := json.Marshal(l.Resolve(in))
		require.NoError(t, err)
		assert.JSONEq(t, want, string(b))
	}
}

func TestResolveAll(t *testing.T) {
	l := standards.NewLibrary()
	tests := map[string][]string{
		"5.NF.B.3":              {"5.NF.B.3"},
		"5.NF.B.3–5":            {"5.NF.B.3", "5.NF.B.4", "5.NF.B.5"},
		"5.NF.B.3 - 5.NF.B.5":   {"5.NF.B.3", "5.NF.B.4", "5.NF.B.5"},
		"5.NF.2-4":              {"5.NF.A.2", "5.NF.B.3", "5.NF.B.4"},
		"5.NF.3, 5.NF.4":        {"5.NF.B.3", "5.NF.B.4"},
		"5.NF.3, 4 and 5":       {"5.NF.B.3", "5.NF.B.4", "5.NF.B.5"},
		"5.NF.3/4":              {"5.NF.B.3", "5.NF.B.4"},
		"5.NF.B.4a-b":           {"5.NF.B.4.a", "5.NF.B.4.b"},
		"111.7(b)(3)(A)-(C)":    {"111.7.b.3.A", "111.7.b.3.B", "111.7.b.3.C"},
		"RL.9-10.1; K-2-ETS1-1": {"RL.9-10.1", "K-2-ETS1-1"},
		"CCSS 5.NF.3 MS PS1-2":  {"5.NF.B.3", "MS-PS1-2"},
		"5.NF.B.3-99":           {""},
		"5.NF.B.3-1":            {""},
		"fractions, 5.NF.3":     {"", "5.NF.B.3"},
		"":                      nil,
		"http://corestandards.org/Math/Content/5/NF/B/3, 5.NF.4": {"5.NF.B.3", "5.NF.B.4"},
	}
	for in, want := range tests {
		t.Run(in, func(t *testing.T) {
			var got []string
			for _, r := range l.ResolveAll(in) {
				got = append(got, r.Code)
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestResolveAllIsBounded(t *testing.T) {
	l := standards.NewLibrary()
	assert.Len(t, l.ResolveAll(strings.Repeat("5.NF.3,", 100_000)), 1000)
	assert.LessOrEqual(t, len(l.ResolveAll(strings.Repeat("a/", 100_000))), 1000)
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"5.NF.B.3", "§111.7(b)(3)(H)", "K-2-ETS1-1", "5.NF.3, 4–6", "http://corestandards.org/Math/Content/5/NF", "CCSS.Math.Content.HSF-IF.C.7c"} {
		f.Add(s)
	}
	l := standards.NewLibrary(teks(f, "teks-math"))
	f.Fuzz(func(t *testing.T, in string) {
		r := l.Resolve(in)
		assert.Equal(t, in, r.Input)
		assert.Equal(t, r.Known(), r.Key() != "")
		assert.Equal(t, r.Resolution == standards.Ambiguous, len(r.Candidates) > 0)
		if r.Known() {
			again := l.ResolveWith(r.Code, standards.Hint{Framework: r.Framework})
			if again.Resolution != standards.Ambiguous {
				assert.Equal(t, r.Key(), again.Key(), "the canonical code means the same")
			}
			assert.NotContains(t, l.Ancestors(r.Key()), r.Key())
		}
		assert.LessOrEqual(t, len(l.ResolveAll(in)), 1000)
	})
}

func BenchmarkResolve(b *testing.B) {
	l := standards.NewLibrary(teks(b, "teks-math"))
	for _, in := range []string{"CCSS.Math.Content.5.NF.B.3", "§111.7(b)(3)(H)", "fractions"} {
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Resolve(in)
			}
		})
	}
}
