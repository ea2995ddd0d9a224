package themes

import (
	"html/template"
	"time"
)

// PreviewPage shows one text that is not published, or not released, to whoever has its secret address.
type PreviewPage struct {
	Title, Description, Language string
	Kind                         string // draft, held or revision
	Note                         string // for whom
	Short                        string // of the revision
	Expires                      time.Time
	License                      License
	Creators                     []string
	Up                           Link   // of a part: the unit
	Parts                        []Link // of a unit
	Body                         template.HTML
	Errors, Warnings             int
	Gates                        []GateCheck
}

// Previews are the secret addresses of a resource, with the form for another one.
type Previews struct {
	Title, URL, Language string
	Action               string
	Created              string // the address that was just made, which is shown once
	List                 []PreviewLine
	Kinds                []string // what can be shown
	Lives                []int    // days
}

// PreviewLine is one of them.
type PreviewLine struct {
	ID, Kind, Part, Short, By, Note string
	Created, Expires                time.Time
}
