package metadata

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"golang.org/x/text/language"
)

// Standards resolves codes of standards; *standards.Library does.
type Standards interface {
	Resolve(code string) standards.Resolution
}

// validator reports what is wrong with the values of one document.
type validator struct {
	*report
	document  Document
	standards Standards // nil: alignments are not looked up
	draft     bool
}

// fail reports an error; in a draft, which may hold anything, a warning.
func (v validator) fail(line int, code, message, remedy string) {
	if v.draft {
		v.warn(line, code, message, remedy)
		return
	}
	v.report.fail(line, code, message, remedy)
}

// values checks every value that the document itself gives.
func (v validator) values() {
	m := v.document.Metadata
	v.language(m.Language)
	if m.License != "" {
		v.license("license", m.License)
	}
	if m.Type != "" {
		v.word("type", string(m.Type), words().types)
	}
	for i, g := range m.Grades {
		v.grade(item("grades", i), g)
	}
	for i, a := range m.Audience {
		v.word(item("audience", i), a, words().audience)
	}
	v.time(m.Time)
	v.agents("creators", m.Creators)
	v.alignments("alignments.teaches", m.Alignments.Teaches)
	v.alignments("alignments.assesses", m.Alignments.Assesses)
	v.alignments("alignments.requires", m.Alignments.Requires)
	v.funding(m.Funding)
	for _, path := range slices.Sorted(maps.Keys(m.Assets)) {
		a, at := m.Assets[path], "assets."+path
		if a.License != "" {
			v.license(at+".license", a.License)
		}
		v.agents(at+".creators", a.Creators)
		v.address(at+".source", a.Source)
	}
	v.sources("sources", m.Sources)
	if m.TranslationOf != nil {
		v.pin("translation_of", *m.TranslationOf)
	}
}

// required reports which of the fields that a publication needs are given neither by the document nor by its unit. What
// the unit lacks already is reported there.
func (v validator) required(effective Metadata, inUnit bool) {
	if v.draft {
		return
	}
	if effective.Title == "" {
		v.missing("title", "there is no title", "add a line such as title: Sharing pizzas fairly")
	}
	if effective.Type == "" {
		v.missing("type", "there is no type", "add a line such as type: lesson; types are "+strings.Join(words().types.names(), ", "))
	}
	if inUnit {
		return
	}
	if effective.Language == "" {
		v.missing("language", "there is no language", "add a line such as language: en")
	}
	if effective.License == "" {
		v.missing("license", "there is no license, so nobody may use this",
			"add a line such as license: CC-BY-4.0")
	}
	if len(effective.Creators) == 0 {
		v.missing("creators", "no creator is named, so nobody can be credited", "add a line such as creators: [{name: Rosa Delgado}]")
	}
}

// missing reports something that is needed to publish.
func (v validator) missing(field, message, remedy string) {
	if v.draft {
		return
	}
	line := v.at(field)
	if slices.ContainsFunc(v.problems, func(p Problem) bool { return p.Code == "field-type" && p.Line == line && line > 1 }) {
		return // it is there, but of the wrong type
	}
	v.fail(line, codeOf(field)+"-missing", message, remedy)
}

// codeOf is the part of a problem's code that names the field: "sources[0].license" is "license".
func codeOf(field string) string {
	return strings.ReplaceAll(strings.TrimSuffix(lastName(field), "s"), "_", "-")
}

// at is the line of a field, or of what holds it.
func (v validator) at(field string) int {
	for field != "" {
		if line := v.document.Line(field); line > 0 {
			return line
		}
		i := strings.LastIndexAny(field, ".[")
		if i < 0 {
			break
		}
		field = field[:i]
	}
	return 1
}

func (v validator) language(tag string) {
	if tag == "" {
		return
	}
	line := v.at("language")
	instead := readLanguage(tag)
	remedy := "write a BCP 47 tag, such as en, es or zh-Hant"
	if instead != "" {
		remedy = "write language: " + instead
	}
	_, err := language.Parse(tag)
	var unknown language.ValueError
	switch {
	case err == nil && !strings.Contains(tag, "_"):
	case errors.As(err, &unknown):
		v.fail(line, "language-unknown", quote(tag)+" is not a language", remedy)
	default:
		v.fail(line, "language-form", quote(tag)+" is not a BCP 47 language tag", remedy)
	}
}

// day matches what the dates of a grant may be: a day, a month or a year.
var day = regexp.MustCompile(`^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$`)

func (v validator) funding(f *Funding) {
	if f == nil {
		return
	}
	if f.Funder == "" {
		v.missing("funding", "the funding names no funder", "write funding: {funder: …, grant: …}")
	}
	kinds := []string{"competitive", "discretionary", "formula", "own time"}
	if f.Kind != "" && !slices.Contains(kinds, strings.ToLower(f.Kind)) {
		v.warn(v.at("funding.kind"), "funding-kind", quote(f.Kind)+" is not a known kind of grant", "write one of "+strings.Join(kinds, ", "))
	}
	for _, d := range [][2]string{{"announced", f.Announced}, {"awarded", f.Awarded}, {"signed", f.Signed}} {
		if d[1] != "" && !day.MatchString(d[1]) {
			v.warn(v.at("funding."+d[0]), "funding-date", quote(d[1])+" is not a date", "write it as 2026-09-14, 2026-09 or 2026")
		}
	}
}

// license reports a license that is not one single known thing.
func (v validator) license(field, text string) {
	line := v.at(field)
	r := licensing.Normalize(text)
	const instead = "write its short name and version, such as CC-BY-4.0, or its address, such as https://creativecommons.org/licenses/by/4.0/"
	switch r.Resolution {
	case licensing.Exact, licensing.Status:
		l, ok := licensing.Lookup(r.ID)
		switch {
		case !ok || !r.Cleared():
			v.fail(line, "license-unknown", "the license "+quote(text)+" is not known", instead)
		case !l.Shareable && field == "license":
			v.warn(line, "license-not-open", quote(text)+" lets others read this, but not share or adapt it",
				"choose an open license, such as CC-BY-4.0, if that is not what you want")
		}
	case licensing.Family:
		remedy := "write the version that it was given under"
		if c := versionsOf(r.ID); len(c) > 0 {
			remedy += ": " + orList(c)
		}
		v.fail(line, "license-version", "the license "+quote(text)+" has no version, and versions differ in what they allow", remedy)
	case licensing.Expression:
		v.fail(line, "license-several", "the license "+quote(text)+" names several licenses: "+r.Expr,
			"write the one that this is published under")
	case licensing.Invalid:
		v.fail(line, "license-invalid", "there is no license "+quote(text), instead)
	case licensing.Conflict:
		v.fail(line, "license-conflict", "the license "+quote(text)+" contradicts itself", "decide for one; "+instead)
	case licensing.CustomTerms:
		v.fail(line, "license-custom", "the license "+quote(text)+" has terms of its own that nothing is known of", instead)
	default:
		v.fail(line, "license-unknown", "the license "+quote(text)+" is not known", instead)
	}
}

// versionsOf lists the versions that exist of a license family, newest first.
func versionsOf(family licensing.ID) []string {
	var versions []string
	for _, n := range []string{"4.0", "3.0", "2.5", "2.1", "2.0", "1.0"} {
		if _, ok := licensing.Lookup(family + "-" + licensing.ID(n)); ok && family != "" {
			versions = append(versions, string(family)+"-"+n)
		}
	}
	return versions
}

// word checks a value of a small vocabulary.
func (v validator) word(field, value string, known vocabulary) {
	if _, ok := known.named(value); ok {
		return
	}
	remedy := "write one of " + strings.Join(known.names(), ", ")
	if t, ok := known.find(value); ok {
		remedy = "write " + t.name
	} else if near, ok := nearest(value, known.names()); ok {
		remedy = "did you mean " + near + "?"
	}
	v.fail(v.at(field), codeOf(field)+"-unknown", fmt.Sprintf("%s is not a known %s", quote(value), singular(field)), remedy)
}

func (v validator) grade(field, value string) {
	if _, ok := words().grades.named(value); ok {
		return
	}
	remedy := "write one of PK, K, 1 to 12, HE, adult"
	if g := readGrades(value); len(g) > 0 {
		remedy = "write " + strings.Join(g, ", ")
	}
	v.fail(v.at(field), "grade-unknown", quote(value)+" is not a known grade", remedy)
}

func singular(field string) string { return strings.TrimSuffix(lastName(field), "s") }

func (v validator) time(text string) {
	if text == "" {
		return
	}
	if _, ok := Minutes(text); ok {
		return
	}
	remedy := "write it as PT45M for 45 minutes or PT1H30M for an hour and a half"
	if meant := durationOf(text); meant != "" {
		remedy = "write time: " + meant
	}
	v.fail(v.at("time"), "time-form", quote(text)+" is not an ISO 8601 duration", remedy)
}

func (v validator) agents(field string, agents []Agent) {
	for i, a := range agents {
		if a.Name == "" {
			v.missing(item(field, i), "a creator has no name", "write {name: …}")
		}
		v.address(item(field, i)+".url", a.URL)
	}
}

// address checks the URL of a page.
func (v validator) address(field, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		v.fail(v.at(field), "url-form", quote(text)+" is not a web address", "write it in full, such as https://example.org/page")
	}
}

func (v validator) alignments(field string, codes []string) {
	if v.standards == nil {
		return
	}
	for i, code := range codes {
		r := v.standards.Resolve(code)
		line := v.at(item(field, i))
		switch r.Resolution {
		case standards.Exact, standards.Pattern:
		case standards.Ambiguous:
			var could []string
			for _, c := range r.Candidates[:min(len(r.Candidates), 5)] {
				could = append(could, strings.TrimSpace(c.Framework+" "+c.Code))
			}
			remedy := "write the full code or the statement's URI"
			if len(could) > 0 {
				remedy += "; it could be " + orList(could)
			}
			v.warn(line, "alignment-ambiguous", "the code "+quote(code)+" could mean several standards", remedy)
		default:
			v.warn(line, "alignment-unknown", "the code "+quote(code)+" is of no known standard",
				"check the spelling, or import its framework; it is kept as it is")
		}
	}
}

func (v validator) sources(field string, sources []Source) {
	for i, s := range sources {
		at := item(field, i)
		if s.ID == "" {
			v.fail(v.at(at), "source-id-missing", "a source has no id", `write what this came from: its address here, such as id: rosa/strips, or its OAI identifier or UUID`)
		}
		if s.License == "" && !isLocal(s.ID) && !strings.HasPrefix(s.ID, "oai:") {
			v.fail(v.at(at), "source-license-missing", "a source has no license, so nobody can tell whether this may be made from it",
				"write license: and what the source says")
		}
		v.agents(at+".creators", s.Creators)
		v.address(at+".url", s.URL)
		v.sources(at+".sources", s.Sources)
	}
}

// isLocal reports an address on this server, owner/slug: whoever publishes the resource knows what it says of itself.
func isLocal(id string) bool {
	return strings.Contains(id, "/") && !strings.ContainsAny(id, ": ")
}

func (v validator) pin(field string, p Pin) {
	if p.ID == "" {
		v.fail(v.at(field), "id-missing", "it does not say which resource is meant", `write id: "oai:…" or its UUID`)
	}
	if p.Revision != "" && !isRevision(p.Revision) {
		v.fail(v.at(field), "revision-form", quote(p.Revision)+" is not a revision", "write the 40 hexadecimal digits of the commit")
	}
}

// isRevision accepts an id of a commit, whole or shortened.
func isRevision(s string) bool {
	return len(s) >= 4 && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}
