package themes

import "time"

// releaseSamples are samples of the pages of reports and releases.
func releaseSamples() map[string]any {
	problem := []Problem{{File: "01/index.md", Line: 7, Message: "A heading skips a level.", Remedy: "Use ##.", Warning: true}}
	release := Release{Version: "v2", URL: "/r/a/b/releases/v2", Revision: "0123456789012345678901234567890123456789", Short: "0123456", Notes: []string{"More strips.", "Fewer words."}, First: "More strips.", By: "Rosa Delgado", At: time.Unix(1_790_000_000, 0)}
	diff := &Diff{
		LessonsAdded: []string{"03"}, LessonsRemoved: []string{"04"}, Reworded: []Reworded{{"index.md", 3}}, FilesAdded: []string{"a"}, FilesRemoved: []string{"b"},
		FilesChanged: []string{"c"}, License: [2]string{"CC-BY-4.0", "CC-BY-SA-4.0"}, Aligned: []string{"5.NF.B.3"}, Unaligned: []string{"5.NF.B.4"},
	}
	return map[string]any{
		"releases": Releases{Title: "Sharing pizzas fairly", URL: "/r/a/b", Language: "es", Feed: "/r/a/b/releases.atom", List: []Release{release}},
		"releases new": Releases{
			Title: "Sharing pizzas fairly", URL: "/r/a/b", Feed: "/r/a/b/releases.atom", May: true, Action: "/r/a/b/releases", Version: "v2", Notes: "More.", Revision: "0", Short: "0",
			Changes: diff, Errors: 1, Warnings: 2, Report: "/r/a/b@0/report", Problems: problem, Taken: true, Wrong: true,
		},
		"news":       NewsPage{List: []News{{Release: release, Of: Link{Label: "Mine", URL: "/r/c/d", Language: "es"}, Source: Link{Label: "Theirs", URL: "/r/a/b"}, Pull: "/r/c/d/pull"}}},
		"news empty": NewsPage{},
		"release": ReleasePage{
			Release: release, Title: "Sharing pizzas fairly", Page: "/r/a/b", Language: "es", License: sampleLicense("by", "BY 4.0"), Pinned: "/r/a/b@0", Zip: "/r/a/b@0/download.zip",
			Print: "/r/a/b@0/print", Report: "/r/a/b@0/report", Clone: "git clone --branch v2 https://oer.test/r/a/b.git", Newer: true,
			Before: Link{Label: "v1", URL: "/r/a/b/releases/v1"}, Compare: "/r/a/b/compare/0..1", Changes: diff,
		},
		"conformance": Conformance{
			Title: "Sharing pizzas fairly", URL: "/r/a/b", Language: "es", Short: "0123456", Made: time.Unix(1_790_000_000, 0), JSON: "/r/a/b@0123456/report.json",
			Errors: 1, Warnings: 2, Gates: []GateCheck{{"license", "passed", nil}, {"headings", "warned", problem}, {"links", "failed", problem}, {"captions", "none", nil}},
			States:   []Count{{Label: "failed", Count: 1}, {Label: "person", Count: 1}, {Label: "passed", Count: 1}, {Label: "none", Count: 1}},
			Criteria: []Success{{"1.3.1", "A", "failed", "content", problem}, {"1.1.1", "A", "person", "content", nil}, {"2.4.7", "AA", "passed", "page", nil}, {"1.2.4", "AA", "none", "content", nil}},
		},
	}
}
