package licensing

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type vector struct {
	ID, Title string
	Expect    struct {
		Verdict            Verdict
		Reasons            []string
		ObligationsMust    []string            `json:"obligations_must"`
		ObligationsMustNot []string            `json:"obligations_must_not"`
		Outputs            map[string][]string `json:"outputs"`
	}
}

// answered is an answer as others read it.
type answered struct {
	ID                   string
	Verdict              Verdict
	Reasons, Obligations []string
	Outputs              map[string][]string
}

func ask(t testing.TB, line []byte) answered {
	t.Helper()
	var q Question
	require.NoError(t, json.Unmarshal(line, &q))
	b, err := json.Marshal(Evaluate(q))
	require.NoError(t, err)
	var a answered
	require.NoError(t, json.Unmarshal(b, &a))
	return a
}

func TestEvaluateAnswersTheVectors(t *testing.T) {
	f, err := os.Open("testdata/vectors.jsonl")
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := 0
	for lines.Scan() {
		n++
		var v vector
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		t.Run(v.ID+" "+v.Title, func(t *testing.T) {
			a := ask(t, lines.Bytes())
			assert.Equal(t, v.ID, a.ID)
			assert.Equal(t, v.Expect.Verdict, a.Verdict, "reasons: %v", a.Reasons)
			assert.Subset(t, a.Reasons, v.Expect.Reasons)
			assert.Subset(t, a.Obligations, v.Expect.ObligationsMust)
			for _, o := range v.Expect.ObligationsMustNot {
				assert.NotContains(t, a.Obligations, o)
			}
			for verdict, ids := range v.Expect.Outputs {
				assert.ElementsMatch(t, ids, a.Outputs[verdict], verdict)
			}
		})
	}
	require.NoError(t, lines.Err())
	require.Equal(t, 86, n)
}

func TestAdaptFollowsTheTableOfSingleSources(t *testing.T) {
	var table map[ID]map[ID]string
	readTestdata(t, "single.json", &table)
	cells := 0
	for src, row := range table {
		for out, want := range row {
			want = strings.Replace(want, "unknown ", "manual_review ", 1)
			got := adapt(loadFacts().known(src), loadFacts().known(out))
			assert.Equal(t, want, string(got.severity.verdict())+" "+got.code, "%s into %s", src, out)
			cells++
		}
	}
	assert.Equal(t, 48*26, cells)
}

func TestEvaluateFollowsTheTableOfPairs(t *testing.T) {
	var pairs []struct {
		A, B     ID
		Allowed  []ID `json:"outputs_allowed"`
		Warned   []ID `json:"outputs_allowed_not_recommended"`
		Disputed []ID `json:"outputs_disputed"`
		Unknown  []ID `json:"outputs_unknown"`
	}
	readTestdata(t, "pairs.json", &pairs)
	require.Len(t, pairs, 1176)
	universe := []ID{"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "CC-BY-SA-3.0", "CC-BY-NC-SA-3.0", "CC-BY-SA-2.0", "CC-BY-SA-1.0", "CC-BY-NC-SA-1.0", "GFDL-1.2-only", "GFDL-1.3-or-later", "LAL-1.3", "GPL-3.0-or-later", "MIT", "ODbL-1.0", "ODC-By-1.0", "OGL-UK-3.0", "LicenseRef-AllRightsReserved", "Apache-2.0", "CC-BY-SA-3.0-US", "CC-BY-NC-SA-3.0-US", "CC-BY-NC-SA-2.0", "GPL-3.0-only"}
	for _, p := range pairs {
		a := Evaluate(Question{Sources: []Work{{Ref: "a", License: p.A}, {Ref: "b", License: p.B}}, Universe: universe})
		got := map[Verdict][]ID{}
		for _, o := range a.Outputs {
			got[o.Verdict] = append(got[o.Verdict], o.ID)
		}
		name := string(p.A) + " + " + string(p.B)
		assert.ElementsMatch(t, p.Allowed, got[Allowed], "%s: allowed", name)
		assert.ElementsMatch(t, p.Warned, got[AllowedNotRecommended], "%s: not recommended", name)
		assert.ElementsMatch(t, p.Disputed, got[Disputed], "%s: disputed", name)
		if !slices.Equal(p.Unknown, nil) {
			assert.ElementsMatch(t, p.Unknown, got[ManualReview], "%s: unknown", name)
		}
	}
}
