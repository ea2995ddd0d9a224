package standards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// draft is a framework in a form that is not CASE, on its way to become a CASE 1.0 package. Identifiers are GUIDs.
type draft struct {
	ID          string
	Title       string
	Creator     string // CASE wants one
	Version     string
	Language    string
	Status      string
	Changed     string // RFC 3339; unchanging where the source has none
	License     string // title
	LicenseURI  string
	LicenseText string
	Subjects    []string
	Items       []draftItem
	Links       []draftLink
}

type draftItem struct {
	ID, URI, Code, Label, Text, Type, Notes, Enumeration, Language, Changed string

	Parent string // ID; "" at the top
	Grades []string
}

// draftLink is an association other than isChildOf.
type draftLink struct{ Type, Origin, Target, TargetURI, Title string }

// epoch stands where a source says nothing about when it changed: CASE wants a date, and the same source must give the
// same package every time.
const epoch = "1970-01-01T00:00:00Z"

// changed makes what a source says of a date one that CASE takes.
func changed(date string) string {
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.DateTime} {
		if t, err := time.Parse(layout, date); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return epoch
}

// derive gives the GUID, version 5 of RFC 9562, that follows from the GUID of the whole and a name in it.
func derive(of, name string) string {
	space, err := uuid.Parse(of)
	if err != nil {
		space = uuid.NewSHA1(uuid.NameSpaceURL, []byte(of))
	}
	return uuid.NewSHA1(space, []byte(name)).String()
}

type packLink struct {
	Title      string `json:"title"`
	Identifier string `json:"identifier"`
	URI        string `json:"uri"`
}

type packDocument struct {
	Identifier string    `json:"identifier"`
	URI        string    `json:"uri"`
	Creator    string    `json:"creator"`
	Title      string    `json:"title"`
	Changed    string    `json:"lastChangeDateTime"`
	Subject    []string  `json:"subject,omitempty"`
	Language   string    `json:"language,omitempty"`
	Version    string    `json:"version,omitempty"`
	Status     string    `json:"adoptionStatus,omitempty"`
	License    *packLink `json:"licenseURI,omitempty"`
}

type packItem struct {
	Identifier  string    `json:"identifier"`
	URI         string    `json:"uri"`
	Full        string    `json:"fullStatement"`
	Label       string    `json:"alternativeLabel,omitempty"`
	Code        string    `json:"humanCodingScheme,omitempty"`
	Enumeration string    `json:"listEnumeration,omitempty"`
	Type        string    `json:"CFItemType,omitempty"`
	TypeURI     *packLink `json:"CFItemTypeURI,omitempty"`
	Notes       string    `json:"notes,omitempty"`
	Language    string    `json:"language,omitempty"`
	Grades      []string  `json:"educationLevel,omitempty"`
	Changed     string    `json:"lastChangeDateTime"`
}

type packAssociation struct {
	Identifier string   `json:"identifier"`
	URI        string   `json:"uri"`
	Type       string   `json:"associationType"`
	Sequence   int      `json:"sequenceNumber,omitempty"`
	Origin     packLink `json:"originNodeURI"`
	Target     packLink `json:"destinationNodeURI"`
	Changed    string   `json:"lastChangeDateTime"`
}

type packDefinition struct {
	Identifier string `json:"identifier"`
	URI        string `json:"uri"`
	Title      string `json:"title"`
	Hierarchy  string `json:"hierarchyCode,omitempty"`
	Text       string `json:"licenseText,omitempty"`
	Changed    string `json:"lastChangeDateTime"`
}

func urn(id string) string { return "urn:uuid:" + id }

// pack writes the draft as a CASE 1.0 CFPackage. The same draft gives the same bytes.
func (d *draft) pack() ([]byte, error) {
	var p struct {
		Document     packDocument      `json:"CFDocument"`
		Items        []packItem        `json:"CFItems"`
		Associations []packAssociation `json:"CFAssociations"`
		Definitions  struct {
			Licenses  []packDefinition `json:"CFLicenses"`
			ItemTypes []packDefinition `json:"CFItemTypes"`
		} `json:"CFDefinitions"`
	}
	when := d.Changed
	if when == "" {
		when = epoch
	}
	p.Document = packDocument{
		Identifier: d.ID, URI: urn(d.ID), Creator: d.Creator, Title: d.Title, Changed: when, Subject: d.Subjects,
		Language: d.Language, Version: d.Version, Status: d.Status,
	}
	p.Definitions.Licenses, p.Definitions.ItemTypes = []packDefinition{}, []packDefinition{}
	if d.License != "" || d.LicenseURI != "" {
		id := derive(d.ID, "license")
		l := packLink{Title: d.License, Identifier: id, URI: d.LicenseURI}
		if l.Title == "" {
			l.Title = l.URI
		}
		if l.URI == "" {
			l.URI = urn(id)
		}
		p.Document.License = &l
		text := d.LicenseText
		if text == "" {
			text = l.Title
		}
		p.Definitions.Licenses = append(p.Definitions.Licenses, packDefinition{Identifier: id, URI: l.URI, Title: l.Title, Text: text, Changed: when})
	}
	nodes := map[string]packLink{"": {Title: d.Title, Identifier: d.ID, URI: urn(d.ID)}}
	types := map[string]*packLink{}
	p.Items = make([]packItem, len(d.Items))
	for i, it := range d.Items {
		if it.URI == "" {
			it.URI = urn(it.ID)
		}
		if it.Changed == "" {
			it.Changed = when
		}
		title := it.Code
		if title == "" {
			title = it.Text
		}
		nodes[it.ID] = packLink{Title: title, Identifier: it.ID, URI: it.URI}
		if it.Type != "" && types[it.Type] == nil {
			id := derive(d.ID, "type:"+it.Type)
			types[it.Type] = &packLink{Title: it.Type, Identifier: id, URI: urn(id)}
			p.Definitions.ItemTypes = append(p.Definitions.ItemTypes, packDefinition{
				Identifier: id, URI: urn(id), Title: it.Type, Hierarchy: fmt.Sprint(len(types)), Changed: when,
			})
		}
		p.Items[i] = packItem{
			Identifier: it.ID, URI: it.URI, Full: it.Text, Label: it.Label, Code: it.Code, Enumeration: it.Enumeration,
			Type: it.Type, TypeURI: types[it.Type], Notes: it.Notes, Language: it.Language, Grades: it.Grades, Changed: it.Changed,
		}
	}
	p.Associations = []packAssociation{}
	count := map[string]int{}
	for _, it := range d.Items {
		count[it.Parent]++
		id := derive(d.ID, "isChildOf:"+it.ID)
		p.Associations = append(p.Associations, packAssociation{
			Identifier: id, URI: urn(id), Type: "isChildOf", Sequence: count[it.Parent],
			Origin: nodes[it.ID], Target: nodes[it.Parent], Changed: when,
		})
	}
	for i, l := range d.Links {
		target, ok := nodes[l.Target]
		if !ok {
			target = packLink{Title: l.Title, Identifier: l.Target, URI: l.TargetURI}
			if target.Title == "" {
				target.Title = l.Target
			}
			if target.URI == "" {
				target.URI = urn(l.Target)
			}
		}
		id := derive(d.ID, fmt.Sprintf("%s:%s:%s:%d", l.Type, l.Origin, l.Target, i))
		p.Associations = append(p.Associations, packAssociation{
			Identifier: id, URI: urn(id), Type: l.Type, Origin: nodes[l.Origin], Target: target, Changed: when,
		})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(p)
	return b.Bytes(), err
}
