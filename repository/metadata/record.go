package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ReadRecord reads the metadata element of a harvested record, or JSON-LD as it is, in any format that is known: oai_dc,
// qualified Dublin Core, nsdl_dc, IEEE LOM with its German, French and Dutch profiles, the older IMS binding of LOM, MODS,
// OpenAIRE, DataCite, and JSON-LD by LRMI or AMB as the text of an element. The namespace of the element decides; where it
// is not declared, its name does, and then the prefix under which the record was harvested.
//
// It is tolerant of what repositories really send, bounded in size (2 MB), depth and number of elements, and lists what
// it could not map. What cannot be read at all gives an error among the problems. The license is as the record says it,
// codes of standards are as they were written; nothing about them is guessed.
func ReadRecord(prefix string, src []byte) (Harvested, Problems) {
	if text := bytes.TrimLeft(bytes.TrimPrefix(src, []byte("\uFEFF")), " \t\r\n"); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return ReadLRMI(src)
	}
	root, refusal := readRoot(src)
	if root == nil {
		return Harvested{}, refusal
	}
	return readElement(prefix, root, newGatherer())
}

func readRoot(src []byte) (*node, Problems) {
	if len(src) > maxRecord {
		_, problems := refuse("record-too-large", fmt.Sprintf("the record has %s, more than %s", bytesText(int64(len(src))), bytesText(maxRecord)),
			"ask the peer to send less")
		return nil, problems
	}
	root, err := readTree(src)
	if errors.Is(err, errNoElement) {
		_, problems := refuse("record-no-work", "the record holds no element", "ask the peer what it is")
		return nil, problems
	}
	if err != nil {
		_, problems := refuse("record-not-xml", "the record is not XML that can be read: "+err.Error(), "ask the peer to mend it")
		return nil, problems
	}
	return root, nil
}

// readElement reads a record into what is gathered already.
func readElement(prefix string, root *node, g *gatherer) (Harvested, Problems) {
	if text := root.raw(); len(root.elements()) == 0 && strings.HasPrefix(text, "{") {
		return ReadLRMI([]byte(text))
	}
	switch format := formatOf(prefix, root); {
	case format == formatLOM && g.lom(root),
		format == formatMODS && g.mods(root),
		format == formatDataCite && g.datacite(root),
		format == formatDC && g.dublinCore(dcValues(root)):
		return g.done()
	case format == "":
		return refuse("record-unknown", "the record is in no format that is known: its element is "+quote(root.name)+" of namespace "+quote(root.space),
			"harvest another of the peer's formats")
	}
	return refuse("record-no-work", "the record describes no work", "ask the peer what it is")
}

// The families of formats that are read in one way.
const (
	formatLOM      = "lom"
	formatMODS     = "mods"
	formatDataCite = "datacite"
	formatDC       = "dc"
)

// namespaces are the beginnings of the namespaces of each format, without the scheme.
var namespaces = []struct{ beginning, format string }{
	{"ltsc.ieee.org/xsd/", formatLOM},
	{"www.imsglobal.org/xsd/imsmd", formatLOM},
	{"www.imsproject.org/", formatLOM},
	{"www.oerbw.de/hsoerlom", formatLOM},
	{"w3id.org/kim/hs-oer-lom", formatLOM},
	{"w3id.org/dini-ag-kim/hs-oer-lom", formatLOM},
	{"www.lom-fr.fr/", formatLOM},
	{"www.loc.gov/mods/", formatMODS},
	{"namespace.openaire.eu/schema/oaire", formatDataCite},
	{"datacite.org/schema/kernel", formatDataCite},
	{"schema.datacite.org/", formatDataCite},
	{"www.openarchives.org/oai/2.0/oai_dc", formatDC},
	{"ns.nsdl.org/nsdl_dc", formatDC},
	{"dspace.org/qualifieddc", formatDC},
	{"purl.org/dc/", formatDC},
	{"epubs.cclrc.ac.uk/xmlns/qdc", formatDC},
}

// rootNames are the elements that tell a format by their name alone.
var rootNames = map[string]string{
	"lom": formatLOM, "mods": formatMODS, "modscollection": formatMODS, "dc": formatDC, "nsdl_dc": formatDC, "qualifieddc": formatDC,
	"qdc": formatDC, "oai_dc": formatDC, "resource": formatDataCite, "oai_datacite": formatDataCite,
}

// prefixNames are the prefixes under which repositories serve each format.
var prefixNames = map[string]string{
	"lom": formatLOM, "oai_lom": formatLOM, "oai_lom-de": formatLOM, "hs_oer_lom": formatLOM, "lom_ims": formatLOM, "nl_lom": formatLOM,
	"lomfr": formatLOM, "oai_lomfr": formatLOM, "suplomfr": formatLOM, "scolomfr": formatLOM, "mods": formatMODS, "oai_openaire": formatDataCite,
	"oai_datacite": formatDataCite, "datacite": formatDataCite, "oai_dc": formatDC, "nsdl_dc": formatDC, "qdc": formatDC, "dcterms": formatDC,
}

func formatOf(prefix string, root *node) string {
	space := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(root.space, "https://"), "http://"))
	for _, n := range namespaces {
		if strings.HasPrefix(space, n.beginning) {
			return n.format
		}
	}
	if f := rootNames[root.name]; f != "" {
		return f
	}
	if f := prefixNames[strings.ToLower(prefix)]; f != "" {
		return f
	}
	for _, inner := range root.elements() { // a wrapper of the peer's own, such as <metadata>
		if f := rootNames[inner.name]; f != "" {
			return f
		}
	}
	return ""
}
