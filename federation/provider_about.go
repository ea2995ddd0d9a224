package federation

import (
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/licensing"
)

// The containers of the implementation guidelines.
const (
	identifierNamespace = "http://www.openarchives.org/OAI/2.0/oai-identifier"
	friendsNamespace    = "http://www.openarchives.org/OAI/2.0/friends/"
	rightsNamespace     = "http://www.openarchives.org/OAI/2.0/rights/"
	brandingNamespace   = "http://www.openarchives.org/OAI/2.0/branding/"
	provenanceNamespace = "http://www.openarchives.org/OAI/2.0/provenance"

	identifierSchema = "http://www.openarchives.org/OAI/2.0/oai-identifier.xsd"
	friendsSchema    = "http://www.openarchives.org/OAI/2.0/friends.xsd"
	rightsSchema     = "http://www.openarchives.org/OAI/2.0/rights.xsd"
	manifestSchema   = "http://www.openarchives.org/OAI/2.0/rightsManifest.xsd"
	brandingSchema   = "http://www.openarchives.org/OAI/2.0/branding.xsd"
	provenanceSchema = "http://www.openarchives.org/OAI/2.0/provenance.xsd"
)

// container is an element of a guideline. The prefix xsi is declared by the answer around it.
func container(name, namespace, schema, attributes, content string) []byte {
	return []byte("<" + name + ` xmlns="` + namespace + `" xsi:schemaLocation="` + namespace + " " + schema + `"` + attributes + ">" +
		content + "</" + name + ">")
}

// descriptions are what Identify says beside the protocol. Whatever of it cannot be found out is left out: harvesters need
// the rest.
func (r reply) descriptions() (list [][]byte) {
	add := func(name, namespace, schema, attributes, content string) {
		list = append(list, container(name, namespace, schema, attributes, content))
	}
	if domainForm.MatchString(r.o.Namespace) {
		add("oai-identifier", identifierNamespace, identifierSchema, "", "<scheme>oai</scheme><repositoryIdentifier>"+r.o.Namespace+
			"</repositoryIdentifier><delimiter>:</delimiter><sampleIdentifier>"+Identifier(r.o.Namespace, sampleUUID)+"</sampleIdentifier>")
	}
	if friends := r.friends(); friends != "" {
		add("friends", friendsNamespace, friendsSchema, "", friends)
	}
	if rights := r.licenses(); rights != "" {
		add("rightsManifest", rightsNamespace, manifestSchema, ` appliesTo="http://www.openarchives.org/OAI/2.0/entity#metadata"`, rights)
	}
	if r.o.Icon != "" {
		link := ""
		if r.o.Home != "" {
			link = "<link>" + oaipmh.EscapeText(r.o.Home) + "</link>"
		}
		add("branding", brandingNamespace, brandingSchema, "", "<collectionIcon><url>"+oaipmh.EscapeText(r.o.Icon)+"</url>"+link+
			"<title>"+oaipmh.EscapeText(r.o.Name)+"</title></collectionIcon>")
	}
	return list
}

func (r reply) friends() string {
	if r.o.Friends == nil {
		return ""
	}
	friends, err := r.o.Friends(r.ctx)
	if err != nil {
		r.o.Logger.WarnContext(r.ctx, "identify without friends", "err", err)
	}
	var b strings.Builder
	for _, u := range friends {
		b.WriteString("<baseURL>" + oaipmh.EscapeText(u) + "</baseURL>")
	}
	return b.String()
}

// licenses are the rights statements that the records of this server carry. What a lesson says of itself is a part of the
// lesson (its front matter), so its license is the metadata's license too.
func (r reply) licenses() string {
	const root = "license:"
	sets, err := r.o.Records.Sets(r.ctx, root, r.o.PageSize)
	if err != nil {
		r.o.Logger.WarnContext(r.ctx, "identify without rights", "err", err)
	}
	var urls []string
	for _, s := range sets {
		if !strings.HasPrefix(s.Spec, root) {
			break
		}
		if url := rightsOf(licensing.ID(strings.Join(SetPath(s.Spec)[1:], "-"))); url != "" {
			urls = append(urls, url)
		}
	}
	slices.Sort(urls)
	var b strings.Builder
	for _, url := range slices.Compact(urls) {
		b.WriteString("<rights>" + rightsReference(url) + "</rights>")
	}
	return b.String()
}

func rightsReference(url string) string {
	return `<rightsReference ref="` + oaipmh.EscapeText(url) + `"/>`
}

// abouts are a record's about elements: its rights, and where it was harvested.
func abouts(rec Record) [][]byte {
	var list [][]byte
	if rec.Rights != "" {
		list = append(list, container("rights", rightsNamespace, rightsSchema, "", rightsReference(rec.Rights)))
	}
	if len(rec.About) > 0 {
		list = append(list, rec.About)
	}
	return list
}

// describe says of a set what its name does not.
func describe(s Set) [][]byte {
	text := ""
	path := SetPath(s.Spec)
	switch {
	case len(path) > 1:
		return nil
	case path[0] == "owner":
		text = "The resources of one person or team of this repository."
	case path[0] == "subject":
		text = "The resources of one subject; narrower subjects stand below wider ones."
	case path[0] == "grade":
		text = "The resources for one grade: PK, K, 1 to 12, HE (higher education) or adult."
	case path[0] == "license":
		text = "The resources under one license: below the license stand its versions."
	case path[0] == "type":
		text = "The resources of one type, such as lesson or unit."
	case path[0] == "framework":
		text = "The resources that are aligned to a framework of standards."
	case path[0] == "list":
		text = "The resources on an approved list of a board."
	case path[0] == "peer":
		text = "The records that were harvested from one other repository and are passed on."
	default:
		return nil
	}
	return [][]byte{[]byte(`<oai_dc:dc xmlns:oai_dc="` + oaipmh.DublinCore + `" xmlns:dc="http://purl.org/dc/elements/1.1/" xsi:schemaLocation="` +
		oaipmh.DublinCore + " " + oaipmh.DublinCoreSchema + `"><dc:description>` + text + `</dc:description></oai_dc:dc>`)}
}
