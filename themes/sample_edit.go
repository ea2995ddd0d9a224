package themes

// editSamples are the pages on which somebody writes.
func editSamples(r Resource) map[string]any {
	return map[string]any{
		"edit": Edit{Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/edit", Language: "es", Base: "3f", Fields: sampleFields(), Text: "## Warm-up", Preview: r.Body, Problems: sampleProblems(),
			Buttons: []Tool{{"bold", "inline", "**", "**", "words"}}, Blocks: []Tool{{"table", "block", "", "", "| a |"}}, Places: []Choice{{"1", "Warm-up", true}}, Where: 1, Words: "fold", Block: "table", Used: true, From: "1", To: "2",
			Checking: sampleChecking(), Drafts: true, Draft: "t", Saved: september, Elsewhere: "## Warm", MayUpload: true,
			Assets: []EditAsset{{File: File{Path: "media/a.png", URL: "/r/a/b/raw/media/a.png", Size: 1800, License: sampleLicense("by", "BY 4.0")}, Alt: "A strip", Shown: true}, {File: File{Path: "b.pdf", URL: "/r/a/b/raw/b.pdf"}, Selected: true}}, Upload: Upload{Alt: "A", License: "CC-BY-4.0", Licenses: []Choice{{"CC-BY-4.0", "CC BY 4.0", true}}}, Added: "media/a.png"},
		"edit removed":  Edit{Removed: "media/a.png", Checking: Checking{Checked: true}, MayUpload: true},
		"conflict":      Conflict{Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/edit", Base: "3f", Began: "2e", Fields: sampleFields(), Mine: "a", Blocks: sampleBlocks(), Taken: 2, Author: "Ana", Conflicts: []Choosing{{ID: "x1", Under: "Warm-up", Kind: "text", Base: "<p>a</p>", Ours: "<p>b</p>", Theirs: "<p>c</p>", Text: "b", Editable: true, Both: true}}},
		"conflict fits": Conflict{Author: "Ana"},
		"translate": Translate{
			Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/translate?to=es", SourceTitle: "Sharing", SourceDescription: "Fold.", SourceURL: "/r/a/b", SourceLanguage: "en", Language: "es", Name: "Repartir", Description: "Doblar.",
			Pin: "3f", Base: "2e", Behind: 2, Owner: "maria", Owners: []string{"maria", "team"}, Licenses: []LicenseChoice{{License: sampleLicense("by", "BY 4.0"), Checked: true}}, Drafts: true, Draft: "t", Saved: september, Problems: sampleProblems(), Checking: sampleChecking(),
			Rows: []TranslateRow{{Name: "b0", N: 1, Source: "## Warm-up", Text: "## Inicio", Height: 2}, {Name: "b1", N: 2, Source: "Fold", State: "changed", Words: []WordDiff{{"same", "Fold "}, {"removed", "it"}, {"added", "them"}}, Height: 3}, {Name: "x0", N: 3, Source: "Gone", Text: "Ido", State: "removed", Height: 2}, {Name: "b2", N: 4, Source: "New", State: "added", Height: 2}},
		},
		"translate choose":  Translate{Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/translate", Choose: []Choice{{"es", "Spanish", true}}},
		"translate blocked": Translate{Title: "Sharing", URL: "/r/a/b", Blocked: []string{"No."}},
		"unit": Unit{
			Title: "Sharing", Slug: "sharing", Owner: "maria", Owners: []string{"maria", "team"}, Upload: "t", Name: "a.zip", New: true, Taken: "Sharing", Licenses: []Choice{{"CC-BY-4.0", "CC BY 4.0", true}}, Languages: []Choice{{"en", "English", true}}, Problems: sampleProblems(), Refused: true,
			Parts: []UnitPart{{Title: "Sharing", Type: "unit", Root: true, License: sampleLicense("by", "BY 4.0")}, {Path: "01-strips", Title: "Strips", Type: "lesson", Minutes: 45, Movable: true, Proposals: []Proposal{{Code: "5.NF.B.3", Text: "Interpret a fraction as division.", Language: "en", Named: true, Line: 12, Checked: true}, {Code: "5.NF.B.4", Text: "Multiply.", Shared: "fraction, divide"}}}},
			Files: []UnitFile{{Path: "media/a.png", Size: 1800, License: sampleLicense("by", "BY 4.0"), Own: true, Alt: "A strip"}, {Path: "b.pdf"}}, Size: 9000,
		},
	}
}

func sampleChecking() Checking {
	return Checking{
		Checked: true, Checks: []TextCheck{{Problem: sampleProblems()[0], Row: 3, Excerpt: "![](a.png)"}, {Problem: Problem{Message: "No title"}}}, Grade: 5,
	}
}
