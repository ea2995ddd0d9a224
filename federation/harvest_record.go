package federation

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// readMetadata maps one metadata element. The element of LRMINamespace is opened here; metadata knows the rest.
func readMetadata(prefix string, raw []byte) (metadata.Harvested, metadata.Problems) {
	const start = 512
	if bytes.Contains(raw[:min(len(raw), start)], []byte(LRMINamespace)) {
		if jsonld, err := UnwrapLRMI(raw); err == nil {
			return metadata.ReadLRMI(jsonld)
		}
	}
	return metadata.ReadRecord(prefix, raw)
}

// judgedAtOnce is how many records are handed over together: fewer, and handing over costs more than it gains.
const judgedAtOnce = 8

// judging judges the records of a page while the rest of it is still being read, on the cores that no other harvest needs,
// and keeps their order.
type judging struct {
	round *round
	parts []part
	next  []oaipmh.Record
	queue chan part
	done  sync.WaitGroup
}

// part is some of the records of a page, and what became of them.
type part struct {
	records []oaipmh.Record
	judged  []judgement
}

func (r *round) startJudging() *judging {
	j := &judging{round: r}
	if workers := runtime.GOMAXPROCS(0)/r.running() - 1; workers > 0 {
		j.queue = make(chan part, workers)
		for range workers {
			j.done.Go(func() {
				for some := range j.queue {
					some.judge(r)
				}
			})
		}
	}
	return j
}

func (p part) judge(r *round) {
	for i, rec := range p.records {
		p.judged[i] = r.judge(rec)
	}
}

// add takes the next record.
func (j *judging) add(rec oaipmh.Record) error {
	if j.next = append(j.next, rec); len(j.next) >= judgedAtOnce {
		j.send()
	}
	return nil
}

func (j *judging) send() {
	some := part{records: j.next, judged: make([]judgement, len(j.next))}
	j.parts, j.next = append(j.parts, some), nil
	if j.queue == nil {
		some.judge(j.round)
		return
	}
	j.queue <- some
}

// end waits for all.
func (j *judging) end() {
	if len(j.next) > 0 {
		j.send()
	}
	if j.queue != nil {
		close(j.queue)
		j.done.Wait()
	}
}

// takeAll puts judged records where they belong, in their order.
func (r *round) takeAll(p *page, j *judging) {
	for _, some := range j.parts {
		for i, rec := range some.records {
			r.put(p, rec, some.judged[i])
		}
	}
}

// judgement is what became of a record.
type judgement struct {
	echo   bool // one of our own came back
	good   Harvested
	reason string // why it is not good
}

func (r *round) judge(rec oaipmh.Record) (j judgement) {
	if r.o.Namespace != "" && NamespaceOf(rec.Identifier) == strings.ToLower(r.o.Namespace) {
		return judgement{echo: true}
	}
	j.good, j.reason = r.harvested(rec, r.state.Prefix)
	return j
}

// take judges a record and puts it where it belongs.
func (r *round) take(p *page, rec oaipmh.Record) { r.put(p, rec, r.judge(rec)) }

// put puts a record where it belongs.
func (r *round) put(p *page, rec oaipmh.Record, j judgement) {
	if j.echo {
		p.echoes++
		return
	}
	if j.reason != "" {
		p.bad = append(p.bad, quarantined(rec, r.state.Prefix, j.reason))
		return
	}
	good := j.good
	good.Filtered = !good.Deleted && !r.state.Filter.Keeps(good)
	// Twice on one page: the later datestamp holds, of equal ones the later record.
	if i, twice := p.places[good.Identifier]; twice {
		if !good.Datestamp.Before(p.good[i].Datestamp) {
			p.good[i] = good
		}
		return
	}
	p.places[good.Identifier] = len(p.good)
	p.good = append(p.good, good)
}

// note takes a header of a list of identifiers.
func (r *round) note(p *page, rec oaipmh.Record) error {
	switch {
	case rec.Fault != "":
		p.notes = append(p.notes, rec.Fault)
	case r.o.Namespace != "" && NamespaceOf(rec.Identifier) == strings.ToLower(r.o.Namespace):
		p.echoes++
	default:
		p.headers = append(p.headers, Header{Identifier: rec.Identifier, Stamp: rec.Stamp, Deleted: rec.Deleted})
	}
	return nil
}

// harvested maps a record, or says why it cannot be accepted.
func (h *Harvester) harvested(rec oaipmh.Record, prefix string) (out Harvested, reason string) {
	if rec.Fault != "" {
		return Harvested{}, rec.Fault
	}
	out = Harvested{
		Identifier: rec.Identifier, Datestamp: rec.Datestamp, Stamp: rec.Stamp, Sets: rec.Sets, Deleted: rec.Deleted,
		Prefix: prefix, Warnings: rec.Notes,
	}
	if now := h.o.Now(); rec.Datestamp.Sub(now) > 24*time.Hour {
		out.Warnings = append(out.Warnings, fmt.Sprintf("its datestamp %s is in the future", rec.Stamp))
	}
	if rec.Deleted {
		return out, ""
	}
	m, problems := readMetadata(prefix, rec.Metadata)
	if problems.Refuse() {
		return Harvested{}, "its metadata cannot be read: " + firstError(problems)
	}
	for _, p := range problems {
		out.Warnings = append(out.Warnings, p.Message)
	}
	out.Raw, out.About = rec.Metadata, rec.About
	out.Metadata = m.Metadata
	if m.License != "" {
		out.Metadata.License = m.License
	}
	reading := licensing.Normalize(out.Metadata.License)
	out.License = reading.License()
	out.Warnings = append(out.Warnings, reading.Warnings...)
	out.Revision, out.Git, out.Path, out.URL, out.Modified = m.Revision, m.Git, m.Path, m.URL, m.Modified
	out.Release, out.Access = m.Release, m.Access
	if m.Unit != nil {
		out.Unit = m.Unit.Identifier
	}
	for _, part := range m.Parts {
		if part.Identifier != "" {
			out.Parts = append(out.Parts, part.Identifier)
		}
	}
	return out, ""
}

// quarantined is a record that cannot be accepted, as it is kept.
func quarantined(rec oaipmh.Record, prefix, reason string) Quarantined {
	q := Quarantined{
		Identifier: rec.Identifier, Reason: reason, Raw: rec.Metadata, Prefix: prefix, Stamp: rec.Stamp, Sets: rec.Sets, About: rec.About,
		Broken: rec.Fault != "",
	}
	size := 0
	for _, a := range q.About {
		size += len(a)
	}
	if size > MaxQuarantinedRaw {
		q.About = nil
	}
	if len(q.Raw) > MaxQuarantinedRaw {
		q.Raw, q.Broken = q.Raw[:MaxQuarantinedRaw:MaxQuarantinedRaw], true
	}
	return q
}

func firstError(ps metadata.Problems) string {
	for _, p := range ps {
		if p.Severity == metadata.Error {
			return p.Message
		}
	}
	return ""
}
