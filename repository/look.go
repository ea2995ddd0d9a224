package repository

import (
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
)

// Bounds of what is kept of texts and drawings that were looked into. What is larger is looked into each time.
const (
	keptLooks = 2048
	keptText  = 64 << 10
)

// look is what a text shows of itself on a page for teachers, whatever else there is.
type look struct {
	problems []render.Problem
	has      Inventory
	level    float64 // of reading; leveled says whether it has one
	leveled  bool
}

// looker looks into texts and drawings, and keeps what it saw by what was looked at: a unit that is previewed, or checked while
// one of its lessons is written, has twenty that are as they were. The zero looker has nothing to look with, and keeps nothing.
type looker struct {
	renderer *render.Renderer // nil: none
	looks    *lru.Cache[[32]byte, look]
	texts    *lru.Cache[[32]byte, string]
	drawings *lru.Cache[[32]byte, metadata.Problems]
	accesses *lru.Cache[[32]byte, metadata.Accessibility]
}

func newLooker(r *render.Renderer) looker {
	l := looker{renderer: r}
	l.looks, _ = lru.New[[32]byte, look](keptLooks) // these fail for a size of 0 only
	l.texts, _ = lru.New[[32]byte, string](keptLooks / 4)
	l.accesses, _ = lru.New[[32]byte, metadata.Accessibility](keptLooks)
	l.drawings, _ = lru.New[[32]byte, metadata.Problems](keptLooks)
	return l
}

// keyOf is another one for any other texts.
func keyOf(texts ...string) (key [32]byte) {
	sum := sha256.New()
	for _, text := range texts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(text)))
		sum.Write(n[:])
		sum.Write([]byte(text))
	}
	sum.Sum(key[:0])
	return key
}

// text is render.Text.
func (l looker) text(body []byte) string {
	if l.texts == nil || len(body) > keptText {
		return render.Text(body)
	}
	key := keyOf(string(body))
	text, ok := l.texts.Get(key)
	if !ok {
		text = render.Text(body)
		l.texts.Add(key, text)
	}
	return text
}

// ReadingLevel is that of a text without its front matter; it has been looked into for what is wrong with it already.
func (s *Service) ReadingLevel(body []byte, language string) (grade float64, ok bool) {
	return ReadingLevel(s.looker.text(body), language)
}

// look renders a text of a folder. An error is why that could not be done.
func (l looker) look(fsys fs.FS, n metadata.Node) (look, error) {
	key := lookKey(n.Path, n.Metadata.Language, n.Body)
	if l.looks != nil {
		if seen, ok := l.looks.Get(key); ok {
			return seen.in(n), nil
		}
	}
	page, err := l.renderer.Render(n.Body, render.View{
		Audience: render.Teacher, Base: "/", Folder: n.Path, Language: n.Metadata.Language, Files: fsys,
	})
	if err != nil {
		return look{}, err
	}
	return l.seen(n.Path, n.Metadata.Language, n.Body, page).in(n), nil
}

// seen is what a page of a text in a folder shows; its problems count lines from the text's first.
func (l looker) seen(folder, language string, body []byte, page render.Page) look {
	seen := look{problems: page.Problems, has: inventoryOf(page)}
	seen.level, seen.leveled = ReadingLevel(l.text(body), language)
	// What is said of a recording depends on the files beside it.
	if l.looks != nil && page.Sounds == 0 && page.Films == 0 && len(body) <= keptText {
		key := lookKey(folder, language, body)
		l.looks.Add(key, seen)
		l.accesses.Add(key, own(accessOf(page))) // the same as of a survey, which is asked for next
	}
	return seen
}

// in has the problems where they are in a file.
func (v look) in(n metadata.Node) look {
	v.problems = slices.Clone(v.problems)
	for i := range v.problems {
		v.problems[i].File = n.File
		v.problems[i].Line += max(n.Document.BodyLine, 1) - 1
	}
	return v
}

func lookKey(folder, language string, body []byte) [32]byte {
	return keyOf(folder, language, string(body))
}

// Rendered tells what a page shows of a text that stands at the root of its repository, so that the text is not rendered again
// to check it. The page was made for render.Teacher, in this language, with any base and with lines that count from 1.
func (s *Service) Rendered(body []byte, language string, page render.Page) {
	if s.looker.looks != nil {
		s.looker.seen("", language, body, page)
	}
}

// access is who can use a text; nothing of one that cannot be read.
func (l looker) access(fsys fs.FS, n metadata.Node) (a metadata.Accessibility) {
	key := lookKey(n.Path, n.Metadata.Language, n.Body)
	if l.accesses != nil {
		if a, ok := l.accesses.Get(key); ok {
			return own(a)
		}
	}
	page, err := render.Survey(n.Body, render.View{Audience: render.Teacher, Folder: n.Path, Language: n.Metadata.Language, Source: n.File, Files: fsys})
	if err != nil {
		return a
	}
	a = accessOf(page)
	if l.accesses != nil && page.Sounds == 0 && page.Films == 0 {
		l.accesses.Add(key, own(a))
	}
	return a
}

// own is a copy that shares nothing.
func own(a metadata.Accessibility) metadata.Accessibility {
	a.Modes, a.Features, a.Hazards = slices.Clone(a.Modes), slices.Clone(a.Features), slices.Clone(a.Hazards)
	return a
}

// inventoryOf counts what a text's page has in it.
func inventoryOf(page render.Page) (has Inventory) {
	html := string(page.HTML)
	has.Headings = len(page.Outline)
	has.Links = strings.Count(html, "<a ")
	has.Tables = strings.Count(html, "<table")
	has.Formulas = strings.Count(html, "<math")
	has.Drawings = strings.Count(html, "<svg")
	has.Sounds = strings.Count(html, "<audio")
	has.Films = strings.Count(html, "<video")
	if page.Quizzes {
		has.Quizzes = 1
	}
	return has
}

// drawing is checkDrawing.
func (l looker) drawing(name string, src []byte) metadata.Problems {
	if l.drawings == nil {
		return checkDrawing(name, src)
	}
	key := keyOf(name, string(src))
	problems, ok := l.drawings.Get(key)
	if !ok {
		problems = checkDrawing(name, src)
		l.drawings.Add(key, problems)
	}
	return problems
}
