package federation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/federation/oaipmh/oaipmhtest"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

const rightsAbout = `<r:rights xmlns:r="http://www.openarchives.org/OAI/2.0/rights/"><r:rightsReference ref="https://creativecommons.org/publicdomain/zero/1.0/"/></r:rights>`

func farCopy(about ...string) federation.Copy {
	c := federation.Copy{
		Resource: repository.Resource{
			ID: "local", Identifier: "oai:far.example.org:7", License: "CC-BY-4.0",
			Metadata: metadata.Metadata{Title: "Far & wide", Type: metadata.Lesson, Language: "en", License: "CC BY 4.0"},
			Origin: &repository.Origin{Peer: "near", URL: "https://far.example.org/7", Harvested: federationtestStart,
				Datestamp: federationtestStart.Add(-time.Hour)},
		},
		BaseURL: "https://near.example.org/oai", Prefix: federation.DublinCore, Stamp: "2026-02-28",
		Raw: []byte(dcStart + `<dc:title xml:lang="en">Far &amp; wide</dc:title><dc:coverage>kept as it came</dc:coverage></oai_dc:dc>`),
	}
	for _, a := range about {
		c.About = append(c.About, []byte(a))
	}
	return c
}

var (
	federationtestStart = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	aggregator          = federation.Aggregator{
		BaseURL: stateURL,
		View: func(_ context.Context, r repository.Resource) (metadata.View, error) {
			return metadata.View{Metadata: r.Metadata, ID: string(r.ID), Identifier: r.Identifier, URL: r.Origin.URL, License: r.License, Access: r.Access}, nil
		},
	}
)

func TestAHarvestedRecordIsPassedOnAsItCame(t *testing.T) {
	earlier := &oaipmh.Origin{
		HarvestDate: "2025-12-31T23:59:59Z", Altered: true, BaseURL: "https://far.example.org/oai", Identifier: "oai:far.example.org:7",
		Datestamp: "2025-12-30", Namespace: "http://www.loc.gov/mods/v3",
	}
	records, ok, err := aggregator.Records(t.Context(), farCopy(rightsAbout, string(earlier.Provenance())))
	require.NoError(t, err)
	require.True(t, ok)
	assert.Contains(t, string(records.Formats[federation.DublinCore]), "<dc:coverage>kept as it came</dc:coverage>")
	assert.NotContains(t, string(records.Formats[federation.LRMI]), "kept as it came")
	assert.NotContains(t, string(records.Formats[federation.LRMI]), "local", "the id here is nobody else's business")
	assert.Equal(t, "https://creativecommons.org/publicdomain/zero/1.0/", records.Rights, "of the metadata, as stated")
	assert.Contains(t, records.Sets, "peer:near")

	for prefix, altered := range map[string]bool{federation.DublinCore: false, federation.LRMI: true} {
		got, err := oaipmh.ReadProvenance(records.About[prefix])
		require.NoError(t, err)
		assert.Equal(t, &oaipmh.Origin{
			HarvestDate: "2026-03-01T08:00:00Z", Altered: altered, BaseURL: "https://near.example.org/oai", Identifier: "oai:far.example.org:7",
			Datestamp: "2026-02-28", Namespace: oaipmh.DublinCore, Earlier: earlier,
		}, got)
	}
	v := oaipmhtest.New(t)
	w := oaipmh.NewWriter(federationtestStart, stateURL, nil)
	w.Open(oaipmh.ListRecords)
	w.Record(oaipmh.Header{Identifier: "oai:far.example.org:7", Datestamp: federationtestStart}, records.Formats[federation.DublinCore], "",
		records.About[federation.DublinCore])
	v.Valid(t, w.Bytes())
}

func TestWhoCanUseALessonIsPassedOnInEveryFormat(t *testing.T) {
	access := metadata.Accessibility{
		Modes: []string{"textual", "auditory"}, Features: []string{"captions"}, Hazards: []string{"none"}, Summary: "Every film has captions.",
	}
	c := farCopy()
	c.Resource.Access = access
	records, ok, err := aggregator.Records(t.Context(), c)
	require.NoError(t, err)
	require.True(t, ok)
	for _, prefix := range []string{federation.LOM, federation.LRMI, "mods", "oai_openaire"} {
		raw := records.Formats[prefix]
		var got metadata.Harvested
		if prefix == federation.LRMI {
			raw, err = federation.UnwrapLRMI(raw)
			require.NoError(t, err)
			got, _ = metadata.ReadLRMI(raw)
		} else {
			got, _ = metadata.ReadRecord(prefix, raw)
		}
		assert.Equal(t, access, got.Access, prefix)
	}
}

func TestRightsOfMetadataAreNotThoseOfTheLesson(t *testing.T) {
	records, _, err := aggregator.Records(t.Context(), farCopy())
	require.NoError(t, err)
	assert.Empty(t, records.Rights, "nobody stated them")
}

func TestRecordsDoNotGoInCircles(t *testing.T) {
	through := &oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: "https://other.example.org/oai", Identifier: "oai:far.example.org:7", Datestamp: "2026-01-01",
		Earlier: &oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: stateURL, Identifier: "oai:far.example.org:7", Datestamp: "2026-01-01"}}
	_, ok, err := aggregator.Records(t.Context(), farCopy(string(through.Provenance())))
	require.NoError(t, err)
	assert.False(t, ok)

	long := &oaipmh.Origin{}
	for range 30 {
		long = &oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: "https://b.example.org/oai", Identifier: "oai:b:1", Datestamp: "2026-01-01", Earlier: long}
	}
	for last := long; ; last = last.Earlier {
		if last.Earlier.Earlier == nil {
			last.Earlier = nil
			break
		}
	}
	_, ok, err = aggregator.Records(t.Context(), farCopy(string(long.Provenance())))
	require.NoError(t, err)
	assert.False(t, ok, "thirty repositories are a circle")
}

func TestMetadataThatBreaksItsSchemaIsRenderedAnew(t *testing.T) {
	for name, raw := range map[string]string{
		"an element of nobody's": dcStart + `<dc:nope>x</dc:nope></oai_dc:dc>`,
		"elements inside":        dcStart + `<dc:title><b>x</b></dc:title></oai_dc:dc>`,
		"a strange language":     dcStart + `<dc:title xml:lang="en_US">x</dc:title></oai_dc:dc>`,
		"an attribute":           dcStart + `<dc:title class="x">x</dc:title></oai_dc:dc>`,
		"another root":           `<dc/>`,
		"nothing":                "",
	} {
		c := farCopy()
		c.Raw = []byte(raw)
		records, ok, err := aggregator.Records(t.Context(), c)
		require.NoError(t, err)
		require.True(t, ok)
		assert.Contains(t, string(records.Formats[federation.DublinCore]), "Far &amp; wide", name)
		got, err := oaipmh.ReadProvenance(records.About[federation.DublinCore])
		require.NoError(t, err)
		assert.True(t, got.Altered, name)
	}
}

func TestProvenanceThatBreaksItsSchemaIsRefused(t *testing.T) {
	good := string((&oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: "https://b.org/oai", Identifier: "oai:b:1", Datestamp: "2026-01-01"}).Provenance())
	_, err := oaipmh.ReadProvenance([]byte(good))
	require.NoError(t, err)
	for _, change := range [][2]string{
		{"2026-01-01", "yesterday"}, {"oai:b:1", ""}, {"https://b.org/oai", ""}, {"/OAI/2.0/provenance", "/OAI/1.0/provenance"}, {"provenance ", "x "}, {">", ""},
	} {
		_, err := oaipmh.ReadProvenance([]byte(strings.ReplaceAll(good, change[0], change[1])))
		require.Error(t, err, change)
	}
}

func FuzzPassedOn(f *testing.F) {
	f.Add([]byte(rightsAbout), farCopy().Raw)
	f.Add((&oaipmh.Origin{HarvestDate: "2026-01-01", BaseURL: "https://b.org/oai", Identifier: "oai:b:1", Datestamp: "2026-01-01"}).Provenance(), []byte("<a/>"))
	f.Fuzz(func(t *testing.T, about, raw []byte) {
		c := farCopy(string(about))
		c.Raw = raw
		records, ok, err := aggregator.Records(t.Context(), c)
		require.NoError(t, err)
		if !ok {
			return
		}
		for _, prefix := range []string{federation.DublinCore, federation.LRMI} {
			_, err := oaipmh.ReadProvenance(records.About[prefix])
			require.NoError(t, err)
		}
	})
}

// TestACopyDoesNotNameWhoPassesItOn: catalog.Moved relies on it. What has no page at home is linked here, and named there.
func TestACopyDoesNotNameWhoPassesItOn(t *testing.T) {
	at := func(base string) repository.Records {
		service := repository.New(repository.Options{Namespace: "state.example.org", BaseURL: base})
		c := farCopy()
		c.Resource.Metadata.Sources = []metadata.Source{{ID: "oai:other.example.org:1", Title: "Strips", License: "CC BY 4.0"}}
		records, ok, err := federation.Aggregator{BaseURL: base + "/oai", View: service.View}.Records(t.Context(), c)
		require.NoError(t, err)
		require.True(t, ok)
		return records
	}
	assert.Equal(t, at("https://a.example"), at("https://b.example"))
}
