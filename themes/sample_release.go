package themes

import "time"

// releaseSamples are samples of the pages of reports and releases.
func releaseSamples() map[string]any {
	problem := []Problem{{File: "01/index.md", Line: 7, Message: "A heading skips a level.", Remedy: "Use ##.", Warning: true}}
	return map[string]any{
		"conformance": Conformance{
			Title: "Sharing pizzas fairly", URL: "/r/a/b", Language: "es", Short: "0123456", Made: time.Unix(1_790_000_000, 0), JSON: "/r/a/b@0123456/report.json",
			Errors: 1, Warnings: 2, Gates: []GateCheck{{"license", "passed", nil}, {"headings", "warned", problem}, {"links", "failed", problem}, {"captions", "none", nil}},
			States:   []Count{{Label: "failed", Count: 1}, {Label: "person", Count: 1}, {Label: "passed", Count: 1}, {Label: "none", Count: 1}},
			Criteria: []Success{{"1.3.1", "A", "failed", "content", problem}, {"1.1.1", "A", "person", "content", nil}, {"2.4.7", "AA", "passed", "page", nil}, {"1.2.4", "AA", "none", "content", nil}},
		},
	}
}
