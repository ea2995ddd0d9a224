package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/themes"
)

// licenses says what each license permits.
func (s *Server) licenses(c *fiber.Ctx) error {
	lang := language(c)
	v := themes.Licenses{}
	for _, id := range licensing.Current() {
		v.Licenses = append(v.Licenses, licenseView(id, lang))
	}
	for _, id := range []licensing.ID{
		licensing.PublicDomainMark, licensing.USGovernment, licensing.NoKnownCopyright, licensing.AllRightsReserved, licensing.Custom,
	} {
		v.Statuses = append(v.Statuses, licenseView(id, lang))
	}
	return s.page(c, "licenses", themes.Frame{Lede: s.theme(c).Text(lang, "licenses.lede")}, v)
}

// explored bounds, in bytes, the text that the explorer reads; it comes in the address.
const explored = 8 << 10

// systems are where the explorer's texts may come from, if their short codes mean something of their own there.
var systems = [...]string{"Moodle", "Flickr", "H5P", "Kolibri", "LibreTexts", "Pressbooks", "YouTube"}

// explore shows what is understood of a text about rights.
func (s *Server) explore(c *fiber.Ctx) error {
	lang := language(c)
	v := themes.Explorer{Text: c.Query("text"), System: c.Query("from")}
	v.Text = v.Text[:min(len(v.Text), explored)]
	v.Asked = strings.TrimSpace(v.Text) != ""
	v.Systems = []themes.Choice{{Label: s.theme(c).Text(lang, "explore.from.any")}}
	for _, name := range systems {
		v.Systems = append(v.Systems, themes.Choice{Value: name, Label: name, Selected: name == v.System})
	}
	if v.Asked {
		v.Reading = readingView(licensing.NormalizeFrom(v.Text, v.System), lang)
	}
	for _, text := range []string{
		"CC BY-NC-SA 3.0 US", "https://creativecommons.org/licenses/by/4.0/deed.es", "© 2019 Rosa Delgado. All rights reserved.",
		"Attribution-ShareAlike, except where otherwise noted", "CC BY 5.0", "free for classroom use",
	} {
		v.Examples = append(v.Examples, themes.Link{Label: text, URL: "/licenses/explore?text=" + escapeQuery(text)})
	}
	return s.page(c, "license-explore", themes.Frame{Lede: s.theme(c).Text(lang, "explore.lede")}, v)
}

// readingView shows a reading: the text with what was taken from it marked, and what it means.
func readingView(r licensing.Reading, lang string) themes.Reading {
	v := themes.Reading{
		Resolution: string(r.Resolution), License: licenseView(r.License(), lang), ID: string(r.ID), Expr: r.Expr, Warnings: r.Warnings,
	}
	spans := slices.Clone(r.Evidence)
	slices.SortStableFunc(spans, func(a, b licensing.Span) int { return cmp.Compare(a.Start, b.Start) })
	at := 0
	for _, e := range spans {
		e.Says = cmp.Or(e.Says, "?") // looked at, and not understood
		v.Evidence = append(v.Evidence, themes.Mark{Text: e.Text, Says: e.Says})
		start := max(e.Start, at)
		if e.End > len(r.Input) || start >= e.End {
			continue // inside of the one before
		}
		if start > at {
			v.Marks = append(v.Marks, themes.Mark{Text: r.Input[at:start]})
		}
		v.Marks = append(v.Marks, themes.Mark{Text: r.Input[start:e.End], Says: e.Says})
		at = e.End
	}
	if rest := r.Input[at:]; strings.TrimSpace(rest) != "" || len(v.Marks) > 0 && rest != "" {
		v.Marks = append(v.Marks, themes.Mark{Text: rest})
	}
	return v
}

// rightsView is what the home of a harvested resource says of its rights; nil for this server's own.
func rightsView(r repository.Resource, lang string) *themes.Reading {
	if r.Own() {
		return nil
	}
	v := readingView(licensing.Normalize(r.Metadata.License), lang)
	v.License = licenseView(r.License, lang) // what the harvest settled on
	return &v
}

// charts shows what goes with what, computed by the rules that judge remixes.
func (s *Server) charts(c *fiber.Ctx) error {
	lang := language(c)
	v, ok := s.judged.Load(lang)
	if !ok {
		v, _ = s.judged.LoadOrStore(lang, chartsView(lang))
	}
	return s.page(c, "license-chart", themes.Frame{Lede: s.theme(c).Text(lang, "chart.lede")}, v)
}

// chartsView has all charts judged.
func chartsView(lang string) (v themes.Charts) {
	for _, chart := range licensing.Charts() {
		t := themes.Chart{Name: string(chart.Name)}
		for _, id := range chart.Columns {
			t.Columns = append(t.Columns, licenseView(id, lang))
		}
		for _, row := range chart.Rows {
			line := themes.ChartRow{License: licenseView(row, lang)}
			for _, column := range chart.Columns {
				line.Cells = append(line.Cells, cellView(chart.Judge(row, column), lang))
			}
			t.Rows = append(t.Rows, line)
		}
		v.Charts = append(v.Charts, t)
	}
	return v
}

func cellView(a licensing.Answer, lang string) themes.ChartCell {
	cell := themes.ChartCell{Verdict: string(a.Verdict), Reasons: reasons(a.Reasons, lang), Source: clauses(a.Reasons)}
	for _, o := range a.Outputs {
		if o.Offered() {
			cell.Result = append(cell.Result, licenseView(o.ID, lang).Short)
		}
	}
	return cell
}

// clauses are where the reasons say that they come from, each once.
func clauses(list []licensing.Reason) string {
	var texts []string
	for _, r := range list {
		if r.Clause != "" && !slices.Contains(texts, r.Clause) {
			texts = append(texts, r.Clause)
		}
	}
	return strings.Join(texts, "; ")
}

// fundingView is who paid for a resource, and whether its license fits; nil where no grant is named.
func fundingView(r repository.Resource, lang string) *themes.Funding {
	f := r.Metadata.Funding
	if f == nil {
		return nil
	}
	v := &themes.Funding{Funder: strings.TrimSpace(f.Funder + " " + f.Grant)}
	if a, ok := repository.Funding(r); ok && r.Own() {
		v.Verdict, v.Reasons, v.Source = string(a.Verdict), reasons(a.Reasons, lang), clauses(a.Reasons)
	}
	return v
}

// remixRefused answers a remix address with the reasons where no license would let anybody publish one. It needs no
// account, so that nobody signs in to be told no.
func (s *Server) remixRefused(c *fiber.Ctx, r repository.Resource) (refused bool, err error) {
	refusal := s.o.Repository.Refusal(r)
	if r.Deleted || refusal == nil {
		return false, nil
	}
	lang := language(c)
	v := themes.Remix{Source: s.card(r, lang, nil), Blocked: reasons(refusal.Reasons, lang), Rights: rightsView(r, lang)}
	c.Status(http.StatusUnprocessableEntity)
	return true, s.page(c, "remix", themes.Frame{}, v)
}
