package federation

import (
	"bytes"
	"context"
	"encoding/xml"
	"regexp"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Copy is a record as a peer gave it.
type Copy struct {
	Resource repository.Resource
	BaseURL  string // of the peer's provider
	Prefix   string // the format that it came in
	Stamp    string // the datestamp as the peer wrote it
	Raw      []byte
	About    [][]byte
}

// Aggregator makes records of what was harvested, for those who harvest this server.
//
// A record keeps the identifier of its origin, and says in its provenance through which repositories it came, each step as
// it was told. In the format that it was harvested in, its metadata goes out as it came in; in the others it is rendered
// from what was understood. What came through this server already is not passed on again, so records do not go in circles.
type Aggregator struct {
	BaseURL string   // of this server's provider
	Formats []Format // nil: Formats()
	View    func(context.Context, repository.Resource) (metadata.View, error)
}

// maxSteps is how many repositories a record may have come through to be passed on.
const maxSteps = 20

// Records renders a copy. It returns false if the copy must not be passed on.
func (a Aggregator) Records(ctx context.Context, c Copy) (repository.Records, bool, error) {
	if a.Formats == nil {
		a.Formats = Formats()
	}
	var origin *oaipmh.Origin
	rights := ""
	for _, raw := range c.About {
		if o, err := oaipmh.ReadProvenance(raw); err == nil && origin == nil {
			origin = o
		} else if url := statedRights(raw); url != "" && rights == "" {
			rights = url
		}
	}
	if origin.Through(a.BaseURL) || origin.Steps() >= maxSteps || !oaipmh.LegalIdentifier(c.Resource.Identifier) {
		return repository.Records{}, false, nil
	}
	v, err := a.View(ctx, c.Resource)
	if err != nil {
		return repository.Records{}, false, err
	}
	v.ID, v.Permalink = "", "" // these are this server's; the record is another's
	formats, unaltered := a.Formats, ""
	raw, ok := verbatim(c.Prefix, c.Raw)
	if i := slices.IndexFunc(formats, func(f Format) bool { return f.Prefix == c.Prefix && f.Render != nil }); ok && i >= 0 && len(raw) <= maxRendered {
		formats, unaltered = slices.Delete(slices.Clone(formats), i, i+1), c.Prefix
	}
	records := Render(formats, c.Resource, v)
	if unaltered != "" {
		records.Formats[unaltered] = raw
	}
	records.Rights = rights
	records.About = map[string][]byte{}
	step := oaipmh.Origin{
		HarvestDate: oaipmh.Seconds.Format(c.Resource.Origin.Harvested), BaseURL: c.BaseURL, Identifier: c.Resource.Identifier,
		Datestamp: c.Stamp, Namespace: namespaceOf(a.Formats, c), Earlier: origin,
	}
	if _, _, ok := oaipmh.ParseStamp(step.Datestamp); !ok {
		step.Datestamp = oaipmh.Seconds.Format(c.Resource.Origin.Datestamp)
	}
	for prefix := range records.Formats {
		step.Altered = prefix != unaltered
		records.About[prefix] = step.Provenance()
	}
	return records, true, nil
}

// namespaceOf is the namespace of the format that a copy came in. A peer may call its formats as it likes, so that of the
// element itself counts.
func namespaceOf(formats []Format, c Copy) string {
	if c.Prefix == jsonLD {
		return "https://schema.org/"
	}
	for d := xml.NewDecoder(bytes.NewReader(c.Raw)); ; {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		if root, ok := token.(xml.StartElement); ok {
			for _, attr := range root.Attr {
				if attr.Name.Space == "xmlns" && attr.Name.Local == root.Name.Space || root.Name.Space == "" && attr.Name == (xml.Name{Local: "xmlns"}) {
					return attr.Value
				}
			}
			break
		}
	}
	for _, f := range formats {
		if f.Prefix == c.Prefix {
			return f.Namespace
		}
	}
	return ""
}

// statedRights is the address in an about container that states the rights of the metadata.
func statedRights(raw []byte) string {
	var doc struct {
		XMLName   xml.Name
		Reference struct {
			Ref string `xml:"ref,attr"`
		} `xml:"http://www.openarchives.org/OAI/2.0/rights/ rightsReference"`
	}
	if len(raw) > 1<<16 || xml.Unmarshal(raw, &doc) != nil || doc.XMLName.Local != "rights" || doc.XMLName.Space != rightsNamespace ||
		!oaipmh.LegalIdentifier(doc.Reference.Ref) {
		return ""
	}
	return doc.Reference.Ref
}

// verbatim returns harvested metadata as it can be served: with all that it says, in an element that keeps its schema. It
// returns false where the metadata does not keep it, or the format is one that is not looked into.
func verbatim(prefix string, raw []byte) ([]byte, bool) {
	switch prefix {
	case LRMI:
		jsonld, err := UnwrapLRMI(raw)
		return WrapLRMI(jsonld), err == nil
	case DublinCore:
		return verbatimDublinCore(raw)
	}
	return nil, false
}

const (
	dcNamespace  = "http://purl.org/dc/elements/1.1/"
	xmlNamespace = "http://www.w3.org/XML/1998/namespace"
	dcElements   = " title creator subject description publisher contributor date type format identifier source language relation coverage rights "
)

// languageForm is what xs:language takes.
var languageForm = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)

func verbatimDublinCore(raw []byte) ([]byte, bool) {
	var doc struct {
		XMLName  xml.Name
		Elements []struct {
			XMLName xml.Name
			Attrs   []xml.Attr `xml:",any,attr"`
			Text    string     `xml:",chardata"`
			Inside  []struct {
				XMLName xml.Name
			} `xml:",any"`
		} `xml:",any"`
	}
	if len(raw) > maxRendered || xml.Unmarshal(raw, &doc) != nil || doc.XMLName != (xml.Name{Space: oaipmh.DublinCore, Local: "dc"}) {
		return nil, false
	}
	var b bytes.Buffer
	b.WriteString(`<oai_dc:dc xmlns:oai_dc="` + oaipmh.DublinCore + `" xmlns:dc="` + dcNamespace + `">`)
	for _, e := range doc.Elements {
		if e.XMLName.Space != dcNamespace || !strings.Contains(dcElements, " "+e.XMLName.Local+" ") || len(e.Inside) > 0 {
			return nil, false
		}
		b.WriteString("<dc:" + e.XMLName.Local)
		for _, attr := range e.Attrs {
			switch {
			case attr.Name.Space == xmlNamespace && attr.Name.Local == "lang":
				if !languageForm.MatchString(attr.Value) {
					return nil, false
				}
				b.WriteString(` xml:lang="` + attr.Value + `"`)
			case attr.Name.Space == "xmlns" || attr.Name.Local == "xmlns":
			default:
				return nil, false
			}
		}
		b.WriteString(">" + oaipmh.EscapeText(e.Text) + "</dc:" + e.XMLName.Local + ">")
	}
	b.WriteString("</oai_dc:dc>")
	return b.Bytes(), true
}
