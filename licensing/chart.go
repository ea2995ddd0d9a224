package licensing

// Chart is a table of verdicts: what the license in a row and the license in a column make together. Its cells are
// computed by the rules that judge every remix.
type Chart struct {
	Name    ChartName
	Rows    []ID
	Columns []ID
}

// ChartName says what the cells of a chart answer.
type ChartName string

// The charts that Creative Commons publishes as well.
const (
	RemixChart      ChartName = "remix"      // may a work under each of two licenses be mixed at all?
	AdapterChart    ChartName = "adapter"    // which license may a remix of one work have?
	CollectionChart ChartName = "collection" // what may stand unchanged in a collection under a license?
)

// Charts are the charts over the current Creative Commons licenses and the public domain.
func Charts() []Chart {
	sources := append([]ID{PublicDomainMark}, Current()...)
	return []Chart{
		{AdapterChart, sources, Current()},
		{RemixChart, sources, sources},
		{CollectionChart, sources, Current()},
	}
}

// Judge is the answer of one cell. Cells of the remix chart name the licenses that the mix may have among their outputs.
func (c Chart) Judge(row, column ID) Answer {
	q := Question{Sources: []Work{{Ref: "a", License: row}}, Output: column}
	switch c.Name {
	case RemixChart:
		q.Sources = append(q.Sources, Work{Ref: "b", License: column})
		q.Output = ""
	case CollectionChart:
		q.Mode = Collection
	}
	return Evaluate(q)
}
