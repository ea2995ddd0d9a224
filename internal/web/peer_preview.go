package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of what a preview shows, whatever a repository answers.
const (
	shownSamples  = 20
	shownSets     = 60
	shownUnmapped = 3 // of a sample
	shownFields   = 12
	shownValue    = 60 // characters of a field that was not mapped
)

// previewView is what was found of a repository, with the form for what is wanted of it.
func (s *Server) previewView(c *fiber.Ctx, found federation.Preview, o federation.Subscription) themes.PeerPreview {
	lang := language(c)
	v := themes.PeerPreview{
		Title: clip(found.Title, 200), URL: found.URL, Kind: sourceKind(found.Detected), Name: o.Name, Size: found.Size, Format: found.Prefix,
		Deletions: found.Deletions, Emails: clipped(found.Emails, 5, 100), Sampled: found.Counted, Notes: clipped(found.Notes, 5, 300),
		Reasons: counted(found.Refused, shownFields), Unmapped: counted(found.Unmapped, shownFields),
	}
	if v.Title == "" {
		v.Title = found.URL
	}
	if v.Name == "" {
		v.Name = found.Detected.Peer().Name
	}
	if found.Prefix == "" && found.Source == federation.OAIPMH {
		v.Error = &themes.PeerError{Kind: "formats", Alert: true}
	}
	if len(found.Formats) > 1 {
		v.Offered = clipped(found.Formats, 20, 60)
	}
	for _, n := range found.Refused {
		v.Refused += n
	}
	licenses := themes.Bars{Name: string(search.License)}
	for id, n := range found.Licenses {
		label := licenseView(id, lang).Short
		if id != "" && label == "" {
			label = string(id)
		}
		if id == licensing.NotCleared {
			label = s.o.Theme.Text(lang, "license.unclear")
		} else {
			v.Cleared += n
		}
		licenses.Rows = append(licenses.Rows, themes.Bar{Label: label, Count: n})
	}
	types, languages := themes.Bars{Name: string(search.Type)}, themes.Bars{Name: string(search.Language)}
	for t, n := range found.Types {
		types.Rows = append(types.Rows, themes.Bar{Label: s.labelOr(lang, "type", string(t)), Count: n})
	}
	for l, n := range found.Languages {
		languages.Rows = append(languages.Rows, themes.Bar{Label: s.labelOr(lang, "language", clip(l, 40)), Count: n})
	}
	for _, chart := range []themes.Bars{licenses, types, languages} {
		if len(chart.Rows) > 0 {
			slices.SortFunc(chart.Rows, func(a, b themes.Bar) int { return strings.Compare(a.Label, b.Label) })
			inProportion(chart.Rows)
			chart.Rows = chart.Rows[:min(len(chart.Rows), 8)]
			v.Charts = append(v.Charts, chart)
		}
	}
	for _, sample := range found.Samples[:min(len(found.Samples), shownSamples)] {
		v.Samples = append(v.Samples, sampleView(sample, lang))
	}
	v.Settings = s.settings(lang, o, found.Sets)
	if len(found.Formats) > 1 {
		for _, prefix := range found.Formats[:min(len(found.Formats), 20)] {
			v.Settings.Formats = append(v.Settings.Formats, themes.Choice{Value: prefix, Label: clip(prefix, 60), Selected: prefix == found.Prefix})
		}
	}
	return v
}

func sourceKind(d federation.Detected) string {
	switch {
	case d.Commonplace:
		return "commonplace"
	case d.Source != federation.OAIPMH:
		return string(d.Source)
	}
	return "oai"
}

// labelOr is a value in words, or that there is none.
func (s *Server) labelOr(lang, group, value string) string {
	if value == "" {
		return s.o.Theme.Text(lang, "preview.peer.none")
	}
	return s.o.Theme.Label(lang, group, value)
}

// sampleView is one record and what it would become.
func sampleView(sample federation.Sample, lang string) themes.PeerSample {
	m := sample.Record.Metadata
	v := themes.PeerSample{
		Title: clip(m.Title, 120), Language: m.Language, Type: string(m.Type), License: licenseView(sample.License, lang), Refused: clip(sample.Refused, 300),
		Grades: m.Grades[:min(len(m.Grades), 8)],
	}
	if v.Title == "" {
		v.Title = clip(sample.Identifier, 120)
	}
	if stated := strings.Join(strings.Fields(m.License), " "); !slices.Contains([]string{v.License.ID, v.License.Short, v.License.Title, v.License.URL}, stated) {
		v.Stated = clip(stated, 100)
	}
	for _, code := range append(append(slices.Clone(m.Alignments.Teaches), m.Alignments.Assesses...), m.Alignments.Requires...) {
		if len(v.Standards) < 4 {
			v.Standards = append(v.Standards, clip(shortCode(code), 40))
		}
	}
	for _, row := range sample.Mapping.Unmapped() {
		if len(v.Unmapped) == shownUnmapped {
			v.More++
			continue
		}
		v.Unmapped = append(v.Unmapped, themes.Field{Name: clip(row.Source, shownValue), Value: clip(strings.Join(strings.Fields(row.Value), " "), shownValue)})
	}
	return v
}

// counted are counts by what they count, the most frequent first.
func counted(counts map[string]int, most int) []themes.Reason {
	var list []themes.Reason
	for _, text := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, themes.Reason{Text: clip(text, 200), Count: counts[text]})
	}
	slices.SortStableFunc(list, func(a, b themes.Reason) int { return b.Count - a.Count })
	return list[:min(len(list), most)]
}

// clipped bounds a list of texts that somebody else wrote.
func clipped(list []string, most, size int) []string {
	var out []string
	for _, s := range list[:min(len(list), most)] {
		out = append(out, clip(s, size))
	}
	return out
}
