package metadata

import (
	"errors"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"io/fs"
)

// Parse takes an index.md apart and reports all that is wrong with its form.
func Parse(file string, src []byte) (Document, Problems) { return Document{}, nil }

// With returns the document's file with the edit made.
func (d Document) With(edit Edit) ([]byte, error) { return nil, errors.ErrUnsupported }

// Standards resolves codes of standards; *standards.Library does.
type Standards interface {
	Resolve(code string) standards.Resolution
}

// CheckOptions say how strict Check is and where it stops.
type CheckOptions struct {
	Draft     bool      // nothing is required
	Standards Standards // nil: alignments are not looked up
	Ignore    []string  // names at the top of the folder that are not part of it, such as .git in a work tree
	MaxFile   int64     // bytes of one file; 0: 100 MB
	MaxTotal  int64     // bytes of all files; 0: 1 GB
	MaxFiles  int       // 0: 5000
	MaxDepth  int       // folders inside one another; 0: 12
}

// Check reads a whole folder.
func Check(fsys fs.FS, o CheckOptions) (Tree, Problems) { return Tree{}, nil }

// LRMI renders the view as schema.org JSON-LD.
func LRMI(v View) []byte { return nil }

// DublinCore renders the view as an oai_dc element.
func DublinCore(v View) []byte { return nil }

// ReadLRMI reads schema.org JSON-LD.
func ReadLRMI(src []byte) (Harvested, Problems) { return Harvested{}, nil }

// ReadDublinCore reads an oai_dc element.
func ReadDublinCore(src []byte) (Harvested, Problems) { return Harvested{}, nil }
