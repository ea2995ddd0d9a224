package oaipmh

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
)

// ProvenanceNamespace is the namespace of the about container that says where a record was harvested.
const ProvenanceNamespace = "http://www.openarchives.org/OAI/2.0/provenance"

// Origin is one step of a record's way: where a repository harvested it. All of it is as it stood in the answer.
// Source: guidelines for the provenance container, 2002.
type Origin struct {
	HarvestDate string // when, as the answer's responseDate had it
	Altered     bool   // the metadata was changed before it was passed on
	BaseURL     string
	Identifier  string
	Datestamp   string
	Namespace   string  // of the metadata's format
	Earlier     *Origin // where that repository had harvested it; nil: it was its own
}

// maxOrigins bounds how many steps are read and written.
const maxOrigins = 50

// errProvenance says no more: what is no provenance is left out.
var errProvenance = errors.New("no provenance container that keeps its schema")

type originXML struct {
	HarvestDate string     `xml:"harvestDate,attr"`
	Altered     string     `xml:"altered,attr"`
	BaseURL     string     `xml:"http://www.openarchives.org/OAI/2.0/provenance baseURL"`
	Identifier  string     `xml:"http://www.openarchives.org/OAI/2.0/provenance identifier"`
	Datestamp   string     `xml:"http://www.openarchives.org/OAI/2.0/provenance datestamp"`
	Namespace   string     `xml:"http://www.openarchives.org/OAI/2.0/provenance metadataNamespace"`
	Earlier     *originXML `xml:"http://www.openarchives.org/OAI/2.0/provenance originDescription"`
}

// dateForm is what the schema takes: xs:date or xs:dateTime.
var dateForm = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?(Z|[+\-]\d\d:\d\d)?$`)

// ReadProvenance reads a provenance container. It returns an error if raw is something else, or would not keep the schema.
func ReadProvenance(raw []byte) (*Origin, error) {
	var doc struct {
		XMLName xml.Name
		Origin  *originXML `xml:"http://www.openarchives.org/OAI/2.0/provenance originDescription"`
	}
	if len(raw) > 1<<20 || bytes.Count(raw, []byte("originDescription")) > 2*maxOrigins {
		return nil, errProvenance
	}
	if err := xml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", errProvenance, err)
	}
	if doc.XMLName.Local != "provenance" || doc.XMLName.Space != ProvenanceNamespace || doc.Origin == nil {
		return nil, errProvenance
	}
	return doc.Origin.origin()
}

func (x *originXML) origin() (*Origin, error) {
	if x == nil {
		return nil, nil
	}
	earlier, err := x.Earlier.origin()
	if err != nil {
		return nil, err
	}
	if !dateForm.MatchString(x.HarvestDate) || !dateForm.MatchString(x.Datestamp) || x.BaseURL == "" || x.Identifier == "" {
		return nil, errProvenance
	}
	return &Origin{
		HarvestDate: x.HarvestDate, Altered: x.Altered != "false" && x.Altered != "0", BaseURL: x.BaseURL, Identifier: x.Identifier,
		Datestamp: x.Datestamp, Namespace: x.Namespace, Earlier: earlier,
	}, nil
}

// Steps is how many repositories the record went through.
func (o *Origin) Steps() int {
	n := 0
	for ; o != nil; o = o.Earlier {
		n++
	}
	return n
}

// Through reports whether the record went through the repository at the base URL.
func (o *Origin) Through(baseURL string) bool {
	for ; o != nil; o = o.Earlier {
		if o.BaseURL == baseURL {
			return true
		}
	}
	return false
}

// Provenance renders the container.
func (o *Origin) Provenance() []byte {
	var b []byte
	b = append(b, `<provenance xmlns="`+ProvenanceNamespace+`" xmlns:xsi="`+instanceNamespace+`" xsi:schemaLocation="`+
		ProvenanceNamespace+" "+ProvenanceNamespace+`.xsd">`...)
	depth := 0
	for at := o; at != nil && depth < maxOrigins; at = at.Earlier {
		depth++
		b = append(b, `<originDescription harvestDate="`...)
		b = appendText(b, at.HarvestDate)
		b = append(b, fmt.Sprintf(`" altered="%t">`, at.Altered)...)
		for _, e := range [][2]string{
			{"baseURL", at.BaseURL}, {"identifier", at.Identifier}, {"datestamp", at.Datestamp}, {"metadataNamespace", at.Namespace},
		} {
			b = append(b, "<"+e[0]+">"...)
			b = appendText(b, e[1])
			b = append(b, "</"+e[0]+">"...)
		}
	}
	for range depth {
		b = append(b, "</originDescription>"...)
	}
	return append(b, "</provenance>"...)
}
