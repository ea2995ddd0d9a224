package licensing

// Rules renders the facts that the verdicts follow, with their sources, as Markdown: the text of docs/licensing.md.
func Rules() string { return "" }
