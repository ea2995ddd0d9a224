package oaipmh

import (
	"bytes"
	"strconv"
	"time"
)

// Writer writes one answer. Its methods are called in the order of the schema; Bytes closes what is open.
//
// XML that is passed in (metadata, descriptions) goes out as it is, but for characters that XML does not have; everything
// else is escaped.
type Writer struct {
	buf  []byte
	verb Verb
}

// NewWriter begins the answer to a request that arrived at the given time. baseURL is the repository's own, whatever
// address the request came to. args is empty for answers with badVerb or badArgument.
func NewWriter(at time.Time, baseURL string, args []Arg) *Writer {
	w := &Writer{buf: make([]byte, 0, 4096)}
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<OAI-PMH xmlns="` + Namespace + `" xmlns:xsi="` + instanceNamespace + `" xsi:schemaLocation="` +
		Namespace + " " + Schema + `">` + "\n")
	w.element("responseDate", Seconds.Format(at))
	w.raw("<request")
	for _, a := range args {
		w.raw(" " + a.Name + `="`)
		w.buf = appendText(w.buf, a.Value)
		w.raw(`"`)
	}
	w.raw(">")
	w.buf = appendText(w.buf, baseURL)
	w.raw("</request>\n")
	return w
}

func (w *Writer) raw(s string) { w.buf = append(w.buf, s...) }

func (w *Writer) element(name, value string) {
	w.raw("<" + name + ">")
	w.buf = appendText(w.buf, value)
	w.raw("</" + name + ">\n")
}

// Errors writes one element for each error.
func (w *Writer) Errors(es Errors) {
	for _, e := range es {
		w.raw(`<error code="` + string(e.Code) + `">`)
		w.buf = appendText(w.buf, e.Message)
		w.raw("</error>\n")
	}
}

// Open begins the container of a verb's answer.
func (w *Writer) Open(v Verb) {
	w.verb = v
	w.raw("<" + string(v) + ">\n")
}

// Grow makes room for so many bytes more, where the caller can tell.
func (w *Writer) Grow(n int) {
	if cap(w.buf)-len(w.buf) < n {
		w.buf = append(make([]byte, 0, len(w.buf)+n), w.buf...)
	}
}

// Identify writes the answer to Identify.
func (w *Writer) Identify(id Identify) {
	w.Open(IdentifyVerb)
	w.element("repositoryName", id.Name)
	w.element("baseURL", id.BaseURL)
	w.element("protocolVersion", "2.0")
	for _, e := range id.Emails {
		w.element("adminEmail", e)
	}
	w.element("earliestDatestamp", id.Granularity.Format(id.Earliest))
	w.element("deletedRecord", string(id.Deletions))
	w.element("granularity", string(id.Granularity))
	for _, c := range id.Compression {
		w.element("compression", c)
	}
	for _, d := range id.Descriptions {
		w.raw("<description>")
		w.buf = append(w.buf, Clean(d)...)
		w.raw("</description>\n")
	}
}

// Format writes one entry of ListMetadataFormats.
func (w *Writer) Format(f Format) {
	w.raw("<metadataFormat>\n")
	w.element("metadataPrefix", f.Prefix)
	w.element("schema", f.Schema)
	w.element("metadataNamespace", f.Namespace)
	w.raw("</metadataFormat>\n")
}

// Set writes one entry of ListSets.
func (w *Writer) Set(s Set) {
	w.raw("<set>\n")
	w.element("setSpec", s.Spec)
	w.element("setName", s.Name)
	for _, d := range s.Descriptions {
		w.raw("<setDescription>")
		w.buf = append(w.buf, Clean(d)...)
		w.raw("</setDescription>\n")
	}
	w.raw("</set>\n")
}

// Header writes one entry of ListIdentifiers.
func (w *Writer) Header(h Header) {
	if h.Deleted {
		w.raw(`<header status="deleted">`)
	} else {
		w.raw("<header>")
	}
	w.raw("<identifier>")
	w.buf = appendText(w.buf, h.Identifier)
	w.raw("</identifier><datestamp>")
	w.buf = h.Datestamp.UTC().AppendFormat(w.buf, secondLayout)
	w.raw("</datestamp>")
	for _, s := range h.Sets {
		w.raw("<setSpec>")
		w.buf = appendText(w.buf, s)
		w.raw("</setSpec>")
	}
	w.raw("</header>\n")
}

// Record writes one entry of ListRecords or the one of GetRecord. attributes, such as a schemaLocation, are put into the
// start tag of the metadata element as they are. Each about is one XML element. A deleted record is its header.
func (w *Writer) Record(h Header, metadata []byte, attributes string, about ...[]byte) {
	w.raw("<record>")
	w.Header(h)
	if !h.Deleted {
		w.raw("<metadata>")
		metadata = Clean(metadata)
		at := 0
		if attributes != "" {
			at = max(0, bytes.IndexAny(metadata, " \t\r\n/>"))
		}
		w.buf = append(w.buf, metadata[:at]...)
		w.raw(attributes)
		w.buf = append(w.buf, metadata[at:]...)
		w.raw("</metadata>")
		for _, a := range about {
			w.raw("<about>")
			w.buf = append(w.buf, Clean(a)...)
			w.raw("</about>")
		}
	}
	w.raw("</record>\n")
}

// Token writes the resumptionToken element.
func (w *Writer) Token(t Token) {
	w.raw("<resumptionToken")
	if t.Size > 0 {
		w.raw(` completeListSize="` + strconv.Itoa(t.Size) + `"`)
	}
	if t.Cursor >= 0 {
		w.raw(` cursor="` + strconv.Itoa(t.Cursor) + `"`)
	}
	w.raw(">")
	w.buf = appendText(w.buf, t.Value)
	w.raw("</resumptionToken>\n")
}

// Bytes ends the answer and returns it.
func (w *Writer) Bytes() []byte {
	if w.verb != "" {
		w.raw("</" + string(w.verb) + ">\n")
		w.verb = ""
	}
	w.raw("</OAI-PMH>\n")
	return w.buf
}
