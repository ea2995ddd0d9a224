package standards

import "slices"

// Counts says how many resources are aligned to a statement. A resource that both teaches and assesses it is counted in
// both, and once in Total, so that Total may be less than the sum.
type Counts struct {
	Teaches  int `json:"teaches"`
	Assesses int `json:"assesses"`
	Total    int `json:"total"`
}

// Count is Counts of the alignments to a statement itself, and of those to it or to anything below it. The second is not
// the sum of the first over the subtree: a resource that is aligned to two statements of it is one resource.
type Count struct {
	Own     Counts `json:"own"`
	Subtree Counts `json:"subtree"`
}

// CoverageState says whether there is enough for a statement.
type CoverageState string

// The states of coverage.
const (
	Covered CoverageState = "covered" // at least the number asked for
	Thin    CoverageState = "thin"    // fewer
	Missing CoverageState = "missing" // none
)

// CoverageEnough is the number of resources from which a statement is usually called covered.
const CoverageEnough = 2

// Tally counts statements by their state.
type Tally struct {
	Covered int `json:"covered"`
	Thin    int `json:"thin"`
	Missing int `json:"missing"`
}

// Total is the number of statements that were counted.
func (t Tally) Total() int { return t.Covered + t.Thin + t.Missing }

func (t *Tally) add(s CoverageState) {
	switch s {
	case Covered:
		t.Covered++
	case Thin:
		t.Thin++
	case Missing:
		t.Missing++
	}
}

// CoverageRow is a statement or heading of a framework with what there is for it.
type CoverageRow struct {
	Key    string   `json:"key"`
	Parent string   `json:"parent,omitempty"` // key; "" at the top
	Depth  int      `json:"depth"`            // 0 at the top
	Leaf   bool     `json:"leaf"`             // nothing is below
	Code   string   `json:"code,omitempty"`
	Label  string   `json:"label,omitempty"`
	Text   string   `json:"text,omitempty"`
	Grades []string `json:"grades,omitempty"` // its own, else those of the nearest statement above that has some
	Count
	State  CoverageState `json:"state"`  // by Subtree.Total
	Leaves Tally         `json:"leaves"` // of the leaves at or below
}

// GradeTally is the tally of the leaves of one grade. A leaf of several grades counts in each.
type GradeTally struct {
	Grade string `json:"grade"` // as the framework writes it
	Tally
}

// Coverage is a framework against what there is for it.
type Coverage struct {
	Framework string        `json:"framework"`
	Enough    int           `json:"enough"`
	Rows      []CoverageRow `json:"rows"` // each statement before those below it, in the framework's order
	Leaves    Tally         `json:"leaves"`
	Grades    []GradeTally  `json:"grades"` // in the order in which the framework first names them
}

// Coverage compares a framework with what is aligned to it. Count is asked once for each statement, by key; numbers are
// taken over as they are, so that they are those of whoever counted. A statement is covered from enough resources on,
// at least one. A framework that is not imported has rows if its codes are listed here; an unknown one has none.
// Statements that a package carries of another family, for its crosswalk, are left out.
func (l *Library) Coverage(framework string, enough int, count func(key string) Count) Coverage {
	l = l.orEmpty()
	c := coverer{l: l, count: count, seen: map[string]bool{}, grades: map[string]int{}}
	c.Framework, c.Enough, c.Rows, c.Grades = framework, max(enough, 1), []CoverageRow{}, []GradeTally{}
	if f, ok := l.byName[framework]; ok {
		c.Framework = f.Name
	}
	for _, key := range l.tops(c.Framework) {
		if _, guest := l.guests[key]; !guest {
			t := c.visit(key, "", 0, nil)
			c.Leaves.Covered += t.Covered
			c.Leaves.Thin += t.Thin
			c.Leaves.Missing += t.Missing
		}
	}
	return c.Coverage
}

// tops is Roots for frameworks that are not imported, too.
func (l *Library) tops(framework string) []string {
	if l.byName[framework] != nil {
		return l.roots[framework]
	}
	if codes := known().families[framework]; codes != nil {
		return codes.children[""]
	}
	return nil
}

// coverer builds a Coverage.
type coverer struct {
	Coverage
	l      *Library
	count  func(string) Count
	seen   map[string]bool
	grades map[string]int // grade → place in Grades
}

// visit adds the rows of a subtree and gives the tally of its leaves.
func (c *coverer) visit(key, parent string, depth int, grades []string) Tally {
	if c.seen[key] || len(c.Rows) >= maxBelow || depth > maxDepth {
		return Tally{}
	}
	c.seen[key] = true
	row := CoverageRow{Key: key, Parent: parent, Depth: depth, Count: c.count(key)}
	if s := c.l.statements[key]; s != nil {
		row.Code, row.Label, row.Text, row.Grades = s.Code, s.Label, s.Text, s.Grades
	} else {
		row.Code = key
	}
	if len(row.Grades) == 0 {
		row.Grades = grades
	}
	row.State = stateOf(row.Subtree.Total, c.Enough)
	below := c.l.Children(key)
	row.Leaf = len(below) == 0
	at := len(c.Rows)
	c.Rows = append(c.Rows, row)
	var t Tally
	if row.Leaf {
		t.add(row.State)
		c.grade(row)
	}
	for _, child := range below {
		u := c.visit(child, key, depth+1, row.Grades)
		t.Covered, t.Thin, t.Missing = t.Covered+u.Covered, t.Thin+u.Thin, t.Missing+u.Missing
	}
	c.Rows[at].Leaves = t
	return t
}

func (c *coverer) grade(row CoverageRow) {
	for i, g := range row.Grades {
		if slices.Contains(row.Grades[:i], g) {
			continue
		}
		at, ok := c.grades[g]
		if !ok {
			at = len(c.Grades)
			c.grades[g] = at
			c.Grades = append(c.Grades, GradeTally{Grade: g})
		}
		c.Grades[at].add(row.State)
	}
}

func stateOf(total, enough int) CoverageState {
	switch {
	case total >= enough:
		return Covered
	case total > 0:
		return Thin
	}
	return Missing
}
