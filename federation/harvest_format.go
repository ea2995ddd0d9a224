package federation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// family is one kind of metadata that can be read, under the names that repositories give it.
type family struct {
	name       string
	namespaces []string // how they begin, without the scheme, in lower case
	prefixes   []string // what it is called where the namespace says nothing; none: it has no usual name
}

// families are what can be harvested, the richest first. The namespace decides, because prefixes are names of the peer's
// own: some call IEEE LOM "lom", others "oai_lom", and an "lrmi" may be anything.
var families = []family{
	{"LRMI", []string{strings.TrimPrefix(LRMINamespace, "https://")}, nil},
	{"LOM", []string{
		"ltsc.ieee.org/xsd/", "www.oerbw.de/hsoerlom", "w3id.org/kim/hs-oer-lom", "w3id.org/dini-ag-kim/hs-oer-lom", "www.lom-fr.fr/",
		"www.imsglobal.org/xsd/imsmd", "www.imsproject.org/",
	}, []string{"oai_lom", "lom", "oai_lom-de", "hs_oer_lom", "nl_lom", "lom_ims", "lomfr", "oai_lomfr", "suplomfr", "scolomfr"}},
	{"OpenAIRE", []string{"namespace.openaire.eu/schema/oaire"}, []string{"oai_openaire"}},
	{"MODS", []string{"www.loc.gov/mods/"}, []string{"mods"}},
	{"NSDL", []string{"ns.nsdl.org/nsdl_dc"}, []string{"nsdl_dc"}},
	{"qualified Dublin Core", []string{"dspace.org/qualifieddc", "purl.org/dc/terms", "epubs.cclrc.ac.uk/xmlns/qdc"}, []string{"qdc", "dcterms"}},
	{"DataCite", []string{"datacite.org/schema/", "schema.datacite.org/"}, []string{"oai_datacite", "datacite"}},
	{"Dublin Core", []string{"www.openarchives.org/oai/2.0/oai_dc"}, []string{DublinCore}},
}

// Readable returns the names of the formats that can be harvested, the best one first.
func Readable() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}

// rank is the place of an offered format in the order of preference; -1 for one that cannot be read.
func rank(f oaipmh.Format) int {
	space := strings.ToLower(strings.TrimSpace(f.Namespace))
	space = strings.TrimPrefix(strings.TrimPrefix(space, "https://"), "http://")
	at := slices.IndexFunc(families, func(known family) bool {
		return slices.ContainsFunc(known.namespaces, func(beginning string) bool { return strings.HasPrefix(space, beginning) })
	})
	if at >= 0 {
		return at
	}
	return slices.IndexFunc(families, func(known family) bool { return slices.Contains(known.prefixes, strings.ToLower(f.Prefix)) })
}

// best picks the format to harvest, or "".
func best(offered []oaipmh.Format) string {
	prefix, place := "", len(families)
	for _, f := range offered {
		if at := rank(f); at >= 0 && at < place {
			prefix, place = f.Prefix, at
		}
	}
	return prefix
}

// unreadable says that a peer offers nothing that can be read.
func unreadable(base string, offered []oaipmh.Format) error {
	prefixes := make([]string, len(offered))
	for i, f := range offered {
		prefixes[i] = f.Prefix
	}
	return fmt.Errorf("%s: %w: the peer offers the formats %v; one of %s is needed", base, kind.ErrInvalid, prefixes, strings.Join(Readable(), ", "))
}
