package metadata

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
)

// CheckOptions say how strict Check is and where it stops. A bound of 0 is the default.
type CheckOptions struct {
	Draft     bool      // nothing is required, and values that cannot be published are warnings
	Standards Standards // nil: alignments are not looked up
	Ignore    []string  // names at the top of the folder that are not part of it, such as .git in a work tree
	MaxFile   int64     // bytes of one file; default 100 MB
	MaxTotal  int64     // bytes of all files; default 1 GB
	MaxFiles  int       // files and folders; default 5,000
	MaxDepth  int       // folders inside one another; default 12
}

// Check reads a whole folder: the resource in its index.md, the parts below it, their files and what their texts point
// to. It reads no file but the index.md ones, and those only after their size is known to be allowed. All problems are
// reported at once, in the order of the files; the folder may be published if none of them is an error.
//
// A folder with an index.md is a resource. The nearest one above it is its unit, from which it inherits language,
// license, creators, subjects, grades, audience and funding where it does not give its own.
func Check(fsys fs.FS, o CheckOptions) (Tree, Problems) {
	o.MaxFile = cmp.Or(o.MaxFile, 100<<20)
	o.MaxTotal = cmp.Or(o.MaxTotal, 1<<30)
	o.MaxFiles = cmp.Or(o.MaxFiles, 5000)
	o.MaxDepth = cmp.Or(o.MaxDepth, 12)
	c := checker{fsys: fsys, options: o, folder: walk(fsys, o)}
	c.problems = c.folder.problems
	tree := Tree{Files: c.folder.list, Size: c.folder.size}
	switch {
	case c.folder.refused:
	case c.folder.has("index.md"):
		tree.Root = c.node("", nil)
	default:
		c.noIndex()
	}
	order := map[string]int{}
	for i, p := range c.problems { // keep a file's problems together, where its first one was found
		if _, ok := order[p.File]; !ok {
			order[p.File] = i
		}
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line)
	})
	return tree, c.problems
}

// checker is one run of Check.
type checker struct {
	fsys     fs.FS
	options  CheckOptions
	folder   folder
	problems Problems
}

func (c *checker) noIndex() {
	remedy := "write an index.md that starts with ---, a line each for title, type, language, license and creators, and --- again"
	for _, name := range []string{"Index.md", "INDEX.md", "index.MD", "index.markdown", "README.md", "readme.md"} {
		if c.folder.has(name) {
			remedy = "rename " + name + " to index.md"
			break
		}
	}
	c.problems = append(c.problems, Problem{File: "index.md", Severity: Error, Code: "index-missing",
		Message: "the folder has no index.md", Remedy: remedy})
}

// node reads the resource in a folder and, below it, its parts.
func (c *checker) node(dir string, unit *Metadata) Node {
	file := path.Join(dir, "index.md")
	src, err := c.read(file)
	if err != nil {
		c.problems = append(c.problems, Problem{File: file, Severity: Error, Code: "unreadable",
			Message: "the file cannot be read: " + err.Error(), Remedy: "check its permissions"})
		return Node{Path: dir, File: file}
	}
	doc, found := Parse(file, src)
	r := &report{file: file}
	for _, p := range found {
		if !c.options.Draft || p.Code != "front-matter-missing" {
			r.add(p)
		}
	}
	n := Node{Path: dir, File: file, Document: doc, Body: doc.Body, Metadata: inherit(doc.Metadata, unit)}
	v := validator{report: r, document: doc, standards: c.options.Standards, draft: c.options.Draft}
	v.values()
	if doc.source.readable {
		v.required(n.Metadata, unit != nil)
	}
	if reading := licensing.Normalize(n.Metadata.License); reading.Resolution == licensing.Exact || reading.Resolution == licensing.Status {
		n.License = reading.ID
	}
	n.Assets = c.assets(v, dir)
	children := c.parts(v, &n)
	text := blankCode(doc.Body)
	c.links(v, dir, text)
	n.Words, n.Excerpt = summarize(n.Metadata.Description, text)
	c.problems = append(c.problems, r.problems...)
	for _, child := range children {
		n.Parts = append(n.Parts, c.node(child, &n.Metadata))
	}
	return n
}

// read reads one index.md, never more than may be in it.
func (c *checker) read(file string) ([]byte, error) {
	f, err := c.fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxIndex+1))
}

// inherit fills in what a part does not say itself.
func inherit(m Metadata, unit *Metadata) Metadata {
	if unit == nil {
		return m
	}
	m.Language = cmp.Or(m.Language, unit.Language)
	m.License = cmp.Or(m.License, unit.License)
	if len(m.Creators) == 0 {
		m.Creators = unit.Creators
	}
	if len(m.Subjects) == 0 {
		m.Subjects = unit.Subjects
	}
	if len(m.Grades) == 0 {
		m.Grades = unit.Grades
	}
	if len(m.Audience) == 0 {
		m.Audience = unit.Audience
	}
	if m.Funding == nil {
		m.Funding = unit.Funding
	}
	return m
}

// assets checks the files that the front matter describes, and gives the licenses of those that have their own.
func (c *checker) assets(v validator, dir string) map[string]licensing.ID {
	var ids map[string]licensing.ID
	for _, name := range slices.Sorted(maps.Keys(v.document.Metadata.Assets)) {
		a, full := v.document.Metadata.Assets[name], path.Join(dir, name)
		line := v.at("assets." + name)
		switch {
		case badPath(name) != "":
			v.report.fail(line, "asset-path", "the path "+quote(name)+" "+badPath(name), "write the path of a file inside this folder, such as media/strips.png")
		case !c.folder.has(full):
			v.report.fail(line, "asset-missing", "there is no file "+quote(name), c.folder.suggest(dir, name, "add the file, or remove the entry"))
		}
		r := licensing.Normalize(a.License)
		if a.License != "" {
			if ids == nil {
				ids = map[string]licensing.ID{}
			}
			ids[name] = ""
			if r.Resolution == licensing.Exact || r.Resolution == licensing.Status {
				ids[name] = r.ID
			}
		}
	}
	return ids
}

// parts checks the parts that a unit names, adds those that it does not name, and gives the folders of all in order.
func (c *checker) parts(v validator, n *Node) []string {
	var folders []string
	own := c.folder.parts[n.Path]
	seen := map[string]bool{}
	for i, p := range n.Metadata.Parts {
		field := item("parts", i)
		line := v.at(field)
		if p.Path == "" {
			v.pin(field, p.Pin)
			if p.Pin.ID != "" && p.Pin.Revision == "" {
				v.missing(field+".revision", "the part "+quote(p.Pin.ID)+" is not pinned to a revision", "add revision: and the id of the commit")
			}
			continue
		}
		full := path.Join(n.Path, p.Path)
		switch {
		case badPath(p.Path) != "":
			v.report.fail(line, "part-path", "the part "+quote(p.Path)+" "+badPath(p.Path), "name a folder inside this one, such as 01-strips")
		case seen[full]:
			v.report.fail(line, "part-twice", "the part "+quote(p.Path)+" is named twice", "remove one of the two")
		case slices.Contains(own, full):
			folders = append(folders, full)
		case c.folder.has(path.Join(full, "index.md")):
			v.report.fail(line, "part-nested", "the part "+quote(p.Path)+" is a part of another part", "name it in the index.md above it")
		case c.folder.dirs[full]:
			v.report.fail(line, "part-index-missing", "the part "+quote(p.Path)+" has no index.md", "add "+path.Join(full, "index.md"))
		case c.folder.has(full):
			v.report.fail(line, "part-file", "the part "+quote(p.Path)+" is a file", "make it a folder with an index.md in it")
		default:
			v.report.fail(line, "part-missing", "there is no part "+quote(p.Path), c.folder.suggestPart(n.Path, p.Path, own))
		}
		seen[full] = true
	}
	named := len(n.Metadata.Parts) > 0
	all := slices.Clone(n.Metadata.Parts)
	for _, full := range own {
		if seen[full] {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(full, n.Path), "/")
		if named {
			v.warn(v.at("parts"), "part-unnamed", "the folder "+quote(name)+" is a part, but parts does not name it; it comes last",
				"add "+name+" to parts where it belongs")
		}
		folders = append(folders, full)
		all = append(all, Part{Path: name})
	}
	n.Metadata.Parts = all
	for _, full := range folders {
		if n.Path == "" {
			first, _, _ := strings.Cut(full, "/")
			if reserved(first) {
				v.report.fail(v.at("parts"), "part-reserved", fmt.Sprintf("a part cannot be called %s: that address has another meaning", quote(first)),
					"rename the folder, such as "+first+"-lesson")
			}
		}
	}
	return folders
}

// reserved reports names that stand for something else right below a resource's address.
func reserved(name string) bool {
	return strings.Contains(name, "@") || slices.Contains([]string{"history", "compare", "remix", "edit", "translate", "pull", "suggest",
		"suggestions", "print", "raw", "preview", "delete", "withdraw", "info", "git-upload-pack", "git-receive-pack",
		"metadata.jsonld", "download.zip"}, name)
}
