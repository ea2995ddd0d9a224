package federation

import (
	"bytes"
	"slices"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
)

// list answers ListRecords and ListIdentifiers.
func (r reply) list() (*oaipmh.Writer, oaipmh.Errors, error) {
	c, errs := r.cursor()
	if len(errs) > 0 {
		return nil, errs, nil
	}
	format, ok := r.format(c.Prefix)
	if !ok {
		return nil, oaipmh.Errors{noFormat}, nil
	}
	page, more, err := r.page(&c, format)
	if err != nil {
		return nil, nil, err
	}
	if len(page) == 0 {
		return refuse(oaipmh.NoRecordsMatch, "no records match these dates, this set and this format")
	}
	first := c.Count == 0
	if first && more {
		if c.Size, err = r.o.Records.Count(r.ctx, window(c, format)); err != nil {
			return nil, nil, err
		}
	}
	w := r.writer()
	w.Open(c.Verb)
	if c.Verb == oaipmh.ListRecords {
		size := 0
		for _, rec := range page {
			size += len(rec.Metadata) + len(rec.About) + 900
		}
		w.Grow(size)
	}
	for _, rec := range page {
		if c.Verb == oaipmh.ListIdentifiers {
			w.Header(wireHeader(rec))
		} else {
			writeRecord(w, rec, format)
		}
	}
	token := oaipmh.Token{Cursor: c.Count, Size: c.Size}
	c.Count += len(page)
	c.After = page[len(page)-1].Seq
	if more {
		token.Value = c.Seal(r.o.Key)
	}
	if more || !first {
		w.Token(token)
	}
	return w, nil, nil
}

// cursor is where the list stands: at its begin, or where its token says.
func (r reply) cursor() (oaipmh.Cursor, oaipmh.Errors) {
	if hasArg(r.req, "resumptionToken") {
		c, err := oaipmh.Unseal(r.req.Token, r.o.Key)
		if err != nil || c.Verb != r.req.Verb {
			return c, oaipmh.Errors{{Code: oaipmh.BadResumptionToken, Message: "this token was not issued here for this verb; begin the list anew"}}
		}
		return c, nil
	}
	c := oaipmh.Cursor{Verb: r.req.Verb, Prefix: r.req.Prefix, Set: r.req.Set, From: r.req.From, Until: r.req.Until}
	if c.Until.IsZero() || c.Until.After(r.at) {
		c.Until, c.Pinned = r.at, true
	}
	return c, nil
}

func window(c oaipmh.Cursor, f offered) Window {
	return Window{
		Prefix: f.stored, From: c.From, Until: c.Until, Set: c.Set, After: c.After,
		Headers: c.Verb == oaipmh.ListIdentifiers,
	}
}

// page reads the records behind the cursor and says whether there are more.
func (r reply) page(c *oaipmh.Cursor, f offered) ([]Record, bool, error) {
	if c.From.After(c.Until) {
		return nil, false, nil
	}
	for {
		w := window(*c, f)
		w.Limit = r.o.PageSize + 1
		page, err := r.o.Records.Window(r.ctx, w)
		if err != nil {
			return nil, false, err
		}
		// All that was left when the last page went out has changed since, and its new place is behind the pinned end.
		// Nobody asked for that end: moving it keeps the list complete.
		if len(page) == 0 && c.Count > 0 && c.Pinned && c.Until.Before(r.at) {
			c.Until = r.at
			continue
		}
		if len(page) > r.o.PageSize {
			return page[:r.o.PageSize], true, nil
		}
		return page, false, nil
	}
}

func wireHeader(rec Record) oaipmh.Header {
	return oaipmh.Header{Identifier: rec.Identifier, Datestamp: rec.Datestamp, Sets: rec.Sets, Deleted: rec.Deleted}
}

func writeRecord(w *oaipmh.Writer, rec Record, f offered) {
	w.Record(wireHeader(rec), rec.Metadata, schemaLocation(rec.Metadata, f), abouts(rec)...)
}

// schemaLocation is what the start tag of stored metadata lacks: the schema's address, which is not stored because the
// server's may change.
func schemaLocation(metadata []byte, f offered) string {
	tag := metadata[:bytes.IndexByte(metadata, '>')+1]
	if bytes.Contains(tag, []byte(":schemaLocation=")) {
		return ""
	}
	attributes := ` xsi:schemaLocation="` + oaipmh.EscapeText(f.Namespace) + " " + oaipmh.EscapeText(f.Schema) + `"`
	if !bytes.Contains(tag, []byte("xmlns:xsi=")) {
		attributes = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` + attributes
	}
	return attributes
}

// listSets answers ListSets: the sets that hold records and all sets above them, or the top ones of an empty repository.
func (r reply) listSets() (*oaipmh.Writer, oaipmh.Errors, error) {
	c := oaipmh.Cursor{Verb: oaipmh.ListSets}
	if hasArg(r.req, "resumptionToken") {
		var errs oaipmh.Errors
		if c, errs = r.cursor(); len(errs) > 0 {
			return nil, errs, nil
		}
	}
	sets, err := r.o.Records.Sets(r.ctx, c.Last, r.o.PageSize+1)
	if err != nil {
		return nil, nil, err
	}
	more := len(sets) > r.o.PageSize
	if more {
		sets = sets[:r.o.PageSize]
	}
	first, last := c.Last == "", c.Last
	if len(sets) > 0 {
		c.Last = sets[len(sets)-1].Spec
	}
	sets = withAncestors(sets, last)
	if len(sets) == 0 {
		sets = setRoots
	}
	r.title(sets)
	w := r.writer()
	w.Open(oaipmh.ListSets)
	for _, s := range sets {
		w.Set(oaipmh.Set{Spec: s.Spec, Name: setName(s), Descriptions: describe(s)})
	}
	token := oaipmh.Token{Cursor: c.Count}
	c.Count += len(sets)
	if more {
		token.Value = c.Seal(r.o.Key)
	}
	if more || !first {
		w.Token(token)
	}
	return w, nil, nil
}

// title names the sets of approved lists as their boards do. Harvesters need the sets, so they are listed without names too.
func (r reply) title(sets []Set) {
	if r.o.Lists == nil || !slices.ContainsFunc(sets, func(s Set) bool { return IsListSpec(s.Spec) }) {
		return
	}
	titles, err := r.o.Lists(r.ctx)
	if err != nil {
		r.o.Logger.WarnContext(r.ctx, "sets of lists without their titles", "err", err)
	}
	for i := range sets {
		if IsListSpec(sets[i].Spec) {
			sets[i].Name = titles[SetPath(sets[i].Spec)[1]]
		}
	}
}

// withAncestors puts the sets above each set before it, once. last is the set that the page before ended with. Specs come
// in byte order, in which all that is below one set stands together.
func withAncestors(sets []Set, last string) []Set {
	listed := map[string]bool{last: true}
	for _, above := range ancestors(last) {
		listed[above] = true
	}
	var all []Set
	for _, s := range sets {
		for _, above := range ancestors(s.Spec) {
			if !listed[above] {
				listed[above] = true
				all = append(all, Set{Spec: above})
			}
		}
		if !listed[s.Spec] {
			listed[s.Spec] = true
			all = append(all, s)
		}
	}
	return all
}
