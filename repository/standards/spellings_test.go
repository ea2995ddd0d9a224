package standards_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// spellings are ways to write one code, by what it means.
var spellings = map[string]string{
	"5.NF.B.3": `CCSS.MATH.CONTENT.5.NF.B.3 | CCSS.Math.Content.5.NF.B.3 | CCSS-M 5.NF.3 | CCSS.M.5.NF.3 | CCSSM 5.NF.3 | CCSSM.5.NF.B.3 |
		CCSSM5.NF.3 | CCSS5.NF.3 | CC 5.NF.3 | CC.5.NF.3 | Common Core 5.NF.3 | Common Core: 5.NF.B.3 | Common Core Math 5.NF.B.3 |
		Common Core State Standards Mathematics 5.NF.B.3 | Math 5.NF.3 | MATH.CONTENT.5.NF.B.3 | Math.Content.5.NF.B.3 | math: 5.nf.3 |
		CCSS: 5.NF.B.3 | CCSS-MATH-CONTENT-5-NF-B-3 | CCSS.Math.5.NF.B.3 | ccss math 5 nf b 3 | 5-NF-B-3 | 5-NF-3 | 5 NF B 3 | 5 NF 3 | 5NF3 | 5NFB3 |
		5.NF.B3 | 5.NFB.3 | 5_NF_B_3 | 5. NF. B. 3 | 5 . NF . 3 | 05.NF.03 | 5·NF·B·3 | (5.NF.B.3) | [5.NF.3] | "5.NF.3" | “5.NF.3” | 5.NF.3* | 5.NF.3, |
		5.NF.3! | • 5.NF.3 | - 5.NF.3 | 5.NF.(B).3 | 5.NF.B.(3) | Standard 5.NF.B.3 | Standard: 5.NF.B.3 | aligned to 5.NF.3 | Aligns with CCSS 5.NF.3 |
		State Standard 5.NF.3 | see 5.NF.3 | 5/NF/B/3 | Math/Content/5/NF/B/3 | ５．ＮＦ．Ｂ．３ | 5‑NF‑B‑3 | 5—NF—3 | 5.NF.B.3: Interpret a fraction as division |
		5.NF.3 – Interpret a fraction as division of the numerator | OH.Math.Content.5.NF.B.3 |
		http://corestandards.org/Math/Content/5/NF/B/3 | https://www.corestandards.org/Math/Content/5/NF/B/3/ | www.corestandards.org/Math/Content/5/NF/B/3 |
		corestandards.org/Math/Content/5/NF/B/3 | https://www.thecorestandards.org/Math/Content/5/NF/B/3/ | HTTP://WWW.CORESTANDARDS.ORG/MATH/CONTENT/5/NF/B/3 |
		http://www.corestandards.org/Math/Content/5/NF/#CCSS.Math.Content.5.NF.B.3 | <http://corestandards.org/Math/Content/5/NF/B/3> |
		http://corestandards.org/Math/Content/5/NF/B/3?from=x |
		7E90E46B4E7E49CCBFCE96C5C0900CFD | {7e90e46b-4e7e-49cc-bfce-96c5c0900cfd} | urn:uuid:7e90e46b-4e7e-49cc-bfce-96c5c0900cfd |
		urn:guid:7E90E46B4E7E49CCBFCE96C5C0900CFD | https://elsewhere.example/ims/case/v1p0/CFItems/7e90e46b-4e7e-49cc-bfce-96c5c0900cfd`,
	"5.NF.B.4.a": `5.NF.B.4a | 5.NF.4a | 5.NF.4.a | 5.NF.B.4.a | 5.NF.B.4(a) | 5.NF.B.4 (a) | 5.NF.B.4.(a) | 5.NF.4-a | 5NF4a | 5.NF.B.4A | 5 NF 4 a | 5.NF.B.4[a] |
		CCSS.Math.Content.5.NF.B.4.a | http://www.corestandards.org/Math/Content/5/NF/B/4/a/ | https://www.thecorestandards.org/Math/Content/5/NF/B/4/a/`,
	"5.NF.B":   `CCSS.MATH.CONTENT.5.NF.B | 5-NF-B | CCSS 5 NF B | http://www.corestandards.org/Math/Content/5/NF/B/`,
	"5.NF":     `CCSS.MATH.CONTENT.5.NF | 5-NF | CCSS 5 NF | http://www.corestandards.org/Math/Content/5/NF/`,
	"K.CC.A.1": `CCSS.MATH.CONTENT.K.CC.A.1 | K.CC.1 | CC.K.CC.1 | KCC1 | K-CC-1 | k.cc.a.1 | http://purl.org/ASN/resources/S1143417 | http://asn.jesandco.org/resources/S1143417.json | https://asn.desire2learn.com/resources/S1143417`,
	"5.G.A.1":  `5.G.1 | 5G1 | 5.G.A.1 | 5-G-1 | CCSS 5 G 1 | 5 G A 1 | Math 5 G 1`,
	"8.F.A.1":  `8.F.1 | 8.F.A.1 | CCSS.MATH.CONTENT.8.F.A.1`,
	"5.G":      `CCSS 5-G | Math 5.G`,
	"HSA-REI.B.3": `A-REI.3 | A.REI.3 | A-REI.B.3 | A.REI.B.3 | HSA.REI.3 | HSA.REI.B.3 | HSA-REI.3 | HSA REI B 3 | HS.A-REI.3 | HS A-REI.B.3 | HS.A.REI.3 | A REI 3 | AREI3 | AREI.3 |
		HSAREI3 | CC.9-12.A.REI.3 | CCSS.MATH.CONTENT.HSA.REI.B.3 | CCSS.Math.Content.HSA-REI.B.3 | CCSS-M A-REI.3 | a-rei.b.3 | A–REI.3 |
		http://corestandards.org/Math/Content/HSA-REI/B/3 | http://www.corestandards.org/Math/Content/HSA/REI/B/3/`,
	"HSN-RN.A.1":   `N-RN.1 | N.RN.1 | N-RN.A.1 | HSN.RN.A.1 | HSN-RN.1 | NRN.1`,
	"HSF-IF.C.7.c": `F-IF.7c | F.IF.7.c | F-IF.C.7(c) | HSF.IF.C.7c | HSF-IF.7c | FIF7c`,
	"HSN-Q.A.1":    `N-Q.1 | N.Q.A.1 | HSN.Q.1 | CCSS NQ1`,
	"HSG-C.A.1":    `G-C.1 | G.C.A.1 | HSGC1`,
	"HSS-ID.A.1":   `S-ID.1 | S.ID.A.1 | S-ID.A.1* | S ID 1 | S-ID.1★`,
	"HSS-ID":       `HSS.ID | S-ID | CCSS.MATH.CONTENT.HSS.ID`,
	"MP3": `MP.3 | MP 3 | MP-3 | SMP3 | SMP 3 | SMP.3 | SMP-3 | Math Practice 3 | Mathematical Practice 3 | Math Practice MP3 | CCSS.Math.Practice.MP3 |
		CCSS.MATH.PRACTICE.3 | Standard for Mathematical Practice 3 | Standards for Mathematical Practice: MP3 | CC.K-12.MP.3 | CCSS.MP3 | Math.MP3 | MP #3 | mp3 |
		http://www.corestandards.org/Math/Practice/MP3/ | https://www.thecorestandards.org/Math/Practice/#CCSS.Math.Practice.MP3`,
	"RL.4.2": `CCSS.ELA-LITERACY.RL.4.2 | CCSS.ELA-Literacy.RL.4.2 | CCSS.ELA.RL.4.2 | CCSS ELA-Literacy RL.4.2 | CCSS ELA/Literacy RL.4.2 | ELA.RL.4.2 | ELA-RL.4.2 |
		ELA RL.4.2 | ELA-Literacy.RL.4.2 | CCSS RL.4.2 | CC.4.RL.2 | CC.4.R.L.2 | RL 4.2 | RL4.2 | RL-4.2 | RL.4-2 | RL-4-2 | RL 4 2 | rl.4.2 | Standard RL.4.2 |
		Common Core ELA RL.4.2 | English Language Arts RL.4.2 | http://www.corestandards.org/ELA-Literacy/RL/4/2/ | https://www.thecorestandards.org/ELA-Literacy/RL/4/2/`,
	"W.5.1.a":      `W.5.1a | W.5.1.a | W.5.1(a) | W5.1a | CCSS.ELA-LITERACY.W.5.1.A | W 5.1a`,
	"RST.6-8.3":    `RST.6–8.3 | RST 6-8.3 | CCSS.ELA-LITERACY.RST.6-8.3 | rst.6-8.3 | RST.6-8-3`,
	"WHST.6-8.1":   `WHST.6-8.1 | CCSS.ELA-Literacy.WHST.6-8.1`,
	"WHST.6-8.1.a": `WHST.6-8.1a | CCSS.ELA-LITERACY.WHST.6-8.1.A`,
	"SL.11-12.1":   `SL.11-12.1 | SL.11–12.1 | CCSS.ELA-LITERACY.SL.11-12.1`,
	"L.4.1":        `L.4.1 | L4.1 | CCSS.ELA-LITERACY.L.4.1 | CC.4.L.1`,
	"L.1.1.j":      `L.1.1j | CC.1.L.1.j`,
	"RF.K.1":       `RF.K.1 | RFK.1 | CCSS.ELA-LITERACY.RF.K.1`,
	"CCRA.R.1":     `CCRA.R.1 | CCRA.R1 | CCR.R.1 | R.CCR.1 | R.CCRA.1 | CCSS.ELA-LITERACY.CCRA.R.1 | http://www.corestandards.org/ELA-Literacy/CCRA/R/1/`,
	"111.7.b.3.H": `§111.7(b)(3)(H) | § 111.7(b)(3)(H) | § 111.7 (b) (3) (H) | §111.7.(b)(3)(H) | 19 TAC §111.7(b)(3)(H) | 19 TAC § 111.7(b)(3)(H) | 19 TAC 111.7(b)(3)(H) |
		TAC §111.7(b)(3)(H) | 19 Tex. Admin. Code § 111.7(b)(3)(H) | Tex. Admin. Code §111.7(b)(3)(H) | 19 TAC Chapter 111, §111.7(b)(3)(H) |
		Texas Administrative Code §111.7(b)(3)(H) | TEKS §111.7(b)(3)(H) | TEKS 111.7.b.3.H | TEKS 111.7(b)(3)(H) | 111.7(b)(3)(H) | 111.7.b3H | 111.7.b.3H | 111.7b3H |
		111.7(b)3(H) | 111.7(b)(3)(h) | 111.7-b-3-H | 111.7 b 3 H | TEKS.MATH.5.3.H | TEKS.MATH.5.3H | TEKS Math 5.3(H) | TEKS Mathematics 5.3H | TEKS: Math 5.3H |
		Texas Essential Knowledge and Skills 111.7(b)(3)(H) | Section 111.7(b)(3)(H) | Sec. 111.7(b)(3)(H) | Math TEKS 5.3H | Math TEKS 5(3)(H)`,
	"111.39.c.5.A":   `§111.39(c)(5)(A) | TEKS Math A.5A | TEKS Math A.5(A)`,
	"110.7.b.3.A":    `§110.7(b)(3)(A) | 19 TAC §110.7(b)(3)(A) | TEKS 110.7.b.3.A | 110.7(b)(3)(A)`,
	"MA.5.FR.2.4":    `MA.5.FR.2.4 | ma.5.fr.2.4 | BEST MA.5.FR.2.4 | B.E.S.T. MA.5.FR.2.4 | Florida B.E.S.T. MA.5.FR.2.4 | FL.MA.5.FR.2.4 | FL BEST: MA.5.FR.2.4 | MA 5 FR 2 4 | MA-5-FR-2-4 | MA.5.FR.2.4.`,
	"MA.912.AR.1.1":  `MA.912.AR.1.1 | ma 912.AR.1.1`,
	"MA.K12.MTR.7.1": `MA.K12.MTR.7.1 | FL.MA.K12.MTR.7.1`,
	"ELA.K.F.1.3":    `ELA.K.F.1.3 | B.E.S.T. ELA.K.F.1.3`,
	"ELA.612.F.2.1":  `ELA.612.F.2.1`,
	"ELA.K12.EE.6.1": `ELA.K12.EE.6.1`,
	"MA.5.GR.4.2":    `MA.5.GR.4.2`,
	"MA.912.AR.10.6": `MA.912.AR.10.6`,
	// As courses, publishers and districts write them in public: one of each strand.
	"MA.K.NSO.1.1":   `MA.K.NSO.1.1 | MA_K_NSO_1_1 | MA K NSO 1 1`,
	"MA.912.GR.7.9":  `MA.912.GR.7.9`,
	"MA.912.FL.3.4":  `MA.912.FL.3.4 | (MA.912.FL.3.4)`,
	"MA.912.T.4.7":   `MA.912.T.4.7`,
	"MA.912.C.1.2":   `MA.912.C.1.2`,
	"MA.912.DP.2.8":  `MA.912.DP.2.8`,
	"ELA.5.C.5.2":    `ELA.5.C.5.2`,
	"ELA.3.V.1.1":    `ELA.3.V.1.1`,
	"ELA.8.R.2.1":    `ELA.8.R.2.1`,
	"MA.912.LT.4.10": `MA.912.LT.4.10`,
	"ELA.5.R.1.1":    `ELA.5.R.1.1 | ela.5.r.1.1 | BEST ELA.5.R.1.1 | FL.ELA.5.R.1.1 | ELA-5-R-1-1`,
	"MS-PS1-2": `MS-PS1-2 | MS.PS1.2 | MS PS1-2 | MS-PS1.2 | MSPS1-2 | ms-ps1-2 | NGSS MS-PS1-2 | NGSS.MS-PS1-2 | NGSS: MS-PS1-2 | NGSS-MS-PS1-2 | Next Generation Science Standards MS-PS1-2 |
		MS–PS1–2 | MS_PS1_2 | (MS-PS1-2) | Science MS-PS1-2 | NGSS Standard MS-PS1-2`,
	"5-ESS2-1":   `5-ESS2-1 | 5.ESS2.1 | 5ESS2-1 | NGSS 5-ESS2-1 | 5 ESS2-1`,
	"K-2-ETS1-1": `K-2-ETS1-1 | K–2–ETS1–1 | K2-ETS1-1 | NGSS.K-2-ETS1-1 | K-2.ETS1.1`,
	"HS-ETS1-4":  `HS-ETS1-4 | HS-ETS1-4: Use a computer simulation`,
	"HS-LS1-1":   `HS-LS1-1 | HS.LS1.1 | HS LS1-1 | NGSS HS-LS1-1`,
}

func TestResolveTakesEverySpelling(t *testing.T) {
	l := standards.NewLibrary()
	for want, list := range spellings {
		for in := range strings.SplitSeq(list, "|") {
			in = strings.TrimSpace(in)
			got := l.Resolve(in)
			assert.Equal(t, want, got.Code, "%q: %s", in, got.Resolution)
			assert.Equal(t, standards.Pattern, got.Resolution, in)
		}
	}
}

// noCodes are what looks like a code and is none, or is one of somebody else.
var noCodes = []string{
	// versions, dates, times, numbers, prices, measures
	"5.1.2", "v5.1.2", "1.0", "2.5", "12.1", "3.14159", "10.4.3-rc1", "2024-05-03", "05/03/2024", "5/3/24", "3.5.2024", "5-3-2024", "12:30", "5:30 PM", "L 5:1",
	"555-1234", "(555) 123-4567", "+1 555 123 4567", "1-800-555-0199", "$5.99", "$110.50", "110.50", "112.34", "5%", "3/4", "5 1/2", "3-5", "K-12", "K-5", "9-12", "6-8",
	"978-3-16-148410-0", "192.168.1.1", "10.1000/xyz123", "arXiv:1234.5678", "ISO 9001", "RFC 3339", "4K", "3D", "2D", "4G", "5G", "5-G", "5g", "3 g 2", "5 G 2", "10 kg", "3 MD",
	// sections and prose
	"1.2.3.4", "Section 5.3", "§5", "§ 230", "34 CFR 99.31", "34 CFR §110.7(b)(3)", "Title IX", "Chapter 5", "Lesson 5.3", "Unit 3", "Week 4", "page 12", "Grade 5", "grade K", "fractions",
	"the area model", "W-2", "W-4", "L-1", "S-1", "F-150", "A-1", "B-52", "C-3PO", "R2-D2", "MP", "MP9", "MP0", "MP34", "MP3 player", "practice 3", "S ID", "A C", "N Q", "G.CO", "S.ID", "G-C",
	"L 5 1", "W 4 2", "CC", "CCSS", "CCSS.MATH.CONTENT", "NGSS", "TEKS", "Math", "ELA", "Common Core", "HSA", "HS", "MS", "K", "PS5", "PS1-2", "COVID-19", "H2O", "MS-13", "MS-DOS", "HS-1",
	// nonexistent
	"5.NF.C.1", "5.NF.A.3", "5.NF.B.9", "5.NF.Z.9", "5.NF.B.3.z", "5.NF.B.3.a", "9.NF.A.1", "0.NF.1", "5.XY.3", "5.RP.1", "K.NF.1", "HSA-XYZ.1", "A-REI.99", "A-CO.1", "RL.5.11", "RL.13.1", "RST.5.1",
	"RL.9.1", "W.5.99", "CCRA.R.11", "CCRA.X.1", "MS-PS9-1", "MS-PS1-9", "6-PS1-1", "K-LS9-1", "111.7.b.3.Z", "111.7.z", "111.99", "§111.999(b)(1)", "109.7.b.3", "MA.5.FR.9.9", "MA.5.F.1.1",
	"MA.9.AR.1.1", "MA.5.XX.1.1", "MA.K12.MTR.8.1", "MA.5.FR", "ELA.13.R.1.1", "ELA.5.R.9.9", "ELA.5.X.1.1",
	"MA.K.FR.1.1", "MA.6.FR.1.1", "MA.6.M.1.1", "MA.7.F.1.1", "MA.8.T.1.1", "ELA.7.F.1.1", "ELA.612.R.1.1", "ELA.K12.R.1.1", "MA.5.MTR.1.1", "MA.K.NSO.1.AP.1", "SC.5.P.10.1", "SS.5.A.1.1", "TEKS ELAR 5.6A", "TEKS ELAR 5.6(A)", "HS-PS1-9",
	// of other states, and of the wrong family
	"NY-5.NF.3", "NC.5.NF.3", "KY.5.NF.3", "MGSE5.NF.3", "MAFS.5.NF.2.3", "LAFS.5.RL.1.1", "4.RL.2", "CC.1.2.4.A", "CC.2.1.5.C.1", "SOL 5.3", "TEKS 5.NF.3", "NGSS 5.NF.3", "CCSS MS-PS1-2",
	"CCSS 111.7.b.3.H", "ELA 5.NF.3", "Math RL.4.2", "ELA MS-PS1-2", "CCSS 5.3H", "CCSS MA.5.FR.2.4",
	// foreign bytes
	"\x00", "\xff", "5.NF.\xffB.3", "５", "٥.NF.B.3", "5.ΝF.B.3", "http://", "https://corestandards.org", "https://www.thecorestandards.org/", "http://corestandards.org/Math/Content/5/NF/B/99",
	"https://example.org/Math/Content/5/NF/B/3", "http://purl.org/ASN/resources/S0", "urn:uuid:", "{}", "7E90E46B4E7E49CCBFCE96C5C0900CFF", "§", "§§", "()", "...", "-", "CCSS.", "CCSS CCSS CCSS CCSS",
}

func TestResolveTakesNothingElse(t *testing.T) {
	l := standards.NewLibrary()
	for _, in := range noCodes {
		got := l.Resolve(in)
		assert.Equal(t, standards.Unknown, got.Resolution, "%q was read as %s %v", in, got.Code, got.Candidates)
	}
}

func TestResolveSaysThatTheClassroomFormNeedsASubject(t *testing.T) {
	l := standards.NewLibrary()
	for _, in := range []string{"5.3H", "5.3(H)", "5.3.H", "5(3)(H)", "Math 5.3H", "TEKS 5.3H", "TEKS5.3H", "standard 5.3H"} {
		got := l.Resolve(in)
		assert.Equal(t, standards.Ambiguous, got.Resolution, in)
		if assert.Len(t, got.Candidates, 1, in) {
			assert.Equal(t, "111.7.b.3.H", got.Candidates[0].Code, in)
		}
		assert.Equal(t, "111.7.b.3.H", l.ResolveWith(in, standards.Hint{Subject: "math", Jurisdiction: "TX"}).Code, in)
		assert.Equal(t, standards.Unknown, l.ResolveWith(in, standards.Hint{Subject: "science", Jurisdiction: "TX"}).Resolution, in)
		assert.Equal(t, standards.Unknown, l.ResolveWith(in, standards.Hint{Jurisdiction: "VA"}).Resolution, in)
	}
}

func TestResolveInAFrameworkThatTookOverTheCodesOfAnother(t *testing.T) {
	l := standards.NewLibrary(framework(t, "ca-math",
		[]string{item("c1", "HSA-REI.B.3"), item("c2", "5.NF.B.3"), item("c3", "HSA-REI.B.4"), item("c4", "HSA-REI.B.4"), item("c5", "HSG.GPE.A.3.1")}, nil))
	in := standards.Hint{Framework: "ca-math"}
	assert.Equal(t, "c1", l.ResolveWith("A-REI.3", in).Key())
	assert.Equal(t, "c2", l.ResolveWith("CCSS 5.NF.3", in).Key())
	got := l.ResolveWith("A.REI.B.4", in)
	assert.Equal(t, standards.Ambiguous, got.Resolution, "one code, two statements")
	assert.Len(t, got.Candidates, 2)
	assert.Equal(t, "c5", l.Resolve("HSG-GPE.A.3.1").Key(), "a code of its own")
	assert.Equal(t, "c5", l.Resolve("Standard HSG-GPE.A.3.1").Key())
	assert.Equal(t, "ccss-math", l.Resolve("A-REI.3").Framework, "the Common Core's where nothing says otherwise")
}

func TestResolveNumbersOnlyAsTheyAreWritten(t *testing.T) {
	l := standards.NewLibrary(framework(t, "numbers", []string{item("n1", "1.2"), item("n2", "5.1.2")}, nil))
	assert.Equal(t, "n1", l.Resolve(" 1.2. ").Key())
	for _, in := range []string{"1/2", "1-2", "1 2", "$1.2", "5-1-2", "(1) 2", "1.20", "12"} {
		assert.Equal(t, standards.Unknown, l.Resolve(in).Resolution, in)
	}
}
