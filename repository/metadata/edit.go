package metadata

import (
	"reflect"
	"strings"
)

// Edit is a change to one index.md. What is nil stays as it is, byte for byte; what points to a zero value is taken out
// of the front matter.
type Edit struct {
	Title         *string           `json:"title,omitempty"`
	Description   *string           `json:"description,omitempty"`
	Type          *Type             `json:"type,omitempty"`
	Language      *string           `json:"language,omitempty"`
	License       *string           `json:"license,omitempty"`
	Creators      *[]Agent          `json:"creators,omitempty"`
	Subjects      *[]string         `json:"subjects,omitempty"`
	Grades        *[]string         `json:"grades,omitempty"`
	Alignments    *Alignments       `json:"alignments,omitempty"`
	Time          *string           `json:"time,omitempty"`
	Audience      *[]string         `json:"audience,omitempty"`
	Keywords      *[]string         `json:"keywords,omitempty"`
	Funding       *Funding          `json:"funding,omitempty"`
	Parts         *[]Part           `json:"parts,omitempty"`
	Assets        *map[string]Asset `json:"assets,omitempty"`
	Sources       *[]Source         `json:"sources,omitempty"`
	TranslationOf *Pin              `json:"translation_of,omitempty"`
	Body          *string           `json:"body,omitempty"` // Markdown, written as it is given
}

// Replace is the edit that makes all the metadata of a document m.
func Replace(m Metadata) Edit {
	e := Edit{Title: &m.Title, Description: &m.Description, Type: &m.Type, Language: &m.Language, License: &m.License,
		Creators: &m.Creators, Subjects: &m.Subjects, Grades: &m.Grades, Alignments: &m.Alignments, Time: &m.Time,
		Audience: &m.Audience, Keywords: &m.Keywords, Funding: m.Funding, Parts: &m.Parts, Assets: &m.Assets,
		Sources: &m.Sources, TranslationOf: m.TranslationOf}
	if e.Funding == nil {
		e.Funding = &Funding{}
	}
	if e.TranslationOf == nil {
		e.TranslationOf = &Pin{}
	}
	return e
}

// change is the new value of one field.
type change struct {
	name  string
	value any  // as Metadata has it
	gone  bool // the value is zero: the field goes
}

// apply returns the metadata with the edit made, and which fields that changes, in the order in which fields are written.
func (e Edit) apply(m Metadata) (Metadata, []change) {
	var changes []change
	set := func(name string, old, new any) {
		if !reflect.DeepEqual(old, new) {
			changes = append(changes, change{name: name, value: new, gone: reflect.ValueOf(new).IsZero()})
		}
	}
	want := m
	edited(&want.Title, e.Title, strings.TrimSpace)
	edited(&want.Description, e.Description, strings.TrimSpace)
	edited(&want.Type, e.Type, func(t Type) Type { return Type(strings.TrimSpace(string(t))) })
	edited(&want.Language, e.Language, strings.TrimSpace)
	edited(&want.License, e.License, strings.TrimSpace)
	edited(&want.Creators, e.Creators, trimAgents)
	edited(&want.Subjects, e.Subjects, trimTexts)
	edited(&want.Grades, e.Grades, trimTexts)
	edited(&want.Alignments, e.Alignments, func(a Alignments) Alignments {
		return Alignments{Teaches: trimTexts(a.Teaches), Assesses: trimTexts(a.Assesses), Requires: trimTexts(a.Requires)}
	})
	edited(&want.Time, e.Time, strings.TrimSpace)
	edited(&want.Audience, e.Audience, trimTexts)
	edited(&want.Keywords, e.Keywords, trimTexts)
	if e.Funding != nil {
		want.Funding = nonZero(trimFunding(*e.Funding))
	}
	edited(&want.Parts, e.Parts, trimParts)
	edited(&want.Assets, e.Assets, trimAssets)
	edited(&want.Sources, e.Sources, trimSources)
	if e.TranslationOf != nil {
		want.TranslationOf = nonZero(trimPin(*e.TranslationOf))
	}
	set("title", m.Title, want.Title)
	set("description", m.Description, want.Description)
	set("type", m.Type, want.Type)
	set("language", m.Language, want.Language)
	set("license", m.License, want.License)
	set("creators", m.Creators, want.Creators)
	set("subjects", m.Subjects, want.Subjects)
	set("grades", m.Grades, want.Grades)
	set("alignments", m.Alignments, want.Alignments)
	set("time", m.Time, want.Time)
	set("audience", m.Audience, want.Audience)
	set("keywords", m.Keywords, want.Keywords)
	set("funding", m.Funding, want.Funding)
	set("parts", m.Parts, want.Parts)
	set("assets", m.Assets, want.Assets)
	set("sources", m.Sources, want.Sources)
	set("translation_of", m.TranslationOf, want.TranslationOf)
	return want, changes
}

// edited puts a value, as the parser would read it back, in the place of the old one.
func edited[T any](to, value *T, trim func(T) T) {
	if value != nil {
		*to = trim(*value)
	}
}

func nonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func trimFunding(f Funding) Funding {
	for _, text := range []*string{&f.Funder, &f.Grant, &f.Program, &f.Kind, &f.Announced, &f.Awarded, &f.Signed} {
		*text = strings.TrimSpace(*text)
	}
	return f
}

func trimTexts(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func trimAgents(list []Agent) []Agent {
	var out []Agent
	for _, a := range list {
		a = Agent{Name: strings.TrimSpace(a.Name), URL: strings.TrimSpace(a.URL)}
		if a != (Agent{}) {
			out = append(out, a)
		}
	}
	return out
}

func trimPin(p Pin) Pin {
	return Pin{ID: strings.TrimSpace(p.ID), Revision: strings.TrimSpace(p.Revision)}
}

func trimParts(list []Part) []Part {
	var out []Part
	for _, p := range list {
		p = Part{Path: strings.TrimSpace(p.Path), Pin: trimPin(p.Pin)}
		if p.Path != "" {
			p.Pin = Pin{}
		}
		if p != (Part{}) {
			out = append(out, p)
		}
	}
	return out
}

func trimAssets(assets map[string]Asset) map[string]Asset {
	if len(assets) == 0 {
		return nil
	}
	out := make(map[string]Asset, len(assets))
	for path, a := range assets {
		out[path] = Asset{Title: strings.TrimSpace(a.Title), License: strings.TrimSpace(a.License),
			Creators: trimAgents(a.Creators), Source: strings.TrimSpace(a.Source), Alt: strings.TrimSpace(a.Alt)}
	}
	return out
}

func trimSources(list []Source) []Source {
	var out []Source
	for _, s := range list {
		s = Source{ID: strings.TrimSpace(s.ID), Title: strings.TrimSpace(s.Title), URL: strings.TrimSpace(s.URL),
			Path: strings.TrimSpace(s.Path), Revision: strings.TrimSpace(s.Revision), License: strings.TrimSpace(s.License),
			Creators: trimAgents(s.Creators), Changes: strings.TrimSpace(s.Changes), Sources: trimSources(s.Sources)}
		if !reflect.ValueOf(s).IsZero() {
			out = append(out, s)
		}
	}
	return out
}
