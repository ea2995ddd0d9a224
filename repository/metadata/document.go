package metadata

// Document is one index.md, taken apart. The zero Document is a file that does not exist yet.
type Document struct {
	File     string   // as given to Parse; problems name it
	Metadata Metadata // what the front matter says, and nothing else
	Body     []byte   // the Markdown: all that follows the front matter and the one blank line after it, byte for byte
	BodyLine int      // line of the file on which the body starts, from 1

	source source
}

// Line returns the line, from 1, on which a field of the front matter is written, or 0 if it is not there. Fields are
// named by their path: "license", "creators[0].name", "assets.media/strips.png.license".
func (d Document) Line(field string) int { return d.source.lines[field] }

// source is what With needs to write a document back: the bytes as they came and where things lie in them.
type source struct {
	bytes     []byte
	front     span           // the YAML between the two lines of hyphens; where there is none, the place for it
	body      int            // offset of the body
	found     bool           // there is a front matter
	broken    bool           // there is something like one that cannot be told from the body
	readable  bool           // the front matter is YAML
	flow      bool           // the whole front matter is one flow mapping: {title: …}
	fields    []entry        // top-level fields in the order of the file
	lines     map[string]int // by path of the field
	lineBreak string         // of the file: "\n" or "\r\n"
}

// span is a range of bytes.
type span struct{ start, end int }

// entry is one top-level field of the front matter.
type entry struct {
	name    string
	comment string // at the end of the field's first line
	line    int    // inside the front matter, from 1
}
