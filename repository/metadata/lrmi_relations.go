package metadata

import "strings"

// relations reads what the resource is part of, has as parts, came from and translates.
func (g *gatherer) relations(o ld) {
	if unit := object(o["isPartOf"]); unit != nil {
		r := readRef(unit)
		g.Unit = &r
	}
	for _, x := range list(o["hasPart"]) {
		r := Ref{}
		switch x := x.(type) {
		case string:
			r.URL = clean(x, maxValueText)
		case ld:
			r = readRef(x)
		}
		if r == (Ref{}) {
			continue
		}
		g.Parts = append(g.Parts, r)
		switch {
		case r.Path != "":
			g.Metadata.Parts = append(g.Metadata.Parts, Part{Path: r.Path})
		case r.Identifier != "" || r.ID != "":
			g.Metadata.Parts = append(g.Metadata.Parts, Part{Pin: Pin{ID: firstOf(r.Identifier, r.ID), Revision: r.Revision}})
		}
	}
	budget := maxSources
	g.Metadata.Sources = g.readSources(firstValue(o, "isBasedOn", "isBasedOnUrl"), 0, &budget)
	if t := object(firstValue(o, "translationOfWork", "translationOf")); t != nil {
		r := readRef(t)
		if id := firstOf(r.Identifier, r.ID, r.URL); id != "" {
			g.Metadata.TranslationOf = &Pin{ID: id, Revision: r.Revision}
		}
	}
}

func readRef(o ld) Ref {
	var g gatherer
	g.identities(o)
	return Ref{ID: g.ID, Identifier: g.Identifier, URL: g.URL, Title: firstOf(text(o["name"]), text(o["title"])),
		Path: o.property("path"), Revision: text(o["version"])}
}

// identities reads all that identifies a work.
func (g *gatherer) identities(o ld) {
	if id, ok := o["id"].(string); ok {
		g.identify(clean(id, maxValueText))
	}
	for _, id := range []string{o.property("uuid"), o.property("oai"), o.property("id")} {
		g.identify(id)
	}
	for _, x := range list(o["identifier"]) {
		if s, ok := x.(string); ok {
			g.identify(clean(s, maxValueText))
		}
	}
	if g.URL == "" {
		g.URL = address(o["url"])
	}
}

func (g *gatherer) readSources(v any, depth int, budget *int) []Source {
	if depth > maxNesting {
		g.warn(0, "sources-too-many", "the record's sources are nested too deep", "the deepest are left out")
		return nil
	}
	var out []Source
	for _, x := range list(v) {
		if *budget--; *budget < 0 {
			if *budget == -1 {
				g.warn(0, "sources-too-many", "the record names too many sources", "the last are left out")
			}
			return out
		}
		switch x := x.(type) {
		case string:
			if s := clean(x, maxValueText); isWeb(s) {
				out = append(out, Source{ID: s, URL: s})
			} else if s != "" {
				out = append(out, Source{ID: s})
			}
		case ld:
			r := readRef(x)
			s := Source{ID: firstOf(r.Identifier, r.ID, r.URL), Title: r.Title, URL: r.URL, Path: r.Path, Revision: r.Revision,
				License: readLicense(x), Creators: readAgents(firstValue(x, "creator", "author")),
				Changes: text(object(x["potentialAction"])["description"]), Sources: g.readSources(x["isBasedOn"], depth+1, budget)}
			if s.ID != "" || s.Title != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// maxVersion bounds the name of a peer's release, in bytes; ours have 40 at most.
const maxVersion = 80

// files reads where the resource can be fetched, and what is known of its single files.
func (g *gatherer) files(o ld) {
	for _, x := range list(o["encoding"]) {
		e, ok := x.(ld)
		if !ok {
			continue
		}
		if url := address(e["contentUrl"]); url != "" && g.Git == "" && text(e["encodingFormat"]) == gitType {
			g.Git = url
			if rev := text(e["version"]); isRevision(rev) {
				g.Revision = rev
			}
		}
	}
	for _, x := range list(o["workExample"]) {
		e, ok := x.(ld)
		if !ok || g.Release != nil {
			continue
		}
		if name, rev := text(e["name"]), text(e["version"]); isRevision(rev) && name != "" && len(name) <= maxVersion {
			g.Release = &Edition{Version: name, Revision: rev, At: readDate(text(e["datePublished"])), URL: address(e)}
		}
	}
	for _, x := range list(o["associatedMedia"]) {
		m, ok := x.(ld)
		if !ok {
			continue
		}
		path := m.property("path")
		if badPath(path) != "" || strings.HasSuffix(path, "/") {
			continue
		}
		if g.Metadata.Assets == nil {
			g.Metadata.Assets = map[string]Asset{}
		}
		g.Metadata.Assets[path] = Asset{Title: text(m["name"]), License: readLicense(m), Creators: readAgents(m["creator"]),
			Source: address(m["isBasedOn"]), Alt: text(m["description"])}
	}
}
