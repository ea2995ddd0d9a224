package licensing

// nameMention reads the name of a license outside Creative Commons with its version: "GNU FDL, Version 1.2 or any later
// version". ok is false if the word is more likely just a word.
func (r *reader) nameMention(i, n int, name string) (m mention, next int, ok bool) {
	m = mention{start: r.tokens[i].start, from: i}
	version, later, only, word, country := "", false, false, false, ""
	last := i + n
	for j := last; j < len(r.tokens) && j < i+n+8; {
		t := r.tokens[j]
		if t.before&^(gapSpace|gapHyphen|gapComma|gapOpen|gapClose|gapQuote|gapPlus) != 0 {
			break
		}
		if t.number {
			if version != "" || t.before&gapPlus != 0 {
				break
			}
			version = string(r.word(j, j+1))
			j++
			last = j
			if j < len(r.tokens) && r.tokens[j].before == 0 { // "1.0a" is something else
				return m, j, false
			}
			continue
		}
		found, k := r.f.phrases.at(r.scan, j)
		if p, is := first(found, "later"); is && p.kind != "" && version != "" {
			later = true
			j += k
			last = j
			continue
		}
		if _, is := first(found, "only"); is && version != "" && t.before&gapHyphen != 0 {
			only = true
			j += k
			last = j
			continue
		}
		if _, is := first(found, "version"); is {
			j += k
			continue
		}
		if _, is := first(found, "glue"); is && !r.is(j, "the") {
			word = word || r.is(j, "license") || r.is(j, "licence") || r.is(j, "licensed") || r.is(j, "licencia")
			j += k
			if word {
				last = max(last, j)
			}
			continue
		}
		if w := string(r.word(j, j+1)); name == "OGL" && (w == "uk" || w == "canada") {
			country = w
			j++
			last = j
			continue
		}
		break
	}
	if version != "" && r.plusSign(last-1) {
		later = true
	}
	m.to, m.end = last, r.tokens[last-1].end
	if !r.surely(i, last, name, version, word) {
		return m, i + n, false
	}
	if len(version) == 1 {
		version += ".0"
	}
	if country != "" {
		name = map[string]string{"uk": "OGL-UK", "canada": "OGL-Canada"}[country]
	}
	m.rec, m.warning = r.f.named(name, version, later && !only)
	if m.rec == nil {
		m.invalid = true
	}
	return m, last, true
}

// surely reports whether a name that is also a word or an abbreviation means a license here.
func (r *reader) surely(i, last int, name, version string, word bool) bool {
	switch name {
	case "MIT", "Apache", "BSD", "LAL", "OGL", "GPL", "LGPL", "AGPL", "GFDL":
	default:
		return true
	}
	if version != "" || word || last-i > 1 || r.tokens[i].end-r.tokens[i].start > 6 {
		return true
	}
	if i == 0 && last == len(r.tokens) && len(r.links) == 0 {
		return true
	}
	if !r.tokens[i].upper && name != "Apache" {
		return false
	}
	if name == "GFDL" || name == "GPL" || name == "LGPL" || name == "AGPL" {
		return true
	}
	if r.tokens[i].before&(gapColon|gapSlash) != 0 || r.gapAfter(last-1)&gapSlash != 0 {
		return true
	}
	return r.joining(i-1) || r.joining(last) || r.is(i-1, "under") || r.is(i-1, "bajo") || r.is(i-1, "licencia")
}

// joining reports whether token i is "or" or "and".
func (r *reader) joining(i int) bool {
	if i < 0 || i >= len(r.tokens) {
		return false
	}
	found, _ := r.f.phrases.at(r.scan, i)
	_, or := first(found, "or")
	_, and := first(found, "and")
	return or || and
}

// named finds the license that a name and a version mean; nil if it does not exist.
func (f *facts) named(name, version string, later bool) (*record, string) {
	switch name {
	case "GFDL", "GPL", "LGPL", "AGPL":
		if version == "" {
			return f.byID[ID(name)], "no version is stated"
		}
		suffix := "-only"
		if later {
			suffix = "-or-later"
		}
		if r := f.byID[ID(name+"-"+version+suffix)]; r != nil {
			return r, ""
		}
	case "LAL", "Apache":
		if version == "" {
			return f.byID[ID(name)], "no version is stated"
		}
		if r := f.byID[ID(name+"-"+version)]; r != nil {
			return r, ""
		}
	case "OGL", "OGL-UK":
		if version == "" || name == "OGL" && version != "3.0" {
			return f.byID["OGL"], "of which country, and which version?"
		}
		if r := f.byID[ID("OGL-UK-"+version)]; r != nil {
			return r, ""
		}
	case "OGL-Canada":
		if version == "" || version == "2.0" {
			return f.byID["OGL-Canada-2.0"], ""
		}
	case "BSD":
		return f.byID["BSD"], "which of the BSD licenses?"
	case "MIT!":
		return f.byID["MIT"], ""
	case "ODbL", "ODC-By", "PDDL":
		if version == "" || version == "1.0" {
			return f.byID[ID(name+"-1.0")], ""
		}
	default:
		return f.byID[ID(name)], ""
	}
	return nil, "no " + name + " license has version " + quoted(version)
}
