package metadata

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// folder is what walk found: names and sizes, no contents.
type folder struct {
	list     []File
	files    map[string]bool
	dirs     map[string]bool
	size     int64
	parts    map[string][]string // folders with an index.md, by the nearest such folder above them
	problems Problems
	refused  bool // beyond the bounds: nothing more is looked at

	suggested int
}

func (f *folder) has(name string) bool { return f.files[name] }

// walker is one run over a folder.
type walker struct {
	fsys    fs.FS
	options CheckOptions
	seen    int
	folded  map[string]string // path as a system without case sees it → path
	folder
}

// walk lists a folder. It opens no file, follows no link, and stops at the first bound.
func walk(fsys fs.FS, o CheckOptions) folder {
	w := walker{fsys: fsys, options: o, folded: map[string]string{},
		folder: folder{files: map[string]bool{}, dirs: map[string]bool{"": true}, parts: map[string][]string{}}}
	w.dir("", 0)
	for _, f := range w.list {
		dir, name := path.Split(f.Path)
		dir = strings.TrimSuffix(dir, "/")
		if name != "index.md" || dir == "" {
			continue
		}
		above := dir
		for above != "" && (above == dir || !w.has(path.Join(above, "index.md"))) {
			above = strings.TrimPrefix(path.Dir("/"+above), "/")
		}
		w.parts[above] = append(w.parts[above], dir)
	}
	for _, p := range w.parts {
		slices.Sort(p)
	}
	return w.folder
}

func (w *walker) fail(file, code, message, remedy string) {
	if len(w.problems) < maxProblems {
		w.problems = append(w.problems, Problem{File: file, Severity: Error, Code: code, Message: message, Remedy: remedy})
	}
}

// refuse reports a bound and ends the run.
func (w *walker) refuse(file, code, message, remedy string) {
	w.problems = append(w.problems, Problem{File: file, Severity: Error, Code: code, Message: message, Remedy: remedy})
	w.refused = true
}

func (w *walker) dir(dir string, depth int) {
	if depth > w.options.MaxDepth {
		w.refuse(printable(dir), "too-deep", fmt.Sprintf("folders are nested more than %d deep", w.options.MaxDepth), "move them up")
		return
	}
	name := dir
	if name == "" {
		name = "."
	}
	entries, err := fs.ReadDir(w.fsys, name)
	if err != nil {
		code, message := "unreadable", "the folder cannot be read: "+err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			code, message = "folder-missing", "there is no such folder"
		}
		w.refused = w.refused || dir == ""
		w.fail(printable(name), code, message, "check its name and permissions")
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if w.refused {
			return
		}
		if dir == "" && slices.Contains(w.options.Ignore, e.Name()) {
			continue
		}
		if w.seen++; w.seen > w.options.MaxFiles {
			w.refuse(printable(name), "too-many-files", fmt.Sprintf("there are more than %d files", w.options.MaxFiles),
				"publish less at once, or split the unit")
			return
		}
		w.entry(dir, e, depth)
	}
}

func (w *walker) entry(dir string, e fs.DirEntry, depth int) {
	full := e.Name()
	if dir != "" {
		full = dir + "/" + e.Name()
	}
	shown := printable(full)
	if bad := badName(e.Name()); bad != "" {
		w.fail(shown, "file-name", "the name "+quote(e.Name())+" "+bad, "rename it, or leave it out")
		return
	}
	if len(full) > maxPath {
		w.fail(shown, "file-name", fmt.Sprintf("the path is longer than %d bytes", maxPath), "use shorter names")
		return
	}
	key := cases.Fold().String(norm.NFC.String(full))
	if other, taken := w.folded[key]; taken {
		w.fail(shown, "file-case", "the name differs from "+quote(other)+" only in case or accents, so that many computers can keep one of them only",
			"rename one of the two")
	}
	w.folded[key] = full
	switch mode := e.Type(); {
	case mode&fs.ModeSymlink != 0:
		w.fail(shown, "symlink", "this is a symbolic link, and those are not followed", "put the file itself here")
	case e.IsDir():
		w.dirs[full] = true
		w.dir(full, depth+1)
	case !mode.IsRegular():
		w.fail(shown, "not-a-file", "this is neither a file nor a folder", "leave it out")
	default:
		w.file(full, e)
	}
}

func (w *walker) file(full string, e fs.DirEntry) {
	info, err := e.Info()
	if err != nil {
		w.fail(full, "unreadable", "the file cannot be read: "+err.Error(), "check its permissions")
		return
	}
	size := info.Size()
	if size > w.options.MaxFile {
		w.fail(full, "file-too-large", fmt.Sprintf("the file has %s, more than the %s that one file may have",
			bytesText(size), bytesText(w.options.MaxFile)), "make it smaller, or link to it where it is")
		return
	}
	if w.size+size > w.options.MaxTotal {
		w.refuse(full, "too-large", fmt.Sprintf("all files together have more than %s", bytesText(w.options.MaxTotal)),
			"leave out or link to the largest ones")
		return
	}
	w.size += size
	w.files[full] = true
	w.list = append(w.list, File{Path: full, Size: size})
}

// maxSuggestions is how often one run looks for the file that was meant: that costs time.
const maxSuggestions = 20

// The bounds of names, as common file systems have them.
const (
	maxName = 255
	maxPath = 1000
)

// badName says what is wrong with the name of a file or folder; "" if nothing is.
func badName(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return "is no name of a file"
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case len(name) > maxName:
		return fmt.Sprintf("is longer than %d bytes", maxName)
	case strings.ContainsAny(name, `/\`):
		return "holds a slash"
	case strings.ContainsFunc(name, hidden):
		return "holds a character that cannot be seen"
	}
	switch plainName(name) {
	case ".git", "git~1":
		return "is where git keeps its own data"
	case ".gitmodules", "gitmod~1", "gi7eba~1":
		return "is where git reads what else to fetch"
	}
	return ""
}

// plainName is a name as the file system that takes most names for one another reads it: in any case, with dots and spaces
// behind it, with a stream (Windows), in another form of letters or with characters that are ignored (HFS+).
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '\u200C' || r == '\u200D' { // the only ones of these that names may have
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
	name, _, _ = strings.Cut(name, ":")
	return strings.TrimRight(name, ". ")
}

// hidden reports characters that make two different names look the same.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r != '\u200C' && r != '\u200D' && unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// badPath says what is wrong with a path that should lie inside the folder it is written in; "" if nothing is.
func badPath(p string) string {
	switch {
	case p == "":
		return "is empty"
	case strings.HasPrefix(p, "/"):
		return "does not start inside the folder"
	case strings.Contains(p, `\`):
		return "holds a backslash"
	}
	for name := range strings.SplitSeq(p, "/") {
		if name == ".." {
			return "leaves the folder"
		}
		if bad := badName(name); bad != "" {
			return bad
		}
	}
	return ""
}

// printable makes a path safe to print.
func printable(p string) string {
	return strings.Map(func(r rune) rune {
		if hidden(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, p)
}

// suggest names the file that was most likely meant, or says what else to do.
func (f *folder) suggest(dir, name, otherwise string) string {
	if f.suggested++; f.suggested > maxSuggestions {
		return otherwise
	}
	best, bestAt := "", 4
	for _, other := range f.list {
		rel, inside := other.Path, dir == ""
		if dir != "" {
			rel, inside = strings.CutPrefix(other.Path, dir+"/")
		}
		if !inside || path.Base(rel) == "index.md" {
			continue
		}
		n := bestAt
		if len(rel)-len(name) < bestAt && len(name)-len(rel) < bestAt {
			n = distance(strings.ToLower(name), strings.ToLower(rel))
		}
		if path.Base(rel) == path.Base(name) {
			n = min(n, 1)
		}
		if n < bestAt {
			best, bestAt = rel, n
		}
	}
	if best == "" {
		return otherwise
	}
	return "did you mean " + best + "?"
}

func (f *folder) suggestPart(dir, name string, own []string) string {
	var names []string
	for _, full := range own {
		names = append(names, strings.TrimPrefix(strings.TrimPrefix(full, dir), "/"))
	}
	if near, ok := nearest(name, names); ok {
		return "did you mean " + near + "?"
	}
	return "add " + path.Join(dir, name, "index.md") + ", or remove it from parts"
}
