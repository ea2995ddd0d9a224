package standards_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func listed(rs []standards.Resolution) string {
	var all []string
	for _, r := range rs {
		switch r.Resolution {
		case standards.Unknown:
			all = append(all, "?")
		case standards.Ambiguous:
			all = append(all, "~")
		default:
			all = append(all, r.Code)
		}
	}
	return strings.Join(all, " ")
}

func TestResolveAllReadsRangesListsAndText(t *testing.T) {
	l := standards.NewLibrary()
	for in, want := range map[string]string{
		// ranges
		"5.NF.1-3": "5.NF.A.1 5.NF.A.2 5.NF.B.3", "5.NF.B.3–5": "5.NF.B.3 5.NF.B.4 5.NF.B.5", "CCSS.Math.Content.5.NF.B.3-4": "5.NF.B.3 5.NF.B.4",
		"5.NF.A.1 – 5.NF.B.4": "5.NF.A.1 5.NF.A.2 5.NF.B.3 5.NF.B.4", "5.NF.3 to 5": "5.NF.B.3 5.NF.B.4 5.NF.B.5", "5.NF.3..5": "5.NF.B.3 5.NF.B.4 5.NF.B.5",
		"RL.4.1 through RL.4.3": "RL.4.1 RL.4.2 RL.4.3", "RL.4.1-3": "RL.4.1 RL.4.2 RL.4.3", "RL.9-10.1-3": "RL.9-10.1 RL.9-10.2 RL.9-10.3", "RL.9–10.1 – RL.9–10.2": "RL.9-10.1 RL.9-10.2",
		"W.5.2a-c": "W.5.2.a W.5.2.b W.5.2.c", "5.NF.A-B": "5.NF.A 5.NF.B", "A-REI.1–A-REI.3": "HSA-REI.A.1 HSA-REI.A.2 HSA-REI.B.3", "A-REI.1-3": "HSA-REI.A.1 HSA-REI.A.2 HSA-REI.B.3",
		"MP1-3": "MP1 MP2 MP3", "MP1–MP3": "MP1 MP2 MP3", "SMP 1-3": "MP1 MP2 MP3", "MS-PS1-1 to MS-PS1-3": "MS-PS1-1 MS-PS1-2 MS-PS1-3", "MS-PS1-1–3": "MS-PS1-1 MS-PS1-2 MS-PS1-3",
		"K-2-ETS1-1 - K-2-ETS1-3": "K-2-ETS1-1 K-2-ETS1-2 K-2-ETS1-3", "111.7(b)(3)(A)–(C)": "111.7.b.3.A 111.7.b.3.B 111.7.b.3.C",
		"§111.7(b)(3)(A) to §111.7(b)(3)(B)": "111.7.b.3.A 111.7.b.3.B", "MA.5.FR.2.1-3": "MA.5.FR.2.1 MA.5.FR.2.2 MA.5.FR.2.3",
		"5.NF.B.5-3": "?", "5.NF.B.3-RL.4.1": "?", "5.NF.3-4.NF.3": "?", "5.NF.B.3-99": "?", "3-5": "?", "K-2": "?",
		// lists
		"5.NF.3 and 5.NF.4": "5.NF.B.3 5.NF.B.4", "5.NF.3 & 5.NF.4": "5.NF.B.3 5.NF.B.4", "5.NF.3; 5.NF.4": "5.NF.B.3 5.NF.B.4", "5.NF.3/5.NF.4": "5.NF.B.3 5.NF.B.4",
		"5.NF.3, 5.NF.4, and 5.NF.5": "5.NF.B.3 5.NF.B.4 5.NF.B.5", "5.NF.3 or RL.4.1": "5.NF.B.3 RL.4.1", "5.NF.3 y 5.NF.4": "5.NF.B.3 5.NF.B.4", "5.NF.3 + 5.NF.4": "5.NF.B.3 5.NF.B.4",
		"• 5.NF.3 • 5.NF.4": "5.NF.B.3 5.NF.B.4", "- 5.NF.3\n- 5.NF.4\r\n": "5.NF.B.3 5.NF.B.4", "1. 5.NF.3\n2. 5.NF.4": "5.NF.B.3 5.NF.B.4", "5.NF.3\tRL.4.1": "5.NF.B.3 RL.4.1",
		"5.NF.3 5.NF.4": "5.NF.B.3 5.NF.B.4", "MS PS1-2 HS LS1-1": "MS-PS1-2 HS-LS1-1", "MP 1, 3, 5": "MP1 MP3 MP5", "5.NF.B.3, 4, 5": "5.NF.B.3 5.NF.B.4 5.NF.B.5",
		"5.NF.B.4a, b": "5.NF.B.4.a 5.NF.B.4.b", "5.NF.4a, 5b": "5.NF.B.4.a 5.NF.B.5.b", "5.NF.4a, 5": "5.NF.B.4.a 5.NF.B.5", "5.NF.B.3 and .4": "5.NF.B.3 5.NF.B.4",
		"MS-PS1-1, 2": "MS-PS1-1 MS-PS1-2", "111.7(b)(3)(A), (B), and (C)": "111.7.b.3.A 111.7.b.3.B 111.7.b.3.C", "RL.4.1, RI.4.1; 5.3H": "RL.4.1 RI.4.1 ~",
		"5.NF.3–5, 5.NBT.1, RL.4.1 and W.4.1a": "5.NF.B.3 5.NF.B.4 5.NF.B.5 5.NBT.A.1 RL.4.1 W.4.1.a", "5.NF.3, 99": "5.NF.B.3 ?", "5.NF.3, nothing, 4": "5.NF.B.3 ? ?",
		// text
		"This lesson addresses 5.NF.B.3 in depth": "5.NF.B.3", "Students work on 5.NF.B.3 (see RL.4.1).": "5.NF.B.3 RL.4.1", "Grade 5: 5.NF.3": "5.NF.B.3", "It covers 5.NF.1-2 today": "5.NF.A.1 5.NF.A.2",
		"as in 19 TAC § 111.7 (b) (3) (H) of the code": "111.7.b.3.H", "we use Math Practice 3 a lot": "MP3", "lessons on RL.4.1 through RL.4.3 this week": "RL.4.1 RL.4.2 RL.4.3",
		"5.NF.Z.9 is not 5.NF.3": "? 5.NF.B.3", "Call 555-1234 on 5/3/2024 about version 5.1.2": "?", "fractions and decimals": "? ?", "Lesson 5.3 page 12": "?",
		"aligned to 5.NF.3 and 5.NF.4": "5.NF.B.3 5.NF.B.4", "https://www.thecorestandards.org/Math/Content/5/NF/B/3/ and 5.NF.4": "5.NF.B.3 5.NF.B.4",
	} {
		assert.Equal(t, want, listed(l.ResolveAll(in)), in)
	}
}

func TestResolveAllKeepsWhatWasWritten(t *testing.T) {
	var inputs []string
	for _, r := range standards.NewLibrary().ResolveAll("5.NF.1–3, 4 and see RL.4.1 there") {
		inputs = append(inputs, r.Input)
	}
	assert.Equal(t, []string{"5.NF.1–3", "5.NF.1–3", "5.NF.1–3", "4", "RL.4.1"}, inputs)
}

func TestResolveAllReadsRangesOfImportedStatements(t *testing.T) {
	l := standards.NewLibrary(framework(t, "art", []string{item("a0", "ART-1"), item("a1", "ART-1.1"), item("a2", "ART-1.2"), item("a3", "ART-1.3")},
		[]string{child("a1", "a0", 1), child("a2", "a0", 2), child("a3", "a0", 3)}))
	var keys []string
	for _, r := range l.ResolveAll("ART 1.1 to ART 1.3") {
		keys = append(keys, r.Key())
	}
	assert.Equal(t, []string{"a1", "a2", "a3"}, keys)
}

func BenchmarkResolveAll(b *testing.B) {
	l := standards.NewLibrary(teks(b, "teks-math"))
	for name, in := range map[string]string{
		"1MB/words": strings.Repeat("5.NF.Z.9 R2-D2 of ", 60_000), "1MB/hyphens": strings.Repeat("5-", 500_000), "1MB/commas": strings.Repeat("5.NF.3,", 150_000),
		"1MB/brackets": strings.Repeat("(", 1_000_000), "1MB/slashes": strings.Repeat("a/", 500_000), "1MB/letters": strings.Repeat("MS 1 ", 200_000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l.ResolveAll(in)
			}
		})
	}
}
