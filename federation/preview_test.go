package federation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func TestPreviewShowsWhatWouldComeAndKeepsNothing(t *testing.T) {
	w, _ := scripted(t, map[string]string{"": strings.Replace(some(0, 30), "CC BY 4.0", "Do as you like", 1) + deleted(99, "2026-01-01T00:00:00Z") +
		`<resumptionToken completeListSize="731">a</resumptionToken>`})
	p, err := w.Preview(t.Context(), w.server.URL+"/oai", federation.PreviewOptions{})
	require.NoError(t, err)
	assert.Equal(t, 731, p.Size)
	require.Len(t, p.Samples, 20)
	assert.Equal(t, 30, p.Counted, "all that the first answer brought is counted")
	assert.Equal(t, 29, p.Licenses["CC-BY-4.0"])
	assert.Equal(t, 1, p.Licenses[""])
	assert.Equal(t, "Title 3", p.Samples[3].Record.Metadata.Title)
	assert.NotEmpty(t, p.Samples[3].Mapping.Rows)
	assert.Equal(t, "oai_dc", p.Prefix)
	assert.Zero(t, w.held())
	runs, err := w.inbox.Runs(t.Context(), "state", 1)
	require.NoError(t, err)
	assert.Empty(t, runs)

	p, err = w.Preview(t.Context(), w.server.URL+"/oai", federation.PreviewOptions{Samples: 3, Prefix: "nonsense"})
	require.NoError(t, err)
	assert.Len(t, p.Samples, 3, "a prefix of the peer's own is asked for as it is")
}

func TestTheRichestFormatIsChosenByItsNamespace(t *testing.T) {
	format := func(prefix, namespace string) string {
		return fmt.Sprintf("<metadataFormat><metadataPrefix>%s</metadataPrefix><schema>x</schema><metadataNamespace>%s</metadataNamespace></metadataFormat>", prefix, namespace)
	}
	dc, lom := format("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"), format("x1", "http://ltsc.ieee.org/xsd/LOM")
	for name, c := range map[string]struct{ formats, want string }{
		"LRMI of our namespace":       {dc + lom + format("amb", federation.LRMINamespace), "amb"},
		"lrmi of another":             {dc + format("lrmi", "urn:other"), "oai_dc"},
		"LOM under another name":      {dc + format("mods", "http://www.loc.gov/mods/v3") + lom, "x1"},
		"LOM of Germany":              {dc + format("de", "https://w3id.org/dini-ag-kim/hs-oer-lom-profil/latest/"), "de"},
		"the older binding":           {dc + format("ims", "http://www.imsglobal.org/xsd/imsmd_v1p2"), "ims"},
		"OpenAIRE before MODS":        {dc + format("m", "http://www.loc.gov/mods/v3") + format("o", "http://namespace.openaire.eu/schema/oaire/"), "o"},
		"MODS before NSDL":            {dc + format("n", "http://ns.nsdl.org/nsdl_dc_v1.02/") + format("m", "http://www.loc.gov/mods/v3"), "m"},
		"NSDL before qualified":       {dc + format("q", "http://purl.org/dc/terms/") + format("n", "http://ns.nsdl.org/nsdl_dc_v1.02/"), "n"},
		"qualified before simple":     {dc + format("q", "http://dspace.org/qualifieddc/"), "q"},
		"a name where nothing else":   {format("oai_lom", ""), "oai_lom"},
		"what is not known is no use": {format("marc21", "http://www.loc.gov/MARC21/slim"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := scripted(t, nil)
			s.formats = c.formats
			d, err := w.Detect(t.Context(), w.server.URL+"/oai")
			require.NoError(t, err)
			assert.Equal(t, c.want, d.Prefix)
			if c.want == "" {
				_, err := w.harvest(t, false)
				require.ErrorContains(t, err, "one of LRMI, LOM, ")
			}
		})
	}
}

func TestAServerOfOurKindTellsWhereItsProviderIs(t *testing.T) {
	s := filled(t, 3)
	key := strings.Repeat("A", 43)
	mux := http.NewServeMux()
	mux.Handle("/elsewhere/oai", around(s))
	var oai string
	mux.HandleFunc(federation.AboutPath, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"oai":%q,"key":%q}`, oai, key) })
	w := newWorld(t, s.clock, mux)
	oai = w.server.URL + "/elsewhere/oai"
	d, err := w.Detect(t.Context(), w.server.URL+"/r/math/fractions")
	require.NoError(t, err)
	assert.Equal(t, oai, d.URL)
	assert.True(t, d.Commonplace)
	assert.Equal(t, key, d.Peer().Key)

	oai = "http://other.example.org/oai"
	_, err = w.Detect(t.Context(), w.server.URL)
	require.Error(t, err, "it speaks for itself only")
}

func TestTheFilterLeavesRecordsOut(t *testing.T) {
	page := dc(1, "2026-01-01", "English") +
		strings.Replace(dc(2, "2026-01-01", "German"), "</oai_dc:dc>", "<dc:language>de-AT</dc:language></oai_dc:dc>", 1) +
		strings.Replace(dc(3, "2026-01-01", "Unclear"), "CC BY 4.0", "Do as you like", 1) +
		strings.Replace(dc(4, "2026-01-01", "Plan"), "</oai_dc:dc>", "<dc:type>lesson plan</dc:type></oai_dc:dc>", 1)
	for name, c := range map[string]struct {
		filter federation.Filter
		want   []string
	}{
		"cleared":  {federation.Filter{Cleared: true}, []string{"English", "German", "Plan"}},
		"language": {federation.Filter{Languages: []string{"de"}}, []string{"German"}},
		"type":     {federation.Filter{Types: []metadata.Type{metadata.Lesson}}, []string{"Plan"}},
		"all":      {federation.Filter{Cleared: true, Languages: []string{"fr"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := scripted(t, map[string]string{"": page})
			titles := func() (all []string) {
				for _, h := range w.inbox.Held("state") {
					if !h.Deleted {
						all = append(all, h.Title)
					}
				}
				return all
			}
			set := func(f federation.Filter) {
				p, err := w.inbox.Peer(t.Context(), "state")
				require.NoError(t, err)
				p.Filter = f
				require.NoError(t, w.inbox.SavePeer(t.Context(), p))
			}
			set(c.filter)
			run := w.complete(t, false)
			assert.ElementsMatch(t, c.want, titles())
			assert.Equal(t, 4-len(c.want), run.Filtered)
			assert.Equal(t, 4, run.Received())

			s.clock.Add(time.Hour)
			set(federation.Filter{})
			assert.Equal(t, 4-len(c.want), w.complete(t, false).New, "another filter begins a full round")
			s.clock.Add(time.Hour)
			set(c.filter)
			assert.Equal(t, 4-len(c.want), w.complete(t, false).Deleted, "what it leaves out now goes")
			assert.ElementsMatch(t, c.want, titles())
		})
	}
}

func TestReplayReadsAgainWithoutAskingThePeer(t *testing.T) {
	w, s := scripted(t, map[string]string{"": some(0, 3) +
		`<record><header><identifier>oai:h.org:x</identifier><datestamp>2026-01-01T00:00:00Z</datestamp><setSpec>a</setSpec></header><metadata><odd/></metadata></record>` +
		`<record><header><identifier>oai:h.org:no uri</identifier><datestamp>2026-01-01</datestamp></header><metadata><oai_dc:dc ` + declarations + `><dc:title>T</dc:title></oai_dc:dc></metadata></record>`})
	w.complete(t, false)
	before := w.state(t)
	asked := len(w.asked)
	s.clock.Add(time.Hour)

	run, err := w.Replay(t.Context(), "state")
	require.NoError(t, err)
	assert.True(t, run.Replay && run.Complete)
	assert.Equal(t, federation.Tally{Unchanged: 3, Quarantined: 1}, run.Tally, "the peer's own fault stays: no crosswalk mends it")
	assert.Equal(t, before, w.state(t), "how far the harvest had come is as it was")

	// The crosswalk has learned the format.
	w.inbox.Mend("state", "oai:h.org:x", []byte(`<oai_dc:dc `+declarations+`><dc:title>Mended</dc:title></oai_dc:dc>`))
	run, err = w.Replay(t.Context(), "state", "oai:h.org:x")
	require.NoError(t, err)
	assert.Equal(t, federation.Tally{New: 1}, run.Tally)
	r, ok := w.inbox.Record("state", "oai:h.org:x")
	require.True(t, ok)
	assert.Equal(t, "Mended", r.Metadata.Title)
	assert.Equal(t, []string{"a"}, r.Sets)
	assert.Equal(t, "2026-01-01T00:00:00Z", r.Stamp)
	assert.Len(t, w.asked, asked, "the peer was not asked")

	health, err := w.Health(t.Context(), "state", 10)
	require.NoError(t, err)
	assert.Len(t, health.Runs, 3)
	assert.Equal(t, map[string]int{`its identifier "oai:h.org:no uri" is not a URI`: 1}, health.Quarantine)
	assert.Equal(t, federationtest.Start, health.Peer.State.Ended)
}
