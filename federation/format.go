package federation

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// The metadata formats that have a name in this package.
const (
	DublinCore = "oai_dc"
	LRMI       = "lrmi"
	LOM        = "oai_lom"
)

// LRMINamespace is the namespace of the element that carries JSON-LD by schema.org, LRMI and the AMB profile. No
// convention exists for JSON-LD in OAI-PMH; this one is documented by its schema, LRMISchema.
const LRMINamespace = "https://commonplace-oer.github.io/ns/lrmi/1.0/"

// LRMISchema is the XML Schema of the element in LRMINamespace. Every server serves it, at the address that its
// ListMetadataFormats names.
//
//go:embed lrmi.xsd
var LRMISchema []byte

const (
	lrmiElement = "learningResource"
	lrmiStart   = `<lrmi:` + lrmiElement + ` xmlns:lrmi="` + LRMINamespace + `" mediaType="application/ld+json">`
	lrmiEnd     = `</lrmi:` + lrmiElement + `>`
)

// Format is a metadata format that records are rendered in when they are written.
type Format struct {
	Prefix    string // as ListMetadataFormats names it
	Schema    string // address of its XML Schema; empty: ProviderOptions.SchemaURL
	Namespace string

	// Version is raised when Render writes otherwise than before: what is stored is then rendered anew, and gets new
	// datestamps where it differs.
	Version int

	// Render returns one XML element that declares its own namespaces. After an error the resource is not available in
	// this format. nil: the format is another name of Same.
	Render func(v metadata.View) ([]byte, error)
	Same   string // prefix of the format whose records these are; they are stored once
}

// Formats returns the formats that this version serves.
func Formats() []Format {
	plain := func(write func(metadata.View) []byte) func(metadata.View) ([]byte, error) {
		return func(v metadata.View) ([]byte, error) { return write(v), nil }
	}
	return []Format{
		{Prefix: DublinCore, Schema: oaipmh.DublinCoreSchema, Namespace: oaipmh.DublinCore, Version: 1, Render: plain(metadata.DublinCore)},
		{Prefix: LOM, Schema: metadata.LOMSchema, Namespace: metadata.LOMNamespace, Version: 1, Render: plain(metadata.WriteLOM)},
		{Prefix: "lom", Schema: metadata.LOMSchema, Namespace: metadata.LOMNamespace, Same: LOM},
		{Prefix: LRMI, Namespace: LRMINamespace, Version: 2, Render: plain(func(v metadata.View) []byte { return WrapLRMI(metadata.LRMI(v)) })},
		{Prefix: "mods", Schema: metadata.MODSSchema, Namespace: metadata.MODSNamespace, Version: 1, Render: plain(metadata.WriteMODS)},
		{
			Prefix: "oai_openaire", Schema: metadata.OpenAIRESchema, Namespace: metadata.OpenAIRENamespace, Version: 1,
			Render: plain(metadata.WriteOpenAIRE),
		},
	}
}

// Rendition names what Render makes with some formats: where it differs from the one that stored records were made with,
// they must be rendered anew.
func Rendition(formats []Format) string {
	parts := []string{"4"} // raised when sets, rights, provenance, what views tell or what copies say are written otherwise
	for _, f := range formats {
		if f.Render != nil {
			parts = append(parts, fmt.Sprintf("%s.%d", f.Prefix, f.Version))
		}
	}
	return strings.Join(parts, ",")
}

// maxRendered is the largest metadata that is stored for one record; 1 MB. What is larger is not available in that format.
const maxRendered = 1 << 20

// Render makes the records of a resource in all formats. It leaves out a format that cannot be rendered.
func Render(formats []Format, r repository.Resource, v metadata.View) repository.Records {
	records := repository.Records{Formats: map[string][]byte{}, Sets: SetsOf(r, v), Rights: rightsOf(r.License)}
	for _, f := range formats {
		if f.Render == nil {
			continue
		}
		if xml, err := f.Render(v); err == nil && len(xml) <= maxRendered {
			records.Formats[f.Prefix] = xml
		}
	}
	return records
}

// rightsOf is the address of a license; empty where it has none or nothing is cleared.
func rightsOf(id licensing.ID) string {
	l, ok := licensing.Lookup(id)
	if !ok || id == "" {
		return ""
	}
	return l.URL
}

// WrapLRMI puts JSON-LD, as metadata.LRMI renders it, into the element that the format lrmi serves. It has no
// schemaLocation: the provider adds the one of its own address.
func WrapLRMI(jsonld []byte) []byte {
	data := oaipmh.EscapeData(jsonld)
	out := make([]byte, 0, len(lrmiStart)+len(data)+len(lrmiEnd))
	return append(append(append(out, lrmiStart...), data...), lrmiEnd...)
}

// UnwrapLRMI takes the JSON-LD out again. It returns kind.ErrInvalid if raw is another element.
func UnwrapLRMI(raw []byte) ([]byte, error) {
	e, err := oaipmh.ReadElement(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: the lrmi element cannot be read: %w", kind.ErrInvalid, err)
	}
	if e.Name != lrmiElement || e.Namespace != LRMINamespace {
		return nil, fmt.Errorf("%w: the element %s of namespace %q is not %s of %s", kind.ErrInvalid, e.Name, e.Namespace, lrmiElement, LRMINamespace)
	}
	return bytes.TrimSpace(e.Text), nil
}
