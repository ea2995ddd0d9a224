package licensing

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.json
var dataFiles embed.FS

// class says which rules judge a license.
type class string

const (
	classCC          class = "cc"
	classPD          class = "pd"         // dedications and marks: nothing is asked
	classClaim       class = "claim"      // "public domain" with no basis stated
	classUSGov       class = "usgov"      // free in the United States
	classClosed      class = "closed"     // no permission
	classUnclear     class = "unclear"    // a person has to read the terms
	classException   class = "exception"  // used under an exception to copyright
	classGFDL        class = "gfdl"       // GNU Free Documentation License
	classGPL         class = "gpl"        // GNU GPL 3.0
	classFAL         class = "fal"        // Free Art License 1.3
	classPermissive  class = "permissive" // MIT, BSD
	classApache      class = "apache"
	classODbL        class = "odbl"
	classODCBy       class = "odcby"
	classOGL         class = "ogl"
	classUnassessed  class = "unassessed" // a real license that no rule here knows
	classDesignation class = "mark"       // the Public Domain Mark
)

// record is a license with what the rules need of it.
type record struct {
	License

	class      class
	elems      elements
	version    int // 40 is 4.0; 0 is not stated
	later      bool
	bare       bool // permissive without a notice to keep
	status     bool
	custom     bool
	dedication bool
	unversion  bool      // a family: the version is not stated
	members    []*record // of a family: what it may be
	permitted  bool      // a CC license with an added permission
}

// toolKey finds a Creative Commons tool by the parts of its address.
type toolKey struct{ unit, version, port string }

// facts are the embedded data, indexed. They never change once loaded.
type facts struct {
	byID    map[ID]*record
	byLower map[string]*record // ids in lower case
	tools   map[toolKey]*record
	urls    map[string]*record // host and path, lower case, without www. and trailing slash
	vocab   map[string]map[string]*record
	ports   map[string]bool // lower case
	phrases *dictionary
}

var loadFacts = sync.OnceValue(func() *facts {
	f := &facts{
		byID: map[ID]*record{}, byLower: map[string]*record{}, tools: map[toolKey]*record{},
		urls: map[string]*record{}, vocab: map[string]map[string]*record{}, ports: map[string]bool{},
	}
	f.loadTools()
	f.loadOthers()
	f.loadFamilies()
	f.loadVocabularies()
	f.phrases = loadDictionary()
	return f
})

// mustDecode reads an embedded file. The files are part of the program and tests read each of them, so that an error
// here is a defect of the build.
func mustDecode(name string, v any) {
	b, err := dataFiles.ReadFile("data/" + name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		panic(fmt.Sprintf("licensing: embedded %s: %v", name, err))
	}
}

func (f *facts) add(r *record) {
	f.byID[r.ID] = r
	f.byLower[strings.ToLower(string(r.ID))] = r
}

func (f *facts) loadTools() {
	var file struct {
		Tools []struct {
			ID                         ID
			Unit, Version, Port, Title string
			SPDX                       bool
		}
	}
	mustDecode("tools.json", &file)
	for _, t := range file.Tools {
		r := toolRecord(t.ID, t.Unit, t.Version, t.Port, t.Title)
		if t.SPDX {
			r.SPDX = string(t.ID)
		}
		f.add(r)
		f.tools[toolKey{t.Unit, t.Version, strings.ToLower(t.Port)}] = r
		if t.Unit == "by-nd-nc" {
			f.tools[toolKey{"by-nc-nd", t.Version, strings.ToLower(t.Port)}] = r
		}
		if t.Port != "" {
			f.ports[strings.ToLower(t.Port)] = true
		}
	}
}

func toolRecord(id ID, unit, version, port, title string) *record {
	r := &record{class: classCC, version: versionNumber(version)}
	r.License = License{ID: id, Family: "CC", Version: version, Port: port, Title: title, Shareable: true}
	path := unit + "/" + version + "/"
	if port != "" {
		path += strings.ToLower(port) + "/"
	}
	switch unit {
	case "zero", "mark", "certification":
		r.class, r.dedication, r.Port = classPD, true, ""
		if unit == "mark" {
			r.class, r.dedication, r.NotALicense = classDesignation, false, true
		}
		r.URL = "https://creativecommons.org/publicdomain/" + path
		r.Short = map[string]string{"zero": "CC0 1.0", "mark": "Public Domain Mark 1.0", "certification": "CC PDDC"}[unit]
		r.Open, r.OER, r.Adaptable, r.Commercial = true, true, true, true
		return r
	}
	r.URL = "https://creativecommons.org/licenses/" + path
	r.Short = strings.TrimSuffix("CC "+strings.ToUpper(unit)+" "+version+" "+port, " ")
	e, ok := unitElements(unit)
	if !ok { // sampling licenses and Developing Nations: no rule here judges them
		r.class = classUnassessed
		return r
	}
	if e == by|nc|nd {
		r.Short = strings.TrimSuffix("CC BY-NC-ND "+version+" "+port, " ")
	}
	r.setElements(e)
	return r
}

func (r *record) setElements(e elements) {
	r.elems = e
	r.Attribution, r.ShareAlike = e.has(by), e.has(sa)
	r.Adaptable, r.Commercial, r.Shareable = !e.has(nd), !e.has(nc), true
	r.OER, r.Open = !e.has(nd), !e.has(nd) && !e.has(nc)
}

func (f *facts) loadOthers() {
	var file struct {
		Licenses []struct {
			ID                                            ID
			Short, Title, Family, URL, Version, Open      string
			Class                                         class
			URLs                                          []string
			SPDX, Status, Custom, Later, Bare, Dedication bool
			Unversioned                                   bool
		}
	}
	mustDecode("others.json", &file)
	for _, o := range file.Licenses {
		r := &record{class: o.Class, version: versionNumber(o.Version), later: o.Later, bare: o.Bare,
			status: o.Status, custom: o.Custom, dedication: o.Dedication, unversion: o.Unversioned}
		r.License = License{ID: o.ID, Short: o.Short, Title: o.Title, Family: o.Family, Version: o.Version, URL: o.URL}
		if o.SPDX {
			r.SPDX = string(o.ID)
		}
		if o.Open == "yes" {
			r.Open, r.OER, r.Adaptable, r.Commercial, r.Shareable = true, true, true, true, true
		}
		switch o.Class {
		case classGFDL, classGPL, classFAL, classODbL:
			r.ShareAlike, r.Attribution = true, true
		case classPermissive, classApache, classODCBy, classOGL:
			r.Attribution = !o.Bare
		}
		r.NotALicense = o.Status || o.Custom
		r.Unclear = r.class == classUnclear
		f.add(r)
		for _, u := range append([]string{o.URL}, o.URLs...) {
			if u != "" {
				f.urls[urlKey(u)] = r
			}
		}
	}
}

// loadFamilies adds what is known of a license whose version was not stated: only what all its versions share.
func (f *facts) loadFamilies() {
	ids := slices.Sorted(maps.Keys(f.byID))
	for _, id := range ids {
		r := f.byID[id]
		if r.class != classCC || r.Port != "" {
			continue
		}
		fid := ID("CC-" + r.elems.code())
		fam, ok := f.byID[fid]
		if !ok {
			fam = &record{class: classCC, unversion: true}
			fam.License = License{ID: fid, Family: "CC", Short: "CC " + r.elems.code()}
			fam.Title = strings.TrimSpace(strings.SplitN(r.Title, r.Version, 2)[0])
			fam.setElements(r.elems)
			f.add(fam)
		}
		fam.members = append(fam.members, r)
	}
	for _, id := range ids {
		r := f.byID[id]
		if r.unversion || r.Family == "CC" {
			continue
		}
		prefix, _, _ := strings.Cut(string(id), "-")
		if fam, ok := f.byID[ID(prefix)]; ok && fam.unversion {
			fam.members = append(fam.members, r)
		}
	}
}

func (f *facts) loadVocabularies() {
	var file struct {
		Vocabularies []struct {
			System string
			Codes  map[string]ID
		}
	}
	mustDecode("vocabularies.json", &file)
	for _, v := range file.Vocabularies {
		m := map[string]*record{}
		for code, id := range v.Codes {
			m[strings.ToLower(code)] = f.byID[id]
		}
		f.vocab[strings.ToLower(v.System)] = m
	}
}

// record finds an id as people write ids: any case, with or without the LicenseRef- that SPDX asks for.
func (f *facts) record(id ID) *record {
	if r := f.byID[id]; r != nil {
		return r
	}
	if base, ok := strings.CutSuffix(string(id), permissionSuffix); ok {
		if r := f.byID[ID(base)]; r != nil && r.class == classCC {
			plus := *r
			plus.ID, plus.Short, plus.permitted, plus.SPDX = id, r.Short+" with an added permission", true, ""
			return &plus
		}
	}
	return nil
}

// permissionSuffix marks a Creative Commons license with a permission added to it (CC+).
const permissionSuffix = "+permission"

// versionNumber is 10 times the version: 25 for "2.5"; 0 for what is no version.
func versionNumber(v string) int {
	if len(v) == 3 && v[1] == '.' {
		return int(v[0]-'0')*10 + int(v[2]-'0')
	}
	return 0
}
