package themes

import (
	"html/template"
	"time"
)

// Frame is what every page shows around its own content.
type Frame struct {
	Language  string // of the interface: one of the theme's
	Site      string // name of this repository
	Path      string // of this page with its query, where the language switch leads back to
	Canonical string // absolute URL of this page
	Account   string // display name of who is signed in; "" for readers
	Query     string // what the search box shows
	NoIndex   bool   // search engines should not keep this page
	JSONLD    template.HTML
	Lede      string   // one sentence for search engines and link previews; "" for none
	Styles    []string // further style sheets that this page needs, without "<"
	Whole     bool     // a script puts in what the page does not have at first: all rules come along
	Alternate []Alternate
	Script    string   // address of the page's script, of this server; "" for none
	Offered   []Option // what the search box offers to complete
	Feed      Link     // the page's own feed; zero for none
	Notice    string   // a message key: what has just happened; "" for nothing
	Look      string   // one of Looks, as the reader chose it; "" is the first
	Embeds    Embeds   // where oEmbed answers for this page; zero for a page that cannot be embedded
	Offline   bool     // the page can be kept for reading without a line
	Preview   *Preview // how links to the page look elsewhere; nil for none
	Trouble   []Stale  // themes that are shown as they were before; for administrators only
}

// Preview is what the page says to programs that show links to it, by the Open Graph protocol (ogp.me).
type Preview struct {
	Title, URL      string
	Locale          string // language_TERRITORY
	Image, ImageAlt string // absolute address of a picture of the page; "" for none
}

// Embeds are the absolute addresses of the oEmbed answers for a page.
type Embeds struct{ JSON, XML string }

// Stale is a theme whose folder cannot be used as it is now.
type Stale struct {
	Theme    string
	Problems []Problem
}

// Option is an entry that a field offers: what it puts there, and what that means where it does not say so itself.
type Option struct{ Value, Label string }

// Alternate is the same page in another language.
type Alternate struct{ Language, URL string }

// Link is a labeled address.
type Link struct {
	Label, URL string
	Language   string // of the label, where it is not the page's
}

// Count is a value of a facet: how many resources have it and where they are listed.
type Count struct {
	Label, URL string
	Count      int
	Selected   bool
	Note       string // what the label stands for, where it is a code
	Language   string // of the note, or of the label without one, where it is not the page's
}

// License is a license in the words of people.
type License struct {
	ID    string // SPDX, "" when nothing is cleared
	Short string // "CC BY-SA 4.0"
	Title string
	URL   string
	Kind  string   // what it allows, as a message key under "license.kind": by, by-sa, zero, none, …
	Plain []string // what one may do, sentence by sentence, already in the reader's language
}

// Card is a resource as lists show it.
type Card struct {
	URL         string
	Title       string
	Language    string // BCP 47, of the resource
	Description string
	Type        string
	Grades      []string
	Subjects    []string
	Minutes     int
	License     License
	Creators    []string
	Source      string // name of the peer; "" for this server's own
	Owner       string
	Modified    time.Time
	Standards   []string
	MarkedTitle []Piece // the title with what was searched; nil where it has nothing of it
	Excerpt     []Piece // stands for the description
	Also        []Link  // where the same lesson is besides, the first of them
	Copies      int     // further ones that Also does not name
	Badges      []Badge // approvals on boards' lists
	Via         string  // why it is among the results, where that is not plain
}

// Piece is a piece of a text that was searched for, or is not.
type Piece struct {
	Text  string
	Match bool
}

// Problem is one thing to mend, at its place.
type Problem struct {
	File, Message, Remedy string
	Line                  int
	Warning               bool
}

// Pager leads through a long list.
type Pager struct {
	Previous, Next string // URLs, "" at the ends
	First          string // URL, where there is no way back page by page
	Page, Pages    int
}
