package standards_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

func TestPlanMigrationIsCertainOnlyFromOneToOne(t *testing.T) {
	old := framework(t, "old", []string{
		item("one", "1"), item("split", "2"), item("m1", "3"), item("m2", "4"), item("match", "5"), item("same", "6"), item("rel", "7"),
		item("gone", "8"), item("chain", "9"), item("twice1", "10"), item("twice2", "10"), item("loop", "11"), item("x1", "12"), item("x2", "13"),
	}, []string{
		link("replacedBy", "one", "n1"), link("replacedBy", "split", "n2"), link("replacedBy", "split", "n3"),
		link("replacedBy", "m1", "n4"), link("replacedBy", "m2", "n4"), link("exactMatchOf", "match", "n5"), link("isRelatedTo", "rel", "n7"),
		link("replacedBy", "chain", "between"), link("replacedBy", "loop", "gone"), link("replacedBy", "gone", "loop"),
		link("exactMatchOf", "x1", "n8"), link("exactMatchOf", "n8", "x2"),
	})
	middle := framework(t, "middle", []string{item("between", "M-9")}, []string{link("replacedBy", "between", "n9")})
	recent := framework(t, "new", []string{
		item("n1", "N-1"), item("n2", "N-2"), item("n3", "N-3"), item("n4", "N-4"), item("n5", "N-5"), item("n6", "6"), item("n7", "N-7"),
		item("n8", "N-8"), item("n9", "N-9"), item("n9b", "N-9b"), item("n10", "10"),
	}, []string{link("replacedBy", "n9", "n9b")})
	l := standards.NewLibrary(old, middle, recent)
	var aligned []string
	for _, s := range old.Statements {
		aligned = append(aligned, s.Key)
	}
	aligned = append(aligned, "one", "n1", "between", "unheard")
	assert.Equal(t, []standards.Step{
		{From: "one", To: []string{"n1"}, Relation: "replacedBy", Certain: true, Why: standards.ReasonReplaced},
		{From: "split", To: []string{"n2", "n3"}, Relation: "replacedBy", Why: standards.ReasonSplit},
		{From: "m1", To: []string{"n4"}, Relation: "replacedBy", Why: standards.ReasonMerge},
		{From: "m2", To: []string{"n4"}, Relation: "replacedBy", Why: standards.ReasonMerge},
		{From: "match", To: []string{"n5"}, Relation: "exactMatchOf", Certain: true, Why: standards.ReasonMatch},
		{From: "same", To: []string{"n6"}, Why: standards.ReasonSameCode},
		{From: "rel", To: []string{"n7"}, Relation: "isRelatedTo", Why: standards.ReasonRelated},
		{From: "gone", To: []string{}, Why: standards.ReasonNone},
		{From: "chain", To: []string{"n9b"}, Relation: "replacedBy", Certain: true, Why: standards.ReasonReplaced},
		{From: "twice1", To: []string{}, Why: standards.ReasonNone},
		{From: "twice2", To: []string{}, Why: standards.ReasonNone},
		{From: "loop", To: []string{}, Why: standards.ReasonNone},
		{From: "x1", To: []string{"n8"}, Relation: "exactMatchOf", Why: standards.ReasonMerge},
		{From: "x2", To: []string{"n8"}, Relation: "exactMatchOf", Why: standards.ReasonMerge},
	}, l.PlanMigration("old", "new", aligned), "each once; what is not of the old framework is left out")
	assert.Empty(t, l.PlanMigration("new", "old", []string{"one"}))
	assert.NotNil(t, (*standards.Library)(nil).PlanMigration("a", "b", []string{"c"}))
}

func TestPlanMigrationBetweenEditions(t *testing.T) {
	first := framework(t, "f", []string{item("kept", "1"), item("a", "2"), item("b", "3")}, nil)
	second := framework(t, "f", []string{item("kept", "1"), item("a2", "2"), item("b2", "4")}, []string{link("replacedBy", "b", "b2")})
	editions := standards.Editions("f", []*standards.Framework{first, second})
	l := standards.NewLibrary(editions...)
	assert.Equal(t, []standards.Step{
		{From: "a", To: []string{"a2"}, Why: standards.ReasonSameCode},
		{From: "b", To: []string{"b2"}, Relation: "replacedBy", Certain: true, Why: standards.ReasonReplaced},
	}, l.PlanMigration(editions[1].Name, "f", []string{"kept", "a", "b"}), "what both editions have needs no step")
}

func TestPlanMigrationFromACommonCoreThatIsNotImported(t *testing.T) {
	l := standards.NewLibrary(framework(t, "state", []string{item("s1", "S-1")}, []string{link("exactMatchOf", "s1", "5.NF.B.3")}))
	assert.Equal(t, []standards.Step{{From: "5.NF.B.3", To: []string{"s1"}, Relation: "exactMatchOf", Certain: true, Why: standards.ReasonMatch}},
		l.PlanMigration("ccss-math", "state", []string{"http://corestandards.org/Math/Content/5/NF/B/3", "7e90e46b-4e7e-49cc-bfce-96c5c0900cfd"}))
}
