package oaipmh

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds are what is accepted of one answer. Zero fields take their default.
type Bounds struct {
	Bytes  int64 // of the whole answer, uncompressed; 32 MB
	Record int   // bytes of one record; larger ones are left out and come with a Fault; 4 MB
	Depth  int   // elements inside one another; 100
	Count  int   // records, sets or formats; 100,000
}

func (b Bounds) orDefault() Bounds {
	if b.Bytes == 0 {
		b.Bytes = 32 << 20
	}
	if b.Record == 0 {
		b.Record = 4 << 20
	}
	if b.Depth == 0 {
		b.Depth = 100
	}
	if b.Count == 0 {
		b.Count = 100_000
	}
	return b
}

// Response is what an answer says besides its records.
type Response struct {
	Date     time.Time // responseDate; zero if missing or unreadable
	Verb     Verb      // the container that was there, "" if none
	BaseURL  string    // as the request element has it
	Errors   Errors
	Identify Identify
	Formats  []Format
	Sets     []Set
	Token    *Token // nil if the answer has no resumptionToken
	Records  int    // how many records or headers were there

	// Notes are what had to be repaired to read the answer, such as "control characters". Its records were read.
	Notes []string
}

// Record is one record or header of an answer.
type Record struct {
	Header
	Stamp    string   // the datestamp as written
	Metadata []byte   // one XML element that declares its own namespaces; nil if deleted or only a header
	About    [][]byte // likewise
	Fault    string   // why the record cannot be used; the rest of it is as far as it could be read
	Notes    []string // what is odd about it but can be understood
}

// NotOAIError says that something answered, but not with OAI-PMH.
type NotOAIError struct {
	Root  string // root element, "" if it was no XML
	Start string // the first bytes
}

// Error says what came instead.
func (e *NotOAIError) Error() string {
	if strings.EqualFold(e.Root, "html") {
		return "not OAI-PMH but a web page: " + e.Start
	}
	if e.Root != "" {
		return fmt.Sprintf("not OAI-PMH but a document with the root element <%s>", e.Root)
	}
	if e.Start == "" {
		return "not OAI-PMH but an empty answer"
	}
	return "not OAI-PMH: " + e.Start
}

// Decode reads one answer and hands each of its records to each, whose error ends the reading and is returned. What the
// records hold is theirs to keep.
//
// It returns *NotOAIError if the root element is another, *SyntaxError if the answer is broken or ends early, *BoundsError
// if it is too large, and errors of r as they are. Errors of the protocol are no error of Decode: they are in the Response.
func Decode(r io.Reader, b Bounds, each func(Record) error) (Response, error) {
	b = b.orDefault()
	in := newInput(r, b.Bytes)
	d := &decoder{scanner: newScanner(in, maxTag, b.Depth), bounds: b, each: each, strings: map[string]string{}}
	err := d.document()
	if in.controls {
		d.resp.Notes = append(d.resp.Notes, "it holds characters that XML does not have; they were taken as blanks")
	}
	if in.recoded {
		d.resp.Notes = append(d.resp.Notes, "it holds bytes that are not UTF-8; they were read as Windows-1252")
	}
	return d.resp, err
}

type decoder struct {
	*scanner
	bounds  Bounds
	each    func(Record) error
	resp    Response
	scope   []binding
	strings map[string]string // namespaces, prefixes and sets seen: a page repeats them
	value   []byte            // of text
	piece   []byte            // of cut
	outer   []string          // of cut
}

// document reads the whole answer.
func (d *decoder) document() error {
	if err := d.root(); err != nil {
		return err
	}
	err := d.children(func(name string) error {
		switch Verb(name) {
		case IdentifyVerb, ListMetadataFormats, ListSets, ListIdentifiers, ListRecords, GetRecord:
			d.resp.Verb = Verb(name)
			return d.children(d.entry)
		}
		return d.envelope(name)
	})
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (d *decoder) root() error {
	const shown = 120
	d.more()
	start := string(d.buf[:min(d.end, shown)])
	start = strings.Join(strings.Fields(strings.ToValidUTF8(start, "")), " ")
	for {
		kind, err := d.next()
		var syntax *SyntaxError
		var bounds *BoundsError
		switch {
		case errors.As(err, &bounds) || err != nil && !errors.As(err, &syntax):
			return err
		case err != nil:
			root := ""
			if low := strings.ToLower(start); strings.HasPrefix(low, "<!doctype html") || strings.HasPrefix(low, "<html") {
				root = "html"
			}
			return &NotOAIError{Root: root, Start: start}
		case kind == charData && len(strings.TrimSpace(string(d.text))) == 0:
		case kind != startTag:
			return &NotOAIError{Start: start}
		case string(local(d.name)) != "OAI-PMH":
			return &NotOAIError{Root: string(short(d.name)), Start: start}
		default:
			return d.declare()
		}
	}
}

// children calls f for each child element of the open one, by local name, until that one ends. f must read its element
// to its end.
func (d *decoder) children(f func(name string) error) error {
	floor := d.depth()
	for {
		kind, err := d.next()
		if err != nil {
			return err
		}
		switch {
		case kind == startTag:
			if err := d.declare(); err != nil {
				return err
			}
			if err := f(d.intern(local(d.name))); err != nil {
				return err
			}
		case kind == endTag && d.depth() < floor:
			d.leave()
			return nil
		}
	}
}

// skip reads the open element to its end.
func (d *decoder) skip() error { return d.children(func(string) error { return d.skip() }) }

// maxText is the longest value of one of the protocol's own elements.
const maxText = 64 << 10

// textOf reads the open element to its end and returns its text, without the white space around it.
func (d *decoder) textOf() (string, error) {
	d.value = d.value[:0]
	floor := d.depth()
	for {
		kind, err := d.next()
		if err != nil {
			return "", err
		}
		switch {
		case kind == endTag && d.depth() < floor:
			d.leave()
			return strings.TrimSpace(string(d.value)), nil
		case kind == charData:
			d.value = appendDecoded(d.value, d.text)
		case kind == cdata:
			d.value = append(d.value, d.text...)
		}
		if len(d.value) > maxText {
			return "", &BoundsError{What: "the text of an element is too long"}
		}
	}
}

// intern makes a string; short ones that a page repeats are made once.
func (d *decoder) intern(b []byte) string {
	if len(b) > 64 {
		return string(b)
	}
	if s, ok := d.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(d.strings) < 512 {
		d.strings[s] = s
	}
	return s
}

// attr returns the decoded value of an attribute of the start tag just read, by local name.
func (d *decoder) attr(want string) (string, bool) {
	for attrs := d.attrs; ; {
		name, value, rest, err := d.attribute(attrs)
		if err != nil || name == nil {
			return "", false
		}
		if string(local(name)) == want {
			return string(appendDecoded(nil, value)), true
		}
		attrs = rest
	}
}

// envelope reads what stands beside the verb's container.
func (d *decoder) envelope(name string) (err error) {
	switch name {
	case "responseDate":
		s, err := d.textOf()
		if t, legal, ok := ParseLoose(s); ok {
			d.resp.Date = t
			if !legal {
				d.note("its responseDate %q has not the form that the protocol asks for", s)
			}
		} else {
			d.note("its responseDate %q is no date", s)
		}
		return err
	case "request":
		d.resp.BaseURL, err = d.textOf()
		return err
	case "error":
		code, _ := d.attr("code")
		s, err := d.textOf()
		if len(d.resp.Errors) < 100 {
			d.resp.Errors = append(d.resp.Errors, Error{Code: Code(strings.TrimSpace(code)), Message: s})
		}
		return err
	}
	d.note("it holds an element <%s> that the protocol does not have", short([]byte(name)))
	return d.skip()
}

func (d *decoder) note(format string, args ...any) {
	if len(d.resp.Notes) < 20 {
		d.resp.Notes = append(d.resp.Notes, fmt.Sprintf(format, args...))
	}
}

// entry reads one child of the verb's container.
func (d *decoder) entry(name string) (err error) {
	if d.resp.Verb == IdentifyVerb {
		return d.identify(name)
	}
	if d.resp.Records+len(d.resp.Sets)+len(d.resp.Formats) >= d.bounds.Count {
		return &BoundsError{What: fmt.Sprintf("more than %d entries in one answer", d.bounds.Count)}
	}
	switch name {
	case "record":
		return d.record()
	case "header":
		var rec Record
		if err := d.header(&rec); err != nil {
			return err
		}
		return d.emit(rec)
	case "set":
		var s Set
		err = d.fields(map[string]*string{"setSpec": &s.Spec, "setName": &s.Name})
		d.resp.Sets = append(d.resp.Sets, s)
		return err
	case "metadataFormat":
		var f Format
		err = d.fields(map[string]*string{"metadataPrefix": &f.Prefix, "schema": &f.Schema, "metadataNamespace": &f.Namespace})
		d.resp.Formats = append(d.resp.Formats, f)
		return err
	case "resumptionToken":
		t := Token{Cursor: -1}
		if s, ok := d.attr("cursor"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
				t.Cursor = n
			}
		}
		if s, ok := d.attr("completeListSize"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 {
				t.Size = n
			}
		}
		t.Value, err = d.textOf()
		d.resp.Token = &t
		return err
	}
	d.note("it holds an element <%s> that the protocol does not have", short([]byte(name)))
	return d.skip()
}

// fields reads the text of the named children.
func (d *decoder) fields(into map[string]*string) error {
	return d.children(func(name string) (err error) {
		p, ok := into[name]
		if !ok {
			return d.skip()
		}
		*p, err = d.textOf()
		return err
	})
}

func (d *decoder) identify(name string) error {
	id := &d.resp.Identify
	if name == "description" {
		fault := ""
		return d.children(func(string) error {
			raw, err := d.cut(&fault)
			if err == nil && fault == "" && len(id.Descriptions) < 20 {
				id.Descriptions = append(id.Descriptions, raw)
			}
			return err
		})
	}
	s, err := d.textOf()
	switch name {
	case "repositoryName":
		id.Name = s
	case "baseURL":
		id.BaseURL = s
	case "protocolVersion":
		id.Protocol = s
	case "adminEmail":
		id.Emails = append(id.Emails, s)
	case "earliestDatestamp":
		id.Earliest, _, _ = ParseLoose(s)
	case "deletedRecord":
		id.Deletions = Deletions(strings.ToLower(s))
	case "granularity":
		if id.Granularity = Seconds; strings.EqualFold(s, string(Days)) {
			id.Granularity = Days
		}
	case "compression":
		id.Compression = append(id.Compression, s)
	}
	return err
}
