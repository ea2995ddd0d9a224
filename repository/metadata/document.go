package metadata

// Document is one index.md, taken apart.
type Document struct {
	File     string   // as given to Parse; problems name it
	Metadata Metadata // what the front matter says, and nothing else
	Body     []byte   // everything after the front matter, byte for byte
	BodyLine int      // line of the file on which the body starts, from 1

	source source
}

// Line returns the line, from 1, on which a field of the front matter is written, or 0 if it is not there. Fields are
// named by their path: "license", "creators[0].name", "assets.media/strips.png.license".
func (d Document) Line(field string) int { return d.source.lines[field] }

// source is what With needs to write a document back: the bytes as they came and where the front matter lies in them.
type source struct {
	bytes      []byte
	front      span           // the YAML between the two lines of hyphens
	body       int            // offset of the body
	found      bool           // there is a front matter
	lines      map[string]int // by path of the field
	lineEnding string         // of the file: "\n" or "\r\n"
}

type span struct{ start, end int }
