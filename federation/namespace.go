package federation

import (
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// NamespaceOf is the namespace of an OAI identifier, in lower case: "state.example.org" of "oai:state.example.org:7". Of an
// identifier that is a web address it is the host, and of others "".
func NamespaceOf(identifier string) string {
	scheme, rest, _ := strings.Cut(identifier, ":")
	switch strings.ToLower(scheme) {
	case "oai":
		if namespace, _, found := strings.Cut(rest, ":"); found {
			return strings.ToLower(namespace)
		}
	case "http", "https":
		return host(identifier)
	}
	return ""
}

// host is where an address leads, in lower case, with its port if it names one.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// home is the namespace of a repository's own identifiers: the repositoryIdentifier that its Identify describes, or the host
// of its base URL. claimed says that it described one.
func home(base string, id oaipmh.Identify) (namespace string, claimed bool) {
	for _, description := range id.Descriptions {
		if namespace := repositoryIdentifier(description); namespace != "" {
			return namespace, true
		}
	}
	return host(base), false
}

// namespaceForm is wider than the schema's: repositories call themselves localhost, or begin a label with a digit.
var namespaceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.\-_]{0,252}$`)

// repositoryIdentifier reads a description of the form oai-identifier, of version 1.1 or 2.0.
func repositoryIdentifier(description []byte) string {
	var d struct {
		XMLName    xml.Name
		Identifier string `xml:"repositoryIdentifier"`
	}
	if xml.Unmarshal(description, &d) != nil || d.XMLName.Local != "oai-identifier" ||
		!strings.HasPrefix(d.XMLName.Space, "http://www.openarchives.org/OAI/") {
		return ""
	}
	if namespace := strings.ToLower(strings.TrimSpace(d.Identifier)); namespaceForm.MatchString(namespace) {
		return namespace
	}
	return ""
}
