package app_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// accessIn is what a server's record says of who can use a resource, in one format.
func accessIn(t *testing.T, s *apptest.Server, prefix, identifier string) metadata.Accessibility {
	t.Helper()
	page := s.Page(t, "/oai?verb=GetRecord&metadataPrefix="+prefix+"&identifier="+url.QueryEscape(identifier))
	var raw []byte
	_, err := oaipmh.Decode(strings.NewReader(page), oaipmh.Bounds{}, func(r oaipmh.Record) error { raw = r.Metadata; return nil })
	require.NoError(t, err)
	if prefix == federation.LRMI {
		raw, err = federation.UnwrapLRMI(raw)
		require.NoError(t, err)
		got, _ := metadata.ReadLRMI(raw)
		return got.Access
	}
	got, _ := metadata.ReadRecord(prefix, raw)
	return got.Access
}

func TestRecordsSayWhoCanUseALesson(t *testing.T) {
	w := apptest.New(t)
	state, district := w.Server(t, "state", nil), w.Server(t, "district", nil)
	files := lesson("Halves", "## Fold\n\n![A strip in two parts](a.mp4)\n\n$\\frac{1}{2}$")
	files["a.mp4"], files["a.vtt"] = &fstest.MapFile{Data: []byte("film")}, &fstest.MapFile{Data: []byte("WEBVTT\n")}
	r := state.Publish(t, "rosa/halves", files)
	want := metadata.Accessibility{
		Modes:    []string{"textual", "visual", "auditory"},
		Features: []string{"structuralNavigation", "MathML", "latex", "captions", "displayTransformability"},
	}
	district.Harvest(t, state)
	for _, s := range []*apptest.Server{state, district} {
		for _, prefix := range []string{federation.LOM, federation.LRMI, "mods", "oai_openaire"} {
			assert.Equal(t, want, accessIn(t, s, prefix, r.Identifier), "%s of %s", prefix, s.URL)
		}
	}
	held, err := district.App.Repository.ByIdentifier(t.Context(), r.Identifier)
	require.NoError(t, err)
	assert.Equal(t, want, held.Access)
	has(t, state.Page(t, "/r/rosa/halves"), "Captions", `"accessMode":["textual","visual","auditory"]`)
	has(t, district.Page(t, harvested(t, district, "Halves")), "Captions")
}
