package mirror

// Entry is a resource as the mirror's search finds it.
type Entry struct {
	Address     string // of its page on the site, such as /r/rosa/halves or /id/…
	Title       string
	Description string
	Language    string
	Type        string
	Grades      []string
	License     string   // short, such as CC BY 4.0; "" where it is not cleared
	Source      string   // the peer that it came from; "" for the site's own
	Codes       []string // of standards, in all spellings that people type
	Words       []string // subjects and creators
	Text        string   // of the body
}
