package validate

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// The namespaces of the guidelines' containers.
const (
	dcNamespace         = "http://purl.org/dc/elements/1.1/"
	xmlNamespace        = "http://www.w3.org/XML/1998/namespace"
	identifierNamespace = "http://www.openarchives.org/OAI/2.0/oai-identifier"
	friendsNamespace    = "http://www.openarchives.org/OAI/2.0/friends/"
	rightsNamespace     = "http://www.openarchives.org/OAI/2.0/rights/"
	brandingNamespace   = "http://www.openarchives.org/OAI/2.0/branding/"
)

// shape is what a schema says of one element: a sequence of children, text, attributes.
type shape struct {
	name     string // local, in the namespace of its parent; empty: any element of another namespace
	min, max int    // max 0: unbounded
	text     func(string) bool
	attrs    map[string]attribute
	children []*shape
	choice   bool // one of the children, rather than their sequence
}

type attribute struct {
	required bool
	text     func(string) bool
}

func one(name string, text func(string) bool) *shape {
	return &shape{name: name, min: 1, max: 1, text: text}
}
func many(name string, min int, children ...*shape) *shape {
	return &shape{name: name, min: min, children: children}
}

var (
	specForm    = regexp.MustCompile(`^([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*$`)
	prefixForm  = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+$`)
	emailForm   = regexp.MustCompile(`^\S+@(\S+\.)+\S+$`)
	numberForm  = regexp.MustCompile(`^\s*\+?\d+\s*$`)
	instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	domainForm  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+$`)
	sampleForm  = regexp.MustCompile(`^oai:[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+:[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+$`)
	lowerEscape = regexp.MustCompile(`%([a-f][0-9A-Fa-f]|[0-9A-Fa-f][a-f])`)
	language    = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)
	mediaForm   = regexp.MustCompile(`^[a-z]+/[a-z]+$`)
)

func anyText(string) bool     { return true }
func isURI(s string) bool     { _, err := url.Parse(strings.TrimSpace(s)); return err == nil && s != "" }
func isSpec(s string) bool    { return specForm.MatchString(s) }
func isPrefix(s string) bool  { return prefixForm.MatchString(s) }
func isEmail(s string) bool   { return emailForm.MatchString(strings.TrimSpace(s)) }
func isNumber(s string) bool  { return numberForm.MatchString(s) }
func isSize(s string) bool    { return numberForm.MatchString(s) && strings.Trim(s, " +0\t\r\n") != "" }
func isInstant(s string) bool { return instantForm.MatchString(s) && isStamp(s) }
func isStamp(s string) bool   { _, _, ok := oaipmh.ParseStamp(s); return ok }
func is(values ...string) func(string) bool {
	return func(s string) bool {
		for _, v := range values {
			if s == v {
				return true
			}
		}
		return false
	}
}

// protocol is OAI-PMH.xsd.
func protocol() *shape {
	foreign := func(name string) *shape {
		return &shape{name: name, children: []*shape{{min: 1, max: 1}}}
	}
	header := &shape{name: "header", min: 1, max: 1, attrs: map[string]attribute{"status": {text: is("deleted")}}, children: []*shape{
		one("identifier", isURI), one("datestamp", isStamp), {name: "setSpec", text: isSpec},
	}}
	metadata := foreign("metadata")
	metadata.max = 1
	record := func(max int) *shape {
		return &shape{name: "record", min: 1, max: max, children: []*shape{header, metadata, {name: "about", children: []*shape{{}}}}}
	}
	headers := *header
	headers.max = 0
	token := &shape{name: "resumptionToken", max: 1, text: anyText, attrs: map[string]attribute{
		"expirationDate": {text: anyText}, "completeListSize": {text: anyText}, "cursor": {text: anyText}, // they have a check of their own
	}}
	verb := func(name string, children ...*shape) *shape {
		return &shape{name: name, min: 1, max: 1, children: children}
	}
	return &shape{name: "OAI-PMH", min: 1, max: 1, children: []*shape{
		one("responseDate", isInstant),
		{name: "request", min: 1, max: 1, text: isURI, attrs: map[string]attribute{
			"verb":       {text: is("Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListIdentifiers", "ListRecords")},
			"identifier": {text: isURI}, "metadataPrefix": {text: isPrefix}, "from": {text: isStamp}, "until": {text: isStamp},
			"set": {text: isSpec}, "resumptionToken": {text: anyText},
		}},
		{min: 1, max: 1, choice: true, children: []*shape{
			{name: "error", min: 1, text: anyText, attrs: map[string]attribute{"code": {required: true, text: is("badArgument",
				"badResumptionToken", "badVerb", "cannotDisseminateFormat", "idDoesNotExist", "noMetadataFormats", "noRecordsMatch",
				"noSetHierarchy")}}},
			verb("Identify", one("repositoryName", anyText), one("baseURL", isURI), one("protocolVersion", is("2.0")),
				&shape{name: "adminEmail", min: 1, text: anyText}, one("earliestDatestamp", isStamp),
				one("deletedRecord", is("no", "persistent", "transient")), one("granularity", is("YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ")),
				&shape{name: "compression", text: anyText}, foreign("description")),
			verb("ListMetadataFormats", many("metadataFormat", 1, one("metadataPrefix", isPrefix), one("schema", isURI), one("metadataNamespace", isURI))),
			verb("ListSets", many("set", 1, one("setSpec", isSpec), one("setName", anyText), foreign("setDescription")), token),
			verb("GetRecord", record(1)),
			verb("ListIdentifiers", &headers, token),
			verb("ListRecords", record(0), token),
		}},
	}}
}

// wrong says what about an element breaks its shape; "" if nothing.
func (s *shape) wrong(n *node, space string) string {
	here := "<" + n.name.Local + ">"
	for _, a := range n.attrs {
		if a.Name.Space == instance || a.Name.Space == xmlNamespace {
			continue
		}
		rule, ok := s.attrs[a.Name.Local]
		if !ok || a.Name.Space != "" {
			return fmt.Sprintf("%s must not have the attribute %s", here, short(a.Name.Local))
		}
		if !rule.text(a.Value) {
			return fmt.Sprintf("the attribute %s of %s must not be %q", a.Name.Local, here, short(a.Value))
		}
	}
	for name, rule := range s.attrs {
		if _, ok := n.attr("", name); !ok && rule.required {
			return fmt.Sprintf("%s lacks the attribute %s", here, name)
		}
	}
	if s.text != nil {
		if len(n.children) > 0 {
			return here + " must hold text only"
		}
		if !s.text(n.text) {
			return fmt.Sprintf("%s must not be %q", here, short(n.text))
		}
		return ""
	}
	if n.value() != "" {
		return fmt.Sprintf("%s must not hold text: %q", here, short(n.value()))
	}
	rest, problem := s.sequence(n.children, here, space)
	if problem == "" && len(rest) > 0 {
		problem = fmt.Sprintf("<%s> stands where it must not in %s", rest[0].name.Local, here)
	}
	return problem
}

// sequence takes the children that the shape's sequence takes.
func (s *shape) sequence(list []*node, here, space string) (rest []*node, problem string) {
	for _, want := range s.children {
		if want.choice {
			if list, problem = want.one(list, here, space); problem != "" {
				return nil, problem
			}
			continue
		}
		taken := 0
		for len(list) > 0 && want.takes(list[0], space) && (want.max == 0 || taken < want.max) {
			if want.name != "" {
				if problem := want.wrong(list[0], space); problem != "" {
					return nil, problem
				}
			}
			list = list[1:]
			taken++
		}
		if taken < want.min {
			name := "an element of another namespace"
			if want.name != "" {
				name = "<" + want.name + ">"
			}
			found := ""
			if len(list) > 0 {
				found = ", where <" + list[0].name.Local + "> stands"
			}
			return nil, fmt.Sprintf("%s lacks %s%s", here, name, found)
		}
	}
	return list, ""
}

// one takes the children of the choice that the first one is of.
func (s *shape) one(list []*node, here, space string) (rest []*node, problem string) {
	for _, want := range s.children {
		if len(list) > 0 && want.takes(list[0], space) {
			return (&shape{children: []*shape{want}}).sequence(list, here, space)
		}
	}
	return nil, here + " holds neither an answer to a verb nor an error"
}

func (s *shape) takes(n *node, space string) bool {
	if s.name == "" {
		return n.name.Space != space
	}
	return n.name.Local == s.name && n.name.Space == space
}

func short(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// containers are the elements of the guidelines that are checked where they stand in description, setDescription or about.
func containers() map[string]*shape {
	origin := &shape{name: "originDescription", min: 1, max: 1, attrs: map[string]attribute{
		"harvestDate": {required: true, text: isDate}, "altered": {required: true, text: is("true", "false", "1", "0")},
	}}
	earlier := *origin
	earlier.min = 0
	origin.children = []*shape{
		one("baseURL", isURI), one("identifier", isURI), one("datestamp", isDate), one("metadataNamespace", isURI), &earlier,
	}
	earlier.children = origin.children
	statement := []*shape{{min: 1, max: 1, choice: true, children: []*shape{
		{name: "rightsReference", min: 1, max: 1, text: is(""), attrs: map[string]attribute{"ref": {required: true, text: isURI}}},
		{name: "rightsDefinition", min: 1, max: 1, children: []*shape{{min: 1, max: 1}}},
	}}}
	dc := &shape{name: "dc", children: []*shape{{}}}
	return map[string]*shape{
		identifierNamespace + " oai-identifier": {name: "oai-identifier", children: []*shape{
			one("scheme", is("oai")), one("repositoryIdentifier", domainForm.MatchString), one("delimiter", is(":")),
			one("sampleIdentifier", func(s string) bool { return sampleForm.MatchString(s) && !lowerEscape.MatchString(s) }),
		}},
		friendsNamespace + " friends": {name: "friends", children: []*shape{{name: "baseURL", text: isURI}}},
		rightsNamespace + " rights":   {name: "rights", children: statement},
		rightsNamespace + " rightsManifest": {name: "rightsManifest",
			attrs:    map[string]attribute{"appliesTo": {text: is("http://www.openarchives.org/OAI/2.0/entity#metadata")}},
			children: []*shape{{name: "rights", min: 1, children: statement}}},
		brandingNamespace + " branding": {name: "branding", children: []*shape{
			{name: "collectionIcon", max: 1, children: []*shape{
				one("url", isURI), {name: "link", max: 1, text: isURI}, {name: "title", max: 1, text: anyText},
				{name: "width", max: 1, text: isNumber}, {name: "height", max: 1, text: isNumber},
			}},
			{name: "metadataRendering", text: isURI, attrs: map[string]attribute{
				"metadataNamespace": {required: true, text: isURI}, "mimeType": {required: true, text: mediaForm.MatchString}}},
		}},
		oaipmh.ProvenanceNamespace + " provenance": {name: "provenance", children: []*shape{origin}},
		oaipmh.DublinCore + " dc":                  dc,
	}
}

var dateForm = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?(Z|[+\-]\d\d:\d\d)?$`)

func isDate(s string) bool { return dateForm.MatchString(strings.TrimSpace(s)) }

// wrongContainer says what is wrong about an element that a guideline or the protocol defines; "" if nothing, or if it is
// some other element.
func wrongContainer(known map[string]*shape, n *node) string {
	s := known[n.name.Space+" "+n.name.Local]
	if s == nil {
		return ""
	}
	if n.name.Space == oaipmh.DublinCore {
		return wrongDublinCore(n)
	}
	return s.wrong(n, n.name.Space)
}

// wrongDublinCore checks oai_dc.xsd: any of fifteen elements, in any order, with text and a language.
func wrongDublinCore(n *node) string {
	if n.name.Local != "dc" || n.name.Space != oaipmh.DublinCore {
		return fmt.Sprintf("the element is %s of %q, not dc of %q", n.name.Local, n.name.Space, oaipmh.DublinCore)
	}
	if n.value() != "" {
		return "there is text between the elements"
	}
	isElement := is("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format", "identifier",
		"source", "language", "relation", "coverage", "rights")
	for _, c := range n.children {
		if c.name.Space != dcNamespace || !isElement(c.name.Local) {
			return fmt.Sprintf("<%s> of %q is no element of Dublin Core", c.name.Local, c.name.Space)
		}
		if len(c.children) > 0 {
			return fmt.Sprintf("<%s> must hold text only", c.name.Local)
		}
		for _, a := range c.attrs {
			if a.Name.Space == instance {
				continue
			}
			if a.Name.Space != xmlNamespace || a.Name.Local != "lang" || !language.MatchString(a.Value) && a.Value != "" {
				return fmt.Sprintf("<%s> must not have the attribute %s=%q", c.name.Local, a.Name.Local, short(a.Value))
			}
		}
	}
	return ""
}
