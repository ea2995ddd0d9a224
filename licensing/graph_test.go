package licensing

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func codes(rs []Reason) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Code)
	}
	return out
}

func TestEveryAncestorCounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		graph   string // as JSON
		output  ID
		verdict Verdict
		reasons []string
	}{
		{"ShareAlike two steps back", `[{"id":"A","licence":"CC-BY-SA-4.0"},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-4.0","from":["B"]}]`,
			"", NotAllowed, []string{"NO_SA_OUTPUT_DIFFERENT", "UPSTREAM_VIOLATION:B", "UPSTREAM_VIOLATION:C"}},
		{"ND under a wrong label", `[{"id":"A","licence":"CC-BY-ND-4.0"},{"id":"B","licence":"CC-BY-4.0","from":["A"],"mode":"adaptation"}]`,
			"CC-BY-SA-4.0", NotAllowed, []string{"NO_ND_ADAPTATION", "UPSTREAM_VIOLATION:B"}},
		{"a wrong label in between does not bind what is right", `[{"id":"A","licence":"CC-BY-SA-4.0"},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-SA-4.0","from":["B"]}]`,
			"", Allowed, []string{"OK_SAME_LICENCE", "UPSTREAM_VIOLATION:B"}},
		{"a collection does not spread", `[{"id":"A","licence":"CC-BY-SA-4.0"},{"id":"B","licence":"CC-BY-ND-4.0"},{"id":"C","licence":"CC-BY-4.0","from":["A","B"],"mode":"collection"}]`,
			"", Allowed, []string{"OK_COLLECTION"}},
		{"a collection that is adapted counts piece by piece", `[{"id":"A","licence":"CC-BY-SA-4.0"},{"id":"C","licence":"CC-BY-4.0","from":["A"],"mode":"collection"},{"id":"D","licence":"CC-BY-4.0","from":["C"],"mode":"adaptation"}]`,
			"", NotAllowed, []string{"NO_SA_OUTPUT_DIFFERENT"}},
		{"a collection of what may not be shared", `[{"id":"A","licence":"CC-BY-ND-4.0"},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-4.0","from":["B"],"mode":"collection"}]`,
			"", NotAllowed, []string{"UPSTREAM_VIOLATION:B"}},
		{"an included picture stays what it is", `[{"id":"P","licence":"CC-BY-SA-3.0","role":"included"},{"id":"L","licence":"CC-BY-4.0","from":["P"]},{"id":"R","licence":"CC-BY-4.0","from":["L"]}]`,
			"", Allowed, []string{"OK_COLLECTION", "OK_CHART"}},
		{"an exception does not travel", `[{"id":"P","licence":"LicenseRef-AllRightsReserved","role":"excerpt_exception"},{"id":"L","licence":"CC-BY-4.0","from":["P"]},{"id":"R","licence":"CC-BY-4.0","from":["L"]}]`,
			"", ManualReview, []string{"REVIEW_EXCERPT_TRAVELS"}},
		{"something missing", `[{"id":"B","licence":"CC-BY-4.0","from":["gone"]}]`, "CC-BY-SA-4.0", ManualReview, []string{"REVIEW_GRAPH"}},
		{"a circle", `[{"id":"A","licence":"CC-BY-4.0","from":["B"]},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-4.0","from":["B"]}]`, "", ManualReview, []string{"REVIEW_GRAPH"}},
		{"by way of ShareAlike 4.0 to the GPL", `[{"id":"A","licence":"CC-BY-SA-3.0"},{"id":"B","licence":"CC-BY-SA-4.0","from":["A"]}]`, "GPL-3.0-or-later", NotAllowed, []string{"DISP_SA3_TWO_STEP_GPL"}},
		{"from the Free Art License to the GPL", `[{"id":"A","licence":"LAL-1.3"},{"id":"B","licence":"CC-BY-SA-4.0","from":["A"]}]`, "GPL-3.0-or-later", Disputed, []string{"DISP_FAL_BYSA_GPL"}},
		{"the Free Art License without such a step", `[{"id":"A","licence":"LAL-1.3"},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-SA-4.0"}]`, "GPL-3.0-or-later", NotAllowed, []string{"NO_COPYLEFT_OUTPUT_DIFFERENT"}},
		{"noncommercial hidden behind a free label", `[{"id":"A","licence":"CC-BY-NC-4.0"},{"id":"B","licence":"CC-BY-4.0","from":["A"]},{"id":"C","licence":"CC-BY-SA-4.0"},{"id":"D","licence":"CC-BY-SA-4.0","from":["B","C"]}]`,
			"", NotAllowed, []string{"NO_SA_NC_CONFLICT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := "null"
			if c.output != "" {
				out = `"` + string(c.output) + `"`
			}
			a := ask(t, fmt.Appendf(nil, `{"id":"x","graph":%s,"output":%s}`, c.graph, out))
			assert.Equal(t, c.verdict, a.Verdict, "%v", a.Reasons)
			assert.Subset(t, a.Reasons, c.reasons)
		})
	}
}

func TestRelicenseIsForTheRightsHolder(t *testing.T) {
	for _, c := range []struct {
		input   string
		output  ID
		verdict Verdict
		reason  string
	}{
		{`{"ref":"A","licence":"CC-BY-NC-4.0"}`, CCBY, NotAllowed, "NO_PERMISSION"},
		{`{"ref":"A","licence":"CC-BY-NC-4.0","rights_holder":true}`, CCBY, Allowed, "OK_RIGHTS_HOLDER"},
		{`{"ref":"A","licence":"CC-BY-4.0","rights_holder":true}`, AllRightsReserved, Allowed, "OK_IRREVOCABLE"},
		{`{"ref":"A","licence":"CC0-1.0"}`, CCBY, Allowed, "OK_PD_INPUT"},
		{`{"ref":"A","licence":"GFDL-1.2-or-later"}`, "GFDL-1.3-only", Allowed, "OK_LATER_VERSION"},
	} {
		a := ask(t, fmt.Appendf(nil, `{"inputs":[%s],"mode":"relicense","output":%q}`, c.input, c.output))
		assert.Equal(t, c.verdict, a.Verdict, c.input)
		assert.Contains(t, a.Reasons, c.reason, c.input)
	}
}

func TestVersionUnknownIsNeverGuessed(t *testing.T) {
	a := Evaluate(Question{Sources: []Work{{Ref: "a", License: "CC-BY-SA"}}, Output: CCBYSA})
	assert.Equal(t, ManualReview, a.Verdict, "version 1.0 would forbid it")
	a = Evaluate(Question{Sources: []Work{{Ref: "a", License: "CC-BY"}}, Output: CCBYSA})
	assert.Equal(t, Allowed, a.Verdict)
	assert.Contains(t, codes(a.Reasons), "WARN_VERSION_UNKNOWN")
	a = Evaluate(Question{Sources: []Work{{Ref: "a"}}, Output: CCBY})
	assert.Equal(t, ManualReview, a.Verdict, "not cleared")
	assert.Equal(t, []string{"REVIEW_UNKNOWN_RIGHTS"}, codes(a.Reasons))
}

func TestOutputsAreOfferedBestFirst(t *testing.T) {
	g := Graph{Works: []Work{{Ref: "a", License: CCBY}, {Ref: "b", License: "CC-BY-SA-1.0"}, {Ref: "c", License: "CC-BY-ND-4.0"}, {Ref: "z", License: CC0}}}
	for _, c := range []struct {
		refs []string
		best ID
	}{{[]string{"a"}, CCBY}, {[]string{"b"}, "CC-BY-SA-1.0"}, {[]string{"a", "b"}, "CC-BY-SA-1.0"}, {[]string{"z"}, CCBY}, {nil, CCBY}} {
		got := g.Outputs(Adaptation, c.refs)
		assert.Equal(t, c.best, got[0].ID, "%v", c.refs)
		assert.True(t, got[0].Offered())
		for _, o := range got {
			assert.NotEmpty(t, o.Reasons, "%v: %s", c.refs, o.ID)
			for _, r := range o.Reasons {
				assert.NotEmpty(t, r.Text, r.Code)
				assert.NotContains(t, r.Text, "{", r.Code)
			}
		}
	}
	for _, refs := range [][]string{{"c"}, {"a", "nowhere"}} {
		for _, o := range g.Outputs(Adaptation, refs) {
			assert.False(t, o.Offered(), "%v: %s", refs, o.ID)
		}
	}
}

func TestEveryCodeHasASentenceInBothLanguages(t *testing.T) {
	s := loadSentences()
	require.Greater(t, len(s.reasons), 60)
	for code, r := range s.reasons {
		assert.NotEmpty(t, r.En, code)
		assert.NotEmpty(t, r.Es, code)
		assert.NotEqual(t, r.En, r.Es, code)
	}
	for code, o := range s.obligations {
		assert.NotEmpty(t, o.En, code)
		assert.NotEmpty(t, o.Es, code)
	}
	for _, pattern := range []string{`refuse\("([A-Z_0-9]+)"`, `review\("([A-Z_0-9]+)"`, `allow\("([A-Z_0-9]+)"`, `dispute\("([A-Z_0-9]+)"`, `discourage\("([A-Z_0-9]+)"`, `"(POL_[A-Z_]+)"`} {
		for _, code := range inSource(t, pattern) {
			assert.Contains(t, s.reasons, code)
		}
	}
	for _, pattern := range []string{`add\("([A-Z_0-9]+)"`, `addIf\(.*, "([A-Z_0-9]+)"`, `whole\(.*, "([A-Z_0-9]+)"`} {
		for _, code := range inSource(t, pattern) {
			assert.Contains(t, s.obligations, code)
		}
	}
}

func TestQuestionsAreReadInBothSpellings(t *testing.T) {
	for _, key := range []string{"licence", "license"} {
		a := ask(t, fmt.Appendf(nil, `{"id":"s","inputs":[{"ref":"A",%q:"CC BY-SA 4.0"}],"mode":"adaptation","output":"CC-BY-4.0"}`, key))
		assert.Equal(t, NotAllowed, a.Verdict)
	}
	var q Question
	assert.Error(t, json.Unmarshal([]byte(`{"inputs":7}`), &q))
	assert.Error(t, json.Unmarshal([]byte(`{"output_universe":"U9"}`), &q))
}

func TestHugeGraphsAreNotJudged(t *testing.T) {
	works := make([]Work, MaxWorks+1)
	for i := range works {
		works[i] = Work{Ref: fmt.Sprint(i), License: CCBY}
	}
	assert.Equal(t, ManualReview, Evaluate(Question{Graph: Graph{works}, Output: CCBY}).Verdict)
}

func TestADeepChainIsJudged(t *testing.T) {
	works := []Work{{Ref: "0", License: CCBYSA}}
	for i := 1; i < MaxWorks; i++ {
		works = append(works, Work{Ref: fmt.Sprint(i), License: CCBYSA, From: []string{fmt.Sprint(i - 1)}})
	}
	slices.Reverse(works)
	a := Evaluate(Question{Graph: Graph{works}})
	assert.Equal(t, Allowed, a.Verdict)
	assert.Greater(t, len(a.Obligations), MaxWorks)
}
