package load

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// recordsOnAPage is how many records a Provider answers at once.
const recordsOnAPage = 500

// Provider is a repository of other people's lessons, to be harvested with OAI-PMH: the generated ones of the numbers from
// up to but without to, in Dublin Core, with about 2 kB each. It serves nothing else: a catalog is filled with it much faster
// than by publishing.
type Provider struct {
	Lessons  *Lessons
	From, To int
}

// ServeHTTP answers Identify, ListMetadataFormats, ListSets and ListRecords.
func (p Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T08:00:00Z</responseDate><request>http://127.0.0.1/</request>`)
	switch r.FormValue("verb") {
	case "Identify":
		b.WriteString(`<Identify><repositoryName>Corpus</repositoryName><baseURL>http://127.0.0.1/</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>oer@corpus.example</adminEmail><earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>`)
	case "ListMetadataFormats":
		b.WriteString(`<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema><metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat></ListMetadataFormats>`)
	case "ListRecords":
		p.records(&b, r.FormValue("resumptionToken"))
	default:
		b.WriteString(`<error code="noSetHierarchy"/>`)
	}
	b.WriteString(`</OAI-PMH>`)
	_, _ = w.Write([]byte(b.String())) // who asked may be gone
}

func (p Provider) records(b *strings.Builder, token string) {
	from := p.From
	if n, err := strconv.Atoi(token); err == nil {
		from = n
	}
	b.WriteString(`<ListRecords>`)
	to := min(from+recordsOnAPage, p.To)
	for i := from; i < to; i++ {
		d := p.Lessons.document(i)
		at := fmt.Sprintf("https://corpus.example/lessons/%d", i)
		fmt.Fprintf(b, `<record><header><identifier>oai:corpus.example:%d</identifier><datestamp>2026-02-01T08:00:00Z</datestamp></header><metadata>%s</metadata></record>`, i,
			metadata.DublinCore(metadata.View{Identifier: fmt.Sprintf("oai:corpus.example:%d", i), URL: at, Metadata: metadata.Metadata{
				Title: d.Title, Description: d.Description, Type: metadata.Lesson, Language: d.Language, License: string(d.License),
				Creators: []metadata.Agent{{Name: d.Creators[0]}}, Subjects: d.Subjects, Grades: d.Grades,
				Alignments: metadata.Alignments{Teaches: []string{codes[i%len(codes)]}},
			}}))
	}
	b.WriteString(`<resumptionToken>`)
	if to < p.To {
		b.WriteString(strconv.Itoa(to))
	}
	b.WriteString(`</resumptionToken></ListRecords>`)
}
