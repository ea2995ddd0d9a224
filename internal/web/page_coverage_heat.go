package web

import (
	"context"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// heat makes the map of grades and domains. The domains are the statements of the uppermost level that gives a map of at
// least two by two; those of one name are one column. Without such a level there is no map.
func (c *covered) heat(ctx context.Context, n *counter, a coverageAsked) ([]string, []themes.HeatRow, error) {
	rows := c.under(a.under)
	var grid heatGrid
	ok := false
	for depth := 0; depth < 4 && !ok; depth++ {
		grid = heatGrid{cells: map[[2]string][]standards.CoverageRow{}}
		for _, r := range rows {
			if r.Depth == depth && r.Leaves.Total() > 0 {
				grid.add(r)
			}
		}
		ok = len(grid.columns) >= 2 && len(grid.grades) >= 2 && len(grid.columns) <= maxColumns && len(grid.grades) <= maxRows
	}
	if !ok {
		return nil, nil, nil
	}
	grid.sort()
	var list []themes.HeatRow
	for _, grade := range grid.grades {
		line := themes.HeatRow{Grades: strings.Fields(grade)}
		for _, column := range grid.columns {
			nodes := grid.cells[[2]string{grade, column}]
			if len(nodes) == 0 {
				line.Cells = append(line.Cells, themes.HeatCell{Empty: true})
				continue
			}
			cell := themes.HeatCell{Label: column, Resources: nodes[0].Subtree.Total}
			var keys []string
			for _, r := range nodes {
				keys = append(keys, r.Key)
				cell.Covered, cell.Thin, cell.Missing = cell.Covered+r.Leaves.Covered, cell.Thin+r.Leaves.Thin, cell.Missing+r.Leaves.Missing
			}
			if len(nodes) > 1 { // a resource may be for several of them
				var err error
				if cell.Resources, err = n.total(ctx, search.Standard, keys...); err != nil {
					return nil, nil, err
				}
			}
			cell.URL, cell.Level = a.found(keys...), level(cell)
			line.Cells = append(line.Cells, cell)
		}
		list = append(list, line)
	}
	return grid.columns, list, nil
}

// level is how much of a cell is covered: 0 nothing, 4 all of it. What is thin counts half.
func level(c themes.HeatCell) int {
	switch share := 2*c.Covered + c.Thin; {
	case share == 0:
		return 0
	case share == 2*c.Total():
		return 4
	default:
		return 1 + min(2, 3*share/(2*c.Total()))
	}
}

// heatGrid is a heat map before it is counted. Columns are named by texts, rows by grades with blanks between.
type heatGrid struct {
	columns, grades []string
	cells           map[[2]string][]standards.CoverageRow
}

func (g *heatGrid) add(r standards.CoverageRow) {
	column := orElse(clip(plain(r.Text), 60), shortCode(r.Code))
	grade := strings.Join(caseGrades(r.Grades), " ")
	if !slices.Contains(g.columns, column) {
		g.columns = append(g.columns, column)
	}
	if !slices.Contains(g.grades, grade) {
		g.grades = append(g.grades, grade)
	}
	g.cells[[2]string{grade, column}] = append(g.cells[[2]string{grade, column}], r)
}

// sort puts the grades in the order of school.
func (g *heatGrid) sort() {
	slices.SortStableFunc(g.grades, func(a, b string) int { return firstGrade(a) - firstGrade(b) })
}

func firstGrade(grades string) int {
	first, _, _ := strings.Cut(grades, " ")
	if i := slices.Index(gradeOrder, first); i >= 0 {
		return i
	}
	return len(gradeOrder)
}
