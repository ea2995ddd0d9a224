package themes

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed default lakeside maplewood
var embedded embed.FS

// Default is the name of the theme that all others are laid over.
const Default = "default"

// Languages are the languages of the themes that come with the program, the preferred one first. A theme may have others:
// see Theme.Languages.
var Languages = [...]string{"en", "es"}

// ErrUnknown says that there is no theme of that name.
var ErrUnknown = errors.New("unknown theme")

// Theme is a checked set of templates, styles and translations.
type Theme struct {
	name      string
	layers    layers
	languages []string
	logo      []byte
	tokens    tokens
	messages  map[string]*messages
	css       map[string]sheet                     // by page
	pages     map[string]map[string]*pageTemplates // by language, then page

	buffers sync.Pool // of *bytes.Buffer

	mu      sync.Mutex
	brought map[string]sheet // that pages brought along, by their text
	styles  map[string]style // of pages as they were shown, by styleKey
}

// load reads the theme called name: the default one, laid over by the embedded theme of that name, or by the folder dir/name
// where dir is given and has one; between them its parents. An empty name is the default. It returns ErrUnknown where
// neither is there, and checks all but the rendering of its pages.
func load(name, dir string) (*Theme, Problems, error) {
	if name == "" {
		name = Default
	}
	ls, err := stack(name, dir)
	if problems, ok := asProblems(err); ok {
		return nil, problems, nil
	}
	if err != nil {
		return nil, nil, err
	}
	made := func() (*Theme, Problems) {
		t := &Theme{name: name, layers: ls, languages: ls.languages()}
		return t, t.load().sorted()
	}
	if !slices.ContainsFunc(ls, func(l layer) bool { return l.own }) {
		once, _ := built.LoadOrStore(name, sync.OnceValues(made))
		made = once.(func() (*Theme, Problems))
	}
	t, problems := made()
	return t, problems, nil
}

// built are the themes that come with the program, by name, once they were asked for: they never change, and every server of
// a process may have them.
var built sync.Map

// languages are those of the topmost theme that names any.
func (ls layers) languages() []string {
	for _, l := range slices.Backward(ls) {
		if len(l.says.Languages) > 0 {
			return l.says.Languages
		}
	}
	return Languages[:]
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

// Site is what the theme calls the repository; "" where it leaves that to the server.
func (t *Theme) Site() string { return t.layers[len(t.layers)-1].says.Site }

// Languages are those that pages come in, as BCP 47 tags, the preferred one first.
func (t *Theme) Languages() []string { return slices.Clone(t.languages) }

// Logo is the theme's mark as SVG, which serves as favicon too.
func (t *Theme) Logo() []byte { return t.logo }

// Page writes one page. The page's name is a file of pages/ without its extension; view is the struct of the same name. It
// writes nothing of a page that cannot be made, and returns the source expression with which a Content-Security-Policy allows the page's style.
func (t *Theme) Page(w io.Writer, page string, f Frame, view any) (style string, err error) {
	set, ok := t.pages[f.Language]
	if !ok {
		f.Language = t.languages[0]
		set = t.pages[f.Language]
	}
	tmpl, ok := set[page]
	if !ok {
		return "", fmt.Errorf("theme %s has no page %q", t.name, page)
	}
	b := t.buffer()
	defer t.buffers.Put(b)
	if err := tmpl.layout().ExecuteTemplate(b, "layout", frame{f, view, t}); err != nil {
		return "", fmt.Errorf("theme %s, page %s: %w", t.name, page, err)
	}
	css, style, err := t.styleOf(page, f, b.Bytes())
	if err != nil {
		return "", fmt.Errorf("theme %s, page %s: %w", t.name, page, err)
	}
	pieces := [][]byte{b.Bytes()}
	if before, after, ok := bytes.Cut(b.Bytes(), []byte(styleMark)); ok {
		pieces = [][]byte{before, []byte("<style>"), []byte(css), []byte("</style>"), after}
	}
	if room, ok := w.(*bytes.Buffer); ok {
		room.Grow(b.Len() + len(css) + len("<style></style>"))
	}
	for _, piece := range pieces {
		if _, err := w.Write(piece); err != nil {
			return style, err
		}
	}
	return style, nil
}

// buffer is an empty one, which is given back to t.buffers.
func (t *Theme) buffer() *bytes.Buffer {
	b, ok := t.buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

// frame is what templates see as their dot.
type frame struct {
	Frame
	View  any
	theme *Theme
}

// Direction is the attribute that turns the page around for languages written from right to left.
func (f frame) Direction() template.HTMLAttr {
	if rightToLeft(f.Language) {
		return ` dir="rtl"`
	}
	return ""
}

// Scheme is what the look tells browsers of scroll bars and fields.
func (f frame) Scheme() string { return colorScheme(f.Look) }

// Others are the other languages of the page, each by its own name.
func (f frame) Others() []Option {
	var list []Option
	for _, l := range f.theme.languages {
		if l != f.Language {
			list = append(list, Option{l, f.theme.Text(l, "self")})
		}
	}
	return list
}

// Looks are what a reader may choose; what is chosen is selected.
func (f frame) Looks() []Choice {
	list := make([]Choice, len(Looks))
	chosen := slices.Index(Looks[:], f.Look)
	for i, look := range Looks {
		list[i] = Choice{Value: look, Label: look, Selected: i == max(chosen, 0)}
	}
	return list
}

func (t *Theme) load() Problems {
	problems := t.layers.checkFiles()
	var err error
	if t.logo, err = t.layers.read("logo.svg"); err != nil {
		return append(problems, Problem{File: "logo.svg", Message: err.Error()})
	}
	var found Problems
	t.tokens, found = loadTokens(t.layers)
	problems = append(problems, found...)
	problems = append(problems, t.checkStyles()...)
	t.messages = make(map[string]*messages, len(t.languages))
	for _, l := range t.languages {
		t.messages[l], found = loadMessages(t.layers, l)
		problems = append(problems, found...)
	}
	problems = append(problems, t.checkMessages()...)
	t.pages = make(map[string]map[string]*pageTemplates, len(t.languages))
	for _, l := range t.languages {
		if t.pages[l], found = t.loadPages(l); len(found) > 0 {
			return append(problems, found...) // the same in every language
		}
	}
	return append(problems, t.loadStyles()...)
}

func (t *Theme) loadPages(lang string) (map[string]*pageTemplates, Problems) {
	base := template.New("").Funcs(t.funcs(lang))
	for _, name := range append([]string{"layout.html"}, t.layers.list("partials", ".html")...) {
		if err := t.parse(base, name); err != nil {
			return nil, Problems{t.templateProblem(name, err)}
		}
	}
	pages := t.layers.list("pages", ".html")
	set := make(map[string]*pageTemplates, len(pages))
	for _, name := range pages {
		page, err := base.Clone()
		if err == nil {
			err = t.parse(page, name)
		}
		if err != nil {
			return nil, Problems{t.templateProblem(name, err)}
		}
		for _, part := range []string{"title", "main"} {
			if page.Lookup(part) == nil {
				return nil, Problems{{File: t.layers.place(name), Line: 1, Message: "the page does not define " + part, Remedy: "write {{define \"" + part + "\"}}…{{end}}"}}
			}
		}
		own := template.New("").Funcs(t.funcs(lang))
		for _, root := range []string{"layout", "styles"} {
			if err := addReached(own, page, root); err != nil {
				return nil, Problems{t.templateProblem(name, err)}
			}
		}
		set[strings.TrimSuffix(path.Base(name), ".html")] = &pageTemplates{tmpl: own, messages: t.messages[lang]}
	}
	return set, nil
}

func (t *Theme) parse(into *template.Template, name string) error {
	src, err := t.layers.read(name)
	if err != nil {
		return err
	}
	_, err = into.New(name).Parse(squeeze(string(src)))
	return err
}
