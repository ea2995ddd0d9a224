package licensing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzNormalize(f *testing.F) {
	var cases []stringCase
	readTestdata(f, "strings.json", &cases)
	for _, c := range cases {
		f.Add(c.Input)
	}
	f.Add("cc by\xff 4.0 ©")
	f.Add("https://creativecommons.org/licenses/by/4.0/%zz%2")
	f.Add("CC0" + strings.Repeat("(", 100))
	f.Fuzz(func(t *testing.T, s string) {
		r := Normalize(s)
		require.Equal(t, s, r.Input)
		for _, e := range r.Evidence {
			require.True(t, 0 <= e.Start && e.Start <= e.End && e.End <= len(s), "%+v", e)
			require.Equal(t, s[e.Start:e.End], e.Text)
		}
		if r.ID != "" && r.Resolution != Invalid {
			l, ok := Lookup(r.ID)
			require.True(t, ok, "%q is no license", r.ID)
			require.Equal(t, r.ID, Normalize(string(r.ID)).ID)
			if r.Resolution == Exact && l.URL != "" && l.Family == "CC" {
				require.Equal(t, r.ID, Normalize(l.URL).ID)
			}
		}
		require.Equal(t, r.Resolution == Expression, r.Expr != "", "%+v", r)
		b, err := json.Marshal(r)
		require.NoError(t, err)
		var back map[string]any
		require.NoError(t, json.Unmarshal(b, &back))
	})
}

// fuzzIDs are the licenses that random graphs are made of.
func fuzzIDs() []ID {
	return slices.Sorted(maps.Keys(loadFacts().byID))
}

// graphFrom makes a graph of bytes: for each work a license, a role, a mode and which earlier works it came from.
func graphFrom(b []byte) []Work {
	ids := fuzzIDs()
	roles := []Role{"", "", "", "", Included, Component, ProducedWork, Excerpt}
	modes := []Mode{"", "", "", Adaptation, Collection, Verbatim, Relicense}
	var works []Work
	for i := 0; i+4 < len(b) && len(works) < 24; i += 5 {
		w := Work{Ref: fmt.Sprint(len(works)), License: ids[(int(b[i])<<8|int(b[i+1]))%len(ids)], Role: roles[int(b[i+2])%len(roles)], Mode: modes[int(b[i+3])%len(modes)]}
		for k := range 8 {
			if b[i+4]>>k&1 == 1 && k < len(works) {
				w.From = append(w.From, works[len(works)-1-k].Ref)
			}
		}
		works = append(works, w)
	}
	return works
}

func verdicts(a Answer) map[ID]severity {
	rank := map[Verdict]severity{Allowed: sevAllowed, AllowedNotRecommended: sevDiscouraged, Disputed: sevDisputed, ManualReview: sevReview, NotAllowed: sevRefused}
	out := map[ID]severity{}
	for _, o := range a.Outputs {
		out[o.ID] = rank[o.Verdict]
	}
	return out
}

func FuzzEvaluate(f *testing.F) {
	f.Add([]byte("0123456789abcdefghij"), uint8(1))
	f.Add([]byte{0, 9, 0, 0, 0, 0, 40, 0, 0, 1, 0, 80, 0, 0, 3}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, pick uint8) {
		works := graphFrom(b)
		if len(works) < 2 {
			return
		}
		mode := []Mode{Adaptation, Collection}[int(pick)%2]
		universe := slices.Concat(Current(), []ID{"CC-BY-SA-3.0", "CC-BY-SA-1.0", "LAL-1.3", "GPL-3.0-or-later", "ODbL-1.0", "GFDL-1.3-or-later", AllRightsReserved})
		few := Evaluate(Question{Mode: mode, Sources: works[:len(works)-1], Universe: universe})
		all := Evaluate(Question{Mode: mode, Sources: works, Universe: universe})

		// adding a source never widens the outputs
		before, after := verdicts(few), verdicts(all)
		for id, s := range after {
			require.GreaterOrEqual(t, s, before[id], "%s after adding %+v to %+v", id, works[len(works)-1], works[:len(works)-1])
		}
		// order never matters
		turned := slices.Clone(works)
		slices.Reverse(turned)
		for i := range turned {
			turned[i].From = slices.Clone(turned[i].From)
			slices.Reverse(turned[i].From)
		}
		other := Evaluate(Question{Mode: mode, Sources: turned, Universe: universe})
		require.Equal(t, all.Verdict, other.Verdict)
		require.Equal(t, after, verdicts(other))
		require.ElementsMatch(t, codes(all.Reasons), codes(other.Reasons))
		require.ElementsMatch(t, all.Obligations, other.Obligations)

		_, err := json.Marshal(all)
		require.NoError(t, err)
		c := Attribute(Graph{works}, works[len(works)-1].Ref, "es")
		require.True(t, json.Valid(c.JSONLD()))
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add([]byte(`{"id":"x","inputs":[{"ref":"A","licence":"CC-BY-4.0","title":{"en":"T"}}],"mode":"adaptation","output":null,"output_universe":"U7","use":{"share":false}}`))
	f.Add([]byte(`{"graph":[{"id":"a","license":"CC BY-SA 4.0","from":["a"]}],"target":"a"}`))
	f.Add([]byte(`{"mode":"policy","grant":{"funder":"US-ED","kind":"competitive","announced":"20"},"output":"CC-BY-4.0"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var q Question
		if json.Unmarshal(b, &q) != nil {
			return
		}
		a := Evaluate(q)
		require.NotEmpty(t, a.Verdict)
		_, err := json.Marshal(a)
		require.NoError(t, err)
	})
}

func TestAnUpgradeNeverLowersAVersion(t *testing.T) {
	f := loadFacts()
	for _, src := range f.byID {
		for _, out := range f.byID {
			if got := adaptExact(src, out); got.code == "OK_SA_UPGRADE" || got.code == "OK_LATER_VERSION" {
				assert.GreaterOrEqual(t, out.version, src.version, "%s to %s", src.ID, out.ID)
				assert.Equal(t, src.elems, out.elems, "%s to %s", src.ID, out.ID)
			}
		}
	}
}

func TestHostileTextsAreReadToTheEnd(t *testing.T) {
	for _, s := range []string{"a", "CC BY ", "cc", "by-", "©", "(", "https://creativecommons.org/licenses/by/4.0/ ", "http", "h", "attribution ", "4.0,", "or ", "%2", "&", "\xff", "署名", "no ", "except for ", "CC BY 4.0 or MIT or ", "GPL ", "MIT/"} {
		text := strings.Repeat(s, (1<<20)/len(s)+1)
		assert.NotPanics(t, func() { Normalize(text) }, s)
	}
	assert.NotEmpty(t, Normalize(strings.Repeat("x", 1<<20+1)).Warnings)
}
