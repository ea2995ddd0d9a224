package metadata

import (
	"regexp"
	"slices"
	"strings"
)

// dcValue is one element of Dublin Core.
type dcValue struct {
	name string
	*node
}

// dcValues are the elements of Dublin Core within a record, at any depth; one inside another counts as its text.
func dcValues(n *node) []dcValue {
	var values []dcValue
	for _, x := range n.elements() {
		switch {
		case len(values) >= 20*maxValues:
			return values
		case isDC(x) && !x.blank():
			values = append(values, dcValue{x.name, x})
		case !isDC(x):
			values = append(values, dcValues(x)...)
		}
	}
	return values
}

// isDC reports elements of Dublin Core; a prefix that is not declared stands as the namespace.
func isDC(n *node) bool {
	switch n.space {
	case dcElements, dcTerms, "dc", "dct", "dcterms", "":
		return slices.Contains(dcNames, n.name)
	}
	return strings.HasPrefix(n.space, "http://ns.nsdl.org/") && slices.Contains(dcNames, n.name) ||
		strings.HasPrefix(n.space, "http://www.ieee.org/") && n.name == "typicallearningtime"
}

// dcNames are the elements and terms that are read.
var dcNames = []string{"title", "alternative", "creator", "subject", "description", "abstract", "tableofcontents", "publisher",
	"contributor", "date", "issued", "created", "available", "modified", "type", "format", "extent", "typicallearningtime",
	"identifier", "source", "language", "relation", "ispartof", "haspart", "coverage", "spatial", "temporal", "rights", "license",
	"accessrights", "audience", "mediator", "educationlevel", "conformsto"}

// dublinCore reads the elements; false if there are none.
func (g *gatherer) dublinCore(values []dcValue) bool {
	g.languages(values)
	var descriptions, rights []string
	var contributors []Agent
	for _, v := range values {
		switch s := v.value(); v.name {
		case "title":
			g.title(s, v.lang())
		case "alternative":
			g.keyword(s)
		case "creator":
			g.creator(Agent{Name: s})
		case "contributor":
			if m := funderName.FindStringSubmatch(s); m != nil {
				g.Metadata.Funding = &Funding{Funder: m[1], Grant: m[2]}
			} else {
				contributors = append(contributors, Agent{Name: s})
			}
		case "subject":
			g.dcSubject(s)
		case "description", "abstract", "tableofcontents":
			descriptions = appendNew(descriptions, v.long())
		case "publisher":
			g.Publisher.Name = firstOf(g.Publisher.Name, s)
		case "issued", "available", "date", "created":
			g.published(s)
		case "modified":
			g.Modified = g.date(s)
		case "type":
			if !g.resourceType(s) {
				g.unmapped("type", s)
			}
		case "format", "extent", "typicallearningtime":
			g.time(s, v.name == "typicallearningtime")
		case "identifier":
			g.identify(s)
		case "source":
			if isWeb(s) || strings.HasPrefix(s, "oai:") || strings.HasPrefix(s, "urn:") {
				g.source(s)
			}
		case "relation":
			if isWeb(s) && strings.HasSuffix(s, ".git") {
				g.Git = s
			}
		case "ispartof":
			g.unit(refOf(s))
		case "haspart":
			g.part(refOf(s))
		case "rights", "license":
			rights = appendNew(rights, s)
		case "accessrights": // who may read, which is no license unless it says one
			if isLicense(s) {
				rights = appendNew(rights, s)
			}
		case "audience", "mediator":
			if !g.audience(s) && !g.grade(s) {
				g.unmapped("audience", s)
			}
		case "educationlevel":
			if !g.grade(s) {
				g.unmapped("grade", s)
			}
		case "conformsto":
			g.Metadata.Alignments.Teaches = appendNew(g.Metadata.Alignments.Teaches, s)
		}
	}
	g.contributors(contributors)
	g.license(rights...)
	g.Metadata.Description = paragraphs(descriptions)
	return len(values) > 0
}

// funderName is a contributor as DublinCore writes one that paid.
var funderName = regexp.MustCompile(`^(.+) \(funder(?:, ([^()]+))?\)$`)

// languages reads the languages of the record, of which the first is the resource's.
func (g *gatherer) languages(values []dcValue) {
	for _, v := range values {
		if v.name == "language" {
			g.language(v.value())
		}
	}
}

// standardCode recognizes codes of standards that cannot be taken for anything else.
var standardCode = regexp.MustCompile(`^(?:(?:CCSS|TEKS|NGSS)[ .:]\S+|(?:K|\d{1,2}|HS[A-Z])\.[A-Z]{1,3}\.(?:[A-Z]\.)?\d{1,2}(?:\.?[a-z])?|(?:K|\d|MS|HS)-(?:PS|LS|ESS|ETS)\d-\d{1,2})$`)

var onlyDigits = regexp.MustCompile(`^[\d -]+$`)

// subjectsToo name grades where a grade is asked for, and what a resource is about where a subject is.
var subjectsToo = []string{"school", "schule", "training", "professional development", "professional learning", "vocational education",
	"career and technical education"}

// dcSubject sorts what records put among the subjects: subjects, grades, audiences and standards.
func (g *gatherer) dcSubject(s string) {
	if role, ok := strings.CutPrefix(s, "Audience: "); ok && g.audience(role) {
		return
	}
	switch {
	case s == "":
	case strings.IndexByte("CTNK0123456789HM", s[0]) >= 0 && standardCode.MatchString(s):
		g.Metadata.Alignments.Teaches = appendNew(g.Metadata.Alignments.Teaches, s)
	case !onlyDigits.MatchString(s) && !slices.Contains(subjectsToo, fold(s)) && len(s) > 2 && g.grade(s):
	case isWeb(s):
		if t, ok := words().subjects.find(s); ok {
			g.subject(t.name)
		}
	default:
		if _, ok := words().subjects.find(s); ok {
			g.subject(s)
		} else {
			g.keyword(s)
		}
	}
}
