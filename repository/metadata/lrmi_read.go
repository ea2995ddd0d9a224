package metadata

import (
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
)

// ReadLRMI reads a schema.org or LRMI description in JSON-LD: our own, the AMB profile's, or what other systems make of
// schema.org. It is tolerant of the many forms that values have, bounded in size and depth, and lists what it could not
// map. A record that is no JSON, or describes no work, gives an error among the problems. The license is as the record
// says it; nothing about it is guessed.
func ReadLRMI(src []byte) (Harvested, Problems) {
	v, err := readJSON(src)
	if err != nil {
		return refuse("record-not-json", "the record is not JSON-LD that can be read: "+err.Error(), "ask the peer to mend it")
	}
	o := work(v)
	if o == nil {
		return refuse("record-no-work", "the record describes no learning resource", "ask the peer what it is")
	}
	g := newGatherer()
	g.jsonld(o)
	return g.done()
}

// jsonld reads all that an object says.
func (g *gatherer) jsonld(o ld) {
	g.work(o)
	g.people(o)
	g.education(o)
	g.relations(o)
	g.files(o)
	g.Access = Accessibility{Modes: texts(o["accessMode"]), Features: texts(o["accessibilityFeature"]),
		Hazards: texts(o["accessibilityHazard"]), Summary: longText(rawText(o["accessibilitySummary"]))}
}

// work finds the object that describes the resource: the document itself, or one of its graph.
func work(v any) ld {
	var best ld
	for _, x := range list(v) {
		o, ok := x.(ld)
		if !ok {
			continue
		}
		if graph, ok := o["graph"]; ok && o["name"] == nil {
			if found := work(graph); found != nil {
				return found
			}
			continue
		}
		if slices.Contains(o.types(), "LearningResource") {
			return o
		}
		if best == nil && (o["name"] != nil || o["title"] != nil || o["headline"] != nil) && !slices.ContainsFunc(o.types(), notAWork) {
			best = o
		}
	}
	return best
}

func notAWork(t string) bool {
	return slices.Contains([]string{"Organization", "Person", "WebSite", "BreadcrumbList", "SearchAction", "ImageObject"}, t)
}

func (g *gatherer) work(o ld) {
	m := &g.Metadata
	m.Title = firstOf(text(o["name"]), text(o["title"]), text(o["headline"]))
	m.Description = longText(firstOf(rawText(o["description"]), rawText(o["abstract"])))
	for _, s := range texts(o["inLanguage"]) {
		g.language(s)
	}
	g.identities(o)
	page := ""
	if p := object(o["mainEntityOfPage"]); p != nil {
		page = address(p)
	}
	g.URL = firstOf(address(o["url"]), page, g.URL)
	g.Path = o.property("path")
	g.Revision = text(o["version"])
	g.license(readLicense(o))
	g.Published = readDate(firstOf(text(o["datePublished"]), text(o["dateCreated"])))
	g.Modified = readDate(text(o["dateModified"]))
	if words, ok := o["keywords"].(string); ok {
		for word := range strings.SplitSeq(words, ",") {
			g.keyword(clean(word, maxValueText))
		}
	} else {
		for _, word := range texts(o["keywords"]) {
			g.keyword(word)
		}
	}
}

// rawText is text without its bound, for what may be long.
func rawText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return text(v)
}

func longText(s string) string { return clean(s, maxLongText) }

// readLicense gives the license of a work as it is written. Where a record gives both a name and an address, the name
// counts only if it means the same.
func readLicense(o ld) string {
	for _, field := range []string{"license", "rights", "usageInfo"} {
		for _, x := range list(o[field]) {
			l, ok := x.(ld)
			if !ok {
				if s := text(x); s != "" {
					return s
				}
				continue
			}
			url, name := address(l), text(firstValue(l, "name", "prefLabel", "value"))
			if name != "" && (url == "" || sameLicense(name, url)) {
				return name
			}
			if url != "" {
				return url
			}
			if s := text(l); s != "" {
				return s
			}
		}
	}
	return ""
}

func firstValue(o ld, names ...string) any {
	for _, n := range names {
		if v, ok := o[n]; ok {
			return v
		}
	}
	return nil
}

func sameLicense(a, b string) bool {
	x, y := licensing.Normalize(a), licensing.Normalize(b)
	return x.ID != licensing.NotCleared && x.ID == y.ID && x.Resolution == y.Resolution
}

func readAgents(v any) []Agent {
	var out []Agent
	for _, x := range list(v) {
		var a Agent
		switch x := x.(type) {
		case string:
			a.Name = clean(x, maxValueText)
		case ld:
			a = Agent{Name: text(x["name"]), URL: address(x)}
			if a.Name == "" {
				a.Name = strings.TrimSpace(text(x["givenName"]) + " " + text(x["familyName"]))
			}
		}
		if a.Name != "" && !isWeb(a.Name) {
			out = append(out, a)
		}
	}
	return out
}

func (g *gatherer) people(o ld) {
	for _, field := range []string{"creator", "author"} {
		for _, a := range readAgents(o[field]) {
			if !slices.ContainsFunc(g.Metadata.Creators, func(c Agent) bool { return c.Name == a.Name }) {
				g.creator(a)
			}
		}
	}
	for _, field := range []string{"publisher", "provider"} {
		if a := readAgents(o[field]); len(a) > 0 && g.Publisher.Name == "" {
			g.Publisher = a[0]
		}
	}
	var f Funding
	if grant := object(o["funding"]); grant != nil {
		f = Funding{Funder: text(grant["funder"]), Grant: firstOf(text(grant["identifier"]), text(grant["name"]))}
	}
	if a := readAgents(o["funder"]); f.Funder == "" && len(a) > 0 {
		f.Funder = a[0].Name
	}
	if f.Funder != "" {
		g.Metadata.Funding = &f
	}
}

// spellings are all that a value from a vocabulary may be found by, the surest first.
func spellings(v any) []string {
	o, ok := v.(ld)
	if !ok {
		return texts(v)
	}
	var out []string
	for _, field := range []string{"id", "url", "termCode", "name", "educationalRole", "audienceType"} {
		if s, ok := o[field].(string); ok {
			out = append(out, clean(s, maxValueText))
		}
	}
	if label, ok := o["prefLabel"].(ld); ok {
		for _, lang := range slices.Sorted(maps.Keys(label)) {
			out = append(out, text(label[lang]))
		}
	}
	return appendNew(out, text(v))
}

// each tries the spellings of every value, and reports a value of which none is understood.
func (g *gatherer) each(v any, what string, try func(string) bool) {
	for _, x := range list(v) {
		all := spellings(x)
		if len(all) > 0 && !slices.ContainsFunc(all, try) {
			g.unmapped(what, all[len(all)-1])
		}
	}
}

func (g *gatherer) education(o ld) {
	m := &g.Metadata
	for _, x := range list(o["learningResourceType"]) { // our own name for it is exact, others are understood
		for _, s := range spellings(x) {
			if t, ok := words().types.named(s); ok && m.Type == "" {
				m.Type = Type(t.name)
			}
		}
	}
	g.each(o["learningResourceType"], "type", g.resourceType)
	for _, t := range o.types() {
		if m.Type == "" && t != "LearningResource" && t != "CreativeWork" {
			g.resourceType(t)
		}
	}
	g.alignments(o)
	if len(m.Subjects) == 0 {
		for _, x := range list(firstValue(o, "about", "subject", "educationalSubject")) {
			g.about(x)
		}
	}
	if len(m.Grades) == 0 {
		g.each(o["educationalLevel"], "grade", g.grade)
	}
	if len(m.Grades) == 0 {
		g.grades(grader{ages: texts(o["typicalAgeRange"])})
	}
	g.each(o["audience"], "audience", g.audience)
	if t := text(o["timeRequired"]); t != "" {
		if _, ok := Minutes(t); !ok {
			t = durationOf(t)
		}
		if m.Time = t; t == "" {
			g.warn(0, unmappedValue, "the time "+quote(text(o["timeRequired"]))+" is not a duration", "it is left out")
		}
	}
}

// about adds one subject: by its label where there is one, else by its id.
func (g *gatherer) about(v any) {
	label := text(v)
	if o, ok := v.(ld); ok {
		label = text(firstValue(o, "prefLabel", "name", "termCode"))
		if label == "" {
			label = text(o["id"])
		}
		if t, ok := words().subjects.named(label); ok {
			g.subject(t.name)
			return
		}
		if _, ok := words().subjects.find(label); !ok || isWeb(label) {
			if t, ok := words().subjects.find(text(o["id"])); ok {
				g.Metadata.Subjects = appendNew(g.Metadata.Subjects, t.name)
				g.keyword(label)
				return
			}
		}
	}
	if label != "" && !isWeb(label) {
		g.subject(label)
	}
}

// alignments reads statements of standards: as codes where the record has them, else by their addresses.
func (g *gatherer) alignments(o ld) {
	a := &g.Metadata.Alignments
	targets := map[string]*[]string{"teaches": &a.Teaches, "assesses": &a.Assesses, "requires": &a.Requires,
		"competencyRequired": &a.Requires, "educationLevel": nil, "educationalLevel": nil, "educationalSubject": nil, "": &a.Teaches}
	coded := map[string]bool{}
	for _, x := range list(o["educationalAlignment"]) {
		item, ok := x.(ld)
		if !ok {
			continue
		}
		kind := text(item["alignmentType"])
		name := firstOf(text(item["targetName"]), address(item["targetUrl"]))
		switch to, known := targets[kind]; {
		case name == "":
		case kind == "educationalLevel" || kind == "educationLevel":
			if !g.grade(name) {
				g.unmapped("grade", name)
			}
		case kind == "educationalSubject":
			g.subject(name)
		case known:
			*to = appendNew(*to, name)
			coded[kind], coded[address(item["targetUrl"])] = true, true
		}
	}
	for _, field := range []string{"teaches", "assesses", "competencyRequired"} {
		to := targets[field]
		for _, x := range list(o[field]) {
			code := text(x)
			if c, ok := x.(ld); ok {
				if url := address(c); url != "" && coded[url] {
					continue
				}
				code = firstOf(text(c["termCode"]), address(c), text(c))
			}
			*to = appendNew(*to, code)
		}
	}
}
