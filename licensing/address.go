package licensing

import "strings"

// urlKey is an address without what never changes its meaning: scheme, www., case, query, fragment, trailing slash.
func urlKey(u string) string {
	u = strings.ToLower(u)
	for _, p := range [...]string{"https://", "http://", "www."} {
		u = strings.TrimPrefix(u, p)
	}
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		u = u[:i]
	}
	return strings.TrimRight(u, "/")
}

// unescape undoes what feeds and scripts do to addresses: %2F, \/ and &amp;.
func unescape(u string) string {
	if strings.Contains(u, `\/`) {
		u = strings.ReplaceAll(u, `\/`, "/")
	}
	if strings.Contains(u, "&amp;") {
		u = strings.ReplaceAll(u, "&amp;", "&")
	}
	if !strings.Contains(u, "%") {
		return u
	}
	var b strings.Builder
	for i := 0; i < len(u); i++ {
		if u[i] == '%' && i+2 < len(u) && isHex(u[i+1]) && isHex(u[i+2]) {
			b.WriteByte(unhex(u[i+1])<<4 | unhex(u[i+2]))
			i += 2
			continue
		}
		b.WriteByte(u[i])
	}
	return b.String()
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// maxAddress bounds the addresses that are read; no license has a longer one.
const maxAddress = 2048

// readAddress says what an address means. ok is false if it says nothing about rights.
func (f *facts) readAddress(raw string) (m mention, ok bool) {
	if len(raw) > maxAddress {
		return m, false
	}
	key := urlKey(unescape(raw))
	host, path, _ := strings.Cut(key, "/")
	switch host {
	case "creativecommons.org", "i.creativecommons.org", "licensebuttons.net", "mirrors.creativecommons.org":
		return f.readCreativeCommons(path)
	case "spdx.org", "choosealicense.com", "opensource.org":
		if r := f.urls[key]; r != nil {
			return mention{rec: r}, true
		}
		for _, p := range [...]string{"licenses/", "license/", "rdf/terms/"} {
			if id, found := strings.CutPrefix(path, p); found {
				for _, suffix := range [...]string{".html", ".json", ".txt", "/"} {
					id = strings.TrimSuffix(id, suffix)
				}
				return f.readID(id)
			}
		}
	case "rightsstatements.org":
		return f.readRightsStatement(path)
	case "gnu.org", "fsf.org":
		if r := f.urls[key]; r != nil {
			return mention{rec: r}, true
		}
		return f.readGNU(path)
	case "nationalarchives.gov.uk":
		if v, found := strings.CutPrefix(path, "doc/open-government-licence/version/"); found {
			return f.readID("OGL-UK-" + strings.TrimRight(v, "/") + ".0")
		}
	case "web.resource.org":
		if path == "cc/publicdomain" {
			return mention{rec: f.byID["CC-PDDC"]}, true
		}
	}
	if r := f.urls[key]; r != nil {
		return mention{rec: r}, true
	}
	return m, false
}

// readID reads an SPDX id or one of ours, in any case, also the ids that SPDX has retired ("GPL-3.0", "GFDL-1.2+").
func (f *facts) readID(id string) (mention, bool) {
	low := strings.ToLower(strings.TrimSpace(id))
	if r := f.byLower[low]; r != nil {
		return mention{rec: r}, true
	}
	if rest, ok := strings.CutPrefix(low, "licenseref-"); ok {
		if r := f.byLower[rest]; r != nil {
			return mention{rec: r}, true
		}
	}
	if strings.HasSuffix(low, permissionSuffix) {
		base := f.byLower[strings.TrimSuffix(low, permissionSuffix)]
		if base != nil && base.class == classCC {
			return mention{rec: f.record(base.ID + permissionSuffix)}, true
		}
	}
	for _, family := range [...]string{"gpl-", "gfdl-", "lgpl-", "agpl-"} {
		if !strings.HasPrefix(low, family) {
			continue
		}
		suffix := "-only"
		if base, plus := strings.CutSuffix(low, "+"); plus {
			low, suffix = base, "-or-later"
		}
		if r := f.byLower[low+suffix]; r != nil {
			return mention{rec: r}, true
		}
	}
	return mention{}, false
}

func (f *facts) readRightsStatement(path string) (mention, bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || parts[0] != "vocab" && parts[0] != "page" && parts[0] != "data" {
		return mention{}, false
	}
	r := f.byLower["rs-"+parts[1]]
	if parts[1] == "nkc" {
		r = f.byID[NoKnownCopyright]
	}
	if r == nil || len(parts) > 2 && parts[2] != "1.0" {
		return mention{invalid: true, warning: "no such statement at rightsstatements.org"}, true
	}
	return mention{rec: r}, true
}

// readGNU reads licenses/fdl-1.3.html and its relatives. A version without more words is that version only.
func (f *facts) readGNU(path string) (mention, bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, suffix := range [...]string{".html", ".txt", "-standalone", ".en", ".es", ".md", ".dbk", ".tex"} {
		name = strings.TrimSuffix(name, suffix)
	}
	name = strings.TrimSuffix(name, "-standalone")
	if rest, ok := strings.CutPrefix(name, "fdl"); ok {
		name = "gfdl" + rest
	}
	return f.readID(name)
}

// readCreativeCommons reads the path of an address of Creative Commons, whose grammar is
// (licenses|publicdomain|l|p)/unit/version[/port][/layer]. What fits the grammar but is no tool is invalid.
func (f *facts) readCreativeCommons(path string) (mention, bool) {
	parts := strings.Split(path, "/")
	switch {
	case path == "about/cc0", path == "share-your-work/public-domain/cc0", path == "public-domain/cc0":
		return mention{rec: f.byID[CC0]}, true
	case path == "share-your-work/public-domain/pdm", path == "about/pdm", path == "public-domain/pdm":
		return mention{rec: f.byID[PublicDomainMark]}, true
	case strings.HasPrefix(path, "presskit/buttons/"):
		unit, _, _ := strings.Cut(parts[len(parts)-1], ".")
		return f.tool(unit, "", "")
	case len(parts) < 2:
		return mention{}, false
	}
	switch parts[0] {
	case "licenses", "publicdomain", "l", "p":
	default:
		return mention{}, false
	}
	unit, version, port := parts[1], "", ""
	if len(parts) > 2 {
		version = parts[2]
	}
	if unit == "" {
		return mention{}, false
	}
	if isLayer(version) {
		version = ""
	}
	rest := parts[min(3, len(parts)):]
	if len(rest) > 0 && !isLayer(rest[0]) {
		port = rest[0]
	}
	if unit == "publicdomain" && version == "" {
		return mention{rec: f.byID["CC-PDDC"]}, true
	}
	return f.tool(unit, version, port)
}

// isLayer reports whether a part of a path names a layer of a license, its language or its picture, and no port.
func isLayer(part string) bool {
	for _, p := range [...]string{"deed", "legalcode", "rdf", "index.", "88x31", "80x15", "76x22"} {
		if strings.HasPrefix(part, p) {
			return true
		}
	}
	return part == ""
}

// isVersion reports whether Creative Commons ever published a version of this number.
func isVersion(v string) bool {
	switch v {
	case "1.0", "2.0", "2.1", "2.5", "3.0", "4.0":
		return true
	}
	return false
}

// tool finds a Creative Commons tool. With no version the answer is the family; what does not exist is invalid, and
// keeps the id without its port only when everything but the port is right.
func (f *facts) tool(unit, version, port string) (mention, bool) {
	if version == "" {
		switch unit {
		case "zero":
			return mention{rec: f.byID[CC0]}, true
		case "mark":
			return mention{rec: f.byID[PublicDomainMark]}, true
		}
		e, ok := unitElements(unit)
		if r := f.byID[ID("CC-"+e.code())]; ok && r != nil {
			return mention{rec: r}, true
		}
		return mention{invalid: true, warning: "no Creative Commons license is called " + quoted(unit)}, true
	}
	if r := f.tools[toolKey{unit, version, port}]; r != nil {
		return mention{rec: r}, true
	}
	if id, ok := wrapped(unit, version); ok && port == "" {
		return mention{rec: f.byID[id], warning: "a page of Creative Commons about the license, not a license of its own"}, true
	}
	return f.invalidTool(unit, version, port), true
}

func (f *facts) invalidTool(unit, version, port string) mention {
	m := mention{invalid: true}
	e, ok := unitElements(unit)
	switch {
	case !ok || !e.valid():
		m.warning = "no Creative Commons license is called " + quoted(unit)
	case !isVersion(version):
		m.warning = "Creative Commons never published a version " + quoted(version)
	case port == "" && version == "2.1":
		m.warning = "version 2.1 exists only as ports: the jurisdiction is missing"
		m.base = ID("CC-" + e.code() + "-" + version)
	case port != "" && version == "4.0":
		m.warning = "no ports of version 4.0 exist"
		m.base = ID("CC-" + e.code() + "-" + version)
	case port != "":
		m.warning = "no port " + quoted(port) + " of this license exists"
		if e.has(by) {
			m.base = ID("CC-" + e.code() + "-" + version)
		}
	default:
		m.warning = "this license does not exist in version " + quoted(version)
	}
	return m
}

// wrapped are the software licenses that Creative Commons once gave pages of its own.
func wrapped(unit, version string) (ID, bool) {
	switch unit + "/" + version {
	case "gpl/2.0":
		return "GPL-2.0-only", true
	case "lgpl/2.1":
		return "LGPL-2.1-only", true
	}
	return "", false
}

// quoted makes a foreign word safe and short enough for a warning.
func quoted(s string) string {
	if len(s) > 24 {
		s = s[:24] + "…"
	}
	return "“" + strings.ToValidUTF8(s, "�") + "”"
}
