package themes

func sampleListCard() ListCard {
	return ListCard{
		Title: "Grade 5 mathematics", URL: "/lists/math", Board: "State board", Description: "For fractions.", Language: "en", Entries: 2, Version: 7, Modified: september,
		Adopt: "/lists/new?adopt=x", Newer: 1, NewerURL: "/lists/math/newer", Follows: "State mathematics", FollowsHost: "https://state.example/lists/math", Excluded: 1,
	}
}

func sampleEntry(standing string) ListEntry {
	return ListEntry{
		Title: "Sharing pizzas fairly", Language: "es", URL: "/r/a/b@3f9a1c0", Page: "/lists/math/1", Identifier: "oai:x:1", Revision: "3f9a1c0d", Short: "3f9a1c0", Tree: "aa", Version: "3",
		License: sampleLicense("by", "BY 4.0"), Standing: standing, By: "State board", Decided: september, Expires: september, Conditions: "Add captions.", Note: "Minutes", Reason: "Old",
		Grades: []string{"5"}, From: &Link{Label: "State", URL: "https://state.example/lists/math"}, Newer: &NewerRevision{"/r/a/b", "/r/a/b/compare/x..y", "11aa22b", "11aa22bb", "v4", standing == "expired"},
	}
}

func sampleCall() CallCard {
	return CallCard{Title: "Fractions, 2026", URL: "/calls/f", Board: "State board", Opens: september, Closes: september, Open: true, Submissions: 2, Subjects: []string{"mathematics"}, Grades: []string{"5"}}
}

func sampleSubmission(mine string) SubmissionCard {
	return SubmissionCard{Title: "Sharing", Language: "es", URL: "/calls/f/1", State: "vote", Number: 1, Reviews: 2, Votes: 1, By: "Rosa", At: september, Call: "Fractions", Mine: mine}
}

func sampleFindings() []Finding {
	return []Finding{{"license", "passed", "CC BY 4.0.", "", nil, "en"}, {"accessibility", "warned", "1 to look at.", "/r/a/b", []Detail{{"index.md:9: no alt", "en"}}, ""}, {"coverage", "failed", "", "", nil, ""}, {"changes", "unchecked", "", "", nil, ""}}
}

func sampleMeans() []Mean {
	return []Mean{{"Alignment", "2.50", 83, 2, 0}, {"Interactivity", "0.00", 0, 0, 2}}
}

func sampleAgreement() *Agreement {
	return &Agreement{"cohen", "0.40", true, "moderate", 4, 8, 2}
}

var sampleAnchors = [4]string{"None.", "Some.", "Most.", "All."}

func sampleBadges() []Badge {
	return []Badge{
		{Kind: "exact", List: "Mathematics", Board: "State board", URL: "/lists/math/1", Pinned: "/r/a/b@1", Short: "3f9a1c0"},
		{Kind: "newer", List: "Mathematics", Board: "State board", URL: "/lists/math/1", Pinned: "/r/a/b@1", Short: "3f9a1c0"},
		{Kind: "copy", List: "Mathematics", Board: "State board", URL: "/lists/math/1", Pinned: "/r/a/b@1", Short: "3f9a1c0", Blocks: 3}, {Kind: "copy", List: "Mathematics", Board: "State board", Peer: "State", URL: "/l", Same: true}, {Kind: "expired"}, {Kind: "withdrawn"},
	}
}

func boardSamples() map[string]any {
	card, entry := sampleListCard(), sampleEntry("approved")
	criterion := Criterion{1, "alignment", "Alignment", "Look at it.", sampleAnchors, false}
	needed := Criterion{Number: 2, ID: "b", Title: "Explanation", Needed: true}
	diff := &Diff{
		LessonsAdded: []string{"03"}, LessonsRemoved: []string{"04"}, Reworded: []Reworded{{"index.md", 3}}, FilesAdded: []string{"a"}, FilesRemoved: []string{"b"},
		FilesChanged: []string{"c"}, License: [2]string{"CC-BY-4.0", "CC-BY-SA-4.0"}, Aligned: []string{"5.NF.B.3"}, Unaligned: []string{"5.NF.B.4"},
	}
	choice := []Choice{{"a", "A", true}, {"b", "B", false}}
	tally := []Count{{Label: "approve", Count: 2}, {Label: "conditions"}, {Label: "decline"}, {Label: "abstain"}}
	return map[string]any{
		"lists": Lists{Lists: []ListCard{card}, Elsewhere: []ListCard{card, {Title: "Far", URL: "https://x.example/lists/far", Board: "Far board", Here: "/search?list=x/far"}}, Calls: []CallCard{sampleCall()}, Boards: []Link{{Label: "State board", URL: "/boards/b"}}, Create: "/lists/new"}, "lists none": Lists{},
		"list": List{
			Rekey:    &Rekey{Key: "ssh-ed25519 AAAA", Before: "SHA256:before", Now: "SHA256:now", At: september},
			ListCard: card, Pins: []ListEntry{entry, sampleEntry("conditions"), sampleEntry("expired"), sampleEntry("withdrawn")}, Total: 4, Filters: []Count{{Label: "approved", URL: "?state=approved", Count: 2, Selected: true}},
			Query: "x", State: "approved", Pager: Pager{Next: "/b", Page: 1, Pages: 3}, MayEdit: true, Letter: "/l", JSON: "/j", CSV: "/c", Feed: "/f", Log: "/log", Savings: "/s", Search: "/search", Set: "/oai", Clone: "https://x.example/r/b/math.git",
			Verify: []string{"ssh-keygen -Y verify"}, Key: "SHA256:x", Signers: "/lists/allowed_signers", Add: "/lists/math/add", LeftOut: []LeftOut{{"oai:x.example:1", "Too long"}}, Change: "/lists/math/entry",
		}, "list empty": List{ListCard: ListCard{Title: "Empty"}},
		"list-entry":       ListEntryPage{List: card, Entry: sampleEntry("conditions"), Scores: sampleMeans(), Agreement: sampleAgreement(), Findings: sampleFindings(), Past: []PastRevision{{"/r/a/b@1", "1", september}}, Call: &Link{Label: "f", URL: "/calls/f/1"}, MayEdit: true, Own: true, Action: "/x"},
		"list-entry taken": ListEntryPage{List: card, Entry: entry, MayEdit: true, Action: "/x"},
		"list-newer":       ListNewer{List: card, Items: []NewerItem{{entry, "11aa", diff, false}, {entry, "11aa", nil, true}}, Pager: Pager{Next: "/b", Page: 1, Pages: 3}, Action: "/x", All: "?held=1"}, "list-newer none": ListNewer{},
		"list-letter": ListLetter{ListCard: card, Pins: []ListEntry{entry}, Today: september, Total: 1, Key: "SHA256:x", Sum: "aa", Pager: Pager{Next: "/b", Page: 1, Pages: 3}},
		"list-log":    Log{Title: "Math", URL: "/lists/math", Steps: []LogStep{{september, "added", "Ms. Okafor", "Sharing @ 3f9", "because", 2}, {At: september, Kind: "created", Number: 1}}, Pager: Pager{Next: "/b", Page: 1, Pages: 3}},
		"list-form":   ListForm{Action: "/lists", Boards: choice, Adopt: "https://state.example/lists/math", Languages: choice, Problem: "No."}, "list-form own": ListForm{Boards: choice},
		"savings": Savings{List: card, Materials: 3, Students: 100, Years: 6, Price: "80", Printing: "5", Share: "100", Each: "$833", Year: "$2,500", All: "$15,000", Problem: "No."},
		"grants":  Grants{Rows: []GrantRow{{"Sharing", "/r/a/b", "es", "US-ED", "S367", sampleLicense("by", "BY 4.0"), "compliant", []string{"Because."}, september}, {Title: "Other"}}, Totals: []Count{{Label: "compliant", Count: 1}}, CSV: "?format=csv", Owners: choice, Pager: Pager{Next: "/b", Page: 1, Pages: 3}}, "grants none": Grants{},
		"board": Board{Name: "board", Title: "State board", Lists: []ListCard{card}, Calls: []CallCard{sampleCall()}, Waiting: []SubmissionCard{sampleSubmission("review"), sampleSubmission("vote"), sampleSubmission("decide")}, Rubrics: []RubricCard{{"Achieve", "/boards/b/rubrics/achieve-oer", "en", 8, 1}}, Chair: true, Reviewers: 5}, "board quiet": Board{Title: "B"},
		"rubric": Rubric{Board: "board", Action: "/x", ID: "state", Title: "State", About: "About it.", Criteria: []Criterion{criterion, needed}, Problem: "No.", Sources: []Link{{Label: "Achieve", URL: "?from=a", Language: "en"}}}, "rubric fixed": Rubric{Board: "board", Title: "State", About: "x", Criteria: []Criterion{criterion}, Fixed: true, Language: "es"}, "rubric new": Rubric{Criteria: []Criterion{{Number: 1}}},
		"call-form": CallForm{Action: "/x", Board: "board", Problem: "No.", Title: "F", Opens: "2026-01-01", Closes: "2026-02-01", Quorum: 3, Reviews: 2, Months: 36, Rubrics: choice, Lists: choice, Frameworks: choice, Licenses: choice}, "call-form bare": CallForm{},
		"sheet": Sheet{
			Title: "Spring", URL: "/calls/f", Action: "/calls/f/sheet", CSV: "/calls/f/sheet.csv", Open: 2, Checked: true, Carried: "submission,score",
			Rows: []SheetRow{{Number: 1, Title: "Medios", Language: "es", URL: "/calls/f/1", Scores: []string{"3", "NA"}, Comment: "Good."}},
		},
		"sheet refused": Sheet{Title: "Spring", URL: "/calls/f", Action: "/calls/f/sheet", CSV: "/calls/f/sheet.csv", Problems: sampleProblems(), More: 3},
		"sheet long":    Sheet{Title: "Spring", Checked: true, Rows: []SheetRow{{Number: 1, Title: "Halves"}}}, "sheet empty": Sheet{Title: "Spring", Checked: true},
		"call": Call{
			CallCard: sampleCall(), Description: "Bring fractions.", Licenses: []License{sampleLicense("by", "BY 4.0"), sampleLicense("by", "BY 4.0")}, Framework: "ccss-math", Rubric: Link{Label: "Achieve", URL: "/x", Language: "en"}, Quorum: 3, Reviews: 2, Months: 36,
			List: Link{Label: "Math", URL: "/lists/math"}, Submissions: []SubmissionCard{sampleSubmission("review")}, Mine: choice, Action: "/calls/f", Reviewer: true, Chair: true, Sheet: "/s", Last: "2026-02-01", BoardURL: "/boards/b", Log: "/log",
		}, "call reader": Call{CallCard: sampleCall(), SignIn: "/sign-in"}, "call nothing": Call{CallCard: sampleCall()},
		"submission": Submission{
			SubmissionCard: sampleSubmission("review"), CallTitle: "F", CallURL: "/calls/f", Entry: entry, Note: "Please.", Findings: sampleFindings(), Approved: &NewerRevision{"/a", "/b", "1", "11", "", false}, Action: "/x", Entitled: true,
			Review: &ReviewForm{Criteria: []ReviewField{{criterion, "2", "Good."}, {needed, "", ""}}, Comment: "x"}, Hidden: 2, MayRetract: true, Problem: "No.",
		},
		"submission vote": Submission{
			SubmissionCard: sampleSubmission("vote"), Entry: entry, Declared: true, Reviews: []ReviewView{{"Ana", september, []MarkView{{"Alignment", "2", "ok"}}, "All good.", true}}, Agreement: sampleAgreement(), Scores: sampleMeans(),
			MayVote: true, Choices: []string{"approve", "conditions", "decline", "abstain"}, Voted: "approve", VoteNote: "x", Tally: tally, Missing: 1, Left: 2, MayDecide: true, Result: "conditions", Expires: "2027-01-01", Conditions: []string{"Captions."},
		},
		"submission done": Submission{SubmissionCard: sampleSubmission(""), Entry: entry, Why: "author", Outcome: &Outcome{"conditions", "Ms. Okafor", "Captions.", "Note", september, september, "/lists/math"}},
	}
}
