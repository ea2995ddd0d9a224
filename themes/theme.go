package themes

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

//go:embed default maplewood
var embedded embed.FS

// Default is the name of the theme that all others are laid over.
const Default = "default"

// Languages are the languages of the interface, the preferred one first.
var Languages = [...]string{"en", "es"}

// ErrUnknown says that there is no theme of that name.
var ErrUnknown = errors.New("unknown theme")

// Theme is a checked set of templates, styles and translations.
type Theme struct {
	name     string
	layers   layers
	logo     []byte
	messages map[string]*messages
	css      map[string]string                        // by page
	pages    map[string]map[string]*template.Template // by language, then page
}

// Open reads the theme called name: the default one, laid over by the embedded theme of that name, or by the folder
// dir/name where dir is given and has one. An empty name is the default. It returns ErrUnknown where neither is there.
func Open(name, dir string) (*Theme, error) {
	if name == "" {
		name = Default
	}
	base, err := fs.Sub(embedded, Default)
	if err != nil {
		return nil, err
	}
	t := &Theme{name: name, layers: layers{base}}
	if name != Default {
		over, err := overlay(name, dir)
		if err != nil {
			return nil, err
		}
		t.layers = append(t.layers, over)
	}
	if err := t.load(); err != nil {
		return nil, fmt.Errorf("theme %s: %w", name, err)
	}
	return t, nil
}

// overlay finds the folder of a theme: the operator's own before the embedded ones.
func overlay(name, dir string) (fs.FS, error) {
	if name != path.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("%w: %q is not the name of a folder", ErrUnknown, name)
	}
	if dir != "" {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, fmt.Errorf("themes folder: %w", err)
		}
		if info, err := fs.Stat(root.FS(), name); err == nil && info.IsDir() {
			return fs.Sub(root.FS(), name)
		}
	}
	if _, err := fs.Stat(embedded, name); err != nil {
		return nil, fmt.Errorf("%w: %q; there are: %s", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	return fs.Sub(embedded, name)
}

// Names lists the embedded themes.
func Names() []string {
	entries, _ := embedded.ReadDir(".")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names
}

// Name is the name that the theme was opened by.
func (t *Theme) Name() string { return t.name }

// Logo is the theme's mark as SVG, which serves as favicon too.
func (t *Theme) Logo() []byte { return t.logo }

// Page writes one page. The page's name is a file of pages/ without its extension; view is the struct of the same name. It
// writes all or nothing.
func (t *Theme) Page(w io.Writer, page string, f Frame, view any) error {
	set, ok := t.pages[f.Language]
	if !ok {
		f.Language = Languages[0]
		set = t.pages[f.Language]
	}
	tmpl, ok := set[page]
	if !ok {
		return fmt.Errorf("theme %s has no page %q", t.name, page)
	}
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, "layout", frame{f, view, t.css[page]}); err != nil {
		return fmt.Errorf("theme %s, page %s: %w", t.name, page, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// frame is what templates see as their dot.
type frame struct {
	Frame
	View any
	css  string
}

func (t *Theme) load() error {
	var err error
	if t.logo, err = t.layers.read("logo.svg"); err != nil {
		return err
	}
	t.messages = make(map[string]*messages, len(Languages))
	for _, l := range Languages {
		m, err := loadMessages(t.layers, l)
		if err != nil {
			return err
		}
		t.messages[l] = m
	}
	if err := t.checkMessages(); err != nil {
		return err
	}
	t.pages = make(map[string]map[string]*template.Template, len(Languages))
	for _, l := range Languages {
		set, err := t.loadPages(l)
		if err != nil {
			return err
		}
		t.pages[l] = set
	}
	return t.loadStyles()
}

func (t *Theme) loadPages(lang string) (map[string]*template.Template, error) {
	base := template.New("").Funcs(t.funcs(lang))
	if err := t.parse(base, "layout.html"); err != nil {
		return nil, err
	}
	partials, err := t.layers.list("partials")
	if err != nil {
		return nil, err
	}
	for _, name := range partials {
		if err := t.parse(base, name); err != nil {
			return nil, err
		}
	}
	pages, err := t.layers.list("pages")
	if err != nil {
		return nil, err
	}
	set := make(map[string]*template.Template, len(pages))
	for _, name := range pages {
		page, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if err := t.parse(page, name); err != nil {
			return nil, err
		}
		set[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return set, nil
}

func (t *Theme) parse(into *template.Template, name string) error {
	src, err := t.layers.read(name)
	if err != nil {
		return err
	}
	if _, err := into.New(name).Parse(squeeze(string(src))); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
