package themes

import (
	"html/template"
	"maps"
	"time"
)

var september = time.Date(2026, 9, 14, 15, 0, 0, 0, time.UTC)

func sampleLicense(kind, short string) License {
	return License{
		ID: "CC-" + short, Short: "CC " + short, Title: "Creative Commons Attribution 4.0 International", Kind: kind,
		URL: "https://creativecommons.org/licenses/by/4.0/", Plain: []string{"You may copy, print and share it.", "You may change it and build on it.", "You must give credit and say what you changed."},
	}
}

func sampleCard(title, lang string) Card {
	return Card{
		URL: "/r/state-math/sharing-fairly", Title: title, Language: lang, Type: "lesson", Grades: []string{"5"}, Minutes: 45,
		Description: "Students fold paper strips to share pizzas fairly, and find that a fraction is a division that has not been carried out yet.",
		License:     sampleLicense("by-sa", "BY-SA 4.0"), Creators: []string{"Rosa Delgado"}, Source: "Columbia Open Lessons", Modified: september,
		Subjects: []string{"Mathematics"}, Standards: []string{"5.NF.B.3"},
	}
}

func sampleCards() []Card {
	return []Card{
		sampleCard("Sharing pizzas fairly", "en"),
		sampleCard("Repartir en partes iguales: una unidad sobre las fracciones como división", "es"),
		sampleCard("Pond food web", "en"),
	}
}

func sampleResults() []Card {
	cards := sampleCards()
	cards[0].MarkedTitle = []Piece{{"Sharing ", false}, {"pizzas", true}, {" fairly", false}}
	cards[0].Excerpt = []Piece{{"… ", false}, {"pizza", true}, {" is a division", false}}
	cards[0].Badges = sampleBadges()
	cards[2].Also, cards[2].Copies = []Link{{Label: "State", URL: "/id/1"}, {Label: "District", URL: "/id/2"}}, 4
	cards[1].Via = "Aligned to 4.NF.B.3, which comes before it"
	return cards
}

func sampleVersions() []Version {
	return []Version{
		{Revision: "3f9a1c0d", Short: "3f9a1c0", Message: "Clearer directions for the paper strips", Author: "Rosa Delgado", With: []string{"Kim"}, URL: "/r/a/b", Compare: "/r/a/b/compare/x..y", When: september, Current: true},
		{Revision: "11aa22bb", Short: "11aa22b", Message: "First version", Author: "Rosa Delgado", URL: "/r/a/b@11aa22b", When: september.AddDate(0, -2, 0)},
	}
}

func sampleFields() Fields {
	return Fields{
		Title: "Sharing pizzas fairly", Grades: "5", Subjects: "mathematics", Teaches: "5.NF.B.3", Time: "45",
		Types: []Choice{{"lesson", "Lesson", true}}, Languages: []Choice{{"en", "English", true}}, Licenses: []Choice{{"CC-BY-4.0", "CC BY 4.0", true}},
	}
}

func sampleBlocks() []BlockDiff {
	return []BlockDiff{
		{Kind: "cut"}, {Kind: "same", Text: "## Warm-up"},
		{Kind: "changed", Under: "Warm-up", Name: "take-0-1", Words: []WordDiff{{"same", "Share 3 pizzas among "}, {"removed", "5"}, {"added", "4"}, {"same", " people."}}},
		{Kind: "added", In: "teacher", New: "<p>Ask first.</p>", Name: "take-0-2", Left: true}, {Kind: "removed", Old: "<p>Old.</p>"},
		{Kind: "changed", Fields: []FieldDiff{{"title", "A", "B"}, {"x", "", "5"}}}, {Kind: "cut"},
	}
}

func sampleBars() []Bar {
	return []Bar{{"CC BY 4.0", "/search?license=CC-BY-4.0", 20, 100}, {"Not cleared", "", 5, 25}}
}

func samplePeerSettings() PeerSettings {
	return PeerSettings{
		Intervals: []Choice{{"1h0m0s", "every hour", true}}, Sets: []Choice{{"math", "Mathematics", true}}, More: true, OtherSets: "b", Cleared: true, Languages: "en", Formats: []Choice{{"oai_dc", "oai_dc", true}},
		Types: []Choice{{"lesson", "Lesson", true}},
	}
}

func samplePeer(state string) Peer {
	return Peer{
		Name: "state", Title: "State", Page: "/peers/state", URL: "https://state.example/oai", List: "/search?source=state", Records: 1, Last: september, Paused: state == "failed",
		MayChange: true, Quarantined: 2, QuarantineAt: "/peers/state/quarantine",
		Run: &Run{
			State: state, Full: true, Resumed: true, Received: 100, Expected: 400, Percent: 25, Deleted: 1, Quarantined: 2, Rate: 1200, Left: time.Minute, Took: time.Hour,
			Started: september, Ended: september, Error: &PeerError{Kind: "slow", Text: "slow"}, Warnings: []string{"odd"},
		},
	}
}

func sampleProblems() []Problem {
	return []Problem{
		{File: "index.md", Line: 4, Message: "the license “CC” is not known", Remedy: "write its short name and version, such as CC-BY-4.0"},
		{File: "index.md", Line: 9, Message: "the image has no description", Remedy: "put it between the brackets: ![four strips](strips.svg)", Warning: true},
	}
}

func sampleReading() Reading {
	return Reading{
		Marks: []Mark{{"Licensed ", ""}, {"CC BY", "CC-BY"}, {".", ""}}, Resolution: "family", ID: "CC-BY",
		Warnings: []string{"the version is not stated"}, Evidence: []Mark{{"CC BY", "CC-BY"}},
	}
}

func sampleResource() Resource {
	reading := sampleReading()
	credit := Credit{
		Text:  "“Sharing pizzas fairly” by Rosa Delgado is licensed under CC BY-SA 4.0.",
		HTML:  `<a href="https://oer.example/id/1">Sharing pizzas fairly</a> by Rosa Delgado`,
		Shown: `<a href="https://oer.example/id/1">“Sharing pizzas fairly”</a> by Rosa Delgado is licensed under <a href="https://creativecommons.org/licenses/by-sa/4.0/">CC BY-SA 4.0</a>.`,
	}
	return Resource{
		Card: sampleResults()[0], URL: "/r/a/b", Crumbs: []Link{{Label: "Fractions as division", URL: "/r/a/u"}},
		Body:    template.HTML(`<h2 id="h-1">Warm-up</h2><p>Three friends share <b>two</b> pizzas. How much does each one get?</p><table><tr><th>Friends</th><th>Pizzas</th></tr><tr><td>3</td><td>2</td></tr></table>`),
		Outline: []Heading{{2, "h-1", "Warm-up"}, {3, "h-2", "Strips"}, {2, "h-3", "Practice"}}, Position: 2, Of: 4,
		Previous: &Link{Label: "Cutting strips", URL: "/r/a/u/01"}, Next: &Link{Label: "Recetas", URL: "/r/a/u/03", Language: "es"},
		Parts:    []Part{{Title: "Strips", URL: "/r/a/u/01", Minutes: 45, Description: "Fold and compare."}, {Title: "Recipes", URL: "/r/a/u/02", License: sampleLicense("by-nd", "BY-ND 4.0")}, {Title: "oai:far.example:1", Elsewhere: true, License: License{Kind: "none"}}},
		Revision: "3f9a1c0", People: []Person{{"Rosa Delgado", "https://example.org/rosa"}, {"Ana Ruiz", ""}}, Credit: credit, Funding: &Funding{"US-ED S367D130001", "not_compliant", []string{"The rule asks for a license that lets the public adapt the work."}, "2 CFR 3474.20"}, Rights: &reading,
		Alignments: []Alignment{{Kind: "teaches", Code: "5.NF.B.3", Text: "Interpret a fraction as division of the numerator by the denominator.", URL: "/standards/ccss-math/5.NF.B.3", Language: "en"}, {Kind: "requires", Code: "4.NF.B.4", URL: "/search?standard=4.NF.B.4"}},
		Sources:    []Source{{Title: "Fair shares", URL: "https://example.org", People: []Person{{"Sam", ""}}, License: sampleLicense("by", "BY 4.0"), Changes: "shortened", Sources: []Source{{Title: "Older"}}}},
		Remixes:    sampleCards()[1:2], Languages: []Translation{{"es", "Repartir pizzas", "/r/a/es", 2, 0}, {"fr", "Moitiés", "/r/a/c", 0, 1}}, Versions: sampleVersions(), Upstream: &Upstream{"/r/a/b/pull", "Fair shares", "en", 3, 2, 1}, Suggested: 2,
		Files: []File{{Path: "strips.svg", URL: "/r/a/b/raw/strips.svg", Size: 18_300, License: sampleLicense("zero", "0 1.0")}}, HasNotes: true, MayEdit: true, MayRemix: true, Access: []string{"textual", "alternativeText"},
		Clone: "https://oer.example/r/a/b.git", Permanent: "https://oer.example/id/0192", Home: "https://state.example/r/a/b", Peer: "State", Harvested: september,
		Links: ResourceLinks{Remix: "/r/a/b/remix", Edit: "/r/a/b/edit", History: "/r/a/b/history", Download: "/r/a/b/download.zip", Print: "/r/a/b/print", Teacher: "/r/a/b", Student: "/r/a/b?view=student"},
	}
}

func samplePrint(r Resource) Print {
	return Print{
		Resource: r, Address: "https://oer.example/id/0192@3f9a1c0", Code: QR{"https://oer.example/id/0192@3f9a1c0", 29, "M4 4.5h7m2 0h1M4 5.5h1"},
		Chapters: []Chapter{{Part: Part{Title: "Strips", URL: "/r/a/u/01", Minutes: 45}, ID: "p1", Body: `<h3 id="p1-h-1">Fold</h3><p>Fold it.</p>`}, {Part: r.Parts[2], ID: "p2"}},
		Keys:     []Key{{Text: `<aside class="callout teacher" role="note"><p>Ask first.</p></aside>`}, {Title: "Strips", Text: "<p>3/4</p>"}},
	}
}

// samples are the views that checks render: one of every page, with everything in it that the page can show.
func samples() map[string]any {
	counts := []Count{
		{Label: "Mathematics", URL: "/search?subject=mathematics", Count: 1234, Selected: true},
		{Label: "Science", URL: "/search?subject=science", Count: 1, Note: "What things are", Language: "es"},
	}
	st := Statement{
		Code: "5.NF.B.3", Text: "Interpret a fraction as division.", URL: "/standards/m/5.NF.B.3", Kind: "Standard", Count: 3, Language: "en", Grades: []string{"5"},
		Children: []Statement{{Code: "5.NF.B.3.a", Text: "For example…", URL: "/standards/m/5.NF.B.3.a", Count: 0}},
	}
	terms := Terms{Publisher: "CCSSO", License: "CC BY 4.0", Notice: "© Copyright 2010.", Source: "https://example.org", Language: "en"}
	r := sampleResource()
	choices := []LicenseChoice{{License: sampleLicense("by-sa", "BY-SA 4.0"), Checked: true}}
	refused := []LicenseChoice{{License: sampleLicense("by", "BY 4.0"), Reasons: []string{"The original asks for the same license."}}}
	list := map[string]any{
		"home": Home{Resources: 1234, Harvested: 20, Subjects: counts, Grades: counts, Frameworks: counts, Recent: sampleCards(), Examples: []Link{{Label: "5.NF.B.3", URL: "/search?q=5.NF.B.3"}}},
		"search": Search{
			Total: 3, Chips: []Chip{{Field: "subject", Value: "Mathematics", URL: "/search"}}, Facets: []Facet{{Field: "standard", Open: true, Path: counts, First: counts, More: counts, Browse: []Link{{Label: "Common Core", URL: "/search?under=m"}}}},
			Cards: sampleResults(), Hints: []Hint{{Text: "Showing results for", Links: []Link{{Label: "fractions", URL: "/search?q=fractions"}, {Label: "grade:3..5"}}}}, Feed: "/search.atom", Sorts: counts, Hidden: []Field{{"subject", "math"}}, Pager: Pager{First: "/a", Next: "/b", Page: 2, Pages: 3},
		},
		"resource": r, "gone": GonePage{Resource: r}, "print": samplePrint(r),
		"suggestions": Suggestions{Title: "Sharing pizzas fairly", URL: "/r/a/b", Language: "es", Clone: r.Clone, List: []Suggestion{{Number: 1, Message: "Use ribbon", Name: "Kim Lee", Short: "0123456", At: time.Unix(1_790_000_000, 0)}}},
		"history":     History{Title: "Sharing pizzas fairly", URL: "/r/a/b", Language: "es", Versions: sampleVersions(), Clone: r.Clone},
		"compare": Compare{
			Title: "Sharing pizzas fairly", URL: "/r/a/b", History: "/r/a/b/history", Old: sampleVersions()[1], New: sampleVersions()[0],
			Files: []FileDiff{{Path: "index.md", Kind: "modified", Blocks: sampleBlocks(), Changed: 3}, {Path: "a.png", Kind: "added", Binary: true}, {Path: "b", Kind: "deleted", Omitted: true}},
		},
		"pull": Pull{
			Title: "Sharing pizzas fairly", URL: "/r/a/b", Action: "/r/a/b/pull", Language: "es", Source: Link{Label: "Fair shares", URL: "/r/c/d"}, From: "v1", Now: "v2", Changes: 3, Clean: 2, Need: 1, Overtaken: true, Undecided: true,
			Files:     []FileDiff{{Path: "index.md", Kind: "modified", Blocks: sampleBlocks(), Changed: 3}, {Path: "b.md", From: "a.md", Kind: "renamed"}},
			Conflicts: []Choosing{{ID: "x1", Under: "Warm-up", Kind: "text", Base: "<p>a</p>", Ours: "<p>b</p>", Theirs: "<p>c</p>", Text: "b", Editable: true, Both: true, Take: "edited"}, {ID: "x2", Field: "title", Kind: "field", In: "teacher"}, {ID: "x3", Path: "a.png", Kind: "file"}},
			Problems:  sampleProblems(),
		},
		"pull none": Pull{UpToDate: true},
		"review": Review{
			Suggestion: Suggestion{Number: 1, Message: "Use ribbon", Name: "Kim Lee", At: september, Server: "https://district.example"}, Title: "Sharing", Page: "/r/a/b", Action: "/r/a/b/suggestions/1", From: "v1", Now: "v2", MayDecide: true, Overtaken: true, Undecided: true, Need: 1,
			Files:     []FileDiff{{Path: "index.md", Kind: "modified", Blocks: sampleBlocks(), Changed: 3}, {Path: "a.png", Kind: "added", Binary: true, Name: "file-1"}},
			Conflicts: []Choosing{{ID: "x1", Under: "Warm-up", Kind: "text", Base: "<p>a</p>", Ours: "<p>b</p>", Theirs: "<p>c</p>"}}, Problems: sampleProblems(),
		},
		"review decided": Review{Suggestion: Suggestion{Number: 2, State: "declined", Decider: "Rosa", Decided: september, Reason: "It says so."}},
		"letters":        Letters{List: []Letter{{ID: "0a", Server: "https://district.example", Key: "abc", Name: "Kim Lee", Message: "Plainer words", About: Link{Label: "rosa/halves", URL: "/r/rosa/halves"}, Files: []string{"index.md"}, At: september}}}, "letters none": Letters{},
		"edit away":    Edit{Title: "Sharing", URL: "/id/1", Action: "/id/1/suggest", Suggest: true, Away: "state"},
		"edit suggest": Edit{Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/suggest", Suggest: true},
		"remix":        Remix{Source: r.Card, Title: "Sharing", Owner: "maria", Owners: []string{"maria", "team"}, Text: "## Warm-up", Licenses: choices, More: refused, Refused: refused, Credit: r.Credit, Preview: r.Body, Language: "es", Action: "/r/a/b/remix", Free: "sharing", Problems: sampleProblems()},
		"new":          New{Owner: "maria", Owners: []string{"maria"}, Text: "---\n---", Problems: sampleProblems(), Refused: true, Card: &r.Card},
		"account":      Account{Name: "maria", Display: "Maria Santos", Role: "author", Tokens: []Token{{ID: "1", Label: "laptop", Scopes: []string{"read", "write"}, Created: september, Expires: september}, {ID: "2", Label: "old", Expired: true, Created: september, Expires: september}}, Created: "cp_123", Scopes: []string{"read", "write", "review", "manage"}, Lives: []int{30, 90, 0}, Moderates: true, Admin: true, Teams: []TeamLine{{"math", "Mathematics", "/teams/math", "board", "chair"}}, Sessions: []Session{{"1", "Firefox, Linux", "", september, true}, {"2", "", "District", september, false}}, Identities: []Identity{{"District", "https://d.example", september, false}, {"State", "https://s.example", september, true}}, Connect: []Link{{Label: "District", URL: "/sign-in/with/d"}}, Cards: sampleCards(), Sent: []SentLetter{{Title: "Halves", URL: "/id/1", To: "https://state.example", There: "https://state.example/x", State: "declined", Reason: "No.", At: september}}},
		"sign-in":      SignIn{Name: "maria", Next: "/", Notice: "Closed on Sunday.", Demo: DemoAccount{"maria", "secret"}, Failed: true, Refused: "denied", Providers: []Link{{Label: "District", URL: "/sign-in/with/d"}}},
		"gone law":     GonePage{Resource: r, Held: &Held{Basis: "law", Notice: "A court said so.", At: september, Owner: true, Moderates: true, Action: "/id/1/appeal", Appeal: "It is mine.", Answer: "It is not."}},
		"gone review":  GonePage{Resource: r, Held: &Held{Basis: "review", At: september}},
		"gone rules":   GonePage{Resource: r, Held: &Held{Basis: "rules", Notice: "Names of students.", At: september, Owner: true, Appeal: "Gone now."}},
		"teams":        Teams{List: []TeamLine{{"math", "Mathematics", "/teams/math", "team", ""}}, MayCreate: true, Taken: true, Board: true}, "teams none": Teams{Wrong: true},
		"team":       Team{Name: "math", Title: "Mathematics", URL: "/teams/math", Kind: "team", Roles: []string{"member", "maintainer"}, Members: []Member{{"maria", "Maria Santos", "member", "District", september}, {"kim", "Kim", "maintainer", "", september}}, Invitations: []Invitation{{ID: "1", Note: "Ana", Role: "member", By: "kim", Created: september}, {ID: "2", Role: "member", By: "kim", Created: september, State: "accepted", Account: "ana"}}, MayManage: true, In: true, Link: "https://oer.example/invitations/x", Self: "kim", Mails: true, Note: "Ana", Address: "ana@", Wrong: true, Mailed: true, Enough: true},
		"invitation": Invitation{Team: "Mathematics", Kind: "team", Role: "maintainer", By: "kim", Expires: september, Action: "/invitations/x"},
		"mail":       MailPage{On: true, Address: "rosa@school.example", Typed: "x", Wrong: true, Soon: true, Languages: []string{"en", "es"}},
		"mail-link":  MailLink{Action: "/mail/rosa/x", Name: "rosa"}, "mail-link stranger": MailLink{Action: "/mail/-/x", Stranger: true, Confirmed: true},
		"mail-link refused": MailLink{Action: "/mail/-/x", Stranger: true}, "mail-link answered": MailLink{Stranger: true, Done: true},
		"preview":  PreviewPage{Title: "Strips", Kind: "draft", Note: "Ms. Lee", Up: Link{Label: "Unit", URL: "/preview/x"}, Gates: []GateCheck{{Name: "links", State: "warned"}}},
		"previews": Previews{Title: "Strips", URL: "/r/a/b", Action: "/r/a/b/previews", Created: "/preview/x", Kinds: []string{"draft", "revision"}, Lives: []int{1, 7}, List: []PreviewLine{{ID: "1", Kind: "draft"}}},
		"share":    Sharing{Title: "Sharing", Language: "es", URL: "/r/a/b", Action: "/r/a/b/share", List: []Member{{"kim", "Kim", "editor", "", september}}, Unknown: "nobody"},
		"status":   Status{Version: "0.1.0", Database: "postgres", Shared: true, Nodes: 2, Started: september, Free: 5 << 30, Memory: 100 << 20, Changes: 12, Indexed: 10, Own: 12, Harvested: 8, Jobs: []StatusJob{{Kind: "harvest", Name: "maplewood", Running: true, Attempts: 2}, {Kind: "harvest", Name: "lakeside", Due: september}}, AllJobs: 40, Peers: []StatusPeer{{"maplewood", 8, september, true, true}}, AllPeers: 3, Owners: []StatusOwner{{"maria", 12, 50, 3e6, 1e9}}}, "status none": Status{Indexing: "it was asked for"},
		"audit": Audit{Events: []AuditEvent{{12, september, "kim", "member.set", "owner:math", []Field{{"account", "maria"}}}}, Older: "/audit?before=12", Head: "0a"}, "audit none": Audit{},
		"leave":  Leave{Name: "maria", Display: "Maria Santos", Credit: "pseudonym", Pseudonym: "M.", Resources: 3, Wrong: true, Last: true},
		"report": Report{Title: "Sharing", Language: "es", URL: "/r/a/b", Action: "/id/1/report", Away: "state", Why: "rights", Reasons: []string{"mistake", "rights", "harmful", "personal", "spam", "other"}, Wrong: true, Wait: 3},
		"moderation": Moderation{
			Reports: []ReportLine{{"1", "Sharing", "/r/a/b", "rights", "A photo.", "/moderation/takedown?address=a/b", september}}, All: 300, Admin: true, Blocks: []Block{{"spam", "Spam.", "kim", september}},
			Waiting: []Takedown{{Address: "a/b", Title: "Sharing", Language: "es", URL: "/r/a/b", Basis: "review", By: "maria", At: september}},
			Appeals: []Takedown{{Address: "a/c", Title: "C", URL: "/r/a/c", Basis: "rules", Notice: "No.", By: "kim", AppealedBy: "maria", Appeal: "Yes.", At: september}, {Address: "a/d", Title: "D", URL: "/r/a/d", Basis: "rules", Notice: "No.", Mine: true, At: september}},
			Down:    []Takedown{{Address: "a/e", Title: "E", URL: "/r/a/e", Basis: "law", Notice: "A court.", By: "kim", Answer: "No.", At: september}},
		}, "moderation none": Moderation{},
		"takedown": TakedownForm{Title: "Sharing", Language: "es", URL: "/r/a/b", Address: "a/b", Basis: "law", Notice: "x", Remixes: 2, Now: &Takedown{Address: "a/b", Basis: "review", By: "maria", At: september}, Files: []Field{{"index.md", "## Hi"}}, Wrong: true}, "takedown down": TakedownForm{Now: &Takedown{Basis: "rules", Notice: "No.", At: september}},
		"erase":    Erase{Title: "Sharing", Language: "es", URL: "/r/a/b", Address: "a/b", Paths: "a.png", Why: "A court.", Media: true, Wrong: true, Problem: "not found"},
		"newcomer": Newcomer{Provider: "District", Name: "maria", Display: "Maria Santos", Next: "/", Taken: true}, "newcomer wrong": Newcomer{Provider: "District", Wrong: true},
		"resume": Resume{Action: "/new", Fields: []Field{{"text", "a\nb"}}, Multipart: true, File: true}, "sign-in resumes": SignIn{Resume: &Resume{Action: "/r/a/b/edit", Fields: []Field{{"text", "x"}}}, Providers: []Link{{Label: "District", URL: "/x"}}}, "sign-in lost": SignIn{Resume: &Resume{Action: "/x", Lost: true}},
		"withdraw":  Withdraw{Title: "Sharing", URL: "/r/a/b", Action: "/r/a/b/withdraw", Language: "es", Parts: 2, Remixes: 1},
		"standards": Frameworks{Frameworks: []FrameworkLine{{Title: "Common Core Mathematics", URL: "/standards/ccss-math", Publisher: "CCSSO", Language: "en", Coverage: "/standards/ccss-math/coverage", Statements: 516, Resources: 12, Editions: []Link{{Label: "2010", URL: "/standards/ccss-math@2010"}}}}},
		"framework": Framework{
			Title: "Common Core Mathematics", URL: "/standards/m", Tree: []Statement{st, {Kind: "Domain", Text: "Fractions", Hidden: 3}}, Coverage: "/standards/m/coverage", Terms: terms, Edition: "2010", Newest: "/standards/m", Pager: Pager{Previous: "/a", Next: "/b", Page: 2, Pages: 3},
			Editions: []Edition{{Label: "2026", URL: "/standards/m", Statements: 516, Newest: true}, {Label: "2010", URL: "/standards/m@2010", Statements: 510, Shown: true}},
			Changes:  &EditionChanges{Added: 1, Removed: 2, Changed: 3, Gone: []Gone{{st, []Statement{st}}}},
		},
		"statement": Standard{
			Statement: st, Framework: Link{Label: "Common Core Mathematics", URL: "/standards/m", Language: "en"}, Path: []Link{{Label: "NF", URL: "/standards/m/NF"}}, HTML: "<p>Interpret it.</p>", Notes: "<p>A note.</p>", Newest: "/standards/m/5.NF.B.3",
			Successors: []Statement{st}, Predecessors: []Statement{st}, Before: []Statement{st}, After: []Statement{st}, Coverage: "/standards/m/coverage?under=x", Terms: terms, Pager: Pager{Next: "/b", Page: 1, Pages: 3},
			Lessons: []Lessons{{Kind: "teaches", Total: 5, All: "/search", Cards: sampleCards()}, {Kind: "assesses"}}, Associations: []Association{{"isPeerOf", st}, {"inverse.exemplar", st}},
		},
		"statement bare": Standard{Statement: Statement{Text: "Fractions"}},
		"coverage": Coverage{
			Title: "Common Core Mathematics", URL: "/standards/m", Language: "en", Of: "owner", Subject: Link{Label: "rosa", URL: "/r/rosa"}, Path: []Link{{Label: "NF", URL: "/standards/m/coverage"}}, Under: &CoverageRow{Statement: st}, Enough: 2, Terms: terms, CSV: "?format=csv", Hidden: []Field{{"of", "owner:rosa"}},
			States:  []Count{{Label: "covered", URL: "?state=covered", Count: 1}, {Label: "thin", URL: "?state=thin"}, {Label: "missing", URL: "?state=missing", Count: 4}},
			Columns: []string{"Fractions", "Geometry"}, Rows: []HeatRow{{[]string{"5"}, []HeatCell{{Label: "Fractions", URL: "/search", Resources: 3, Covered: 1, Missing: 2, Level: 1}, {Empty: true}}}, {nil, []HeatCell{{Level: 0, URL: "/search"}, {Level: 2, URL: "/search"}, {Level: 3, URL: "/search"}, {Level: 4, URL: "/search"}}}},
			Table: []CoverageRow{{Statement: st, Search: "/search", Below: "?under=x", Covered: 1, Thin: 2, Missing: 3}, {Statement: st, Search: "/search", Depth: 1, State: "covered"}, {Depth: 2, State: "thin"}, {Depth: 3, State: "missing"}}, Pager: Pager{Next: "/b", Page: 1, Pages: 3},
		},
		"coverage empty": Coverage{Of: "all", State: "thin"}, "coverage unit": Coverage{Of: "unit", In: &st, Cards: sampleCards()},
		"peers":        Peers{Peers: []Peer{samplePeer("running")}, Share: sampleBars(), Admin: true, Address: "x", Error: &PeerError{Kind: "none", Text: "not a repository", Alert: true}, Running: true, Friends: []string{"https://b.example/oai"}, OAI: "https://oer.example/oai"},
		"peer":         PeerPage{Peer: samplePeer("failed"), Charts: []Bars{{"license", sampleBars()}}, Health: &PeerHealth{Runs: []Run{*samplePeer("failed").Run}, Next: september, Added: september, Format: "oai_dc", Deletions: "persistent", Namespace: "state.example", Key: "abc", Reasons: []Reason{{"bad", 2}}, Reconciled: september, Settings: samplePeerSettings(), ListKey: &ListKey{Action: "/peers/state/key", Key: "ssh-ed25519 AAAA", Now: "SHA256:b", Before: "SHA256:a", Since: september}}},
		"peer running": PeerPage{Peer: samplePeer("running"), Watch: true, Health: &PeerHealth{Due: true}}, "peer new": PeerPage{Peer: Peer{Title: "New"}},
		"peer-preview": PeerPreview{
			Title: "State", URL: "https://state.example/oai", Kind: "oai", Name: "state", Here: &Link{Label: "state", URL: "/peers/state"}, Error: &PeerError{Kind: "taken"}, Size: 9,
			Format: "oai_dc", Offered: []string{"oai_dc", "lom"}, Deletions: "no", Emails: []string{"a@state.example"}, Sampled: 2, Cleared: 1, Refused: 1,
			Charts: []Bars{{"license", sampleBars()}}, Reasons: []Reason{{"bad", 1}}, Unmapped: []Reason{{"dc:format", 1}}, Notes: []string{"odd"}, Settings: samplePeerSettings(),
			Samples: []PeerSample{{Title: "Halves", Language: "es", Type: "lesson", License: sampleLicense("by", "BY 4.0"), Stated: "CC", Standards: []string{"5.NF.B.3"}, Grades: []string{"5"}, Unmapped: []Field{{"dc:format", "x"}}, More: 2}, {Title: "B", Refused: "no title"}},
		},
		"peer-preview empty":    PeerPreview{Title: "New"},
		"peer-remove":           PeerRemove{samplePeer("done")},
		"peer-quarantine":       PeerQuarantine{Peer: samplePeer("done"), Total: 2, Reasons: []Reason{{"bad", 2}}, Replay: true, Pager: Pager{Next: "/b", Page: 1, Pages: 2}, List: []Quarantined{{ID: "a", Identifier: "oai:a:1", Reason: "no title", Raw: "<dc>", Cut: true, Again: true, Size: 900, Download: "/x", At: september}, {Reason: "empty"}}},
		"peer-quarantine empty": PeerQuarantine{},
		"error":                 Error{Status: 404, Kind: "not-found", Detail: "why"},
		"licenses":              Licenses{Licenses: []License{sampleLicense("by", "BY 4.0")}, Statuses: []License{{ID: "X", Short: "All rights reserved", Title: "All rights reserved", Plain: []string{"Read it."}}}},
		"license-explore":       Explorer{Text: "Licensed CC BY.", System: "Moodle", Systems: []Choice{{"", "Anywhere", false}, {"Moodle", "Moodle", true}}, Asked: true, Reading: sampleReading()},
		"license-explore empty": Explorer{Examples: []Link{{Label: "CC BY 4.0", URL: "/licenses/explore?text=CC"}}},
		"license-chart": Charts{Charts: []Chart{{Name: "adapter", Columns: []License{sampleLicense("by", "BY 4.0")}, Rows: []ChartRow{{sampleLicense("by-sa", "BY-SA 4.0"), []ChartCell{
			{"not_allowed", []string{"CC BY-SA 4.0"}, []string{"The source asks for the same license."}, "4.0 s3(b)(1)"}, {Verdict: "allowed"}, {Verdict: "disputed"}, {Verdict: "manual_review"}, {Verdict: "allowed_not_recommended"}}}}}}},
		"privacy": struct{}{}, "offline": struct{}{}, "embed": r,
		"statistics": Statistics{
			Resources: 1234, Grades: counts, Map: []StatisticsRow{{counts[0], []StatisticsCell{{"/search", 9, 4}, {Level: 0}}}},
			Charts: []Shares{{"license", []Share{{Count: counts[0], Percent: 100, OfAll: 60}}}},
		},
		"statistics empty": Statistics{},
		"remixes": RemixTree{
			Title: "Sharing", URL: "/r/a/b", Language: "es", More: true, Roots: []RemixNode{{Title: "Fair shares", URL: "https://example.org", Below: []RemixNode{{Title: "Sharing", Current: true, People: []string{"Rosa"}, License: sampleLicense("by", "BY 4.0")}}}},
			Table: []RemixRow{{RemixNode{Title: "Fair shares"}, ""}, {RemixNode{Title: "Sharing", Current: true, Changes: "shorter"}, "Fair shares"}},
		},
		"error way":  Error{Status: 503, Kind: "no-pdf", Link: "/r/a/b/print"},
		"home empty": Home{}, "search empty": Search{Drop: []Chip{{Field: "grade", Value: "Without Grade 5", URL: "/search", Count: 2}}, Nearest: sampleCards(), Standard: Link{Label: "5.NF.B.3", URL: "/standards/m/5.NF.B.3"}, Feed: "/search.atom"}, "remix away": Remix{Source: r.Card, Away: "State", Action: "/id/1/remix"}, "remix away typed": Remix{Source: r.Card, Away: "State", Text: "## Mine"}, "remix blocked": Remix{Source: r.Card, Blocked: []string{"No adaptations are allowed."}, Rights: r.Rights},
		"peers empty": Peers{}, "standards empty": Frameworks{}, "account empty": Account{}, "framework empty": Framework{Title: "Empty"}, "compare same": Compare{},
	}
	maps.Copy(list, editSamples(r))
	maps.Copy(list, boardSamples())
	maps.Copy(list, releaseSamples())
	return list
}

// pageOf is the page that a sample is rendered with.
func pageOf(sample string) string {
	for i, r := range sample {
		if r == ' ' {
			return sample[:i]
		}
	}
	return sample
}
