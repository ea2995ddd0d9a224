package themes

import (
	"html/template"
	"time"
)

// Edit is the form that changes a resource.
type Edit struct {
	Title, URL, Action, Language string
	Base                         string // revision that the edit began from
	Fields                       Fields
	Text                         string
	Message                      string
	Preview                      template.HTML
	Problems                     []Problem // why it was not done
	Suggest                      bool      // it is offered to the owner rather than published
	Away                         string    // the peer that a suggestion goes to; "" is this server

	Buttons, Blocks []Tool
	Places          []Choice // the sections of the text
	Where           int      // the chosen one, from 1; 0 is the end of the text
	Words           string   // what a tool shall change
	Block           string   // the chosen one of Blocks
	Used            bool     // a tool has changed the text
	From, To        string   // the selection, as a script counts it; "" without one

	Checking

	Drafts    bool      // drafts are kept
	Draft     string    // names the state of the draft that was read; "" for none
	Saved     time.Time // of the draft; zero for none
	Elsewhere string    // the text of the draft that another window has saved meanwhile

	MayUpload      bool
	Assets         []EditAsset
	Upload         Upload
	Added, Removed string // the file that has just come or gone
}

// Checking is what stands beside a text that somebody writes.
type Checking struct {
	Checked bool // Checks are all that publishing it would say
	Checks  []TextCheck
	Grade   int // at which the text can be read; 0 where nothing is known
}

// Tool is a button of the editor, named by a message under "tool". Kind, Before, After and Sample tell a script what it does.
type Tool struct{ Name, Kind, Before, After, Sample string }

// TextCheck is a problem beside the text.
type TextCheck struct {
	Problem
	Row     int    // line of the text, from 1; 0 for what is in the fields
	Excerpt string // of that line
}

// EditAsset is a file beside the text.
type EditAsset struct {
	File
	Alt      string
	Shown    bool // the lesson shows or plays it where it stands
	Used     bool // the text has it
	Selected bool // it is to be replaced
}

// Upload is what is asked of a file before it is published.
type Upload struct {
	Path                           string // of the file that it replaces; "" for none
	Alt, License, Creators, Source string
	Licenses                       []Choice
}
