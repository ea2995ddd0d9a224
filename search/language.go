package search

import (
	"strings"

	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
)

// stemFilters are the languages whose words are also found in their other forms, by ISO 639-1 code, each with what makes a stem of a
// word. Resources in other languages are found by their words as they are written.
var stemFilters = map[string][]string{
	"ar": {lowercase.Name, ar.StopName, ar.NormalizeName, ar.StemmerName},
	"da": {lowercase.Name, da.StopName, da.SnowballStemmerName},
	"de": {lowercase.Name, de.StopName, de.NormalizeName, de.LightStemmerName},
	"en": {lowercase.Name, en.StopName, en.SnowballStemmerName},
	"es": {lowercase.Name, es.StopName, es.LightStemmerName},
	"fi": {lowercase.Name, fi.StopName, fi.SnowballStemmerName},
	"fr": {lowercase.Name, fr.StopName, fr.LightStemmerName},
	"hu": {lowercase.Name, hu.StopName, hu.SnowballStemmerName},
	"it": {lowercase.Name, it.StopName, it.LightStemmerName},
	"nl": {lowercase.Name, nl.StopName, nl.SnowballStemmerName},
	"no": {lowercase.Name, no.StopName, no.SnowballStemmerName},
	"pt": {lowercase.Name, pt.StopName, pt.LightStemmerName},
	"ro": {lowercase.Name, ro.StopName, ro.SnowballStemmerName},
	"ru": {lowercase.Name, ru.StopName, ru.SnowballStemmerName},
	"sv": {lowercase.Name, sv.StopName, sv.SnowballStemmerName},
	"tr": {lowercase.Name, tr.StopName, tr.SnowballStemmerName},
}

// stemLanguage gives the key of a language (BCP 47) in stemFilters, "" if it has none. Without a language it is English.
func stemLanguage(tag string) string {
	code, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch code {
	case "":
		return "en"
	case "nb", "nn":
		return "no"
	}
	if stemFilters[code] == nil {
		return ""
	}
	return code
}

// stemFieldOf is the field, and the analyzer, of a key of stemFilters.
func stemFieldOf(language string) string { return stemPrefix + language }

const stemPrefix = "stem_"
