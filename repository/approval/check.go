package approval

import (
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what people and peers hand in, in bytes where nothing else is said.
const (
	maxName    = 200
	maxTitle   = 400
	maxText    = 8_000
	maxItems   = 100    // subjects, licenses, details …
	MaxEntries = 50_000 // of a list
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,79}$`)
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// CheckID says what is wrong with the name of a call, a list or a rubric: it takes part in addresses and keys.
func CheckID(id string) error {
	if !idPattern.MatchString(id) {
		return malformed("id", "the name %.80q is not 1 to 80 of a–z, 0–9 and hyphens", id)
	}
	return nil
}

// checkText says what is wrong with a text of at most limit bytes.
func checkText(field, s string, limit int) error {
	switch {
	case len(s) > limit:
		return malformed("too-long", "%s has %d bytes, and %d are allowed", field, len(s), limit)
	case !utf8.ValidString(s):
		return malformed("text", "%s is not UTF-8", field)
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return malformed("text", "%s has control characters", field)
	}
	return nil
}

func checkTexts(field string, list []string) error {
	if len(list) > maxItems {
		return malformed("too-long", "%s has %d values, and %d are allowed", field, len(list), maxItems)
	}
	for _, s := range list {
		if err := checkText(field, s, maxTitle); err != nil {
			return err
		}
	}
	return nil
}

// checkURL wants a web address, or nothing.
func checkURL(field, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || len(s) > 1000 {
		return malformed("url", "%s %.100q is not a web address", field, s)
	}
	return nil
}

func (w Work) check() error {
	switch {
	case !uuidPattern.MatchString(w.ID):
		return malformed("work", "the resource's id %.50q is not a UUID", w.ID)
	case w.Identifier == "" || len(w.Identifier) > maxName || strings.ContainsAny(w.Identifier, " \t\r\n"):
		return malformed("work", "the resource's identifier %.80q is not one", w.Identifier)
	case !hashPattern.MatchString(w.Revision):
		return malformed("work", "the revision %.50q of %s is not a whole commit id", w.Revision, w.Identifier)
	case !hashPattern.MatchString(w.Tree):
		return malformed("work", "the tree %.50q of %s is not a git tree", w.Tree, w.Identifier)
	case strings.TrimSpace(w.Title) == "":
		return malformed("work", "%s has no title", w.Identifier)
	}
	if w.Path != "" {
		if !fs.ValidPath(w.Path) || len(w.Path) > 1000 {
			return malformed("work", "the path %.80q of %s is none", w.Path, w.Identifier)
		}
	}
	for _, err := range []error{
		checkText("the title", w.Title, maxTitle), checkURL("the address", w.URL), checkURL("the git address", w.Git),
		checkText("the license", w.License, maxName), checkText("the version", w.Version, maxName),
		checkText("the language", w.Language, maxName), checkTexts("subjects", w.Subjects), checkTexts("grades", w.Grades),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkFindings(list []Finding) error {
	if len(list) > maxItems {
		return malformed("too-long", "%d findings, and %d are allowed", len(list), maxItems)
	}
	for _, f := range list {
		switch f.Grade {
		case Passed, Warned, Failed, Unchecked:
		default:
			return malformed("finding", "a finding is of the unknown grade %.40q", f.Grade)
		}
		for _, err := range []error{
			checkText("a finding", f.Check, maxName), checkText("a finding", f.Summary, maxText),
			checkTexts("a finding", f.Details), checkURL("the report's address", f.URL), f.checkNotes(),
		} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkNotes says what is wrong with what a finding has for readers of other languages.
func (f Finding) checkNotes() error {
	if len(f.Notes) != 0 && len(f.Notes) != len(f.Details) || len(f.Values) > maxItems {
		return malformed("finding", "a finding has %d details, and %d of them for other languages", len(f.Details), len(f.Notes))
	}
	texts := []string{f.Code}
	for name, value := range f.Values {
		texts = append(texts, name, value)
	}
	for _, n := range f.Notes {
		texts = append(texts, n.Code, n.Before, n.After)
		if len(n.In) > maxItems {
			return malformed("finding", "a detail is in %d languages", len(n.In))
		}
		for lang, s := range n.In {
			texts = append(texts, lang, s)
		}
	}
	for _, s := range texts {
		if err := checkText("a finding", s, maxTitle); err != nil {
			return err
		}
	}
	return nil
}

func (a Actor) check() error {
	if strings.TrimSpace(a.Name) == "" {
		return denied("nobody", "somebody must do it")
	}
	if err := checkText("the name", a.Name, maxName); err != nil {
		return err
	}
	return checkText("the name", a.Display, maxName)
}

// endOf is the first moment after a day that is named by any moment in it; zero stays zero.
func endOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	y, m, d := day.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, day.Location())
}
