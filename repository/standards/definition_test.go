package standards_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

const definitionsSample = `{
 "CFDocument": {"identifier": "d", "title": "T", "lastChangeDateTime": "2026-01-01T00:00:00Z", "licenseURI": {"uri": "http://x.org/l/"}},
 "CFItems": [
  {"identifier": "i", "uri": "https://x.org/i", "fullStatement": "Codes", "notes": " Note ", "CFItemTypeURI": {"identifier": "t"}},
  {"identifier": "j", "fullStatement": "Tests", "CFItemType": "Skill", "CFItemTypeURI": {"identifier": "t"}}],
 "CFAssociations": [
  {"identifier": "a", "associationType": "precedes", "originNodeURI": {"identifier": "i"}, "destinationNodeURI": {"identifier": "z", "title": "Elsewhere"}, "CFAssociationGroupingURI": {"identifier": "g"}},
  {"identifier": "b", "associationType": "precedes", "originNodeURI": {"identifier": "i"}, "destinationNodeURI": {"identifier": "j", "title": "Here"}, "CFAssociationGroupingURI": {"identifier": "h"}}],
 "CFDefinitions": {
  "CFItemTypes": [{"identifier": "t", "title": "Standard", "typeCode": "S", "hierarchyCode": "1", "description": "D"}],
  "CFSubjects": [{"identifier": "s", "title": "Math", "hierarchyCode": "1"}],
  "CFConcepts": [{"identifier": "c", "title": "Loop", "keywords": "for|while"}],
  "CFLicenses": [{"identifier": "k", "title": "Other", "licenseText": "No."}, {"identifier": "l", "uri": "https://x.org/l", "title": "CC BY 4.0", "licenseText": "Credit us."}],
  "CFAssociationGroupings": [{"identifier": "g", "title": "Learning path"}]},
 "CFRubrics": [{"identifier": "r", "title": "Rubric", "CFRubricCriteria": [
   {"identifier": "c2", "position": 2, "category": "Second"},
   {"identifier": "c1", "position": 1, "category": "First", "weight": 0.30, "CFItemURI": {"uri": "http://www.x.org/i"}, "CFRubricCriterionLevels": [
     {"identifier": "l1", "quality": "Good", "score": 3, "position": null}, {"identifier": "l2", "quality": "Weak", "score": 1.50, "feedback": "More", "position": 1}]}]}]}`

func TestReadCASEReadsDefinitionsAndRubrics(t *testing.T) {
	f, err := standards.ReadCASE(strings.NewReader(definitionsSample), "x")
	require.NoError(t, err)
	assert.Equal(t, "CC BY 4.0", f.License)
	assert.Equal(t, "Credit us.", f.Notice)
	assert.Equal(t, "Standard", f.Statements[0].Type, "the title of the type that it links to")
	assert.Equal(t, "Note", f.Statements[0].Notes)
	assert.Equal(t, "Skill", f.Statements[1].Type)
	assert.Equal(t, []standards.Definition{{GUID: "t", Title: "Standard", Code: "S", Description: "D"}}, f.Definitions.ItemTypes)
	assert.Equal(t, "Math", f.Definitions.Subjects[0].Title)
	assert.Equal(t, "for|while", f.Definitions.Concepts[0].Keywords)
	require.Len(t, f.Associations, 2)
	assert.Equal(t, []string{"Learning path", "Elsewhere"}, []string{f.Associations[0].Grouping, f.Associations[0].Title})
	assert.Equal(t, []string{"h", ""}, []string{f.Associations[1].Grouping, f.Associations[1].Title}, "what is here says its title itself")

	require.Len(t, f.Rubrics, 1)
	c := f.Rubrics[0].Criteria
	assert.Equal(t, []string{"First", "Second"}, []string{c[0].Category, c[1].Category}, "by position")
	assert.Equal(t, []string{"0.30", "i"}, []string{c[0].Weight, c[0].Statement})
	assert.Equal(t, []standards.RubricLevel{{GUID: "l1", Quality: "Good", Score: "3"}, {GUID: "l2", Quality: "Weak", Score: "1.50", Feedback: "More"}}, c[0].Levels,
		"in the package's order where a level has no position")
}

func TestReadCASEBoundsDefinitionsAndRubrics(t *testing.T) {
	for message, in := range map[string]string{
		"more than 5000 elements":      `{"CFDocument":{"title":"x"},"CFDefinitions":{"CFConcepts":[{}` + strings.Repeat(",{}", 5000) + `]}}`,
		"rubrics, criteria and levels": `{"CFDocument":{"title":"x"},"CFRubrics":[` + strings.Repeat(`{"CFRubricCriteria":[{},{},{},{},{},{},{},{},{}]},`, 20_000) + `{}]}`,
	} {
		_, err := standards.ReadCASE(strings.NewReader(in), "x")
		require.ErrorIs(t, err, standards.ErrInvalid)
		assert.ErrorContains(t, err, message)
	}
	f, err := standards.ReadCASE(strings.NewReader(`{"CFDocument":{"title":"x"},"CFDefinitions":[],"CFRubrics":{}}`), "x")
	require.NoError(t, err)
	assert.Empty(t, f.Rubrics)
}
