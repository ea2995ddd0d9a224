package metadata

// The formats that other systems harvest: the namespace of each root element and the address of its schema. The root of
// every written record names both in xsi:schemaLocation, and ListMetadataFormats of OAI-PMH must say the same.
const (
	DublinCoreNamespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"
	DublinCoreSchema    = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
	LOMNamespace        = "http://ltsc.ieee.org/xsd/LOM"
	LOMSchema           = "http://ltsc.ieee.org/xsd/lomv1.0/lomLoose.xsd"
	MODSNamespace       = "http://www.loc.gov/mods/v3"
	MODSSchema          = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
	OpenAIRENamespace   = "http://namespace.openaire.eu/schema/oaire/"
	OpenAIRESchema      = "https://www.openaire.eu/schema/repo-lit/4.0/openaire.xsd"
)
