package validate_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/federation/oaipmh/validate"
)

// reply is an answer on its way, for a fault to change.
type reply struct {
	args   url.Values
	query  string
	post   bool
	accept string
	status int
	header http.Header
	body   string
	zip    bool
}

// fault changes an answer.
type fault func(r *reply)

// repository is our own provider at an address, with a fault.
func repository(t testing.TB, records int, breakIt fault) string {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	clock := federationtest.NewClock(now.Add(-72 * time.Hour))
	shelf := federationtest.NewRecords(clock.Now)
	for i := range records {
		p := federationtest.Put{
			Identifier: fmt.Sprintf("oai:state.example.org:%04d", i), Rights: "https://creativecommons.org/licenses/by/4.0/",
			Sets: []string{fmt.Sprintf("grade:%d", i%3), "license:CC-BY:4.0", "type:lesson"},
			Metadata: map[string][]byte{
				federation.DublinCore: fmt.Appendf(nil, `<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title xml:lang="en">Lesson %d &amp; more</dc:title></oai_dc:dc>`, i),
				federation.LRMI:       federation.WrapLRMI(fmt.Appendf(nil, `{"name":"Lesson %d"}`, i)),
			},
		}
		if i == 4 {
			o := oaipmh.Origin{HarvestDate: "2026-01-02T03:04:05Z", BaseURL: "https://far.example.org/oai", Identifier: p.Identifier, Datestamp: "2026-01-01", Namespace: oaipmh.DublinCore}
			p.About = o.Provenance()
		}
		if p.Deleted = i == 5; p.Deleted {
			p.Metadata[federation.DublinCore], p.Metadata[federation.LRMI] = nil, nil
		}
		shelf.Put(p)
		clock.Add(2 * time.Hour / time.Duration(max(1, records/20)))
	}
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	base := server.URL + "/oai"
	provider, err := federation.NewProvider(federation.ProviderOptions{
		Records: live{shelf}, Name: "State", BaseURL: base, SchemaURL: server.URL + "/lrmi.xsd", Namespace: "state.example.org",
		Emails: []string{"oer@example.org"}, Key: []byte("0123456789abcdef"), PageSize: 5, Formats: twoFormats(),
		Icon: server.URL + "/logo.svg", Friends: func(context.Context) ([]string, error) { return []string{"https://b.example.org/oai"}, nil },
	})
	require.NoError(t, err)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		form := req.URL.RawQuery
		if req.Method == http.MethodPost {
			b, err := io.ReadAll(io.LimitReader(req.Body, 1<<16))
			if err != nil {
				return
			}
			form = string(b)
		}
		a, err := provider.AnswerQuery(req.Context(), form)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		r := &reply{query: form, post: req.Method == http.MethodPost, accept: req.Header.Get("Accept-Encoding"), status: a.Status, header: http.Header{}, body: string(a.Body)}
		r.args, _ = url.ParseQuery(form)
		r.header.Set("Content-Type", a.Type)
		r.header.Set("Vary", "Accept-Encoding")
		r.zip = oaipmh.AcceptsGzip(r.accept)
		if breakIt != nil {
			breakIt(r)
		}
		body := []byte(r.body)
		if r.zip {
			r.header.Set("Content-Encoding", "gzip")
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(body)
			_ = z.Close()
			body = b.Bytes()
		}
		for name := range r.header {
			w.Header().Set(name, r.header.Get(name))
		}
		w.WriteHeader(r.status)
		_, _ = w.Write(body)
	})
	return base
}

// twoFormats are those whose schemas need nothing else.
func twoFormats() []federation.Format {
	return slices.DeleteFunc(federation.Formats(), func(f federation.Format) bool {
		return f.Prefix != federation.DublinCore && f.Prefix != federation.LRMI
	})
}

// live has records of the past and answers of the present.
type live struct{ *federationtest.MemoryRecords }

func (live) Now(context.Context) (time.Time, error) {
	return time.Now().UTC().Truncate(time.Second), nil
}

func run(t testing.TB, base string, o validate.Options) validate.Report {
	t.Helper()
	report, err := validate.Run(t.Context(), base, o)
	require.NoError(t, err)
	return report
}

// failed are the checks that failed.
func failed(r validate.Report) (ids []string) {
	for _, result := range r.Results {
		if result.Outcome == validate.Failed {
			ids = append(ids, result.ID)
		}
	}
	return ids
}

func TestOurProviderPassesEverything(t *testing.T) {
	for _, records := range []int{1, 5, 12, 60} {
		for _, deep := range []bool{false, true} {
			report := run(t, repository(t, records, nil), validate.Options{Deep: deep})
			for _, r := range report.Results {
				assert.NotEqual(t, validate.Failed, r.Outcome, "%d records: %s: %v", records, r.ID, r.Found)
			}
			assert.Equal(t, "State", report.Name)
			if records == 60 && deep {
				assert.True(t, report.Complete)
				for _, r := range report.Results {
					switch r.ID {
					case "argument-finer-date", "sets-none", "token-lifetime": // of repositories that are otherwise
					default:
						assert.Equal(t, validate.Passed, r.Outcome, "%s was not tried", r.ID)
					}
				}
			}
		}
	}
}

func TestWhoDoesNotAnswerIsAskedOnce(t *testing.T) {
	report := run(t, "http://127.0.0.1:1/oai", validate.Options{})
	assert.Equal(t, []string{"http-reachable"}, failed(report))
	assert.Equal(t, 1, report.Requests)

	page := on("Identify", func(r *reply) { r.body = "<html><body>Welcome</body></html>" })
	report = run(t, repository(t, 3, page), validate.Options{})
	assert.Subset(t, failed(report), []string{"xml-schema", "identify-fields"})
	assert.Equal(t, 1, report.Requests)
}

func TestBoundsAreKept(t *testing.T) {
	report := run(t, repository(t, 60, nil), validate.Options{Requests: 20, Deep: true})
	assert.Equal(t, 20, report.Requests)
	assert.False(t, report.Complete)
	endless := on("ListIdentifiers", func(r *reply) {
		swapAll(`(?s)<resumptionToken.*?</resumptionToken>`, "")(r)
		swap("</ListIdentifiers>", "<resumptionToken>again</resumptionToken></ListIdentifiers>")(r)
	})
	report = run(t, repository(t, 3, func(r *reply) {
		if r.args.Get("resumptionToken") == "again" {
			r.args = url.Values{"verb": {"ListIdentifiers"}}
			r.body = regexp.MustCompile(`(?s)<error.*</error>`).ReplaceAllString(r.body,
				"<ListIdentifiers><header><identifier>oai:x:9</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header></ListIdentifiers>")
		}
		endless(r)
	}), validate.Options{Deep: true})
	assert.Contains(t, failed(report), "token-progress")
	assert.Less(t, report.Requests, 200)
	huge := run(t, repository(t, 12, nil), validate.Options{Bytes: 100})
	assert.Equal(t, []string{"http-reachable"}, failed(huge))
}

func TestAnEmptyRepositoryIsNoFailure(t *testing.T) {
	assert.Empty(t, failed(run(t, repository(t, 0, nil), validate.Options{})))
}

// on changes the answers of some verbs.
func on(verb string, f fault) fault {
	return func(r *reply) {
		if r.args.Get("verb") == verb && !strings.Contains(r.body, "<error") {
			f(r)
		}
	}
}

// swap replaces text, which must be there.
func swap(old, new string) fault {
	return func(r *reply) { r.body = strings.Replace(r.body, old, new, 1) }
}

func swapAll(pattern, new string) fault {
	re := regexp.MustCompile(pattern)
	return func(r *reply) { r.body = re.ReplaceAllString(r.body, new) }
}

// mild answers some errors as if nothing was wrong.
func mild(is func(url.Values) bool, code string) fault {
	return func(r *reply) {
		if is(r.args) {
			r.body = swapErrors.ReplaceAllString(r.body, `<error code="`+code+`">x</error>`)
			if code == "badArgument" || code == "badVerb" {
				r.body = requestTag.ReplaceAllString(r.body, "<request>")
			}
		}
	}
}

var requestTag = regexp.MustCompile(`<request[^>]*>`)

var swapErrors = regexp.MustCompile(`(<error [^>]*>[^<]*</error>\s*)+`)

func TestEveryPlantedFaultIsFound(t *testing.T) {
	has := func(name, value string) func(url.Values) bool {
		return func(v url.Values) bool { return strings.Contains(v.Get(name), value) }
	}
	verb := func(value string, n int) func(url.Values) bool {
		return func(v url.Values) bool { return len(v["verb"]) == n && (n == 0 || v["verb"][0] == value) }
	}
	for check, f := range map[string]fault{
		"http-status":          func(r *reply) { r.status = map[bool]int{true: 400, false: 200}[strings.Contains(r.body, "<error")] },
		"http-post":            func(r *reply) { r.body = map[bool]string{true: "<html></html>", false: r.body}[r.post] },
		"http-content-type":    func(r *reply) { r.header.Set("Content-Type", "application/xml") },
		"http-identity":        func(r *reply) { r.zip = strings.Contains(r.accept, "gzip") },
		"http-gzip":            on("ListRecords", func(r *reply) { swap("Lesson 1 ", map[bool]string{true: "Other ", false: "Lesson 1 "}[r.zip])(r) }),
		"http-gzip-advertised": swap("<compression>gzip</compression>", ""),
		"http-vary":            func(r *reply) { r.header.Del("Vary") },
		"http-encoded-arguments": func(r *reply) {
			if strings.Contains(r.query, "%6F") {
				swapAll(`oai:state.example.org:0000`, "oai:x:1")(r)
			}
		},
		"xml-well-formed":       on("ListMetadataFormats", swap("</metadataPrefix>", "&#1;</metadataPrefix>")),
		"xml-declaration":       on("ListSets", swap(`<?xml version="1.0" encoding="UTF-8"?>`, "")),
		"xml-schema-location":   swap("http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd", "https://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"),
		"xml-schema":            on("ListSets", swap("<setName>", "<setTitle/><setName>")),
		"xml-response-date":     on("ListSets", swapAll(`<responseDate>(.*)Z<`, "<responseDate>$1.5Z<")),
		"xml-response-date-now": on("ListSets", swapAll(`<responseDate>\d+`, "<responseDate>2001")),
		"xml-request":           on("ListSets", swap(`<request verb="ListSets"`, "<request")),
		"xml-request-error": func(r *reply) {
			r.body = map[bool]string{true: strings.Replace(r.body, "<request", `<request verb="ListRecords"`, 1), false: r.body}[strings.Contains(r.body, "badArgument")]
		},

		"verb-missing":            mild(verb("", 0), "badArgument"),
		"verb-unknown":            mild(verb("ListEverything", 1), "badArgument"),
		"verb-case":               mild(verb("identify", 1), "badArgument"),
		"verb-empty":              mild(func(v url.Values) bool { return len(v["verb"]) == 1 && v.Get("verb") == "" }, "badArgument"),
		"verb-repeated":           mild(verb("Identify", 2), "badArgument"),
		"argument-unknown":        mild(func(v url.Values) bool { return v.Has("nope") && v.Get("verb") == "Identify" }, "badVerb"),
		"argument-missing":        mild(func(v url.Values) bool { return v.Get("verb") == "ListRecords" && len(v) == 1 }, "badVerb"),
		"argument-repeated":       mild(func(v url.Values) bool { return len(v["metadataPrefix"]) > 1 }, "badVerb"),
		"argument-date":           mild(func(v url.Values) bool { return v.Get("from") == "yesterday" && !v.Has("nope") }, "badVerb"),
		"argument-order-of-dates": mild(func(v url.Values) bool { return v.Get("from") == "2002-01-01" }, "badVerb"),
		"argument-mixed-dates":    mild(has("until", "2002-01-01T"), "badVerb"),
		"argument-with-token":     mild(func(v url.Values) bool { return v.Has("resumptionToken") && v.Has("metadataPrefix") }, "badVerb"),
		"errors-each":             mild(func(v url.Values) bool { return v.Has("nope") && v.Has("from") }, "badArgument"),
		"token-bad":               mild(func(v url.Values) bool { return v.Has("resumptionToken") && !v.Has("metadataPrefix") }, "noRecordsMatch"),

		"identify-email": on("Identify", swap("<adminEmail>oer@example.org", "<adminEmail>oer@example")),
		"token-again": func() fault {
			asked := map[string]int{}
			return on("ListRecords", func(r *reply) {
				if asked[r.query]++; r.args.Has("resumptionToken") && asked[r.query] > 1 {
					swap("<dc:title", "<dc:date/><dc:title")(r)
				}
			})
		}(),
		"header-future": func(r *reply) {
			if r.args.Get("metadataPrefix") == "lrmi" && r.args.Get("verb") == "ListRecords" {
				swapAll(`<datestamp>[^<]*<`, "<datestamp>"+oaipmh.Seconds.Format(time.Now().Add(48*time.Hour))+"<")(r)
			}
		},
		"dates-unbounded": mild(func(v url.Values) bool { return len(v.Get("until")) == 10 && !v.Has("from") }, "cannotDisseminateFormat"),
		"sets-none": func(r *reply) {
			if r.args.Get("verb") == "ListSets" {
				r.body = regexp.MustCompile(`(?s)<ListSets>.*</ListSets>`).ReplaceAllString(r.body, `<error code="noSetHierarchy"/>`)
			}
		},
		"argument-finer-date": func(r *reply) {
			swapAll(`>YYYY-MM-DDThh:mm:ssZ<`, ">YYYY-MM-DD<")(r)
			swapAll(`(<(?:datestamp|earliestDatestamp)>\d+-\d+-\d+)T[^<]*<`, "$1<")(r)
			if r.args.Get("from") == "2001-01-01T00:00:00Z" {
				return // taken, where it must not be
			}
		},
		"identify-base-url":        on("Identify", swapAll(`<baseURL>http://127`, "<baseURL>http://localhost")),
		"identify-earliest":        on("Identify", swapAll(`<earliestDatestamp>[^<]*<`, "<earliestDatestamp>"+oaipmh.Seconds.Format(time.Now().Add(-60*time.Hour))+"<")),
		"identify-email-real":      swap("oer@example.org", "admin@localhost.localdomain"),
		"identify-compression":     on("Identify", swap("<compression>", "<compression>identity</compression><compression>")),
		"identify-descriptions":    on("Identify", swap("<delimiter>:</delimiter>", "")),
		"identify-identifier-once": on("Identify", swapAll(`(?s)(<description><oai-identifier.*?</description>)`, "$1$1")),
		"identify-identifier":      on("Identify", swapAll(`(?s)<description><oai-identifier.*?</description>`, "")),

		"formats-oai-dc": on("ListMetadataFormats", swap(oaipmh.DublinCoreSchema, "https://example.org/x.xsd")),
		"formats-unique": on("ListMetadataFormats", swapAll(`(?s)(<metadataFormat>\s*<metadataPrefix>lrmi.*?</metadataFormat>)`, "$1$1")),
		"formats-item": on("ListMetadataFormats", func(r *reply) {
			if r.args.Has("identifier") {
				swap("<metadataPrefix>lrmi<", "<metadataPrefix>x<")(r)
			}
		}),
		"formats-unknown-item": mild(func(v url.Values) bool { return v.Get("verb") == "ListMetadataFormats" && v.Has("identifier") }, "noMetadataFormats"),
		"record-unknown": mild(func(v url.Values) bool {
			return strings.Contains(v.Get("identifier"), "invalid") && v.Get("verb") == "GetRecord"
		}, "cannotDisseminateFormat"),
		"record-no-format": mild(func(v url.Values) bool { return v.Get("metadataPrefix") == "no_such_format" && v.Has("identifier") }, "idDoesNotExist"),
		"list-no-format":   mild(func(v url.Values) bool { return v.Get("metadataPrefix") == "no_such_format" && !v.Has("identifier") }, "noRecordsMatch"),
		"record-get": func(r *reply) {
			if r.args.Get("verb") == "GetRecord" && r.args.Get("identifier") == "oai:state.example.org:0000" && r.args.Get("metadataPrefix") == "oai_dc" {
				r.body = regexp.MustCompile(`(?s)<GetRecord>.*</GetRecord>`).ReplaceAllString(r.body, `<error code="idDoesNotExist"/>`)
			}
		},

		"sets-hierarchy": on("ListSets", swapAll(`(?s)<set>\s*<setSpec>grade<.*?</set>`, "")),
		"sets-unique":    on("ListSets", swap("<setSpec>grade:1<", "<setSpec>grade:0<")),
		"sets-members": on("ListIdentifiers", func(r *reply) {
			if r.args.Has("set") {
				swapAll(`<setSpec>grade:0</setSpec>`, "")(r)
			}
		}),
		"sets-minimal": func(r *reply) {
			if r.args.Get("verb") != "ListSets" {
				swapAll(`<setSpec>type:lesson</setSpec>`, "<setSpec>type:lesson</setSpec><setSpec>type</setSpec>")(r)
			}
		},
		"sets-unknown":      mild(has("set", "no-such"), "noSetHierarchy"),
		"sets-descriptions": on("ListSets", swap("<dc:description>", "<dc:text/><dc:description>")),

		"token-form":   on("ListIdentifiers", swapAll(`<resumptionToken `, `<resumptionToken expirationDate="soon" `)),
		"token-cursor": on("ListIdentifiers", swap(`cursor="5"`, `cursor="4"`)),
		"token-size":   swapAll(`completeListSize="12"`, `completeListSize="1200"`),
		"token-progress": on("ListIdentifiers", func(r *reply) {
			if r.args.Has("resumptionToken") {
				swapAll(`oai:state.example.org:0005`, "oai:state.example.org:0001")(r)
			}
		}),
		"token-last":     swapAll(`<resumptionToken[^>]*></resumptionToken>`, ""),
		"token-lifetime": swapAll(`<resumptionToken `, `<resumptionToken expirationDate="`+oaipmh.Seconds.Format(time.Now().Add(time.Minute))+`" `),

		"header-granularity": swapAll(`<datestamp>(\d+-\d+-\d+)T[^<]*<`, "<datestamp>$1<"),
		"header-identifier":  func(r *reply) { swapAll(`oai:state.example.org:(\d{4})<`, "0$1<")(r) },
		"header-unique":      on("ListRecords", swapAll(`(?s)(<record><header><identifier>[^<]*0001<.*?</record>)\s*<record>.*?</record>`, "$1$1")),
		"header-deleted":     swap("<deletedRecord>persistent<", "<deletedRecord>no<"),
		"header-same":        on("GetRecord", swapAll(`<setSpec>type:lesson</setSpec>`, "")),

		"dates-inclusive": on("ListIdentifiers", func(r *reply) {
			if len(r.args.Get("until")) > 10 {
				none(r)
			}
		}),
		"dates-day": on("ListIdentifiers", func(r *reply) {
			if len(r.args.Get("until")) == 10 {
				none(r)
			}
		}),
		"dates-window": on("ListIdentifiers", func(r *reply) {
			if len(r.args.Get("until")) > 10 {
				swapAll(`<datestamp>\d+-`, "<datestamp>2025-")(r)
				swapAll(`<datestamp>2025-`, "<datestamp>2098-")(r)
				r.body = strings.Replace(r.body, "<datestamp>2098", "<datestamp>"+time.Now().Add(-time.Minute).UTC().Format("2006-01-02T15:04:05Z")+"</datestamp><!-- 2098", 1)
				r.body = regexp.MustCompile(`<!-- 2098[^<]*</datestamp>`).ReplaceAllString(r.body, "")
			}
		}),
		"dates-future": mild(func(v url.Values) bool { return v.Get("from") > "2030" && v.Get("from") < "3" }, "badArgument"),

		"record-deleted": on("ListRecords", func(r *reply) {
			swapAll(`(?s)(status="deleted">.*?</header>)`, `$1<metadata><a xmlns="urn:a"/></metadata>`)(r)
		}),
		"record-metadata":        on("ListRecords", swapAll(`xmlns:lrmi="[^"]*"`, `xmlns:lrmi="urn:x"`)),
		"record-schema-location": on("ListRecords", func(r *reply) { swap(oaipmh.DublinCoreSchema, "https://example.org/dc.xsd")(r) }),
		"record-dublin-core":     on("ListRecords", swap("<dc:title xml:lang=\"en\">", "<dc:name/><dc:title xml:lang=\"en\">")),
		"record-about":           on("ListRecords", swap("<about><rights", "<about/><about><rights")),
	} {
		t.Run(check, func(t *testing.T) {
			report := run(t, repository(t, 12, f), validate.Options{})
			assert.Equal(t, []string{check}, failed(report), "%+v", found(report))
		})
	}
}

func none(r *reply) {
	r.body = regexp.MustCompile(`(?s)<ListIdentifiers>.*</ListIdentifiers>`).ReplaceAllString(r.body, `<error code="noRecordsMatch"/>`)
}

func found(r validate.Report) (list []string) {
	for _, result := range r.Results {
		for _, f := range result.Found {
			list = append(list, result.ID+": "+f.Detail+" at "+f.Request)
		}
	}
	return list
}
