package themes

// Statistics is what there is in the whole catalog.
type Statistics struct {
	Resources, Subjects, Languages, Creators int
	Grades                                   []Count // the columns of the map
	Map                                      []StatisticsRow
	Charts                                   []Shares
}

// StatisticsRow is a subject: how many resources each grade of the columns has in it.
type StatisticsRow struct {
	Count
	Cells []StatisticsCell
}

// StatisticsCell is a subject in a grade. Its Level is 0 for nothing and 1 to 4 by how it compares with the fullest.
type StatisticsCell struct {
	URL          string
	Count, Level int
}

// Shares is one chart: how many resources have each value of a field.
type Shares struct {
	Name string // a message key under "statistics.by"
	Bars []Share
}

// Share is a bar of a chart, as long as so many percent of the longest, and its part of all resources.
type Share struct {
	Count
	Percent, OfAll int
}

// RemixTree is who adapted what: a resource between its sources and its remixes.
type RemixTree struct {
	Title, URL, Language string
	Roots                []RemixNode // the sources, each with what came from it; the resource itself where it has none
	Table                []RemixRow  // the same, line by line
	More                 bool        // there are more remixes than shown
}

// RemixNode is a resource in the tree.
type RemixNode struct {
	Title, URL, Language string
	People               []string
	License              License
	Changes              string // what was changed when it was made, in its author's words
	Current              bool
	Below                []RemixNode
}

// RemixRow is a resource in the table, with the title of what it was made from.
type RemixRow struct {
	RemixNode
	From string
}
