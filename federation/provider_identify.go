package federation

import (
	"errors"
	"regexp"
	"slices"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// domainForm is what the schema oai-identifier takes as a repository identifier.
var domainForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+$`)

const sampleUUID = "0192d5c0-9a4e-7000-8000-0123456789ab"

// Identifier is the OAI identifier of a resource in a repository.
func Identifier(namespace, uuid string) string { return "oai:" + namespace + ":" + uuid }

func (r reply) identify() (*oaipmh.Writer, oaipmh.Errors, error) {
	earliest, err := r.o.Records.Earliest(r.ctx)
	if err != nil {
		return nil, nil, err
	}
	if earliest.IsZero() {
		earliest = r.at
	}
	id := oaipmh.Identify{
		Name: r.o.Name, BaseURL: r.o.BaseURL, Emails: r.o.Emails, Earliest: earliest,
		Deletions: oaipmh.Persistent, Granularity: oaipmh.Seconds, Compression: []string{"gzip"},
	}
	id.Descriptions = r.descriptions()
	w := r.writer()
	w.Identify(id)
	return w, nil, nil
}

func (r reply) listFormats() (*oaipmh.Writer, oaipmh.Errors, error) {
	offered := r.formats
	if id := r.req.Identifier; id != "" || hasArg(r.req, "identifier") {
		item, errs, err := r.item(id)
		if err != nil || len(errs) > 0 {
			return nil, errs, err
		}
		offered = of(item, r.formats)
		if len(offered) == 0 {
			return refuse(oaipmh.NoMetadataFormats, "this item has no metadata")
		}
	}
	w := r.writer()
	w.Open(oaipmh.ListMetadataFormats)
	for _, f := range offered {
		w.Format(f.Format)
	}
	return w, nil, nil
}

// of returns the formats that an item is available in; of an item that was deleted, in which it was.
func of(item []Record, formats []offered) (live []offered) {
	gone := !slices.ContainsFunc(item, func(r Record) bool { return !r.Deleted })
	for _, f := range formats {
		if slices.ContainsFunc(item, func(r Record) bool { return r.Prefix == f.stored && (gone || !r.Deleted) }) {
			live = append(live, f)
		}
	}
	return live
}

func hasArg(req oaipmh.Request, name string) bool {
	for _, a := range req.Args {
		if a.Name == name {
			return true
		}
	}
	return false
}

// item returns the records of an identifier that somebody asked for.
func (r reply) item(identifier string) ([]Record, oaipmh.Errors, error) {
	unknown := oaipmh.Errors{{Code: oaipmh.IDDoesNotExist, Message: "no item of this repository has this identifier"}}
	if !oaipmh.LegalIdentifier(identifier) {
		return nil, unknown, nil
	}
	item, err := r.o.Records.Item(r.ctx, identifier)
	if errors.Is(err, kind.ErrNotFound) {
		return nil, unknown, nil
	}
	return item, nil, err
}

func (r reply) getRecord() (*oaipmh.Writer, oaipmh.Errors, error) {
	item, errs, err := r.item(r.req.Identifier)
	if err != nil {
		return nil, nil, err
	}
	format, ok := r.format(r.req.Prefix)
	if !ok {
		errs = append(errs, noFormat)
	}
	if len(errs) > 0 {
		return nil, errs, nil
	}
	for _, rec := range item {
		if rec.Prefix == format.stored {
			w := r.writer()
			w.Open(oaipmh.GetRecord)
			writeRecord(w, rec, format)
			return w, nil, nil
		}
	}
	return refuse(oaipmh.CannotDisseminateFormat, "this item is not available in this format; ask ListMetadataFormats with its identifier")
}

var noFormat = oaipmh.Error{Code: oaipmh.CannotDisseminateFormat, Message: "this repository does not have this format; ask ListMetadataFormats"}
