package licensing

import (
	"fmt"
	"slices"
	"strings"
)

// publishedRules renders the facts that the verdicts follow, with their sources, as Markdown: the text of docs/licensing.md.
func publishedRules() string {
	var b strings.Builder
	b.WriteString("# Licenses: the rules and where they come from\n\n" +
		"This is information, not legal advice. It is generated from the data of package `licensing`; the tables are computed by the same rules that judge a remix.\n\n")
	writeAdapterTable(&b)
	writeRemixTable(&b)
	writeCollectionTable(&b)
	writeShareAlike(&b)
	writeSentences(&b)
	writePolicies(&b)
	writeSources(&b)
	return b.String()
}

func mark(v Verdict) string {
	return map[Verdict]string{Allowed: "yes", AllowedNotRecommended: "not recommended", Disputed: "disputed", ManualReview: "a person decides", NotAllowed: "no"}[v]
}

func writeAdapterTable(b *strings.Builder) {
	b.WriteString("## What a remix of one source may be licensed under\n\nRows: the source. Columns: the license of the remix. Source: CC FAQ, “If I derive or adapt material offered under a Creative Commons license, which CC license(s) can I use?”, and the texts of the licenses.\n\n")
	rows := append([]ID{PublicDomainMark}, Current()...)
	rows = append(rows, "CC-BY-SA-1.0", "CC-BY-SA-2.0", "CC-BY-SA-3.0", "CC-BY-NC-SA-3.0", "GFDL-1.3-or-later", "LAL-1.3", "GPL-3.0-or-later", "OGL-UK-3.0", "MIT", "Apache-2.0", "ODbL-1.0", "ODC-By-1.0", USGovernment, AllRightsReserved, Custom, NotCleared)
	columns := append(Current(), "LAL-1.3", "GPL-3.0-or-later")
	table(b, rows, columns, func(row, column ID) Verdict {
		return Evaluate(Question{Sources: []Work{{Ref: "source", License: row}}, Output: column}).Verdict
	})
}

func writeRemixTable(b *strings.Builder) {
	b.WriteString("## What can be mixed\n\nWhether two sources can be in one remix at all. Source: CC License Compatibility Chart.\n\n")
	writeChart(b, RemixChart)
}

func writeCollectionTable(b *strings.Builder) {
	b.WriteString("## What a collection may contain\n\nRows: a piece, unchanged. Columns: the license of the collection as a whole. Each piece keeps its own license. Source: CC FAQ, “If I create a collection that includes a work offered under a CC license, which license(s) may I choose for the collection?”\n\n")
	writeChart(b, CollectionChart)
}

func writeChart(b *strings.Builder, name ChartName) {
	for _, c := range Charts() {
		if c.Name == name {
			table(b, c.Rows, c.Columns, func(row, column ID) Verdict { return c.Judge(row, column).Verdict })
		}
	}
}

func table(b *strings.Builder, rows, columns []ID, cell func(row, column ID) Verdict) {
	b.WriteString("| |")
	for _, c := range columns {
		b.WriteString(" " + shortName(c) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, r := range rows {
		b.WriteString("| " + shortName(r) + " |")
		for _, c := range columns {
			b.WriteString(" " + mark(cell(r, c)) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func writeShareAlike(b *strings.Builder) {
	b.WriteString("## ShareAlike by version\n\n| source | the remix may be under | clause |\n|---|---|---|\n" +
		"| 1.0, also its ports | the same license only | s4(b) |\n" +
		"| 2.0, 2.1, 2.5 | the same; any later version with the same elements; a port of the same version | s4(b) |\n" +
		"| 2.0 England and Wales, 2.0 and 2.1 Japan | the same; a later version; any Creative Commons license of the same version with the same elements | 2.0 UK s2.3 |\n" +
		"| 3.0, its ports and IGO | the same; a later version; 3.0 of any jurisdiction | s4(b) |\n" +
		"| 4.0 | 4.0; BY-SA also Free Art License 1.3 (both ways) and GPL 3.0 (one way) | s3(b)(1) |\n\n" +
		"An upgrade never goes to an older version and never crosses between BY-SA and BY-NC-SA. A source whose version is not stated counts as all versions at once.\n\n")
}

func writeSentences(b *strings.Builder) {
	s := loadSentences()
	for _, part := range []struct {
		title string
		all   map[string]sentence
	}{{"Reasons", s.reasons}, {"Obligations", s.obligations}} {
		fmt.Fprintf(b, "## %s\n\n| code | says | rests on |\n|---|---|---|\n", part.title)
		codes := make([]string, 0, len(part.all))
		for code := range part.all {
			codes = append(codes, code)
		}
		slices.Sort(codes)
		for _, code := range codes {
			x := part.all[code]
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", code, strings.NewReplacer("{licenses}", "*the source’s license*", "{output}", "*the result’s license*").Replace(x.En), x.Clause)
		}
		b.WriteString("\n")
	}
}

func writePolicies(b *strings.Builder) {
	b.WriteString("## Public funding\n\n| rule | id | funder, program | cited as | licenses that satisfy it | certainty | source |\n|---|---|---|---|---|---|---|\n")
	for _, r := range loadRules() {
		allow := strings.Join(append(slices.Clone(r.Allow), r.AllowNC...), ", ")
		switch {
		case r.NoMandate:
			allow = "none asked for"
		case r.Defer != "":
			allow = "as " + r.Defer
		case len(r.Deny) > 0:
			allow += "; not " + strings.Join(r.Deny, ", ")
		}
		about := r.Funders[0]
		if len(r.Programs) > 0 {
			about += ", " + r.Programs[0]
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s | %s | <%s> |\n", r.Name, r.ID, about, r.Cite, strings.ReplaceAll(allow, "*", `\*`), r.Confidence, r.Source)
	}
	b.WriteString("\n")
}

func writeSources(b *strings.Builder) {
	b.WriteString("## Sources\n\n" +
		"- Legal code of every version and port: <https://creativecommons.org/licenses/>\n" +
		"- Registry of the 639 tools: <https://github.com/creativecommons/quantifying>, `data/cc-legal-tools.csv`\n" +
		"- CC FAQ and its charts: <https://creativecommons.org/faq/>\n" +
		"- ShareAlike compatibility: <https://creativecommons.org/compatiblelicenses>\n" +
		"- Free Software Foundation, license list: <https://www.gnu.org/licenses/license-list.html>\n" +
		"- SPDX license list: <https://spdx.org/licenses/>\n" +
		"- Open Definition, conformant licenses: <http://opendefinition.org/licenses/>\n" +
		"- Rights statements: <http://rightsstatements.org/vocab/>\n" +
		"- UNESCO Recommendation on Open Educational Resources, 25 November 2019\n" +
		"- OpenStreetMap, import of data and the ODbL: <https://wiki.openstreetmap.org/wiki/Import/ODbL_Compatibility>\n")
}
