package themes

import "html/template"

// Print is a resource as it goes on paper, a unit with its parts.
type Print struct {
	Resource
	Address  string // the permanent address of the printed revision
	Code     QR     // of that address
	Chapters []Chapter
	Keys     []Key // what only teachers read, out of the text and of the chapters
	First    bool  // this is the first sheet, or the only one

	Sheets []Count // where it takes several: their numbers and addresses
	Whole  string  // all of them on one page
	KeyAt  string  // the sheet that the keys begin on, where that is another
}

// Chapter is a part of a unit that is printed as one document.
type Chapter struct {
	Part
	At   string        // the address of the sheet that it is on, where that is another
	ID   string        // where the contents lead to
	Body template.HTML // its text with headings from the third level; "" where the text is not on this server
}

// Key is what a text has for teachers.
type Key struct {
	Title    string // of the part; "" where the text is the document's own
	Language string
	Text     template.HTML
}

// QR is a QR code as a drawing.
type QR struct {
	Text string // what it says
	Size int    // of its sides, with the quiet zone, in modules
	Path string // SVG path data to be stroked one module wide
}
