package oaipmh

import (
	"fmt"
	"strings"
)

// maxSets is how many sets of one record are kept.
const maxSets = 1000

// record reads one record element.
func (d *decoder) record() error {
	var rec Record
	headers, bodies, size := 0, 0, 0
	keep := func() ([]byte, error) {
		raw, err := d.cut(&rec.Fault)
		if size += len(raw); size > d.bounds.Record {
			d.fault(&rec.Fault, "it is larger than %d bytes", d.bounds.Record)
			return nil, err
		}
		return raw, err
	}
	err := d.children(func(name string) error {
		switch name {
		case "header":
			headers++
			return d.header(&rec)
		case "metadata":
			return d.children(func(string) error {
				raw, err := keep()
				if bodies++; bodies > 1 {
					d.fault(&rec.Fault, "it holds more than one metadata element")
				} else {
					rec.Metadata = raw
				}
				return err
			})
		case "about":
			return d.children(func(string) error {
				raw, err := keep()
				if raw != nil {
					rec.About = append(rec.About, raw)
				}
				return err
			})
		}
		rec.Notes = append(rec.Notes, fmt.Sprintf("it holds an element <%s> that the protocol does not have", short([]byte(name))))
		return d.skip()
	})
	if err != nil {
		return err
	}
	switch {
	case headers != 1:
		d.fault(&rec.Fault, "it has %d headers", headers)
	case rec.Deleted:
		rec.Metadata = nil
	case bodies == 0 && d.resp.Verb != ListIdentifiers:
		d.fault(&rec.Fault, "it has no metadata and is not deleted")
	}
	return d.emit(rec)
}

// fault notes why a record cannot be used; the first reason stays.
func (d *decoder) fault(to *string, format string, args ...any) {
	if *to == "" {
		*to = fmt.Sprintf(format, args...)
	}
}

// header reads a header element, whose start tag was just read.
func (d *decoder) header(rec *Record) error {
	if status, ok := d.attr("status"); ok {
		rec.Deleted = strings.EqualFold(strings.TrimSpace(status), "deleted")
	}
	return d.children(func(name string) error {
		if name != "identifier" && name != "datestamp" && name != "setSpec" {
			return d.skip()
		}
		s, err := d.textOf()
		switch {
		case err != nil:
			return err
		case name == "identifier":
			rec.Identifier = s
		case name == "datestamp":
			rec.Stamp = s
		case s != "" && len(rec.Sets) < maxSets:
			rec.Sets = append(rec.Sets, d.intern([]byte(s)))
		}
		return nil
	})
}

// maxIdentifier is the longest identifier that is kept.
const maxIdentifier = 1024

// emit judges the header and hands the record on.
func (d *decoder) emit(rec Record) error {
	d.resp.Records++
	var legal, ok bool
	rec.Datestamp, legal, ok = ParseLoose(rec.Stamp)
	switch {
	case !ok:
		rec.Notes = append(rec.Notes, fmt.Sprintf("its datestamp %s is no date", quote(rec.Stamp)))
	case !legal:
		rec.Notes = append(rec.Notes, fmt.Sprintf("its datestamp %s has not the form that the protocol asks for", quote(rec.Stamp)))
	}
	switch {
	case rec.Identifier == "":
		d.fault(&rec.Fault, "it has no identifier")
	case len(rec.Identifier) > maxIdentifier:
		d.fault(&rec.Fault, "its identifier is longer than %d bytes", maxIdentifier)
		rec.Identifier = ""
	case strings.ContainsAny(rec.Identifier, " \t\r\n<>\""):
		d.fault(&rec.Fault, "its identifier %s is not a URI", quote(rec.Identifier))
	}
	if d.each == nil {
		return nil
	}
	return d.each(rec)
}
