package themes

// Licenses says what each license permits.
type Licenses struct {
	Licenses []License // for new works, the most open first
	Statuses []License // what else one meets: the public domain, all rights reserved
}

// Reading is what was understood of a text about rights.
type Reading struct {
	Marks      []Mark // the whole text, in order
	Resolution string // how certain it is, as a message key under "resolution"
	License    License
	ID         string // what was read; a hint only where License is empty
	Expr       string
	Warnings   []string // in English
	Evidence   []Mark   // the marked parts alone
}

// Mark is a run of a text. Says is what it was taken to mean; "" where it was not looked at.
type Mark struct{ Text, Says string }

// Explorer reads a license statement that somebody pastes.
type Explorer struct {
	Text     string
	System   string // where the text comes from
	Systems  []Choice
	Asked    bool
	Reading  Reading
	Examples []Link
}

// Charts are tables of verdicts.
type Charts struct{ Charts []Chart }

// Chart is one table of verdicts over pairs of licenses.
type Chart struct {
	Name    string // a message key under "chart.title", "chart.lede", "chart.rows" and "chart.columns"
	Columns []License
	Rows    []ChartRow
}

// ChartRow is a line of a chart.
type ChartRow struct {
	License License
	Cells   []ChartCell
}

// ChartCell is a verdict, as a message key under "verdict", and why.
type ChartCell struct {
	Verdict string
	Result  []string // licenses that the result may have, where the chart does not name one
	Reasons []string
	Source  string // the clause or chart that says so
}

// Funding is who paid for a resource, and what the rules of that say of its license.
type Funding struct {
	Funder  string
	Verdict string // a message key under "verdict"; "" where no rule is known
	Reasons []string
	Source  string
}
