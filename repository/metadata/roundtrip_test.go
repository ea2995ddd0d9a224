package metadata_test

import (
	"testing"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
)

// carried is what every format but Dublin Core brings back of a view.
func carried(v metadata.View) metadata.Harvested {
	m := v.Metadata
	m.Assets = nil
	return metadata.Harvested{
		Metadata: m, ID: v.ID, Identifier: v.Identifier, License: m.License, URL: v.URL, Git: v.Git, Path: v.Path, Revision: v.Revision,
		Unit: v.Unit, Publisher: v.Publisher, Published: v.Published, Modified: v.Modified, Access: v.Access,
		Parts: []metadata.Ref{{URL: v.URL + "/01-strips", Path: "01-strips"}, {Identifier: m.Parts[1].Pin.ID, Revision: m.Parts[1].Pin.Revision}},
	}
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	for name, c := range map[string]struct {
		write func(metadata.View) []byte
		loses func(*metadata.Harvested) // what the format cannot carry
	}{
		"lom": {metadata.WriteLOM, func(h *metadata.Harvested) {
			h.Metadata.Sources[0].Sources = nil
		}},
		"mods": {metadata.WriteMODS, func(*metadata.Harvested) {}},
		"oai_openaire": {metadata.WriteOpenAIRE, func(h *metadata.Harvested) {
			m := &h.Metadata
			m.Sources = []metadata.Source{{ID: m.Sources[0].URL, URL: m.Sources[0].URL}}
			m.TranslationOf = nil
			m.Parts = []metadata.Part{{Pin: metadata.Pin{ID: m.Parts[1].Pin.ID}}}
			h.Parts = []metadata.Ref{{URL: h.URL + "/01-strips"}, {Identifier: h.Parts[1].Identifier}}
			h.Unit = &metadata.Ref{URL: h.Unit.URL}
			h.Publisher.URL = ""
		}},
		"lrmi": {func(v metadata.View) []byte { return federation.WrapLRMI(metadata.LRMI(v)) }, func(h *metadata.Harvested) {
			h.Metadata.Assets = view().Metadata.Assets
		}},
		"json": {metadata.LRMI, func(h *metadata.Harvested) {
			h.Metadata.Assets = view().Metadata.Assets
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := carried(view())
			c.loses(&want)
			got, problems := metadata.ReadRecord(name, c.write(view()))
			assert.Empty(t, problems.String())
			assert.Equal(t, want, got)
		})
	}
}

// TestEveryTypeGradeAndAudienceComesBack is the round trip of each value of our own vocabularies.
func TestEveryTypeGradeAndAudienceComesBack(t *testing.T) {
	formats := map[string]func(metadata.View) []byte{"lom": metadata.WriteLOM, "mods": metadata.WriteMODS, "oai_openaire": metadata.WriteOpenAIRE,
		"oai_dc": metadata.DublinCore, "lrmi": metadata.LRMI}
	for name, write := range formats {
		var all []metadata.Metadata
		for _, typ := range metadata.Types() {
			all = append(all, metadata.Metadata{Type: typ})
		}
		for _, grade := range metadata.Grades() {
			all = append(all, metadata.Metadata{Grades: []string{grade}})
		}
		for _, audience := range metadata.Audiences() {
			all = append(all, metadata.Metadata{Audience: []string{audience}})
		}
		for _, license := range []string{"CC-BY-4.0", "CC BY-SA 3.0 DE", "CC BY", "CC0-1.0", "free for schools", "CC BY 4.0 OR GFDL-1.3", "All rights reserved"} {
			all = append(all, metadata.Metadata{License: license})
		}
		for _, m := range all {
			m.Title, m.Language = "T", "en"
			if m.License == "" {
				m.License = "CC0-1.0"
			}
			got, problems := metadata.ReadRecord(name, write(metadata.View{Metadata: m}))
			assert.Empty(t, problems.String(), name)
			assert.Equal(t, m.Type, got.Metadata.Type, name)
			assert.Equal(t, m.Grades, got.Metadata.Grades, name)
			assert.Equal(t, m.Audience, got.Metadata.Audience, "%s %v", name, m.Type)
			assert.Equal(t, licenseOf(m.License), licenseOf(got.License), "%s %s", name, m.License)
		}
	}
}

// licenseOf is what a statement means: its id where it has one, and else itself.
func licenseOf(statement string) string {
	if r := licensing.Normalize(statement); r.License() != "" {
		return string(r.License())
	}
	return statement
}
