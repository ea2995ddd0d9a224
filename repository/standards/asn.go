package standards

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadASN reads statements in the JSON of the Achievement Standards Network: an array of trees whose nodes have id, text
// or dcterms_description, asn_statementNotation, dcterms_educationLevel, skos_exactMatch and children.
//
// A GUID among the exact matches is the statement's identifier; else one is derived from its id. An address among them is
// its URI, as publishers use it, and its addresses at ASN are then exactMatchOf associations. At most 64 MB, 64 levels
// and 200,000 statements; what is beyond, or is no ASN, is an ErrInvalid.
func ReadASN(r io.Reader, about About) (*Framework, error) {
	raw, err := gather([]io.Reader{r})
	if err != nil {
		return nil, err
	}
	a := asnReader{seen: map[string]bool{}}
	a.draft = about.draft("http://asn.jesandco.org/resources/" + about.Name)
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := a.nodes(d, "", 1); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there is something after the array", ErrInvalid)
	}
	if len(a.draft.Items) == 0 {
		return nil, fmt.Errorf("%w: no statements", ErrInvalid)
	}
	return a.draft.framework(about.Name)
}

// draft begins a draft with what is known of it; its GUID follows from the URI where there is no better one.
func (about About) draft(uri string) draft {
	d := draft{
		ID: derive(uri, ""), Title: about.Title, Creator: about.Creator, Version: about.Version, Language: about.Language,
	}
	if d.Title == "" {
		d.Title = about.Name
	}
	if d.Creator == "" {
		d.Creator = "unknown"
	}
	if address(about.License) != "" {
		d.LicenseURI = about.License
	} else {
		d.License = about.License
	}
	return d
}

// framework makes the draft a framework, by way of its package.
func (d *draft) framework(name string) (*Framework, error) {
	errSize := fmt.Errorf("%w: as a CASE package it would have more than %d MB", ErrInvalid, MaxSize>>20)
	least := 800*len(d.Items) + 500*len(d.Links) // what pack adds; refused before it is made
	for i := range d.Items {
		least += len(d.Items[i].Text) + len(d.Items[i].Notes)
	}
	if least > MaxSize {
		return nil, errSize
	}
	raw, err := d.pack()
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxSize {
		return nil, errSize
	}
	return readCASE(raw, name)
}

type asnReader struct {
	draft draft
	seen  map[string]bool // identifiers
}

// asnValue is an object with uri, literal or prefLabel, a string, or a list of them.
type asnValue []struct{ URI, Text string }

func (v *asnValue) UnmarshalJSON(b []byte) error {
	one := func(raw []byte) error {
		var o struct {
			URI     text `json:"uri"`
			Literal text `json:"literal"`
			Label   text `json:"prefLabel"`
		}
		if raw[0] == '{' {
			if err := json.Unmarshal(raw, &o); err != nil {
				return err
			}
		} else if err := o.Literal.UnmarshalJSON(raw); err != nil {
			return err
		}
		if o.Literal == "" {
			o.Literal = o.Label
		}
		*v = append(*v, struct{ URI, Text string }{o.URI.String(), o.Literal.String()})
		return nil
	}
	*v = nil
	if b[0] != '[' {
		return one(b)
	}
	return elements(b, maxTexts, func(d *json.Decoder) error {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		return one(raw)
	})
}

func (v asnValue) text() string {
	if len(v) == 0 {
		return ""
	}
	return v[0].Text
}

// nodes reads an array of nodes below a parent.
func (a *asnReader) nodes(d *json.Decoder, parent string, depth int) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		if t == nil && err == nil {
			return nil // children: null
		}
		return fmt.Errorf("%w: byte %d: want an array of statements", ErrInvalid, d.InputOffset())
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: more than %d levels", ErrInvalid, maxDepth)
	}
	for d.More() {
		if err := a.node(d, parent, depth); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// node reads one node token by token, so that neither many nor deep ones make it hold more than the statements.
func (a *asnReader) node(d *json.Decoder, parent string, depth int) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%w: byte %d: want a statement", ErrInvalid, d.InputOffset())
	}
	if len(a.draft.Items) == maxItems {
		return fmt.Errorf("%w: more than %d statements", ErrInvalid, maxItems)
	}
	at := len(a.draft.Items)
	// The children may stand before what the identifier follows from: they get their parent when it is known.
	a.draft.Items = append(a.draft.Items, draftItem{Parent: parent})
	mark := fmt.Sprintf("#%d", at)
	fields := map[string]asnValue{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if key == "children" {
			if err := a.nodes(d, mark, depth+1); err != nil {
				return err
			}
			continue
		}
		var v asnValue
		if name, _ := key.(string); !asnFields[name] {
			var skip json.RawMessage
			err = d.Decode(&skip)
		} else if err = d.Decode(&v); err == nil {
			fields[name] = v
		}
		if err != nil {
			return fmt.Errorf("%w: byte %d: %w", ErrInvalid, d.InputOffset(), err)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a.statement(at, mark, fields)
}

var asnFields = map[string]bool{
	"id": true, "text": true, "dcterms_description": true, "asn_statementNotation": true, "asn_altStatementNotation": true,
	"asn_statementLabel": true, "asn_listID": true, "asn_comment": true, "asn_identifier": true, "dcterms_language": true,
	"dcterms_educationLevel": true, "dcterms_subject": true, "skos_exactMatch": true,
}

func (a *asnReader) statement(at int, mark string, fields map[string]asnValue) error {
	it := &a.draft.Items[at]
	id := fields["id"].text()
	it.Code = fields["asn_statementNotation"].text()
	it.Label = fields["asn_altStatementNotation"].text()
	it.Enumeration = fields["asn_listID"].text()
	it.Type = fields["asn_statementLabel"].text()
	it.Text = fields["dcterms_description"].text()
	if it.Text == "" {
		it.Text = fields["text"].text()
	}
	it.Language = languageOf(fields["dcterms_language"])
	var notes []string
	for _, c := range fields["asn_comment"] {
		notes = append(notes, c.Text)
	}
	it.Notes = strings.Join(notes, "\n\n")
	for _, g := range fields["dcterms_educationLevel"] {
		it.Grades = append(it.Grades, gradesOf(g.Text)...)
	}
	if s := fields["dcterms_subject"].text(); s != "" && len(a.draft.Subjects) == 0 {
		a.draft.Subjects = []string{s}
	}
	same := []string{id}
	for _, v := range fields["asn_identifier"] {
		same = append(same, v.URI, v.Text)
	}
	for _, m := range fields["skos_exactMatch"] {
		g := guid(strings.Replace(strings.ToLower(m.URI), "urn:guid:", "urn:uuid:", 1))
		switch {
		case g != "" && it.ID == "" && !a.seen[g]:
			it.ID = g
		case address(m.URI) != "" && it.URI == "":
			it.URI = m.URI
		default:
			same = append(same, m.URI)
		}
	}
	if id == "" && it.ID == "" {
		return fmt.Errorf("%w: statement %d has no id", ErrInvalid, at+1)
	}
	if it.ID == "" {
		it.ID = derive(id, "")
	}
	if a.seen[it.ID] {
		return fmt.Errorf("%w: the id %s stands twice", ErrInvalid, id)
	}
	a.seen[it.ID] = true
	if it.URI == "" {
		it.URI = id
	}
	told := map[string]bool{address(it.URI): true}
	for _, uri := range same {
		if at := address(uri); at != "" && !told[at] && len(a.draft.Links) < maxLinks/2 {
			told[at] = true
			a.draft.Links = append(a.draft.Links, draftLink{Type: "exactMatchOf", Origin: it.ID, Target: uri, TargetURI: uri})
		}
	}
	for i := at + 1; i < len(a.draft.Items); i++ {
		if a.draft.Items[i].Parent == mark {
			a.draft.Items[i].Parent = it.ID
		}
	}
	return nil
}

// languageOf reads an ISO 639-2 code at the end of a URI.
func languageOf(v asnValue) string {
	if len(v) == 0 {
		return ""
	}
	switch v[0].URI[strings.LastIndexByte(v[0].URI, '/')+1:] {
	case "eng":
		return "en"
	case "spa":
		return "es"
	case "fre", "fra":
		return "fr"
	}
	return ""
}
