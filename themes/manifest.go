package themes

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

// manifest is what a theme says of itself in theme.toml.
type manifest struct {
	Name      string   `toml:"name"`      // of the theme, for people
	Site      string   `toml:"site"`      // name of the repository on pages in this theme; empty: as the server is called
	Parent    string   `toml:"parent"`    // theme that this one is laid over; empty: the default
	Languages []string `toml:"languages"` // BCP 47 tags of those that pages are offered in, the preferred one first; empty: the parent's
}

// manifest reads theme.toml, which may be missing.
func (l layer) manifest() (manifest, error) {
	var m manifest
	b, ok := l.files["theme.toml"]
	if !ok {
		return m, nil
	}
	at := l.at("theme.toml")
	meta, err := toml.Decode(string(b), &m)
	if err != nil {
		p := Problem{File: at, Line: 1, Message: err.Error(), Remedy: "write lines such as parent = \"default\""}
		if parse, ok := errors.AsType[toml.ParseError](err); ok {
			p.Line, p.Message = parse.Position.Line, parse.Message
		}
		return m, p
	}
	for _, key := range meta.Undecoded() {
		return m, Problem{File: at, Line: lineOf(b, key.String()), Message: fmt.Sprintf("there is no setting %q", key.String()), Remedy: "use name, site, parent and languages"}
	}
	for _, tag := range m.Languages {
		if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
			return m, Problem{File: at, Line: lineOf(b, "languages"), Message: fmt.Sprintf("%q is no tag of a language", tag), Remedy: "write tags such as en, es or pt-BR"}
		}
	}
	return m, nil
}

// lineOf is the line in which a text stands first, as a word; 1 where it does not.
func lineOf(src []byte, text string) int {
	i := bytes.Index(src, []byte(text))
	if i < 0 {
		return 1
	}
	return 1 + bytes.Count(src[:i], []byte("\n"))
}

// rightToLeft reports whether a language is written from right to left.
func rightToLeft(tag string) bool {
	parsed, err := language.Parse(tag)
	if err != nil {
		return false
	}
	script, _ := parsed.Script()
	return strings.Contains(" Arab Hebr Thaa Syrc Nkoo Adlm Rohg Samr Mand ", " "+script.String()+" ")
}
