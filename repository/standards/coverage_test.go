package standards_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func graded(id, code, grades string) string {
	return fmt.Sprintf(`{"identifier":%q,"humanCodingScheme":%q,"fullStatement":"text of %s","educationLevel":[%s]}`, id, code, code, grades)
}

func TestCoverageTellsCoveredThinAndMissing(t *testing.T) {
	l := standards.NewLibrary(framework(t, "f", []string{
		graded("g", "G", `"05","06"`), item("a", "G.1"), item("b", "G.2"), graded("c", "G.3", `"06"`), item("h", "H"), item("d", "H.1"),
	}, []string{child("a", "g", 1), child("b", "g", 2), child("c", "g", 3), child("d", "h", 1)}))
	counts := map[string]standards.Count{
		"g": {Own: standards.Counts{Teaches: 1, Total: 1}, Subtree: standards.Counts{Teaches: 3, Assesses: 1, Total: 3}},
		"a": {Own: standards.Counts{Teaches: 2, Assesses: 1, Total: 2}, Subtree: standards.Counts{Teaches: 2, Assesses: 1, Total: 2}},
		"b": {Own: standards.Counts{Assesses: 1, Total: 1}, Subtree: standards.Counts{Assesses: 1, Total: 1}},
	}
	asked := map[string]int{}
	got := l.Coverage("f", standards.CoverageEnough, func(key string) standards.Count {
		asked[key]++
		return counts[key]
	})
	assert.Equal(t, map[string]int{"g": 1, "a": 1, "b": 1, "c": 1, "h": 1, "d": 1}, asked)
	var rows []string
	for _, r := range got.Rows {
		rows = append(rows, fmt.Sprintf("%d %s %v %s %d %v", r.Depth, r.Code, r.Leaf, r.State, r.Subtree.Total, r.Grades))
		assert.Equal(t, counts[r.Key], r.Count, "the numbers are the counter's")
	}
	assert.Equal(t, []string{
		"0 G false covered 3 [05 06]", "1 G.1 true covered 2 [05 06]", "1 G.2 true thin 1 [05 06]", "1 G.3 true missing 0 [06]",
		"0 H false missing 0 []", "1 H.1 true missing 0 []",
	}, rows)
	assert.Equal(t, standards.Tally{Covered: 1, Thin: 1, Missing: 1}, got.Rows[0].Leaves)
	assert.Equal(t, standards.Tally{Covered: 1, Thin: 1, Missing: 2}, got.Leaves)
	assert.Equal(t, 4, got.Leaves.Total())
	assert.Equal(t, []standards.GradeTally{
		{Grade: "05", Tally: standards.Tally{Covered: 1, Thin: 1}}, {Grade: "06", Tally: standards.Tally{Covered: 1, Thin: 1, Missing: 1}},
	}, got.Grades)

	one := l.Coverage("f", 0, func(key string) standards.Count { return counts[key] })
	assert.Equal(t, standards.Tally{Covered: 2, Missing: 2}, one.Leaves, "one is enough")

	b, err := json.Marshal(got.Rows[2])
	require.NoError(t, err)
	assert.JSONEq(t, `{"key":"b","parent":"g","depth":1,"leaf":true,"code":"G.2","text":"text of G.2","grades":["05","06"],"own":{"teaches":0,"assesses":1,"total":1},
		"subtree":{"teaches":0,"assesses":1,"total":1},"state":"thin","leaves":{"covered":0,"thin":1,"missing":0}}`, string(b))
}

func TestCoverageOfAFrameworkThatIsNotImported(t *testing.T) {
	none := func(string) standards.Count { return standards.Count{} }
	var l *standards.Library
	got := l.Coverage("ccss-math", 2, none)
	assert.Len(t, got.Rows, 729, "as many as codes are listed")
	assert.Equal(t, got.Leaves.Total(), got.Leaves.Missing)
	assert.Positive(t, got.Leaves.Missing)
	assert.Empty(t, l.Coverage("none", 2, none).Rows)
	b, err := json.Marshal(l.Coverage("none", 2, none))
	require.NoError(t, err)
	assert.JSONEq(t, `{"framework":"none","enough":2,"rows":[],"leaves":{"covered":0,"thin":0,"missing":0},"grades":[]}`, string(b))
}

func TestCoverageLeavesOutWhatACrosswalkCarries(t *testing.T) {
	l := standards.NewLibrary(framework(t, "teks-math", []string{item("t0", "111.7"), item("t1", "111.7.b"), item("guest", "5.NF.B.3")},
		[]string{child("t1", "t0", 1), link("ext:isStandardAlignedTo", "t1", "guest")}))
	got := l.Coverage("teks-math", 2, func(string) standards.Count { return standards.Count{} })
	assert.Len(t, got.Rows, 2)
}
