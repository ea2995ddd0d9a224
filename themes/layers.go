package themes

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a theme's folder.
const (
	maxFile    = 1 << 20 // bytes of one file
	maxFiles   = 300
	maxParents = 5
)

// layer is one theme's own folder, in memory.
type layer struct {
	name  string // of the theme
	where string // what places in it begin with: the folder's path, or the theme's name
	files map[string][]byte
	says  manifest
	own   bool // the operator's, not one that comes with the program
}

// at is a file of the layer as people find it.
func (l layer) at(file string) string { return path.Join(l.where, file) }

// layers are folders laid over one another, the topmost last.
type layers []layer

// find returns the file of the topmost layer that has it, and that layer.
func (ls layers) find(name string) ([]byte, layer, error) {
	for _, l := range slices.Backward(ls) {
		if b, ok := l.files[name]; ok {
			return b, l, nil
		}
	}
	return nil, layer{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// read returns the file of the topmost layer that has it.
func (ls layers) read(name string) ([]byte, error) {
	b, _, err := ls.find(name)
	return b, err
}

// place is where the topmost layer's file is.
func (ls layers) place(name string) string {
	_, l, err := ls.find(name)
	if err != nil {
		return name
	}
	return l.at(name)
}

// list names the files in a folder of any layer that end like this, sorted.
func (ls layers) list(dir, ext string) []string {
	names := map[string]bool{}
	for _, l := range ls {
		for name := range l.files {
			if path.Dir(name) == dir && path.Ext(name) == ext {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// known are the files that a theme is made of; read are those that would look like it.
var (
	known = regexp.MustCompile(`^(theme\.toml|layout\.html|tokens\.css|style\.css|logo\.svg|(pages|partials)/[a-z0-9-]+\.html|styles/[a-z0-9-]+\.css|messages/[A-Za-z0-9-]+\.json)$`)
	read  = regexp.MustCompile(`\.(html|css|json|toml|svg)$`)
)

// readLayer reads a theme's folder. What is there besides, such as a README, is passed over.
func readLayer(dir fs.FS, name, where string) (layer, error) {
	l := layer{name: name, where: where, files: map[string][]byte{}}
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && file != "." { // an editor's, or a repository's
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || !read.MatchString(file) {
			return nil
		}
		if len(l.files) == maxFiles {
			return Problem{File: l.at(file), Message: fmt.Sprintf("a theme has at most %d files", maxFiles), Remedy: "move what is no part of it elsewhere"}
		}
		info, err := fs.Stat(dir, file)
		if err != nil {
			return err
		}
		if info.Size() > maxFile {
			return Problem{File: l.at(file), Message: "the file is larger than 1 MB", Remedy: "make it smaller: every reader downloads it"}
		}
		l.files[file], err = fs.ReadFile(dir, file)
		return err
	})
	if err != nil {
		return l, err
	}
	l.says, err = l.manifest()
	return l, err
}

// stack reads a theme's folder and those of its parents, the default first.
func stack(name, dir string) (layers, error) {
	var ls layers
	for next := name; ; {
		l, err := open(next, dir)
		if err != nil {
			if len(ls) > 0 && errors.Is(err, ErrUnknown) {
				child := ls[len(ls)-1]
				return nil, Problem{File: child.at("theme.toml"), Line: lineOf(child.files["theme.toml"], "parent"), Message: fmt.Sprintf("there is no theme %q to be the parent", next), Remedy: "name one of " + strings.Join(Names(), ", ") + ", or a folder beside this one"}
			}
			return nil, err
		}
		ls = append(ls, l)
		switch {
		case next == Default && !l.own:
			slices.Reverse(ls)
			return ls, nil
		case len(ls) > maxParents:
			return nil, Problem{File: ls[0].at("theme.toml"), Message: fmt.Sprintf("the theme has more than %d parents, or is its own", maxParents), Remedy: "name the parent that it changes"}
		case l.says.Parent != "" && l.says.Parent != next:
			next = l.says.Parent
		default:
			dir, next = embeddedOnly(dir, next), Default
		}
	}
}

// embeddedOnly keeps a folder called default from being laid over itself.
func embeddedOnly(dir, name string) string {
	if name == Default {
		return ""
	}
	return dir
}

// open reads one theme's own folder: the operator's before the embedded one.
func open(name, dir string) (layer, error) {
	if name != path.Base(name) || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return layer{}, fmt.Errorf("%w: %q is not the name of a folder", ErrUnknown, name)
	}
	if dir != "" {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return layer{}, fmt.Errorf("themes folder: %w", err)
		}
		defer root.Close()
		if info, err := root.Stat(name); err == nil && info.IsDir() {
			own, err := fs.Sub(root.FS(), name)
			if err != nil {
				return layer{}, err
			}
			l, err := readLayer(own, name, filepath.ToSlash(filepath.Join(dir, name)))
			l.own = true
			return l, err
		}
	}
	if _, err := fs.Stat(embedded, name); err != nil {
		return layer{}, fmt.Errorf("%w: %q; there are: %s", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	sub, err := fs.Sub(embedded, name)
	if err != nil {
		return layer{}, err
	}
	return readLayer(sub, name, name)
}

// squeeze takes the indentation out of a template, which readers would have to download. Lines stay apart, so that the
// line numbers of parse errors hold.
func squeeze(src string) string {
	lines := strings.Split(src, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}
