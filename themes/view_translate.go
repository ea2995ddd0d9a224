package themes

import "time"

// Translate is the page on which a lesson is translated, block by block.
type Translate struct {
	Title, URL, Action             string
	SourceTitle, SourceDescription string
	SourceURL, SourceLanguage      string
	Language                       string   // of the translation
	Choose                         []Choice // languages, where none is chosen yet; the rest is empty then
	Name, Description              string   // of the translation
	Pin                            string   // the revision of the source that is shown
	Base                           string   // the revision of the translation; "" for a new one
	Behind                         int      // versions of the source since it was translated
	Rows                           []TranslateRow
	Owner                          string
	Owners                         []string
	Licenses                       []LicenseChoice // of a new one
	Blocked                        []string        // why it may not be translated
	Drafts                         bool
	Draft                          string
	Saved                          time.Time
	Problems                       []Problem
	Checking
}

// TranslateRow is a block of the source beside its translation.
type TranslateRow struct {
	Name   string // of the field
	N      int    // from 1
	Source string // Markdown; of a removed block, as it was
	Words  []WordDiff
	Text   string
	State  string // changed, added, removed; "" for what is as it was
	Height int    // lines
}
