package federation

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// The metadata formats that this version serves and reads.
const (
	DublinCore = "oai_dc"
	LRMI       = "lrmi"
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

// formats are what a provider offers; the schema of lrmi is served by the provider's own server.
func formats(lrmiSchema string) []oaipmh.Format {
	return []oaipmh.Format{
		{Prefix: DublinCore, Schema: oaipmh.DublinCoreSchema, Namespace: oaipmh.DublinCore},
		{Prefix: LRMI, Schema: lrmiSchema, Namespace: LRMINamespace},
	}
}
