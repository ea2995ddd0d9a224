package federation

import (
	"fmt"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// reader maps one metadata element.
type reader func(raw []byte) (metadata.Harvested, metadata.Problems)

// readers are the formats that can be read.
var readers = map[string]reader{
	DublinCore: metadata.ReadDublinCore,
	LRMI:       readWrappedLRMI,
}

// Readable returns the prefixes of the formats that can be harvested, the best one first.
func Readable() []string { return []string{LRMI, DublinCore} }

func readWrappedLRMI(raw []byte) (metadata.Harvested, metadata.Problems) {
	jsonld, err := UnwrapLRMI(raw)
	if err != nil {
		return metadata.Harvested{}, metadata.Problems{{Severity: metadata.Error, Code: "lrmi-element", Message: err.Error()}}
	}
	return metadata.ReadLRMI(jsonld)
}

// take judges a record and puts it where it belongs.
func (r *round) take(p *page, rec oaipmh.Record) error {
	if r.o.Namespace != "" && NamespaceOf(rec.Identifier) == strings.ToLower(r.o.Namespace) {
		p.echoes++
		return nil
	}
	good, reason := r.harvested(rec)
	if reason != "" {
		p.bad = append(p.bad, Quarantined{Identifier: rec.Identifier, Reason: reason, Raw: rec.Metadata})
		return nil
	}
	// Twice on one page: the later datestamp holds, of equal ones the later record.
	if i, twice := p.places[good.Identifier]; twice {
		if !good.Datestamp.Before(p.good[i].Datestamp) {
			p.good[i] = good
		}
		return nil
	}
	p.places[good.Identifier] = len(p.good)
	p.good = append(p.good, good)
	return nil
}

// harvested maps a record, or says why it cannot be accepted.
func (r *round) harvested(rec oaipmh.Record) (Harvested, string) {
	if rec.Fault != "" {
		return Harvested{}, rec.Fault
	}
	h := Harvested{
		Identifier: rec.Identifier, Datestamp: rec.Datestamp, Stamp: rec.Stamp, Sets: rec.Sets, Deleted: rec.Deleted,
		Prefix: r.state.Prefix, Warnings: rec.Notes,
	}
	if now := r.o.Now(); rec.Datestamp.Sub(now) > 24*time.Hour {
		h.Warnings = append(h.Warnings, fmt.Sprintf("its datestamp %s is in the future", rec.Stamp))
	}
	if rec.Deleted {
		return h, ""
	}
	m, problems := readers[r.state.Prefix](rec.Metadata)
	if problems.Refuse() {
		return Harvested{}, "its metadata cannot be read: " + firstError(problems)
	}
	for _, p := range problems {
		h.Warnings = append(h.Warnings, p.Message)
	}
	h.Raw, h.About = rec.Metadata, rec.About
	h.Metadata = m.Metadata
	if m.License != "" {
		h.Metadata.License = m.License
	}
	reading := licensing.Normalize(h.Metadata.License)
	h.License = reading.License()
	h.Warnings = append(h.Warnings, reading.Warnings...)
	h.Revision, h.Git, h.Path, h.URL, h.Modified = m.Revision, m.Git, m.Path, m.URL, m.Modified
	if m.Unit != nil {
		h.Unit = m.Unit.Identifier
	}
	for _, part := range m.Parts {
		if part.Identifier != "" {
			h.Parts = append(h.Parts, part.Identifier)
		}
	}
	return h, ""
}

func firstError(ps metadata.Problems) string {
	for _, p := range ps {
		if p.Severity == metadata.Error {
			return p.Message
		}
	}
	return ""
}
