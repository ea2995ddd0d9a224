package standards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// link writes an association of a package.
func link(kind, origin, target string) string {
	return fmt.Sprintf(`{"identifier":"%[1]s-%[2]s-%[3]s","associationType":%[1]q,"originNodeURI":{"identifier":%[2]q},"destinationNodeURI":{"identifier":%[3]q}}`,
		kind, origin, target)
}

func framework(t testing.TB, name string, items, associations []string) *standards.Framework {
	t.Helper()
	f, err := standards.ReadCASE(strings.NewReader(pack(items, associations)), name)
	require.NoError(t, err)
	return f
}

func TestRelatedIsSeenFromBothSides(t *testing.T) {
	a := framework(t, "a", []string{item("a1", "A-1"), item("a2", "A-2"), item("a3", "A-3")}, []string{
		link("isRelatedTo", "a1", "b1"), link("precedes", "a1", "a2"), link("exactMatchOf", "a1", "b2"),
		link("replacedBy", "a1", "a3"), link("isPartOf", "a1", "a2"), link("exemplar", "a1", "a2"), link("ext:uses", "a1", "a2"),
		link("isRelatedTo", "a1", "a1"),
	})
	b := framework(t, "b", []string{item("b1", "B-1"), item("b2", "B-2")}, []string{link("isRelatedTo", "b1", "a1")})
	l := standards.NewLibrary(a, b)
	assert.Equal(t, []standards.Relation{
		{Type: "exactMatchOf", Other: "b2", Framework: "b"}, {Type: "replacedBy", Other: "a3", Framework: "a"},
		{Type: "precedes", Other: "a2", Framework: "a"}, {Type: "isRelatedTo", Other: "b1", Framework: "b"},
		{Type: "isPartOf", Other: "a2", Framework: "a"}, {Type: "exemplar", Other: "a2", Framework: "a"},
		{Type: "ext:uses", Other: "a2", Framework: "a"},
	}, l.Related("a1"), "said by both frameworks, listed once; never related to itself")
	assert.Equal(t, []standards.Relation{
		{Type: "precedes", Other: "a1", Framework: "a", Inverse: true}, {Type: "isPartOf", Other: "a1", Framework: "a", Inverse: true},
		{Type: "exemplar", Other: "a1", Framework: "a", Inverse: true}, {Type: "ext:uses", Other: "a1", Framework: "a", Inverse: true},
	}, l.Related("a2"))
	assert.Equal(t, []standards.Relation{{Type: "exactMatchOf", Other: "a1", Framework: "a"}}, l.Related("b2"), "symmetric")
	assert.Equal(t, []standards.Relation{{Type: "replacedBy", Other: "a1", Framework: "a", Inverse: true}}, l.Related("a3"))
	assert.Empty(t, l.Related("none"))
	assert.Empty(t, (*standards.Library)(nil).Related("5.NF.B.3"))
}

func TestRelatedKnowsWhatIsNotImported(t *testing.T) {
	const published = "7e90e46b-4e7e-49cc-bfce-96c5c0900cfd" // 5.NF.B.3, by its publisher
	for _, end := range []string{published, "http://www.corestandards.org/Math/Content/5/NF/B/3/", "5.NF.B.3"} {
		l := standards.NewLibrary(framework(t, "district", []string{item("d1", "D-1")}, []string{link("exactMatchOf", "d1", end)}))
		assert.Equal(t, []standards.Relation{{Type: "exactMatchOf", Other: "5.NF.B.3", Framework: "ccss-math"}}, l.Related("d1"), end)
		for _, key := range []string{"5.NF.B.3", published, strings.ToUpper(published), "https://corestandards.org/Math/Content/5/NF/B/3"} {
			assert.Equal(t, []standards.Relation{{Type: "exactMatchOf", Other: "d1", Framework: "district"}}, l.Related(key), key)
		}
	}
	l := standards.NewLibrary(framework(t, "district", []string{item("d1", "D-1")}, []string{link("isRelatedTo", "d1", "urn:elsewhere:7")}))
	assert.Equal(t, []standards.Relation{{Type: "isRelatedTo", Other: "urn:elsewhere:7"}}, l.Related("d1"))
	assert.Len(t, l.Related("urn:elsewhere:7"), 1)
}

func TestRelatedMeetsThroughStatementsThatACrosswalkCarries(t *testing.T) {
	teks := framework(t, "teks-math", []string{item("t0", "111.7"), item("t1", "111.7.b"), item("guest", "5.NF.B.3")},
		[]string{child("t1", "t0", 1), link("ext:isStandardAlignedTo", "t1", "guest")})
	l := standards.NewLibrary(teks)
	assert.Equal(t, []standards.Relation{{Type: "ext:isStandardAlignedTo", Other: "guest", Framework: "ccss-math"}}, l.Related("t1"))
	assert.Equal(t, l.Related("guest"), l.Related("5.NF.B.3"))
	assert.Len(t, l.Related("5.NF.B.3"), 1)
	assert.Equal(t, []string{"guest", "5.NF.B.3"}, l.Keys("guest"), "lessons are aligned to the code")
	assert.Equal(t, []string{"5.NF.B.3", "guest"}, l.Keys("5.NF.B.3"))

	l = standards.NewLibrary(teks, framework(t, "ccss-math", []string{item("c1", "5.NF.B.3")}, nil))
	assert.Equal(t, []standards.Relation{{Type: "ext:isStandardAlignedTo", Other: "c1", Framework: "ccss-math"}}, l.Related("t1"))
	assert.Equal(t, l.Related("guest"), l.Related("c1"))
	assert.ElementsMatch(t, []string{"guest", "c1", "5.NF.B.3"}, l.Keys("guest"))
	assert.ElementsMatch(t, []string{"guest", "c1", "5.NF.B.3"}, l.Keys("c1"))
}

func TestSuccessorsFollowChainsAndEndInCycles(t *testing.T) {
	l := standards.NewLibrary(framework(t, "old", []string{item("o1", "1"), item("o2", "2"), item("o3", "3"), item("o4", "4")}, []string{
		link("replacedBy", "o1", "o2"), link("replacedBy", "o1", "o3"), link("replacedBy", "o2", "o4"), link("replacedBy", "o4", "o1"),
	}))
	assert.Equal(t, []string{"o2", "o3", "o4"}, l.Successors("o1"))
	assert.Equal(t, []string{"o1", "o2", "o3"}, l.Successors("o4"), "a cycle ends")
	assert.Empty(t, l.Successors("o3"))
	assert.Equal(t, []string{"o1", "o4", "o2"}, l.Predecessors("o3"))

	var items, links []string
	for i := range 1500 {
		items = append(items, item(fmt.Sprint("n", i), ""))
		links = append(links, link("replacedBy", fmt.Sprint("n", i), fmt.Sprint("n", i+1)))
	}
	assert.Len(t, standards.NewLibrary(framework(t, "long", items, links)).Successors("n0"), 1000)
}

func TestProgressionTellsBeforeFromAfter(t *testing.T) {
	l := standards.NewLibrary(framework(t, "p", []string{item("p1", "1"), item("p2", "2"), item("p3", "3")},
		[]string{link("precedes", "p1", "p2"), link("precedes", "p2", "p3"), link("isRelatedTo", "p1", "p3")}))
	before, after := l.Progression("p2")
	assert.Equal(t, []string{"p1"}, before)
	assert.Equal(t, []string{"p3"}, after)
}
