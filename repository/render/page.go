package render

import (
	"fmt"
	"html/template"
	"io/fs"
)

// Audience is whom a page is for. The zero value is Student, so that nobody sees an answer key by mistake.
type Audience string

// Blocks fenced as `::: teacher` are part of the page for Teacher only.
const (
	Student Audience = ""
	Teacher Audience = "teacher"
)

// View says for whom and for which address a page is rendered.
type View struct {
	Audience Audience
	// Base is the address of the repository's root, such as /r/rosa/fractions, without a slash at the end. A relative
	// link to a folder becomes Base/folder, a link to a file or an image Base/raw/path.
	Base string
	// Folder is where the resource stands in its repository: "" for the root, else slash-separated.
	// Relative links start there, and may not leave the repository.
	Folder string
	// Language is the language of the text in BCP 47; the words that a page adds ("For teachers") follow it.
	Language string
	// Source is the file that problems name, usually index.md.
	Source string
	// Files is the repository, to find the captions and transcripts beside recordings; nil where it is not known.
	Files fs.FS
	// Quiz is the address that quizzes send their form to, such as /r/rosa/fractions/quiz. Without it, quizzes are lists
	// as they go on paper.
	Quiz string
	// Answers are what a reader sent with such a form, or nil.
	Answers *Answers
	// Line is the number of the first line of the source in its file; 0 means 1.
	Line int
}

// Page is a rendered text: safe HTML and what the page around it needs to know.
type Page struct {
	HTML     template.HTML
	Text     string    // what Text returns, for this audience
	Outline  []Heading // in the order of the text
	Images   []Image   // of this repository, in the order of the text, each use
	Problems []Problem // in the order of the lines
	Formulas bool      // it has formulas: it needs MathCSS
	Code     bool      // it has highlighted code: it needs HighlightCSS
	Quizzes  bool      // it has quizzes: it needs QuizCSS
	Diagrams bool      // it has drawings: it needs DiagramCSS
	Sounds   int       // recordings that are heard
	Films    int       // recordings that are seen

	Captioned int // films with captions
}

// Heading is one heading of a page.
type Heading struct {
	Level int    // 2 to 6: level 1 is the title of the page around it
	ID    string // of its element; begins with "h-"
	Text  string
}

// Image is the use of an image of the repository.
type Image struct {
	Path string // slash-separated, cleaned, relative to the resource's folder: the name it has under assets
	Alt  string
	Line int
}

// Problem is something that the page shows otherwise than its author meant. It never stops a page from being shown.
type Problem struct {
	File    string // View.Source
	Line    int    // from 1
	Code    string // stable, such as "math-invalid"
	Message string // what is wrong
	Remedy  string // what to do
}

// String renders the problem as compilers do.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", p.File, p.Line, p.Message, p.Remedy)
}
