package metadata

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// ReadDublinCore reads an oai_dc element, or any other element with Dublin Core in it. It is tolerant of prefixes that
// are not declared and of entities of HTML, bounded in size and depth, and lists what it could not map. What is not XML
// gives an error among the problems. The license is as the record says it; nothing about it is guessed.
func ReadDublinCore(src []byte) (Harvested, Problems) {
	if len(src) > maxRecord {
		return refuse("record-too-large", fmt.Sprintf("the record has %s, more than %s", bytesText(int64(len(src))), bytesText(maxRecord)),
			"ask the peer to send less")
	}
	values, err := readElements(src)
	if err != nil {
		return refuse("record-not-xml", "the record is not XML that can be read: "+err.Error(), "ask the peer to mend it")
	}
	if len(values) == 0 {
		return refuse("record-no-work", "the record holds no Dublin Core", "ask the peer what it is")
	}
	g := newGatherer()
	g.dublinCore(values)
	return g.done()
}

// dcValue is one element of Dublin Core.
type dcValue struct{ name, text string }

const maxXMLDepth = 32

func readElements(src []byte) ([]dcValue, error) {
	d := xml.NewDecoder(bytes.NewReader(src))
	d.Strict = true
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		return r, nil // the response that held the record was decoded as a whole
	}
	var values []dcValue
	var open *dcValue
	depth, at := 0, 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return nil, fmt.Errorf("it is nested more than %d deep", maxXMLDepth)
			}
			if open == nil && isDC(t.Name) && len(values) < 20*maxValues {
				open, at = &dcValue{name: t.Name.Local}, depth
			}
		case xml.EndElement:
			if open != nil && depth == at {
				open.text = strings.TrimSpace(open.text)
				if open.text != "" {
					values = append(values, *open)
				}
				open = nil
			}
			depth--
		case xml.CharData:
			if open != nil && len(open.text) < 8*maxLongText {
				open.text += string(t)
			}
		}
	}
}

// isDC reports elements of Dublin Core; a prefix that is not declared stands as the namespace.
func isDC(n xml.Name) bool {
	switch n.Space {
	case dcElements, dcTerms, "dc", "dcterms", "":
		return slices.Contains(dcNames, strings.ToLower(n.Local))
	}
	return false
}

// dcNames are the elements and terms that are read.
var dcNames = []string{"title", "alternative", "creator", "subject", "description", "abstract", "publisher", "contributor",
	"date", "issued", "created", "available", "modified", "type", "format", "extent", "identifier", "source", "language",
	"relation", "coverage", "rights", "license", "audience", "educationlevel", "conformsto"}

func (g *gatherer) dublinCore(values []dcValue) {
	m := &g.Metadata
	var descriptions, rights []string
	for _, v := range values {
		s := clean(v.text, maxValueText)
		switch strings.ToLower(v.name) {
		case "title":
			m.Title = firstOf(m.Title, s)
		case "alternative":
			g.keyword(s)
		case "creator":
			g.creator(Agent{Name: s})
		case "subject":
			g.dcSubject(s)
		case "description", "abstract":
			descriptions = appendNew(descriptions, longText(v.text))
		case "publisher":
			g.Publisher.Name = firstOf(g.Publisher.Name, s)
		case "date", "issued", "created", "available":
			if t := readDate(s); g.Published.IsZero() {
				g.Published = t
			}
		case "modified":
			g.Modified = readDate(s)
		case "type":
			if !g.resourceType(s) && fold(s) != "learningresource" {
				g.unmapped("type", s)
			}
		case "format", "extent":
			if _, ok := Minutes(s); ok {
				m.Time = s
			}
		case "identifier":
			g.identify(s)
		case "source":
			if isWeb(s) || strings.HasPrefix(s, "oai:") || strings.HasPrefix(s, "urn:") {
				g.dcSource(s)
			}
		case "language":
			g.language(s)
		case "relation":
			if isWeb(s) && strings.HasSuffix(s, ".git") {
				g.Git = s
			}
		case "rights", "license":
			rights = appendNew(rights, s)
		case "audience":
			if !g.audience(s) {
				g.unmapped("audience", s)
			}
		case "educationlevel":
			if !g.grade(s) {
				g.unmapped("grade", s)
			}
		case "conformsto":
			m.Alignments.Teaches = appendNew(m.Alignments.Teaches, s)
		}
	}
	g.license(rights...)
	m.Description = strings.Join(descriptions, "\n\n")
}

// standardCode recognizes codes of standards that cannot be taken for anything else.
var standardCode = regexp.MustCompile(`^(?:(?:CCSS|TEKS|NGSS)[ .:]\S+|(?:K|\d{1,2}|HS[A-Z])\.[A-Z]{1,3}\.(?:[A-Z]\.)?\d{1,2}(?:\.?[a-z])?|(?:K|\d|MS|HS)-(?:PS|LS|ESS|ETS)\d-\d{1,2})$`)

var onlyDigits = regexp.MustCompile(`^[\d -]+$`)

// dcSubject sorts what records put among the subjects: subjects, grades, audiences and standards.
func (g *gatherer) dcSubject(s string) {
	if role, ok := strings.CutPrefix(s, "Audience: "); ok && g.audience(role) {
		return
	}
	switch {
	case standardCode.MatchString(s):
		g.Metadata.Alignments.Teaches = appendNew(g.Metadata.Alignments.Teaches, s)
	case !onlyDigits.MatchString(s) && g.grade(s):
	case isWeb(s):
		if t, ok := words().subjects.find(s); ok {
			g.subject(t.name)
		}
	default:
		if _, ok := words().subjects.find(s); ok {
			g.subject(s)
		} else {
			g.keyword(s)
		}
	}
}

func (g *gatherer) dcSource(s string) {
	var id gatherer
	id.identify(s)
	if len(g.Metadata.Sources) < maxSources {
		g.Metadata.Sources = append(g.Metadata.Sources, Source{ID: firstOf(id.Identifier, id.ID, id.URL), URL: id.URL})
	}
}
