package search

import (
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
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
)

// stopLists are the words that carry no meaning of their own, by the keys of stemFilters, as their lists (Snowball's, of Lucene)
// write them.
var stopLists = map[string][]byte{
	"ar": ar.ArabicStopWords, "da": da.DanishStopWords, "de": de.GermanStopWords, "en": en.EnglishStopWords,
	"es": es.SpanishStopWords, "fi": fi.FinnishStopWords, "fr": fr.FrenchStopWords, "hu": hu.HungarianStopWords,
	"it": it.ItalianStopWords, "nl": nl.DutchStopWords, "no": no.NorwegianStopWords, "pt": pt.PortugueseStopWords,
	"ro": ro.RomanianStopWords, "ru": ru.RussianStopWords, "sv": sv.SwedishStopWords, "tr": tr.TurkishStopWords,
}

// moreStops are words of questions that those lists leave out, since a text may mean something else by them: a will, the
// month of May. A question hardly does.
var moreStops = map[string]string{
	"en": "can may might must shall will us let",
	"es": "cuales quienes cuanto cuanta cuantos cuantas puede pueden podemos podria podrian debe deben deberia cada segun si",
}

// tasks are what learning objectives and assignments begin with, in English and Spanish, folded: what the learner is to do and
// not what it is about. Those that are topics of their own, as to solve or to calculate, are not among them.
var tasks = wordSet(`explain describe identify discuss define state outline summarize analyze evaluate illustrate recognize
	understand examine assess articulate give
	explicar explique explica describir describa describe identificar identifique identifica discutir discuta definir defina define analizar
	analice resumir resuma enunciar enumerar reconocer comprender comentar examinar ilustrar evaluar`)

// fewestAround is how many words a query has that may begin with a task.
const fewestAround = 3

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// stopSets are the words of stopLists and moreStops, folded as those of texts are.
func stopSets() (map[string]map[string]bool, error) {
	sets := map[string]map[string]bool{}
	for language, list := range stopLists {
		words := analysis.NewTokenMap()
		if err := words.LoadBytes(list); err != nil {
			return nil, err
		}
		set := wordSet(moreStops[language])
		for w := range words {
			set[fold(w)] = true
		}
		sets[language] = set
	}
	return sets, nil
}
