package search

import (
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/char/asciifolding"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
)

// format is the version of the mapping and of what documents become. An index of another format is rebuilt.
const format = "8"

// The fields of the inverted index. Text is folded: lower case, without accents, not stemmed. Everything else is one
// term a value; only a title is stored. The stems of words that are
// not their own are in a field for each language that has any.
const (
	fieldTitle     = "title"
	fieldText      = "text"        // description, body, keywords, creators
	fieldTitleKey  = "title_key"   // the folded words of the title
	fieldShown     = "title_shown" // the title as it is, stored and not searched
	fieldSuggest   = "suggest"     // codes and subjects as suggestTerms has them
	fieldAligned   = "aligned"     // one key for each statement taught or assessed, for the facet
	fieldLicense   = "license_any" // license in lower case, its family without version, and what it permits
	fieldModified  = "modified"    // seconds since 1970 in fixed width
	fieldRemixes   = "remixes"     // number of remixes, where there are any
	fieldMinutes   = "minutes"     // time that it takes, in fixed width
	fieldLength    = "length"      // weighted number of words
	fieldGroup     = "group"       // of near copies and mirrors: 8 bytes
	fieldOrigin    = "origin"      // identifier of the original record
	fieldBand      = "band"        // bands of the sketch: 4 bytes each
	fieldSketch    = "sketch"      // stored, not indexed
	fieldID        = "_id"         // bleve's own
	analyzerFolded = "folded"
)

// alignmentFields are the fields of each kind of alignment: the keys of the statements, and those with the ones above.
var alignmentFields = [...]struct {
	field       Field
	direct, all string
}{{Teaches, "teaches", "teaches_all"}, {Assesses, "assesses", "assesses_all"}, {Requires, "requires", "requires_all"}}

func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	analyzed := map[string][]string{analyzerFolded: {lowercase.Name}}
	for language, filters := range stemFilters {
		analyzed[stemFieldOf(language)] = filters
	}
	for name, filters := range analyzed {
		err := m.AddCustomAnalyzer(name, map[string]any{
			"type": custom.Name, "char_filters": []string{asciifolding.Name}, "tokenizer": unicode.Name, "token_filters": filters,
		})
		if err != nil {
			return nil, fmt.Errorf("analyzer %s: %w", name, err)
		}
	}
	d := bleve.NewDocumentStaticMapping()
	text := func(name, analyzer string, positions bool) {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = analyzer
		f.Store, f.DocValues, f.IncludeInAll = false, false, false
		f.IncludeTermVectors = positions
		d.AddFieldMappingsAt(name, f)
	}
	text(fieldTitle, analyzerFolded, true)
	text(fieldText, analyzerFolded, true)
	for language := range stemFilters {
		text(stemFieldOf(language), stemFieldOf(language), false)
	}
	names := []string{
		fieldTitleKey, fieldSuggest, fieldAligned, fieldLicense, fieldModified, fieldLength, fieldMinutes, fieldRemixes,
		fieldGroup, fieldOrigin, fieldBand,
		string(License), string(Grade), string(Subject), string(Type), string(Language), string(Source), string(Owner),
		string(Permission), string(Time), string(List),
	}
	for _, a := range alignmentFields {
		names = append(names, a.direct, a.all)
	}
	for _, name := range names {
		f := bleve.NewKeywordFieldMapping()
		f.Analyzer = keyword.Name
		f.Store, f.DocValues, f.IncludeInAll, f.IncludeTermVectors = false, false, false, false
		f.SkipFreqNorm = true
		d.AddFieldMappingsAt(name, f)
	}
	shown := bleve.NewTextFieldMapping()
	shown.Index, shown.Store, shown.DocValues, shown.IncludeInAll, shown.IncludeTermVectors = false, true, false, false, false
	d.AddFieldMappingsAt(fieldShown, shown)
	m.DefaultMapping = d
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	return m, nil
}
