package licensing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGrantsAndTheirLicenses(t *testing.T) {
	for _, c := range []struct {
		name    string
		grant   Grant
		license ID
		verdict Verdict
		code    string
	}{
		{"ED allows noncommercial", Grant{Funder: "US-ED", Kind: "competitive", Announced: "2020-01-01", NewWork: true}, CCBYNC, Compliant, "POL_OK"},
		{"ED refuses ND", Grant{Funder: "US-ED", Kind: "competitive", Announced: "2020-01-01", NewWork: true}, CCBYND, NotCompliant, "POL_LICENCE_NOT_OPEN"},
		{"ED limits the duty by what is adapted", Grant{Funder: "US-ED", Kind: "competitive", Announced: "2020-01-01", Modifies: CCBYNCND}, CCBYNCND, Compliant, "POL_DUTY_LIMITED"},
		{"the textbook program is stricter than the rule", Grant{Funder: "US-ED", Program: "Open Textbooks Pilot", NewWork: true}, CCBYSA, NotCompliant, "POL_REQUIRES_CC_BY"},
		{"DOL before 2021", Grant{Funder: "US-DOL", Kind: "competitive", Awarded: "2018-05-01", NewWork: true}, CCBYSA, NotCompliant, "POL_REQUIRES_CC_BY"},
		{"DOL since 2021", Grant{Funder: "US-DOL", Kind: "discretionary", Awarded: "2022-05-01", NewWork: true}, CCBYSA, Compliant, "POL_OK"},
		{"DOL before any rule", Grant{Funder: "US-DOL", Kind: "competitive", Awarded: "2014-05-01", NewWork: true}, CCBYSA, NotApplicable, "POL_BEFORE_EFFECTIVE"},
		{"California and what is adapted", Grant{Funder: "CA-CCCCO", Signed: "2020-05-01", Modifies: CCBYNCSA}, CCBYNCSA, ConflictReview, "POL_UPSTREAM_CONFLICT"},
		{"California, zero textbook cost", Grant{Funder: "CA-CCCCO", Program: "ZTC", Signed: "2023-05-01", NewWork: true}, CCBY, Compliant, "POL_OK"},
		{"Oregon", Grant{Funder: "OR-HECC", NewWork: true}, CCBYNCSA, Compliant, "POL_OK"},
		{"Utah, own time", Grant{Funder: "UT-USBE", Kind: "own time", NewWork: true}, AllRightsReserved, NotApplicable, "POL_OTHER_KIND"},
		{"no mandate", Grant{Funder: "GoOpen", NewWork: true}, CCBYND, NotApplicable, "POL_NO_MANDATE"},
		{"nobody knows the funder", Grant{Funder: "XX"}, CCBY, NotApplicable, "POL_NO_RULE"},
		{"a port is a version, too", Grant{Funder: "WA-SBCTC", NewWork: true}, "CC-BY-3.0-US", Compliant, "POL_OK"},
		{"Texas terms of its own", Grant{Funder: "TX-TEA", Program: "State OER", NewWork: true}, Custom, ConflictReview, "POL_LICENCE_REVIEW"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := Evaluate(Question{Mode: Policy, Grant: &c.grant, Output: c.license})
			assert.Equal(t, c.verdict, a.Verdict)
			require.Len(t, a.Reasons, 1)
			assert.Equal(t, c.code, a.Reasons[0].Code)
			assert.NotEmpty(t, a.Reasons[0].Text)
			if c.code != "POL_NO_RULE" {
				assert.NotEmpty(t, a.Reasons[0].Clause)
			}
		})
	}
}

func TestPatternsDoNotReachOtherLicenses(t *testing.T) {
	assert.True(t, matches([]string{"CC-BY-*"}, "CC-BY-4.0"))
	assert.True(t, matches([]string{"CC-BY-*"}, "CC-BY-3.0-US"))
	assert.False(t, matches([]string{"CC-BY-*"}, "CC-BY-SA-4.0"))
	assert.False(t, matches([]string{"CC-BY-*"}, "CC-BY-NC-4.0"))
	assert.True(t, matches([]string{"*-ND-*"}, "CC-BY-NC-ND-4.0"))
	assert.False(t, matches([]string{"*-ND-*"}, "CC-BY-4.0"))
}

func TestRulesTellTheirSources(t *testing.T) {
	text := publishedRules()
	for _, part := range []string{"not legal advice", "| CC BY-SA 4.0 | no | no | yes |", "2 CFR 3474.20", "NO_ND_ADAPTATION", "creativecommons.org/faq"} {
		assert.Contains(t, text, part)
	}
	assert.Equal(t, text, publishedRules())
}

func TestPlainWordsAreInBothLanguages(t *testing.T) {
	for id := range loadFacts().byID {
		l, ok := Lookup(id)
		require.True(t, ok)
		en, es := l.Plain("en"), l.Plain("es-MX")
		assert.NotEmpty(t, en, id)
		assert.Len(t, es, len(en), id)
		assert.NotEqual(t, en, es, id)
	}
	l, _ := Lookup(CCBYND)
	assert.Contains(t, l.Plain("en")[0], "not share changed versions")
}
