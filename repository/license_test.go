package repository_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// coded are the problems with a code that begins like this.
func coded(ps metadata.Problems, prefix string) (list metadata.Problems) {
	for _, p := range ps {
		if strings.HasPrefix(p.Code, prefix) {
			list = append(list, p)
		}
	}
	return list
}

func TestPublishWarnsOfALicenseThatTheGrantDoesNotAllow(t *testing.T) {
	for _, c := range []struct {
		name, license, front string
		code                 string // "": nothing to say
		says                 []string
	}{
		{"compliant", "CC BY 4.0", "funding: {funder: US-ED, grant: S367D130001}\n", "", nil},
		{"no adaptations", "CC BY-ND 4.0", "funding: {funder: US-ED, grant: S367D130001}\n", "funding-license",
			[]string{"index.md:5: warning", "2 CFR 3474.20", "US-ED-3474.20", "certainty: high", "CC-BY-4.0, CC0-1.0", "lets the public adapt"}},
		{"the funder's name", "CC BY-ND 4.0", "funding: {funder: U.S. Department of Education}\n", "funding-license", []string{"2 CFR 3474.20"}},
		{"another rule of the funder", "CC BY-NC 4.0", "funding: {funder: US-ED, program: Open Textbooks Pilot}\n", "funding-license", []string{"US-ED-OTP"}},
		{"a formula grant", "CC BY-ND 4.0", "funding: {funder: US-ED, kind: formula}\n", "", nil},
		{"before the rule", "CC BY-ND 4.0", "funding: {funder: US-ED, announced: 2015-03-01}\n", "", nil},
		{"no rule is known", "CC BY-ND 4.0", "funding: {funder: Rotary Club}\n", "", nil},
		{"a conflict with the source", "CC BY-NC-SA 4.0", "funding: {funder: CA-CCCCO, signed: 2020}\nsources: [{id: 'oai:x.example.org:1', license: CC BY-NC-SA 4.0}]\n",
			"funding-review", []string{"somebody must compare", "ask the funder"}},
		{"a duty limited by the source", "CC BY-NC-SA 4.0", "funding: {funder: WA-OSPI}\nsources: [{id: 'oai:x.example.org:1', license: CC BY-NC-SA 4.0}]\n", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			found := coded(w.publish(t, "strips", lesson("Strips", c.license, c.front)).Problems, "funding")
			if c.code == "" {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Equal(t, c.code, found[0].Code)
			assert.Equal(t, metadata.Warning, found[0].Severity)
			for _, text := range c.says {
				assert.Contains(t, found[0].String(), text)
			}
			answer, funded := repository.Funding(w.get(t, "rosa/strips"))
			assert.True(t, funded)
			assert.NotEqual(t, licensing.Compliant, answer.Verdict)
		})
	}
}

func TestAGrantOfAUnitIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	files := unit("01-strips", "02-cards")
	root := string(files["index.md"].Data)
	files["index.md"].Data = []byte(strings.Replace(root, "license: CC BY-SA 4.0", "license: CC BY-ND 4.0\nfunding: {funder: US-ED}", 1))
	assert.Len(t, coded(w.publish(t, "unit", files).Problems, "funding"), 1)
	files["02-cards/index.md"].Data = []byte("---\ntitle: Cards\ntype: lesson\nlicense: CC BY-NC-ND 4.0\n---\nDo.\n")
	files["index.md"].Data = []byte(strings.Replace(string(files["index.md"].Data), "CC BY-ND 4.0", "CC BY-NC-ND 4.0", 1))
	found := coded(w.publish(t, "unit", files).Problems, "funding")
	require.Len(t, found, 2)
	assert.Equal(t, "02-cards/index.md", found[1].File)
	assert.Equal(t, 4, found[1].Line)
}

// gathering is a unit with one folder part under a license of its own.
func gathering(license, part string) fstest.MapFS {
	files := lesson("Fractions", license, "parts: [01-strips]\n")
	files["01-strips/index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Strips\ntype: lesson\nlicense: " + part + "\n---\nFold.\n")}
	return files
}

func TestAUnitMayGatherOnlyWhatItsLicenseAllows(t *testing.T) {
	for _, c := range []struct {
		unit, part string
		refused    bool
	}{
		{"CC BY 4.0", "CC BY-SA 4.0", false},
		{"CC BY 4.0", "CC BY-ND 4.0", false},
		{"CC BY-NC 4.0", "CC BY-NC-SA 3.0 US", false},
		{"CC BY 4.0", "CC BY-NC 4.0", true},
		{"CC BY-SA 4.0", "CC BY-NC-ND 4.0", true},
	} {
		t.Run(c.part+" in "+c.unit, func(t *testing.T) {
			w := newWorld(t)
			o, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "unit", Files: gathering(c.unit, c.part), Actor: rosa})
			if !c.refused {
				require.NoError(t, err)
				parts, err := w.Parts(t.Context(), o.Resource)
				require.NoError(t, err)
				require.Len(t, parts, 1)
				assert.Equal(t, licensing.Normalize(c.part).License(), parts[0].License, "a part keeps its own")
				return
			}
			require.ErrorIs(t, err, kind.ErrInvalid)
			found := coded(o.Problems, "parts-license")
			require.Len(t, found, 1)
			assert.Equal(t, metadata.Error, found[0].Severity)
			assert.Contains(t, found[0].String(), "index.md:7: error: parts (Strips) may not be gathered under the license")
			assert.Contains(t, found[0].Remedy, "CC-BY-NC")
		})
	}
}

func TestPinnedPartsAreJudgedAndKeepTheirLicense(t *testing.T) {
	w := newWorld(t)
	old := w.publish(t, "game", lesson("Game", "CC BY-NC 4.0", "")).Resource
	free := w.publish(t, "free", lesson("Free", "CC BY 4.0", "")).Resource
	game := w.publish(t, "game", lesson("Game", "CC BY 4.0", "")).Resource
	publish := func(part string) (repository.Outcome, error) {
		return w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "unit", Actor: rosa,
			Files: lesson("Unit", "CC BY 4.0", "parts: [{resource: rosa/free, revision: "+free.Revision+"}, "+part+"]\n")})
	}
	o, err := publish("{resource: rosa/game, revision: " + old.Revision + "}")
	require.ErrorIs(t, err, kind.ErrInvalid, "the pinned revision was noncommercial")
	assert.Contains(t, o.Problems.String(), "parts (Game) may not be gathered")

	o, err = publish("{resource: rosa/game, revision: " + game.Revision + "}")
	require.NoError(t, err)
	assert.Empty(t, coded(o.Problems, "parts"))
	parts, err := w.Parts(t.Context(), o.Resource)
	require.NoError(t, err)
	require.Len(t, parts, 2)
	assert.Equal(t, "Free", parts[0].Metadata.Title)
	assert.True(t, parts[0].Pinned())

	o, err = publish("{resource: 'oai:far.example.org:1', revision: " + game.Revision + "}")
	require.NoError(t, err, "what is not known is for a person to look at")
	found := coded(o.Problems, "parts-license-review")
	require.Len(t, found, 1)
	assert.Equal(t, metadata.Warning, found[0].Severity)
	assert.Contains(t, found[0].Message, "oai:far.example.org:1")
}

func TestPartsOfARemixedUnitKeepTheirCreatorsAndLicense(t *testing.T) {
	w := newWorld(t)
	files := gathering("CC BY 4.0", "CC BY-ND 4.0")
	files["02-cards/index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Cards\ntype: lesson\n---\nDeal.\n")}
	source := w.publish(t, "unit", files).Resource
	o, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", License: "CC-BY-SA-4.0", Actor: repository.Actor{Name: "kim", Display: "Kim"}})
	require.NoError(t, err)
	assert.Equal(t, "Kim", o.Resource.Metadata.Creators[0].Name)
	parts, err := w.Parts(t.Context(), o.Resource)
	require.NoError(t, err)
	require.Len(t, parts, 2)
	for i, license := range []licensing.ID{"CC-BY-ND-4.0", "CC-BY-4.0"} {
		assert.Equal(t, license, parts[i].License)
		assert.Equal(t, "Rosa Delgado", parts[i].Metadata.Creators[0].Name)
	}
}

func TestRefusalNamesNoEarlierStepWhereThereIsNone(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, front string }{
		{"a source under another license", "sources: [{id: 'oai:x.example.org:1', license: CC BY-SA 4.0}]\n"},
		{"a source that permits no remix", "sources: [{id: 'oai:x.example.org:1', license: CC BY-ND 4.0}]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.Publish(t.Context(), repository.Publication{
				Owner: "rosa", Slug: "strips", Files: lesson("Strips", "CC BY 4.0", c.front), Actor: rosa,
			})
			var invalid *repository.InvalidError
			require.ErrorAs(t, err, &invalid)
			found := coded(invalid.Problems, "license-refused")
			require.Len(t, found, 1)
			assert.NotContains(t, found[0].Message, "its own sources")
		})
	}
}
