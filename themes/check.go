package themes

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Problems is what is wrong with a theme: an error where one of them is more than a warning.
type Problems []Problem

// Error tells a problem in one line: where, what, and what helps.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	if p.Warning {
		b.WriteString(": warning")
	}
	b.WriteString(": " + p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// Error tells all problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// err is the problems as an error, nil where there are only warnings.
func (ps Problems) err() error {
	if !slices.ContainsFunc(ps, func(p Problem) bool { return !p.Warning }) {
		return nil
	}
	return ps
}

// sorted puts problems in the order of files and lines, each once.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return strings.Compare(fmt.Sprintf("%s:%06d:%s", a.File, a.Line, a.Message), fmt.Sprintf("%s:%06d:%s", b.File, b.Line, b.Message))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a.File == b.File && a.Line == b.Line && a.Message == b.Message })
}

// Check reads a theme as a server does, renders every page of it in every language with sample views, and returns all
// problems: those for which a theme is refused, pages that cannot be rendered, and warnings. The error is that of a
// theme that is not there.
func Check(name, dir string) (Problems, error) {
	t, problems, err := load(name, dir)
	if err != nil {
		return nil, err
	}
	if problems.err() == nil {
		problems = append(problems, t.render()...)
	}
	return problems.sorted(), nil
}

// asProblems are the problems that an error holds.
func asProblems(err error) (Problems, bool) {
	if one, ok := errors.AsType[Problem](err); ok {
		return Problems{one}, true
	}
	return errors.AsType[Problems](err)
}

// checkFiles names the files that nothing reads.
func (ls layers) checkFiles() (problems Problems) {
	base := ls[0].files
	for _, l := range ls[1:] {
		for _, file := range slices.Sorted(maps.Keys(l.files)) {
			p := Problem{File: l.at(file), Message: "nothing reads this file", Remedy: "name it as the file of the default theme that it changes, or remove it"}
			_, exists := base[file]
			page := strings.HasPrefix(file, "pages/") || strings.HasPrefix(file, "styles/") && !ls.names(strings.TrimSuffix(file[7:], ".css"))
			if !known.MatchString(file) || page && !exists {
				problems = append(problems, p)
			}
			if tag, ok := strings.CutPrefix(file, "messages/"); ok && !slices.Contains(ls.languages(), strings.TrimSuffix(tag, ".json")) {
				p.Remedy = "name the language in languages of theme.toml, or remove the file"
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// names reports whether a page asks for a style sheet.
func (ls layers) names(sheet string) bool {
	word := regexp.MustCompile(`define "styles"}}[^{]*\b` + regexp.QuoteMeta(sheet) + `\b`)
	return slices.ContainsFunc(ls.list("pages", ".html"), func(page string) bool {
		src, err := ls.read(page)
		return err == nil && word.Match(src)
	})
}

var templatePlace = regexp.MustCompile(`((?:layout|(?:pages|partials)/[a-z0-9-]+)\.html):(\d+)(?::\d+)?: ?(.*)`)

// templateProblem is an error of a template, with its place.
func (t *Theme) templateProblem(file string, err error) Problem {
	p := Problem{File: t.layers.place(file), Line: 1, Message: err.Error(), Remedy: "compare the file with the one of the default theme"}
	if all := templatePlace.FindAllStringSubmatch(err.Error(), -1); len(all) > 0 {
		hit := all[len(all)-1]
		p.File, p.Message = t.layers.place(hit[1]), hit[3]
		p.Line, _ = strconv.Atoi(hit[2])
	}
	return p
}

// render writes every page of the theme with sample views.
func (t *Theme) render() (problems Problems) {
	views := samples()
	for _, sample := range slices.Sorted(maps.Keys(views)) {
		page := pageOf(sample)
		for _, lang := range t.languages {
			var b bytes.Buffer
			f := Frame{Language: lang, Site: "Test", Path: "/x?y=1", Notice: "published", Canonical: "https://oer.example/", Lede: "A lesson.", Account: "Rosa", Trouble: []Stale{{page, sampleProblems()}}}
			if _, err := t.Page(&b, page, f, views[sample]); err != nil {
				problems = append(problems, t.templateProblem("pages/"+page+".html", err))
				continue
			}
			for _, what := range pageFaults(b.String(), lang) {
				problems = append(problems, Problem{
					File: t.layers.place("pages/" + page + ".html"), Line: 1, Message: what + " (" + lang + ", with the sample “" + sample + "”)", Remedy: "compare the file, layout.html and partials with those of the default theme",
				})
			}
		}
	}
	return problems
}

// pageFaults are what a rendered page lacks, or has and must not have.
func pageFaults(page, lang string) (faults []string) {
	for _, rest := range []string{"ZgotmplZ", "&lt;no value&gt;", "<no value>", "{{", "%!"} {
		if strings.Contains(page, rest) {
			faults = append(faults, "the page shows "+strconv.Quote(rest))
		}
	}
	count := map[string]int{}
	ids := map[string]bool{}
	title := ""
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		count[token.Data]++
		for _, a := range token.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				faults = append(faults, "two elements have the id "+strconv.Quote(a.Val))
			case a.Key == "id":
				ids[a.Val] = true
			case token.Data == "html" && a.Key == "lang" && a.Val == lang:
				count["lang"]++
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				faults = append(faults, "the attribute "+a.Key+" does nothing, browsers are told to refuse it")
			}
		}
		if token.Data == "title" && title == "" && z.Next() == html.TextToken {
			title = strings.TrimSpace(string(z.Text()))
		}
	}
	for _, need := range []struct{ name, what string }{{"h1", "one heading of the first level"}, {"main", "one main element"}, {"lang", "its language in html"}} {
		if count[need.name] != 1 {
			faults = append(faults, "the page must have "+need.what)
		}
	}
	if !ids["main"] {
		faults = append(faults, "the link past the head leads to no id \"main\"")
	}
	if strings.IndexFunc(title, unicode.IsLetter) < 0 {
		faults = append(faults, "the page has no title")
	}
	return faults
}
