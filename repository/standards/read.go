package standards

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// About is what a file does not say of itself. All but the name is for forms other than CASE, whose packages say it
// and are never altered.
type About struct {
	Name     string // short name, such as "ccss-math"; identifiers that a file lacks are derived from it
	Title    string // the name, where empty
	Creator  string
	Version  string
	Language string // BCP 47
	License  string // title or URI

	// Jurisdiction picks one of several in a Learning Commons export, such as "California".
	Jurisdiction string
}

// Read reads a framework in any of the forms that this package knows, plain or compressed with gzip, and tells them apart
// by what is in them: a CASE 1.0 or 1.1 package (see ReadCASE), ASN JSON (ReadASN), JSON lines of the Learning Commons
// Knowledge Graph (ReadGraph) and CSV (ReadCSV). Several files are read as one where the form comes in several, which
// only the Knowledge Graph does. All together may have 64 MB, after decompression.
//
// Whatever the form was, Framework.Raw is a CASE package: the very one that was read, or one that was made from the
// file. What is wrong is an ErrInvalid.
func Read(about About, in ...io.Reader) (*Framework, error) {
	raw, err := gather(in)
	if err != nil {
		return nil, err
	}
	form := formOf(raw)
	if len(in) > 1 && form != formGraph {
		return nil, fmt.Errorf("%w: only JSON lines of a knowledge graph come in several files", ErrInvalid)
	}
	switch form {
	case formASN:
		return ReadASN(bytes.NewReader(raw), about)
	case formGraph:
		return ReadGraph(bytes.NewReader(raw), about)
	case formCSV:
		return ReadCSV(bytes.NewReader(raw), about)
	case formCASE:
		return readCASE(raw, about.Name)
	}
	return nil, fmt.Errorf("%w: it is neither a CASE package, nor ASN JSON, nor CSV", ErrInvalid)
}

// Decompress reads all of r, plain or compressed with gzip, up to 64 MB after decompression; what is beyond, or no whole
// gzip, is an ErrInvalid. A byte order mark is left out.
func Decompress(r io.Reader) ([]byte, error) { return gather([]io.Reader{r}) }

// gather reads all files, decompressed, one after the other.
func gather(in []io.Reader) ([]byte, error) {
	var all bytes.Buffer
	for _, r := range in {
		if n := all.Len(); n > 0 && all.Bytes()[n-1] != '\n' {
			all.WriteByte('\n')
		}
		if err := decompress(&all, r); err != nil {
			return nil, err
		}
	}
	return bytes.TrimPrefix(all.Bytes(), []byte("\ufeff")), nil
}

func decompress(to *bytes.Buffer, r io.Reader) error {
	b := bufio.NewReader(r)
	from := io.Reader(b)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("%w: gzip: %w", ErrInvalid, err)
		}
		from = z
	}
	_, err := to.ReadFrom(io.LimitReader(from, int64(MaxSize-to.Len()+1)))
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), from != io.Reader(b) && errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: gzip: %w", ErrInvalid, err)
	case err != nil:
		return fmt.Errorf("read framework: %w", err)
	case to.Len() > MaxSize:
		return errTooLarge
	}
	return nil
}

type form int

const (
	formNone form = iota
	formCASE
	formASN
	formGraph
	formCSV
)

// formOf tells the form of a text by how it begins. What is no JSON and no markup counts as CSV.
func formOf(raw []byte) form {
	text := bytes.TrimSpace(raw)
	switch {
	case len(text) == 0 || text[0] == '<':
		return formNone
	case text[0] == '[':
		return formASN
	case text[0] == '{':
		line, _, _ := bytes.Cut(text, []byte("\n"))
		var l graphLine
		if json.Unmarshal(line, &l) == nil && (l.Type == graphNode || l.Type == graphEdge) {
			return formGraph
		}
		return formCASE
	}
	return formCSV
}
