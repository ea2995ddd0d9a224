package web

import (
	"slices"
	"strings"
	"unicode"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	proposedMost  = 4   // standards for each text
	proposedWords = 4   // that a text must share with a standard's
	proposedShare = 0.5 // of the standard's words
)

// proposals are standards that a text may be aligned to, each with the reason: it names the code, or it shares most of the
// words of the standard, of those for its grades. What it is aligned to already is not proposed.
func (s *Server) proposals(n metadata.Node) (list []themes.Proposal) {
	library := s.o.Standards()
	has := map[string]bool{}
	for _, codes := range [][]string{n.Metadata.Alignments.Teaches, n.Metadata.Alignments.Assesses, n.Metadata.Alignments.Requires} {
		for _, code := range codes {
			has[library.Resolve(code).Key()] = true
		}
	}
	add := func(key string, p themes.Proposal) {
		st, ok := library.Statement(key)
		if !ok || st.Code == "" || has[key] || len(list) == proposedMost {
			return
		}
		has[key] = true
		p.Code, p.Text, p.URL, p.Language = st.Code, clip(st.Text, 160), statementPath(st), st.Language
		list = append(list, p)
	}
	for i, line := range strings.Split(string(n.Body), "\n") {
		for field := range strings.FieldsFuncSeq(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()[],;:*_`\"“”", r) }) {
			code := strings.Trim(field, ".-–")
			if len(code) < 5 || len(code) > 60 || !strings.ContainsAny(code, ".-") || !strings.ContainsAny(code, "0123456789") {
				continue
			}
			if r := library.Resolve(code); r.Known() {
				add(r.Key(), themes.Proposal{Named: true, Line: n.Document.BodyLine + i})
			}
		}
	}
	mine := wordsOf(n.Metadata.Title + " " + n.Metadata.Description + " " + render.Text(n.Body))
	type scored struct {
		key    string
		share  float64
		common []string
	}
	var found []scored
	for _, f := range library.Frameworks() {
		for _, root := range library.Roots(f.Name) {
			for _, key := range append([]string{root}, library.Descendants(root)...) {
				st, ok := library.Statement(key)
				if !ok || has[key] || len(library.Children(key)) > 0 && st.Code == "" || !forGrades(st, n.Metadata.Grades) {
					continue
				}
				theirs := wordsOf(st.Text)
				var common []string
				for w := range theirs {
					if mine[w] {
						common = append(common, w)
					}
				}
				if share := float64(len(common)) / float64(max(1, len(theirs))); len(common) >= proposedWords && share >= proposedShare {
					slices.Sort(common)
					found = append(found, scored{key, share + float64(len(common))/100, common}) // of equals, the one that says more
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		switch {
		case a.share != b.share && a.share > b.share:
			return -1
		case a.share != b.share:
			return 1
		}
		return strings.Compare(a.key, b.key)
	})
	for _, f := range found {
		add(f.key, themes.Proposal{Shared: strings.Join(f.common[:min(6, len(f.common))], ", ")})
	}
	return list
}

// forGrades reports whether a statement is for one of the grades; what names none is for all.
func forGrades(st standards.Statement, grades []string) bool {
	if len(st.Grades) == 0 || len(grades) == 0 {
		return true
	}
	for _, g := range st.Grades {
		if slices.Contains(grades, strings.TrimLeft(g, "0")) || slices.Contains(grades, g) {
			return true
		}
	}
	return false
}

// wordsOf are the words of a text that carry its meaning: of five letters or more, without an s at the end.
func wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) >= 5 {
			words[strings.TrimSuffix(w, "s")] = true
		}
	}
	return words
}
