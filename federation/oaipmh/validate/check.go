package validate

// Level is how much a check weighs, as RFC 2119 has it.
type Level string

// The levels.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Check is one thing that is asked of a repository.
type Check struct {
	ID      string `json:"id"`
	Level   Level  `json:"level"`
	Section string `json:"section"` // of the protocol, version 2.0 of 2015-01-08, or the name of a guideline
	Title   string `json:"title"`
}

// List returns all checks, in the order of a report.
func List() []Check {
	return []Check{
		{"http-reachable", Must, "3.1", "the base URL answers requests"},
		{"http-status", Must, "3.1.2", "answers, errors of the protocol too, have the status 200"},
		{"http-post", Must, "3.1.1", "POST with form arguments is answered as GET is"},
		{"http-content-type", Must, "3.1.2", "the Content-Type is text/xml"},
		{"http-encoded-arguments", Must, "3.1.1", "arguments are taken percent-encoded and in any order"},
		{"http-identity", Must, "3.1.3", "without Accept-Encoding, and where gzip is refused, answers are not compressed"},
		{"http-gzip", Must, "3.1.3", "a compressed answer holds the same as an uncompressed one"},
		{"http-gzip-advertised", Should, "3.1.3", "compressions that are used stand in Identify"},
		{"http-vary", Should, "RFC 9110, 12.5.5", "answers that are sometimes compressed say Vary: Accept-Encoding"},

		{"xml-well-formed", Must, "3.2", "answers are well-formed XML in UTF-8, without characters that XML lacks"},
		{"xml-declaration", Must, "3.2", "answers begin with an XML declaration of version 1.0 and UTF-8"},
		{"xml-schema-location", Must, "3.2", "the root names namespace and schema of the protocol"},
		{"xml-schema", Must, "3.2.1", "answers keep the schema OAI-PMH.xsd"},
		{"xml-response-date", Must, "3.3.2", "responseDate is UTC to the second"},
		{"xml-response-date-now", Should, "3.2", "responseDate is the time of the answer"},
		{"xml-request", Must, "3.2", "the request element holds the base URL and exactly the arguments"},
		{"xml-request-error", Must, "3.6", "after badVerb and badArgument the request element has no attributes"},

		{"verb-missing", Must, "3.6", "a missing verb is badVerb"},
		{"verb-unknown", Must, "3.6", "an unknown verb is badVerb"},
		{"verb-case", Must, "3.6", "a verb in another case is badVerb"},
		{"verb-empty", Must, "3.6", "an empty verb is badVerb"},
		{"verb-repeated", Must, "3.6", "a repeated verb is badVerb"},
		{"argument-unknown", Must, "3.6", "an unknown argument is badArgument"},
		{"argument-missing", Must, "3.6", "a missing required argument is badArgument"},
		{"argument-repeated", Must, "3.6", "a repeated argument is badArgument"},
		{"argument-date", Must, "3.3.1", "a date that is none, or in another form, is badArgument"},
		{"argument-order-of-dates", Must, "4.5", "from later than until is badArgument"},
		{"argument-mixed-dates", Must, "4.5", "from and until of different granularity are badArgument"},
		{"argument-finer-date", Must, "4.5", "a date finer than the repository's granularity is badArgument"},
		{"argument-with-token", Must, "3.5", "resumptionToken together with another argument is badArgument"},
		{"errors-each", Should, "3.6", "several errors are reported each in an element of its own"},

		{"identify-fields", Must, "4.2", "Identify has all its elements, in order"},
		{"identify-base-url", Must, "4.2", "baseURL is the address that was asked"},
		{"identify-earliest", Must, "4.2", "earliestDatestamp has the repository's granularity and is not later than any datestamp"},
		{"identify-email", Must, "4.2", "adminEmail is an email address"},
		{"identify-compression", Must, "4.2", "compression does not name identity"},
		{"identify-descriptions", Must, "guidelines for repositories", "description containers keep their schemas"},
		{"identify-identifier-once", Must, "guidelines: oai-identifier", "there is one oai-identifier description at most"},
		{"identify-identifier", Should, "guidelines: oai-identifier", "the repository describes the form of its identifiers"},
		{"identify-email-real", Should, "4.2", "adminEmail is no placeholder"},

		{"formats-oai-dc", Must, "3.4", "oai_dc is offered, with its reserved namespace and schema"},
		{"formats-unique", Must, "3.4", "each metadataPrefix is offered once"},
		{"formats-item", Must, "4.4", "the formats of an item are among those of the repository"},
		{"formats-unknown-item", Must, "4.4", "an unknown identifier is idDoesNotExist"},

		{"sets-hierarchy", Should, "2.6", "ListSets has the sets above each set"},
		{"sets-unique", Must, "2.6", "each setSpec stands once"},
		{"sets-members", Must, "2.7.2", "a list of a set holds only its members, and names the set or one below it"},
		{"sets-minimal", Must, "2.5", "headers do not name a set beside one below it"},
		{"sets-unknown", Must, "4.5", "an unknown set is noRecordsMatch or badArgument"},
		{"sets-none", Must, "4.6", "a repository without sets answers noSetHierarchy"},
		{"sets-descriptions", Must, "guidelines for repositories", "setDescription containers keep their schemas"},

		{"token-form", Must, "3.5", "the attributes of resumptionToken keep their form"},
		{"token-cursor", Must, "3.5", "cursor counts the records before the page, on all pages or on none"},
		{"token-size", Should, "3.5", "completeListSize is the size of the list, or an estimate near it"},
		{"token-progress", Must, "3.5", "a list ends, and brings no record twice"},
		{"token-last", Must, "3.5", "the last page of a list in several pages has an empty resumptionToken"},
		{"token-again", Must, "3.5.1", "the most recent and the previous token bring the same page again"},
		{"token-bad", Must, "3.6", "a token that was never issued is badResumptionToken"},
		{"token-lifetime", Should, "3.5", "a token is good for ten minutes at least"},

		{"header-granularity", Must, "3.3.2", "datestamps have the repository's granularity, in UTC"},
		{"header-future", Should, "2.7.1", "datestamps are not in the future"},
		{"header-identifier", Must, "2.4", "identifiers are URIs"},
		{"header-unique", Must, "2.4", "an identifier stands once on a page"},
		{"header-same", Must, "2.5", "a header is the same in GetRecord, ListRecords and ListIdentifiers"},
		{"header-deleted", Must, "2.5.1", "status deleted is used only where Identify promises to"},

		{"dates-inclusive", Must, "2.7.1", "from and until include their own moment"},
		{"dates-window", Must, "2.7.1", "a list holds only what changed in its window"},
		{"dates-day", Must, "2.7.1", "dates in days are taken, and until a day means its end"},
		{"dates-future", Must, "4.5", "a window without records is noRecordsMatch"},
		{"dates-unbounded", Must, "2.7.1", "until before the earliest datestamp is noRecordsMatch or badArgument"},

		{"record-get", Must, "4.1", "a listed record can be got"},
		{"record-unknown", Must, "4.1", "an unknown identifier is idDoesNotExist"},
		{"record-no-format", Must, "4.1", "an unknown format is cannotDisseminateFormat"},
		{"list-no-format", Must, "4.5", "a list in an unknown format is cannotDisseminateFormat"},
		{"record-deleted", Must, "2.5.1", "deleted records have neither metadata nor about"},
		{"record-metadata", Must, "2.5", "metadata holds one element, of the format's namespace"},
		{"record-schema-location", Must, "3.4", "metadata names the schema that ListMetadataFormats names"},
		{"record-dublin-core", Must, "3.4", "oai_dc keeps its schema"},
		{"record-about", Must, "guidelines: provenance, rights", "about holds one element each; provenance and rights keep their schemas"},
	}
}

// Outcome is what became of a check.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // there was no occasion for it
)

// Result is a check with its outcome.
type Result struct {
	Check
	Outcome Outcome   `json:"outcome"`
	Times   int       `json:"times,omitempty"`    // how often it failed
	Found   []Finding `json:"findings,omitempty"` // the first few failures
}

// Finding is one failure.
type Finding struct {
	Request string `json:"request"` // as a GET request
	Detail  string `json:"detail"`
}

// Report is what was found about a repository.
type Report struct {
	BaseURL  string   `json:"baseURL"`
	Name     string   `json:"repositoryName,omitempty"`
	Requests int      `json:"requests"`
	Records  int      `json:"records"`  // headers and records that were looked at
	Complete bool     `json:"complete"` // false where a bound was met: not every page was asked for
	Results  []Result `json:"results"`
}

// Count returns how many checks of a level had an outcome.
func (r Report) Count(l Level, o Outcome) (n int) {
	for _, result := range r.Results {
		if result.Level == l && result.Outcome == o {
			n++
		}
	}
	return n
}
