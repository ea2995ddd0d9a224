package oaipmh

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func codes(es Errors) string {
	var out []string
	for _, e := range es {
		out = append(out, string(e.Code))
	}
	return strings.Join(out, " ")
}

func TestParseReportsEveryMistakeWithItsCode(t *testing.T) {
	for query, want := range map[string]string{
		"verb=Identify":                                         "",
		"verb=ListMetadataFormats":                              "",
		"verb=ListMetadataFormats&identifier=oai:a.org:1":       "",
		"verb=ListSets":                                         "",
		"verb=ListSets&resumptionToken=x":                       "",
		"verb=ListRecords&metadataPrefix=oai_dc":                "",
		"metadataPrefix=oai_dc&verb=ListRecords":                "",
		"verb=ListRecords&metadataPrefix=oai_dc&set=grade:5":    "",
		"verb=ListIdentifiers&resumptionToken=x":                "",
		"verb=GetRecord&identifier=oai:a:1&metadataPrefix=lrmi": "",

		"":                                "badVerb",
		"verb=":                           "badVerb",
		"verb=identify":                   "badVerb",
		"verb=Identify&verb=Identify":     "badVerb",
		"verb=Nope&from=x":                "badVerb",
		"metadataPrefix=oai_dc":           "badVerb",
		"verb=Identify&foo=1":             "badArgument",
		"verb=Identify&metadataPrefix=x":  "badArgument",
		"verb=Identify&resumptionToken=x": "badArgument",
		"verb=ListMetadataFormats&resumptionToken=x": "badArgument",
		"verb=GetRecord":                                                               "badArgument badArgument",
		"verb=GetRecord&identifier=oai:a:1":                                            "badArgument",
		"verb=GetRecord&resumptionToken=x":                                             "badArgument badArgument badArgument",
		"verb=ListRecords":                                                             "badArgument",
		"verb=ListRecords&metadataPrefix=a&metadataPrefix=a":                           "badArgument",
		"verb=ListRecords&metadataPrefix=a b":                                          "badArgument",
		"verb=ListRecords&metadataPrefix=":                                             "badArgument",
		"verb=ListRecords&metadataPrefix=a&set=":                                       "badArgument",
		"verb=ListRecords&metadataPrefix=a&set=a::b":                                   "badArgument",
		"verb=ListRecords&metadataPrefix=a&set=%20":                                    "badArgument",
		"verb=ListRecords&resumptionToken=x&metadataPrefix=a":                          "badArgument",
		"verb=ListRecords&resumptionToken=x&from=2020-01-01":                           "badArgument",
		"verb=ListRecords&resumptionToken=x&resumptionToken=x":                         "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=":                                      "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020":                                  "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02":                               "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-30":                            "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-2-3":                              "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-03T04:05:06":                   "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-03T04:05:06.7Z":                "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-03T04:05:06%2B01:00":           "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-03T24:00:00Z":                  "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-02-03T04:05Z":                     "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=x&until=y&set=,":                       "badArgument badArgument badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-01-02&until=2020-01-01":           "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-01-01T00:00:00Z&until=2020-01-02": "badArgument",
		"verb=ListRecords&metadataPrefix=a&from=2020-01-01&until=2020-01-01":           "",
		"verb=ListRecords&metadataPrefix=a&set=%00":                                    "badArgument",
		"verb=ListRecords&metadataPrefix=a&set=%ff":                                    "badArgument",
		"verb=ListRecords&metadataPrefix=%zz":                                          "badArgument",
		"verb=ListRecords;metadataPrefix=a":                                            "badArgument",
		"verb=ListRecords&resumptionToken=" + strings.Repeat("x", 5000):                "badArgument",
	} {
		t.Run(query, func(t *testing.T) {
			_, errs := ParseQuery(strings.ReplaceAll(query, " ", "%20"))
			assert.Equal(t, want, codes(errs), "%v", errs)
		})
	}
}

func TestUntilADayMeansItsEnd(t *testing.T) {
	req, errs := ParseQuery("verb=ListRecords&metadataPrefix=a&from=2024-02-28&until=2024-02-29")
	require.Empty(t, errs)
	assert.Equal(t, time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC), req.From)
	assert.Equal(t, time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC), req.Until)

	req, errs = ParseQuery("verb=ListRecords&metadataPrefix=a&until=2024-02-29T12:00:00Z")
	require.Empty(t, errs)
	assert.True(t, req.From.IsZero())
	assert.Equal(t, time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), req.Until)
}

func TestArgumentsAreEchoedOnlyWhereTheyWereLegal(t *testing.T) {
	req, errs := ParseQuery("set=a:b&verb=ListRecords&metadataPrefix=oai_dc&until=2024-02-29")
	require.Empty(t, errs)
	assert.Equal(t, []Arg{{"verb", "ListRecords"}, {"metadataPrefix", "oai_dc"}, {"until", "2024-02-29"}, {"set", "a:b"}}, req.Args)

	req, errs = ParseQuery("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday")
	assert.False(t, errs.Echo())
	assert.Empty(t, req.Args)
	assert.True(t, Errors{{Code: NoRecordsMatch}}.Echo())
}

func TestLegalIdentifier(t *testing.T) {
	for id, want := range map[string]bool{
		"oai:example.org:0192d5c0-9a4e-7000-8000-0123456789ab": true,
		"http://hdl.handle.net/1/2":                            true,
		"urn:isbn:1":                                           true,
		"oai:a.org:%C3%A9":                                     true,
		"oai:a.org:é":                                          true,
		"":                                                     false,
		"no-scheme":                                            false,
		"oai:a b":                                              false,
		"oai:a%zz":                                             false,
		"oai:a#b#c":                                            false,
		`oai:a"b`:                                              false,
		"oai:[":                                                false,
	} {
		assert.Equal(t, want, LegalIdentifier(id), id)
	}
}

func TestParseStampTakesTheTwoFormsOnly(t *testing.T) {
	for _, s := range []string{"", "2020", "2020-1-1", "0000-01-01", "2020-01-01T1:00:00Z", "2020-01-01T01:00:00.0Z", "2020-01-01 01:00:00"} {
		_, _, ok := ParseStamp(s)
		assert.False(t, ok, s)
	}
	for s, legal := range map[string]bool{
		"2020-01-02": true, "2020-01-02T00:00:00Z": true, "2020-01-02T00:00:00.000Z": false,
		"2020-01-02T01:00:00+01:00": false, "2020-01-02T00:00:00": false, " 2020-01-02 ": true,
	} {
		got, ok, found := ParseLoose(s)
		require.True(t, found, s)
		assert.Equal(t, legal, ok, s)
		assert.Equal(t, time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC), got, s)
	}
}

func TestCursorSurvivesItsTokenAndNothingElseDoes(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	c := Cursor{
		Verb: ListRecords, Prefix: "oai_dc", From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		Until: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Set: "grade:5", After: 1 << 60, Count: 300, Size: 1000,
	}
	token := c.Seal(key)
	assert.Equal(t, url.QueryEscape(token), token, "a token needs no escaping")
	got, err := Unseal(token, key)
	require.NoError(t, err)
	assert.Equal(t, c, got)

	_, err = Unseal(token, []byte("another key"))
	assert.Error(t, err)
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		_, err := Unseal(string(changed), key)
		assert.Error(t, err, "byte %d changed", i)
	}
	for _, s := range []string{"", "x", token[1:], token[:len(token)-1], token + "A", strings.Repeat("A", 100_000)} {
		_, err := Unseal(s, key)
		assert.Error(t, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-02&set=a:b")
	f.Add("verb=GetRecord&identifier=oai:a:1&metadataPrefix=lrmi")
	f.Add("verb=ListSets&resumptionToken=%41")
	f.Fuzz(func(t *testing.T, query string) {
		req, errs := ParseQuery(query)
		if len(errs) > 0 && len(req.Args) > 0 {
			t.Fatal("a refused request is echoed")
		}
		if len(errs) == 0 && len(req.Args) == 0 {
			t.Fatal("an accepted request is not echoed")
		}
	})
}

func FuzzUnseal(f *testing.F) {
	key := []byte("key")
	f.Add(Cursor{Verb: ListRecords, Prefix: "oai_dc"}.Seal(key))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := Unseal(token, key); err == nil && c.Seal(key) != token && !strings.ContainsAny(token, "\r\n") {
			t.Fatalf("a token that was not sealed is taken: %+v", c)
		}
	})
}
