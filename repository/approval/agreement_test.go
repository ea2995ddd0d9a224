package approval_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// pairs writes a table of two people's choices out, thing by thing.
func pairs(table [][]int) (a, b []int) {
	for i, row := range table {
		for j, n := range row {
			for range n {
				a, b = append(a, i), append(b, j)
			}
		}
	}
	return a, b
}

// The tables and values are those of textbooks: the example of 50 grant proposals that most introductions to Cohen's kappa
// use; the two tables of equal agreement and unequal kappa by which they warn (60 of 100 agree); and the diagnoses of
// depression, personality disorder, schizophrenia and so on of Fleiss (1971), by 6 of 43 psychiatrists for each of 30 patients, is not
// reprinted here; the 14 raters of 10 things in 5 categories are the worked example of Fleiss' kappa in the literature.
func TestKappaOfTextbooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		table [][]int
		want  float64
	}{
		{"50 proposals, read by two", [][]int{{20, 5}, {10, 15}}, 0.4},
		{"60 of 100 agree, alike habits", [][]int{{45, 15}, {25, 15}}, 0.1304},
		{"60 of 100 agree, unlike habits", [][]int{{25, 35}, {5, 35}}, 0.2593},
		{"complete", [][]int{{7, 0}, {0, 3}}, 1},
		{"as by chance", [][]int{{25, 25}, {25, 25}}, 0},
		{"never", [][]int{{0, 5}, {5, 0}}, -1},
	} {
		a, b := pairs(c.table)
		got, ok := approval.CohenKappa(a, b)
		require.True(t, ok, c.name)
		assert.InDelta(t, c.want, got, 0.00005, c.name)
	}
	fleiss := [][]int{
		{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
		{7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7},
	}
	got, ok := approval.FleissKappa(fleiss)
	require.True(t, ok)
	assert.InDelta(t, 0.210, got, 0.0005)
}

func TestKappaIsNotDefinedWhereChanceExplainsAll(t *testing.T) {
	t.Parallel()
	_, ok := approval.CohenKappa([]int{3, 3, 3}, []int{3, 3, 3})
	assert.False(t, ok)
	_, ok = approval.CohenKappa(nil, nil)
	assert.False(t, ok)
	_, ok = approval.CohenKappa([]int{1}, []int{1, 2})
	assert.False(t, ok)
	_, ok = approval.FleissKappa([][]int{{3, 0}, {3, 0}})
	assert.False(t, ok)
	_, ok = approval.FleissKappa([][]int{{3, 0}, {1, 1}})
	assert.False(t, ok, "every thing has as many raters")
	_, ok = approval.FleissKappa([][]int{{1, 0}})
	assert.False(t, ok)
}

func TestAgreementOfReviews(t *testing.T) {
	t.Parallel()
	two := approval.Agree(rubric(), []approval.Review{*review(3, 2), *review(3, 1)})
	assert.Equal(t, "cohen", two.Method)
	assert.Equal(t, 4, two.Same)
	assert.Equal(t, 8, two.Criteria)
	assert.InDelta(t, 0.333, two.Kappa, 1e-9, "agree on 4 of 8, and by chance on 2 of 8")
	three := approval.Agree(rubric(), []approval.Review{*review(3, 2), *review(3, 1), *review(approval.NotApplicable, 2)})
	assert.Equal(t, "fleiss", three.Method)
	assert.True(t, three.Defined)
	assert.Zero(t, three.Same)
	one := approval.Agree(rubric(), []approval.Review{*review(3)})
	assert.False(t, one.Defined)
	same := approval.Agree(rubric(), []approval.Review{*review(3), *review(3)})
	assert.False(t, same.Defined)
	assert.Equal(t, 8, same.Same)
}

func TestMeansLeaveOutWhatDoesNotApply(t *testing.T) {
	t.Parallel()
	m := approval.Means(rubric(), []approval.Review{*review(3, approval.NotApplicable), *review(2, 1), *review(2, 1)})
	assert.InDelta(t, 2.33, m[0].Mean, 1e-9)
	assert.Equal(t, 3, m[0].Scores)
	assert.InDelta(t, 1.0, m[1].Mean, 1e-9)
	assert.Equal(t, 1, m[1].NA)
}

func TestSavings(t *testing.T) {
	t.Parallel()
	a := approval.Assumptions{Students: 1200, Price: 90, Years: 6, Printing: 5, Share: 50}
	require.NoError(t, a.Check())
	assert.InDelta(t, 3000.0, a.Yearly(), 1e-9, "1200 students times half of 90 dollars over 6 years, less 5")
	for _, bad := range []approval.Assumptions{
		{Students: -1, Years: 1}, {Years: 0}, {Years: 1, Share: 101}, {Years: 1, Price: math.NaN()}, {Years: 1, Printing: math.Inf(1)},
	} {
		assert.Error(t, bad.Check(), "%+v", bad)
	}
}
