package federation

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/commonplace-oer/commonplace/federation/oaipmh"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// PreviewOptions say what to look at.
type PreviewOptions struct {
	Prefix  string   // metadata format; empty: the best one offered
	Sets    []string // only these sets; empty: everything
	Samples int      // records to map; 0: 20
}

// Preview shows what a repository would bring, before anything is kept of it.
type Preview struct {
	Detected
	Size      int                   `json:"size"` // records in all, 0 where the repository does not tell
	Samples   []Sample              `json:"samples"`
	Counted   int                   `json:"counted"`   // live records that the first answers brought, samples included; 1,000 of each at most
	Licenses  map[licensing.ID]int  `json:"licenses"`  // of those that can be read; "" is "not cleared"
	Languages map[string]int        `json:"languages"` // likewise
	Types     map[metadata.Type]int `json:"types"`     // likewise
	Unmapped  map[string]int        `json:"unmapped"`  // fields of the samples of which nothing was taken, by their path
	Refused   map[string]int        `json:"refused"`   // records that would go to quarantine, by the reason
	Notes     []string              `json:"notes,omitempty"`
}

// Sample is one record and what it would become.
type Sample struct {
	Identifier string           `json:"identifier"`
	Stamp      string           `json:"datestamp"`
	License    licensing.ID     `json:"license"` // "" is "not cleared"
	Record     Harvested        `json:"-"`
	Mapping    metadata.Preview `json:"mapping"`
	Refused    string           `json:"refused,omitempty"` // why it would go to quarantine
}

// samples is how many records a preview maps unless it is told; counted how many of one answer it looks at to count what
// they are.
const (
	samples = 20
	counted = 1000
)

// Preview finds the repository behind an address, as Detect does, and maps some of its records. Nothing is stored, and
// nothing is asked twice: it is for somebody who waits. Errors are as for Detect.
func (h *Harvester) Preview(ctx context.Context, pasted string, o PreviewOptions) (Preview, error) {
	found, err := h.Detect(ctx, pasted)
	if err != nil {
		return Preview{}, err
	}
	if o.Samples == 0 {
		o.Samples = samples
	}
	if o.Prefix != "" {
		found.Prefix = o.Prefix
	}
	p := Preview{
		Detected: found, Licenses: map[licensing.ID]int{}, Languages: map[string]int{}, Types: map[metadata.Type]int{},
		Unmapped: map[string]int{}, Refused: map[string]int{},
	}
	if found.Source == Sitemap {
		return p, h.sampleSitemap(ctx, &p, o.Samples)
	}
	if found.Prefix == "" {
		return p, nil // Formats says what is offered instead
	}
	sets := o.Sets
	if len(sets) == 0 {
		sets = []string{""}
	}
	for _, set := range sets {
		if err := h.sampleSet(ctx, &p, set, o.Samples); err != nil {
			return p, err
		}
	}
	return p, nil
}

// sampleSet takes the first records of a list, and asks how long it is.
func (h *Harvester) sampleSet(ctx context.Context, p *Preview, set string, most int) error {
	args := url.Values{"verb": {string(oaipmh.ListRecords)}, "metadataPrefix": {p.Prefix}}
	if set != "" {
		args.Set("set", set)
	}
	n := 0
	resp, err := h.once(ctx, address(p.URL, args), func(rec oaipmh.Record) error {
		switch n++; {
		case rec.Deleted:
		case len(p.Samples) < most:
			p.take(h.sample(rec, p.Prefix))
		case n <= counted:
			p.count(h.harvested(rec, p.Prefix))
		}
		return nil
	})
	switch {
	case err != nil && len(p.Samples) == 0:
		return fmt.Errorf("%s: %w", p.URL, err)
	case err != nil:
		p.Notes = append(p.Notes, err.Error())
		return nil
	case len(resp.Errors) > 0 && !resp.Errors.Has(oaipmh.NoRecordsMatch):
		return fmt.Errorf("%s: the repository refuses: %w", p.URL, resp.Errors)
	}
	p.Notes = append(p.Notes, resp.Notes...)
	switch {
	case resp.Token == nil || resp.Token.Value == "":
		p.Size += n
	case resp.Token.Size > 0:
		p.Size += resp.Token.Size
	}
	return nil
}

// sample maps one record.
func (h *Harvester) sample(rec oaipmh.Record, prefix string) Sample {
	s := Sample{Identifier: rec.Identifier, Stamp: rec.Stamp}
	s.Record, s.Refused = h.harvested(rec, prefix)
	s.License = s.Record.License
	if len(rec.Metadata) > 0 {
		raw := rec.Metadata
		if jsonld, err := UnwrapLRMI(raw); err == nil {
			raw = jsonld
		}
		s.Mapping = metadata.PreviewRecord(prefix, raw)
	}
	return s
}

// count counts what a record is.
func (p *Preview) count(h Harvested, refused string) {
	p.Counted++
	if refused != "" {
		p.Refused[refused]++
		return
	}
	p.Licenses[h.License]++
	p.Languages[h.Metadata.Language]++
	p.Types[h.Metadata.Type]++
}

// take keeps a sample.
func (p *Preview) take(s Sample) {
	p.Samples = append(p.Samples, s)
	if p.count(s.Record, s.Refused); s.Refused != "" {
		return
	}
	seen := map[string]bool{}
	for _, row := range s.Mapping.Unmapped() {
		seen[row.Source] = true
	}
	for _, source := range slices.Sorted(maps.Keys(seen)) {
		p.Unmapped[source]++
	}
}
