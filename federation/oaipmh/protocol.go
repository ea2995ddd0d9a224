package oaipmh

import (
	"fmt"
	"strings"
	"time"
)

// The namespaces and schemas that the protocol reserves.
const (
	Namespace         = "http://www.openarchives.org/OAI/2.0/"
	Schema            = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
	DublinCore        = "http://www.openarchives.org/OAI/2.0/oai_dc/"
	DublinCoreSchema  = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
	instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

// Verb is what a request asks for.
type Verb string

// The six verbs.
const (
	IdentifyVerb        Verb = "Identify"
	ListMetadataFormats Verb = "ListMetadataFormats"
	ListSets            Verb = "ListSets"
	ListIdentifiers     Verb = "ListIdentifiers"
	ListRecords         Verb = "ListRecords"
	GetRecord           Verb = "GetRecord"
)

// Code is the kind of an error, section 3.6 of the protocol.
type Code string

// The codes of section 3.6.
const (
	BadArgument             Code = "badArgument"
	BadResumptionToken      Code = "badResumptionToken"
	BadVerb                 Code = "badVerb"
	CannotDisseminateFormat Code = "cannotDisseminateFormat"
	IDDoesNotExist          Code = "idDoesNotExist"
	NoMetadataFormats       Code = "noMetadataFormats"
	NoRecordsMatch          Code = "noRecordsMatch"
	NoSetHierarchy          Code = "noSetHierarchy"
)

// Error is one error element of an answer.
type Error struct {
	Code    Code
	Message string
}

// Error renders the error as code: message.
func (e Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Errors are all error elements of one answer.
type Errors []Error

// Error joins the errors with semicolons.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// Has reports whether one of the errors is of the kind.
func (es Errors) Has(c Code) bool {
	for _, e := range es {
		if e.Code == c {
			return true
		}
	}
	return false
}

// errorf makes an error; the message says what to do instead.
func errorf(c Code, format string, args ...any) Error {
	return Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// Granularity is the finest form of datestamp that a repository speaks.
type Granularity string

// The two granularities.
const (
	Days    Granularity = "YYYY-MM-DD"
	Seconds Granularity = "YYYY-MM-DDThh:mm:ssZ"
)

const (
	dayLayout    = "2006-01-02"
	secondLayout = "2006-01-02T15:04:05Z"
)

// Format renders a time in the granularity, in UTC.
func (g Granularity) Format(t time.Time) string {
	if g == Days {
		return t.UTC().Format(dayLayout)
	}
	return t.UTC().Format(secondLayout)
}

// Step is the smallest difference between two datestamps.
func (g Granularity) Step() time.Duration {
	if g == Days {
		return 24 * time.Hour
	}
	return time.Second
}

// ParseStamp reads one of the two legal forms of a datestamp and says which it was.
func ParseStamp(s string) (time.Time, Granularity, bool) {
	layout, g := secondLayout, Seconds
	if len(s) == len(dayLayout) {
		layout, g = dayLayout, Days
	}
	t, err := time.Parse(layout, s)
	// time.Parse takes fractions of a second and one-digit hours that the layout does not have.
	if err != nil || t.Format(layout) != s || t.Year() < 1 {
		return time.Time{}, "", false
	}
	return t, g, true
}

// ParseLoose reads a datestamp in any form seen in the world: the legal ones, fractions of a second, offsets from UTC, no
// zone at all (taken as UTC), a blank for the T. The result is UTC; legal is false if the form was not one of the two.
func ParseLoose(s string) (t time.Time, legal, ok bool) {
	s = strings.TrimSpace(s)
	if t, _, ok := ParseStamp(s); ok {
		return t, true, true
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z", "2006-01-02T15:04:05Z0700",
		"2006-01", "2006",
	} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.UTC(), false, true
		}
	}
	return time.Time{}, false, false
}

// Header is what every record has.
type Header struct {
	Identifier string
	Datestamp  time.Time
	Sets       []string
	Deleted    bool
}

// Format is one metadata format that a repository speaks.
type Format struct {
	Prefix    string
	Schema    string
	Namespace string
}

// Set is one entry of ListSets.
type Set struct {
	Spec         string
	Name         string
	Descriptions [][]byte // one XML element each
}

// Identify is what a repository says of itself.
type Identify struct {
	Name         string
	BaseURL      string
	Protocol     string
	Emails       []string
	Earliest     time.Time
	Deletions    Deletions
	Granularity  Granularity
	Compression  []string
	Descriptions [][]byte // one XML element each
}

// Deletions is how well a repository remembers what was deleted.
type Deletions string

// The three levels of support for deleted records.
const (
	No         Deletions = "no"
	Transient  Deletions = "transient"
	Persistent Deletions = "persistent"
)

// Token is the resumptionToken element of an incomplete list.
type Token struct {
	Value  string // empty on the last page
	Cursor int    // how many entries came before this page; negative where not told
	Size   int    // of the complete list; 0 where not told
}
